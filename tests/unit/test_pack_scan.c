/* pack: the scan against hostile bytes: each fault named, size and depth bounded, no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <malloc.h>

#include "proto/pack.h"

/* --- hostile bytes --- */

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *what, *bytes;
    size_t n;
    enum pack_scan want;
} cases[] = {
    {"empty map", BYTES("\x80"), PACK_FINE},
    {"nothing", BYTES(""), PACK_EMPTY},
    {"a number", BYTES("\x01"), PACK_NOT_A_MAP},
    {"an array", BYTES("\x90"), PACK_NOT_A_MAP},
    {"nil", BYTES("\xc0"), PACK_NOT_A_MAP},
    {"five bytes that claim 4 G items", BYTES("\xdd\xff\xff\xff\xff"), PACK_NOT_A_MAP},
    {"five bytes that claim 4 G pairs", BYTES("\xdf\xff\xff\xff\xff"), PACK_CUT},
    {"array bomb as a value", BYTES("\x81\xa1k\xdd\xff\xff\xff\xff"), PACK_CUT},
    {"map bomb as a value", BYTES("\x81\xa1k\xdf\xff\xff\xff\xff"), PACK_CUT},
    {"string bomb", BYTES("\x81\xa1k\xdb\xff\xff\xff\xff"), PACK_CUT},
    {"bin bomb", BYTES("\x81\xa1k\xc6\xff\xff\xff\xff"), PACK_CUT},
    {"map of one with half a pair", BYTES("\x81\xa1k"), PACK_CUT},
    {"pairs need two bytes each", BYTES("\x82\xa1k\x01"), PACK_CUT},
    {"trailing byte", BYTES("\x80\x00"), PACK_TRAILING},
    {"number as key", BYTES("\x81\x01\x01"), PACK_BAD_KEY},
    {"bin as key", BYTES("\x81\xc4\x01k\x01"), PACK_BAD_KEY},
    {"nil as key", BYTES("\x81\xc0\x01"), PACK_BAD_KEY},
    {"broken UTF-8 in a key", BYTES("\x81\xa1\xff\x01"), PACK_BAD_KEY},
    {"overlong key", BYTES("\x81\xa2\xc0\x80\x01"), PACK_BAD_KEY},
    {"surrogate in a key", BYTES("\x81\xa3\xed\xa0\x80\x01"), PACK_BAD_KEY},
    {"key beyond U+10FFFF", BYTES("\x81\xa4\xf4\x90\x80\x80\x01"), PACK_BAD_KEY},
    {"key that ends inside a character", BYTES("\x81\xa1\xc3\x01"), PACK_BAD_KEY},
    {"good UTF-8 key", BYTES("\x81\xa2\xc3\xa9\x01"), PACK_FINE},
    {"empty key", BYTES("\x81\xa0\x01"), PACK_FINE},
    {"same key twice", BYTES("\x82\xa1k\x01\xa1k\x02"), PACK_DUPLICATE_KEY},
    {"same key twice, other head", BYTES("\x82\xa1k\x01\xd9\x01k\x02"), PACK_DUPLICATE_KEY},
    {"same key twice inside", BYTES("\x81\xa1m\x82\xa1k\x01\xa1k\x02"), PACK_DUPLICATE_KEY},
    {"same key in two maps", BYTES("\x82\xa1k\x81\xa1k\x01\xa1j\x81\xa1k\x01"), PACK_FINE},
    {"NaN", BYTES("\x81\xa1k\xcb\x7f\xf8\0\0\0\0\0\0"), PACK_BAD_NUMBER},
    {"signalling NaN", BYTES("\x81\xa1k\xcb\x7f\xf0\0\0\0\0\0\1"), PACK_BAD_NUMBER},
    {"infinity", BYTES("\x81\xa1k\xcb\x7f\xf0\0\0\0\0\0\0"), PACK_BAD_NUMBER},
    {"minus infinity", BYTES("\x81\xa1k\xcb\xff\xf0\0\0\0\0\0\0"), PACK_BAD_NUMBER},
    {"float32 NaN", BYTES("\x81\xa1k\xca\x7f\xc0\0\0"), PACK_BAD_NUMBER},
    {"float32 infinity", BYTES("\x81\xa1k\xca\x7f\x80\0\0"), PACK_BAD_NUMBER},
    {"NaN inside an array", BYTES("\x81\xa1k\x91\xca\x7f\xc0\0\0"), PACK_BAD_NUMBER},
    {"float32", BYTES("\x81\xa1k\xca\x3f\x80\0\0"), PACK_FINE},
    {"the type never used", BYTES("\x81\xa1k\xc1"), PACK_BAD_TYPE},
    {"fixext 1", BYTES("\x81\xa1k\xd4\x01\x00"), PACK_BAD_TYPE},
    {"timestamp 32", BYTES("\x81\xa1k\xd6\xff\0\0\0\0"), PACK_BAD_TYPE},
    {"ext 8", BYTES("\x81\xa1k\xc7\x01\x01\x00"), PACK_BAD_TYPE},
    {"ext 32 bomb", BYTES("\x81\xa1k\xc9\xff\xff\xff\xff\x01"), PACK_BAD_TYPE},
    {"ext as key", BYTES("\x81\xd4\x01\x00\x01"), PACK_BAD_TYPE},
    {"broken UTF-8 in a value is not for the scan", BYTES("\x81\xa1k\xa1\xff"), PACK_FINE},
    {"bin value", BYTES("\x81\xa1k\xc4\x02\xff\xff"), PACK_FINE},
};

static void scan_names_each_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        /* A copy of exact size, so that a sanitizer sees one byte too many. */
        void *copy = malloc(cases[i].n + (cases[i].n == 0));
        memcpy(copy, cases[i].bytes, cases[i].n);
        enum pack_scan got = pack_scan(copy, cases[i].n);
        free(copy);
        if (got != cases[i].want)
            fail_msg("%s: %s, not %s", cases[i].what, pack_scan_name(got),
                     pack_scan_name(cases[i].want));
    }
}

static void scan_bounds_size(void **state)
{
    (void)state;
    size_t n = PACK_MAX_BYTES + 1;
    uint8_t *m = calloc(1, n);
    struct writer w;
    writer_init(&w, m, n);
    writer_map(&w, 1);
    writer_text(&w, "k");
    uint8_t *str = m + w.n;
    /* Fill with one string to 65,536 bytes exactly, then to one more. */
    for (size_t total = PACK_MAX_BYTES; total <= n; total++) {
        uint32_t body = (uint32_t)(total - w.n - 5);
        str[0] = 0xdb;
        for (unsigned i = 0; i < 4; i++)
            str[1 + i] = (uint8_t)(body >> (24 - 8 * i));
        assert_int_equal(pack_scan(m, total), total == n ? PACK_TOO_BIG : PACK_FINE);
    }
    free(m);
}

static void scan_bounds_depth(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth <= 12; depth++) {
        for (unsigned shape = 0; shape < 2; shape++) {
            uint8_t m[64];
            struct writer w;
            writer_init(&w, m, sizeof(m));
            for (unsigned i = 0; i < depth; i++) {
                bool last = i + 1 == depth;
                if (i > 0 && shape == 1) {
                    writer_array(&w, !last);
                } else {
                    writer_map(&w, !last);
                    if (!last)
                        writer_text(&w, "k");
                }
            }
            assert_int_equal(w.err, 0);
            assert_int_equal(pack_scan(m, w.n), depth <= 8 ? PACK_FINE : PACK_TOO_DEEP);
        }
    }
    /* A thousand brackets do not reach the stack either. */
    uint8_t deep[1002];
    memset(deep, 0x91, sizeof(deep));
    memcpy(deep, "\x81\xa1k", 3);
    assert_int_equal(pack_scan(deep, sizeof(deep)), PACK_TOO_DEEP);
}

static void many_keys(struct writer *w, uint32_t pairs, uint32_t repeat)
{
    writer_map(w, pairs);
    for (uint32_t i = 0; i < pairs; i++) {
        char key[8];
        snprintf(key, sizeof(key), "k%u", i == pairs - 1 ? repeat : i);
        writer_text(w, key);
        writer_nil(w);
    }
}

static void scan_finds_repeats_in_wide_maps(void **state)
{
    (void)state;
    static uint8_t m[8192];
    struct writer w;
    for (uint32_t repeat = 0; repeat < 256; repeat++) {
        writer_init(&w, m, sizeof(m));
        many_keys(&w, 256, repeat);
        assert_int_equal(pack_scan(m, w.n), repeat == 255 ? PACK_FINE : PACK_DUPLICATE_KEY);
    }
    writer_init(&w, m, sizeof(m));
    many_keys(&w, 257, 256);
    assert_int_equal(pack_scan(m, w.n), PACK_TOO_BIG);
    char long_key[66] = "";
    memset(long_key, 'x', 65);
    for (uint32_t n = 64; n <= 65; n++) {
        writer_init(&w, m, sizeof(m));
        writer_map(&w, 1);
        writer_str(&w, (struct slice){long_key, n});
        writer_nil(&w);
        assert_int_equal(pack_scan(m, w.n), n == 64 ? PACK_FINE : PACK_BAD_KEY);
    }
}

static void scan_allocates_nothing(void **state)
{
    (void)state;
    static uint8_t m[PACK_MAX_BYTES];
    memset(m, 0x80, sizeof(m));
    memcpy(m, "\x81\xa1k\xdd\0\0\xff\xf8", 8); /* 65,528 empty maps */
    size_t before = mallinfo2().uordblks;
    assert_int_equal(pack_scan(m, sizeof(m)), PACK_FINE);
    assert_int_equal(pack_scan("\x81\xa1k\xdd\xff\xff\xff\xff", 8), PACK_CUT);
    assert_int_equal(mallinfo2().uordblks, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_names_each_fault),  cmocka_unit_test(scan_bounds_size),
        cmocka_unit_test(scan_bounds_depth),      cmocka_unit_test(scan_finds_repeats_in_wide_maps),
        cmocka_unit_test(scan_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
