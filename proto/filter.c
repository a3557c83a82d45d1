#include "filter.h"

#include <string.h>

#include "key.h"

static void take_words(uint32_t *mask, enum word_group group, const char *field, struct reader *r,
                       struct faults *faults)
{
    if (reader_peek(r) != PACK_ARRAY) {
        reader_skip(r);
        faults_add(faults, E_FIELD, field, 0, (struct slice){0});
        return;
    }
    for (uint32_t n = reader_array(r); n > 0 && r->err == 0; n--) {
        struct slice word = {0};
        if (reader_peek(r) == PACK_STR)
            word = reader_str(r);
        else
            reader_skip(r);
        uint8_t number = words_find(group, word);
        if (number == 0)
            faults_add(faults, E_FIELD, field, 0, word);
        else
            *mask |= 1u << number;
    }
}

static uint8_t take_names(struct slice **list, const char *field, struct reader *r,
                          struct arena *arena, struct faults *faults)
{
    if (reader_peek(r) != PACK_ARRAY) {
        reader_skip(r);
        faults_add(faults, E_FIELD, field, 0, (struct slice){0});
        return 0;
    }
    uint32_t n = reader_array(r), kept = 0;
    if (n > FILTER_NAMES_MAX)
        faults_add(faults, E_LIMIT, field, FILTER_NAMES_MAX, (struct slice){0});
    *list = arena_alloc(arena, FILTER_NAMES_MAX * sizeof **list);
    for (; n > 0 && r->err == 0; n--) {
        struct slice name = {0};
        if (reader_peek(r) == PACK_STR)
            name = reader_str(r);
        else
            reader_skip(r);
        if (!key_code_valid(name))
            faults_add(faults, E_FIELD, field, CODE_MAX_BYTES, name);
        else if (kept < FILTER_NAMES_MAX)
            (*list)[kept++] = name;
    }
    return (uint8_t)kept;
}

int filter_take(struct filter *f, struct slice name, struct reader *r, struct arena *arena,
                struct faults *faults)
{
    if (slice_is(name, "kind"))
        take_words(&f->kinds, WORDS_KIND, "kind", r, faults);
    else if (slice_is(name, "severity"))
        take_words(&f->severities, WORDS_SEVERITY, "severity", r, faults);
    else if (slice_is(name, "state"))
        take_words(&f->states, WORDS_STATE, "state", r, faults);
    else if (slice_is(name, "skpd"))
        f->skpd_n = take_names(&f->skpd, "skpd", r, arena, faults);
    else if (slice_is(name, "kecamatan"))
        f->kecamatan_n = take_names(&f->kecamatan, "kecamatan", r, arena, faults);
    else
        return 0;
    return 1;
}

static bool named(const struct slice *list, unsigned n, struct slice name)
{
    for (unsigned i = 0; i < n; i++)
        if (slice_same(list[i], name))
            return true;
    return n == 0;
}

static bool among(struct slice joined, struct slice name)
{
    while (joined.n > 0)
        if (slice_same(slice_cut(&joined, ','), name))
            return true;
    return false;
}

static bool own(const struct filter *f, const struct filter_subject *s)
{
    if (f->own.n == 0 && f->sender.n == 0)
        return true;
    return (f->own.n > 0 && (slice_same(f->own, s->owner) || slice_same(f->own, s->owner_before) ||
                             among(s->helpers, f->own))) ||
           (f->sender.n > 0 && slice_same(f->sender, s->reporter));
}

bool filter_hears(const struct filter *f, const struct filter_subject *s)
{
    return (!f->public_only || s->public) &&
           (f->entries == 0 || s->entry == 0 || f->entries >> s->entry & 1);
}

static bool may_see(const struct filter *f, const struct filter_subject *s)
{
    return own(f, s) && filter_hears(f, s);
}

static bool owned(const struct filter *f, const struct filter_subject *s)
{
    return named(f->skpd, f->skpd_n, s->owner) ||
           (s->owner_before.n > 0 && named(f->skpd, f->skpd_n, s->owner_before));
}

bool filter_passes(const struct filter *f, const struct filter_subject *s)
{
    uint32_t states = 1u << s->state | (s->state_before != 0 ? 1u << s->state_before : 0);
    return (f->kinds == 0 || f->kinds >> s->kind & 1) &&
           (f->severities == 0 || f->severities >> s->severity & 1) &&
           (f->states == 0 || (f->states & states) != 0) && owned(f, s) &&
           named(f->kecamatan, f->kecamatan_n, s->kecamatan) && may_see(f, s);
}

bool filter_empty(const struct filter *f)
{
    return (f->kinds | f->severities | f->states) == 0 && f->skpd_n == 0 && f->kecamatan_n == 0 &&
           f->own.n == 0 && f->sender.n == 0 && f->entries == 0 && !f->public_only;
}

static struct slice *copy_names(const struct slice *list, unsigned n, struct arena *arena)
{
    struct slice *copy = arena_alloc(arena, (n + 1) * sizeof *copy);
    for (unsigned i = 0; i < n; i++)
        copy[i] = arena_copy(arena, list[i].p, list[i].n);
    return copy;
}

void filter_copy(struct filter *ret_copy, const struct filter *f, struct arena *arena)
{
    *ret_copy = *f;
    ret_copy->skpd = copy_names(f->skpd, f->skpd_n, arena);
    ret_copy->kecamatan = copy_names(f->kecamatan, f->kecamatan_n, arena);
    ret_copy->own = arena_copy(arena, f->own.p, f->own.n);
    ret_copy->sender = arena_copy(arena, f->sender.p, f->sender.n);
}
