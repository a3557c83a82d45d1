/* Questions against a plain array: a store of many events with words, places, categories and moves;
 * random expressions of every leaf joined by and, or, not; at the newest number and at older ones;
 * newest and oldest first, page by page, counted. The array knows nothing of sets, chunks or plans:
 * it asks each case. SIAGA_MODEL_ROUNDS multiplies the questions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/query/query.h"
#include "tests/support/asker.h"
#include "tests/support/entries.h"
#include "tests/support/rounds.h"
#include "tests/support/scratch.h"

#define EVENTS 50000u
#define CHANGES 30000u
#define ENTRIES (EVENTS + CHANGES + 1)
#define QUESTIONS 2000u
#define PER_NUMBER 50u /* questions about one older number */
#define WORDS_EACH 4u

static const char *const OWNERS[] = {"damkar", "dinkes", "dbmsda", "dishub", "poc"};
static const char *const PLACES[] = {"", "jatiasih", "rawalumbu", "medan-satria"};
static const char *const VILLAGES[] = {"", "jatikramat", "pengasinan", "harapan-mulya", "jatirasa"};
static const char *const CATEGORIES[] = {"", "fire.building", "jalan.rusak", "flood"};
static const char *const SOURCES[] = {"meja-1", "petugas-2", "sensor-3"};
/* As they are written, and as they are looked for; the last is rare. */
static const char *const WRITTEN[] = {"Kebakaran", "BANJIR,", "jalan", "Rusak!",
                                      "Juánda",    "ruko",    "RT",    "jatuh-tempo"};
static const char *const FOLDED[] = {"kebakaran", "banjir", "jalan", "rusak",
                                     "juanda",    "ruko",   "rt",    "jatuh tempo"};
#define N(list) ((uint32_t)(sizeof(list) / sizeof *(list)))

/* What changes of a case, from an entry on. */
struct stand {
    uint32_t seq, of; /* entry and case */
    uint8_t state, severity;
    char owner[25], helpers[64];
};

struct plain {
    bool is;
    uint8_t kind, mode, place, village, category, source, visibility;
    uint32_t words; /* mask of WRITTEN */
    bool has_point;
    int32_t lat, lon; /* 1e-7 degree */
    struct ticket ticket;
    char key[32];
    int64_t at_us;
    struct stand now; /* at the number at hand */
};

static struct scratch s;
static struct query *query;
static struct plain cases[ENTRIES + 1];
static struct stand stands[ENTRIES + 1];
static uint32_t newest, at_number; /* cases[].now are of at_number */
static uint64_t seed;

static uint32_t below(uint32_t n)
{
    return entries_below(&seed, n);
}

static uint8_t few(uint32_t n) /* the first ones often, the last one seldom */
{
    return (uint8_t)(below(n * (1 + below(n))) / n % n);
}

/* ---- the store and the array ---- */

static void keep_stand(const struct outcome *o)
{
    const struct facts *f = &o->facts;
    struct stand *st = &stands[f->seq];
    *st = (struct stand){(uint32_t)f->seq, (uint32_t)f->case_seq, f->state, f->severity, "", ""};
    snprintf(st->owner, sizeof st->owner, SLICE_FMT, SLICE_ARG(f->owner));
    snprintf(st->helpers, sizeof st->helpers, "," SLICE_FMT ",", SLICE_ARG(f->helpers));
    newest = (uint32_t)f->seq;
}

static const char *some_title(uint32_t *ret_words)
{
    static char title[160];
    size_t n = 0;
    *ret_words = 0;
    for (unsigned i = below(WORDS_EACH + 1); i > 0; i--) {
        uint8_t w = few(N(WRITTEN));
        *ret_words |= 1u << w;
        n += (size_t)snprintf(title + n, sizeof title - n, "%s ", WRITTEN[w]);
    }
    snprintf(title + n, sizeof title - n, ".");
    return title;
}

static void add_event(int64_t at_us)
{
    struct plain c = {.is = true,
                      .kind = (uint8_t)(1 + few(KIND_COUNT - 1)),
                      .mode = below(20) == 0 ? MODE_EXERCISE : MODE_ACTUAL,
                      .place = few(N(PLACES)),
                      .village = few(N(VILLAGES)),
                      .category = few(N(CATEGORIES)),
                      .source = few(N(SOURCES)),
                      .visibility = below(10) == 0   ? VISIBILITY_SECRET
                                    : below(10) == 0 ? VISIBILITY_ANONYMOUS
                                                     : VISIBILITY_OPEN,
                      .has_point = below(3) > 0,
                      .lat = -62000000 - (int32_t)below(2000000),
                      .lon = 1069000000 + (int32_t)below(2000000)};
    struct arena a = {0};
    struct outcome o;
    const char *title = some_title(&c.words);
    snprintf(c.key, sizeof c.key, "k-%u", newest);
    struct entry *e = an_event(
        &a, .at_us = at_us, .kind = c.kind, .mode = c.mode,
        .severity = (uint8_t)(1 + few(SEVERITY_COUNT - 1)), .owner = OWNERS[few(N(OWNERS))],
        .helpers = {below(4) == 0 ? "satpol-pp" : NULL}, .kecamatan = PLACES[c.place],
        .kelurahan = VILLAGES[c.village], .category = CATEGORIES[c.category], .title = title,
        .source = SOURCES[c.source], .key = c.key, .visibility = c.visibility,
        .has_point = c.has_point, .lat_e7 = c.lat, .lon_e7 = c.lon);
    assert_int_equal(scratch_apply(&s, e, &o), 0);
    assert_int_equal(o.verdict, V_DONE);
    c.at_us = o.facts.at_us;
    c.ticket = (struct ticket){c.kind, o.facts.day, o.facts.counter};
    cases[o.facts.seq] = c;
    keep_stand(&o);
    arena_drop(&a);
}

/* Whatever the case takes: some are refused, and nothing follows from those. */
static void change_case(int64_t at_us)
{
    static const uint8_t ACTS[] = {ACT_ASSIGN, ACT_ACK,    ACT_START,  ACT_FORWARD,
                                   ACT_VERIFY, ACT_CANCEL, ACT_REJECT, ACT_RESOLVE};
    struct arena a = {0};
    struct outcome o;
    uint32_t of = newest > 3000 && below(4) > 0 ? newest - below(3000) : 1 + below(newest);
    uint8_t act = ACTS[below(N(ACTS))];
    if (cases[of].is) {
        struct entry *e = a_move(&a, .at_us = at_us, .of = of, .act = act, .reason = "x",
                                 .outcome = OUTCOME_FIXED,
                                 .target = act == ACT_FORWARD ? OWNERS[below(N(OWNERS))] : NULL);
        assert_int_equal(scratch_apply(&s, e, &o), 0);
        if (o.verdict == V_DONE)
            keep_stand(&o);
    }
    arena_drop(&a);
}

static void fill(void)
{
    int64_t at = ENTRIES_AT;
    for (uint32_t events = 0; events < EVENTS;) {
        at += below(5) * 1000;
        if (newest > 0 && below(EVENTS + CHANGES) < CHANGES) {
            change_case(at);
        } else {
            add_event(at);
            events++;
        }
        if (newest % 2000 == 0)
            scratch_commit(&s);
    }
    scratch_commit(&s);
}

/* The array as it was at a number. */
static void stand_at(uint32_t number)
{
    at_number = number;
    for (uint32_t i = 1; i <= newest; i++)
        cases[i].now.seq = 0;
    for (uint32_t i = 1; i <= number; i++)
        if (stands[i].seq != 0)
            cases[stands[i].of].now = stands[i];
}

/* ---- expressions, and what they mean ---- */

static struct slice *one(struct arena *a, const char *text)
{
    struct slice *v = arena_alloc(a, sizeof *v);
    *v = arena_copy(a, text, strlen(text));
    return v;
}

static struct where name_leaf(struct arena *a, uint8_t what, const char *const *list, uint32_t n)
{
    const char *name = list[below(n)];
    return (struct where){
        .what = what, .n = 1, .values = one(a, *name != '\0' ? name : list[n - 1])};
}

static struct where area_leaf(bool box)
{
    struct where w = {.what = box ? WHERE_BOX : WHERE_NEAR,
                      .lat = -6.2 - below(2000) / 10000.0,
                      .lon = 106.9 + below(2000) / 10000.0,
                      .radius_m = 200 + below(6000)};
    double up = w.radius_m / 111000, across = up * 1.1;
    w.south = (int32_t)lround((w.lat - up) * 1e7);
    w.north = (int32_t)lround((w.lat + up) * 1e7);
    w.west = (int32_t)lround((w.lon - across) * 1e7);
    w.east = (int32_t)lround((w.lon + across) * 1e7);
    return w;
}

static struct where number_leaf(struct arena *a, bool ticket)
{
    uint32_t seq;
    char key[64];
    do
        seq = 1 + below(newest);
    while (!cases[seq].is);
    struct where w = {.what = ticket ? WHERE_TICKET : WHERE_KEY, .n = 1};
    snprintf(key, sizeof key, "%s/%s", SOURCES[cases[seq].source], cases[seq].key);
    w.tickets = arena_alloc(a, sizeof *w.tickets);
    w.tickets[0] = cases[seq].ticket;
    w.values = one(a, key);
    return w;
}

static struct where word_leaf(struct arena *a)
{
    bool prefix = below(3) == 0;
    const char *word = FOLDED[below(N(FOLDED) - 1)]; /* the last one is two */
    char cut[32];
    snprintf(cut, sizeof cut, "%.*s", prefix ? 1 + (int)below((uint32_t)strlen(word)) : 31, word);
    return (struct where){.what = WHERE_WORDS, .n = 1, .prefix = prefix, .values = one(a, cut)};
}

static struct where some_leaf(struct arena *a)
{
    static const char *const HELPERS[] = {"satpol-pp", "dinkes"};
    uint8_t what = (uint8_t)(1 + below(WHERE_LEAF_KINDS - 1));
    switch (what) {
    case WHERE_SKPD:
        return name_leaf(a, what, OWNERS, N(OWNERS));
    case WHERE_HELPER:
        return name_leaf(a, what, HELPERS, N(HELPERS));
    case WHERE_CATEGORY:
        return name_leaf(a, what, CATEGORIES, N(CATEGORIES));
    case WHERE_KECAMATAN:
        return name_leaf(a, what, PLACES, N(PLACES));
    case WHERE_KELURAHAN:
        return name_leaf(a, what, VILLAGES, N(VILLAGES));
    case WHERE_REPORTER:
        return name_leaf(a, what, SOURCES, N(SOURCES));
    case WHERE_WORDS:
        return word_leaf(a);
    case WHERE_BOX:
    case WHERE_NEAR:
        return area_leaf(what == WHERE_BOX);
    case WHERE_TICKET:
    case WHERE_KEY:
        return number_leaf(a, what == WHERE_TICKET);
    default: /* words of kinds.def */
        return (struct where){.what = what, .mask = 2u + below(255) * 2};
    }
}

static struct where some_where(struct arena *a, unsigned depth)
{
    uint32_t form = depth == 0 ? 0 : below(5);
    if (form < 2)
        return some_leaf(a);
    struct where w = {.what = form == 2 ? WHERE_NOT : form == 3 ? WHERE_OR : WHERE_AND};
    w.n = form == 2 ? 1 : (uint8_t)(1 + below(3));
    w.parts = arena_alloc(a, w.n * sizeof *w.parts);
    for (unsigned i = 0; i < w.n; i++)
        w.parts[i] = some_where(a, depth - 1);
    return w;
}

/* A word of the text begins so, or is so. */
static bool has_word(const struct plain *c, const struct where *w)
{
    for (unsigned i = 0; i < N(WRITTEN); i++) {
        struct slice rest = slice_from(FOLDED[i]);
        while (c->words >> i & 1 && rest.n > 0) {
            struct slice word = slice_cut(&rest, ' ');
            if (w->prefix ? word.n >= w->values[0].n &&
                                memcmp(word.p, w->values[0].p, w->values[0].n) == 0
                          : slice_same(word, w->values[0]))
                return true;
        }
    }
    return false;
}

static bool inside(const struct plain *c, const struct where *w)
{
    if (!c->has_point)
        return false;
    if (w->what == WHERE_NEAR)
        return where_metres(w->lat, w->lon, c->lat / 1e7, c->lon / 1e7) <= w->radius_m;
    return c->lat >= w->south && c->lat <= w->north && c->lon >= w->west && c->lon <= w->east;
}

static bool called(const struct where *w, const char *name)
{
    return slice_is(w->values[0], name);
}

static bool leaf_true(const struct plain *c, const struct where *w)
{
    char text[96];
    switch (w->what) {
    case WHERE_KIND:
        return w->mask >> c->kind & 1;
    case WHERE_SEVERITY:
        return w->mask >> c->now.severity & 1;
    case WHERE_STATE:
        return w->mask >> c->now.state & 1;
    case WHERE_OPEN:
        return words_state_open(c->now.state);
    case WHERE_MODE:
        return w->mask >> c->mode & 1;
    case WHERE_SKPD:
        return called(w, c->now.owner);
    case WHERE_HELPER:
        snprintf(text, sizeof text, "," SLICE_FMT ",", SLICE_ARG(w->values[0]));
        return strstr(c->now.helpers, text) != NULL;
    case WHERE_CATEGORY:
        return called(w, CATEGORIES[c->category]);
    case WHERE_KECAMATAN:
        return called(w, PLACES[c->place]);
    case WHERE_KELURAHAN:
        return called(w, VILLAGES[c->village]);
    case WHERE_REPORTER:
        return called(w, SOURCES[c->source]);
    case WHERE_WORDS:
        return has_word(c, w);
    case WHERE_TICKET:
        return memcmp(&w->tickets[0], &c->ticket, sizeof c->ticket) == 0;
    case WHERE_KEY:
        snprintf(text, sizeof text, "%s/%s", SOURCES[c->source], c->key);
        return called(w, text);
    default:
        return inside(c, w);
    }
}

/* By what this role is not told it finds nothing. */
static bool hidden(const struct plain *c, const struct where *w, uint8_t role)
{
    return (c->visibility == VISIBILITY_SECRET &&
            !rights_sees(role, where_field((enum where_what)w->what), true)) ||
           (c->visibility == VISIBILITY_ANONYMOUS && !rights_sees_sender(role) &&
            (w->what == WHERE_REPORTER || w->what == WHERE_KEY));
}

static bool is_true(const struct plain *c, const struct where *w, uint8_t role)
{
    if (where_is_leaf(w))
        return !hidden(c, w, role) && leaf_true(c, w);
    if (w->what == WHERE_NOT)
        return !is_true(c, &w->parts[0], role);
    for (unsigned i = 0; i < w->n; i++)
        if (is_true(c, &w->parts[i], role) == (w->what == WHERE_OR))
            return w->what == WHERE_OR;
    return w->what != WHERE_OR;
}

/* ---- asking both ---- */

static bool wanted(const struct question *q, const struct where *w, uint32_t seq)
{
    const struct plain *c = &cases[seq];
    return c->is && seq <= at_number && (q->since_us == 0 || c->at_us >= q->since_us) &&
           (q->until_us == 0 || c->at_us < q->until_us) && is_true(c, w, q->role);
}

static uint32_t next_wanted(const struct question *q, const struct where *w, uint32_t seq)
{
    do
        seq = q->reverse ? seq + 1 : seq - 1;
    while (seq > 0 && seq <= newest && !wanted(q, w, seq));
    return seq > newest ? 0 : seq;
}

static void same_row(struct reader row, uint32_t seq)
{
    const struct stand *now = &cases[seq].now;
    assert_int_equal(asker_number(row, "seq"), seq);
    assert_true(slice_is(asker_text(row, "state"), words_wire(WORDS_STATE, now->state)));
    assert_true(slice_is(asker_text(row, "severity"), words_wire(WORDS_SEVERITY, now->severity)));
    assert_true(slice_is(asker_text(row, "owner"), now->owner));
}

/* One page: what comes next, in order, and no more. Returns the next wanted. */
static uint32_t same_page(struct question *q, const struct where *w, uint32_t at)
{
    struct reader map = reader_over(q->body.p, q->body.n), rows = map, body = map;
    assert_int_equal(q->verdict, V_DONE);
    assert_true(asker_find(&body, "rows", &rows));
    for (uint32_t n = reader_array(&rows); n > 0; n--) {
        assert_true(at != 0);
        same_row(rows, at);
        reader_skip(&rows);
        at = next_wanted(q, w, at);
    }
    q->seq = asker_number(map, "after");
    assert_true(q->seq != 0 || at == 0);
    return at;
}

static void list(struct question *q, const struct where *w)
{
    uint32_t at = next_wanted(q, w, q->reverse ? 0 : newest + 1), pages = 0;
    do {
        asker_ask(query, q);
        at = same_page(q, w, at);
    } while (q->seq != 0 && ++pages < 3);
}

static void count(struct question *q, const struct where *w)
{
    uint64_t total = 0, found = 0;
    for (uint32_t i = 1; i <= at_number; i++)
        total += wanted(q, w, i);
    q->count = true;
    q->limit = 1;
    do {
        q->seq = 0;
        asker_ask(query, q);
        assert_int_equal(q->verdict, V_DONE);
        struct reader map = reader_over(q->body.p, q->body.n);
        found += asker_number(map, "total");
        q->counted_to = asker_number(map, "counted_to");
    } while (q->counted_to != 0);
    assert_int_equal(found, total);
}

static void ask(void)
{
    static const uint8_t ROLES_ASKING[] = {ROLE_OPERATOR, ROLE_LEADER, ROLE_AUDITOR};
    struct question *q = question_new(QUESTION_LIST);
    struct where w = some_where(&q->arena, 3);
    q->role = ROLES_ASKING[below(N(ROLES_ASKING))];
    q->where = where_copy(&w, &q->arena);
    assert_true(where_number(&q->where) <= WHERE_LEAVES_MAX);
    q->as_of = at_number < newest ? at_number : 0;
    q->limit = 1 + below(below(2) == 0 ? 5 : 100);
    q->reverse = below(2) == 0;
    q->explain = below(20) == 0;
    if (below(4) == 0)
        q->since_us = cases[1].at_us + (int64_t)below(EVENTS) * 2000;
    if (below(4) == 0)
        q->until_us = cases[1].at_us + (int64_t)below(EVENTS) * 2000;
    if (below(8) == 0)
        count(q, &w);
    else
        list(q, &w);
    question_free(&q);
}

static void the_store_answers_as_a_plain_array_does(void **state)
{
    (void)state;
    uint32_t questions = rounds_of(QUESTIONS);
    for (uint32_t i = 0; i < questions; i++) {
        if (i % PER_NUMBER == 0)
            stand_at(i / PER_NUMBER % 2 == 0 ? newest : 1 + below(newest));
        ask();
    }
}

static int open_all(void **state)
{
    (void)state;
    struct err err;
    seed = rounds_seed();
    scratch_open_sized(&s, 192, 256);
    fill();
    return query_open(&query, s.store, &err);
}

static int close_all(void **state)
{
    (void)state;
    query_close(&query);
    scratch_close(&s);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_store_answers_as_a_plain_array_does),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
