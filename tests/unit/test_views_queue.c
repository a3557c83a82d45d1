/* views: the desks' queues. An item is taken under a lease that only its holder may speak of. */
#include "daemon/views/queue.h"
#include "views_ground.h"

#define LEASE (2 * STAMP_MINUTE)

/* The item of a part, in the queue or dead; slices are kept. */
static struct queue_item item_of(uint64_t seq, const char *skpd)
{
    struct txn t;
    struct case_row c;
    struct queue_item item = {.state = 0};
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    assert_true(cases_get(&t, seq, &c));
    int part = cases_part_of(&c, slice_from(skpd));
    assert_true(part >= 0);
    if (queue_get(&t, &c, (unsigned)part, &item)) {
        item.holder = arena_copy(&a, item.holder.p, item.holder.n);
        for (unsigned i = 0; i < item.fails_n; i++) {
            struct queue_fail *f = &item.fails[i];
            f->source = arena_copy(&a, f->source.p, f->source.n);
            f->reason = arena_copy(&a, f->reason.p, f->reason.n);
        }
    }
    txn_abort(&t);
    return item;
}

static bool queued(uint64_t seq, const char *skpd)
{
    return item_of(seq, skpd).state != 0;
}

#define WORK_OF(do_, n, ...)                                                            \
    a_work(&a, .of = 1, .task = "damkar", .act = do_, .attempt = n, .reason = "alasan", \
           .attempts_max = 3, __VA_ARGS__)

static struct outcome take(uint32_t attempt, int64_t at_us)
{
    return apply(WORK_OF(WORK_TAKE, attempt, .at_us = at_us, .until_us = at_us + LEASE));
}

static void taken(uint32_t attempt, int64_t at_us)
{
    assert_string_equal(verdict_name(take(attempt, at_us).verdict), verdict_name(V_DONE));
}

static struct entry *expiry(uint32_t attempt, int64_t at_us)
{
    return WORK_OF(WORK_EXPIRE, attempt, .role = ROLE_SYSTEM, .source = "siagad",
                   .timer = TIMER_LEASE, .timer_at = at_us, .at_us = at_us);
}

/* ---- taking ---- */

static void an_item_is_taken_under_a_lease(void **state)
{
    (void)state;
    apply(an_event(&a));
    assert_int_equal(item_of(1, "damkar").state, QUEUE_READY);
    struct outcome o = take(1, ENTRIES_AT + 5);
    assert_int_equal(o.verdict, V_DONE);
    assert_int_equal(o.facts.version, 1); /* work raises no version */
    assert_true(slice_is(o.facts.task, "damkar"));
    assert_int_equal(o.facts.act, WORK_TAKE);
    assert_int_equal(o.wake_us, ENTRIES_AT + 5 + LEASE);
    struct queue_item item = item_of(1, "damkar");
    assert_int_equal(item.state, QUEUE_LEASED);
    assert_int_equal(item.attempt, 1);
    assert_int_equal(item.until_us, ENTRIES_AT + 5 + LEASE);
    assert_true(slice_is(item.holder, "meja-1"));
    struct case_row c = case_of(1);
    assert_int_equal(c.parts[0].timer[TIMER_LEASE], ENTRIES_AT + 5 + LEASE);
    assert_int_equal(c.attempts, 1);
    assert_int_equal(c.last_seq, 1);
    assert_int_equal(scratch_rows(s.store, TABLE_HISTORY), 1);
}

static void what_one_desk_has_no_other_takes(void **state)
{
    (void)state;
    apply(an_event(&a));
    taken(1, ENTRIES_AT);
    refused(WORK_OF(WORK_TAKE, 1, .source = "meja-2"), E_LEASE);
    refused(WORK_OF(WORK_TAKE, 2, .source = "meja-2"), E_LEASE);
    refused(WORK_OF(WORK_TAKE, 2, .source = "meja-1"), E_LEASE);
}

static void a_take_names_the_next_attempt(void **state)
{
    (void)state;
    apply(an_event(&a));
    refused(WORK_OF(WORK_TAKE, 0, .source = "meja-1"), E_LEASE);
    refused(WORK_OF(WORK_TAKE, 2, .source = "meja-1"), E_LEASE);
    taken(1, ENTRIES_AT);
}

static void a_desk_takes_only_for_a_part_that_is_there(void **state)
{
    (void)state;
    apply(an_event(&a));
    refused(a_work(&a, .of = 1, .task = "dinkes", .act = WORK_TAKE, .attempt = 1), E_LEASE);
    refused(a_work(&a, .of = 9, .task = "damkar", .act = WORK_TAKE, .attempt = 1), E_REF);
    refused(WORK_OF(WORK_TAKE, 1, .role = ROLE_HANDLER, .own = "dinkes"), E_ROLE);
    done(WORK_OF(WORK_TAKE, 1, .role = ROLE_HANDLER, .own = "damkar"));
}

/* ---- whose lease it is ---- */

static void only_the_holder_with_its_attempt_speaks_of_a_lease(void **state)
{
    (void)state;
    static const uint8_t acts[] = {WORK_EXTEND, WORK_DONE, WORK_FAIL, WORK_LATER};
    apply(an_event(&a));
    for (size_t i = 0; i < sizeof acts; i++)
        refused(WORK_OF(acts[i], 0, .source = "meja-1"), E_LEASE); /* nobody has it */
    taken(1, ENTRIES_AT);
    for (size_t i = 0; i < sizeof acts; i++) {
        refused(WORK_OF(acts[i], 1, .source = "meja-2"), E_LEASE);
        refused(WORK_OF(acts[i], 2, .source = "meja-1"), E_LEASE);
        refused(WORK_OF(acts[i], 0, .source = "meja-1"), E_LEASE);
    }
}

static void an_extended_lease_runs_anew(void **state)
{
    (void)state;
    apply(an_event(&a));
    taken(1, ENTRIES_AT);
    done(WORK_OF(WORK_EXTEND, 1, .until_us = ENTRIES_AT + 3 * LEASE));
    assert_int_equal(item_of(1, "damkar").until_us, ENTRIES_AT + 3 * LEASE);
    refused(expiry(1, ENTRIES_AT + LEASE), E_LEASE); /* the old end is none any more */
    done(expiry(1, ENTRIES_AT + 3 * LEASE));
}

static void done_is_the_receipt_of_the_program_not_of_a_person(void **state)
{
    (void)state;
    apply(an_event(&a));
    taken(1, ENTRIES_AT);
    struct outcome o = done(WORK_OF(WORK_DONE, 1, .at_us = ENTRIES_AT + 7));
    assert_int_equal(o.facts.state, STATE_ASSIGNED);
    struct part p = part_of(1, "damkar");
    assert_int_equal(p.receipt_us, ENTRIES_AT + 7);
    assert_int_equal(p.acked_us, 0);
    assert_int_equal(p.queued, 0);
    assert_int_equal(p.timer[TIMER_LEASE], 0);
    assert_true(p.timer[TIMER_ALARM] != 0); /* somebody still has to acknowledge */
    assert_false(queued(1, "damkar"));
    refused(WORK_OF(WORK_DONE, 1, .at_us = ENTRIES_AT + 8), E_LEASE);
}

/* ---- again ---- */

static void after_a_failure_it_comes_again_when_the_back_off_is_over(void **state)
{
    (void)state;
    apply(an_event(&a));
    taken(1, ENTRIES_AT);
    done(WORK_OF(WORK_FAIL, 1, .at_us = ENTRIES_AT + 1, .until_us = ENTRIES_AT + 11));
    struct queue_item item = item_of(1, "damkar");
    assert_int_equal(item.state, QUEUE_READY);
    assert_int_equal(item.until_us, ENTRIES_AT + 11);
    assert_int_equal(item.fails_n, 1);
    assert_int_equal(item.fails[0].at_us, ENTRIES_AT + 1);
    assert_true(slice_is(item.fails[0].source, "meja-1"));
    assert_true(slice_is(item.fails[0].reason, "alasan"));
    assert_int_equal(take(2, ENTRIES_AT + 10).verdict, E_LEASE);
    taken(2, ENTRIES_AT + 11);
    done(WORK_OF(WORK_FAIL, 2, .at_us = ENTRIES_AT + 20, .until_us = ENTRIES_AT + 30));
    assert_int_equal(item_of(1, "damkar").until_us, ENTRIES_AT + 40); /* each waits twice as long */
}

static void put_off_it_does_not_count_as_a_failure(void **state)
{
    (void)state;
    apply(an_event(&a));
    for (uint32_t n = 1; n <= 5; n++) {
        taken(n, ENTRIES_AT + n * 10);
        done(WORK_OF(WORK_LATER, n, .at_us = ENTRIES_AT + n * 10,
                     .until_us = ENTRIES_AT + n * 10 + 5));
        assert_int_equal(item_of(1, "damkar").until_us, ENTRIES_AT + n * 10 + 5);
        assert_int_equal(item_of(1, "damkar").fails_n, 0);
    }
}

static void a_lease_that_runs_out_counts_as_a_failure_of_its_holder(void **state)
{
    (void)state;
    apply(an_event(&a));
    done(WORK_OF(WORK_TAKE, 1, .source = "meja-2", .until_us = ENTRIES_AT + LEASE));
    done(expiry(1, ENTRIES_AT + LEASE));
    struct queue_item item = item_of(1, "damkar");
    assert_int_equal(item.state, QUEUE_READY);
    assert_int_equal(item.fails_n, 1);
    assert_true(slice_is(item.fails[0].source, "meja-2"));
    refused(expiry(1, ENTRIES_AT + LEASE), E_LEASE); /* once */
    assert_int_equal(part_of(1, "damkar").timer[TIMER_LEASE], 0);
    refused(WORK_OF(WORK_DONE, 1, .source = "meja-2"), E_LEASE); /* too late */
}

static void fail_thrice(void)
{
    for (uint32_t n = 1; n <= 3; n++) {
        taken(n, ENTRIES_AT + n);
        done(WORK_OF(WORK_FAIL, n, .at_us = ENTRIES_AT + n));
    }
}

static void after_too_many_failures_it_is_dead(void **state)
{
    (void)state;
    apply(an_event(&a));
    taken(1, ENTRIES_AT);
    assert_int_equal(done(WORK_OF(WORK_FAIL, 1, .at_us = ENTRIES_AT)).facts.bits, 0);
    taken(2, ENTRIES_AT);
    done(WORK_OF(WORK_FAIL, 2, .at_us = ENTRIES_AT));
    taken(3, ENTRIES_AT);
    struct outcome o = done(WORK_OF(WORK_FAIL, 3, .at_us = ENTRIES_AT));
    assert_int_equal(o.facts.bits, FACT_DEAD);
    assert_true(part_of(1, "damkar").dead);
    assert_int_equal(item_of(1, "damkar").fails_n, 3);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 0);
    assert_int_equal(scratch_rows(s.store, TABLE_DEAD), 1);
    refused(WORK_OF(WORK_TAKE, 4, .at_us = ENTRIES_AT), E_LEASE);
}

/* Among others, so that a row that goes lets its neighbours move. */
static void a_dead_item_tells_who_failed_and_why(void **state)
{
    (void)state;
    static const char *const why[] = {"printer rusak", "tidak ada orang", "listrik padam"};
    apply(an_event(&a));
    for (unsigned i = 0; i < 8; i++)
        apply(an_event(&a));
    for (uint32_t n = 1; n <= 3; n++) {
        taken(n, ENTRIES_AT + n);
        for (uint64_t other = 2; other <= 9 && n == 3; other++)
            done(a_work(&a, .of = other, .task = "damkar", .act = WORK_TAKE, .attempt = 1,
                        .source = "meja-dengan-nama-panjang", .until_us = ENTRIES_AT + LEASE));
        done(a_work(&a, .of = 1, .task = "damkar", .act = WORK_FAIL, .attempt = n,
                    .reason = why[n - 1], .attempts_max = 3, .at_us = ENTRIES_AT + n));
    }
    struct queue_item item = item_of(1, "damkar");
    assert_int_equal(item.fails_n, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(item.fails[i].at_us, ENTRIES_AT + i + 1);
        assert_true(slice_is(item.fails[i].source, "meja-1"));
        assert_true(slice_is(item.fails[i].reason, why[i]));
    }
    done(WORK_OF(WORK_REQUEUE, 0, .at_us = ENTRIES_AT + 9));
    assert_true(slice_is(item_of(1, "damkar").holder, "meja-1"));
}

static void requeued_it_begins_without_failures_but_counts_on(void **state)
{
    (void)state;
    apply(an_event(&a));
    refused(WORK_OF(WORK_REQUEUE, 0, .at_us = ENTRIES_AT), E_STATE);
    fail_thrice();
    refused(WORK_OF(WORK_REQUEUE, 0, .role = ROLE_HANDLER, .own = "dinkes"), E_ROLE);
    done(WORK_OF(WORK_REQUEUE, 0, .role = ROLE_HANDLER, .own = "damkar"));
    assert_false(part_of(1, "damkar").dead); /* part_of() commits */
    assert_int_equal(item_of(1, "damkar").fails_n, 0);
    assert_int_equal(scratch_rows(s.store, TABLE_DEAD), 0);
    assert_int_equal(take(1, ENTRIES_AT + 60).verdict, E_LEASE);
    taken(4, ENTRIES_AT + 60);
}

static void discarded_it_is_gone_and_the_case_stays(void **state)
{
    (void)state;
    apply(an_event(&a));
    refused(WORK_OF(WORK_DISCARD, 0, .at_us = ENTRIES_AT), E_STATE);
    fail_thrice();
    refused(WORK_OF(WORK_DISCARD, 0, .role = ROLE_HANDLER, .own = "damkar"), E_ROLE);
    done(WORK_OF(WORK_DISCARD, 0, .at_us = ENTRIES_AT));
    scratch_commit(&s);
    assert_int_equal(scratch_rows(s.store, TABLE_DEAD), 0);
    assert_int_equal(part_of(1, "damkar").queued, 0);
    assert_int_equal(case_of(1).state, STATE_ASSIGNED);
    refused(WORK_OF(WORK_REQUEUE, 0, .at_us = ENTRIES_AT), E_LEASE); /* there is none */
}

static void a_dead_item_goes_when_its_part_ends_or_moves_on(void **state)
{
    (void)state;
    apply(an_event(&a));
    fail_thrice();
    done(a_move(&a, .of = 1, .act = ACT_FORWARD, .target = "dinkes", .reason = "x"));
    scratch_commit(&s);
    assert_int_equal(scratch_rows(s.store, TABLE_DEAD), 0);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 1);
    done(a_move(&a, .of = 1, .act = ACT_CANCEL, .reason = "x"));
    scratch_commit(&s);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 0);
}

static void a_lease_ends_with_its_part(void **state)
{
    (void)state;
    apply(an_event(&a));
    taken(1, ENTRIES_AT);
    done(a_move(&a, .of = 1, .act = ACT_CANCEL, .reason = "x"));
    scratch_commit(&s);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 0);
    assert_int_equal(scratch_rows(s.store, TABLE_TIMERS), 0);
    refused(WORK_OF(WORK_DONE, 1, .at_us = ENTRIES_AT), E_LEASE);
    refused(expiry(1, ENTRIES_AT + LEASE), E_LEASE);
}

static void an_acknowledged_item_not_yet_taken_still_waits_for_its_desk(void **state)
{
    (void)state;
    apply(an_event(&a));
    done(a_move(&a, .of = 1, .act = ACT_ACK));
    taken(1, ENTRIES_AT);
    done(a_move(&a, .of = 1, .act = ACT_START));
    assert_int_equal(item_of(1, "damkar").state, QUEUE_LEASED);
    done(WORK_OF(WORK_DONE, 1, .at_us = ENTRIES_AT));
}

/* Over failures, owners, parts and reopenings: who held a lease once cannot speak for a later. */
static void attempt_numbers_are_never_used_twice(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "poc"));
#define POC(do_, n) a_work(&a, .of = 1, .task = "poc", .act = do_, .attempt = n, .attempts_max = 9)
    done(POC(WORK_TAKE, 1));
    done(POC(WORK_FAIL, 1));
    done(POC(WORK_TAKE, 2));
    done(POC(WORK_DONE, 2));
    static const uint8_t acts[] = {ACT_ACK, ACT_START, ACT_RESOLVE, ACT_REOPEN};
    for (size_t i = 0; i < sizeof acts; i++)
        done(a_move(&a, .of = 1, .act = acts[i], .outcome = OUTCOME_FIXED));
    assert_int_equal(item_of(1, "poc").attempt, 2); /* queued again, as reopened */
    refused(POC(WORK_TAKE, 1), E_LEASE);
    done(POC(WORK_TAKE, 3));
    done(a_move(&a, .of = 1, .act = ACT_ASSIGN, .target = "damkar"));
    refused(POC(WORK_DONE, 3), E_LEASE);
    refused(WORK_OF(WORK_TAKE, 1, .at_us = ENTRIES_AT), E_LEASE);
    taken(4, ENTRIES_AT);
    assert_int_equal(case_of(1).attempts, 4);
}

/* ---- order ---- */

static void ranks_go_by_urgency_and_the_rest_by_arrival(void **state)
{
    (void)state;
    apply(an_event(&a, .mode = MODE_EXERCISE));                    /* 1: an exercise, last */
    apply(an_event(&a, .kind = KIND_REPORT));                      /* 2 */
    apply(an_event(&a));                                           /* 3: an emergency, first */
    apply(an_event(&a, .kind = KIND_COMPLAINT));                   /* 4: not assigned yet */
    apply(an_event(&a, .owner = "dinkes", .helpers = {"damkar"})); /* 5 */
    apply(an_event(&a, .owner = "damk"));     /* 6: another's, a name like it */
    apply(an_event(&a, .kind = KIND_REPORT)); /* 7 */
    done(a_move(&a, .of = 4, .act = ACT_ASSIGN));
    static const struct {
        uint64_t seq;
        uint8_t rank, part;
    } want[] = {{3, 0, 0}, {5, 0, 1}, {2, 1, 0}, {7, 1, 0}, {4, 1, 0}, {1, 2, 0}};
    struct txn t;
    struct walk w;
    struct queue_item item;
    unsigned n = 0;
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    for (bool more = queue_from(&w, &t, TABLE_QUEUE, SLICE_LIT("damkar"), &item); more;
         more = queue_next(&w, SLICE_LIT("damkar"), &item), n++) {
        assert_true(n < sizeof want / sizeof *want);
        assert_int_equal(item.case_seq, want[n].seq);
        assert_int_equal(item.rank, want[n].rank);
        assert_int_equal(item.part, want[n].part);
    }
    assert_int_equal(n, sizeof want / sizeof *want);
    n = 0;
    for (bool more = queue_from(&w, &t, TABLE_QUEUE, SLICE_LIT(""), &item); more;
         more = queue_next(&w, SLICE_LIT(""), &item))
        n++;
    assert_int_equal(n, 8);
    txn_abort(&t);
}

/* An item of an SKPD that owns again what it supported before its call was reclassed. */
static void two_parts_of_one_skpd_never_share_an_item(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar", .helpers = {"dinkes"}));
    done(a_move(&a, .of = 1, .act = ACT_FORWARD, .target = "dinkes", .reason = "x"));
    done(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_PRANK));
    done(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_REAL));
    struct case_row c = case_of(1);
    unsigned open = 0;
    for (unsigned i = 0; i < c.parts_n; i++)
        open += cases_part_open(&c.parts[i]) && slice_is(c.parts[i].skpd, "dinkes");
    assert_int_equal(open, 1);
    struct queue_item item = item_of(1, "dinkes");
    assert_int_equal(item.state, QUEUE_READY);
    assert_int_equal(item.part, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_views(an_item_is_taken_under_a_lease),
        with_views(what_one_desk_has_no_other_takes),
        with_views(a_take_names_the_next_attempt),
        with_views(a_desk_takes_only_for_a_part_that_is_there),
        with_views(only_the_holder_with_its_attempt_speaks_of_a_lease),
        with_views(an_extended_lease_runs_anew),
        with_views(done_is_the_receipt_of_the_program_not_of_a_person),
        with_views(after_a_failure_it_comes_again_when_the_back_off_is_over),
        with_views(put_off_it_does_not_count_as_a_failure),
        with_views(a_lease_that_runs_out_counts_as_a_failure_of_its_holder),
        with_views(after_too_many_failures_it_is_dead),
        with_views(a_dead_item_tells_who_failed_and_why),
        with_views(requeued_it_begins_without_failures_but_counts_on),
        with_views(discarded_it_is_gone_and_the_case_stays),
        with_views(a_dead_item_goes_when_its_part_ends_or_moves_on),
        with_views(a_lease_ends_with_its_part),
        with_views(an_acknowledged_item_not_yet_taken_still_waits_for_its_desk),
        with_views(attempt_numbers_are_never_used_twice),
        with_views(ranks_go_by_urgency_and_the_rest_by_arrival),
        with_views(two_parts_of_one_skpd_never_share_an_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
