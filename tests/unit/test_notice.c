/* notice: a flood at the door becomes few words, and no count is lost in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "daemon/ingress/notice.h"

#define SECOND 1000000ll
#define MINUTE (60 * SECOND)

static struct notice *n;

static int end(void **state)
{
    (void)state;
    notice_free(&n);
    return 0;
}

static uint32_t at(int64_t us, const char *name, uint32_t count)
{
    return notice_count(n, slice_from(name), count, us);
}

static void once_at_once_then_after_ten_minutes(void **state)
{
    (void)state;
    n = notice_new(1, 100);
    assert_int_equal(at(SECOND, "192.0.2.1", 1), 1);
    assert_int_equal(at(2 * SECOND, "192.0.2.1", 400), 0);
    assert_int_equal(at(10 * MINUTE, "192.0.2.1", 5), 0);
    assert_int_equal(at(10 * MINUTE + SECOND, "192.0.2.1", 1), 406);
    assert_int_equal(at(10 * MINUTE + SECOND, "192.0.2.2", 1), 1); /* another is another */
}

static void what_happens_seldom_is_not_told(void **state)
{
    (void)state;
    n = notice_new(10, 100);
    for (int i = 0; i < 9; i++)
        assert_int_equal(at(i * SECOND, "field-1", 1), 0);
    assert_int_equal(at(9 * SECOND, "field-1", 1), 10);
    for (int i = 0; i < 9; i++)
        assert_int_equal(at(i * SECOND, "field-2", 1), 0);
    assert_int_equal(at(11 * MINUTE, "field-2", 1), 0); /* those are forgotten */
}

static void all_together_only_so_often_a_minute(void **state)
{
    (void)state;
    char name[32];
    uint32_t told = 0;
    n = notice_new(1, 6);
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "10.0.%u.%u", i / 250, i % 250);
        told += at(i * 1000, name, 1) > 0;
    }
    assert_int_equal(told, 6);
    assert_true(at(MINUTE, name, 1) >= 2); /* and what was not told is not lost */
}

static void a_count_does_not_run_over(void **state)
{
    (void)state;
    n = notice_new(1, 6);
    at(1, "x", 1);
    assert_int_equal(at(SECOND, "x", UINT32_MAX), 0);
    assert_int_equal(at(2 * SECOND, "x", 7), 0);
    assert_int_equal(at(20 * MINUTE, "x", 1), UINT32_MAX);
}

static void a_name_of_any_length(void **state)
{
    (void)state;
    char name[300];
    memset(name, 'a', sizeof name);
    n = notice_new(1, 6);
    assert_int_equal(notice_count(n, (struct slice){name, sizeof name}, 1, 1), 1);
    assert_int_equal(notice_count(n, (struct slice){name, sizeof name}, 1, 2), 0);
    assert_int_equal(notice_count(n, (struct slice){NULL, 0}, 1, 2), 1);
}

#define each(test) cmocka_unit_test_teardown(test, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(once_at_once_then_after_ten_minutes),
        each(what_happens_seldom_is_not_told),
        each(all_together_only_so_often_a_minute),
        each(a_count_does_not_run_over),
        each(a_name_of_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
