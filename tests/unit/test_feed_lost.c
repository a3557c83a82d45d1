/* feed: numbers that were lost are a gap, then the state of things, then the feed; also for a watch
 * that had come so far in the journal that is no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "proto/frame.h"
#include "proto/verdict.h"
#include "tests/support/entries.h"
#include "tests/support/rig.h"

static struct rig r;
static struct rig_peer peer;
static struct rig_answer a;
static struct arena memory;
static const struct filter everything;

static void lose(unsigned from, unsigned upto)
{
    for (unsigned seq = from; seq <= upto; seq++) {
        struct entry *e = entries_change(&memory, &(struct wish){.of = 0}, ENTRY_LOST);
        struct entry_words words = {
            .said = {{"from", arena_printf(&memory, "%u", from)},
                     {"upto", arena_printf(&memory, "%u", upto)}},
            .said_n = 2,
        };
        entry_seal_change(e, &words, &memory);
        assert_int_equal(scratch_store(&r.s, e), seq);
    }
}

/* Four cases, the numbers 5 to 9 that are lost, and two cases since. */
static int begin(void **state)
{
    (void)state;
    rig_open(&r, false, NULL);
    peer = rig_connect(&r);
    memory = (struct arena){0};
    for (unsigned i = 0; i < 4; i++)
        scratch_store(&r.s, an_event(&memory, .title = "Sebelum"));
    lose(5, 9);
    for (unsigned i = 0; i < 2; i++)
        scratch_store(&r.s, an_event(&memory, .title = "Sesudah"));
    scratch_commit(&r.s);
    feed_reach(r.feed, 1, 11);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_disconnect(&peer);
    rig_close(&r);
    arena_drop(&memory);
    return 0;
}

static void watch(uint64_t from, uint32_t credit)
{
    static const struct feed_asker screen = {
        .source = {"layar-1", 7}, .role = ROLE_AUDITOR, .watches = 32, .credit = FEED_CREDIT_MAX};
    struct ack_to to = {peer.address, 1};
    struct feed_wish wish = {.filter = &everything, .from = from, .credit = credit};
    assert_int_equal(feed_open(r.feed, &to, &screen, &wish), V_DONE);
    rig_drain(&r);
}

static void answer(uint8_t code)
{
    rig_read(&peer, &a);
    assert_int_equal(a.code, code);
}

static void gap_then_snapshot(uint64_t from)
{
    answer(ANSWER_GAP);
    assert_true(slice_is(rig_text(&a, "reason"), "restored"));
    assert_int_equal(rig_number(&a, "from"), from);
    assert_int_equal(rig_number(&a, "to"), 9);
    answer(ANSWER_SNAPSHOT);
    assert_int_equal(rig_number(&a, "at"), 11);
    assert_int_equal(rig_count(&a, "rows"), 6);
    assert_int_equal(rig_number(&a, "left"), 0);
    feed_tick(r.feed);
    rig_drain(&r);
    answer(ANSWER_BEAT);
    assert_int_equal(rig_number(&a, "next"), 12);
}

static void who_comes_by_them_is_told(void **state)
{
    (void)state;
    watch(2, 64);
    answer(ANSWER_DONE);
    answer(ANSWER_FEED);
    assert_int_equal(rig_count(&a, "rows"), 3);
    assert_int_equal(rig_number(&a, "next"), 5);
    gap_then_snapshot(5);
    assert_int_equal(r.counters.at[COUNT_FEED_GAPS], 1);
}

static void who_had_come_so_far_is_told(void **state)
{
    (void)state;
    watch(7, 64);
    answer(ANSWER_DONE);
    gap_then_snapshot(7);
}

/* Whoever began behind them never meets them. */
static void who_stands_behind_them_hears_nothing_of_it(void **state)
{
    (void)state;
    watch(10, 64);
    answer(ANSWER_DONE);
    answer(ANSWER_FEED);
    assert_int_equal(rig_count(&a, "rows"), 2);
    assert_int_equal(rig_number(&a, "next"), 12);
    assert_int_equal(r.counters.at[COUNT_FEED_GAPS], 0);
}

/* With credit for three rows the gap, which costs none, comes behind them, the snapshot when there
 * is credit again. */
static void credit_is_kept(void **state)
{
    (void)state;
    struct ack_to to = {peer.address, 1};
    watch(2, 3);
    answer(ANSWER_DONE);
    answer(ANSWER_FEED);
    assert_int_equal(rig_count(&a, "rows"), 3);
    answer(ANSWER_GAP);
    rig_drain(&r);
    feed_credit(r.feed, &to, 64);
    rig_drain(&r);
    answer(ANSWER_SNAPSHOT);
    assert_int_equal(rig_count(&a, "rows"), 6);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_comes_by_them_is_told, begin, end),
        cmocka_unit_test_setup_teardown(who_had_come_so_far_is_told, begin, end),
        cmocka_unit_test_setup_teardown(who_stands_behind_them_hears_nothing_of_it, begin, end),
        cmocka_unit_test_setup_teardown(credit_is_kept, begin, end),
    };
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
