#include "show.h"

#include <assert.h>

#include "proto/pairs.h"
#include "proto/rights.h"

/* Who is told, and of what kind of case. */
struct teller {
    uint8_t role;
    bool secret, unnamed; /* unnamed: the case is anonymous, and this is what its reporter did */
};

static bool sees(const struct teller *t, enum rights_field field)
{
    return rights_sees(t->role, field, t->secret);
}

static struct teller teller_of(uint8_t role, const struct facts *f, const struct entry *e)
{
    return (struct teller){role, f->bits & FACT_SECRET,
                           (f->bits & FACT_ANONYMOUS) && slice_same(e->source, f->reporter)};
}

static bool names_sender(const struct teller *t)
{
    return sees(t, RIGHTS_SOURCE) && (!t->unnamed || rights_sees_sender(t->role));
}

bool show_names_sender(uint8_t role, const struct facts *f, const struct entry *e)
{
    const struct teller t = teller_of(role, f, e);
    return names_sender(&t);
}

/* The case an entry speaks of; heads and keys speak of none. */
static uint32_t show_of(struct writer *w, const struct facts *f)
{
    char ticket[TICKET_BYTES];
    if (f->case_seq == 0)
        return 0;
    ticket_write((struct ticket){f->kind, f->day, f->counter}, ticket);
    return pair_uint(w, "case", f->case_seq) + pair_text(w, "ticket", ticket);
}

static uint32_t show_work_facts(struct writer *w, const struct teller *t, const struct facts *f,
                                const struct show_now *now)
{
    uint32_t pairs = 0;
    if (sees(t, RIGHTS_MODE))
        pairs += pair_word(w, "mode", WORDS_MODE, f->mode);
    if (sees(t, RIGHTS_CALL_CLASS))
        pairs +=
            pair_word(w, "call_class", WORDS_CALL_CLASS, now ? now->call_class : f->call_class);
    if (sees(t, RIGHTS_VERSION) && f->case_seq != 0)
        pairs += pair_uint(w, "version", now ? now->version : f->version);
    if (sees(t, RIGHTS_OWNER))
        pairs += pair_str(w, "owner", now ? now->owner : f->owner);
    if (sees(t, RIGHTS_FLAGS) && f->flags != 0)
        pairs += pair_flags(w, f->flags);
    if (sees(t, RIGHTS_PERSON) && (f->bits & FACT_PERSON))
        pairs += pair_bool(w, "person", true);
    return pairs;
}

/* What an entry of any kind says of its case. */
static uint32_t show_facts(struct writer *w, const struct teller *t, const struct facts *f,
                           const struct show_now *now)
{
    uint32_t pairs = pair_uint(w, "seq", f->seq);
    pairs += pair_word(w, "entry", WORDS_ENTRY, f->what);
    pairs += pair_time(w, "at", f->at_us) + show_of(w, f);
    pairs += pair_word(w, "kind", WORDS_KIND, f->kind);
    pairs += pair_word(w, "severity", WORDS_SEVERITY, now ? now->severity : f->severity);
    pairs += pair_word(w, "state", WORDS_STATE, now ? now->state : f->state);
    pairs += pair_str(w, "kecamatan", f->kecamatan);
    return pairs + show_work_facts(w, t, f, now);
}

static bool one_of(struct slice name, const struct slice *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slice_same(name, names[i]))
            return true;
    return false;
}

#define NAME(text)             \
    {                          \
        text, sizeof(text) - 1 \
    }
#define COUNT(names) (sizeof(names) / sizeof *(names))
#define FIELD(NAME) (1ull << RIGHTS_##NAME)
static_assert(RIGHTS_FIELDS < 64, "a set of fields is a word of bits");

/* Said by the facts already. */
static bool in_facts(enum rights_field field)
{
    return (FIELD(KIND) | FIELD(SEVERITY) | FIELD(MODE) | FIELD(CALL_CLASS) | FIELD(KECAMATAN) |
            FIELD(FLAGS)) >>
               field &
           1;
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
    static const struct slice names[] = {NAME("ack_due"),        NAME("resolve_due"),
                                         NAME("clock"),          NAME("ack_target"),
                                         NAME("resolve_target"), NAME("target_date")};
    return one_of(name, names, COUNT(names));
}

bool show_is_promise(struct slice name)
{
    return is_clock(name) || slice_is(name, "helpers");
}

/* Fields of an event stand in the table of rights one by one; what a change says of the work, and
 * what was promised, is the life of the case. */
static bool tells(const struct teller *t, const struct facts *f, struct slice name,
                  enum rights_field field)
{
    if (field == RIGHTS_SOURCE || field == RIGHTS_KEY)
        return names_sender(t);
    if (f->what == ENTRY_EVENT || f->what == ENTRY_PUBLIC || field == RIGHTS_REASON)
        return field != RIGHTS_FIELDS ? sees(t, field)
                                      : show_is_promise(name) && sees(t, RIGHTS_LIFE);
    return sees(t, RIGHTS_LIFE);
}

/* Of a case that is told whole the clocks come anew; one that is not real has no promise. */
static bool left_out(struct slice name, enum rights_field field, bool real, bool whole)
{
    if (field != RIGHTS_FIELDS)
        return in_facts(field);
    return (!real && show_is_promise(name)) || (whole && is_clock(name));
}

/* Pairs that are told as they stand are copied together, up to one that is not. */
struct run {
    struct writer *w;
    const uint8_t *from;
};

static void run_end(struct run *run, const uint8_t *upto, const uint8_t *next)
{
    writer_raw(run->w, run->from, (uint32_t)(upto - run->from));
    run->from = next;
}

static uint32_t show_shown(struct writer *w, const struct teller *t, const struct facts *f,
                           const struct entry *e, bool real, bool whole)
{
    struct reader r = reader_over(e->shown.p, e->shown.n);
    uint32_t pairs = 0, n = reader_map(&r);
    const uint8_t *upto = r.p;
    struct run run = {w, upto};
    for (; n > 0; n--) {
        const uint8_t *pair = upto;
        struct slice name = reader_str(&r), value = reader_skip(&r);
        if (r.err != 0) /* what was counted is told, and nothing else */
            break;
        upto = r.p;
        enum rights_field field = rights_named(name);
        if (left_out(name, field, real, whole) || !tells(t, f, name, field)) {
            run_end(&run, pair, upto);
            continue;
        }
        pairs++;
        if ((f->flags & FLAG_REF_DROPPED) && field == RIGHTS_REFS) {
            run_end(&run, pair, upto);
            writer_str(w, name);
            show_outside_refs(w, value);
        }
    }
    run_end(&run, upto, upto);
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

static uint32_t show_texts(struct writer *w, const struct teller *t, const struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    uint32_t pairs = 0;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        if (reader_peek(&r) != PACK_STR || !rights_sees_named(t->role, name, t->secret)) {
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
static uint32_t show_change(struct writer *w, const struct teller *t, const struct facts *f)
{
    static const struct {
        const char *name;
        enum word_group group;
    } acts[ENTRY_COUNT] = {
        [ENTRY_MOVE] = {"do", WORDS_ACT},          [ENTRY_WORK] = {"act", WORDS_WORK},
        [ENTRY_ALARM] = {"alarm", WORDS_ALARM},    [ENTRY_ACCESS] = {"access", WORDS_ACCESS},
        [ENTRY_ERASE] = {"erased", WORDS_ERASURE}, [ENTRY_PUBLIC] = {"public", WORDS_PUBLICITY},
        [ENTRY_HOLD] = {"hold", WORDS_HOLD},       [ENTRY_STORE] = {"store", WORDS_HEALTH}};
    uint32_t pairs = 0;
    if (acts[f->what].name != NULL && (sees(t, RIGHTS_LIFE) || f->what == ENTRY_PUBLIC))
        pairs += pair_word(w, acts[f->what].name, acts[f->what].group, f->act);
    if (!sees(t, RIGHTS_LIFE))
        return pairs;
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

struct slice show_value(const struct entry *e, const char *name)
{
    struct reader r = reader_over(e->shown.p, e->shown.n);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        if (slice_is(reader_str(&r), name) && reader_peek(&r) == PACK_STR)
            return reader_str(&r);
        reader_skip(&r);
    }
    return (struct slice){0};
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

size_t show_open_row(struct writer *w, uint8_t role, const struct facts *f, const struct entry *e,
                     const struct show_now *now, uint32_t *ret_pairs)
{
    const struct teller t = teller_of(role, f, e);
    bool real = (now ? now->call_class : f->call_class) == CALL_CLASS_REAL;
    const struct case_row *whole = now && f->what == ENTRY_EVENT ? now->whole : NULL;
    size_t at = writer_open_map(w);
    uint32_t pairs = show_facts(w, &t, f, now);
    if (f->what != ENTRY_EVENT)
        pairs += show_change(w, &t, f);
    pairs += show_shown(w, &t, f, e, real, whole != NULL);
    if (whole != NULL && real && sees(&t, RIGHTS_LIFE))
        pairs += show_case(w, whole);
    *ret_pairs = pairs + show_texts(w, &t, e);
    return at;
}

void show_row(struct writer *w, uint8_t role, const struct facts *f, const struct entry *e,
              const struct show_now *now)
{
    uint32_t pairs;
    size_t at = show_open_row(w, role, f, e, now, &pairs);
    writer_close_map(w, at, pairs);
}

bool show_life(uint8_t role, const struct facts *f)
{
    return rights_sees(role, RIGHTS_LIFE, f->bits & FACT_SECRET);
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
                                   .helpers = f->helpers,
                                   .reporter = f->reporter,
                                   .entry = f->what,
                                   .public = f->bits & FACT_PUBLIC};
}

struct filter_subject show_subject_of(const struct case_row *c,
                                      char ret_helpers[CASES_HELPERS_BYTES])
{
    return (struct filter_subject){.kind = c->kind,
                                   .severity = c->severity,
                                   .state = c->state,
                                   .owner = cases_owner(c),
                                   .kecamatan = c->kecamatan,
                                   .helpers = cases_helpers(c, ret_helpers),
                                   .reporter = c->source,
                                   .public = c->public == CASE_PUBLIC};
}

uint32_t show_full(struct writer *w, uint8_t role, const struct facts *f, const struct entry *e)
{
    if (!rights_sees(role, RIGHTS_BODY, f->bits & FACT_SECRET))
        return 0;
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
