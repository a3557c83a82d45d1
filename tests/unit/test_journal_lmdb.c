/* journal_lmdb: the local form's own: lanes, closing, full maps, restarts, a damaged log. */
#include "journal_ground.h"

#include <sys/wait.h>

/* Both wait before the thread begins: what it does with them is not a race. */
static void the_urgent_lane_goes_first(void **state)
{
    (void)state;
    struct jgroup *bulk = events(LANE_BULK, 1000), *later = events(LANE_BULK, 10),
                  *urgent = events(LANE_URGENT, 5);
    append(bulk);
    append(later);
    append(urgent);
    assert_int_equal(follow(), J_OK);
    wait_for(3);
    assert_ptr_equal(settled[0], urgent);
    assert_ptr_equal(settled[1], bulk);
    assert_ptr_equal(settled[2], later);
    assert_int_equal(urgent->outcomes[0].facts.seq, 1);
    assert_true(urgent->head < 1005); /* it did not wait for all of the bulk */
    all_stored(urgent);
    all_stored(bulk);
    all_stored(later);
    assert_int_equal(later->outcomes[9].facts.seq, 1015);
    drop_rows(bulk);
    drop_rows(later);
    drop_rows(urgent);
}

static void urgent_entries_overtake_a_group_that_is_being_applied(void **state)
{
    (void)state;
    unsigned overtaken = 0;
    assert_int_equal(follow(), J_OK);
    for (int i = 0; i < 10; i++) {
        struct jgroup *bulk = events(LANE_BULK, 1000), *urgent = events(LANE_URGENT, 1);
        unsigned before = settled_n;
        append(bulk);
        append(urgent);
        wait_for(before + 2);
        all_stored(bulk);
        all_stored(urgent);
        if (urgent->outcomes[0].facts.seq < bulk->outcomes[999].facts.seq) {
            assert_ptr_equal(settled[before], urgent);
            overtaken++;
        }
        drop_rows(bulk);
        drop_rows(urgent);
    }
    assert_true(overtaken > 0);
    assert_int_equal(scratch_rows(s.store, TABLE_LOG), 10010);
}

/* The word that ends the thread comes while a large group is being applied, or right behind one
 * that fills the views. */
static void closing_in_the_middle_of_a_large_group_settles_it(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4096, 4095, 65, 64, 700, 1};
    uint64_t total = 0;
    assert_int_equal(follow(), J_OK);
    for (int i = 0; i < 6; i++) {
        struct jgroup *bulk = events(LANE_BULK, sizes[i]), *second = events(LANE_BULK, 3);
        bulk->commit_views = i % 2 == 0;
        append(bulk);
        if (i % 3 == 0)
            append(second);
        journal_close(&j);
        assert_int_equal(settled_n, i % 3 == 0 ? 2 : 1);
        all_stored(bulk);
        total += sizes[i] + second->done;
        assert_int_equal(committed_views(), total);
        drop_rows(bulk);
        drop_rows(second);
        open_journal();
        assert_int_equal(follow(), J_OK);
    }
}

static void tiny(unsigned journal_mib, unsigned views_mib)
{
    journal_close(&j);
    scratch_close(&s);
    scratch_open_sized(&s, journal_mib, views_mib);
    open_journal();
    assert_int_equal(follow(), J_OK);
}

static char *long_body(uint64_t *seed)
{
    uint32_t n = entries_below(seed, 3000);
    char *body = arena_alloc(&a, n + 1);
    memset(body, 'x', n);
    return body;
}

/* Sizes by chance, so that the map gets full at every place of the way, the commit too. */
static void fill_until_full(unsigned times_full, uint64_t seed)
{
    print_message("seed %llu\n", (unsigned long long)seed);
    uint64_t head = views_seq(s.views);
    unsigned full = 0;
    for (unsigned i = 0; full < times_full; i++) {
        uint32_t n = 1 + entries_below(&seed, 3);
        struct jgroup *g = group_of(i % 2 == 0 ? LANE_BULK : LANE_URGENT, n);
        while (g->count < n)
            add(g, an_event(&a, .body = long_body(&seed)));
        settled_n = 0;
        decided(g);
        assert_true(g->rc == J_OK || g->rc == J_FULL);
        head += g->rc == J_OK ? n : 0;
        assert_int_equal(g->head, head);
        assert_int_equal(g->done, g->rc == J_OK ? n : 0);
        if (g->rc == J_OK)
            assert_int_equal(g->outcomes[n - 1].facts.seq, head);
        else
            assert_non_null(strstr(g->err.text, "full"));
        full += g->rc == J_FULL;
        assert_true(i < 20000);
        drop_rows(g);
        arena_reset(&a);
    }
}

static void grow_and_go_on(void)
{
    journal_close(&j);
    uint64_t head = scratch_rows(s.store, TABLE_LOG);
    s.mib[STORE_JOURNAL] = s.mib[STORE_VIEWS] = 16;
    scratch_reopen(&s);
    open_journal();
    assert_int_equal(follow(), J_OK);
    assert_int_equal(views_seq(s.views), head);
    struct jgroup *g = decided(events(LANE_BULK, 50));
    all_stored(g);
    assert_int_equal(g->outcomes[0].facts.seq, head + 1);
    drop_rows(g);
}

static void a_full_journal_stores_nothing_of_a_group_and_lives_on(void **state)
{
    (void)state;
    tiny(1, 16);
    fill_until_full(40, 20261124);
    grow_and_go_on();
}

static struct entry *an_erasure_of(uint64_t seq)
{
    struct entry *e = entries_change(&a, &(struct wish){.of = seq}, ENTRY_ERASE);
    e->act = ERASURE_TEXTS;
    return e;
}

/* What was stored can be destroyed when nothing else is taken any more. */
static void erasing_goes_on_where_nothing_else_fits(void **state)
{
    (void)state;
    tiny(1, 16);
    fill_until_full(40, 20261128);
    struct jgroup *mixed = group_of(LANE_URGENT, 2), *erasing = group_of(LANE_URGENT, 1);
    add(mixed, an_erasure_of(1));
    add(mixed, an_event(&a, .kind = KIND_EMERGENCY));
    add(erasing, an_erasure_of(2));
    assert_int_equal(decided(mixed)->rc, J_FULL);
    assert_int_equal(decided(erasing)->rc, J_OK);
    assert_int_equal(erasing->outcomes[0].verdict, V_DONE);
    drop_rows(mixed);
    drop_rows(erasing);
}

static void full_views_store_nothing_of_a_group_and_live_on(void **state)
{
    (void)state;
    tiny(16, 1);
    fill_until_full(10, 4711);
    grow_and_go_on();
}

/* A process that ends without a word: the log has what was settled, the views come after. */
static void crash_after(unsigned groups)
{
    journal_close(&j);
    views_close(&s.views);
    store_close(&s.store);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        scratch_reopen(&s);
        open_journal();
        if (follow() != J_OK)
            _exit(1);
        for (unsigned i = 0; i < groups; i++)
            decided(events(LANE_BULK, 10));
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    scratch_reopen(&s);
    open_journal();
}

static void after_a_crash_the_views_catch_up(void **state)
{
    (void)state;
    crash_after(30);
    assert_int_equal(scratch_rows(s.store, TABLE_LOG), 300);
    assert_true(views_seq(s.views) < 300); /* else this test says nothing */
    assert_int_equal(follow(), J_OK);
    assert_int_equal(views_seq(s.views), 300);
    assert_int_equal(committed_views(), 300);
    struct jgroup *g = decided(events(LANE_BULK, 1));
    assert_int_equal(g->outcomes[0].facts.seq, 301);
    drop_rows(g);
}

static void change_row(uint64_t seq, bool crc_too)
{
    struct txn t;
    struct err err;
    struct slice row;
    struct rowkey k = rowkey_seq(seq);
    txn_begin(&t, s.store, STORE_JOURNAL, true);
    assert_true(rows_at(&t, seq, &row));
    struct slice copy = arena_copy(&a, row.p, row.n);
    if (crc_too) { /* a row that is sound in itself: what another number holds */
        assert_true(rows_at(&t, seq + 1, &row));
        copy = arena_copy(&a, row.p, row.n);
        entry_row_sum(seq, (uint8_t *)copy.p, copy.n);
    } else {
        ((char *)copy.p)[copy.n - 1] ^= 1;
    }
    txn_put(&t, TABLE_LOG, &k, copy.p, copy.n);
    assert_int_equal(txn_commit(&t, &err), 0);
}

static void a_damaged_row_is_named(void **state)
{
    (void)state;
    struct err err = {""};
    assert_int_equal(follow(), J_OK);
    drop_rows(decided(events(LANE_BULK, 20)));
    forget_views();
    change_row(13, false);
    open_journal();
    assert_int_equal(journal_follow(j, 0, views_hash(s.views), &err), J_DAMAGED);
    assert_non_null(strstr(err.text, "entry 13"));
}

static void an_altered_row_breaks_the_chain(void **state)
{
    (void)state;
    struct err err = {""};
    assert_int_equal(follow(), J_OK);
    drop_rows(decided(events(LANE_BULK, 20)));
    forget_views();
    change_row(13, true);
    open_journal();
    assert_int_equal(journal_follow(j, 0, views_hash(s.views), &err), J_DIVERGED);
    assert_non_null(strstr(err.text, "entry 13"));
}

static void a_hole_in_the_log_is_not_taken_for_its_end(void **state)
{
    (void)state;
    struct err err = {""};
    assert_int_equal(follow(), J_OK);
    drop_rows(decided(events(LANE_BULK, 20)));
    forget_views();
    lose_rows(13, 13);
    open_journal();
    assert_int_equal(journal_follow(j, 0, views_hash(s.views), &err), J_DAMAGED);
    assert_non_null(strstr(err.text, "entry 13"));
}

static enum form local = LOCAL;

int main(void)
{
    const struct CMUnitTest tests[] = {
        with(the_urgent_lane_goes_first, local),
        with(urgent_entries_overtake_a_group_that_is_being_applied, local),
        with(closing_in_the_middle_of_a_large_group_settles_it, local),
        with(a_full_journal_stores_nothing_of_a_group_and_lives_on, local),
        with(erasing_goes_on_where_nothing_else_fits, local),
        with(full_views_store_nothing_of_a_group_and_live_on, local),
        with(after_a_crash_the_views_catch_up, local),
        with(a_damaged_row_is_named, local),
        with(an_altered_row_breaks_the_chain, local),
        with(a_hole_in_the_log_is_not_taken_for_its_end, local),
    };
    alarm(300); /* a thread that never ends is a failure too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
