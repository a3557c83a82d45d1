/* Who sees what, by number and by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/rights.h"
#include "proto/words.h"

static void every_row_is_found_by_its_name(void **state)
{
    (void)state;
    uint32_t n;
    const struct rights_row *rows = rights_rows(&n);
    assert_int_equal(n, RIGHTS_FIELDS);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(rights_named(slice_from(rows[i].name)), i);
}

static void nobody_sees_what_has_no_row(void **state)
{
    (void)state;
    static const char *const strangers[] = {"", "x", "titles", "titl", "TITLE", "ack_due"};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        struct slice name = slice_from(strangers[i]);
        assert_int_equal(rights_named(name), RIGHTS_FIELDS);
        for (uint8_t role = 1; role < ROLE_COUNT; role++)
            assert_false(rights_sees_named(role, name, false));
    }
    assert_true(rights_sees_named(ROLE_OPERATOR, SLICE_LIT("title"), true));
    assert_false(rights_sees_named(ROLE_LEADER, SLICE_LIT("title"), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_name),
        cmocka_unit_test(nobody_sees_what_has_no_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
