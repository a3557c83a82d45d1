#include "event.h"

#include "event_private.h"
#include "stamp.h"

/* Writing an event: for the wire and the store, and for the digest of its content. */
struct write {
    struct writer *w;
    const struct event *e;
    bool whole; /* texts in full, not cut to what is shown */
};

static const void *value_of(const struct write *to, const struct field *f)
{
    return (const char *)to->e + event_place(f)->at;
}

static struct slice slice_of(const struct write *to, const struct field *f)
{
    struct slice s;
    memcpy(&s, value_of(to, f), sizeof(s));
    return s;
}

static void write_name(const struct write *to, const char *name, struct slice value)
{
    writer_text(to->w, name);
    writer_str(to->w, value);
}

/* --- writers, one for each TYPE of fields.def; each returns the pairs it wrote --------------- */

static uint32_t write_KEY(const struct write *to, const struct field *f)
{
    struct slice s = slice_of(to, f);
    if (s.n == 0)
        return 0;
    write_name(to, f->name, s);
    return 1;
}

#define write_ID write_KEY
#define write_CODE write_KEY

static uint32_t write_TEXT(const struct write *to, const struct field *f)
{
    struct slice s = slice_of(to, f);
    uint16_t shown_at = event_place(f)->shown_at;
    if (s.n == 0)
        return 0;
    if (shown_at && !to->whole) {
        uint32_t shown;
        memcpy(&shown, (const char *)to->e + shown_at, sizeof(shown));
        if (shown && shown < s.n)
            s.n = shown;
    }
    write_name(to, f->name, s);
    return 1;
}

#define write_LONG write_TEXT

static uint32_t write_WORD(const struct write *to, const struct field *f)
{
    uint8_t number;
    memcpy(&number, value_of(to, f), sizeof(number));
    if (number == 0)
        return 0;
    writer_text(to->w, f->name);
    writer_text(to->w, words_wire((enum word_group)event_place(f)->group, number));
    return 1;
}

static uint32_t write_TIME(const struct write *to, const struct field *f)
{
    int64_t us;
    memcpy(&us, value_of(to, f), sizeof(us));
    if (us == 0)
        return 0;
    char text[STAMP_BYTES];
    stamp_utc(us, text);
    write_name(to, f->name, slice_from(text));
    return 1;
}

static uint32_t write_DEGREE(const struct write *to, const struct field *f)
{
    if (!to->e->has_point)
        return 0;
    int32_t e7;
    memcpy(&e7, value_of(to, f), sizeof(e7));
    writer_text(to->w, f->name);
    writer_double(to->w, e7 / 1e7);
    return 1;
}

static uint32_t write_COUNT(const struct write *to, const struct field *f)
{
    uint32_t wide = 0;
    uint16_t narrow;
    bool is_narrow = event_place(f)->size == sizeof(narrow);
    if (is_narrow) {
        memcpy(&narrow, value_of(to, f), sizeof(narrow));
        wide = narrow;
    } else {
        memcpy(&wide, value_of(to, f), sizeof(wide));
    }
    if (wide == (is_narrow ? EVENT_PEOPLE_UNKNOWN : 0))
        return 0;
    writer_text(to->w, f->name);
    writer_uint(to->w, wide);
    return 1;
}

static uint32_t write_MAP(const struct write *to, const struct field *f)
{
    const struct event *e = to->e;
    if (e->extra_n == 0)
        return 0;
    writer_text(to->w, f->name);
    writer_map(to->w, e->extra_n);
    for (uint8_t k = 0; k < e->extra_n; k++) {
        writer_str(to->w, e->extra[k].name);
        writer_str(to->w, e->extra[k].value);
    }
    return 1;
}

/* --- lists ---------------------------------------------------------------------------------- */

static void write_attach(const struct write *to)
{
    writer_array(to->w, to->e->attach_n);
    for (uint8_t k = 0; k < to->e->attach_n; k++) {
        const struct event_attach *a = &to->e->attach[k];
        writer_map(to->w, a->name.n ? 4 : 3);
        write_name(to, "sha256", a->sha256);
        write_name(to, "type", a->type);
        writer_text(to->w, "size");
        writer_uint(to->w, a->size_bytes);
        if (a->name.n)
            write_name(to, "name", a->name);
    }
}

static void write_refs(const struct write *to)
{
    writer_array(to->w, to->e->refs_n);
    for (uint8_t k = 0; k < to->e->refs_n; k++) {
        const struct event_ref *ref = &to->e->refs[k];
        writer_map(to->w, 2);
        write_name(to, "type", slice_from(words_wire(WORDS_REF_TYPE, ref->type)));
        write_name(to, "id", ref->id);
    }
}

static void write_tags(const struct write *to)
{
    writer_array(to->w, to->e->tags_n);
    for (uint8_t k = 0; k < to->e->tags_n; k++)
        writer_str(to->w, to->e->tags[k]);
}

/* The lists of an event: how many there are of each, and who writes them. */
static const struct {
    uint16_t count_at;
    void (*items)(const struct write *to);
} lists[EVENT_FIELDS] = {
    [FIELD_ATTACH] = {offsetof(struct event, attach_n), write_attach},
    [FIELD_REFS] = {offsetof(struct event, refs_n), write_refs},
    [FIELD_TAGS] = {offsetof(struct event, tags_n), write_tags},
};

static uint32_t write_LIST(const struct write *to, const struct field *f)
{
    uint32_t k = (uint32_t)(f - event_fields);
    if (((const uint8_t *)to->e)[lists[k].count_at] == 0)
        return 0;
    writer_text(to->w, f->name);
    lists[k].items(to);
    return 1;
}

/* --- all of them ---------------------------------------------------------------------------- */

typedef uint32_t write_fn(const struct write *to, const struct field *f);

#define write_PERSON NULL /* it has no place in a packed event */
#define FIELD(NAME, name, TYPE, ...) [FIELD_##NAME] = write_##TYPE,
static write_fn *const writers[EVENT_FIELDS] = {
#include "fields.def"
};

static uint32_t write_field(const struct write *to, uint32_t k)
{
    return event_places[k].size ? writers[k](to, &event_fields[k]) : 0;
}

uint32_t event_pack(struct writer *w, const struct event *e, bool texts)
{
    struct write to = {.w = w, .e = e};
    uint32_t pairs = 0;
    for (uint32_t k = 0; k < EVENT_FIELDS; k++) {
        bool is_text = writers[k] == write_TEXT;
        if (texts || !is_text)
            pairs += write_field(&to, k);
    }
    return pairs;
}

/* msgpack-c writing into a hash instead of a buffer. */
struct hash_sink {
    event_hash_fn *hash;
    void *state;
};

static int hash_append(void *data, const char *bytes, size_t n)
{
    const struct hash_sink *sink = data;
    sink->hash(sink->state, bytes, n);
    return 0;
}

/* Names rather than numbers stand before the values: a field added to fields.def between two others
 * must not turn a repeat into another content. */
void event_content(const struct event *e, event_hash_fn *hash, void *state)
{
    struct hash_sink sink = {hash, state};
    struct writer w;
    writer_init(&w, NULL, 0);
    msgpack_packer_init(&w.mp, &sink, hash_append);

    struct write to = {.w = &w, .e = e, .whole = true};
    for (uint32_t k = 0; k < EVENT_FIELDS; k++) {
        if (k != FIELD_SOURCE && k != FIELD_KEY && k != FIELD_SENT_AT)
            write_field(&to, k);
    }
}
