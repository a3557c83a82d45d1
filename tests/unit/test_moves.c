/* moves: the table of proto/moves.def against the life of a case in the mission, 4.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/views/moves.h"
#include "proto/words.h"

#define O (1u << ROLE_OPERATOR)
#define H (1u << ROLE_HANDLER)
#define F (1u << ROLE_FIELD)
#define P (1u << ROLE_HUMAS)
#define S (1u << ROLE_SYSTEM)
#define NONE MOVE_NOTHING
#define REASON MOVE_REASON
#define OPEN_ENDS(state)                                         \
    {STATE_##state, ACT_CANCEL, STATE_CANCELLED, O | F, REASON}, \
        {STATE_##state, ACT_MERGE, STATE_MERGED, O, MOVE_INTO},  \
        {STATE_##state, ACT_RETARGET, STATE_##state, O, REASON}, \
    {                                                            \
        STATE_##state, ACT_NOTE, STATE_##state, O | H | F, NONE  \
    }
#define ON_THE_WAY(state)                                                      \
    {                                                                          \
        STATE_##state, ACT_MILESTONE, STATE_##state, O | H | F, MOVE_MILESTONE \
    }
#define HAND_OVER(state)                                                       \
    {STATE_##state, ACT_FORWARD, STATE_ASSIGNED, O | H, REASON | MOVE_TARGET}, \
        {STATE_##state, ACT_REFUSE, STATE_FORWARDED, H, REASON},               \
    {                                                                          \
        STATE_##state, ACT_SUPPORT, STATE_##state, O | H, MOVE_TARGET          \
    }
#define WAIT(state)                                                              \
    {STATE_IN_PROGRESS, ACT_WAIT_##state, STATE_WAITING_##state, O | H, REASON}, \
    {                                                                            \
        STATE_WAITING_##state, ACT_RESUME, STATE_IN_PROGRESS, O | H | S, NONE    \
    }

/* Written a second time, by hand: a slip in the table must be made twice to pass. */
static const struct {
    uint8_t from, act, next;
    uint32_t roles;
    unsigned needs;
} ALLOWED[] = {
    {STATE_RECEIVED, ACT_VERIFY, STATE_VERIFIED, O, NONE},
    {STATE_RECEIVED, ACT_ASSIGN, STATE_ASSIGNED, O, NONE},
    {STATE_RECEIVED, ACT_REJECT, STATE_REJECTED, O, REASON},
    OPEN_ENDS(RECEIVED),
    {STATE_VERIFIED, ACT_ASSIGN, STATE_ASSIGNED, O, NONE},
    {STATE_VERIFIED, ACT_REJECT, STATE_REJECTED, O, REASON},
    OPEN_ENDS(VERIFIED),
    {STATE_ASSIGNED, ACT_ACK, STATE_ACKNOWLEDGED, O | H, NONE},
    OPEN_ENDS(ASSIGNED),
    HAND_OVER(ASSIGNED),
    ON_THE_WAY(ASSIGNED),
    {STATE_ACKNOWLEDGED, ACT_START, STATE_IN_PROGRESS, O | H, NONE},
    OPEN_ENDS(ACKNOWLEDGED),
    HAND_OVER(ACKNOWLEDGED),
    ON_THE_WAY(ACKNOWLEDGED),
    {STATE_IN_PROGRESS, ACT_RESOLVE, STATE_RESOLVED, O | H, MOVE_OUTCOME},
    OPEN_ENDS(IN_PROGRESS),
    HAND_OVER(IN_PROGRESS),
    ON_THE_WAY(IN_PROGRESS),
    WAIT(REPORTER),
    WAIT(THIRD_PARTY),
    WAIT(BUDGET),
    OPEN_ENDS(WAITING_REPORTER),
    OPEN_ENDS(WAITING_THIRD_PARTY),
    OPEN_ENDS(WAITING_BUDGET),
    ON_THE_WAY(WAITING_REPORTER),
    ON_THE_WAY(WAITING_THIRD_PARTY),
    ON_THE_WAY(WAITING_BUDGET),
    {STATE_FORWARDED, ACT_ASSIGN, STATE_ASSIGNED, O, MOVE_TARGET},
    OPEN_ENDS(FORWARDED),
    {STATE_REOPENED, ACT_ASSIGN, STATE_ASSIGNED, O, NONE},
    OPEN_ENDS(REOPENED),
    {STATE_RESOLVED, ACT_CLOSE, STATE_CLOSED, O | S, NONE},
    {STATE_RESOLVED, ACT_REOPEN, STATE_REOPENED, O | F, REASON},
    {STATE_RESOLVED, ACT_RATE, STATE_RESOLVED, O | F | P, MOVE_RATING},
    {STATE_RESOLVED, ACT_NOTE, STATE_RESOLVED, O | H | F, NONE},
    {STATE_CLOSED, ACT_REOPEN, STATE_REOPENED, O, REASON},
    {STATE_CLOSED, ACT_NOTE, STATE_CLOSED, O | H | F, NONE},
    {STATE_REJECTED, ACT_APPEAL, STATE_RECEIVED, O | F, REASON},
    {STATE_REJECTED, ACT_NOTE, STATE_REJECTED, O | H | F, NONE},
    {STATE_MERGED, ACT_NOTE, STATE_MERGED, O | H | F, NONE},
    {STATE_CANCELLED, ACT_NOTE, STATE_CANCELLED, O | H | F, NONE},
};

#define ALLOWED_COUNT (sizeof ALLOWED / sizeof *ALLOWED)

static int allowed_at(uint8_t from, uint8_t act)
{
    for (size_t i = 0; i < ALLOWED_COUNT; i++)
        if (ALLOWED[i].from == from && ALLOWED[i].act == act)
            return (int)i;
    return -1;
}

static uint32_t roles_of(uint8_t from, uint8_t act)
{
    int at = allowed_at(from, act);
    return at < 0 ? 0 : ALLOWED[at].roles;
}

static void every_act_in_every_state_is_judged_as_the_mission_says(void **state)
{
    (void)state;
    unsigned found = 0;
    for (uint8_t from = 0; from <= STATE_COUNT; from++)
        for (uint8_t act = 0; act <= ACT_COUNT; act++) {
            const struct move *m = moves_find(from, act);
            int at = allowed_at(from, act);
            assert_int_equal(m != NULL, at >= 0);
            if (m == NULL)
                continue;
            found++;
            assert_int_equal(m->from, from);
            assert_int_equal(m->act, act);
            assert_int_equal(m->next, ALLOWED[at].next);
            assert_int_equal(m->roles, ALLOWED[at].roles);
            assert_int_equal(m->needs, ALLOWED[at].needs);
        }
    assert_int_equal(found, ALLOWED_COUNT);
}

static void ends_take_notes_and_one_may_be_appealed(void **state)
{
    (void)state;
    static const uint8_t ends[] = {STATE_REJECTED, STATE_MERGED, STATE_CANCELLED};
    for (size_t i = 0; i < sizeof ends; i++)
        for (uint8_t act = 0; act < ACT_COUNT; act++)
            if (act != ACT_NOTE && (act != ACT_APPEAL || ends[i] != STATE_REJECTED))
                assert_null(moves_find(ends[i], act));
}

static void leaders_auditors_media_admins_and_importers_change_nothing(void **state)
{
    (void)state;
    static const uint8_t roles[] = {ROLE_LEADER, ROLE_AUDITOR, ROLE_MEDIA, ROLE_ADMIN,
                                    ROLE_IMPORTER};
    uint8_t acts[16];
    for (size_t i = 0; i < sizeof roles; i++)
        for (uint8_t from = 0; from < STATE_COUNT; from++)
            assert_int_equal(moves_from(from, roles[i], acts), 0);
}

static void a_role_is_told_its_own_acts(void **state)
{
    (void)state;
    for (uint8_t role = ROLE_OPERATOR; role <= ROLE_SYSTEM; role++)
        for (uint8_t from = 0; from < STATE_COUNT; from++) {
            uint8_t acts[16];
            unsigned n = moves_from(from, role, acts), want = 0;
            for (uint8_t act = 0; act < ACT_COUNT; act++)
                want += roles_of(from, act) >> role & 1;
            assert_int_equal(n, want);
            for (unsigned i = 0; i < n; i++) {
                assert_true(roles_of(from, acts[i]) >> role & 1);
                for (unsigned k = 0; k < i; k++)
                    assert_int_not_equal(acts[i], acts[k]);
            }
        }
}

static void what_an_act_always_needs_is_asked_before_the_state_is_known(void **state)
{
    (void)state;
    for (uint8_t act = 1; act < ACT_COUNT; act++) {
        unsigned want = ~0u;
        for (size_t i = 0; i < ALLOWED_COUNT; i++)
            if (ALLOWED[i].act == act)
                want &= ALLOWED[i].needs;
        assert_int_equal(moves_needs(act), want);
    }
    assert_int_equal(moves_needs(ACT_ASSIGN), NONE); /* a target only when it was refused */
    assert_int_equal(moves_needs(ACT_FORWARD), REASON | MOVE_TARGET);
    assert_int_equal(moves_needs(0), NONE);
    assert_int_equal(moves_needs(ACT_COUNT), NONE);
}

/* Who names only the state wanted means the act that changes nothing else. */
static void a_state_wanted_names_its_act(void **state)
{
    (void)state;
    static const struct {
        uint8_t from, to, act;
    } cases[] = {{STATE_RECEIVED, STATE_VERIFIED, ACT_VERIFY},
                 {STATE_RECEIVED, STATE_ASSIGNED, ACT_ASSIGN},
                 {STATE_ASSIGNED, STATE_ACKNOWLEDGED, ACT_ACK},
                 {STATE_ACKNOWLEDGED, STATE_IN_PROGRESS, ACT_START},
                 {STATE_WAITING_BUDGET, STATE_IN_PROGRESS, ACT_RESUME},
                 {STATE_IN_PROGRESS, STATE_RESOLVED, ACT_RESOLVE},
                 {STATE_RESOLVED, STATE_CLOSED, ACT_CLOSE},
                 {STATE_CLOSED, STATE_REOPENED, ACT_REOPEN},
                 {STATE_REJECTED, STATE_RECEIVED, ACT_APPEAL},
                 {STATE_ACKNOWLEDGED, STATE_CANCELLED, ACT_CANCEL},
                 {STATE_ACKNOWLEDGED, STATE_ASSIGNED, 0}, /* forward wants a target */
                 {STATE_ASSIGNED, STATE_FORWARDED, 0},    /* refuse is said in so many words */
                 {STATE_ASSIGNED, STATE_MERGED, 0},
                 {STATE_ASSIGNED, STATE_ASSIGNED, 0},
                 {STATE_ASSIGNED, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(moves_act_to(cases[i].from, cases[i].to), cases[i].act);
    assert_int_equal(moves_needs_to(STATE_RESOLVED), MOVE_OUTCOME);
    assert_int_equal(moves_needs_to(STATE_CANCELLED), REASON);
    assert_int_equal(moves_needs_to(STATE_WAITING_REPORTER), REASON);
    assert_int_equal(moves_needs_to(STATE_IN_PROGRESS), NONE);
    assert_int_equal(moves_needs_to(0), NONE);
}

static void what_concerns_the_whole_case_goes_through_the_owners_part(void **state)
{
    (void)state;
    static const uint8_t parts[] = {
        ACT_ACK,    ACT_START,   ACT_WAIT_REPORTER, ACT_WAIT_BUDGET, ACT_WAIT_THIRD_PARTY,
        ACT_RESUME, ACT_RESOLVE, ACT_CANCEL,        ACT_REFUSE,      ACT_MILESTONE,
        ACT_NOTE,   ACT_RETARGET};
    for (uint8_t act = 1; act < ACT_COUNT; act++) {
        bool of_a_part = false;
        for (size_t i = 0; i < sizeof parts; i++)
            of_a_part = of_a_part || parts[i] == act;
        assert_int_equal(moves_whole(act), !of_a_part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_act_in_every_state_is_judged_as_the_mission_says),
        cmocka_unit_test(ends_take_notes_and_one_may_be_appealed),
        cmocka_unit_test(leaders_auditors_media_admins_and_importers_change_nothing),
        cmocka_unit_test(a_role_is_told_its_own_acts),
        cmocka_unit_test(what_an_act_always_needs_is_asked_before_the_state_is_known),
        cmocka_unit_test(a_state_wanted_names_its_act),
        cmocka_unit_test(what_concerns_the_whole_case_goes_through_the_owners_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
