/* views: a case of several SKPD, each with a part that lives for itself. */
#include "views_ground.h"

static const char *const BOTH[] = {"damkar", "dinkes"};

static struct outcome handler(const char *skpd, uint8_t act)
{
    return apply(a_move(&a, .of = 1, .act = act, .role = ROLE_HANDLER, .own = skpd,
                        .outcome = OUTCOME_FIXED, .reason = "alasan", .until_us = ENTRIES_AT + 9,
                        .milestone = MILESTONE_ON_SCENE, .claimed_us = ENTRIES_AT));
}

static struct outcome handled(const char *skpd, uint8_t act)
{
    struct outcome o = handler(skpd, act);
    assert_string_equal(verdict_name(o.verdict), verdict_name(V_DONE));
    return o;
}

static void work_up(const char *skpd)
{
    handled(skpd, ACT_ACK);
    handled(skpd, ACT_START);
}

static uint8_t state_of(const char *skpd)
{
    return part_of(1, skpd).state;
}

static void two_of_them(void)
{
    apply(an_event(&a, .owner = "damkar", .helpers = {"dinkes"}));
}

static void every_skpd_begins_with_a_part(void **state)
{
    (void)state;
    struct outcome o = apply(an_event(&a, .owner = "damkar", .helpers = {"dinkes", "polres"}));
    assert_true(slice_is(o.facts.helpers, "dinkes,polres"));
    assert_true(slice_is(o.facts.owner, "damkar"));
    struct case_row c = case_of(1);
    assert_int_equal(c.parts_n, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(c.parts[i].state, STATE_ASSIGNED);
        assert_int_equal(c.parts[i].queued, 1);
        assert_int_equal(c.parts[i].since_us, ENTRIES_AT);
        assert_int_equal(c.parts[i].milestone[MILESTONE_TICKETED], ENTRIES_AT);
    }
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 3);
}

static void a_part_moves_alone(void **state)
{
    (void)state;
    two_of_them();
    struct outcome o = handled("dinkes", ACT_ACK);
    assert_int_equal(o.facts.state, STATE_ASSIGNED); /* of the case: its owner's */
    assert_int_equal(o.facts.version, 2);
    assert_true(slice_is(o.facts.task, "dinkes"));
    assert_int_equal(o.facts.part, 1);
    assert_int_equal(o.facts.part_from, STATE_ASSIGNED);
    assert_int_equal(o.facts.part_state, STATE_ACKNOWLEDGED);
    assert_int_equal(state_of("damkar"), STATE_ASSIGNED);
    o = handled("damkar", ACT_ACK);
    assert_int_equal(o.facts.task.n, 0);
    assert_int_equal(o.facts.state, STATE_ACKNOWLEDGED);
    assert_int_equal(part_of(1, "dinkes").acked_us, ENTRIES_AT);
}

static void a_handler_touches_only_the_part_of_its_skpd(void **state)
{
    (void)state;
    two_of_them();
    refused(a_move(&a, .of = 1, .act = ACT_ACK, .role = ROLE_HANDLER, .own = "pupr"), E_ROLE);
    refused(a_move(&a, .of = 1, .act = ACT_ACK, .role = ROLE_HANDLER, .own = "dinkes",
                   .task = "damkar"),
            E_ROLE);
    refused(a_move(&a, .of = 1, .act = ACT_ACK, .role = ROLE_HANDLER, .own = "damkar",
                   .task = "dinkes"),
            E_ROLE);
    refused(a_move(&a, .of = 1, .act = ACT_ACK, .task = "pupr"), E_REF); /* has no part in it */
    done(a_move(&a, .of = 1, .act = ACT_ACK, .role = ROLE_HANDLER, .own = "dinkes",
                .task = "dinkes"));
    done(a_move(&a, .of = 1, .act = ACT_START, .task = "dinkes")); /* the operator, by name */
    assert_int_equal(state_of("dinkes"), STATE_IN_PROGRESS);
    assert_int_equal(state_of("damkar"), STATE_ASSIGNED);
}

static void what_concerns_the_whole_case_is_not_a_helpers_to_do(void **state)
{
    (void)state;
    two_of_them();
    refused(a_move(&a, .of = 1, .act = ACT_FORWARD, .role = ROLE_HANDLER, .own = "dinkes",
                   .target = "pupr", .reason = "x"),
            E_STATE);
    refused(a_move(&a, .of = 1, .act = ACT_SUPPORT, .role = ROLE_HANDLER, .own = "dinkes",
                   .target = "pupr"),
            E_STATE);
    refused(a_move(&a, .of = 1, .act = ACT_FORWARD, .task = "dinkes", .target = "pupr"), E_STATE);
}

static void the_owners_part_may_be_resolved_while_a_helpers_is_open(void **state)
{
    (void)state;
    two_of_them();
    work_up("damkar");
    work_up("dinkes");
    struct outcome o = handled("damkar", ACT_RESOLVE);
    assert_int_equal(o.facts.part_state, STATE_RESOLVED);
    assert_int_equal(o.facts.state, STATE_IN_PROGRESS);
    assert_int_equal(views_open_cases(s.views), 1);
    assert_int_equal(case_of(1).resolved_us, 0);
    refused(a_move(&a, .of = 1, .act = ACT_CLOSE), E_TASKS);
    refused(a_move(&a, .of = 1, .act = ACT_RATE, .choices = CHOICE_DONE), E_TASKS);
    o = handled("dinkes", ACT_RESOLVE);
    assert_int_equal(o.facts.state, STATE_RESOLVED);
    assert_int_equal(views_open_cases(s.views), 0);
    assert_int_equal(case_of(1).until_us, ENTRIES_AT + 9);
    done(a_move(&a, .of = 1, .act = ACT_CLOSE));
}

static void resolved_by_a_helper_first_it_stays_with_the_owner(void **state)
{
    (void)state;
    two_of_them();
    work_up("dinkes");
    struct outcome o = handled("dinkes", ACT_RESOLVE);
    assert_int_equal(o.facts.state, STATE_ASSIGNED);
    assert_int_equal(part_of(1, "dinkes").outcome, OUTCOME_FIXED);
    assert_int_equal(part_of(1, "damkar").outcome, 0);
    work_up("damkar");
    assert_int_equal(handled("damkar", ACT_RESOLVE).facts.state, STATE_RESOLVED);
}

static void a_helper_that_refuses_ends_its_part_alone(void **state)
{
    (void)state;
    two_of_them();
    struct outcome o = handled("dinkes", ACT_REFUSE);
    assert_int_equal(o.facts.part_state, STATE_REJECTED);
    assert_int_equal(o.facts.state, STATE_ASSIGNED);
    assert_true(slice_is(o.facts.owner, "damkar"));
    assert_int_equal(o.facts.before.n, 0);
    assert_int_equal(case_of(1).forwards, 0);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 1);
    assert_int_equal(handler("dinkes", ACT_ACK).verdict, E_STATE);
}

/* The last open part decides, however it ends. */
static void a_refusal_or_a_cancel_of_the_last_part_resolves_the_case(void **state)
{
    (void)state;
    two_of_them();
    work_up("damkar");
    handled("damkar", ACT_RESOLVE);
    assert_int_equal(handled("dinkes", ACT_REFUSE).facts.state, STATE_RESOLVED);
    assert_int_equal(case_of(1).parts[0].timer[TIMER_CLOSE], ENTRIES_AT + 9);
    struct outcome o = apply(an_event(&a, .owner = "poc", .helpers = {"dinkes"}));
    static const uint8_t acts[] = {ACT_ACK, ACT_START, ACT_RESOLVE};
    for (size_t i = 0; i < sizeof acts; i++)
        done(a_move(&a, .of = o.facts.seq, .act = acts[i], .outcome = OUTCOME_FIXED));
    o = done(a_move(&a, .of = o.facts.seq, .act = ACT_CANCEL, .task = "dinkes"));
    assert_int_equal(o.facts.state, STATE_RESOLVED);
    assert_int_equal(o.facts.part_state, STATE_CANCELLED);
}

static void cancelling_the_owners_part_cancels_all(void **state)
{
    (void)state;
    two_of_them();
    work_up("dinkes");
    struct outcome o = done(a_move(&a, .of = 1, .act = ACT_CANCEL));
    assert_int_equal(o.facts.state, STATE_CANCELLED);
    for (size_t i = 0; i < 2; i++) {
        struct part p = part_of(1, BOTH[i]);
        assert_int_equal(p.state, STATE_CANCELLED);
        for (unsigned t = 0; t < CASE_TIMERS; t++)
            assert_int_equal(p.timer[t], 0);
    }
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 0);
    assert_int_equal(scratch_rows(s.store, TABLE_TIMERS), 0);
}

static void a_part_that_ended_before_keeps_how_it_ended(void **state)
{
    (void)state;
    two_of_them();
    work_up("dinkes");
    handled("dinkes", ACT_RESOLVE);
    done(a_move(&a, .of = 1, .act = ACT_CANCEL));
    assert_int_equal(state_of("dinkes"), STATE_RESOLVED);
    assert_int_equal(state_of("damkar"), STATE_CANCELLED);
}

static void support_may_be_asked_later_and_again(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    struct outcome o = done(a_move(&a, .of = 1, .act = ACT_SUPPORT, .target = "polres",
                                   .outside = true, .at_us = ENTRIES_AT + 60));
    assert_int_equal(o.facts.state, STATE_ASSIGNED);
    assert_true(slice_is(o.facts.task, "polres"));
    assert_true(slice_is(o.facts.helpers, "polres"));
    assert_int_equal(o.facts.part_from, 0);
    struct part p = part_of(1, "polres");
    assert_int_equal(p.state, STATE_ASSIGNED);
    assert_true(p.outside);
    assert_int_equal(p.base_us, ENTRIES_AT + 60); /* not of the receipt: it came later */
    assert_int_equal(p.timer[TIMER_CLOCK], ENTRIES_AT + 60);
    assert_true(p.queued > 0);
    refused(a_move(&a, .of = 1, .act = ACT_SUPPORT, .target = "polres"), E_STATE);
    refused(a_move(&a, .of = 1, .act = ACT_SUPPORT, .target = "damkar"), E_STATE);
    handled("polres", ACT_REFUSE);
    done(a_move(&a, .of = 1, .act = ACT_SUPPORT, .target = "polres"));
    assert_int_equal(case_of(1).parts_n, 2); /* the same part again */
    assert_int_equal(state_of("polres"), STATE_ASSIGNED);
}

static void an_operator_resolves_a_part_of_an_outside_body(void **state)
{
    (void)state;
    two_of_them();
    done(a_move(&a, .of = 1, .act = ACT_SUPPORT, .target = "polres", .outside = true));
    static const char *const skpd[] = {"damkar", "dinkes", "polres"};
    for (size_t i = 0; i < 3; i++) {
        done(a_move(&a, .of = 1, .act = ACT_ACK, .task = skpd[i]));
        done(a_move(&a, .of = 1, .act = ACT_START, .task = skpd[i]));
    }
    refused(a_move(&a, .of = 1, .act = ACT_RESOLVE, .outcome = 1), E_ROLE);
    refused(a_move(&a, .of = 1, .act = ACT_RESOLVE, .outcome = 1, .task = "dinkes"), E_ROLE);
    done(a_move(&a, .of = 1, .act = ACT_RESOLVE, .outcome = 1, .task = "polres"));
}

static void nine_parts_and_no_more(void **state)
{
    (void)state;
    apply(an_event(&a));
    char name[8];
    for (unsigned i = 0; i < ENTRY_PARTS_MAX - 1; i++) {
        snprintf(name, sizeof name, "h%u", i);
        done(a_move(&a, .of = 1, .act = ACT_SUPPORT, .target = name));
    }
    refused(a_move(&a, .of = 1, .act = ACT_SUPPORT, .target = "more"), E_LIMIT);
    assert_int_equal(case_of(1).parts_n, ENTRY_PARTS_MAX);
}

static void a_helper_of_a_complaint_waits_until_it_is_assigned(void **state)
{
    (void)state;
    apply(an_event(&a, .kind = KIND_COMPLAINT, .helpers = {"dinkes"}));
    assert_int_equal(state_of("dinkes"), STATE_RECEIVED);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 0);
    assert_int_equal(handler("dinkes", ACT_ACK).verdict, E_STATE);
    done(a_move(&a, .of = 1, .act = ACT_VERIFY));
    done(a_move(&a, .of = 1, .act = ACT_ASSIGN));
    assert_int_equal(state_of("dinkes"), STATE_ASSIGNED);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 2);
}

/* The POC holds such a call, also one that its desk was to support. */
static void a_call_that_is_not_real_has_no_open_part(void **state)
{
    (void)state;
    apply(an_event(&a, .call_class = CALL_CLASS_PRANK, .helpers = {"dinkes", "poc"}));
    struct case_row c = case_of(1);
    assert_int_equal(c.parts_n, 3);
    for (unsigned i = 0; i < c.parts_n; i++)
        assert_int_equal(c.parts[i].state, STATE_CLOSED);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 0);
    struct outcome o = done(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_REAL));
    assert_int_equal(o.facts.state, STATE_ASSIGNED);
    scratch_commit(&s);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 3);
}

static void a_merge_ends_every_part_and_links_the_two(void **state)
{
    (void)state;
    two_of_them();
    handled("dinkes", ACT_ACK);
    struct outcome into = apply(an_event(&a, .owner = "damkar"));
    struct ticket t = ticket_of(&into.facts);
    struct outcome o = done(a_move(&a, .of = 1, .act = ACT_MERGE, .into = t));
    assert_int_equal(o.facts.state, STATE_MERGED);
    assert_int_equal(state_of("damkar"), STATE_MERGED);
    assert_int_equal(state_of("dinkes"), STATE_MERGED);
    assert_int_equal(case_of(1).into.counter, t.counter);
    assert_int_equal(scratch_rows(s.store, TABLE_LINKS), 1);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 1); /* the other's */
    assert_int_equal(views_open_cases(s.views), 1);
    assert_int_equal(handler("dinkes", ACT_START).verdict, E_STATE);
    refused(a_reclass(&a, .of = 1, .call_class = CALL_CLASS_PRANK), E_STATE);
}

static void a_merge_into_nothing_itself_or_an_exercise_is_refused(void **state)
{
    (void)state;
    struct outcome one = apply(an_event(&a)), drill = apply(an_event(&a, .mode = MODE_EXERCISE)),
                   over = apply(an_event(&a));
    done(a_move(&a, .of = over.facts.seq, .act = ACT_CANCEL));
    refused(a_move(&a, .of = 1, .act = ACT_MERGE, .into = {KIND_REPORT, 1, 1}), E_REF);
    refused(a_move(&a, .of = 1, .act = ACT_MERGE, .into = ticket_of(&one.facts)), E_REF);
    refused(a_move(&a, .of = 1, .act = ACT_MERGE, .into = ticket_of(&drill.facts)), E_MODE);
    refused(a_move(&a, .of = 1, .act = ACT_MERGE, .into = ticket_of(&over.facts)), E_REF);
}

static void milestones_are_each_parts_own_and_in_order(void **state)
{
    (void)state;
    two_of_them();
    const int64_t at = ENTRIES_AT + STAMP_MINUTE;
#define CLAIM(m, us, ...) \
    a_move(&a, .of = 1, .act = ACT_MILESTONE, .milestone = m, .claimed_us = us, __VA_ARGS__)
    done(CLAIM(MILESTONE_ON_SCENE, at, .role = ROLE_FIELD));
    assert_int_equal(part_of(1, "damkar").milestone[MILESTONE_ON_SCENE], at);
    assert_int_equal(part_of(1, "dinkes").milestone[MILESTONE_ON_SCENE], 0);
    refused(CLAIM(MILESTONE_ON_SCENE, at, .version = 0), E_RANGE);       /* once */
    refused(CLAIM(MILESTONE_DISPATCHED, at + 1, .version = 0), E_RANGE); /* after what follows */
    refused(CLAIM(MILESTONE_CLEARED, at - 1, .version = 0), E_RANGE);    /* before what led to it */
    refused(CLAIM(MILESTONE_EN_ROUTE, ENTRIES_AT - 1, .version = 0), E_RANGE); /* or the receipt */
    done(CLAIM(MILESTONE_DISPATCHED, at - 1, .version = 0));
    done(CLAIM(MILESTONE_ON_SCENE, at + 5, .choices = CHOICE_CORRECT));
    done(CLAIM(MILESTONE_ON_SCENE, at + 9, .task = "dinkes"));
    assert_int_equal(part_of(1, "damkar").milestone[MILESTONE_ON_SCENE], at + 5);
    assert_int_equal(part_of(1, "dinkes").milestone[MILESTONE_ON_SCENE], at + 9);
}

static void a_category_that_wants_proof_is_not_resolved_without(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar", .helpers = {"dinkes"}, .flags = FLAG_PROOF_WANTED));
    work_up("damkar");
    work_up("dinkes");
    handled("dinkes", ACT_RESOLVE); /* a helper's part is not what was promised */
    refused(a_move(&a, .of = 1, .act = ACT_RESOLVE, .outcome = 1, .role = ROLE_HANDLER,
                   .own = "damkar"),
            E_PROOF);
    done(a_move(&a, .of = 1, .act = ACT_RESOLVE, .outcome = 1, .role = ROLE_HANDLER,
                .own = "damkar", .choices = CHOICE_PROOF));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_views(every_skpd_begins_with_a_part),
        with_views(a_part_moves_alone),
        with_views(a_handler_touches_only_the_part_of_its_skpd),
        with_views(what_concerns_the_whole_case_is_not_a_helpers_to_do),
        with_views(the_owners_part_may_be_resolved_while_a_helpers_is_open),
        with_views(resolved_by_a_helper_first_it_stays_with_the_owner),
        with_views(a_helper_that_refuses_ends_its_part_alone),
        with_views(a_refusal_or_a_cancel_of_the_last_part_resolves_the_case),
        with_views(cancelling_the_owners_part_cancels_all),
        with_views(a_part_that_ended_before_keeps_how_it_ended),
        with_views(support_may_be_asked_later_and_again),
        with_views(an_operator_resolves_a_part_of_an_outside_body),
        with_views(nine_parts_and_no_more),
        with_views(a_helper_of_a_complaint_waits_until_it_is_assigned),
        with_views(a_call_that_is_not_real_has_no_open_part),
        with_views(a_merge_ends_every_part_and_links_the_two),
        with_views(a_merge_into_nothing_itself_or_an_exercise_is_refused),
        with_views(milestones_are_each_parts_own_and_in_order),
        with_views(a_category_that_wants_proof_is_not_resolved_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
