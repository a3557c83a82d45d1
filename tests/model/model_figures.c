/* Figures after random moves, alarms, new due times, reclasses, merges and drills over a year:
 * equal, to the byte, to what the cases that are there add up to and to what the journal makes
 * again; and the plain ones to a recount of the journal that knows nothing of the views. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/views/timers.h"
#include "figures_recount.h"
#include "proto/verdict.h"
#include "tests/support/entries.h"
#include "tests/support/rounds.h"

#define STEPS 8000u
#define COMMIT 500u
#define CASES_MOST 2500u

static const char *const SKPD[] = {"damkar", "dinkes", "pupr", "poc", "bpbd", "polres", "setda"};
static const char *const PLACES[] = {"utara", "selatan", "", "jatiasih"};

static struct scratch s;
static struct arena memory;
static uint64_t seed, cases[CASES_MOST];
static unsigned n;
static int64_t clock_us;
static uint64_t done_n, said_n;

static uint32_t below(uint32_t most)
{
    return entries_below(&seed, most);
}

static const char *some_skpd(void)
{
    return SKPD[below(sizeof SKPD / sizeof *SKPD)];
}

static int64_t some_time(void)
{
    clock_us += below(200) == 0 ? (int64_t)below(20 * 3600) * STAMP_SECOND
                                : (int64_t)below(400) * STAMP_SECOND;
    return clock_us;
}

static bool apply(struct entry *e, uint64_t *ret_seq)
{
    struct outcome o;
    assert_int_equal(scratch_apply(&s, e, &o), 0);
    *ret_seq = o.facts.seq;
    done_n += o.verdict == V_DONE;
    return o.verdict == V_DONE;
}

static void new_event(void)
{
    static const uint8_t subkinds[] = {SUBKIND_INSTRUCTION, SUBKIND_SITUATION};
    struct wish w = {.at_us = some_time(),
                     .kind = (uint8_t)(1 + below(3)),
                     .severity = (uint8_t)(1 + below(5)),
                     .mode = below(10) == 0 ? MODE_EXERCISE : MODE_ACTUAL,
                     .call_class = below(6) == 0 ? (uint8_t)(2 + below(4)) : CALL_CLASS_REAL,
                     .owner = some_skpd(),
                     .kecamatan = PLACES[below(4)],
                     .judge = below(3) == 0 ? MILESTONE_ON_SCENE : 0,
                     .category = below(2) == 0 ? "fire.building" : "road.pothole"};
    if (w.kind == KIND_REPORT)
        w.subkind = subkinds[below(2)];
    if (below(4) > 0)
        w.resolve_due = w.at_us + (int64_t)below(5 * 86400) * STAMP_SECOND;
    const char *helper = some_skpd();
    if (below(3) == 0 && strcmp(helper, w.owner) != 0)
        w.helpers[0] = helper;
    assert_true(n < CASES_MOST && apply(entries_event(&memory, &w), &cases[n]));
    n++;
}

static uint64_t some_case(void)
{
    return below(3) == 0 ? cases[below(n)] : cases[n - 1 - below(n < 12 ? n : 12)];
}

/* As it is now, in the open transaction or not: apply says by its verdict what does not fit. */
static bool look(uint64_t seq, struct case_row *ret)
{
    static uint8_t kept[CASES_ROW_MAX];
    struct txn t;
    struct slice row;
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    bool there = cases_row(&t, seq, &row) && row.n <= sizeof kept;
    if (there)
        memcpy(kept, row.p, row.n);
    txn_abort(&t);
    return there && cases_read(seq, (struct slice){(const char *)kept, row.n}, ret);
}

static void new_move(void)
{
    static const uint8_t acts[] = {ACT_ACK,         ACT_START,  ACT_RESOLVE,   ACT_RESOLVE,
                                   ACT_FORWARD,     ACT_ASSIGN, ACT_REOPEN,    ACT_RATE,
                                   ACT_RATE,        ACT_CLOSE,  ACT_SUPPORT,   ACT_CANCEL,
                                   ACT_REJECT,      ACT_APPEAL, ACT_MILESTONE, ACT_RESUME,
                                   ACT_WAIT_BUDGET, ACT_NOTE,   ACT_VERIFY};
    struct wish w = {.at_us = some_time(),
                     .of = some_case(),
                     .act = acts[below(sizeof acts)],
                     .outcome = OUTCOME_FIXED,
                     .reason = "alasan",
                     .choices = (uint8_t)(below(4) | CHOICE_PROOF),
                     .stars = (uint8_t)below(6),
                     .milestone = (uint8_t)(2 + below(5)),
                     .target = some_skpd()};
    uint64_t seq;
    bool bare = w.act != ACT_FORWARD && w.act != ACT_SUPPORT && w.act != ACT_ASSIGN;
    if (bare || (w.act == ACT_ASSIGN && below(2) == 0))
        w.target = NULL;
    w.claimed_us = w.at_us - (int64_t)below(3600) * STAMP_SECOND;
    w.until_us = w.at_us + 10 * STAMP_DAY;
    apply(entries_change(&memory, &w, ENTRY_MOVE), &seq);
}

static void new_merge(void)
{
    struct case_row into;
    uint64_t seq;
    if (!look(some_case(), &into))
        return;
    struct wish w = {.at_us = some_time(),
                     .of = some_case(),
                     .act = ACT_MERGE,
                     .into = {into.kind, into.day, into.counter}};
    apply(entries_change(&memory, &w, ENTRY_MOVE), &seq);
}

static void new_reclass(void)
{
    uint64_t seq;
    struct wish w = {.at_us = some_time(),
                     .of = some_case(),
                     .call_class = below(2) == 0 ? CALL_CLASS_REAL : (uint8_t)(2 + below(4))};
    apply(entries_change(&memory, &w, ENTRY_RECLASS), &seq);
}

/* What siagad says when a timer of the owner's part is due. */
static void new_alarm(void)
{
    static const struct {
        uint8_t timer, act, what;
    } all[] = {{TIMER_ALARM, ALARM_UNACKNOWLEDGED, ENTRY_ALARM},
               {TIMER_OVERDUE, ALARM_OVERDUE, ENTRY_ALARM},
               {TIMER_CLOCK, 0, ENTRY_CLOCK}};
    struct case_row c;
    char task[32];
    uint64_t seq, of = some_case();
    unsigned i = below(3);
    if (!look(of, &c) || c.parts[0].timer[all[i].timer] == 0 ||
        c.parts[0].timer[all[i].timer] > clock_us + STAMP_DAY)
        return;
    snprintf(task, sizeof task, SLICE_FMT, SLICE_ARG(cases_owner(&c)));
    struct wish w = {.of = of,
                     .role = ROLE_SYSTEM,
                     .source = "siagad",
                     .act = all[i].act,
                     .task = task,
                     .timer = all[i].timer,
                     .timer_at = c.parts[0].timer[all[i].timer]};
    if (clock_us < w.timer_at)
        clock_us = w.timer_at;
    w.at_us = some_time();
    w.until_us = w.at_us + STAMP_MINUTE;
    w.level = all[i].timer == TIMER_ALARM ? (uint8_t)(1 + c.parts[0].level % 5) : 0;
    w.ack_due = w.at_us + STAMP_MINUTE;
    w.resolve_due = w.at_us + (int64_t)below(2 * 86400) * STAMP_SECOND;
    w.judge = c.parts[0].judge;
    said_n += apply(entries_change(&memory, &w, all[i].what), &seq);
}

static void step(void)
{
    uint32_t what = below(100);
    if (n < 2 || (what < 8 && n < CASES_MOST))
        new_event();
    else if (what < 12)
        new_reclass();
    else if (what < 14)
        new_merge();
    else if (what < 30)
        new_alarm();
    else
        new_move();
}

/* ---- what must hold ---- */

static void same_figures(struct txn *a, struct txn *b)
{
    struct walk wa, wb;
    struct rowkey first = rowkey_new();
    unsigned row = 1;
    bool ma = walk_from(&wa, a, TABLE_FIGURES, &first),
         mb = walk_from(&wb, b, TABLE_FIGURES, &first);
    for (; ma && mb; ma = walk_next(&wa), mb = walk_next(&wb), row++)
        if (!slice_same(wa.key, wb.key) || !slice_same(wa.value, wb.value))
            fail_msg("row %u (dimension %u) is not what the cases add up to", row,
                     (unsigned)*wa.key.p);
    assert_false(ma || mb);
    assert_true(row > 1);
}

/* All cases, added to nothing. */
static void the_cases_add_up(void)
{
    struct scratch other;
    struct figures *f = figures_new();
    struct txn from, into;
    struct rowkey first = rowkey_new();
    struct walk w;
    scratch_open_sized(&other, 1, 64);
    txn_begin(&from, s.store, STORE_VIEWS, false);
    txn_begin(&into, other.store, STORE_VIEWS, true);
    for (bool more = walk_from(&w, &from, TABLE_CASES, &first); more; more = walk_next(&w)) {
        struct case_row c;
        assert_true(cases_read(rowkey_read_u64(w.key.p), w.value, &c));
        figures_follow(f, &into, NULL, &c);
    }
    figures_flush(f, &into);
    same_figures(&from, &into);
    txn_abort(&into);
    txn_abort(&from);
    figures_free(&f);
    scratch_close(&other);
}

static void the_journal_makes_them_again(void)
{
    struct scratch again;
    char why[128];
    scratch_open_sized(&again, 64, 64);
    assert_true(scratch_replay(s.store, &again, 1 + below(3000)));
    if (!scratch_same_views(s.store, again.store, why))
        fail_msg("%s differs after a replay", why);
    scratch_close(&again);
}

static void one_year(uint32_t steps)
{
    n = 0;
    done_n = said_n = 0;
    clock_us = ENTRIES_AT;
    scratch_open_sized(&s, 64, 64);
    for (uint32_t i = 1; i <= steps; i++) {
        step();
        if (i % COMMIT == 0)
            scratch_commit(&s);
        if (i % COMMIT == 0)
            arena_reset(&memory);
        if (i % 10 == 0 && below(400) == 0) { /* as after a crash */
            scratch_commit(&s);
            scratch_reopen(&s);
        }
    }
    scratch_commit(&s);
    assert_true(done_n > steps / 5 && said_n > steps / 100);
    the_cases_add_up();
    recount_all(s.store, figures_day(ENTRIES_AT) - 1);
    the_journal_makes_them_again();
    scratch_close(&s);
}

static void figures_follow_the_cases(void **state)
{
    (void)state;
    seed = rounds_seed();
    for (uint32_t left = rounds_of(STEPS); left > 0;) {
        uint32_t steps = left < STEPS ? left : STEPS;
        one_year(steps);
        left -= steps;
    }
    arena_drop(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_follow_the_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
