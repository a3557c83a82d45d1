/* The life of cases against plain arrays: random events, moves of every role on every part, work of
 * desks, timers, right and wrong; commits, dropped transactions and restarts at random. Verdict,
 * state, owner and version agree at every step, rows and queues at every commit, and the journal
 * makes the same views again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "life_moves.h"
#include "life_rows.h"
#include "proto/stamp.h"
#include "tests/support/rounds.h"
#include "tests/support/scratch.h"

#define CASES_MOST 8192u
#define STEPS 100000u

static const char *const SKPD[] = {"damkar", "dinkes", "pupr", "poc", "bpbd", "polres", "setda"};
static const char *const DESKS[] = {"meja-1", "meja-2", "petugas-7"};

static const char *const REASONS[] = {"printer rusak", "tidak ada orang", "x"};

static struct scratch s;
static struct arena memory;
static struct life_case now[CASES_MOST], committed[CASES_MOST];
static uint64_t numbers[CASES_MOST]; /* of their events */
static uint32_t changed[CASES_MOST]; /* since the last commit */
static bool is_changed[CASES_MOST];
static uint32_t n, committed_n, changed_n;
static uint64_t last, committed_last, seed;
static int64_t clock_us, time_us, committed_time;
static uint64_t done_n;

static uint32_t below(uint32_t most)
{
    return entries_below(&seed, most);
}

static bool one_in(uint32_t most)
{
    return below(most) == 0;
}

static const char *some_skpd(void)
{
    return SKPD[below(sizeof SKPD / sizeof *SKPD)];
}

static int64_t some_time(void)
{
    clock_us += one_in(50) ? -(int64_t)below(2000000) : (int64_t)below(200000);
    return clock_us;
}

static void touch(uint32_t at)
{
    if (!is_changed[at])
        changed[changed_n++] = at;
    is_changed[at] = true;
}

/* ---- an outcome and the model ---- */

static void same_case(const struct outcome *o, uint32_t at)
{
    const struct life_case *c = &now[at];
    assert_int_equal(o->facts.case_seq, numbers[at]);
    assert_int_equal(o->facts.state, life_case_state(c));
    assert_int_equal(o->facts.version, c->version);
    assert_true(slice_is(o->facts.owner, c->parts[0].skpd));
}

static void same_open(void)
{
    static uint64_t steps;
    if (++steps % 64 != 0)
        return;
    uint64_t open = 0;
    for (uint32_t i = 0; i < n; i++)
        open += life_is_open(life_case_state(&now[i])) && now[i].mode == MODE_ACTUAL;
    assert_int_equal(views_open_cases(s.views), open);
    assert_int_equal(views_seq(s.views), last);
}

static const char *told_of(const struct wish *w, uint8_t what)
{
    static char text[160];
    snprintf(text, sizeof text, "%s %s by %s for %s, task %s, target %s, case %lu",
             words_wire(WORDS_ENTRY, what),
             words_wire(what == ENTRY_WORK ? WORDS_WORK : WORDS_ACT, w->act),
             words_wire(WORDS_ROLE, w->role), w->own != NULL ? w->own : "-",
             w->task != NULL ? w->task : "-", w->target != NULL ? w->target : "-",
             (unsigned long)w->of);
    return text;
}

static bool is_hidden(const struct life_case *c, const struct wish *w)
{
    if (w->role == ROLE_HANDLER)
        return w->own == NULL || life_find(c, w->own) < 0;
    return w->role == ROLE_FIELD && strcmp(w->source, c->source) != 0;
}

/* Asks the views for what the model has judged already; `was` is the case before. */
static void ask(uint32_t at, const struct wish *w, uint8_t what, int want,
                const struct life_case *was, const struct life_told *told)
{
    struct outcome o;
    struct life_case *c = &now[at];
    bool hidden = is_hidden(was, w);
    if (hidden)
        want = E_ROLE;
    assert_int_equal(scratch_apply(&s, entries_change(&memory, w, what), &o), 0);
    if (o.verdict != want)
        fail_msg("%s: %s, wanted %s", told_of(w, what), verdict_name(o.verdict),
                 verdict_name(want));
    assert_false(o.duplicate);
    if (hidden) { /* one word for what is not his and what is not there */
        *c = *was;
        assert_int_equal(o.other_seq, 0);
        return;
    }
    if (want != V_DONE) {
        *c = *was; /* a refusal leaves no trace */
        same_case(&o, at);
        assert_int_equal(o.other_seq, c->last);
        return;
    }
    done_n++;
    last++;
    touch(at);
    if (what != ENTRY_WORK) {
        c->version++;
        c->last = last;
    }
    time_us = o.facts.at_us;
    assert_int_equal(o.facts.seq, last);
    same_case(&o, at);
    assert_int_equal(o.facts.part_state, c->parts[told->part].state);
    assert_int_equal(o.facts.bits,
                     (told->dead ? FACT_DEAD : 0) | (told->by_rule ? FACT_BY_RULE : 0));
    bool handed = strcmp(was->parts[0].skpd, c->parts[0].skpd) != 0;
    assert_true(slice_is(o.facts.before, handed ? was->parts[0].skpd : ""));
}

/* ---- events ---- */

static void begin(struct life_case *c, const struct wish *w)
{
    bool real = w->call_class == CALL_CLASS_REAL;
    c->parts[0] = (struct life_part){.skpd = real ? w->owner : "poc", .outside = w->outside};
    c->routed = real ? "" : w->owner;
    for (c->n = 1; c->n <= 3 && w->helpers[c->n - 1] != NULL; c->n++)
        c->parts[c->n] = (struct life_part){.skpd = w->helpers[c->n - 1]};
    for (unsigned i = 0; i < c->n; i++) {
        c->parts[i].milestone[MILESTONE_TICKETED] = c->received;
        life_goes(c, i, life_first(w->kind, w->call_class), 0);
    }
}

static void some_helpers(struct wish *w)
{
    for (unsigned i = 0, most = below(one_in(3) ? 4 : 2); i < most;) {
        const char *helper = some_skpd();
        bool there = strcmp(helper, w->owner) == 0;
        for (unsigned k = 0; k < i; k++)
            there = there || strcmp(helper, w->helpers[k]) == 0;
        if (!there)
            w->helpers[i++] = helper;
    }
}

static void new_event(void)
{
    struct outcome o;
    struct life_case *c = &now[n];
    struct wish w = {.at_us = some_time(),
                     .source = DESKS[below(3)],
                     .kind = (uint8_t)(1 + below(3)),
                     .mode = one_in(8) ? MODE_EXERCISE : MODE_ACTUAL,
                     .call_class = one_in(8) ? (uint8_t)(2 + below(4)) : CALL_CLASS_REAL,
                     .owner = some_skpd(),
                     .outside = one_in(6),
                     .flags = one_in(6) ? FLAG_PROOF_WANTED : 0};
    some_helpers(&w);
    assert_int_equal(scratch_apply(&s, entries_event(&memory, &w), &o), 0);
    assert_int_equal(o.verdict, V_DONE);
    time_us = o.facts.at_us;
    *c = (struct life_case){.kind = w.kind,
                            .mode = w.mode,
                            .class = w.call_class,
                            .proof = w.flags != 0,
                            .source = w.source,
                            .received = time_us,
                            .version = 1,
                            .last = ++last,
                            .ticket = {w.kind, o.facts.day, o.facts.counter}};
    begin(c, &w);
    numbers[n] = last;
    touch(n);
    same_case(&o, n++);
}

/* ---- moves ---- */

static const char *some_part(const struct life_case *c)
{
    return one_in(6) ? some_skpd() : c->parts[below(c->n)].skpd;
}

/* Acts about which SPEC says too little to be judged twice are left to the unit tests. */
static bool judged(const struct life_case *c, uint8_t act)
{
    if (act == ACT_MILESTONE)
        return !c->reopened;
    for (unsigned i = 1; act == ACT_APPEAL && i < c->n; i++)
        if (c->parts[i].state != STATE_REJECTED)
            return false;
    return true;
}

/* Mostly one that leads on: a case that is always given away is never resolved. */
static uint8_t some_act(const struct life_case *c, uint8_t role, unsigned part)
{
    static const uint8_t on[] = {ACT_ASSIGN, ACT_ACK,    ACT_START, ACT_RESOLVE,
                                 ACT_RESUME, ACT_REOPEN, ACT_RATE,  ACT_NOTE};
    for (unsigned tries = 0;; tries++) {
        uint8_t next, act = one_in(6) ? (uint8_t)(1 + below(ACT_COUNT - 1)) : on[below(sizeof on)];
        bool ends = act == ACT_CANCEL || act == ACT_MERGE || act == ACT_REJECT;
        bool allowed = life_rule(c->parts[part].state, act, &next) >> role & 1;
        if (judged(c, act) && (one_in(12) || (allowed && (!ends || one_in(30))) || tries > 200))
            return act;
    }
}

static void some_needs(struct wish *w, const struct life_case **ret_into)
{
    bool target = w->act == ACT_FORWARD || w->act == ACT_SUPPORT || w->act == ACT_ASSIGN;
    w->outcome = one_in(20) ? 0 : OUTCOME_FIXED;
    w->choices = (uint8_t)below(8);
    w->until_us = w->at_us + (int64_t)(1 + below(60)) * STAMP_SECOND;
    if (target && !one_in(w->act == ACT_ASSIGN ? 2 : 20)) {
        w->target = some_skpd();
        w->outside = strcmp(w->target, "polres") == 0;
    }
    if (w->act == ACT_MILESTONE) {
        w->milestone = (uint8_t)(1 + below(MILESTONE_COUNT - 1));
        w->claimed_us = w->at_us - (int64_t)below(20) * STAMP_SECOND;
    }
    if (w->act != ACT_MERGE)
        return;
    uint32_t other = below(n + 1);
    w->into = other < n ? now[other].ticket : (struct ticket){KIND_REPORT, 1, 1};
    *ret_into = other < n ? &now[other] : NULL;
}

static void of_siagad(struct wish *w, const struct life_case *c, unsigned part)
{
    bool closes = one_in(2);
    w->role = ROLE_SYSTEM;
    w->source = "siagad";
    w->act = closes ? ACT_CLOSE : ACT_RESUME;
    w->timer = closes ? TIMER_CLOSE : TIMER_CAP;
    w->task = c->parts[closes ? 0 : part].skpd;
    w->timer_at = closes ? c->close : c->parts[life_find(c, w->task)].cap;
    if (one_in(4))
        w->timer_at += 1 + below(3);
    if (one_in(10))
        w->task = some_skpd();
}

static void some_asker(struct wish *w, const struct life_case *c)
{
    static const uint8_t roles[] = {ROLE_OPERATOR, ROLE_OPERATOR, ROLE_OPERATOR, ROLE_HANDLER,
                                    ROLE_HANDLER,  ROLE_HANDLER,  ROLE_HANDLER,  ROLE_FIELD,
                                    ROLE_HUMAS,    ROLE_LEADER};
    w->role = roles[below(sizeof roles)];
    w->source = DESKS[below(3)];
    w->own = w->role == ROLE_HANDLER ? some_part(c) : NULL;
    if (one_in(w->role == ROLE_HANDLER ? 8 : 2))
        w->task = some_part(c);
}

static uint32_t some_version(const struct life_case *c)
{
    return one_in(3) ? c->version : one_in(15) ? 1 + below(c->version + 1) : 0;
}

static void new_move(uint32_t at)
{
    struct life_case *c = &now[at], was = *c;
    struct life_told told = {.part = 0};
    const struct life_case *into = NULL;
    struct wish w = {.at_us = some_time(), .of = numbers[at], .version = some_version(c)};
    if (one_in(12)) {
        of_siagad(&w, c, below(c->n));
    } else {
        some_asker(&w, c);
        int part = w.task != NULL ? life_find(c, w.task) : w.own != NULL ? life_find(c, w.own) : 0;
        w.act = some_act(c, w.role, part > 0 ? (unsigned)part : 0);
    }
    some_needs(&w, &into);
    int64_t at_us = w.at_us > time_us ? w.at_us : time_us;
    struct life_try t = {.c = c, .into = into, .w = &w, .at = at_us, .told = &told};
    int want = w.version != 0 && w.version != c->version ? E_STALE : life_move(&t);
    ask(at, &w, ENTRY_MOVE, want, &was, &told);
}

/* Only while no SKPD has two parts, and nobody was asked for support. */
static void new_reclass(uint32_t at)
{
    struct life_case *c = &now[at], was = *c;
    struct life_told told = {.part = 0};
    const char *owner = c->class == CALL_CLASS_REAL ? c->parts[0].skpd : c->routed;
    for (unsigned i = 1; i < c->n; i++)
        if (c->supported || strcmp(c->parts[i].skpd, owner) == 0)
            return;
    struct wish w = {.at_us = some_time(),
                     .of = numbers[at],
                     .version = some_version(c),
                     .role = ROLE_OPERATOR,
                     .call_class = one_in(2) ? CALL_CLASS_REAL : (uint8_t)(1 + below(5))};
    int want = w.version != 0 && w.version != c->version ? E_STALE : life_reclass(c, &w);
    ask(at, &w, ENTRY_RECLASS, want, &was, &told);
}

/* ---- work ---- */

static void some_lease(struct wish *w, const struct life_part *p)
{
    const struct life_item *i = &p->item;
    static const uint8_t acts[] = {WORK_EXTEND, WORK_DONE, WORK_FAIL, WORK_FAIL, WORK_LATER};
    w->act = acts[below(sizeof acts)];
    w->attempt = i->attempt;
    if (!i->leased || one_in(10)) {
        w->act = WORK_TAKE;
        w->attempt++;
    }
    if (i->leased && !one_in(8))
        w->source = i->holder;
    if (one_in(10))
        w->attempt += below(3) - 1u;
    if (i->dead ? !one_in(3) : one_in(30))
        w->act = one_in(3) ? WORK_DISCARD : WORK_REQUEUE;
}

static void new_work(uint32_t at)
{
    struct life_case *c = &now[at], was = *c;
    struct life_told told = {.part = 0};
    struct wish w = {.at_us = some_time(),
                     .of = numbers[at],
                     .role = one_in(3) ? ROLE_OPERATOR : ROLE_HANDLER,
                     .source = DESKS[below(3)],
                     .task = some_part(c),
                     .reason = REASONS[below(3)],
                     .attempts_max = LIFE_FAILS};
    int part = life_find(c, w.task);
    const struct life_part none = {.skpd = ""}, *p = part >= 0 ? &c->parts[part] : &none;
    w.own = w.role == ROLE_HANDLER ? one_in(10) ? some_skpd() : w.task : NULL;
    w.until_us = w.at_us + (int64_t)below(20) * STAMP_SECOND;
    some_lease(&w, p);
    if (one_in(8)) {
        w.act = WORK_EXPIRE;
        w.role = ROLE_SYSTEM;
        w.source = "siagad";
        w.timer = TIMER_LEASE;
        w.timer_at = p->lease + (one_in(4) ? 1 : 0);
    }
    int want = life_work(c, &w, w.at_us > time_us ? w.at_us : time_us, &told);
    ask(at, &w, ENTRY_WORK, want, &was, &told);
}

/* ---- commits, and what was not ---- */

static void settle(void)
{
    for (uint32_t i = 0; i < changed_n; i++)
        is_changed[changed[i]] = false;
    changed_n = 0;
    arena_reset(&memory);
}

static void commit(void)
{
    struct txn t;
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    for (uint32_t i = 0; i < changed_n; i++) {
        life_same_case(&t, numbers[changed[i]], &now[changed[i]]);
        committed[changed[i]] = now[changed[i]];
    }
    txn_abort(&t);
    committed_n = n;
    committed_last = last;
    committed_time = time_us;
    settle();
    if (one_in(10))
        life_same_queues(s.store, now, n);
}

static void lose(bool restart)
{
    if (restart)
        scratch_reopen(&s);
    else
        scratch_abandon(&s);
    n = committed_n;
    last = committed_last;
    time_us = committed_time;
    for (uint32_t i = 0; i < changed_n; i++)
        now[changed[i]] = committed[changed[i]];
    settle();
}

static void step(void)
{
    uint32_t what = below(1000);
    if (n == 0 || (what < 10 && n < CASES_MOST)) {
        new_event();
        return;
    }
    uint32_t hot = n < 8 ? n : 8, at = one_in(6) ? below(n) : n - 1 - below(hot);
    if (what < 660)
        new_move(at);
    else if (what < 680)
        new_reclass(at);
    else if (what < 980)
        new_work(at);
    else if (what < 996)
        commit();
    else
        lose(one_in(2));
    same_open();
}

static void the_journal_makes_the_same_views_again(void)
{
    struct scratch again;
    char why[128];
    scratch_open_sized(&again, 128, 64);
    assert_true(scratch_replay(s.store, &again, 1 + below(2000)));
    if (!scratch_same_views(s.store, again.store, why))
        fail_msg("%s differs after a replay", why);
    scratch_close(&again);
}

static void one_life(uint32_t steps)
{
    n = committed_n = changed_n = 0;
    last = committed_last = done_n = 0;
    clock_us = ENTRIES_AT;
    time_us = committed_time = 0;
    scratch_open_sized(&s, 128, 64);
    for (uint32_t i = 0; i < steps; i++)
        step();
    commit();
    struct txn t;
    txn_begin(&t, s.store, STORE_VIEWS, false);
    for (uint32_t i = 0; i < n; i++)
        life_same_case(&t, numbers[i], &now[i]);
    txn_abort(&t);
    life_same_queues(s.store, now, n);
    assert_true(done_n > steps / 4); /* most of what is tried must be worth trying */
    the_journal_makes_the_same_views_again();
    scratch_close(&s);
}

static void cases_live_as_the_model_says(void **state)
{
    (void)state;
    seed = rounds_seed();
    for (uint32_t left = rounds_of(STEPS); left > 0;) {
        uint32_t steps = left < STEPS ? left : STEPS;
        one_life(steps);
        left -= steps;
    }
    arena_drop(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_live_as_the_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
