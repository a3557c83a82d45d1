/* feed: watches over a real socket. Everything after a number, in order, once; whatever the lanes,
 * the credit or a full queue do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "daemon/views/rows.h"
#include "proto/stamp.h"
#include "proto/verdict.h"
#include "tests/support/entries.h"
#include "tests/support/rig.h"

static const struct feed_asker screen = {
    .source = {"layar-1", 7}, .role = ROLE_OPERATOR, .watches = 32, .credit = FEED_CREDIT_MAX};

static struct rig r;
static struct rig_peer peer;
static struct rig_answer a;
static struct arena memory;
static const struct filter everything;

static int open_rig(void **state)
{
    (void)state;
    rig_open(&r, false, NULL);
    peer = rig_connect(&r);
    memory = (struct arena){0};
    return 0;
}

static int close_rig(void **state)
{
    (void)state;
    rig_disconnect(&peer);
    rig_close(&r);
    arena_drop(&memory);
    return 0;
}

/* ---- entries: on the disk first, told afterwards ---- */

static void store(unsigned n)
{
    static const char *const owners[] = {"damkar", "pupr"};
    for (unsigned i = 0; i < n; i++)
        scratch_store(&r.s, an_event(&memory, .owner = owners[(views_seq(r.s.views) + 1) % 2]));
    scratch_commit(&r.s);
}

static void tell(uint64_t from, uint64_t to)
{
    struct txn t;
    struct slice row;
    txn_begin(&t, r.s.store, STORE_JOURNAL, false);
    for (uint64_t seq = from; seq <= to; seq++) {
        assert_true(rows_at(&t, seq, &row));
        feed_entry(r.feed, seq, row);
    }
    txn_abort(&t);
}

static void settled(uint64_t from, uint64_t to)
{
    feed_head(r.feed, views_seq(r.s.views));
    tell(from, to);
    feed_flush(r.feed);
    rig_drain(&r);
}

/* What a start of siagad tells the feed. */
static void begin_with(unsigned n)
{
    store(n);
    feed_reach(r.feed, n > 0, n);
}

static struct ack_to watch_of(uint64_t rid)
{
    return (struct ack_to){peer.address, rid};
}

static int watch(uint64_t rid, const struct feed_wish *wish)
{
    struct ack_to to = watch_of(rid);
    struct feed_wish whole = *wish;
    if (whole.filter == NULL)
        whole.filter = &everything;
    if (whole.credit == 0)
        whole.credit = FEED_CREDIT;
    int verdict = feed_open(r.feed, &to, &screen, &whole);
    rig_drain(&r);
    return verdict;
}

static void credit(uint64_t rid, uint32_t more)
{
    struct ack_to to = watch_of(rid);
    feed_credit(r.feed, &to, more);
    rig_drain(&r);
}

static void answer(uint64_t rid, uint8_t code)
{
    rig_read(&peer, &a);
    assert_int_equal(a.rid, rid);
    assert_int_equal(a.code, code);
}

static void begun(uint64_t rid, uint64_t next)
{
    answer(rid, ANSWER_DONE);
    assert_int_equal(rig_number(&a, "next"), next);
}

/* Rows from..to by `step`, in as many messages as it takes, and nothing behind them. */
static void told(uint64_t from, uint64_t to, uint64_t step)
{
    while (from <= to) {
        char path[48];
        answer(1, ANSWER_FEED);
        uint32_t n = rig_count(&a, "rows");
        assert_true(n > 0);
        for (uint32_t i = 0; i < n; i++, from += step) {
            snprintf(path, sizeof path, "rows.%u.seq", i);
            assert_int_equal(rig_number(&a, path), from);
        }
        assert_true(rig_number(&a, "next") > from - step);
    }
    assert_true(rig_silent(&r, &peer));
}

/* ---- following ---- */

static void a_watch_from_now_gets_what_comes(void **state)
{
    (void)state;
    begin_with(5);
    assert_int_equal(watch(1, &(struct feed_wish){0}), V_DONE);
    begun(1, 6);
    assert_int_equal(rig_number(&a, "head"), 5);
    store(3);
    settled(6, 8);
    told(6, 8, 1);
    store(1);
    settled(9, 9);
    told(9, 9, 1);
    assert_int_equal(rig_number(&a, "next"), 10);
    assert_int_equal(r.counters.at[COUNT_FEED_ROWS], 4);
}

static void a_watch_from_a_number_reads_the_disk_then_goes_live(void **state)
{
    (void)state;
    begin_with(700);
    watch(1, &(struct feed_wish){.from = 1, .credit = 2000});
    begun(1, 1);
    told(1, 700, 1);
    store(2);
    settled(701, 702);
    told(701, 702, 1);
}

/* The urgent lane settles first although its number is higher: nothing is told before what comes
 * before it, and nothing twice. */
static void lanes_that_settle_out_of_order_are_told_in_order(void **state)
{
    (void)state;
    begin_with(0);
    watch(1, &(struct feed_wish){0});
    begun(1, 1);
    store(10);
    settled(7, 7); /* urgent; 1..6 are on the disk already, told later */
    told(1, 10, 1);
    settled(1, 6);
    settled(8, 10);
    assert_true(rig_silent(&r, &peer));
    store(2);
    settled(12, 12);
    settled(11, 11);
    told(11, 12, 1);
}

/* A bulk batch is told in parts and may come back to the feed behind a later urgent one: the last
 * durable number has not gone back by that. */
static void the_head_does_not_go_back(void **state)
{
    (void)state;
    begin_with(0);
    store(10);
    feed_head(r.feed, 10);
    tell(10, 10);
    feed_flush(r.feed);
    feed_head(r.feed, 9);
    tell(1, 9);
    feed_flush(r.feed);
    watch(1, &(struct feed_wish){.from = 11}); /* it has seen 10 */
    begun(1, 11);
    assert_int_equal(rig_number(&a, "head"), 10);
    assert_true(rig_silent(&r, &peer)); /* no gap: 10 was told */
}

static void a_filter_passes_its_own_and_moves_on_over_the_rest(void **state)
{
    (void)state;
    struct slice name = slice_from("pupr"); /* odd numbers */
    struct filter f = {.skpd = &name, .skpd_n = 1};
    begin_with(20);
    watch(1, &(struct feed_wish){.from = 1, .filter = &f});
    begun(1, 1);
    told(1, 20, 2);
    assert_int_equal(rig_number(&a, "next"), 21);
    store(6);
    settled(21, 26);
    told(21, 25, 2);
    store(2);
    settled(28, 28); /* a hole that is filtered out is a hole all the same */
    told(27, 27, 2);
}

/* ---- credit ---- */

static void never_more_than_the_credit(void **state)
{
    (void)state;
    begin_with(0);
    watch(1, &(struct feed_wish){.credit = 3});
    begun(1, 1);
    store(10);
    settled(1, 10);
    told(1, 3, 1);
    credit(1, 4);
    told(4, 7, 1);
    store(2);
    settled(11, 12);
    assert_true(rig_silent(&r, &peer));
    credit(1, 100);
    told(8, 12, 1);
    store(1);
    settled(13, 13);
    told(13, 13, 1);
}

static void what_is_filtered_out_costs_no_credit(void **state)
{
    (void)state;
    struct slice name = slice_from("damkar"); /* even numbers */
    struct filter f = {.skpd = &name, .skpd_n = 1};
    begin_with(0);
    watch(1, &(struct feed_wish){.filter = &f, .credit = 2});
    begun(1, 1);
    store(5);
    settled(1, 5);
    told(2, 4, 2);
    store(1);
    settled(6, 6);
    assert_true(rig_silent(&r, &peer));
    credit(1, 1);
    told(6, 6, 2);
}

/* ---- a queue that is full ---- */

/* How many beats it took, the last of which did not fit. */
static unsigned fill_queue(void)
{
    unsigned beats = 0;
    for (; r.counters.at[COUNT_UNSENT] == 0 && beats < 300000; beats++)
        feed_tick(r.feed);
    assert_true(r.counters.at[COUNT_UNSENT] > 0);
    return beats;
}

static void read_beats(unsigned beats)
{
    for (unsigned i = 1; i < beats; i++)
        answer(1, ANSWER_BEAT);
}

/* Beats fill the queue of a peer that does not read, up to its bound and not beyond; when it reads
 * again it is told everything, once. */
static void a_stalled_watcher_falls_behind_and_catches_up(void **state)
{
    (void)state;
    begin_with(0);
    watch(1, &(struct feed_wish){.credit = 49}); /* what could not be sent has cost nothing */
    unsigned beats = fill_queue();
    store(50);
    settled(1, 50);
    assert_int_equal(feed_watches(r.feed), 1);
    begun(1, 1);
    read_beats(beats);
    credit(1, 1); /* it lives */
    told(1, 50, 1);
}

/* The next rows are read while some leave; when those did not fit they come first all the same. */
static void rows_read_ahead_of_a_full_queue_are_told_in_their_turn(void **state)
{
    (void)state;
    begin_with(1500);
    watch(1, &(struct feed_wish){.from = 1, .credit = 2});
    unsigned beats = fill_queue();
    struct ack_to to = watch_of(1);
    feed_credit(r.feed, &to, 2000);
    r.holding = true;
    rig_drain(&r);
    assert_true(r.counters.at[COUNT_UNSENT] > 1);
    begun(1, 1);
    answer(1, ANSWER_FEED);
    assert_int_equal(rig_count(&a, "rows"), 2);
    read_beats(beats);
    rig_let_go(&r);
    rig_drain(&r);
    assert_true(rig_silent(&r, &peer));
    credit(1, 1);
    told(3, 1500, 1);
}

/* ---- where a watch begins ---- */

static void a_number_that_is_not_there_yet_is_a_gap_then_a_snapshot(void **state)
{
    (void)state;
    begin_with(4);
    watch(1, &(struct feed_wish){.from = 50});
    begun(1, 5);
    answer(1, ANSWER_GAP);
    assert_true(slice_is(rig_text(&a, "reason"), "ahead"));
    assert_int_equal(rig_number(&a, "from"), 5);
    assert_int_equal(rig_number(&a, "to"), 49);
    answer(1, ANSWER_SNAPSHOT);
    assert_int_equal(rig_number(&a, "at"), 4);
    assert_int_equal(rig_count(&a, "rows"), 4);
    assert_int_equal(rig_number(&a, "left"), 0);
    assert_int_equal(r.counters.at[COUNT_FEED_GAPS], 1);
    store(1);
    settled(5, 5);
    told(5, 5, 1);
}

static void a_number_that_is_gone_is_a_gap_then_a_snapshot(void **state)
{
    (void)state;
    begin_with(20);
    feed_reach(r.feed, 11, 20);
    watch(1, &(struct feed_wish){.from = 3});
    begun(1, 21);
    answer(1, ANSWER_GAP);
    assert_true(slice_is(rig_text(&a, "reason"), "too_old"));
    assert_int_equal(rig_number(&a, "from"), 3);
    assert_int_equal(rig_number(&a, "to"), 10);
    answer(1, ANSWER_SNAPSHOT);
    assert_int_equal(rig_number(&a, "at"), 20);
}

/* Entries that settle while the snapshot is told come behind it, all of them. */
static void a_snapshot_joins_the_feed_without_a_seam(void **state)
{
    (void)state;
    begin_with(30);
    struct ack_to to = watch_of(1);
    struct feed_wish wish = {.filter = &everything, .snapshot = true, .credit = 10};
    assert_int_equal(feed_open(r.feed, &to, &screen, &wish), V_DONE);
    store(5); /* before its question is answered, or after: both are fine */
    settled(31, 35);
    answer(1, ANSWER_DONE);
    uint64_t left = 1, at = 0, told_of = 0;
    while (left > 0) {
        answer(1, ANSWER_SNAPSHOT);
        left = rig_number(&a, "left");
        at = rig_number(&a, "at");
        told_of += rig_count(&a, "rows");
        credit(1, 10);
    }
    assert_true(at == 30 || at == 35);
    assert_int_equal(told_of, at);
    credit(1, 100);
    if (at < 35)
        told(at + 1, 35, 1);
    store(1);
    settled(36, 36);
    told(36, 36, 1);
}

static void a_time_is_found_in_the_log(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++)
        scratch_store(&r.s, an_event(&memory, .at_us = ENTRIES_AT + (int64_t)i * STAMP_MINUTE));
    begin_with(0);
    scratch_commit(&r.s);
    feed_reach(r.feed, 1, 10);
    watch(1, &(struct feed_wish){.since_us = ENTRIES_AT + 6 * STAMP_MINUTE + 1});
    begun(1, 8);
    told(8, 10, 1);
}

/* ---- bounds and ends ---- */

static void a_source_holds_thirty_two_watches(void **state)
{
    (void)state;
    begin_with(0);
    for (uint64_t rid = 1; rid <= screen.watches; rid++)
        assert_int_equal(watch(rid, &(struct feed_wish){0}), V_DONE);
    assert_int_equal(watch(99, &(struct feed_wish){0}), E_BUSY);
    struct ack_to to = watch_of(7);
    feed_close(r.feed, &to);
    assert_int_equal(feed_watches(r.feed), screen.watches - 1);
    assert_int_equal(watch(8, &(struct feed_wish){0}), E_BUSY); /* one number, one watch */
    assert_int_equal(watch(99, &(struct feed_wish){0}), V_DONE);
}

static void each_second_a_beat_and_after_thirty_silent_ones_the_end(void **state)
{
    (void)state;
    begin_with(3);
    watch(1, &(struct feed_wish){0});
    begun(1, 4);
    for (int second = 0; second < 30; second++) {
        r.mono_us += STAMP_SECOND;
        feed_tick(r.feed);
        answer(1, ANSWER_BEAT);
        assert_int_equal(rig_number(&a, "next"), 4);
        assert_int_equal(rig_number(&a, "head"), 3);
    }
    credit(1, 1); /* heard */
    r.mono_us += 30 * STAMP_SECOND;
    feed_tick(r.feed);
    answer(1, ANSWER_BEAT);
    r.mono_us += 1;
    feed_tick(r.feed);
    answer(1, ANSWER_ENDED);
    assert_true(slice_is(rig_text(&a, "code"), "E_SILENT"));
    assert_int_equal(rig_number(&a, "next"), 4);
    assert_int_equal(feed_watches(r.feed), 0);
}

static void stopping_tells_everybody_where_to_resume(void **state)
{
    (void)state;
    begin_with(3);
    watch(1, &(struct feed_wish){.from = 2});
    begun(1, 2);
    told(2, 3, 1);
    feed_stop(r.feed);
    answer(1, ANSWER_ENDED);
    assert_true(slice_is(rig_text(&a, "code"), "E_STOPPING"));
    assert_int_equal(rig_number(&a, "next"), 4);
    assert_int_equal(feed_watches(r.feed), 0);
}

/* Its WATCH has no `done` yet: it gets a refusal, once, and nothing behind it. */
static void stopping_refuses_what_was_not_answered(void **state)
{
    (void)state;
    begin_with(3);
    struct ack_to to = watch_of(1);
    struct feed_wish wish = {.filter = &everything, .snapshot = true, .credit = 10};
    assert_int_equal(feed_open(r.feed, &to, &screen, &wish), V_DONE);
    feed_stop(r.feed);
    answer(1, ANSWER_REFUSED);
    assert_true(slice_is(rig_text(&a, "code"), "E_STOPPING"));
    rig_finish(&r);
    watch(2, &(struct feed_wish){0});
    begun(2, 4); /* the next message of all */
}

/* Each request has one answer, also one that its own UNWATCH overtakes. */
static void who_leaves_before_the_answer_gets_it_all_the_same(void **state)
{
    (void)state;
    begin_with(3);
    struct ack_to to = watch_of(1);
    struct feed_wish wish = {.filter = &everything, .snapshot = true, .credit = 10};
    assert_int_equal(feed_open(r.feed, &to, &screen, &wish), V_DONE);
    feed_close(r.feed, &to);
    rig_drain(&r);
    answer(1, ANSWER_DONE);
    assert_int_equal(feed_watches(r.feed), 0);
    watch(2, &(struct feed_wish){0});
    begun(2, 4); /* the next message of all */
}

static void a_watcher_that_left_is_forgotten(void **state)
{
    (void)state;
    begin_with(0);
    peer.address.id[peer.address.n - 1] ^= 0x55;
    watch(1, &(struct feed_wish){0});
    assert_int_equal(feed_watches(r.feed), 0);
    peer.address.id[peer.address.n - 1] ^= 0x55;
    watch(2, &(struct feed_wish){0});
    begun(2, 1);
}

#define with_rig(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_rig(a_watch_from_now_gets_what_comes),
        with_rig(a_watch_from_a_number_reads_the_disk_then_goes_live),
        with_rig(lanes_that_settle_out_of_order_are_told_in_order),
        with_rig(the_head_does_not_go_back),
        with_rig(a_filter_passes_its_own_and_moves_on_over_the_rest),
        with_rig(never_more_than_the_credit),
        with_rig(what_is_filtered_out_costs_no_credit),
        with_rig(a_stalled_watcher_falls_behind_and_catches_up),
        with_rig(rows_read_ahead_of_a_full_queue_are_told_in_their_turn),
        with_rig(a_number_that_is_not_there_yet_is_a_gap_then_a_snapshot),
        with_rig(a_number_that_is_gone_is_a_gap_then_a_snapshot),
        with_rig(a_snapshot_joins_the_feed_without_a_seam),
        with_rig(a_time_is_found_in_the_log),
        with_rig(a_source_holds_thirty_two_watches),
        with_rig(each_second_a_beat_and_after_thirty_silent_ones_the_end),
        with_rig(stopping_tells_everybody_where_to_resume),
        with_rig(stopping_refuses_what_was_not_answered),
        with_rig(who_leaves_before_the_answer_gets_it_all_the_same),
        with_rig(a_watcher_that_left_is_forgotten),
    };
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
