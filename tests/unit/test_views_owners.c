/* views: who owns a case. It always has one owner; what nobody wants ends with the Secretariat. */
#include "views_ground.h"

static struct outcome forward(const char *to)
{
    return apply(a_move(&a, .of = 1, .act = ACT_FORWARD, .target = to, .reason = "salah alamat"));
}

static struct outcome refuse(const char *skpd)
{
    return apply(a_move(&a, .of = 1, .act = ACT_REFUSE, .role = ROLE_HANDLER, .own = skpd,
                        .reason = "bukan tugas kami"));
}

static struct outcome assign(const char *to)
{
    return apply(a_move(&a, .of = 1, .act = ACT_ASSIGN, .target = to));
}

static void became(const struct outcome *o, uint8_t state, const char *owner)
{
    assert_string_equal(verdict_name(o->verdict), verdict_name(V_DONE));
    assert_int_equal(o->facts.state, state);
    assert_true(slice_is(o->facts.owner, owner));
    assert_true(owned_by(1, owner));
}

static void a_forward_gives_the_case_to_another(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    apply(a_move(&a, .of = 1, .act = ACT_ACK));
    struct outcome o =
        apply(a_move(&a, .of = 1, .act = ACT_FORWARD, .target = "dinkes", .reason = "x",
                     .role = ROLE_HANDLER, .own = "damkar", .at_us = ENTRIES_AT + 60));
    became(&o, STATE_ASSIGNED, "dinkes");
    assert_true(slice_is(o.facts.before, "damkar"));
    assert_int_equal(o.facts.from, STATE_ACKNOWLEDGED);
    assert_int_equal(o.facts.bits, 0);
    struct case_row c = case_of(1);
    const struct part *p = &c.parts[0];
    assert_int_equal(c.forwards, 1);
    assert_int_equal(p->acked_us, 0); /* nothing of the old owner's holds */
    assert_int_equal(p->ack_due, 0);
    assert_int_equal(p->ack_target.n, 0);
    assert_int_equal(p->since_us, ENTRIES_AT + 60);
    assert_int_equal(p->base_us, ENTRIES_AT); /* but the city promised from the receipt */
    assert_int_equal(p->timer[TIMER_CLOCK], ENTRIES_AT + 60);
    assert_int_equal(p->timer[TIMER_ALARM], 0);
    assert_int_equal(c.parts_n, 1);
    refused(a_move(&a, .of = 1, .act = ACT_ACK, .role = ROLE_HANDLER, .own = "damkar"), E_ROLE);
}

static void a_forward_to_its_owner_is_none(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    refused(a_move(&a, .of = 1, .act = ACT_FORWARD, .target = "damkar", .reason = "x"), E_STATE);
    refused(a_move(&a, .of = 1, .act = ACT_FORWARD, .reason = "x"), E_FIELD);
}

static void a_helper_that_gets_the_case_supports_no_more(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar", .helpers = {"dinkes"}));
    struct outcome o = forward("dinkes");
    became(&o, STATE_ASSIGNED, "dinkes");
    struct case_row c = case_of(1);
    assert_int_equal(c.parts_n, 2);
    assert_int_equal(c.parts[1].state, STATE_CANCELLED);
    assert_int_equal(scratch_rows(s.store, TABLE_QUEUE), 1);
    o = apply(a_move(&a, .of = 1, .act = ACT_ACK, .role = ROLE_HANDLER, .own = "dinkes"));
    assert_int_equal(o.facts.state, STATE_ACKNOWLEDGED); /* its part is the owner's now */
}

static void what_its_owner_refuses_waits_with_the_poc(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    refused(a_move(&a, .of = 1, .act = ACT_REFUSE, .reason = "x"), E_ROLE); /* not the operator */
    struct outcome o = refuse("damkar");
    became(&o, STATE_FORWARDED, "poc");
    assert_true(slice_is(o.facts.before, "damkar"));
    assert_int_equal(case_of(1).forwards, 1);
    assert_int_equal(case_of(1).parts[0].queued, 2);          /* the POC's desk hears of it */
    refused(a_move(&a, .of = 1, .act = ACT_ASSIGN), E_FIELD); /* to whom? */
    o = assign("dinkes");
    became(&o, STATE_ASSIGNED, "dinkes");
    assert_int_equal(case_of(1).forwards, 1); /* assigning is not giving away */
}

static void the_poc_has_nobody_to_refuse_to(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "poc"));
    assert_int_equal(refuse("poc").verdict, E_STATE);
}

static void the_third_forward_goes_to_the_secretariat(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    forward("dinkes");
    forward("pupr");
    struct outcome o = forward("bpbd");
    became(&o, STATE_ASSIGNED, "setda");
    assert_int_equal(o.facts.bits, FACT_BY_RULE);
    assert_int_equal(case_of(1).forwards, 3);
}

static void whoever_asks_for_the_secretariat_gets_it_without_a_rule(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    forward("dinkes");
    forward("pupr");
    struct outcome o = forward("setda");
    became(&o, STATE_ASSIGNED, "setda");
    assert_int_equal(o.facts.bits, 0);
}

static void the_third_refusal_goes_to_the_secretariat_not_the_poc(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    forward("dinkes");
    forward("pupr");
    struct outcome o = refuse("pupr");
    became(&o, STATE_ASSIGNED, "setda");
    assert_int_equal(o.facts.bits, FACT_BY_RULE);
}

static void refused_twice_it_is_assigned_to_the_secretariat(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    refuse("damkar");
    assign("dinkes");
    struct outcome o = refuse("dinkes");
    became(&o, STATE_FORWARDED, "poc");
    o = assign("pupr");
    became(&o, STATE_ASSIGNED, "setda");
    assert_int_equal(o.facts.bits, FACT_BY_RULE);
}

static void the_secretariat_hands_on_and_gets_back(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    forward("dinkes");
    forward("pupr");
    forward("bpbd");
    struct outcome o = apply(a_move(&a, .of = 1, .act = ACT_FORWARD, .target = "pupr",
                                    .reason = "diputuskan", .role = ROLE_HANDLER, .own = "setda"));
    became(&o, STATE_ASSIGNED, "pupr"); /* it alone may */
    assert_int_equal(o.facts.bits, 0);
    o = forward("damkar");
    became(&o, STATE_ASSIGNED, "setda");
    assert_int_equal(o.facts.bits, FACT_BY_RULE);
    o = refuse("setda");
    became(&o, STATE_FORWARDED, "poc");
}

static void a_city_without_a_secretariat_forwards_on(void **state)
{
    (void)state;
    static const char *const chain[] = {"dinkes", "pupr", "bpbd", "damkar"};
    apply(an_event(&a, .owner = "damkar"));
    for (size_t i = 0; i < 4; i++) {
        struct outcome o = apply(a_move(&a, .of = 1, .act = ACT_FORWARD, .target = chain[i],
                                        .reason = "x", .secretariat = ""));
        became(&o, STATE_ASSIGNED, chain[i]);
    }
}

static void an_operator_may_assign_a_complaint_to_another(void **state)
{
    (void)state;
    apply(an_event(&a, .kind = KIND_COMPLAINT, .owner = "damkar", .helpers = {"dinkes"}));
    struct outcome o = assign("pupr");
    became(&o, STATE_ASSIGNED, "pupr");
    assert_int_equal(case_of(1).forwards, 0);
    assert_int_equal(part_of(1, "dinkes").state, STATE_ASSIGNED);
}

static void the_body_forwarded_to_is_outside_only_when_it_got_the_case(void **state)
{
    (void)state;
    apply(an_event(&a, .owner = "damkar"));
    done(a_move(&a, .of = 1, .act = ACT_FORWARD, .target = "polres", .outside = true,
                .reason = "x"));
    assert_true(part_of(1, "polres").outside);
    forward("dinkes");
    assert_false(part_of(1, "dinkes").outside);
    done(a_move(&a, .of = 1, .act = ACT_FORWARD, .target = "polres", .outside = true,
                .reason = "x"));
    assert_false(part_of(1, "setda").outside);
}

/* ---- what the reporter may do with what it reported ---- */

static void a_case_is_resolved(const char *reporter)
{
    apply(an_event(&a, .source = reporter, .kind = KIND_REPORT, .owner = "poc"));
    static const uint8_t acts[] = {ACT_ACK, ACT_START, ACT_RESOLVE};
    for (size_t i = 0; i < sizeof acts; i++)
        done(a_move(&a, .of = 1, .act = acts[i], .outcome = OUTCOME_FIXED));
}

static void field_staff_cancels_and_reopens_its_own_alone(void **state)
{
    (void)state;
    a_case_is_resolved("petugas-7");
    refused(a_move(&a, .of = 1, .act = ACT_REOPEN, .role = ROLE_FIELD, .source = "petugas-8",
                   .reason = "x"),
            E_ROLE);
    done(a_move(&a, .of = 1, .act = ACT_REOPEN, .role = ROLE_FIELD, .source = "petugas-7",
                .reason = "x"));
    refused(a_move(&a, .of = 1, .act = ACT_CANCEL, .role = ROLE_FIELD, .source = "petugas-8",
                   .reason = "x"),
            E_ROLE);
    refused(a_move(&a, .of = 1, .act = ACT_ASSIGN, .role = ROLE_FIELD, .source = "petugas-7"),
            E_ROLE);
    done(a_move(&a, .of = 1, .act = ACT_CANCEL, .role = ROLE_FIELD, .source = "petugas-7",
                .reason = "x"));
}

/* Of an SKPD that only supports, too: left out, the part is the owner's. */
static void a_reporter_of_a_supporting_skpd_means_the_whole_case(void **state)
{
    (void)state;
    apply(an_event(&a, .source = "petugas-7", .owner = "poc", .helpers = {"dinkes"}));
    struct outcome o = done(a_move(&a, .of = 1, .act = ACT_CANCEL, .role = ROLE_FIELD,
                                   .source = "petugas-7", .own = "dinkes", .reason = "salah"));
    assert_int_equal(o.facts.state, STATE_CANCELLED);
}

static void a_rating_comes_once_and_may_reopen(void **state)
{
    (void)state;
    a_case_is_resolved("petugas-7");
    done(a_move(&a, .of = 1, .act = ACT_RATE, .role = ROLE_HUMAS, .choices = CHOICE_DONE,
                .stars = 4));
    assert_int_equal(case_of(1).rated, 2);
    assert_int_equal(case_of(1).stars, 4);
    refused(a_move(&a, .of = 1, .act = ACT_RATE), E_STATE);
    done(a_move(&a, .of = 1, .act = ACT_REOPEN, .reason = "x"));
    static const uint8_t acts[] = {ACT_ASSIGN, ACT_ACK, ACT_START, ACT_RESOLVE};
    for (size_t i = 0; i < sizeof acts; i++)
        done(a_move(&a, .of = 1, .act = acts[i], .outcome = OUTCOME_FIXED));
    struct outcome o = done(a_move(&a, .of = 1, .act = ACT_RATE, .role = ROLE_FIELD,
                                   .source = "petugas-7")); /* for each resolution one */
    assert_int_equal(o.facts.state, STATE_REOPENED);
    assert_int_equal(case_of(1).rated, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_views(a_forward_gives_the_case_to_another),
        with_views(a_forward_to_its_owner_is_none),
        with_views(a_helper_that_gets_the_case_supports_no_more),
        with_views(what_its_owner_refuses_waits_with_the_poc),
        with_views(the_poc_has_nobody_to_refuse_to),
        with_views(the_third_forward_goes_to_the_secretariat),
        with_views(whoever_asks_for_the_secretariat_gets_it_without_a_rule),
        with_views(the_third_refusal_goes_to_the_secretariat_not_the_poc),
        with_views(refused_twice_it_is_assigned_to_the_secretariat),
        with_views(the_secretariat_hands_on_and_gets_back),
        with_views(a_city_without_a_secretariat_forwards_on),
        with_views(an_operator_may_assign_a_complaint_to_another),
        with_views(the_body_forwarded_to_is_outside_only_when_it_got_the_case),
        with_views(field_staff_cancels_and_reopens_its_own_alone),
        with_views(a_reporter_of_a_supporting_skpd_means_the_whole_case),
        with_views(a_rating_comes_once_and_may_reopen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
