/* Words as they are looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/fold.h"

/* The words of a text, joined by blanks. */
static const char *words(const char *text)
{
    static char joined[512];
    struct slice rest = slice_from(text);
    struct fold_word w;
    size_t n = 0;
    joined[0] = '\0';
    while (fold_next(&rest, &w))
        n += (size_t)snprintf(joined + n, sizeof joined - n, "%s%.*s", n > 0 ? " " : "", (int)w.n,
                              w.text);
    return joined;
}

static void case_and_marks_do_not_count(void **state)
{
    (void)state;
    assert_string_equal(words("Kebakaran RUKO, Jl. Juanda no.12/A!"),
                        "kebakaran ruko jl juanda no 12 a");
    assert_string_equal(words("Jl. Juánda Café É"), "jl juanda cafe e");
    assert_string_equal(words("Cafe\xcc\x81"), "cafe"); /* the accent as a mark of its own */
    assert_string_equal(words("ＢＡＮＪＩＲ ﬁnal"), "banjir final"); /* full width, ligature */
    assert_string_equal(words("STRASSE straße"), "strasse strasse");
    assert_string_equal(words("pohon-tumbang_di jalan"), "pohon tumbang di jalan");
}

static void nothing_has_no_words(void **state)
{
    (void)state;
    assert_string_equal(words(""), "");
    assert_string_equal(words(" ,.-\n\t!"), "");
    assert_string_equal(words("\xcc\x81"), ""); /* a mark alone */
    struct slice none = {0};
    struct fold_word w;
    assert_false(fold_next(&none, &w));
}

static void long_words_are_cut_at_a_character(void **state)
{
    (void)state;
    assert_string_equal(words("abcdefghijklmnopqrstuvwxyz lagi"), "abcdefghijklmnopqrstuvwx lagi");
    /* twelve letters of two bytes fit, and no half of the thirteenth */
    assert_string_equal(words("\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0"
                              "\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1"),
                        "\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1\xd0\xb1"
                        "\xd0\xb1\xd0\xb1\xd0\xb1");
}

static void broken_text_ends_there(void **state)
{
    (void)state;
    assert_string_equal(words("api \xff dan"), "api");
    assert_string_equal(words("api\xc3"), "api");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_and_marks_do_not_count),
        cmocka_unit_test(nothing_has_no_words),
        cmocka_unit_test(long_words_are_cut_at_a_character),
        cmocka_unit_test(broken_text_ends_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
