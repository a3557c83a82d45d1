/* views: what a move and a reclass may do to a case. */
#include "views_ground.h"

static void a_move_changes_state_and_version_and_is_in_the_history(void **state)
{
    (void)state;
    apply(an_event(&a, .kecamatan = "utara"));
    struct outcome o = apply(a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED, .version = 1));
    assert_int_equal(o.verdict, V_DONE);
    assert_int_equal(o.facts.seq, 2);
    assert_int_equal(o.facts.case_seq, 1);
    assert_int_equal(o.facts.version, 2);
    assert_int_equal(o.facts.from, STATE_ASSIGNED);
    assert_int_equal(o.facts.state, STATE_ACKNOWLEDGED);
    assert_int_equal(o.facts.counter, 1);
    assert_true(slice_is(o.facts.owner, "damkar"));
    struct case_row c = case_of(1);
    assert_int_equal(c.state, STATE_ACKNOWLEDGED);
    assert_int_equal(c.version, 2);
    assert_int_equal(c.last_seq, 2);
    assert_true(slice_is(c.kecamatan, "utara"));
    assert_int_equal(scratch_rows(s.store, TABLE_HISTORY), 1);
    assert_int_equal(scratch_rows(s.store, TABLE_CASES), 1);
}

static void a_move_may_name_the_ticket(void **state)
{
    (void)state;
    struct outcome o = apply(an_event(&a));
    o = apply(a_move(&a, .ticket = ticket_of(&o.facts), .to = STATE_ACKNOWLEDGED));
    assert_int_equal(o.verdict, V_DONE);
    assert_int_equal(o.facts.case_seq, 1);
    refused(a_move(&a, .ticket = {KIND_EMERGENCY, 1, 1}, .to = STATE_ACKNOWLEDGED), E_REF);
}

static void open_cases_are_counted_through_every_move(void **state)
{
    (void)state;
    static const struct {
        uint8_t to;
        unsigned open;
    } steps[] = {{STATE_ACKNOWLEDGED, 2}, {STATE_IN_PROGRESS, 2}, {STATE_WAITING_BUDGET, 2},
                 {STATE_IN_PROGRESS, 2},  {STATE_RESOLVED, 1},    {STATE_REOPENED, 2},
                 {STATE_ASSIGNED, 2},     {STATE_CANCELLED, 1}};
    apply(an_event(&a, .owner = "poc"));
    apply(an_event(&a));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_int_equal(
            apply(a_move(&a, .of = 1, .to = steps[i].to, .outcome = OUTCOME_FIXED)).verdict,
            V_DONE);
        assert_int_equal(views_open_cases(s.views), steps[i].open);
    }
    scratch_commit(&s);
    scratch_reopen(&s);
    assert_int_equal(views_open_cases(s.views), 1);
    assert_int_equal(case_of(1).version, 9);
}

static void a_move_against_an_old_version_is_told_what_is(void **state)
{
    (void)state;
    apply(an_event(&a));
    apply(a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED, .version = 1));
    struct outcome o = refused(a_move(&a, .of = 1, .to = STATE_CANCELLED, .version = 1), E_STALE);
    assert_int_equal(o.facts.state, STATE_ACKNOWLEDGED);
    assert_int_equal(o.facts.version, 2);
    assert_int_equal(o.other_seq, 2);
    refused(a_move(&a, .of = 1, .to = STATE_CANCELLED, .version = 3), E_STALE);
    assert_int_equal(apply(a_move(&a, .of = 1, .to = STATE_IN_PROGRESS, .version = 2)).verdict,
                     V_DONE);
}

static void a_move_that_is_not_in_the_table_is_refused(void **state)
{
    (void)state;
    apply(an_event(&a));
    struct outcome o = refused(a_move(&a, .of = 1, .to = STATE_RESOLVED), E_STATE);
    assert_int_equal(o.facts.state, STATE_ASSIGNED);
    assert_int_equal(o.facts.version, 1);
    assert_int_equal(o.other_seq, 1);
    refused(a_move(&a, .of = 1, .to = STATE_ASSIGNED), E_STATE);
    refused(a_move(&a, .of = 1, .to = 0), E_STATE);
}

static void a_role_may_do_only_its_own(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    refused(a_move(&a, .of = 1, .to = STATE_CANCELLED, .role = ROLE_HANDLER, .own = "damkar"),
            E_ROLE);
    refused(a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED, .role = ROLE_FIELD), E_ROLE);
    refused(a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED, .role = ROLE_HANDLER, .own = "pupr"),
            E_ROLE);
    refused(a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED, .role = ROLE_HANDLER, .own = ""), E_ROLE);
    struct outcome o =
        apply(a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED, .role = ROLE_HANDLER, .own = "damkar"));
    assert_int_equal(o.verdict, V_DONE);
}

static void a_source_of_exercises_changes_nothing_actual(void **state)
{
    (void)state;
    apply(an_event(&a));
    apply(an_event(&a, .mode = MODE_EXERCISE));
    refused(a_move(&a, .of = 1, .act = ACT_ACK, .choices = CHOICE_DRILL), E_MODE);
    refused(a_work(&a, .of = 1, .act = WORK_TAKE, .attempt = 1, .choices = CHOICE_DRILL), E_MODE);
    done(a_move(&a, .of = 2, .act = ACT_ACK, .choices = CHOICE_DRILL));
}

static void a_move_of_nothing_is_refused(void **state)
{
    (void)state;
    apply(an_event(&a));
    apply(a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED));
    refused(a_move(&a, .of = 99, .to = STATE_ACKNOWLEDGED), E_REF);
    refused(a_move(&a, .of = 2, .to = STATE_IN_PROGRESS), E_REF); /* an entry, but not a case */
    refused(a_move(&a, .to = STATE_ACKNOWLEDGED), E_REF);
}

static void a_refused_move_may_come_again_with_its_key(void **state)
{
    (void)state;
    apply(an_event(&a));
    refused(a_move(&a, .key = "m", .of = 1, .to = STATE_IN_PROGRESS), E_STATE);
    apply(a_move(&a, .of = 1, .to = STATE_ACKNOWLEDGED));
    struct outcome o = apply(a_move(&a, .key = "m", .of = 1, .to = STATE_IN_PROGRESS));
    assert_int_equal(o.verdict, V_DONE);
    assert_false(o.duplicate);
    o = apply(a_move(&a, .key = "m", .of = 1, .to = STATE_IN_PROGRESS));
    assert_true(o.duplicate); /* not E_STATE: it is the same move */
    assert_int_equal(o.other_seq, 3);
}

/* ---- reclass ---- */

static void one_step_makes_a_prank_real(void **state)
{
    (void)state;
    apply(an_event(&a, .call_class = CALL_CLASS_PRANK, .owner = "damkar"));
    struct outcome o = apply(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_REAL));
    assert_int_equal(o.verdict, V_DONE);
    assert_int_equal(o.facts.state, STATE_ASSIGNED);
    assert_true(slice_is(o.facts.owner, "damkar"));
    assert_int_equal(views_open_cases(s.views), 1);
    struct case_row c = case_of(1);
    assert_int_equal(c.call_class, CALL_CLASS_REAL);
    assert_true(slice_is(cases_owner(&c), "damkar"));
    assert_int_equal(c.routed.n, 0);
}

static void and_back_it_is_the_pocs_and_remembers_whose_it_was(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    apply(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_GHOST));
    struct case_row c = case_of(1);
    assert_int_equal(c.state, STATE_CLOSED);
    assert_true(slice_is(cases_owner(&c), "poc"));
    assert_true(slice_is(c.routed, "damkar"));
    apply(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_TEST)); /* from one noise to another */
    c = case_of(1);
    assert_true(slice_is(c.routed, "damkar"));
    apply(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_REAL));
    assert_true(owned_by(1, "damkar"));
    assert_int_equal(views_open_cases(s.views), 1);
}

static void reclassing_to_what_it_is_is_refused(void **state)
{
    (void)state;
    apply(an_event(&a));
    refused(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_REAL), E_STATE);
    refused(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_TEST, .version = 7), E_STALE);
    refused(a_reclass(&a, .of = 9, .call_class = CALL_CLASS_TEST), E_REF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_views(a_move_changes_state_and_version_and_is_in_the_history),
        with_views(a_move_may_name_the_ticket),
        with_views(open_cases_are_counted_through_every_move),
        with_views(a_move_against_an_old_version_is_told_what_is),
        with_views(a_move_that_is_not_in_the_table_is_refused),
        with_views(a_role_may_do_only_its_own),
        with_views(a_source_of_exercises_changes_nothing_actual),
        with_views(a_move_of_nothing_is_refused),
        with_views(a_refused_move_may_come_again_with_its_key),
        with_views(one_step_makes_a_prank_real),
        with_views(and_back_it_is_the_pocs_and_remembers_whose_it_was),
        with_views(reclassing_to_what_it_is_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
