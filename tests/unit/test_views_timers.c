/* views: clocks and timers of a part, what siagad says when they are due, windows that close. */
#include "daemon/views/timers.h"
#include "views_ground.h"

#define ACK_DUE (ENTRIES_AT + STAMP_MINUTE)
#define DUE (ENTRIES_AT + 15 * STAMP_MINUTE)
#define SILENCE (ENTRIES_AT + 30 * STAMP_SECOND)

static int64_t timer_of(unsigned timer)
{
    return case_of(1).parts[0].timer[timer];
}

static void times_are(int64_t alarm, int64_t overdue, int64_t silence)
{
    struct case_row c = case_of(1);
    assert_int_equal(c.parts[0].timer[TIMER_ALARM], alarm);
    assert_int_equal(c.parts[0].timer[TIMER_OVERDUE], overdue);
    assert_int_equal(c.parts[0].timer[TIMER_SILENCE], silence);
}

/* The table has exactly the times the parts have, in order. */
static void the_table_follows(void)
{
    struct txn t;
    struct walk w;
    struct timer_row row;
    int64_t last = 0;
    unsigned rows = 0, want = 0;
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    for (bool more = timers_from(&w, &t, TABLE_TIMERS, NULL, &row); more;
         more = timers_next(&w, &row), rows++) {
        struct case_row c;
        assert_true(row.at_us >= last);
        last = row.at_us;
        assert_true(cases_get(&t, row.case_seq, &c));
        assert_true(row.part < c.parts_n && row.timer < CASE_TIMERS);
        assert_int_equal(c.parts[row.part].timer[row.timer], row.at_us);
    }
    for (uint64_t seq = 1; seq <= views_seq(s.views); seq++) {
        struct case_row c;
        if (!cases_get(&t, seq, &c))
            continue;
        for (unsigned i = 0; i < c.parts_n; i++)
            for (unsigned n = 1; n < CASE_TIMERS; n++)
                want += c.parts[i].timer[n] != 0;
    }
    txn_abort(&t);
    assert_int_equal(rows, want);
}

static struct entry *alarm_due(uint8_t act, uint8_t timer, int64_t at_us, int64_t next_us,
                               uint8_t level)
{
    return an_alarm(&a, .of = 1, .act = act, .timer = timer, .timer_at = at_us, .at_us = at_us,
                    .until_us = next_us, .level = level, .role = ROLE_SYSTEM, .source = "siagad");
}

static void promised(void)
{
    apply(an_event(&a, .ack_due = ACK_DUE, .resolve_due = DUE, .silence_at = SILENCE));
}

static void act(uint8_t what, int64_t at_us)
{
    done(a_move(&a, .of = 1, .act = what, .at_us = at_us, .outcome = OUTCOME_FIXED,
                .reason = "alasan"));
}

/* ---- what sets and clears them ---- */

static void an_event_sets_what_was_promised(void **state)
{
    (void)state;
    struct outcome o = apply(an_event(&a, .ack_due = ACK_DUE, .resolve_due = DUE,
                                      .silence_at = SILENCE, .helpers = {"dinkes"}));
    times_are(ACK_DUE, DUE, SILENCE);
    assert_int_equal(o.wake_us, SILENCE);
    assert_int_equal(part_of(1, "dinkes").timer[TIMER_OVERDUE], DUE);
    assert_int_equal(scratch_rows(s.store, TABLE_TIMERS), 6);
    the_table_follows();
}

static void a_call_that_is_not_real_has_no_clock(void **state)
{
    (void)state;
    apply(an_event(&a, .ack_due = ACK_DUE, .resolve_due = DUE, .call_class = CALL_CLASS_PRANK));
    times_are(0, 0, 0);
    done(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_REAL));
    times_are(ACK_DUE, DUE, 0); /* as if it had been so from the start */
    the_table_follows();
}

/* Acknowledged, thought a prank, and real after all: somebody has to acknowledge it anew. */
static void what_is_real_after_all_begins_like_new(void **state)
{
    (void)state;
    promised();
    done(a_move(&a, .of = 1, .act = ACT_ACK, .at_us = ENTRIES_AT + 1));
    done(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_PRANK));
    times_are(0, 0, 0);
    done(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_REAL));
    struct part p = part_of(1, "damkar");
    assert_int_equal(p.state, STATE_ASSIGNED);
    assert_int_equal(p.acked_us, 0);
    assert_int_equal(p.timer[TIMER_ALARM], ACK_DUE);
}

static void an_acknowledgement_ends_the_alarms_not_the_resolve_clock(void **state)
{
    (void)state;
    promised();
    act(ACT_ACK, ENTRIES_AT + 1);
    times_are(0, DUE, 0);
    assert_int_equal(part_of(1, "damkar").acked_us, ENTRIES_AT + 1);
    act(ACT_START, ENTRIES_AT + 2);
    times_are(0, DUE, 0);
    assert_int_equal(part_of(1, "damkar").acked_us, ENTRIES_AT + 1);
    the_table_follows();
}

static void a_take_ends_the_silence_alone(void **state)
{
    (void)state;
    promised();
    done(a_work(&a, .of = 1, .act = WORK_TAKE, .attempt = 1, .task = "damkar", .until_us = DUE));
    times_are(ACK_DUE, DUE, 0);
    assert_int_equal(timer_of(TIMER_LEASE), DUE);
    the_table_follows();
}

static void every_end_stops_every_clock(void **state)
{
    (void)state;
    static const uint8_t ends[] = {ACT_CANCEL, ACT_MERGE};
    struct outcome into = apply(an_event(&a, .owner = "poc"));
    for (size_t i = 0; i < sizeof ends; i++) {
        uint64_t rows = scratch_rows(s.store, TABLE_TIMERS);
        struct outcome o = apply(an_event(&a, .resolve_due = DUE, .helpers = {"dinkes"}));
        done(a_move(&a, .of = o.facts.seq, .act = ends[i], .into = ticket_of(&into.facts)));
        scratch_commit(&s);
        assert_int_equal(scratch_rows(s.store, TABLE_TIMERS), i == 0 ? 1 : rows);
    }
    the_table_follows();
}

static void the_milestone_that_is_judged_ends_the_resolve_clock(void **state)
{
    (void)state;
    apply(an_event(&a, .ack_due = ACK_DUE, .resolve_due = DUE, .judge = MILESTONE_ON_SCENE));
    done(a_move(&a, .of = 1, .act = ACT_MILESTONE, .milestone = MILESTONE_DISPATCHED,
                .claimed_us = ENTRIES_AT + 1));
    assert_int_equal(timer_of(TIMER_OVERDUE), DUE);
    done(a_move(&a, .of = 1, .act = ACT_MILESTONE, .milestone = MILESTONE_ON_SCENE,
                .claimed_us = ENTRIES_AT + 2));
    times_are(ACK_DUE, 0, 0);
    the_table_follows();
}

/* ---- alarms ---- */

static void nobody_acknowledges_and_the_ladder_is_climbed(void **state)
{
    (void)state;
    static const uint8_t levels[] = {LEVEL_OPERATOR, LEVEL_SECTION_HEAD, LEVEL_MAYOR};
    promised();
    int64_t at = ACK_DUE;
    for (size_t i = 0; i < 3; i++, at += STAMP_MINUTE) {
        int64_t next = i < 2 ? at + STAMP_MINUTE : 0;
        struct outcome o = done(alarm_due(ALARM_UNACKNOWLEDGED, TIMER_ALARM, at, next, levels[i]));
        assert_int_equal(o.facts.version, 1);
        assert_int_equal(o.facts.act, ALARM_UNACKNOWLEDGED);
        assert_int_equal(o.wake_us, next);
        struct part p = part_of(1, "damkar");
        assert_int_equal(p.level, levels[i]);
        assert_true(p.ack_late);
        assert_int_equal(p.timer[TIMER_ALARM], next);
        the_table_follows();
    }
    assert_int_equal(scratch_rows(s.store, TABLE_LATE), 1);
    act(ACT_ACK, at);
    scratch_commit(&s);
    assert_int_equal(scratch_rows(s.store, TABLE_LATE), 0); /* it owes that no more */
    assert_int_equal(part_of(1, "damkar").level, LEVEL_MAYOR);
}

static void each_timer_fires_once(void **state)
{
    (void)state;
    static const struct {
        uint8_t act, timer;
        int64_t at_us;
    } alarms[] = {{ALARM_SILENT, TIMER_SILENCE, SILENCE},
                  {ALARM_UNACKNOWLEDGED, TIMER_ALARM, ACK_DUE},
                  {ALARM_OVERDUE, TIMER_OVERDUE, DUE}};
    promised();
    for (size_t i = 0; i < 3; i++) {
        done(alarm_due(alarms[i].act, alarms[i].timer, alarms[i].at_us, 0, LEVEL_OPERATOR));
        refused(alarm_due(alarms[i].act, alarms[i].timer, alarms[i].at_us, 0, LEVEL_OPERATOR),
                E_STALE);
        assert_int_equal(timer_of(alarms[i].timer), 0);
    }
    scratch_commit(&s);
    assert_int_equal(scratch_rows(s.store, TABLE_TIMERS), 0);
    assert_int_equal(scratch_rows(s.store, TABLE_LATE), 2);
}

static void an_alarm_of_another_time_or_timer_is_stale(void **state)
{
    (void)state;
    promised();
    refused(alarm_due(ALARM_UNACKNOWLEDGED, TIMER_ALARM, ACK_DUE + 1, 0, 1), E_STALE);
    refused(alarm_due(ALARM_OVERDUE, TIMER_ALARM, ACK_DUE, 0, 1), E_STALE);
    refused(alarm_due(ALARM_UNACKNOWLEDGED, 0, 0, 0, 1), E_STALE);
    refused(alarm_due(ALARM_UNACKNOWLEDGED, CASE_TIMERS, ACK_DUE, 0, 1), E_STALE);
    refused(an_alarm(&a, .of = 1, .act = ALARM_UNACKNOWLEDGED, .timer = TIMER_ALARM,
                     .timer_at = ACK_DUE, .task = "dinkes"),
            E_STALE);
    act(ACT_ACK, ENTRIES_AT + 1);
    refused(alarm_due(ALARM_UNACKNOWLEDGED, TIMER_ALARM, ACK_DUE, 0, 1), E_STALE);
}

/* ---- waits ---- */

static void a_wait_stops_the_resolve_clock_and_has_a_cap(void **state)
{
    (void)state;
    promised();
    act(ACT_ACK, ENTRIES_AT + 1);
    act(ACT_START, ENTRIES_AT + 2);
    struct outcome o = done(a_move(&a, .of = 1, .act = ACT_WAIT_BUDGET, .at_us = ENTRIES_AT + 10,
                                   .until_us = ENTRIES_AT + 5000, .reason = "dana"));
    assert_int_equal(o.facts.state, STATE_WAITING_BUDGET);
    times_are(0, 0, 0);
    assert_int_equal(timer_of(TIMER_CAP), ENTRIES_AT + 5000);
    assert_int_equal(part_of(1, "damkar").waiting_us, ENTRIES_AT + 10);
    the_table_follows();
    act(ACT_RESUME, ENTRIES_AT + 110);
    struct part p = part_of(1, "damkar");
    assert_int_equal(p.waiting_us, 0);
    assert_int_equal(p.waited_us, 100);
    assert_int_equal(p.timer[TIMER_CAP], 0);
    assert_int_equal(p.timer[TIMER_CLOCK], ENTRIES_AT + 110); /* the due time is to be counted */
    the_table_follows();
}

static void at_its_cap_siagad_ends_the_wait(void **state)
{
    (void)state;
    promised();
    act(ACT_ACK, ENTRIES_AT);
    act(ACT_START, ENTRIES_AT);
    done(a_move(&a, .of = 1, .act = ACT_WAIT_REPORTER, .until_us = ENTRIES_AT + 50));
#define RESUME(at)                                                             \
    a_move(&a, .of = 1, .act = ACT_RESUME, .timer = TIMER_CAP, .timer_at = at, \
           .at_us = ENTRIES_AT + 50, .role = ROLE_SYSTEM, .source = "siagad")
    refused(RESUME(ENTRIES_AT + 49), E_STALE);
    struct outcome o = done(RESUME(ENTRIES_AT + 50));
    assert_int_equal(o.facts.state, STATE_IN_PROGRESS);
    refused(RESUME(ENTRIES_AT + 50), E_STALE);
    refused(a_move(&a, .of = 1, .act = ACT_WAIT_REPORTER, .role = ROLE_SYSTEM), E_ROLE);
}

static struct entry *count_anew(int64_t timer_at, int64_t ack, int64_t resolve, int64_t silence)
{
    return a_clock(&a, .of = 1, .task = "damkar", .timer = timer_at != 0 ? TIMER_CLOCK : 0,
                   .timer_at = timer_at, .at_us = timer_at != 0 ? timer_at : ENTRIES_AT,
                   .ack_due = ack, .resolve_due = resolve, .silence_at = silence,
                   .role = ROLE_SYSTEM, .source = "siagad");
}

static void the_due_time_moves_by_an_entry_of_its_own(void **state)
{
    (void)state;
    promised();
    act(ACT_ACK, ENTRIES_AT);
    act(ACT_START, ENTRIES_AT);
    act(ACT_WAIT_THIRD_PARTY, ENTRIES_AT + 10);
    act(ACT_RESUME, ENTRIES_AT + 110);
    struct outcome o = done(count_anew(ENTRIES_AT + 110, ACK_DUE, DUE + 100, SILENCE));
    assert_int_equal(o.facts.version, 5); /* event and four moves */
    times_are(0, DUE + 100, 0);
    assert_int_equal(timer_of(TIMER_CLOCK), 0);
    refused(count_anew(ENTRIES_AT + 110, ACK_DUE, DUE + 100, SILENCE), E_STALE);
    the_table_follows();
}

/* Whose times are to be counted anew stays where it is; the version rises, for a person did it. */
static void an_order_has_the_times_counted_anew(void **state)
{
    (void)state;
    promised();
    refused(a_move(&a, .of = 1, .act = ACT_RETARGET, .role = ROLE_HANDLER, .own = "damkar"),
            E_ROLE);
    struct outcome o = done(a_move(&a, .of = 1, .act = ACT_RETARGET, .at_us = ENTRIES_AT + 5));
    assert_int_equal(o.facts.version, 2);
    assert_int_equal(o.facts.state, STATE_ASSIGNED);
    times_are(ACK_DUE, DUE, SILENCE); /* until they are */
    assert_int_equal(timer_of(TIMER_CLOCK), ENTRIES_AT + 5);
    done(count_anew(ENTRIES_AT + 5, ACK_DUE, DUE - 5, SILENCE));
    times_are(ACK_DUE, DUE - 5, SILENCE);
    assert_int_equal(timer_of(TIMER_CLOCK), 0);
    the_table_follows();
}

static void new_due_times_take_back_what_was_late(void **state)
{
    (void)state;
    promised();
    done(alarm_due(ALARM_UNACKNOWLEDGED, TIMER_ALARM, ACK_DUE, ACK_DUE + 60, 1));
    done(alarm_due(ALARM_OVERDUE, TIMER_OVERDUE, DUE, 0, 0));
    scratch_commit(&s);
    assert_int_equal(scratch_rows(s.store, TABLE_LATE), 2);
    done(count_anew(0, DUE + 500, DUE + 1000, 0));
    times_are(DUE + 500, DUE + 1000, 0);
    assert_int_equal(scratch_rows(s.store, TABLE_LATE), 0);
    the_table_follows();
}

static void while_a_part_waits_new_times_start_nothing(void **state)
{
    (void)state;
    promised();
    act(ACT_ACK, ENTRIES_AT);
    act(ACT_START, ENTRIES_AT);
    act(ACT_WAIT_BUDGET, ENTRIES_AT + 10);
    done(count_anew(0, ACK_DUE, DUE + 1000, 0));
    times_are(0, 0, 0);
    assert_int_equal(part_of(1, "damkar").resolve_due, DUE + 1000);
}

static void an_ended_part_is_counted_no_more(void **state)
{
    (void)state;
    promised();
    act(ACT_CANCEL, ENTRIES_AT);
    refused(count_anew(0, ACK_DUE, DUE, 0), E_STALE);
}

/* ---- each timer fires once, also when times are counted anew afterwards ---- */

/* As siagad does it: the silence time is taken over from the part. */
static void calendar_changes(void)
{
    done(count_anew(0, ACK_DUE, DUE + 1000, part_of(1, "damkar").silence_from));
}

static void a_silence_that_was_told_is_not_told_again(void **state)
{
    (void)state;
    promised();
    done(alarm_due(ALARM_SILENT, TIMER_SILENCE, SILENCE, 0, 0));
    calendar_changes();
    assert_int_equal(timer_of(TIMER_SILENCE), 0);
}

static void a_part_that_a_desk_took_is_not_silent_when_times_change(void **state)
{
    (void)state;
    promised();
    done(a_work(&a, .of = 1, .act = WORK_TAKE, .attempt = 1, .task = "damkar", .until_us = DUE));
    calendar_changes();
    assert_int_equal(timer_of(TIMER_SILENCE), 0);
}

/* ---- after the resolution ---- */

#define CLOSES (ENTRIES_AT + 10 * STAMP_DAY)

static void resolved(void)
{
    apply(an_event(&a, .owner = "poc", .ack_due = ACK_DUE, .resolve_due = DUE,
                   .silence_at = SILENCE));
    act(ACT_ACK, ENTRIES_AT);
    act(ACT_START, ENTRIES_AT);
    done(a_move(&a, .of = 1, .act = ACT_RESOLVE, .outcome = 1, .until_us = CLOSES));
}

static struct entry *closing(int64_t at_us)
{
    return a_move(&a, .of = 1, .act = ACT_CLOSE, .timer = TIMER_CLOSE, .timer_at = at_us,
                  .at_us = at_us, .until_us = at_us + 30 * STAMP_DAY, .role = ROLE_SYSTEM,
                  .source = "siagad");
}

static struct entry *reopening(int64_t at_us)
{
    return a_move(&a, .of = 1, .act = ACT_REOPEN, .at_us = at_us, .reason = "belum");
}

static void silence_closes_what_was_resolved(void **state)
{
    (void)state;
    resolved();
    times_are(0, 0, 0);
    assert_int_equal(timer_of(TIMER_CLOSE), CLOSES);
    assert_int_equal(case_of(1).resolved_us, ENTRIES_AT);
    refused(closing(CLOSES - 1), E_STALE);
    struct outcome o = done(closing(CLOSES));
    assert_int_equal(o.facts.state, STATE_CLOSED);
    refused(closing(CLOSES), E_STALE);
    assert_int_equal(scratch_rows(s.store, TABLE_TIMERS), 0);
}

static void until_it_closes_the_reporter_rates_and_reopens(void **state)
{
    (void)state;
    resolved();
#define RATE(at) a_move(&a, .of = 1, .act = ACT_RATE, .at_us = at, .choices = CHOICE_DONE)
    refused(RATE(CLOSES + 1), E_LATE);
    refused(reopening(CLOSES + 1), E_LATE);
    done(RATE(CLOSES));
    struct outcome o = done(reopening(CLOSES));
    assert_int_equal(o.facts.state, STATE_REOPENED);
    refused(closing(CLOSES), E_STALE); /* that silence was broken */
    assert_int_equal(timer_of(TIMER_CLOSE), 0);
    the_table_follows();
}

static void a_closed_case_is_reopened_within_its_time(void **state)
{
    (void)state;
    resolved();
    done(closing(CLOSES));
    refused(a_move(&a, .of = 1, .act = ACT_REOPEN, .at_us = CLOSES, .role = ROLE_FIELD), E_ROLE);
    refused(reopening(CLOSES + 30 * STAMP_DAY + 1), E_LATE);
    done(reopening(CLOSES + 30 * STAMP_DAY));
    assert_int_equal(case_of(1).until_us, 0);
}

static void what_is_reopened_is_acknowledged_and_counted_anew(void **state)
{
    (void)state;
    resolved();
    const int64_t at = ENTRIES_AT + STAMP_DAY;
    done(reopening(at));
    struct part p = part_of(1, "poc");
    assert_int_equal(p.acked_us, 0);
    assert_int_equal(p.outcome, 0);
    assert_int_equal(p.since_us, at);
    assert_int_equal(p.base_us, at);
    assert_int_equal(p.timer[TIMER_CLOCK], at);
    done(a_clock(&a, .of = 1, .task = "poc", .timer = TIMER_CLOCK, .timer_at = at, .at_us = at,
                 .ack_due = at + STAMP_MINUTE, .resolve_due = at + STAMP_DAY));
    times_are(at + STAMP_MINUTE, at + STAMP_DAY, 0);
    the_table_follows();
}

/* The city gave the first call half a minute; that is long over when it is reopened. */
static void an_old_silence_does_not_come_back_with_a_reopened_case(void **state)
{
    (void)state;
    resolved();
    const int64_t at = ENTRIES_AT + STAMP_DAY;
    done(reopening(at));
    done(a_clock(&a, .of = 1, .task = "poc", .timer = TIMER_CLOCK, .timer_at = at, .at_us = at,
                 .ack_due = at + STAMP_MINUTE, .silence_at = part_of(1, "poc").silence_from));
    int64_t silence = timer_of(TIMER_SILENCE);
    assert_true(silence == 0 || silence > at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_views(an_event_sets_what_was_promised),
        with_views(a_call_that_is_not_real_has_no_clock),
        with_views(what_is_real_after_all_begins_like_new),
        with_views(an_acknowledgement_ends_the_alarms_not_the_resolve_clock),
        with_views(a_take_ends_the_silence_alone),
        with_views(every_end_stops_every_clock),
        with_views(the_milestone_that_is_judged_ends_the_resolve_clock),
        with_views(nobody_acknowledges_and_the_ladder_is_climbed),
        with_views(each_timer_fires_once),
        with_views(an_alarm_of_another_time_or_timer_is_stale),
        with_views(a_wait_stops_the_resolve_clock_and_has_a_cap),
        with_views(at_its_cap_siagad_ends_the_wait),
        with_views(the_due_time_moves_by_an_entry_of_its_own),
        with_views(an_order_has_the_times_counted_anew),
        with_views(new_due_times_take_back_what_was_late),
        with_views(while_a_part_waits_new_times_start_nothing),
        with_views(an_ended_part_is_counted_no_more),
        with_views(a_silence_that_was_told_is_not_told_again),
        with_views(a_part_that_a_desk_took_is_not_silent_when_times_change),
        with_views(silence_closes_what_was_resolved),
        with_views(until_it_closes_the_reporter_rates_and_reopens),
        with_views(a_closed_case_is_reopened_within_its_time),
        with_views(what_is_reopened_is_acknowledged_and_counted_anew),
        with_views(an_old_silence_does_not_come_back_with_a_reopened_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
