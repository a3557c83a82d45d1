/* lost: a journal that is behind what was given goes on behind it; nothing is given twice. */
#include "journal_ground.h"

#include "daemon/base/log.h"
#include "daemon/journal/lost.h"
#include "daemon/views/show.h"
#include "proto/stamp.h"

static struct folder outside;
static struct identity identity;
static int64_t wall_us;

static int64_t tells(void *self)
{
    (void)self;
    return wall_us;
}

static void open_with(uint32_t boot)
{
    struct err err = {""};
    identity.boot = boot;
    numbers_close(&beside.numbers);
    assert_int_equal(numbers_open(&beside.numbers, outside.path, &identity, &err), 0);
    journal_close(&j);
    scratch_reopen(&s);
    open_journal();
    clock = (struct clock){.wall = tells, .mono = stands_still};
    assert_int_equal(follow(), J_OK);
}

static int begin(void **state)
{
    log_open(LOG_ERROR);
    folder_make(&outside);
    identity = (struct identity){.node = "kota-1", .epoch = 1};
    wall_us = ENTRIES_AT + STAMP_MINUTE;
    make(state);
    beside = (struct journal_beside){.identity = &identity};
    open_with(1);
    return 0;
}

static int end(void **state)
{
    drop(state);
    numbers_close(&beside.numbers);
    beside = (struct journal_beside){0};
    folder_drop(&outside);
    return 0;
}

static uint64_t put_events(uint32_t count, enum lane lane)
{
    struct jgroup *g = decided(events(lane, count));
    uint64_t last = g->outcomes[count - 1].facts.seq;
    all_stored(g);
    drop_rows(g);
    return last;
}

static uint64_t stands_at(void)
{
    struct jstate state;
    journal_state(j, &state);
    return state.head;
}

/* The row of a number; its entry when it is a lost one. */
static bool lost_at(uint64_t seq, struct facts *f, struct entry *e)
{
    struct txn t;
    struct slice row;
    txn_begin(&t, s.store, STORE_JOURNAL, false);
    assert_true(rows_at(&t, seq, &row));
    row = arena_copy(&a, row.p, row.n);
    txn_abort(&t);
    assert_int_equal(entry_row_read(seq, row, f, e), ENTRY_FINE);
    return f->what == ENTRY_LOST;
}

/* The journal goes back to `head`, as an older copy of it does; views are made again. */
static void go_back_to(uint64_t head)
{
    uint64_t newest = stands_at();
    forget_views();
    lose_rows(head + 1, newest);
}

static void a_plain_restart_loses_no_number(void **state)
{
    (void)state;
    assert_int_equal(put_events(7, LANE_URGENT), 7);
    open_with(2);
    assert_int_equal(stands_at(), 7);
    assert_int_equal(put_events(1, LANE_URGENT), 8);
    assert_int_equal(identity.epoch, 1);
}

static void an_older_copy_goes_on_behind_what_was_given(void **state)
{
    (void)state;
    struct facts f;
    struct entry e;
    put_events(20, LANE_URGENT);
    open_with(2);
    put_events(10, LANE_URGENT);
    uint64_t given = numbers_known(beside.numbers)->seq;
    uint32_t ticket = numbers_known(beside.numbers)->tickets[0][0].counter;
    go_back_to(20);
    open_with(2); /* a copy made before the second start: it counts it again */
    assert_int_equal(stands_at(), given + 1);
    for (uint64_t seq = 21; seq <= given + 1; seq++) {
        assert_true(lost_at(seq, &f, &e));
        assert_true(slice_is(show_value(&e, "from"), "21"));
        assert_int_equal(f.case_seq, 0);
    }
    assert_false(lost_at(20, &f, &e));
    struct jgroup *g = decided(events(LANE_URGENT, 1));
    assert_int_equal(g->outcomes[0].facts.seq, given + 2);
    assert_true(g->outcomes[0].facts.counter > ticket);
    drop_rows(g);
    assert_int_equal(identity.epoch, 2);
    open_with(3);
    assert_int_equal(stands_at(), given + 2);
    assert_int_equal(identity.epoch, 2);
}

/* Without a start in between, what the file knows to have been stored tells. */
static void a_journal_that_ends_before_what_was_stored_is_an_older_one(void **state)
{
    (void)state;
    put_events(3000, LANE_BULK);
    put_events(3000, LANE_BULK);
    uint64_t given = numbers_known(beside.numbers)->seq;
    assert_true(numbers_known(beside.numbers)->stored >= 3000);
    go_back_to(100);
    open_with(2);
    assert_int_equal(stands_at(), given + 1);
}

static void expect(uint32_t margin)
{
    struct err err = {""};
    struct txn t;
    txn_begin(&t, s.store, STORE_JOURNAL, true);
    lost_expect(&t, margin);
    assert_int_equal(txn_commit(&t, &err), 0);
}

/* Restored where the file of numbers is gone, too: by a margin, and tickets by the same. */
static void without_the_file_a_margin_is_passed_over(void **state)
{
    (void)state;
    put_events(5, LANE_URGENT);
    expect(3000);
    identity.digest_key[0] ^= 1; /* as if the file were another's */
    open_with(2);
    assert_int_equal(stands_at(), 3005);
    struct jgroup *g = group_of(LANE_URGENT, 1);
    add(g, an_event(&a, .kind = KIND_EMERGENCY, .at_us = wall_us));
    decided(g);
    assert_int_equal(g->outcomes[0].facts.seq, 3006);
    assert_true(g->outcomes[0].facts.counter > 3000);
    drop_rows(g);
    open_with(3);
    assert_int_equal(stands_at(), 3006);
}

/* Killed after the first part of the entries: the next start goes on to the same end. */
static void one_that_was_cut_short_goes_on(void **state)
{
    (void)state;
    struct facts f;
    struct entry e;
    put_events(5, LANE_URGENT);
    expect(4000);
    identity.digest_key[0] ^= 1;
    open_with(2);
    uint64_t end = stands_at();
    assert_int_equal(end, 4005);
    go_back_to(5 + 1024); /* where the first commit ends; what the store remembered is put back */
    struct txn t;
    struct err err = {""};
    struct rowkey k = rowkey_new(), v = rowkey_new();
    rowkey_bytes(&k, "lost", 4);
    rowkey_u32(rowkey_u64(rowkey_u64(&v, 6), end), 4000);
    txn_begin(&t, s.store, STORE_JOURNAL, true);
    txn_put(&t, TABLE_STORE, &k, v.b, v.n);
    assert_int_equal(txn_commit(&t, &err), 0);
    open_with(3);
    assert_int_equal(stands_at(), end);
    assert_true(lost_at(end, &f, &e));
    assert_true(slice_is(show_value(&e, "from"), "6"));
    assert_int_equal(put_events(1, LANE_URGENT), end + 1);
}

/* The same entries applied elsewhere give the same views: counters of tickets, too. */
static void it_follows_from_the_journal_alone(void **state)
{
    (void)state;
    struct scratch other;
    char why[128] = "";
    put_events(50, LANE_URGENT);
    open_with(2);
    go_back_to(30);
    open_with(2);
    put_events(3, LANE_URGENT);
    journal_close(&j);
    scratch_open(&other);
    assert_true(scratch_replay(s.store, &other, 100));
    bool same = scratch_same_views(s.store, other.store, why);
    scratch_close(&other);
    assert_true(same);
}

static enum form local = LOCAL;
#define T(test) cmocka_unit_test_prestate_setup_teardown(test, begin, end, &local)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(a_plain_restart_loses_no_number),
        T(an_older_copy_goes_on_behind_what_was_given),
        T(a_journal_that_ends_before_what_was_stored_is_an_older_one),
        T(without_the_file_a_margin_is_passed_over),
        T(one_that_was_cut_short_goes_on),
        T(it_follows_from_the_journal_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
