/* clock: wall time never runs backwards and never stands still, whatever the system clock does; it
 * follows the system again when that has caught up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/base/clock.h"

struct hands {
    int64_t wall_us, mono_us;
};

static int64_t hands_wall(void *self)
{
    return ((struct hands *)self)->wall_us;
}

static int64_t hands_mono(void *self)
{
    return ((struct hands *)self)->mono_us;
}

static struct clock clock_of(struct hands *h)
{
    return (struct clock){.wall = hands_wall, .mono = hands_mono, .self = h};
}

static void follows_the_system(void **state)
{
    (void)state;
    struct hands h = {1000, 7};
    struct clock c = clock_of(&h);
    assert_int_equal(clock_now(&c), 1000);
    assert_int_equal(clock_now(&c), 1000);
    h = (struct hands){1001, 9};
    assert_int_equal(clock_now(&c), 1001);
    assert_int_equal(clock_mono(&c), 9);
}

#define SECOND 1000000ll
#define HOUR (3600 * SECOND)

struct step {
    int64_t system_us, mono_us, want_us;
};

static void walk(struct hands *h, struct clock *c, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *h = (struct hands){steps[i].system_us, steps[i].mono_us};
        assert_int_equal(clock_now(c), steps[i].want_us);
    }
}

static void goes_on_slower_until_the_system_has_caught_up(void **state)
{
    (void)state;
    struct hands h = {5000 * SECOND, 0};
    struct clock c = clock_of(&h);
    clock_now(&c);
    static const struct step steps[] = {
        {4990 * SECOND, 0, 5000 * SECOND}, /* ten seconds back, no time has passed */
        {5022 * SECOND, 32 * SECOND, 5031 * SECOND},
        {5054 * SECOND, 64 * SECOND, 5062 * SECOND},
        {5302 * SECOND, 312 * SECOND, 5302 * SECOND + SECOND / 4},
        {5310 * SECOND, 320 * SECOND, 5310 * SECOND}, /* caught up */
        {5311 * SECOND, 321 * SECOND, 5311 * SECOND},
        {5311 * SECOND, 322 * SECOND, 5311 * SECOND}, /* not behind: nothing to make up */
        {5320 * SECOND, 323 * SECOND, 5320 * SECOND},
    };
    walk(&h, &c, steps, sizeof steps / sizeof *steps);
}

static void catches_up_once_for_good(void **state)
{
    (void)state;
    struct hands h = {5000 * SECOND, 0};
    struct clock c = clock_of(&h);
    clock_now(&c);
    static const struct step steps[] = {
        {4000 * SECOND, 0, 5000 * SECOND},
        {4999 * SECOND, 32 * SECOND, 5031 * SECOND},
        {6000 * SECOND, 64 * SECOND, 6000 * SECOND}, /* set right by a step forward */
        {6001 * SECOND, 65 * SECOND, 6001 * SECOND},
        {5999 * SECOND, 97 * SECOND, 6032 * SECOND}, /* and back again */
    };
    walk(&h, &c, steps, sizeof steps / sizeof *steps);
}

static void loses_no_part_of_a_step(void **state)
{
    (void)state;
    struct hands h = {5000, 0};
    struct clock c = clock_of(&h);
    clock_now(&c);
    h.wall_us = 1;
    for (h.mono_us = 1; h.mono_us <= 1001; h.mono_us++)
        assert_int_equal(clock_now(&c), 5000 + h.mono_us / 32 * 31);
}

static void goes_on_at_full_speed_beside_a_nonsense_clock(void **state)
{
    (void)state;
    struct hands h = {100 * HOUR, 0};
    struct clock c = clock_of(&h);
    clock_now(&c);
    static const struct step steps[] = {
        {98 * HOUR - 1, 0, 100 * HOUR},
        {98 * HOUR - 1, 1 * HOUR, 101 * HOUR}, /* more than two hours */
        {-1 * HOUR, 2 * HOUR, 102 * HOUR},     /* before 1970 */
        {0, 3 * HOUR, 103 * HOUR},
        {101 * HOUR, 3 * HOUR + 32 * SECOND, 103 * HOUR + 31 * SECOND}, /* two hours: slower */
        {104 * HOUR, 4 * HOUR, 104 * HOUR},
    };
    walk(&h, &c, steps, sizeof steps / sizeof *steps);
    assert_int_equal(c.off_us, 0);
    h.wall_us = 80 * HOUR;
    clock_now(&c);
    assert_int_equal(c.off_us, -24 * HOUR);
}

/* Ten years ahead is believed at the start alone: times that stand in the journal cannot be taken
 * back. */
static void does_not_follow_a_clock_that_jumps_by_years(void **state)
{
    (void)state;
    const int64_t year = 366 * 24 * HOUR;
    struct hands h = {50 * year, 0};
    struct clock c = clock_of(&h);
    const struct step steps[] = {
        {50 * year, 0, 50 * year},
        {51 * year + 1, SECOND, 50 * year + SECOND},
        {60 * year, HOUR, 50 * year + HOUR},
        {50 * year + HOUR, HOUR + SECOND, 50 * year + HOUR + 31 * SECOND / 32}, /* mended */
        {50 * year + 2 * HOUR, 2 * HOUR, 50 * year + 2 * HOUR},
        {51 * year, 3 * HOUR, 51 * year}, /* a machine that slept */
    };
    walk(&h, &c, steps, sizeof steps / sizeof *steps);
}

static void begins_after_the_journal(void **state)
{
    (void)state;
    struct hands h = {100, 50};
    struct clock c = clock_of(&h);
    clock_not_before(&c, 900);
    assert_int_equal(clock_now(&c), 900);
    clock_not_before(&c, 300); /* older entries change nothing */
    assert_int_equal(clock_now(&c), 900);
    h = (struct hands){120, 82};
    assert_int_equal(clock_now(&c), 931);
    h.wall_us = 932;
    assert_int_equal(clock_now(&c), 932);
}

/* The journal ends in a year that the system clock has not reached: time goes on all the same. */
static void begins_after_a_journal_far_ahead(void **state)
{
    (void)state;
    struct hands h = {100 * HOUR, 0};
    struct clock c = clock_of(&h);
    clock_now(&c);
    clock_not_before(&c, 9000 * HOUR);
    h = (struct hands){100 * HOUR + 7, 7};
    assert_int_equal(clock_now(&c), 9000 * HOUR + 7);
}

static void reads_the_real_clocks(void **state)
{
    (void)state;
    struct clock c;
    clock_system(&c);
    int64_t wall = clock_now(&c), mono = clock_mono(&c);
    assert_true(wall > 1700000000000000);
    assert_true(mono > 0);
    for (int i = 0; i < 1000; i++) {
        int64_t next_wall = clock_now(&c), next_mono = clock_mono(&c);
        assert_true(next_wall >= wall && next_mono >= mono);
        wall = next_wall;
        mono = next_mono;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_system),
        cmocka_unit_test(goes_on_slower_until_the_system_has_caught_up),
        cmocka_unit_test(catches_up_once_for_good),
        cmocka_unit_test(loses_no_part_of_a_step),
        cmocka_unit_test(goes_on_at_full_speed_beside_a_nonsense_clock),
        cmocka_unit_test(does_not_follow_a_clock_that_jumps_by_years),
        cmocka_unit_test(begins_after_the_journal),
        cmocka_unit_test(begins_after_a_journal_far_ahead),
        cmocka_unit_test(reads_the_real_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
