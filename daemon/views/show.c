#include "show.h"

#include "proto/pairs.h"

/* What an entry of any kind says of its case. */
static uint32_t show_facts(struct writer *w, const struct facts *f, const struct show_now *now)
{
    char ticket[TICKET_BYTES];
    ticket_write((struct ticket){f->kind, f->day, f->counter}, ticket);
    uint32_t pairs = pair_uint(w, "seq", f->seq);
    pairs += pair_word(w, "entry", WORDS_ENTRY, f->what);
    pairs += pair_time(w, "at", f->at_us);
    pairs += pair_uint(w, "case", f->case_seq);
    pairs += pair_text(w, "ticket", ticket);
    pairs += pair_word(w, "kind", WORDS_KIND, f->kind);
    pairs += pair_word(w, "severity", WORDS_SEVERITY, now ? now->severity : f->severity);
    pairs += pair_word(w, "mode", WORDS_MODE, f->mode);
    pairs += pair_word(w, "call_class", WORDS_CALL_CLASS, now ? now->call_class : f->call_class);
    pairs += pair_word(w, "state", WORDS_STATE, now ? now->state : f->state);
    pairs += pair_uint(w, "version", now ? now->version : f->version);
    pairs += pair_str(w, "owner", now ? now->owner : f->owner);
    pairs += pair_str(w, "kecamatan", f->kecamatan);
    return f->flags == 0 ? pairs : pairs + pair_flags(w, f->flags);
}

static bool one_of(struct slice name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (slice_is(name, *names))
            return true;
    return false;
}

/* Said by the facts already. */
static bool in_facts(struct slice name)
{
    static const char *const names[] = {"kind",      "severity", "mode", "call_class",
                                        "kecamatan", "flags",    NULL};
    return one_of(name, names);
}

/* When a reference led nowhere, those to tickets are not told; numbers of other systems stay. The
 * journal keeps what was sent. */
static void show_outside_refs(struct writer *w, struct slice refs)
{
    struct reader r = reader_over(refs.p, refs.n);
    size_t at = writer_open_array(w);
    uint32_t kept = 0;
    for (uint32_t n = reader_array(&r); n > 0 && r.err == 0; n--) {
        struct reader ahead = r;
        struct slice ref = reader_skip(&r), type = {0};
        reader_map(&ahead);
        if (slice_is(reader_str(&ahead), "type"))
            type = reader_str(&ahead);
        if (words_find(WORDS_REF_TYPE, type) < REF_CAP)
            continue;
        writer_raw(w, ref.p, ref.n);
        kept++;
    }
    writer_close_array(w, at, kept);
}

/* Said anew by what the case is now. */
static bool is_clock(struct slice name)
{
    static const char *const names[] = {"ack_due",    "resolve_due",    "clock",
                                        "ack_target", "resolve_target", NULL};
    return one_of(name, names);
}

bool show_is_promise(struct slice name)
{
    static const char *const names[] = {"helpers", "target_date", NULL};
    return is_clock(name) || one_of(name, names);
}

static uint32_t show_shown(struct writer *w, const struct facts *f, const struct entry *e,
                           bool real, bool whole)
{
    struct reader r = reader_over(e->shown.p, e->shown.n);
    uint32_t pairs = 0;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r), value = reader_skip(&r);
        if (in_facts(name) || (!real && show_is_promise(name)) || (whole && is_clock(name)))
            continue;
        writer_str(w, name);
        if ((f->flags & FLAG_REF_DROPPED) && slice_is(name, "refs"))
            show_outside_refs(w, value);
        else
            writer_raw(w, value.p, value.n);
        pairs++;
    }
    return pairs;
}

/* How much of a text is to be shown: texts that were too long carry the number under NAME_shown. */
static uint32_t shown_length(const struct entry *e, struct slice name, uint32_t whole)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice other = reader_str(&r);
        if (reader_peek(&r) == PACK_UINT && other.n == name.n + 6 &&
            memcmp(other.p, name.p, name.n) == 0) {
            uint64_t most = reader_uint(&r);
            return most < whole ? (uint32_t)most : whole;
        }
        reader_skip(&r);
    }
    return whole;
}

static uint32_t show_texts(struct writer *w, const struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    uint32_t pairs = 0;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        if (reader_peek(&r) != PACK_STR) {
            reader_skip(&r);
            continue;
        }
        struct slice text = reader_str(&r);
        text.n = shown_length(e, name, text.n);
        writer_str(w, name);
        writer_str(w, text);
        pairs++;
    }
    return pairs;
}

/* What a change says beside its words. */
static uint32_t show_change(struct writer *w, const struct facts *f)
{
    static const struct {
        const char *name;
        enum word_group group;
    } acts[ENTRY_COUNT] = {[ENTRY_MOVE] = {"do", WORDS_ACT},
                           [ENTRY_WORK] = {"act", WORDS_WORK},
                           [ENTRY_ALARM] = {"alarm", WORDS_ALARM}};
    uint32_t pairs = 0;
    if (acts[f->what].name != NULL)
        pairs += pair_word(w, acts[f->what].name, acts[f->what].group, f->act);
    if (f->what == ENTRY_MOVE || f->what == ENTRY_RECLASS) {
        pairs += pair_word(w, "from", WORDS_STATE, f->from);
        pairs += pair_word(w, "to", WORDS_STATE, f->state);
    }
    pairs += pair_str(w, "task", f->task);
    if (f->what == ENTRY_MOVE && f->task.n > 0) {
        pairs += pair_word(w, "task_from", WORDS_STATE, f->part_from);
        pairs += pair_word(w, "task_to", WORDS_STATE, f->part_state);
    }
    pairs += pair_str(w, "owner_before", f->before);
    if (f->bits & FACT_DEAD)
        pairs += pair_bool(w, "dead", true);
    if (f->bits & FACT_BY_RULE)
        pairs += pair_bool(w, "by_rule", true);
    return pairs;
}

struct show_now show_now_of(const struct case_row *c)
{
    return (struct show_now){.version = c->version,
                             .state = c->state,
                             .severity = c->severity,
                             .call_class = c->call_class,
                             .owner = cases_owner(c),
                             .whole = c};
}

size_t show_open_row(struct writer *w, const struct facts *f, const struct entry *e,
                     const struct show_now *now, uint32_t *ret_pairs)
{
    bool real = (now ? now->call_class : f->call_class) == CALL_CLASS_REAL;
    const struct case_row *whole = now && f->what == ENTRY_EVENT ? now->whole : NULL;
    size_t at = writer_open_map(w);
    uint32_t pairs = show_facts(w, f, now);
    if (f->what != ENTRY_EVENT)
        pairs += show_change(w, f);
    pairs += show_shown(w, f, e, real, whole != NULL);
    if (whole != NULL && real)
        pairs += show_case(w, whole);
    *ret_pairs = pairs + show_texts(w, e);
    return at;
}

void show_row(struct writer *w, const struct facts *f, const struct entry *e,
              const struct show_now *now)
{
    uint32_t pairs;
    size_t at = show_open_row(w, f, e, now, &pairs);
    writer_close_map(w, at, pairs);
}

struct filter_subject show_subject(const struct facts *f)
{
    return (struct filter_subject){.kind = f->kind,
                                   .severity = f->severity,
                                   .state = f->state,
                                   .state_before = f->from,
                                   .owner = f->owner,
                                   .owner_before = f->before,
                                   .kecamatan = f->kecamatan,
                                   .helpers = f->helpers};
}

struct filter_subject show_subject_of(const struct case_row *c,
                                      char ret_helpers[CASES_HELPERS_BYTES])
{
    return (struct filter_subject){.kind = c->kind,
                                   .severity = c->severity,
                                   .state = c->state,
                                   .owner = cases_owner(c),
                                   .kecamatan = c->kecamatan,
                                   .helpers = cases_helpers(c, ret_helpers)};
}

uint32_t show_full(struct writer *w, const struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    uint32_t pairs = 0;
    size_t undo = w->n;
    writer_text(w, "full");
    size_t at = writer_open_map(w);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        if (reader_peek(&r) != PACK_STR) {
            reader_skip(&r);
            continue;
        }
        struct slice text = reader_str(&r);
        if (shown_length(e, name, text.n) < text.n)
            pairs += pair_str(w, name.n == 5 ? "title" : "body", text);
    }
    writer_close_map(w, at, pairs);
    if (pairs == 0)
        w->n = undo;
    return pairs > 0;
}
