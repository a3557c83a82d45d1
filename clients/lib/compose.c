#include "clients/lib/compose.h"

#include "clients/lib/document.h"
#include "clients/lib/map.h"
#include "clients/lib/mem.h"
#include "proto/key.h"

struct siaga_event {
    siaga_map *fields, *person;
    siaga_map *extra;
    uint8_t *packed; /* the whole event as it was packed before; NULL: of the maps above */
    size_t packed_n;
};

siaga_event *siaga_event_new(const char *kind)
{
    siaga_event *ev = mem_zero(sizeof(*ev));
    ev->fields = siaga_map_new();
    ev->extra = siaga_map_new();
    ev->person = siaga_map_new();
    char key[37];
    key_uuid7(key, siaga_now());
    siaga_map_text(ev->fields, "key", key);
    siaga_map_text(ev->fields, "kind", kind);
    return ev;
}

siaga_event *compose_again(const siaga_doc *event)
{
    siaga_event *ev = siaga_event_new(siaga_text(event, "kind"));
    siaga_map_text(ev->fields, "key", siaga_text(event, "key"));
    ev->packed = mem_copy(event->raw, event->raw_n);
    ev->packed_n = event->raw_n;
    return ev;
}

void siaga_event_free(siaga_event *ev)
{
    if (!ev)
        return;
    free(ev->packed);
    siaga_map_free(ev->fields);
    siaga_map_free(ev->extra);
    siaga_map_free(ev->person);
    free(ev);
}

void siaga_event_set(siaga_event *ev, const char *field, const char *text)
{
    siaga_map_text(ev->fields, field, text && *text ? text : NULL);
}

void siaga_event_set_int(siaga_event *ev, const char *field, int64_t value)
{
    siaga_map_int(ev->fields, field, value);
}

void siaga_event_set_double(siaga_event *ev, const char *field, double value)
{
    siaga_map_double(ev->fields, field, value);
}

void siaga_event_set_point(siaga_event *ev, double lat, double lon)
{
    siaga_map_double(ev->fields, "lat", lat);
    siaga_map_double(ev->fields, "lon", lon);
}

void siaga_event_add_tag(siaga_event *ev, const char *tag)
{
    siaga_map_add(ev->fields, "tags", tag);
}

void siaga_event_add_ref(siaga_event *ev, const char *type, const char *id)
{
    siaga_map *ref = siaga_map_new();
    siaga_map_text(ref, "type", type);
    siaga_map_text(ref, "id", id);
    map_append(ev->fields, "refs", ref);
    siaga_map_free(ref);
}

void siaga_event_set_extra(siaga_event *ev, const char *name, const char *value)
{
    siaga_map_text(ev->extra, name, value);
}

void siaga_event_set_person(siaga_event *ev, const char *field, const char *value)
{
    siaga_map_text(ev->person, field, value);
}

const char *siaga_event_key(const siaga_event *ev)
{
    return map_text(ev->fields, "key");
}

const char *siaga_event_get(const siaga_event *ev, const char *field)
{
    return map_text(ev->fields, field);
}

size_t siaga_event_bytes(const siaga_event *ev)
{
    if (ev->packed)
        return ev->packed_n;
    return map_bytes(ev->fields) + map_bytes(ev->extra) + map_bytes(ev->person);
}

void compose_pack(const siaga_event *ev, struct writer *w)
{
    if (ev->packed) {
        writer_raw(w, ev->packed, ev->packed_n);
        return;
    }
    bool extra = map_pairs(ev->extra) > 0, person = map_pairs(ev->person) > 0;
    writer_map(w, map_pairs(ev->fields) + extra + person);
    map_pack_pairs(ev->fields, w);
    if (extra) {
        writer_text(w, "extra");
        map_pack(ev->extra, w);
    }
    if (person) {
        writer_text(w, "person");
        map_pack(ev->person, w);
    }
}
