/* words: every word of kinds.def has one number, one spelling and two labels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/words.h"

static void every_word_is_found_again(void **state)
{
    (void)state;
    for (int g = 0; g < WORDS_GROUPS; g++) {
        uint32_t count;
        const struct word *rows = words_rows((enum word_group)g, &count);
        assert_true(count > 0);
        for (uint32_t i = 0; i < count; i++) {
            struct slice wire = slice_from(rows[i].wire);
            assert_int_equal(words_find((enum word_group)g, wire), rows[i].number);
            assert_string_equal(words_wire((enum word_group)g, rows[i].number), rows[i].wire);
            assert_string_equal(words_label((enum word_group)g, rows[i].number, false), rows[i].id);
            assert_string_equal(words_label((enum word_group)g, rows[i].number, true), rows[i].en);
            assert_true(rows[i].id[0] && rows[i].en[0]);
            for (uint32_t k = 0; k < i; k++) {
                assert_int_not_equal(rows[k].number, rows[i].number);
                assert_string_not_equal(rows[k].wire, rows[i].wire);
            }
        }
    }
}

static void unknown_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(words_find(WORDS_KIND, SLICE_LIT("Emergency")), 0);
    assert_int_equal(words_find(WORDS_KIND, SLICE_LIT("")), 0);
    assert_int_equal(words_find(WORDS_KIND, (struct slice){0}), 0);
    assert_int_equal(words_find(WORDS_KIND, SLICE_LIT("emergency\0")), 0);
    assert_string_equal(words_wire(WORDS_KIND, 0), "");
    assert_string_equal(words_wire(WORDS_KIND, 200), "");
    assert_string_equal(words_label(WORDS_KIND, 200, true), "");
}

static void cap_says_very_likely(void **state)
{
    (void)state;
    assert_int_equal(words_find(WORDS_CERTAINTY, SLICE_LIT("very likely")), CERTAINTY_LIKELY);
    assert_int_equal(words_find(WORDS_URGENCY, SLICE_LIT("very likely")), 0);
}

static void flags_are_bits(void **state)
{
    (void)state;
    assert_int_equal(words_flag_bit(SLICE_LIT("no_place")), 0);
    assert_int_equal(1u << words_flag_bit(SLICE_LIT("late")), FLAG_LATE);
    assert_int_equal(1u << words_flag_bit(SLICE_LIT("unrouted")), FLAG_UNROUTED);
    assert_int_equal(words_flag_bit(SLICE_LIT("none")), -1);
    uint32_t count;
    const struct word *rows = words_rows(WORDS_FLAG, &count);
    for (uint32_t i = 0; i < count; i++)
        assert_true(rows[i].number < 32);
}

static void states_know_who_owes_work(void **state)
{
    (void)state;
    static const uint8_t open[] = {STATE_RECEIVED,
                                   STATE_VERIFIED,
                                   STATE_ASSIGNED,
                                   STATE_ACKNOWLEDGED,
                                   STATE_IN_PROGRESS,
                                   STATE_WAITING_REPORTER,
                                   STATE_WAITING_THIRD_PARTY,
                                   STATE_WAITING_BUDGET,
                                   STATE_FORWARDED,
                                   STATE_REOPENED};
    for (unsigned s = 0; s < 256; s++) {
        bool want = memchr(open, (int)s, sizeof(open)) != NULL;
        assert_int_equal(words_state_open((uint8_t)s), want);
    }
}

static void subkinds_belong_to_kinds(void **state)
{
    (void)state;
    assert_int_equal(words_subkind_kind(SUBKIND_SENSOR), KIND_EMERGENCY);
    assert_int_equal(words_subkind_kind(SUBKIND_ASPIRATION), KIND_COMPLAINT);
    assert_int_equal(words_subkind_kind(SUBKIND_FEEDBACK), KIND_REPORT);
    assert_int_equal(words_subkind_kind(0), 0);
    assert_int_equal(words_subkind_kind(200), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_found_again), cmocka_unit_test(unknown_is_nothing),
        cmocka_unit_test(cap_says_very_likely),      cmocka_unit_test(flags_are_bits),
        cmocka_unit_test(states_know_who_owes_work), cmocka_unit_test(subkinds_belong_to_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
