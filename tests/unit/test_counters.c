/* counters: every one has a name of its own and a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/base/counters.h"

static void every_counter_has_a_name_of_its_own_and_a_sentence(void **state)
{
    (void)state;
    assert_true(COUNTERS > 0);
    for (int i = 0; i < COUNTERS; i++) {
        const char *name = counters_name((enum counter)i);
        assert_true(name[0] != '\0');
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        assert_true(strlen(counters_sentence((enum counter)i)) > 10);
        for (int other = 0; other < i; other++)
            assert_string_not_equal(name, counters_name((enum counter)other));
    }
}

static void the_names_stand_in_the_order_of_the_numbers(void **state)
{
    (void)state;
    assert_string_equal(counters_name(COUNT_RECEIVED), "received");
    assert_string_equal(counters_name(COUNT_STORED), "stored");
    assert_string_equal(counters_name(COUNT_DUPLICATE), "duplicate");
    assert_string_equal(counters_name(COUNT_REFUSED), "refused");
    assert_string_equal(counters_name(COUNT_DROPPED), "dropped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_counter_has_a_name_of_its_own_and_a_sentence),
        cmocka_unit_test(the_names_stand_in_the_order_of_the_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
