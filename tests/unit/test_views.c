/* views: events, keys and references; what is committed and what is dropped. */
#include "views_ground.h"

/* ---- events ---- */

static void an_emergency_is_assigned_to_its_owner_at_once(void **state)
{
    (void)state;
    struct outcome o = apply(an_event(&a, .owner = "damkar", .kecamatan = "utara"));
    assert_int_equal(o.verdict, V_DONE);
    assert_int_equal(o.facts.seq, 1);
    assert_int_equal(o.facts.case_seq, 1);
    assert_int_equal(o.facts.version, 1);
    assert_int_equal(o.facts.state, STATE_ASSIGNED);
    struct case_row c = case_of(1);
    assert_int_equal(c.state, STATE_ASSIGNED);
    assert_int_equal(c.last_seq, 1);
    assert_true(slice_is(cases_owner(&c), "damkar"));
    assert_true(slice_is(c.kecamatan, "utara"));
    assert_int_equal(c.routed.n, 0);
    assert_int_equal(views_open_cases(s.views), 1);
}

static void complaints_begin_received_and_reports_assigned(void **state)
{
    (void)state;
    assert_int_equal(apply(an_event(&a, .kind = KIND_COMPLAINT)).facts.state, STATE_RECEIVED);
    assert_int_equal(apply(an_event(&a, .kind = KIND_REPORT)).facts.state, STATE_ASSIGNED);
    assert_int_equal(views_open_cases(s.views), 2);
}

static void exercises_are_not_among_the_open_cases(void **state)
{
    (void)state;
    apply(an_event(&a, .mode = MODE_EXERCISE));
    assert_int_equal(views_open_cases(s.views), 0);
    apply(an_event(&a));
    done(a_move(&a, .of = 1, .act = ACT_CANCEL, .reason = "usai"));
    assert_int_equal(views_open_cases(s.views), 1);
    done(a_move(&a, .of = 2, .act = ACT_CANCEL, .reason = "keliru"));
    assert_int_equal(views_open_cases(s.views), 0);
}

static void a_call_that_is_not_real_stays_with_the_poc_and_is_closed(void **state)
{
    (void)state;
    for (uint8_t class = CALL_CLASS_INFORMATION; class <= CALL_CLASS_TEST; class ++) {
        struct outcome o = apply(an_event(&a, .call_class = class));
        assert_int_equal(o.facts.state, STATE_CLOSED);
        assert_true(slice_is(o.facts.owner, "poc"));
        struct case_row c = case_of(o.facts.seq);
        assert_true(slice_is(cases_owner(&c), "poc"));
        assert_true(slice_is(c.routed, "damkar"));
    }
    assert_int_equal(views_open_cases(s.views), 0);
}

static void tickets_count_per_kind_and_day(void **state)
{
    (void)state;
    static const struct {
        uint8_t kind;
        uint32_t day, counter;
    } want[] = {{KIND_EMERGENCY, 100, 1}, {KIND_EMERGENCY, 100, 2}, {KIND_COMPLAINT, 100, 1},
                {KIND_EMERGENCY, 101, 1}, {KIND_EMERGENCY, 100, 3}, {KIND_COMPLAINT, 100, 2},
                {KIND_REPORT, 101, 1},    {KIND_EMERGENCY, 101, 2}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct outcome o = apply(an_event(&a, .kind = want[i].kind, .day = want[i].day));
        assert_int_equal(o.facts.counter, want[i].counter);
        assert_int_equal(o.facts.day, want[i].day);
        if (i % 3 == 0) /* also over commits, ... */
            scratch_commit(&s);
    }
    scratch_commit(&s);
    apply(an_event(&a, .day = 100));
    scratch_abandon(&s); /* ... a dropped transaction, ... */
    assert_int_equal(apply(an_event(&a, .day = 100)).facts.counter, 4);
    scratch_commit(&s);
    scratch_reopen(&s); /* ... and a restart */
    assert_int_equal(apply(an_event(&a, .day = 100)).facts.counter, 5);
}

static void a_ticket_finds_its_case(void **state)
{
    (void)state;
    apply(an_event(&a));
    struct outcome o = apply(an_event(&a));
    struct txn t;
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    assert_int_equal(cases_by_ticket(&t, ticket_of(&o.facts)), 2);
    assert_int_equal(cases_by_ticket(&t, (struct ticket){KIND_REPORT, o.facts.day, 1}), 0);
    assert_int_equal(cases_by_ticket(&t, (struct ticket){0}), 0);
    txn_abort(&t);
}

static void numbers_are_dense_and_time_never_runs_back(void **state)
{
    (void)state;
    static const int64_t at[] = {100, 50, 100, 101, 3, 200},
                         want[] = {100, 100, 100, 101, 101, 200};
    for (size_t i = 0; i < 6; i++) {
        struct outcome o = apply(an_event(&a, .at_us = at[i] * STAMP_SECOND));
        assert_int_equal(o.facts.seq, i + 1);
        assert_int_equal(o.facts.at_us, want[i] * STAMP_SECOND);
        assert_int_equal(views_time(s.views), want[i] * STAMP_SECOND);
    }
}

/* ---- keys ---- */

static void the_same_key_and_content_is_the_first_one(void **state)
{
    (void)state;
    apply(an_event(&a, .key = "k1", .title = "Api"));
    for (int committed = 0; committed < 2; committed++) {
        struct outcome o = apply(an_event(&a, .key = "k1", .title = "Api", .owner = "pupr"));
        assert_int_equal(o.verdict, V_DONE);
        assert_true(o.duplicate);
        assert_int_equal(o.other_seq, 1);
        assert_int_equal(views_seq(s.views), 1);
        scratch_commit(&s);
        scratch_reopen(&s);
    }
    assert_int_equal(scratch_rows(s.store, TABLE_CASES), 1);
}

static void the_same_key_and_other_content_is_refused(void **state)
{
    (void)state;
    apply(an_event(&a, .key = "k1", .title = "Api"));
    struct outcome o = refused(an_event(&a, .key = "k1", .title = "Banjir"), E_KEY_REUSED);
    assert_int_equal(o.other_seq, 1);
    o = refused(a_move(&a, .key = "k1", .of = 1, .to = STATE_ACKNOWLEDGED), E_KEY_REUSED);
    assert_int_equal(o.other_seq, 1);
}

static void keys_belong_to_their_source(void **state)
{
    (void)state;
    apply(an_event(&a, .source = "meja-1", .key = "k1", .title = "Api"));
    assert_false(apply(an_event(&a, .source = "meja-2", .key = "k1", .title = "Banjir")).duplicate);
    assert_false(apply(an_event(&a, .source = "meja-1", .key = "k2", .title = "Api")).duplicate);
    /* where a name ends and a key begins is part of it */
    apply(an_event(&a, .source = "ab", .key = "c", .title = "Api"));
    assert_false(apply(an_event(&a, .source = "a", .key = "bc", .title = "Api")).duplicate);
    assert_int_equal(views_seq(s.views), 5);
}

static void a_key_is_kept_400_days_by_the_time_of_the_journal(void **state)
{
    (void)state;
    const int64_t first = ENTRIES_AT, last = first + 400 * STAMP_DAY;
    apply(an_event(&a, .key = "k1", .title = "Api", .at_us = first));
    assert_true(apply(an_event(&a, .key = "k1", .title = "Api", .at_us = last)).duplicate);
    assert_int_equal(apply(an_event(&a, .key = "k1", .title = "x", .at_us = last)).verdict,
                     E_KEY_REUSED);
    struct outcome o = apply(an_event(&a, .key = "k1", .title = "x", .at_us = last + 1));
    assert_int_equal(o.verdict, V_DONE);
    assert_false(o.duplicate);
    assert_int_equal(o.facts.seq, 2);
    /* the clock of another node may be slow: the journal's time counts, not the entry's */
    assert_true(apply(an_event(&a, .key = "k1", .title = "x", .at_us = first)).duplicate);
}

static void what_the_city_does_not_take_any_more_passes_as_a_repeat_only(void **state)
{
    (void)state;
    apply(an_event(&a, .key = "k1", .title = "Api"));
    struct entry *repeat = an_event(&a, .key = "k1", .title = "Api");
    struct entry *fresh = an_event(&a, .key = "k2", .title = "Api");
    repeat->unless_known = fresh->unless_known = E_CATEGORY;
    struct outcome o = apply(repeat);
    assert_int_equal(o.verdict, V_DONE);
    assert_true(o.duplicate);
    refused(fresh, E_CATEGORY);
    struct entry *other = an_event(&a, .key = "k1", .title = "Banjir");
    other->unless_known = E_CATEGORY;
    refused(other, E_KEY_REUSED);
}

/* ---- references ---- */

static void a_reference_to_nothing_refuses_all_but_emergencies(void **state)
{
    (void)state;
    struct ticket nothing = {KIND_EMERGENCY, 1, 1};
    refused(an_event(&a, .kind = KIND_COMPLAINT, .ref = nothing), E_REF);
    refused(an_event(&a, .kind = KIND_REPORT, .ref = nothing), E_REF);
    struct outcome o = apply(an_event(&a, .ref = nothing, .flags = FLAG_NO_PLACE));
    assert_int_equal(o.verdict, V_DONE);
    assert_int_equal(o.facts.flags, FLAG_REF_DROPPED | FLAG_NO_PLACE);
    assert_int_equal(case_of(1).flags, FLAG_REF_DROPPED | FLAG_NO_PLACE);
    o = apply(an_event(&a, .kind = KIND_REPORT, .ref = ticket_of(&o.facts)));
    assert_int_equal(o.verdict, V_DONE);
    assert_int_equal(o.facts.flags, 0);
}

/* ---- the index follows ---- */

static bool indexed(uint64_t seq, enum index_dimension d, struct slice value)
{
    struct txn t;
    struct index_set set;
    index_set_clear(&set);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    index_or(&t, 0, d, value, &set);
    txn_abort(&t);
    return index_set_has(&set, (uint32_t)seq);
}

static void the_index_follows_state_and_owner(void **state)
{
    (void)state;
    static const char assigned = STATE_ASSIGNED, closed = STATE_CLOSED,
                      class = KIND_EMERGENCY << 4 | SEVERITY_SEVERE;
    apply(an_event(&a, .owner = "damkar", .kecamatan = "utara"));
    scratch_commit(&s);
    assert_true(indexed(1, INDEX_STATE, (struct slice){&assigned, 1}));
    assert_true(indexed(1, INDEX_OWNER, slice_from("damkar")));
    apply(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_PRANK));
    scratch_commit(&s);
    assert_false(indexed(1, INDEX_STATE, (struct slice){&assigned, 1}));
    assert_true(indexed(1, INDEX_STATE, (struct slice){&closed, 1}));
    assert_false(indexed(1, INDEX_OWNER, slice_from("damkar")));
    assert_true(indexed(1, INDEX_OWNER, slice_from("poc")));
    assert_true(indexed(1, INDEX_KECAMATAN, slice_from("utara")));
    assert_true(indexed(1, INDEX_CLASS, (struct slice){&class, 1}));
}

/* ---- commit and abandon ---- */

static void what_is_abandoned_was_never_there(void **state)
{
    (void)state;
    apply(an_event(&a, .key = "k1"));
    scratch_commit(&s);
    uint64_t before = scratch_sum(s.store);
    uint8_t hash[ENTRY_HASH_BYTES];
    memcpy(hash, views_hash(s.views), sizeof hash);
    apply(an_event(&a, .key = "k2"));
    apply(a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED));
    scratch_abandon(&s);
    assert_int_equal(views_seq(s.views), 1);
    assert_int_equal(views_open_cases(s.views), 1);
    assert_memory_equal(views_hash(s.views), hash, sizeof hash);
    assert_int_equal(scratch_sum(s.store), before);
    assert_false(apply(an_event(&a, .key = "k2")).duplicate);
}

static void committing_nothing_is_nothing(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(views_commit(s.views, &err), 0);
    apply(an_event(&a));
    scratch_commit(&s);
    uint64_t before = scratch_sum(s.store);
    assert_true(views_begin(s.views));
    assert_true(views_begin(s.views)); /* open already */
    assert_int_equal(views_commit(s.views, &err), 0);
    assert_int_equal(scratch_sum(s.store), before);
}

static void another_format_is_noticed(void **state)
{
    (void)state;
    struct txn t;
    struct err err;
    struct slice v;
    struct rowkey k = rowkey_new();
    apply(an_event(&a));
    scratch_commit(&s);
    assert_false(views_foreign(s.views));
    rowkey_bytes(&k, "reached", 7);
    txn_begin(&t, s.store, STORE_VIEWS, true);
    assert_true(txn_get(&t, TABLE_AT, &k, &v));
    struct slice copy = arena_copy(&a, v.p, v.n);
    ((char *)copy.p)[3]++;
    txn_put(&t, TABLE_AT, &k, copy.p, copy.n);
    assert_int_equal(txn_commit(&t, &err), 0);
    scratch_reopen(&s);
    assert_true(views_foreign(s.views));
}

static void a_full_map_is_an_error_and_loses_nothing_committed(void **state)
{
    (void)state;
    scratch_close(&s);
    scratch_open_sized(&s, 32, 1);
    struct outcome o;
    apply(an_event(&a, .key = "first"));
    scratch_commit(&s);
    unsigned n = 0;
    while (n < 100000 && scratch_apply(&s, an_event(&a), &o) == 0)
        n++;
    assert_true(n > 100 && n < 100000);
    assert_true(txn_full(views_txn(s.views)));
    scratch_abandon(&s);
    assert_int_equal(views_seq(s.views), 1);
    assert_true(apply(an_event(&a, .key = "first")).duplicate);
    assert_int_equal(apply(an_event(&a)).facts.seq, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_views(an_emergency_is_assigned_to_its_owner_at_once),
        with_views(complaints_begin_received_and_reports_assigned),
        with_views(exercises_are_not_among_the_open_cases),
        with_views(a_call_that_is_not_real_stays_with_the_poc_and_is_closed),
        with_views(tickets_count_per_kind_and_day),
        with_views(a_ticket_finds_its_case),
        with_views(numbers_are_dense_and_time_never_runs_back),
        with_views(the_same_key_and_content_is_the_first_one),
        with_views(the_same_key_and_other_content_is_refused),
        with_views(keys_belong_to_their_source),
        with_views(a_key_is_kept_400_days_by_the_time_of_the_journal),
        with_views(what_the_city_does_not_take_any_more_passes_as_a_repeat_only),
        with_views(a_reference_to_nothing_refuses_all_but_emergencies),
        with_views(the_index_follows_state_and_owner),
        with_views(what_is_abandoned_was_never_there),
        with_views(committing_nothing_is_nothing),
        with_views(another_format_is_noticed),
        with_views(a_full_map_is_an_error_and_loses_nothing_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
