/* journal: what every form of it promises, and the misbehaviour of the fake one. */
#include "journal_ground.h"

/* ---- every form ---- */

static void groups_of_a_lane_settle_in_order_with_dense_numbers(void **state)
{
    (void)state;
    struct jgroup *g[5];
    uint64_t next = 1;
    assert_int_equal(follow(), J_OK);
    for (int i = 0; i < 5; i++)
        append(g[i] = events(LANE_BULK, 3));
    wait_for(5);
    for (int i = 0; i < 5; i++) {
        assert_ptr_equal(settled[i], g[i]);
        all_stored(g[i]);
        for (uint32_t k = 0; k < 3; k++)
            assert_int_equal(g[i]->outcomes[k].facts.seq, next++);
        assert_true(g[i]->head >= next - 1);
        drop_rows(g[i]);
    }
    struct jstate known;
    journal_state(j, &known);
    assert_int_equal(known.head, 15);
    assert_int_equal(known.oldest, 1);
    assert_int_equal(known.open_cases, 15);
}

/* A group that is settled can be read from the disk, byte for byte as its outcome has it. */
static void what_is_settled_is_in_the_log(void **state)
{
    (void)state;
    assert_int_equal(follow(), J_OK);
    struct jgroup *g = decided(events(LANE_URGENT, 10));
    struct txn t;
    txn_begin(&t, s.store, STORE_JOURNAL, false);
    assert_int_equal(rows_newest(&t), 10);
    for (uint32_t i = 0; i < 10; i++) {
        struct slice row;
        struct facts f;
        struct entry e;
        assert_true(rows_at(&t, i + 1, &row));
        assert_true(slice_same(row, g->outcomes[i].row));
        assert_int_equal(entry_row_read(i + 1, row, &f, &e), ENTRY_FINE);
        assert_true(slice_same(e.key, g->entries[i]->key));
        assert_true(slice_is(g->outcomes[i].facts.owner, "damkar"));
    }
    txn_abort(&t);
    drop_rows(g);
}

static void each_entry_gets_its_own_verdict(void **state)
{
    (void)state;
    assert_int_equal(follow(), J_OK);
    struct jgroup *g = group_of(LANE_BULK, 6);
    add(g, an_event(&a, .key = "k1", .title = "Api"));
    add(g, an_event(&a, .key = "k1", .title = "Api"));
    add(g, an_event(&a, .key = "k1", .title = "Banjir"));
    add(g, a_move(&a, .of = 1, .to = STATE_RESOLVED));
    add(g, a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED));
    add(g, a_move(&a, .of = 9, .to = STATE_ACKNOWLEDGED));
    decided(g);
    static const int want[] = {V_DONE, V_DONE, E_KEY_REUSED, E_STATE, V_DONE, E_REF};
    static const uint64_t other[] = {0, 1, 1, 1, 0, 0};
    assert_int_equal(g->rc, J_OK);
    assert_int_equal(g->done, 6);
    assert_int_equal(g->head, 2);
    for (int i = 0; i < 6; i++) {
        struct facts f;
        assert_int_equal(g->outcomes[i].verdict, want[i]);
        assert_int_equal(g->outcomes[i].duplicate, i == 1);
        assert_int_equal(g->outcomes[i].other_seq, other[i]);
        if (other[i] != 0)
            assert_int_equal(entry_row_read(other[i], g->outcomes[i].row, &f, NULL), ENTRY_FINE);
    }
    assert_int_equal(g->outcomes[4].facts.seq, 2);
    assert_true(slice_same(g->outcomes[1].row, g->outcomes[0].row));
    assert_int_equal(g->outcomes[5].row.n, 0);
    drop_rows(g);
}

static void a_repeat_gets_the_first_row_also_after_a_restart(void **state)
{
    (void)state;
    assert_int_equal(follow(), J_OK);
    struct jgroup *g = group_of(LANE_URGENT, 1);
    add(g, an_event(&a, .key = "k1", .title = "Api"));
    decided(g);
    for (int i = 0; i < 2; i++) {
        struct jgroup *again = group_of(LANE_URGENT, 1);
        add(again, an_event(&a, .key = "k1", .title = "Api"));
        decided(again);
        assert_true(again->outcomes[0].duplicate);
        assert_int_equal(again->head, 1);
        assert_true(slice_same(again->outcomes[0].row, g->outcomes[0].row));
        drop_rows(again);
        restart();
        assert_int_equal(follow(), J_OK);
    }
    drop_rows(g);
}

/* A question waits: an empty group brings the views to all that was settled before it. */
static void the_views_are_committed_when_a_group_wants_it(void **state)
{
    (void)state;
    assert_int_equal(follow(), J_OK);
    drop_rows(decided(events(LANE_BULK, 7)));
    struct jgroup *hurry = group_of(LANE_URGENT, 0);
    hurry->commit_views = true;
    decided(hurry);
    assert_int_equal(hurry->rc, J_OK);
    assert_int_equal(hurry->views_at, 7);
    assert_int_equal(committed_views(), 7);
    struct jstate known;
    journal_state(j, &known);
    assert_int_equal(known.views_at, 7);
}

static void closing_settles_what_is_inside(void **state)
{
    (void)state;
    struct jgroup *g[6];
    assert_int_equal(follow(), J_OK);
    for (int i = 0; i < 6; i++)
        append(g[i] = events(i % 2 == 0 ? LANE_BULK : LANE_URGENT, 40));
    journal_close(&j);
    assert_null(j);
    assert_int_equal(settled_n, 6);
    for (int i = 0; i < 6; i++) {
        all_stored(g[i]);
        drop_rows(g[i]);
    }
    assert_int_equal(committed_views(), 240);
}

static void views_that_are_behind_are_brought_on(void **state)
{
    (void)state;
    struct err err;
    char why[128];
    assert_int_equal(follow(), J_OK);
    drop_rows(decided(events(LANE_BULK, 100)));
    journal_close(&j);
    uint64_t whole = scratch_sum(s.store);
    uint8_t hash[ENTRY_HASH_BYTES];
    memcpy(hash, views_hash(s.views), sizeof hash);

    struct scratch half;
    scratch_open(&half);
    scratch_replay(s.store, &half, 30);
    assert_true(scratch_same_views(s.store, half.store, why));
    scratch_close(&half);

    views_close(&s.views);
    assert_int_equal(store_forget_views(s.store, &err), 0);
    assert_int_equal(views_open(&s.views, s.store, &err), 0);
    assert_int_equal(views_seq(s.views), 0);
    open_journal();
    assert_int_equal(follow(), J_OK);
    assert_int_equal(views_seq(s.views), 100);
    assert_memory_equal(views_hash(s.views), hash, sizeof hash);
    assert_int_equal(scratch_sum(s.store), whole);
    struct jgroup *g = decided(events(LANE_BULK, 1));
    assert_int_equal(g->outcomes[0].facts.seq, 101);
    drop_rows(g);
}

static void views_that_saw_another_log_are_told_so(void **state)
{
    (void)state;
    struct err err = {""};
    static const uint8_t other[ENTRY_HASH_BYTES] = {9};
    assert_int_equal(follow(), J_OK);
    drop_rows(decided(events(LANE_BULK, 5)));
    restart();
    assert_int_equal(journal_follow(j, 5, other, &err), J_DIVERGED);
    assert_true(err.text[0] != '\0');
    assert_int_equal(journal_follow(j, 3, other, &err), J_DIVERGED);
    assert_int_equal(journal_follow(j, 6, views_hash(s.views), &err), J_LOST); /* set back */
    assert_int_equal(follow(), J_OK);
}

static void a_log_that_begins_later_is_gone(void **state)
{
    (void)state;
    assert_int_equal(follow(), J_OK);
    drop_rows(decided(events(LANE_BULK, 5)));
    forget_views();
    lose_rows(1, 2);
    open_journal();
    assert_int_equal(follow(), J_GONE);
}

/* ---- the fake form ---- */

static void it_holds_a_group_as_long_as_it_is_told(void **state)
{
    (void)state;
    assert_int_equal(follow(), J_OK);
    journal_fake_plan(j)->delay = 3;
    append(events(LANE_BULK, 1));
    for (int i = 0; i < 3; i++) {
        journal_work(j);
        assert_int_equal(settled_n, 0);
        assert_int_equal(views_seq(s.views), 0);
    }
    journal_work(j);
    assert_int_equal(settled_n, 1);
    drop_rows(settled[0]);
}

static void it_answers_unknown_and_stores_later(void **state)
{
    (void)state;
    assert_int_equal(follow(), J_OK);
    *journal_fake_plan(j) =
        (struct journal_fake_plan){.rc = J_UNKNOWN, .times = 1, .late = true, .late_after = 2};
    struct jgroup *g = decided(events(LANE_BULK, 4));
    assert_int_equal(g->rc, J_UNKNOWN);
    assert_int_equal(g->done, 0);
    assert_int_equal(scratch_rows(s.store, TABLE_LOG), 0);
    while (journal_fake_seen(j)->late == 0)
        journal_work(j);
    assert_int_equal(scratch_rows(s.store, TABLE_LOG), 4);
    decided(g); /* the same again */
    assert_true(g->outcomes[3].duplicate);
    assert_int_equal(g->outcomes[3].other_seq, 4);
    drop_rows(g);
}

static void what_comes_twice_ends_as_one(void **state)
{
    (void)state;
    assert_int_equal(follow(), J_OK);
    journal_fake_plan(j)->twice = true;
    for (int i = 0; i < 5; i++)
        drop_rows(decided(events(LANE_BULK, 4)));
    journal_fake_plan(j)->twice = false;
    for (int i = 0; i < 3; i++)
        journal_work(j);
    assert_int_equal(journal_fake_seen(j)->again, 20);
    assert_int_equal(journal_fake_seen(j)->again_new, 0);
    assert_int_equal(scratch_rows(s.store, TABLE_LOG), 20);
}

static void it_says_full_no_quorum_busy_and_broken(void **state)
{
    (void)state;
    static const enum jrc rcs[] = {J_FULL, J_NO_QUORUM, J_BROKEN};
    assert_int_equal(follow(), J_OK);
    for (int i = 0; i < 3; i++) {
        *journal_fake_plan(j) = (struct journal_fake_plan){.rc = rcs[i], .times = 1, .first = 1};
        struct jgroup *g = decided(events(LANE_URGENT, 2));
        assert_int_equal(g->rc, rcs[i]);
        assert_int_equal(g->done, 1);
        drop_rows(g);
    }
    *journal_fake_plan(j) = (struct journal_fake_plan){.rc = J_BUSY, .times = 1};
    struct jgroup *g = events(LANE_URGENT, 1);
    assert_int_equal(journal_append(j, g), J_BUSY);
    drop_rows(decided(g));
    assert_int_equal(scratch_rows(s.store, TABLE_LOG), 4);
}

static void it_says_gone_and_diverged(void **state)
{
    (void)state;
    static const enum jrc rcs[] = {J_GONE, J_DIVERGED, J_BROKEN, J_OK};
    for (int i = 0; i < 4; i++) {
        journal_fake_plan(j)->follow = rcs[i];
        assert_int_equal(follow(), rcs[i]);
    }
}

static enum form local = LOCAL, fake = FAKE;
#define with_both(test) with(test, local), with(test, fake)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_both(groups_of_a_lane_settle_in_order_with_dense_numbers),
        with_both(what_is_settled_is_in_the_log),
        with_both(each_entry_gets_its_own_verdict),
        with_both(a_repeat_gets_the_first_row_also_after_a_restart),
        with_both(the_views_are_committed_when_a_group_wants_it),
        with_both(closing_settles_what_is_inside),
        with_both(views_that_are_behind_are_brought_on),
        with_both(views_that_saw_another_log_are_told_so),
        with_both(a_log_that_begins_later_is_gone),
        with(it_holds_a_group_as_long_as_it_is_told, fake),
        with(it_answers_unknown_and_stores_later, fake),
        with(what_comes_twice_ends_as_one, fake),
        with(it_says_full_no_quorum_busy_and_broken, fake),
        with(it_says_gone_and_diverged, fake),
    };
    alarm(300); /* a thread that never ends is a failure too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
