/* histogram: buckets, percentiles, and the last five minutes of them. */
#include "daemon/base/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define SECOND 1000000ll
#define MINUTE (60 * SECOND)

static void test_buckets_rise_and_hold_everything(void **state)
{
    struct histogram h = {0};
    (void)state;
    for (unsigned i = 1; i < HISTOGRAM_BUCKETS; i++)
        assert_true(histogram_bound_us(i) > histogram_bound_us(i - 1));
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        histogram_add(&h, histogram_bound_us(i)); /* the bound itself is within */
        assert_int_equal(h.at[i], 1);
    }
    assert_int_equal(h.count, HISTOGRAM_BUCKETS);
    histogram_add(&h, -5); /* a clock that stepped back took no time */
    assert_int_equal(h.at[0], 2);
}

static void test_percentiles_never_below_the_truth(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        struct histogram h = {0};
        int64_t took[301], longest = 0;
        unsigned n = 1 + (unsigned)rand() % 300;
        for (unsigned i = 0; i < n; i++) {
            took[i] = rand() % (1 << (1 + rand() % 24));
            longest = took[i] > longest ? took[i] : longest;
            histogram_add(&h, took[i]);
        }
        for (unsigned percent = 1; percent <= 100; percent++) {
            int64_t told = histogram_percentile(&h, percent, longest);
            unsigned within = 0;
            for (unsigned i = 0; i < n; i++)
                within += took[i] <= told;
            assert_true(within * 100 >= n * percent);
            assert_true(told <= longest);
        }
    }
}

static void test_of_nothing_there_is_none(void **state)
{
    struct histogram h = {0}, recent;
    struct window w = {0};
    (void)state;
    assert_int_equal(histogram_percentile(&h, 99, 0), 0);
    assert_int_equal(window_read(&w, &h, &recent), 0);
    assert_int_equal(recent.count, 0);
}

/* One commit a second: of the last five minutes there are 290 to 300, whatever came before. */
static void test_what_is_old_is_forgotten(void **state)
{
    struct histogram all = {0}, recent;
    struct window w = {0};
    int64_t now = 7 * SECOND;
    (void)state;
    histogram_add(&all, 9 * SECOND);
    window_note(&w, &all, 9 * SECOND, now);
    assert_int_equal(window_read(&w, &all, &recent), 9 * SECOND);
    assert_int_equal(recent.count, 1);
    for (int i = 0; i < 3600; i++) {
        now += SECOND;
        histogram_add(&all, 3000);
        window_note(&w, &all, 3000, now);
        int64_t longest = window_read(&w, &all, &recent);
        if (i > 300) {
            assert_in_range(recent.count, 290, 300);
            assert_int_equal(longest, 3000);
            assert_int_equal(recent.sum_us, recent.count * 3000);
        } else if (i < 280) {
            assert_int_equal(longest, 9 * SECOND);
        }
    }
}

static void test_after_a_long_silence_it_begins_anew(void **state)
{
    struct histogram all = {0}, recent;
    struct window w = {0};
    (void)state;
    histogram_add(&all, SECOND);
    window_note(&w, &all, SECOND, MINUTE);
    window_note(&w, &all, 0, 60 * MINUTE);
    assert_int_equal(window_read(&w, &all, &recent), 0);
    assert_int_equal(recent.count, 0);
    histogram_add(&all, 2000);
    window_note(&w, &all, 2000, 60 * MINUTE + 1);
    assert_int_equal(window_read(&w, &all, &recent), 2000);
    assert_int_equal(recent.count, 1);
}

/* Seconds without anything do not stretch the window. */
static void test_slots_pass_also_when_nothing_comes(void **state)
{
    struct histogram all = {0}, recent;
    struct window w = {0};
    (void)state;
    histogram_add(&all, SECOND);
    window_note(&w, &all, SECOND, 0);
    window_note(&w, &all, 0, 4 * MINUTE);
    assert_int_equal(window_read(&w, &all, &recent), SECOND);
    window_note(&w, &all, 0, 5 * MINUTE - WINDOW_SLOT_US);
    window_note(&w, &all, 0, 5 * MINUTE);
    assert_int_equal(window_read(&w, &all, &recent), 0);
    assert_int_equal(recent.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buckets_rise_and_hold_everything),
        cmocka_unit_test(test_percentiles_never_below_the_truth),
        cmocka_unit_test(test_of_nothing_there_is_none),
        cmocka_unit_test(test_what_is_old_is_forgotten),
        cmocka_unit_test(test_after_a_long_silence_it_begins_anew),
        cmocka_unit_test(test_slots_pass_also_when_nothing_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
