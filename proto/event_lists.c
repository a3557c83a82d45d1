#include "event_private.h"

#include <stddef.h>
#include <strings.h>

#include "text.h"

#define TAG_BYTES 24u
#define REF_ID_BYTES 128u
#define ATTACH_TYPE_BYTES 80u
#define ATTACH_NAME_BYTES 80u
#define ATTACH_SIZE_MAX (10u * 1024 * 1024)
#define EXTRA_BYTES 2048u
#define PARTS_MAX 4u

/* --- parts of an item ----------------------------------------------------------------------- */

/* An item being read: its list, its number, the flag that tells it was dropped. */
struct item {
    struct decode *d;
    const char *list;
    uint32_t index, bend;
};

/* Tells what is wrong with an item; returns false, for it falls. */
static bool item_blame(const struct item *i, int verdict, enum event_hint hint, int64_t limit,
                       struct slice seen)
{
    event_blame(i->d, (struct blame){.field = i->list,
                                     .verdict = verdict,
                                     .hint = hint,
                                     .limit = limit,
                                     .seen = seen,
                                     .bend = i->bend});
    return false;
}

/* A part (or the item itself: "") that is of the wrong type or missing; of what is missing its
 * place is shown: "[2].id". */
static bool part_type(const struct item *i, const char *part, struct reader r)
{
    if (reader_peek(&r) != PACK_NONE)
        return item_blame(i, E_FIELD, HINT_TYPE, 0, event_show(i->d->arena, r));
    struct slice where = arena_printf(i->d->arena, "[%u]%s%s", i->index, *part ? "." : "", part);
    return item_blame(i, E_FIELD, HINT_MISSING, 0, where);
}

/* Text of 1 to `most` bytes on one line. */
static bool part_text(const struct item *i, const char *part, struct reader r, uint32_t most,
                      struct slice *ret_text)
{
    if (reader_peek(&r) != PACK_STR)
        return part_type(i, part, r);
    struct slice text = reader_str(&r);
    if (!event_text(i->d, i->list, false, &text))
        return false;
    if (text.n == 0)
        return part_type(i, part, reader_over(NULL, 0));
    if (text.n > most)
        return item_blame(i, E_LIMIT, HINT_LONG, most, text);
    *ret_text = text;
    return true;
}

/* Sorts the pairs of an item by name into `values`; unknown names are told. A part that is not
 * there leaves an empty reader. */
static bool parts_of(const struct item *i, struct reader r, const char *const *names,
                     struct reader *values)
{
    for (uint32_t k = 0; k < PARTS_MAX; k++)
        values[k] = reader_over(NULL, 0);
    if (reader_peek(&r) != PACK_MAP)
        return part_type(i, "", r);

    bool fine = true;
    for (uint32_t left = reader_map(&r); left > 0 && !r.err; left--) {
        struct slice name = reader_str(&r), value = reader_skip(&r);
        uint32_t k = 0;
        while (k < PARTS_MAX && names[k] && !slice_is(name, names[k]))
            k++;
        struct reader over = reader_over(value.p, value.n);
        if (k == PARTS_MAX || !names[k])
            fine = item_blame(i, E_FIELD, HINT_UNKNOWN, 0, name);
        else if (reader_peek(&over) != PACK_NIL)
            values[k] = over;
    }
    return fine;
}

/* --- items ---------------------------------------------------------------------------------- */

static bool read_tag(const struct item *i, struct reader r, void *ret_item)
{
    return part_text(i, "", r, TAG_BYTES, ret_item);
}

static bool read_ref(const struct item *i, struct reader r, void *ret_item)
{
    static const char *const names[PARTS_MAX] = {"type", "id"};
    struct reader values[PARTS_MAX];
    struct event_ref ref = {0};
    if (!parts_of(i, r, names, values))
        return false;

    bool fine = true;
    struct reader word = values[0];
    if (reader_peek(&word) != PACK_STR)
        fine = part_type(i, "type", word);
    else if (!(ref.type = words_find(WORDS_REF_TYPE, reader_str(&word))))
        fine = item_blame(i, E_FIELD, HINT_WORD, 0, event_show(i->d->arena, values[0]));
    fine &= part_text(i, "id", values[1], REF_ID_BYTES, &ref.id);
    if (fine)
        memcpy(ret_item, &ref, sizeof(ref));
    return fine;
}

static bool is_sha256(struct slice s)
{
    for (uint32_t k = 0; k < s.n; k++) {
        if (!((s.p[k] >= '0' && s.p[k] <= '9') || (s.p[k] >= 'a' && s.p[k] <= 'f')))
            return false;
    }
    return s.n == 64;
}

static bool read_attach(const struct item *i, struct reader r, void *ret_item)
{
    static const char *const names[PARTS_MAX] = {"sha256", "type", "size", "name"};
    struct reader values[PARTS_MAX];
    struct event_attach attach = {0};
    if (!parts_of(i, r, names, values))
        return false;

    bool fine = true;
    struct reader sha256 = values[0], size = values[2];
    if (reader_peek(&sha256) != PACK_STR)
        fine = part_type(i, "sha256", sha256);
    else if (attach.sha256 = reader_str(&sha256), !is_sha256(attach.sha256))
        fine = item_blame(i, E_FIELD, HINT_SHA256, 0, attach.sha256);

    fine &= part_text(i, "type", values[1], ATTACH_TYPE_BYTES, &attach.type);
    if (reader_peek(&size) != PACK_UINT)
        fine &= part_type(i, "size", size);
    else if (attach.size_bytes = reader_uint(&size), attach.size_bytes > ATTACH_SIZE_MAX)
        fine &=
            item_blame(i, E_FIELD, HINT_COUNT, ATTACH_SIZE_MAX, event_show(i->d->arena, values[2]));
    if (reader_peek(&values[3]) != PACK_NONE)
        fine &= part_text(i, "name", values[3], ATTACH_NAME_BYTES, &attach.name);
    if (fine)
        memcpy(ret_item, &attach, sizeof(attach));
    return fine;
}

/* --- lists ---------------------------------------------------------------------------------- */

struct list {
    size_t item_bytes;
    bool (*read)(const struct item *i, struct reader r, void *ret_item);
    size_t count_at;
    uint32_t bend;
};

static const struct list lists[EVENT_FIELDS] = {
    [FIELD_ATTACH] = {sizeof(struct event_attach), read_attach, offsetof(struct event, attach_n),
                      0},
    [FIELD_REFS] = {sizeof(struct event_ref), read_ref, offsetof(struct event, refs_n),
                    FLAG_REF_DROPPED},
    [FIELD_TAGS] = {sizeof(struct slice), read_tag, offsetof(struct event, tags_n), 0},
};

bool event_read_list(struct decode *d, const struct field *f, struct reader r)
{
    const struct list *list = &lists[f - event_fields];
    struct blame wrong = {.field = f->name, .verdict = E_FIELD, .hint = HINT_TYPE};
    wrong.bend = list->bend;
    if (reader_peek(&r) != PACK_ARRAY) {
        wrong.seen = event_show(d->arena, r);
        event_blame(d, wrong);
        return true;
    }
    uint32_t n = reader_array(&r);
    if (n > f->limit) {
        wrong.verdict = E_LIMIT;
        wrong.hint = HINT_ITEMS;
        wrong.limit = f->limit;
        event_blame(d, wrong);
        n = f->limit;
    }

    char *items = arena_alloc(d->arena, n * list->item_bytes);
    uint8_t kept = 0;
    for (uint32_t k = 0; k < n && !r.err; k++) {
        struct slice value = reader_skip(&r);
        struct item item = {d, f->name, k, list->bend};
        if (list->read(&item, reader_over(value.p, value.n), items + kept * list->item_bytes))
            kept++;
    }
    memcpy((char *)d->e + event_place(f)->at, &items, sizeof(items));
    memcpy((char *)d->e + list->count_at, &kept, sizeof(kept));
    return true;
}

/* --- extra ---------------------------------------------------------------------------------- */

bool event_is_personal(struct slice name)
{
    for (uint32_t k = 0; k < EVENT_FIELDS; k++) {
        const struct field *f = &event_fields[k];
        if (f->setter == SETTER_PERSONAL && f->name_n == name.n &&
            strncasecmp(f->name, name.p, name.n) == 0)
            return true;
    }
    return false;
}

/* Room for one more pair? Told once for the whole event. */
static bool extra_room(struct decode *d, uint32_t bytes)
{
    bool items = d->e->extra_n >= EVENT_EXTRA_MAX;
    if (!items && d->extra_bytes + bytes <= EXTRA_BYTES) {
        d->extra_bytes += bytes;
        return true;
    }
    if (!d->extra_full)
        event_blame(d, (struct blame){.field = event_fields[FIELD_EXTRA].name,
                                      .verdict = E_LIMIT,
                                      .hint = items ? HINT_ITEMS : HINT_EXTRA_BYTES,
                                      .limit = items ? EVENT_EXTRA_MAX : EXTRA_BYTES});
    d->extra_full = true;
    return false;
}

static bool extra_has(const struct event *e, struct slice name)
{
    for (uint8_t k = 0; k < e->extra_n; k++) {
        if (slice_same(e->extra[k].name, name))
            return true;
    }
    return false;
}

/* Takes one pair. `wrong` says how to call it should it be wrong; its value is never shown, for it
 * may be a person's. */
static void extra_add(struct decode *d, struct blame wrong, struct slice name, struct reader value)
{
    wrong.verdict = E_FIELD;
    struct event_pair pair = {.name = name};
    if (d->extra_full)
        return;
    if (event_is_personal(name))
        wrong.hint = HINT_PERSONAL;
    else if (name.n == 0)
        wrong.hint = HINT_MISSING;
    else if (reader_peek(&value) != PACK_STR && !event_number(d->arena, value, &pair.value))
        wrong.hint = HINT_TYPE;
    if (wrong.hint) {
        event_blame(d, wrong);
        return;
    }

    if (reader_peek(&value) == PACK_STR)
        pair.value = reader_str(&value);
    if (!event_text(d, wrong.field, false, &pair.name) ||
        !event_text(d, wrong.field, true, &pair.value))
        return;
    if (extra_has(d->e, pair.name)) {
        wrong.hint = HINT_TWICE;
        event_blame(d, wrong);
    } else if (extra_room(d, pair.name.n + pair.value.n)) {
        if (!d->e->extra)
            d->e->extra = arena_alloc(d->arena, EVENT_EXTRA_MAX * sizeof(pair));
        d->e->extra[d->e->extra_n++] = pair;
    }
}

bool event_read_extra(struct decode *d, const struct field *f, struct reader r)
{
    if (reader_peek(&r) != PACK_MAP) {
        event_blame(d, (struct blame){.field = f->name,
                                      .verdict = E_FIELD,
                                      .hint = HINT_TYPE,
                                      .seen = event_show(d->arena, r)});
        return true;
    }
    for (uint32_t left = reader_map(&r); left > 0 && !r.err; left--) {
        struct slice name = reader_str(&r), packed = reader_skip(&r);
        struct reader value = reader_over(packed.p, packed.n);
        if (reader_peek(&value) != PACK_NIL)
            extra_add(d, (struct blame){.field = f->name, .seen = name}, name, value);
    }
    return true;
}

void event_unknown(struct decode *d, struct slice name, struct reader value)
{
    struct slice at = arena_printf(d->arena, SLICE_FMT, SLICE_ARG(name));
    bool personal = event_is_personal(name);
    if (d->rules->registered && !personal) {
        extra_add(d, (struct blame){.field = at.p}, name, value);
        return;
    }
    event_blame(d, (struct blame){.field = at.p,
                                  .verdict = E_FIELD,
                                  .hint = personal ? HINT_PERSONAL : HINT_UNKNOWN});
}

/* By name, so that the order in which a client's maps come out does not matter to anybody. */
void event_sort_extra(struct event *e)
{
    for (uint8_t k = 1; k < e->extra_n; k++) {
        struct event_pair pair = e->extra[k];
        uint8_t at = k;
        for (; at > 0; at--) {
            struct slice before = e->extra[at - 1].name;
            uint32_t n = before.n < pair.name.n ? before.n : pair.name.n;
            int order = memcmp(before.p, pair.name.p, n);
            if (order < 0 || (order == 0 && before.n < pair.name.n))
                break;
            e->extra[at] = e->extra[at - 1];
        }
        e->extra[at] = pair;
    }
}
