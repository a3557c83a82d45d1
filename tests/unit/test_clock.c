/* clock: wall time never runs backwards, whatever the system clock does; it goes on when the
 * system has caught up. */
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

static void stands_still_while_the_system_is_behind(void **state)
{
    (void)state;
    struct hands h = {5000000, 0};
    struct clock c = clock_of(&h);
    clock_now(&c);
    static const struct {
        int64_t system_us, want_us;
    } steps[] = {
        {4999999, 5000000}, {1, 5000000},       {-3600000000, 5000000}, {5000000, 5000000},
        {5000001, 5000001}, {4000000, 5000001}, {6000000, 6000000},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        h.wall_us = steps[i].system_us;
        assert_int_equal(clock_now(&c), steps[i].want_us);
    }
}

static void begins_after_the_journal(void **state)
{
    (void)state;
    struct hands h = {100, 0};
    struct clock c = clock_of(&h);
    clock_not_before(&c, 900);
    assert_int_equal(clock_now(&c), 900);
    clock_not_before(&c, 300); /* older entries change nothing */
    assert_int_equal(clock_now(&c), 900);
    h.wall_us = 901;
    assert_int_equal(clock_now(&c), 901);
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
        cmocka_unit_test(stands_still_while_the_system_is_behind),
        cmocka_unit_test(begins_after_the_journal),
        cmocka_unit_test(reads_the_real_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
