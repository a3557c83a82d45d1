/* moves: the table of proto/moves.def against the life of a case in the mission, 4.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/views/moves.h"
#include "proto/words.h"

#define DESK (1u << ROLE_OPERATOR)
#define WORK (1u << ROLE_OPERATOR | 1u << ROLE_HANDLER)

/* Written a second time, by hand: a slip in the table must be made twice to pass. */
static const struct {
    uint8_t from, to;
    uint32_t roles;
} ALLOWED[] = {
    {STATE_RECEIVED, STATE_VERIFIED, DESK},
    {STATE_RECEIVED, STATE_ASSIGNED, DESK},
    {STATE_RECEIVED, STATE_REJECTED, DESK},
    {STATE_RECEIVED, STATE_CANCELLED, DESK},
    {STATE_VERIFIED, STATE_ASSIGNED, DESK},
    {STATE_VERIFIED, STATE_REJECTED, DESK},
    {STATE_VERIFIED, STATE_CANCELLED, DESK},
    {STATE_ASSIGNED, STATE_ACKNOWLEDGED, WORK},
    {STATE_ASSIGNED, STATE_CANCELLED, DESK},
    {STATE_ACKNOWLEDGED, STATE_IN_PROGRESS, WORK},
    {STATE_ACKNOWLEDGED, STATE_CANCELLED, DESK},
    {STATE_IN_PROGRESS, STATE_WAITING_REPORTER, WORK},
    {STATE_IN_PROGRESS, STATE_WAITING_THIRD_PARTY, WORK},
    {STATE_IN_PROGRESS, STATE_WAITING_BUDGET, WORK},
    {STATE_IN_PROGRESS, STATE_RESOLVED, WORK},
    {STATE_IN_PROGRESS, STATE_CANCELLED, DESK},
    {STATE_WAITING_REPORTER, STATE_IN_PROGRESS, WORK},
    {STATE_WAITING_THIRD_PARTY, STATE_IN_PROGRESS, WORK},
    {STATE_WAITING_BUDGET, STATE_IN_PROGRESS, WORK},
    {STATE_RESOLVED, STATE_CLOSED, DESK},
    {STATE_RESOLVED, STATE_REOPENED, DESK},
    {STATE_CLOSED, STATE_REOPENED, DESK},
    {STATE_REOPENED, STATE_ASSIGNED, DESK},
    {STATE_REOPENED, STATE_CANCELLED, DESK},
};

#define ALLOWED_COUNT (sizeof ALLOWED / sizeof *ALLOWED)

static uint32_t roles_of(uint8_t from, uint8_t to)
{
    for (size_t i = 0; i < ALLOWED_COUNT; i++)
        if (ALLOWED[i].from == from && ALLOWED[i].to == to)
            return ALLOWED[i].roles;
    return 0;
}

static void every_pair_of_states_is_judged_as_the_mission_says(void **state)
{
    (void)state;
    for (uint8_t from = 0; from < STATE_COUNT; from++)
        for (uint8_t to = 0; to < STATE_COUNT; to++) {
            const struct move *m = moves_find(from, to);
            uint32_t roles = roles_of(from, to);
            if (roles == 0) {
                assert_null(m);
                continue;
            }
            assert_non_null(m);
            assert_int_equal(m->from, from);
            assert_int_equal(m->to, to);
            assert_int_equal(m->roles, roles);
        }
}

static void ends_lead_nowhere(void **state)
{
    (void)state;
    static const uint8_t ends[] = {STATE_REJECTED, STATE_MERGED, STATE_CANCELLED};
    for (size_t i = 0; i < sizeof ends; i++)
        for (uint8_t to = 0; to < STATE_COUNT; to++)
            assert_null(moves_find(ends[i], to));
}

static void what_a_move_needs_goes_by_where_it_leads(void **state)
{
    (void)state;
    assert_int_equal(moves_needs(STATE_RESOLVED), MOVE_NEEDS_OUTCOME);
    assert_int_equal(moves_needs(STATE_REJECTED), MOVE_NEEDS_REASON);
    assert_int_equal(moves_needs(STATE_CANCELLED), MOVE_NEEDS_REASON);
    assert_int_equal(moves_needs(STATE_REOPENED), MOVE_NEEDS_REASON);
    assert_int_equal(moves_needs(STATE_WAITING_REPORTER), MOVE_NEEDS_REASON);
    assert_int_equal(moves_needs(STATE_WAITING_THIRD_PARTY), MOVE_NEEDS_REASON);
    assert_int_equal(moves_needs(STATE_WAITING_BUDGET), MOVE_NEEDS_REASON);
    assert_int_equal(moves_needs(STATE_ASSIGNED), MOVE_NEEDS_NOTHING);
    assert_int_equal(moves_needs(STATE_IN_PROGRESS), MOVE_NEEDS_NOTHING);
    /* so all moves to one state must need the same */
    for (uint8_t from = 0; from < STATE_COUNT; from++)
        for (uint8_t to = 0; to < STATE_COUNT; to++) {
            const struct move *m = moves_find(from, to);
            if (m != NULL)
                assert_int_equal(m->needs, moves_needs(to));
        }
}

static void a_role_is_told_its_own_moves(void **state)
{
    (void)state;
    for (uint8_t role = ROLE_OPERATOR; role <= ROLE_IMPORTER; role++)
        for (uint8_t from = 0; from < STATE_COUNT; from++) {
            uint8_t to[16];
            unsigned n = moves_from(from, role, to), want = 0;
            for (uint8_t other = 0; other < STATE_COUNT; other++)
                want += roles_of(from, other) >> role & 1;
            assert_int_equal(n, want);
            for (unsigned i = 0; i < n; i++)
                assert_true(roles_of(from, to[i]) >> role & 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_states_is_judged_as_the_mission_says),
        cmocka_unit_test(ends_lead_nowhere),
        cmocka_unit_test(what_a_move_needs_goes_by_where_it_leads),
        cmocka_unit_test(a_role_is_told_its_own_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
