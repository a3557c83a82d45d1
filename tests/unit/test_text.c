/* text: what counts as text, what is made of what does not, and where it may be cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/text.h"

#define FFFD "\xEF\xBF\xBD"

static const struct {
    const char *text;
    enum text_state line, lines;
} checks[] = {
    {"", TEXT_FINE, TEXT_FINE},
    {"Kebakaran di Jl. Wibawa Mukti", TEXT_FINE, TEXT_FINE},
    {"caf\xc3\xa9 \342\200\234ya\xe2\x80\x9d \xf0\x9f\x94\xa5", TEXT_FINE, TEXT_FINE},
    {"\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85 \xe2\x80\x8f", TEXT_FINE, TEXT_FINE}, /* RLM may stay */
    {"a\nb\tc", TEXT_CONTROL, TEXT_FINE},
    {"a\rb", TEXT_CONTROL, TEXT_CONTROL},
    {"a\x01", TEXT_CONTROL, TEXT_CONTROL},
    {"a\x1b[31m", TEXT_CONTROL, TEXT_CONTROL},
    {"a\x7f", TEXT_CONTROL, TEXT_CONTROL},
    {"a\xc2\x80", TEXT_CONTROL, TEXT_CONTROL},
    {"a\xc2\x85", TEXT_CONTROL, TEXT_CONTROL},
    {"a\xc2\x9f", TEXT_CONTROL, TEXT_CONTROL},
    {"a\xc2\xa0", TEXT_FINE, TEXT_FINE},
    {"\xe2\x80\xaa", TEXT_CONTROL, TEXT_CONTROL}, /* U+202A */
    {"\xe2\x80\xae", TEXT_CONTROL, TEXT_CONTROL}, /* U+202E */
    {"\xe2\x80\xaf", TEXT_FINE, TEXT_FINE},       /* U+202F */
    {"\xe2\x81\xa6", TEXT_CONTROL, TEXT_CONTROL}, /* U+2066 */
    {"\xe2\x81\xa9", TEXT_CONTROL, TEXT_CONTROL}, /* U+2069 */
    {"\xe2\x81\xa5", TEXT_FINE, TEXT_FINE},
    {"a\xef\xbb\xbf", TEXT_CONTROL, TEXT_CONTROL}, /* U+FEFF inside */
    {"\357\273\277a", TEXT_FINE, TEXT_FINE},       /* and in front */
    {"\xef\xbf\xbe", TEXT_CONTROL, TEXT_CONTROL},  /* U+FFFE */
    {"\xef\xbf\xbf", TEXT_CONTROL, TEXT_CONTROL},
    {"\xf0\x9f\xbf\xbf", TEXT_CONTROL, TEXT_CONTROL}, /* U+1FFFF */
    {"\xef\xb7\x90", TEXT_CONTROL, TEXT_CONTROL},     /* U+FDD0 */
    {FFFD, TEXT_FINE, TEXT_FINE},
    {"\xff", TEXT_BROKEN, TEXT_BROKEN},
    {"a\xc3", TEXT_BROKEN, TEXT_BROKEN},
    {"a\x80z", TEXT_BROKEN, TEXT_BROKEN},
    {"\xc0\x80", TEXT_BROKEN, TEXT_BROKEN},         /* overlong */
    {"\xe0\x80\xaf", TEXT_BROKEN, TEXT_BROKEN},     /* overlong */
    {"\xed\xa0\x80", TEXT_BROKEN, TEXT_BROKEN},     /* surrogate */
    {"\xf4\x90\x80\x80", TEXT_BROKEN, TEXT_BROKEN}, /* beyond U+10FFFF */
    {"\x01\xff", TEXT_BROKEN, TEXT_BROKEN},         /* broken outweighs control */
};

static void check_knows_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        struct slice s = slice_from(checks[i].text);
        if (text_check(s, false) != checks[i].line || text_check(s, true) != checks[i].lines)
            fail_msg("row %zu: %s", i, checks[i].text);
    }
    assert_int_equal(text_check(SLICE_LIT("a\0b"), true), TEXT_CONTROL);
    assert_int_equal(text_check((struct slice){0}, true), TEXT_FINE);
}

static void check_agrees_with_the_code_points(void **state)
{
    (void)state;
    /* Every code point in UTF-8, made by hand here. */
    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        char t[4];
        uint32_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (uint32_t i = n - 1, rest = c; i > 0; i--, rest >>= 6)
            t[i] = (char)(0x80 | (rest & 0x3F));
        t[0] = (char)(n == 1 ? c : (0xF00u >> n & 0xFF) | c >> 6 * (n - 1));
        bool bad = c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x202A && c <= 0x202E) ||
                   (c >= 0x2066 && c <= 0x2069) || (c >= 0xFDD0 && c <= 0xFDEF) ||
                   (c & 0xFFFE) == 0xFFFE;
        enum text_state want = c >= 0xD800 && c <= 0xDFFF ? TEXT_BROKEN
                               : bad                      ? TEXT_CONTROL
                                                          : TEXT_FINE;
        if (text_check((struct slice){t, n}, false) != want)
            fail_msg("U+%04X", c);
    }
}

static void nfc_composes(void **state)
{
    (void)state;
    struct arena a = {0};
    static const char *const pairs[][2] = {
        {"cafe\xcc\x81", "caf\xc3\xa9"},
        {"\xe2\x84\xab", "\xc3\x85"},                             /* ANGSTROM SIGN */
        {"q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87"},               /* reordered */
        {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"}, /* Hangul */
        {"\xf0\x9d\x85\x9e", "\xf0\x9d\x85\x97\xf0\x9d\x85\xa5"}, /* composition exclusion */
        {"\xef\xac\x81", "\xef\xac\x81"},                         /* ligature: compatibility only */
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct slice got = text_nfc(&a, slice_from(pairs[i][0]));
        if (!slice_is(got, pairs[i][1]))
            fail_msg("row %zu", i);
        struct slice again = text_nfc(&a, got);
        assert_ptr_equal(again.p, got.p); /* NFC already: the same slice */
    }
    const char *plain = "Kebakaran";
    assert_ptr_equal(text_nfc(&a, slice_from(plain)).p, plain);
    assert_int_equal(text_nfc(&a, (struct slice){0}).n, 0);
    arena_drop(&a);
}

static void repair_replaces(void **state)
{
    (void)state;
    struct arena a = {0};
    static const struct {
        const char *from, *line, *lines;
    } rows[] = {
        {"fine", "fine", "fine"},
        {"a\377\376\377b", "a" FFFD "b", "a" FFFD "b"}, /* one for a run of bad bytes */
        {"a\001\002b", "a" FFFD FFFD "b", "a" FFFD FFFD "b"},
        {"a\nb", "a" FFFD "b", "a\nb"},
        {"\xff\x01\xff", FFFD FFFD FFFD, FFFD FFFD FFFD},
        {"ab\xe2\x82", "ab" FFFD, "ab" FFFD},
        {"\342\200\256evil", FFFD "evil", FFFD "evil"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice from = slice_from(rows[i].from);
        struct slice line = text_repair(&a, from, false), lines = text_repair(&a, from, true);
        if (!slice_is(line, rows[i].line) || !slice_is(lines, rows[i].lines))
            fail_msg("row %zu", i);
        assert_int_equal(text_check(line, false), TEXT_FINE);
        assert_int_equal(text_check(lines, true), TEXT_FINE);
    }
    arena_drop(&a);
}

/* Random bytes: repaired text is always text, and its NFC too. */
static void repair_always_makes_text(void **state)
{
    (void)state;
    static const char *const bits[] = {"\xff",
                                       "\xc3",
                                       "a",
                                       "\xcc\x81",
                                       "\xe0\xbd\xb3",
                                       "\n",
                                       "\x1b",
                                       "\xef\xbb\xbf",
                                       "\xe2\x80\xae",
                                       "\xf0\x9f\x94\xa5",
                                       "\xed\xa0"};
    struct arena a = {0};
    unsigned seed = 4;
    for (int round = 0; round < 3000; round++) {
        char t[1024];
        uint32_t n = 0;
        unsigned kinds = 1 + (unsigned)rand_r(&seed) % 11;
        for (int i = rand_r(&seed) % 200; i > 0; i--) {
            const char *bit = bits[(unsigned)rand_r(&seed) % kinds];
            memcpy(t + n, bit, strlen(bit));
            n += (uint32_t)strlen(bit);
        }
        struct slice made = text_repair(&a, (struct slice){t, n}, round % 2);
        assert_int_equal(text_check(made, round % 2), TEXT_FINE);
        assert_int_not_equal(text_check(text_nfc(&a, made), round % 2), TEXT_BROKEN);
        arena_reset(&a);
    }
    arena_drop(&a);
}

/* 32,000 marks on one letter would take seconds to sort. */
static void runs_of_marks_are_bounded(void **state)
{
    (void)state;
    struct arena a = {0};
    for (uint32_t marks = 29; marks <= 31; marks++) {
        char t[64] = "a";
        for (uint32_t i = 0; i < marks; i++)
            memcpy(t + 1 + 2 * i, i % 2 ? "\xcc\x81" : "\xcc\xa3", 2);
        struct slice s = {t, 1 + 2 * marks};
        assert_int_equal(text_check(s, true), marks <= 30 ? TEXT_FINE : TEXT_CONTROL);
    }
    static char big[65536];
    for (uint32_t i = 0; i + 4 <= sizeof(big); i += 4)
        memcpy(big + i, "\xcc\x81\xcc\xa3", 4);
    struct slice s = {big, sizeof(big)};
    assert_int_equal(text_check(s, true), TEXT_CONTROL);
    struct slice made = text_repair(&a, s, true);
    assert_int_equal(text_check(made, true), TEXT_FINE);
    arena_drop(&a);
}

static void cut_keeps_characters_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t most, want;
    } rows[] = {
        {"abc", 3, 3},
        {"abc", 99, 3},
        {"abc", 2, 2},
        {"abc", 0, 0},
        {"a\xc3\xa9", 2, 1},
        {"a\303\251b", 3, 3},
        {"ae\xcc\x81z", 2, 1}, /* the mark would be left behind */
        {"ae\xcc\x81z", 3, 1},
        {"ae\xcc\x81z", 4, 4},
        {"x\xf0\x9f\x94\xa5y", 4, 1},
        {"x\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x92y", 8, 1}, /* a fire-fighter is one */
        {"x\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x92y", 12, 12},
        {"e\xcc\x81z", 2, 1}, /* nothing else fits: at a character */
        {"\xc3\xa9", 1, 0},
        {"a\xff\xff", 2, 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t got = text_cut(slice_from(rows[i].text), rows[i].most);
        if (got != rows[i].want)
            fail_msg("row %zu: %u", i, got);
    }
}

static void clean_fits_and_ends(void **state)
{
    (void)state;
    char out[16];
    memset(out, 'X', sizeof(out));
    text_clean(SLICE_LIT("a\nb\tc\x1b\xff\0z"), out, sizeof(out));
    assert_string_equal(out, "a?b?c???z");
    for (uint32_t cap = 1; cap <= 8; cap++) {
        memset(out, 'X', sizeof(out));
        text_clean(SLICE_LIT("\xc3\xa9\xe2\x82\xac\xc3\xa9"), out, cap);
        assert_true(strlen(out) < cap);
        assert_int_equal(text_check(slice_from(out), false), TEXT_FINE);
        assert_int_equal(out[cap], 'X');
    }
    text_clean((struct slice){0}, out, sizeof(out));
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_knows_text),
        cmocka_unit_test(check_agrees_with_the_code_points),
        cmocka_unit_test(nfc_composes),
        cmocka_unit_test(repair_replaces),
        cmocka_unit_test(repair_always_makes_text),
        cmocka_unit_test(runs_of_marks_are_bounded),
        cmocka_unit_test(cut_keeps_characters_whole),
        cmocka_unit_test(clean_fits_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
