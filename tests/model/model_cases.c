/* Cases against plain arrays: random events, moves, reclassings and repeats through views_apply(),
 * commits and dropped transactions at random; then what the thread for questions says: pages of
 * LIST, GET, and that a snapshot at N and the entries after N make the present. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cases_model.h"
#include "proto/stamp.h"
#include "tests/support/asker.h"
#include "tests/support/rounds.h"
#include "tests/support/scratch.h"

static const char *const OWNERS[] = {"damkar", "dinkes", "pupr", "poc", "bpbd", "setda"};
static const char *const PLACES[] = {"", "utara", "selatan", "32.01.03"};

static struct scratch s;
static struct query *query;
static struct arena memory; /* all that was ever asked for */
static struct model now, committed;
static uint64_t seed;
static int64_t clock_us;

static uint32_t below(uint32_t n)
{
    return entries_below(&seed, n);
}

/* ---- changing ---- */

static void same_outcome(const struct outcome *o, int verdict, uint32_t of)
{
    bool hidden = verdict == MODEL_HIDDEN;
    if (hidden)
        verdict = E_ROLE;
    if (o->verdict != verdict)
        fail_msg("%s, wanted %s", verdict_name(o->verdict), verdict_name(verdict));
    assert_false(o->duplicate);
    if (hidden)
        assert_int_equal(o->other_seq, 0);
    if (verdict == E_REF || hidden)
        return;
    const struct model_case *c = &now.cases[of];
    assert_int_equal(o->facts.case_seq, of);
    assert_int_equal(o->facts.state, c->state);
    assert_int_equal(o->facts.version, c->version);
    assert_int_equal(o->facts.day, c->day);
    assert_int_equal(o->facts.counter, c->counter);
    assert_true(slice_is(o->facts.owner, c->owner));
    assert_int_equal(o->other_seq, verdict == V_DONE ? 0 : c->last);
    if (verdict == V_DONE) {
        assert_int_equal(o->facts.seq, now.n);
        assert_int_equal(o->facts.at_us, now.time_us);
    }
}

static int64_t some_time(void)
{
    clock_us +=
        below(100) < 95 ? below(2000) * STAMP_SECOND / 100 : -(int64_t)below(60) * STAMP_SECOND;
    return clock_us;
}

static void new_event(void)
{
    struct outcome o;
    struct wish w = {.at_us = some_time(),
                     .kind = (uint8_t)(1 + below(3)),
                     .severity = (uint8_t)(1 + below(5)),
                     .call_class = below(4) == 0 ? (uint8_t)(2 + below(4)) : CALL_CLASS_REAL,
                     .owner = OWNERS[below(5)],
                     .desk = "poc",
                     .kecamatan = PLACES[below(4)],
                     .day = MODEL_DAY + below(8)};
    struct entry *e = entries_event(&memory, &w);
    assert_int_equal(scratch_apply(&s, e, &o), 0);
    model_event(&now, e, &w);
    same_outcome(&o, V_DONE, now.n);
}

/* What the model knows of: acts that change the state alone, and the owner. */
static bool modelled(uint8_t act)
{
    static const uint8_t not_here[] = {ACT_REFUSE, ACT_MERGE, ACT_SUPPORT, ACT_MILESTONE, ACT_RATE};
    for (size_t i = 0; i < sizeof not_here; i++)
        if (not_here[i] == act)
            return false;
    return true;
}

/* One act that may well be allowed, or any at all; sometimes the state wanted is said instead. */
static void some_act(struct wish *w, const struct model_case *c)
{
    uint8_t acts[16];
    unsigned n = moves_from(c->state, w->role, acts);
    do
        w->act = n > 0 && below(5) > 0 ? acts[below(n)] : (uint8_t)(1 + below(ACT_COUNT - 1));
    while (!modelled(w->act));
    w->target = w->act == ACT_FORWARD ? OWNERS[below(5)] : NULL;
    const struct move *m = moves_find(c->state, w->act);
    if (below(3) > 0)
        return;
    w->to = m != NULL ? m->next : (uint8_t)(1 + below(STATE_COUNT - 1));
    w->act = 0;
    w->target = NULL;
}

static void new_change(void)
{
    struct outcome o;
    uint32_t of = 1 + below(now.n + 1);
    if (of <= now.n && below(20) > 0)
        of = now.told[of].of; /* the number of a case; else of any entry, or of none */
    const struct model_case *c = &now.cases[of];
    bool handler = below(2) == 0, reclass = below(12) == 0;
    struct wish w = {.at_us = some_time(),
                     .of = of,
                     .version = below(3) > 0 ? c->version : below(c->version + 2),
                     .call_class = (uint8_t)(1 + below(5)),
                     .role = handler ? ROLE_HANDLER : ROLE_OPERATOR,
                     .outcome = OUTCOME_FIXED};
    if (handler)
        w.own = c->is && below(4) > 0 ? c->owner : OWNERS[below(6)];
    if (!reclass)
        some_act(&w, c);
    struct entry *e = entries_change(&memory, &w, reclass ? ENTRY_RECLASS : ENTRY_MOVE);
    int want = model_change(&now, e, &w);
    assert_int_equal(scratch_apply(&s, e, &o), 0);
    same_outcome(&o, want, of);
}

static void repeat(void)
{
    struct outcome o;
    uint32_t seq = 1 + below(now.n);
    struct entry *e = entries_copy(&memory, now.told[seq].entry);
    bool other = below(4) == 0;
    e->digest[0] ^= other;
    e->at_us = some_time();
    assert_int_equal(scratch_apply(&s, e, &o), 0);
    assert_int_equal(o.verdict, other ? E_KEY_REUSED : V_DONE);
    assert_int_equal(o.duplicate, !other);
    assert_int_equal(o.other_seq, seq);
}

static void commit(void)
{
    scratch_commit(&s);
    memcpy(&committed, &now, sizeof now);
    if (below(20) > 0)
        return;
    query_close(&query);
    scratch_reopen(&s);
    struct err err;
    assert_int_equal(query_open(&query, s.store, &err), 0);
}

static void step(void)
{
    uint32_t what = below(1000);
    if (now.n == 0 || what < 400)
        new_event();
    else if (what < 940)
        new_change();
    else if (what < 982)
        repeat();
    else if (what < 997)
        commit();
    else {
        scratch_abandon(&s);
        memcpy(&now, &committed, sizeof now);
    }
    assert_int_equal(views_seq(s.views), now.n);
    assert_int_equal(views_open_cases(s.views), now.open);
}

/* ---- asking; the model of the last commit is what must be told ---- */

static uint32_t some_mask(uint32_t values)
{
    return below(2) == 0 ? 0 : (below(1u << values) | 1u << below(values)) << 1;
}

static void some_filter(struct filter *f, struct arena *a)
{
    *f = (struct filter){.kinds = some_mask(3),
                         .severities = some_mask(5),
                         .states = some_mask(STATE_COUNT - 1),
                         .skpd = arena_alloc(a, 3 * sizeof *f->skpd),
                         .kecamatan = arena_alloc(a, 3 * sizeof *f->kecamatan)};
    f->skpd_n = (uint8_t)below(3);
    f->kecamatan_n = (uint8_t)below(3);
    for (unsigned i = 0; i < 2; i++) {
        f->skpd[i] = slice_from(OWNERS[below(6)]);
        f->kecamatan[i] = slice_from(PLACES[1 + below(3)]);
    }
}

static bool open_alone; /* of the list asked for */

static bool listed(const struct question *q, uint32_t seq)
{
    const struct model_case *c = &committed.cases[seq];
    int64_t at = committed.told[seq].at_us;
    const struct told as_now = {.state = c->state,
                                .severity = c->severity,
                                .kind = c->kind,
                                .owner = c->owner,
                                .owner_before = c->owner,
                                .kecamatan = c->kecamatan};
    return c->is && (!open_alone || model_open(c->state)) &&
           (q->since_us == 0 || at >= q->since_us) && (q->until_us == 0 || at < q->until_us) &&
           model_passes(&q->filter, &as_now);
}

static void same_row(struct reader row, uint32_t seq)
{
    const struct model_case *c = &committed.cases[seq];
    assert_int_equal(asker_number(row, "seq"), seq);
    assert_int_equal(asker_number(row, "version"), c->version);
    assert_true(slice_is(asker_text(row, "state"), words_wire(WORDS_STATE, c->state)));
    assert_true(slice_is(asker_text(row, "owner"), c->owner));
    assert_true(slice_is(asker_text(row, "call_class"), words_wire(WORDS_CALL_CLASS, c->class)));
    assert_true(slice_is(asker_text(row, "kecamatan"), c->kecamatan));
}

static uint32_t next_listed(const struct question *q, uint32_t seq)
{
    do
        seq = q->reverse ? seq + 1 : seq - 1;
    while (seq > 0 && seq <= committed.n && !listed(q, seq));
    return seq;
}

/* Page after page, to the end: every case that passes once, in order. */
static void list(void)
{
    struct question *q = question_new(QUESTION_LIST);
    q->role = ROLE_OPERATOR;
    uint64_t total = 0, after;
    some_filter(&q->filter, &q->arena);
    q->limit = 1 + below(below(2) == 0 ? 5 : QUERY_ROWS_MAX);
    open_alone = below(3) == 0;
    asker_where(q, open_alone);
    q->reverse = below(2) == 0;
    q->count = below(3) == 0;
    if (committed.n > 0 && below(3) == 0)
        q->since_us = committed.told[1 + below(committed.n)].at_us + below(2);
    if (committed.n > 0 && below(3) == 0)
        q->until_us = committed.told[1 + below(committed.n)].at_us + below(2);
    for (uint32_t i = 1; i <= committed.n; i++)
        total += listed(q, i);
    uint32_t at = next_listed(q, q->reverse ? 0 : committed.n + 1);
    do {
        asker_ask(query, q);
        assert_int_equal(q->verdict, V_DONE);
        struct reader map = reader_over(q->body.p, q->body.n), rows = map, body = map;
        assert_true(asker_find(&body, "rows", &rows));
        uint32_t n = reader_array(&rows);
        assert_int_equal(n, q->rows);
        assert_true(n <= q->limit);
        for (uint32_t i = 0; i < n; i++, at = next_listed(q, at)) {
            same_row(rows, at);
            reader_skip(&rows);
        }
        assert_int_equal(asker_number(map, "as_of"), committed.n);
        assert_int_equal(asker_number(map, "total"), q->count ? total : 0);
        after = asker_number(map, "after");
        assert_true(after == 0 || n == q->limit || q->body.n > QUERY_ANSWER_BYTES / 4);
        q->seq = after;
    } while (after != 0);
    assert_true(at == 0 || at > committed.n);
    question_free(&q);
}

static void get(void)
{
    if (committed.n == 0)
        return;
    uint32_t seq = 1 + below(committed.n), of = committed.told[seq].of;
    const struct model_case *c = &committed.cases[of];
    struct question *q = question_new(QUESTION_GET);
    q->role = ROLE_OPERATOR;
    if (below(2) == 0)
        q->seq = seq; /* any entry of the case */
    else
        q->ticket = (struct ticket){c->kind, c->day, c->counter};
    asker_ask(query, q);
    assert_int_equal(q->verdict, V_DONE);
    struct reader map = reader_over(q->body.p, q->body.n), one = map, history = map, body = map;
    assert_true(asker_find(&body, "case", &one));
    same_row(one, of);
    body = map;
    assert_true(asker_find(&body, "history", &history));
    uint32_t n = reader_array(&history);
    assert_int_equal(n, 1 + c->changes);
    for (uint32_t i = 0, last = 0; i < n; i++) {
        uint32_t entry = (uint32_t)asker_number(history, "seq");
        assert_true(entry > last && committed.told[entry].of == of);
        assert_int_equal(asker_number(history, "version"), committed.told[entry].version);
        last = entry;
        reader_skip(&history);
    }
    question_free(&q);
}

/* ---- a snapshot, and what came after it ---- */

static struct question *snapshot; /* taken some commits ago */

static void take_snapshot(void)
{
    question_free(&snapshot);
    snapshot = question_new(QUESTION_SNAPSHOT);
    snapshot->role = ROLE_OPERATOR;
    asker_ask(query, snapshot);
    assert_int_equal(snapshot->verdict, V_DONE);
    assert_int_equal(snapshot->at, committed.n);
    assert_int_equal(snapshot->cases_n, committed.open);
    for (uint32_t i = 0; i < snapshot->cases_n; i++) {
        const struct snapshot_case *c = &snapshot->cases[i];
        const struct model_case *m = &committed.cases[c->seq];
        assert_true(i == 0 || c->seq > snapshot->cases[i - 1].seq);
        assert_int_equal(c->last_seq, m->last);
        assert_int_equal(c->version, m->version);
        assert_int_equal(c->state, m->state);
        assert_string_equal(c->owner, m->owner);
    }
}

/* A screen: the open cases as somebody knows them who reads only what is sent. */
struct screen {
    uint8_t state[CASES_MOST + 1];
    uint32_t version[CASES_MOST + 1];
    const char *owner[CASES_MOST + 1];
};

static const char *owner_named(struct slice name)
{
    for (size_t i = 0; i < sizeof OWNERS / sizeof *OWNERS; i++)
        if (slice_is(name, OWNERS[i]))
            return OWNERS[i];
    return "?";
}

static void show(struct screen *screen, struct reader row)
{
    uint64_t of = asker_number(row, "case");
    assert_in_range(of, 1, CASES_MOST);
    screen->state[of] = words_find(WORDS_STATE, asker_text(row, "state"));
    screen->version[of] = (uint32_t)asker_number(row, "version");
    screen->owner[of] = owner_named(asker_text(row, "owner"));
}

static void replay_onto(struct screen *screen, uint64_t from, uint64_t upto)
{
    while (from <= upto) {
        struct question *q = question_new(QUESTION_REPLAY);
        q->role = ROLE_OPERATOR;
        q->seq = from;
        q->upto = upto;
        q->limit = 1 + below(300);
        asker_ask(query, q);
        assert_int_equal(q->verdict, V_DONE);
        assert_int_equal(q->next,
                         from + q->rows); /* nothing is filtered: no number is passed over */
        struct reader rows = reader_over(q->body.p, q->body.n);
        for (uint32_t i = 0; i < q->rows; i++) {
            assert_int_equal(asker_number(rows, "seq"), from + i);
            show(screen, rows);
            reader_skip(&rows);
        }
        assert_ptr_equal(rows.p, rows.end);
        from = q->next;
        question_free(&q);
    }
}

static void snapshot_and_replay_make_the_present(void)
{
    static struct screen screen;
    if (snapshot == NULL)
        return;
    memset(&screen, 0, sizeof screen);
    for (uint32_t i = 0; i < snapshot->cases_n; i++) {
        const struct snapshot_case *c = &snapshot->cases[i];
        screen.state[c->seq] = c->state;
        screen.version[c->seq] = c->version;
        screen.owner[c->seq] = owner_named(slice_from(c->owner));
    }
    uint64_t to = snapshot->at + below((uint32_t)(committed.n - snapshot->at) + 1);
    replay_onto(&screen, snapshot->at + 1, to); /* to some number in between ... */
    replay_onto(&screen, to + 1, committed.n);  /* ... and on to now */
    for (uint32_t i = 1; i <= committed.n; i++) {
        const struct model_case *c = &committed.cases[i];
        bool open = c->is && model_open(c->state);
        if (model_open(screen.state[i]) != open)
            fail_msg("case %u is %s", i, open ? "missing on the screen" : "left on the screen");
        if (open) {
            assert_int_equal(screen.state[i], c->state);
            assert_int_equal(screen.version[i], c->version);
            assert_string_equal(screen.owner[i], c->owner);
        }
    }
}

/* A watch with a filter: exactly the entries that pass, however the answers are cut. */
static void filtered_replay(void)
{
    struct arena a = {0};
    struct filter f;
    some_filter(&f, &a);
    uint64_t from = 1 + below(committed.n + 1);
    for (uint64_t seq = from; from <= committed.n;) {
        struct question *q = question_new(QUESTION_REPLAY);
        q->role = ROLE_OPERATOR;
        filter_copy(&q->filter, &f, &q->arena);
        q->seq = from;
        q->upto = committed.n;
        q->limit = 1 + below(50);
        asker_ask(query, q);
        struct reader rows = reader_over(q->body.p, q->body.n);
        for (uint32_t i = 0; i < q->rows; i++, seq++) {
            const struct told *t = &committed.told[seq];
            while (!model_passes(&f, t))
                t = &committed.told[++seq];
            assert_int_equal(asker_number(rows, "seq"), seq);
            reader_skip(&rows);
        }
        assert_true(q->next > from);
        for (from = q->next; seq < from; seq++) {
            const struct told *t = &committed.told[seq];
            assert_false(model_passes(&f, t));
        }
        question_free(&q);
    }
    arena_drop(&a);
}

static void since(void)
{
    if (committed.n == 0)
        return;
    struct question *q = question_new(QUESTION_SINCE);
    q->since_us = committed.told[1 + below(committed.n)].at_us - 1 + below(3);
    uint32_t want = 1;
    while (want <= committed.n && committed.told[want].at_us < q->since_us)
        want++;
    asker_ask(query, q);
    assert_int_equal(q->next, want);
    question_free(&q);
}

static void look(void)
{
    static void (*const looks[])(void) = {
        list,         list, get, get, since, filtered_replay, snapshot_and_replay_make_the_present,
        take_snapshot};
    looks[below(sizeof looks / sizeof *looks)]();
}

static void the_views_say_what_plain_arrays_say(void **state)
{
    (void)state;
    struct err err;
    seed = rounds_seed();
    clock_us = ENTRIES_AT;
    scratch_open_sized(&s, 64, 64);
    assert_int_equal(query_open(&query, s.store, &err), 0);
    for (uint32_t i = rounds_of(16000); i > 0 && now.n < CASES_MOST; i--) {
        step();
        if (below(25) == 0)
            look();
    }
    commit();
    take_snapshot();
    for (int i = 0; i < 40; i++)
        look();
    assert_true(committed.n > 4096); /* several chunks, or little was tried */

    struct scratch again;
    char why[128];
    scratch_open_sized(&again, 64, 64);
    assert_true(scratch_replay(s.store, &again, 1 + below(500)));
    if (!scratch_same_views(s.store, again.store, why))
        fail_msg("%s differs after a replay", why);
    scratch_close(&again);
    question_free(&snapshot);
    query_close(&query);
    scratch_close(&s);
    arena_drop(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_views_say_what_plain_arrays_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
