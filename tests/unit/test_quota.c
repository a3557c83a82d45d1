/* quota: a bucket a source, filled with time, and a bound on how many are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/pipeline/quota.h"

#define SECOND 1000000ll

static struct quota *q;
static const struct slice meja = {"meja-1", 6};

static int make(void **state)
{
    (void)state;
    q = quota_new();
    return 0;
}

static int drop(void **state)
{
    (void)state;
    quota_free(&q);
    assert_null(q);
    return 0;
}

static unsigned taken_at(struct slice source, uint32_t per_minute, int64_t now_us)
{
    unsigned n = 0;
    while (n < 100000 && quota_take(q, source, per_minute, now_us) == 0)
        n++;
    return n;
}

static void a_bucket_holds_one_minute(void **state)
{
    (void)state;
    assert_int_equal(taken_at(meja, 60, 5 * SECOND), 60);
    assert_int_equal(quota_take(q, meja, 60, 5 * SECOND), 2); /* one token a second, rounded up */
}

static void time_fills_it_and_no_further(void **state)
{
    (void)state;
    assert_int_equal(taken_at(meja, 60, 0), 60);
    assert_int_equal(taken_at(meja, 60, 10 * SECOND), 10);
    assert_int_equal(taken_at(meja, 60, 10 * SECOND + SECOND / 2), 0);
    assert_int_equal(taken_at(meja, 60, 11 * SECOND), 1); /* the half was not lost */
    assert_int_equal(taken_at(meja, 60, 10000 * SECOND), 60);
}

/* Who waits as long as it was told gets its token. */
static void the_wait_told_is_long_enough(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1, 2, 7, 60, 100, 6000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        char name[16];
        struct slice source = {name, (uint32_t)snprintf(name, sizeof name, "s-%zu", i)};
        int64_t now = 1000 * SECOND;
        assert_int_equal(taken_at(source, rates[i], now), rates[i]);
        uint32_t wait = quota_take(q, source, rates[i], now);
        assert_in_range(wait, 1, 61);
        assert_int_equal(quota_take(q, source, rates[i], now + wait * SECOND), 0);
    }
}

static void sources_do_not_share(void **state)
{
    (void)state;
    static const struct slice other = {"meja-2", 6}, prefix = {"meja", 4};
    assert_int_equal(taken_at(meja, 10, 0), 10);
    assert_int_equal(taken_at(other, 10, 0), 10);
    assert_int_equal(taken_at(prefix, 10, 0), 10);
}

/* More names than are kept: one that was just used up is not forgotten while idle ones go. */
static void many_names_stay_bounded_and_idle_ones_go_first(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 16383; i++) {
        char name[16];
        struct slice source = {name, (uint32_t)snprintf(name, sizeof name, "n-%u", i)};
        assert_int_equal(quota_take(q, source, 10, 0), 0);
    }
    assert_int_equal(taken_at(meja, 10, 100 * SECOND), 10);
    static const struct slice one_more = {"one-more", 8};
    assert_int_equal(quota_take(q, one_more, 10, 100 * SECOND), 0);
    assert_int_not_equal(quota_take(q, meja, 10, 100 * SECOND), 0);
}

#define with_quota(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_quota(a_bucket_holds_one_minute),
        with_quota(time_fills_it_and_no_further),
        with_quota(the_wait_told_is_long_enough),
        with_quota(sources_do_not_share),
        with_quota(many_names_stay_bounded_and_idle_ones_go_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
