/* JSON straight from msgpack bytes, judged by jansson; and the accessors of a parsed answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "proto/pack.h"
#include "siaga.h"

/* {"v": <the bytes>} */
static siaga_doc *doc_of(const void *value, size_t n)
{
    uint8_t bytes[70000];
    struct writer w;
    writer_init(&w, bytes, sizeof(bytes));
    writer_map(&w, 1);
    writer_text(&w, "v");
    writer_raw(&w, value, n);
    assert_false(w.err);
    return siaga_doc_parse(bytes, w.n);
}

static siaga_doc *doc_of_text(const char *text, size_t n)
{
    uint8_t bytes[4096];
    struct writer w;
    writer_init(&w, bytes, sizeof(bytes));
    writer_str(&w, (struct slice){text, (uint32_t)n});
    return doc_of(bytes, w.n);
}

static char *json_of(const siaga_doc *d, bool pretty)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    if (pretty)
        siaga_doc_pretty(d, out);
    else
        siaga_doc_json(d, out);
    fclose(out);
    return text;
}

static void expect(const siaga_doc *root, const char *wanted)
{
    assert_non_null(root);
    char *text = json_of(siaga_doc_get(root, "v"), false);
    assert_string_equal(text, wanted);
    free(text);
}

/* ---- strings ---- */

static const struct {
    const char *bytes;
    size_t n;
    const char *json;
} strings[] = {
    {"", 0, "\"\""},
    {"Jatiasih", 8, "\"Jatiasih\""},
    {"\"\\/", 3, "\"\\\"\\\\/\""},
    {"\n\t\r\b\f", 5, "\"\\n\\t\\r\\b\\f\""},
    {"\0\x1b[31m\x7f", 7, "\"\\u0000\\u001b[31m\\u007f\""},
    {"\xc2\x85", 2, "\"\\u0085\""},                        /* C1: a terminal may obey it */
    {"\xe2\x80\xa8\xe2\x80\xa9", 6, "\"\\u2028\\u2029\""}, /* line breaks to JavaScript */
    {"\xe2\x80\xae", 3, "\"\\u202e\""},                    /* turns the direction of text */
    {"caf\xc3\xa9", 5, "\"caf\xc3\xa9\""},
    {"\xf0\x9f\x94\xa5", 4, "\"\xf0\x9f\x94\xa5\""},
    {"a\xff"
     "b",
     3, "\"a\\ufffdb\""},
    {"\xc3", 1, "\"\\ufffd\""},                       /* cut off */
    {"\xc0\xaf", 2, "\"\\ufffd\\ufffd\""},            /* overlong */
    {"\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\""}, /* half of a surrogate pair */
    {"\xf4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
};

static void test_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        siaga_doc *d = doc_of_text(strings[i].bytes, strings[i].n);
        expect(d, strings[i].json);
        siaga_doc_free(d);
    }
}

/* Whatever bytes a string holds, a JSON reader takes what we write, and legal text comes back. */
static void test_strings_by_oracle(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 20000; round++) {
        char bytes[24];
        size_t n = (size_t)(rand_r(&seed) % 24);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (char)(rand_r(&seed) % (round % 2 ? 256 : 128));
        siaga_doc *d = doc_of_text(bytes, n);
        char *text = json_of(d, round % 3 == 0);
        json_error_t error;
        json_t *read = json_loads(text, JSON_ALLOW_NUL, &error);
        assert_non_null(read);
        json_t *value = json_object_get(read, "v");
        assert_true(json_is_string(value));
        if (round % 2 == 0) {
            assert_int_equal(json_string_length(value), n);
            assert_memory_equal(json_string_value(value), bytes, n);
        }
        json_decref(read);
        free(text);
        siaga_doc_free(d);
    }
}

/* ---- numbers and other values ---- */

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *json;
    } values[] = {
        {"\x00", 1, "0"},
        {"\xff", 1, "-1"},
        {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9, "18446744073709551615"},
        {"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9, "-9223372036854775808"},
        {"\xcb\x00\x00\x00\x00\x00\x00\x00\x00", 9, "0.0"},
        {"\xcb\xc0\x18\xf4\x1f\x21\x2d\x77\x32", 9, "-6.2384"},
        {"\xcb\x7f\xef\xff\xff\xff\xff\xff\xff", 9, "1.7976931348623157e+308"},
        {"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a", 9, "0.1"},
        {"\xca\x3f\x00\x00\x00", 5, "0.5"},
        {"\xc0", 1, "null"},
        {"\xc2", 1, "false"},
        {"\xc3", 1, "true"},
        {"\xc4\x02\xde\xad", 4, "\"dead\""},
        {"\x90", 1, "[]"},
        {"\x80", 1, "{}"},
        {"\x93\x01\x91\x02\x81\xa1k\x03", 8, "[1,[2],{\"k\":3}]"},
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        siaga_doc *d = doc_of(values[i].bytes, values[i].n);
        assert_non_null(d);
        char *text = json_of(siaga_doc_at(d, 0), false);
        assert_string_equal(text, values[i].json);
        free(text);
        siaga_doc_free(d);
    }
}

/* Every double reads back as the same double. */
static void test_doubles(void **state)
{
    (void)state;
    unsigned seed = 11;
    for (int round = 0; round < 20000; round++) {
        union {
            uint64_t bits;
            double real;
        } u = {0};
        for (int i = 0; i < 4; i++)
            u.bits = u.bits << 16 | (uint64_t)(rand_r(&seed) & 0xffff);
        if ((u.bits >> 52 & 0x7ff) == 0x7ff)
            continue;
        uint8_t bytes[9];
        struct writer w;
        writer_init(&w, bytes, sizeof(bytes));
        writer_double(&w, u.real);
        siaga_doc *d = doc_of(bytes, w.n);
        char *text = json_of(siaga_doc_get(d, "v"), false);
        assert_true(strtod(text, NULL) == u.real);
        free(text);
        siaga_doc_free(d);
    }
}

static void test_pretty(void **state)
{
    (void)state;
    siaga_doc *d = doc_of("\x92\x01\x82\xa1"
                          "a\x90\xa1"
                          "b\x91\xc0",
                          10);
    char *text = json_of(d, true);
    assert_string_equal(text, "{\n  \"v\": [\n    1,\n    {\n      \"a\": [],\n      \"b\": [\n"
                              "        null\n      ]\n    }\n  ]\n}");
    free(text);
    siaga_doc_free(d);
}

static void test_nothing(void **state)
{
    (void)state;
    char *text = json_of(NULL, false);
    assert_string_equal(text, "null");
    free(text);
    assert_null(siaga_doc_parse("\xc1", 1));
    assert_null(siaga_doc_parse("\x81\xa1"
                                "a",
                                3));             /* cut */
    assert_null(siaga_doc_parse("\x80\x00", 2)); /* bytes after it */
    assert_null(siaga_doc_parse("\x82\xa1"
                                "a\x01\xa1"
                                "a\x02",
                                7)); /* a key twice */
    assert_null(siaga_doc_parse("\x81\xa1"
                                "a\xdd\xff\xff\xff\xff",
                                8)); /* a huge claim */
}

/* ---- accessors ---- */

static siaga_doc *sample(void)
{
    uint8_t bytes[512];
    struct writer w;
    writer_init(&w, bytes, sizeof(bytes));
    writer_map(&w, 7);
    writer_text(&w, "title");
    writer_text(&w, "Genangan");
    writer_text(&w, "seq");
    writer_uint(&w, 42);
    writer_text(&w, "lat");
    writer_double(&w, -6.25);
    writer_text(&w, "nil");
    writer_nil(&w);
    writer_text(&w, "open");
    writer_bool(&w, true);
    writer_text(&w, "helpers");
    writer_array(&w, 2);
    writer_text(&w, "dinkes");
    writer_text(&w, "bpbd");
    writer_text(&w, "at");
    writer_text(&w, "1970-01-01T07:00:01+07:00");
    assert_false(w.err);
    return siaga_doc_parse(bytes, w.n);
}

static void test_accessors(void **state)
{
    (void)state;
    siaga_doc *d = sample();
    const siaga_doc *helpers = siaga_doc_get(d, "helpers");
    assert_int_equal(siaga_doc_type(d), SIAGA_MAP);
    assert_int_equal(siaga_doc_size(d), 7);
    assert_string_equal(siaga_text(d, "title"), "Genangan");
    assert_int_equal(siaga_int(d, "seq", -1), 42);
    assert_int_equal(siaga_int(d, "lat", -1), -6);
    assert_true(siaga_doc_double(siaga_doc_get(d, "lat"), 0) == -6.25);
    assert_true(siaga_bool(d, "open", false));
    assert_int_equal(siaga_time(d, "at"), 1000000);
    assert_null(siaga_doc_get(d, "nil"));
    assert_string_equal(siaga_doc_name(d, 3), "nil");
    assert_int_equal(siaga_doc_type(siaga_doc_at(d, 3)), SIAGA_NIL);
    assert_int_equal(siaga_doc_size(helpers), 2);
    assert_string_equal(siaga_doc_text(siaga_doc_at(helpers, 1)), "bpbd");
    siaga_doc *copy = siaga_doc_copy(helpers);
    siaga_doc_free(d);
    assert_string_equal(siaga_doc_text(siaga_doc_at(copy, 0)), "dinkes");
    siaga_doc_free(copy);
}

/* Asking for what is not there, or for another type, is no error and never reads outside. */
static void test_misses(void **state)
{
    (void)state;
    siaga_doc *d = sample();
    assert_string_equal(siaga_text(NULL, "title"), "");
    assert_string_equal(siaga_text(d, "seq"), "");
    assert_string_equal(siaga_text(d, "titl"), "");
    assert_int_equal(siaga_int(d, "title", -1), -1);
    assert_null(siaga_doc_at(siaga_doc_get(d, "helpers"), 2));
    assert_null(siaga_doc_at(siaga_doc_get(d, "title"), 0));
    assert_null(siaga_doc_get(siaga_doc_get(d, "helpers"), "title"));
    assert_string_equal(siaga_doc_name(d, 7), "");
    assert_int_equal(siaga_time(d, "title"), 0);
    assert_null(siaga_doc_copy(NULL));
    siaga_doc_free(NULL);
    siaga_doc_free(d);
}

/* ---- for a terminal ---- */

static void test_clean(void **state)
{
    (void)state;
    char out[64], small[6];
    assert_string_equal(siaga_clean("a\x1b[31m\n\tb", out, sizeof(out)), "a\\x1b[31m\\n\\tb");
    assert_string_equal(siaga_clean("\xe2\x80\xaexe\xff", out, sizeof(out)), "\\u202exe\\xff");
    assert_string_equal(siaga_clean("caf\xc3\xa9", out, sizeof(out)), "caf\xc3\xa9");
    assert_string_equal(siaga_clean(NULL, out, sizeof(out)), "");
    assert_string_equal(siaga_clean("abcd\xc3\xa9", small, sizeof(small)), "abcd");
    assert_string_equal(siaga_clean("abc\x01", small, sizeof(small)), "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),   cmocka_unit_test(test_strings_by_oracle),
        cmocka_unit_test(test_numbers),   cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_pretty),    cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_accessors), cmocka_unit_test(test_misses),
        cmocka_unit_test(test_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
