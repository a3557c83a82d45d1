/* The histogram of times: how far off what is read back can be, and what adding gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/views/spread.h"
#include "tests/support/entries.h"

#define LONGEST ((1ull << 39) - 1) /* ms; beyond it all is one bucket */

/* At most 1 % off, in whole numbers. */
static void near(uint64_t told, uint64_t really)
{
    uint64_t off = told > really ? told - really : really - told;
    if (off * 100 > really)
        fail_msg("%llu is told as %llu", (unsigned long long)really, (unsigned long long)told);
}

static void a_value_comes_back_within_one_percent(void **state)
{
    (void)state;
    uint64_t dice = 7;
    for (uint64_t ms = 0; ms < 300000; ms++)
        near(spread_middle(spread_bucket(ms)), ms);
    for (unsigned i = 0; i < 1000000; i++) {
        uint64_t ms = entries_random(&dice) >> (25 + entries_below(&dice, 38));
        near(spread_middle(spread_bucket(ms <= LONGEST ? ms : LONGEST)),
             ms <= LONGEST ? ms : LONGEST);
    }
}

static void buckets_follow_each_other(void **state)
{
    (void)state;
    uint32_t last = 0;
    for (uint64_t ms = 1; ms < 1 << 20; ms++) {
        uint32_t bucket = spread_bucket(ms);
        assert_true(bucket == last || bucket == last + 1);
        last = bucket;
    }
    for (uint32_t i = 0; i < SPREAD_BUCKETS; i++)
        assert_int_equal(spread_bucket(spread_middle(i)), i);
    assert_int_equal(spread_bucket(UINT64_MAX), SPREAD_BUCKETS - 1);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Days, added up to a month, against all values sorted. */
static void percentiles_of_a_sum_are_those_of_all_values(void **state)
{
    (void)state;
    enum { DAYS = 30, EACH = 200 };
    static struct spread day, month;
    static uint64_t all[DAYS * EACH];
    uint64_t dice = 11, told;
    for (unsigned d = 0; d < DAYS; d++) {
        day = (struct spread){.n = 0};
        for (unsigned i = 0; i < EACH; i++) {
            uint64_t ms = 1000 + entries_below(&dice, 1u << (10 + entries_below(&dice, 20)));
            all[d * EACH + i] = ms;
            spread_add(&day, spread_bucket(ms), 1);
        }
        spread_join(&month, &day);
    }
    qsort(all, DAYS * EACH, sizeof *all, by_size);
    assert_int_equal(month.n, DAYS * EACH);
    for (unsigned percent = 1; percent <= 100; percent++) {
        assert_true(spread_percentile(&month, percent, &told));
        near(told, all[(DAYS * EACH * percent + 99) / 100 - 1]);
    }
}

static void few_values_have_percentiles_too(void **state)
{
    (void)state;
    static struct spread s;
    uint64_t told;
    s = (struct spread){.n = 0};
    assert_false(spread_percentile(&s, 50, &told));
    spread_add(&s, spread_bucket(100), 1);
    assert_true(spread_percentile(&s, 50, &told));
    assert_int_equal(told, 100);
    spread_add(&s, spread_bucket(20), 1);
    assert_true(spread_percentile(&s, 50, &told)); /* nearest rank: the first of two */
    assert_int_equal(told, 20);
    assert_true(spread_percentile(&s, 90, &told));
    assert_int_equal(told, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_comes_back_within_one_percent),
        cmocka_unit_test(buckets_follow_each_other),
        cmocka_unit_test(percentiles_of_a_sum_are_those_of_all_values),
        cmocka_unit_test(few_values_have_percentiles_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
