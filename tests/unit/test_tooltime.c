/* Times, zones, points and words as people type them; `date` of coreutils is the oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/tool.h"

#define NOW 1795489200000000 /* 2026-11-24 10:00:00 WIB, a Tuesday */
#define HOUR 3600000000
#define DAY (24 * HOUR)

static struct tool_zone zone(const char *name)
{
    struct tool_zone z = {0};
    assert_true(tool_zone_set(name, &z));
    return z;
}

static const struct {
    const char *text;
    int64_t us;
} good[] = {
    {"2026-11-24T10:00:00+07:00", NOW},
    {"2026-11-24T03:00:00Z", NOW},
    {"2026-11-24 10:00", NOW},
    {"2026-11-24T10:00", NOW},
    {"2026-11-24 10:00:30", NOW + 30000000},
    {"2026-11-24 10.00", NOW},
    {"24/11/2026 10:00", NOW},
    {"24-11-2026", NOW - 10 * HOUR},
    {"2026-11-24", NOW - 10 * HOUR},
    {"2024-02-29", 1709139600000000},
    {"07:00", NOW - 3 * HOUR},
    {"07.00", NOW - 3 * HOUR},
    {"23:59:59", NOW + 14 * HOUR - 1000000},
    {"now", NOW},
    {"sekarang", NOW},
    {"today", NOW - 10 * HOUR},
    {"hari-ini", NOW - 10 * HOUR},
    {"yesterday", NOW - 34 * HOUR},
    {"Kemarin", NOW - 34 * HOUR},
    {"-2h", NOW - 2 * HOUR},
    {"2h", NOW - 2 * HOUR},
    {"15m", NOW - HOUR / 4},
    {"3d", NOW - 3 * DAY},
    {"1d3h", NOW - DAY - 3 * HOUR},
    {"1d3h1m5s", NOW - DAY - 3 * HOUR - 65000000},
    {"2w", NOW - 14 * DAY},
};

static const char *const bad[] = {
    "",
    "-",
    "5",
    "h",
    "2x",
    "2h3",
    "tomorrow",
    "2026",
    "2026-11",
    "2026-13-01",
    "2026-02-29",
    "2026-11-31",
    "2026-11-24 ",
    "2026-11-24 25:00",
    "2026-11-24 10",
    "24:00",
    "10:60",
    "10:00:60",
    "1:00",
    "10:00 WIB",
    "24/11-2026",
    "32/01/2026",
    "99999999d",
    "9999w",
    "2026-11-24T10:00:00+25:00",
    " 10:00",
    "10:00.30",
};

static void test_parse(void **state)
{
    (void)state;
    struct tool_zone wib = zone("WIB");
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t us = -1;
        if (!tool_time_parse(&wib, good[i].text, NOW, &us) || us != good[i].us)
            fail_msg("'%s' gives %lld, not %lld", good[i].text, (long long)us,
                     (long long)good[i].us);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t us = -1;
        if (tool_time_parse(&wib, bad[i], NOW, &us))
            fail_msg("'%s' was taken as %lld", bad[i], (long long)us);
    }
}

/* The same words mean other moments elsewhere. */
static void test_parse_zones(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *text;
        int64_t us;
    } cases[] = {
        {"UTC", "2026-11-24 03:00", NOW},
        {"WITA", "2026-11-24 11:00", NOW},
        {"WIT", "12:00", NOW},
        {"+07:00", "10:00", NOW},
        {"-0330", "2026-11-23 23:30", NOW},
        {"Asia/Jakarta", "2026-11-24 10:00", NOW},
        {"Asia/Jakarta", "yesterday", NOW - 34 * HOUR},
        {"America/New_York", "2026-07-04 00:00", 1783137600000000}, /* summer: -04:00 */
        {"America/New_York", "2026-12-24 00:00", 1798088400000000}, /* winter: -05:00 */
        {"+14:00", "today", NOW - 17 * HOUR},
        {"-10:00", "today", NOW - 17 * HOUR},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tool_zone z = zone(cases[i].zone);
        int64_t us = -1;
        if (!tool_time_parse(&z, cases[i].text, NOW, &us) || us != cases[i].us)
            fail_msg("%s '%s' gives %lld, not %lld", cases[i].zone, cases[i].text, (long long)us,
                     (long long)cases[i].us);
    }
}

static void test_zones(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "wi",
        "+7",
        "+15:00",
        "+07:60",
        "07:00",
        "Asia/Nowhere",
        "../etc/passwd",
        "/etc/passwd",
        "Asia/../../../etc/passwd",
    };
    struct tool_zone z = zone("wib");
    assert_string_equal(z.name, "WIB");
    assert_int_equal(z.offset_s, 7 * 3600);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (tool_zone_set(wrong[i], &z))
            fail_msg("'%s' was taken as a zone", wrong[i]);
    assert_string_equal(z.name, "WIB");
    assert_int_equal(zone("-03:30").offset_s, -12600);
    z = zone("America/New_York");
    assert_int_equal(tool_zone_offset(&z, 1783137600000000), -4 * 3600);
    assert_int_equal(tool_zone_offset(&z, 1798088400000000), -5 * 3600);
}

/* `date` agrees on local times of many days in zones with and without summer time. */
static void test_parse_by_oracle(void **state)
{
    (void)state;
    static const char *const names[] = {"Asia/Jakarta", "Europe/Amsterdam"};
    for (size_t n = 0; n < 2; n++) {
        struct tool_zone z = zone(names[n]);
        for (int i = 0; i < 24; i++) {
            char text[64], command[256], line[64] = "";
            snprintf(text, sizeof(text), "20%02d-%02d-%02d %02d:%02d", (7 * i) % 37, i % 12 + 1,
                     i % 28 + 1, i % 20 + 4, (11 * i) % 60);
            snprintf(command, sizeof(command), "TZ=%s date -d '%s' +%%s", names[n], text);
            FILE *date = popen(command, "r");
            assert_non_null(date);
            assert_non_null(fgets(line, sizeof(line), date));
            assert_int_equal(pclose(date), 0);
            int64_t us = -1;
            assert_true(tool_time_parse(&z, text, NOW, &us));
            assert_int_equal(us, strtoll(line, NULL, 10) * 1000000);
        }
    }
}

static void test_show(void **state)
{
    (void)state;
    struct tool t = {.zone = zone("WIB")};
    char out[TOOL_TIME_BYTES];
    assert_string_equal(tool_time_long(&t, NOW, out), "2026-11-24 10.00.00 WIB");
    assert_string_equal(tool_time_short(&t, NOW - 400 * DAY, out), "2025-10-20 10.00 WIB");
    assert_string_equal(tool_time_short(&t, 0, out), "");
    assert_int_equal(strlen(tool_time_short(&t, siaga_now(), out)), strlen("10.31 WIB"));
    t.english = true;
    t.zone = zone("+05:45");
    assert_string_equal(tool_time_long(&t, NOW, out), "2026-11-24 08:45:00 +05:45");
    t.zone = zone("Europe/Amsterdam");
    assert_string_equal(tool_time_long(&t, NOW, out), "2026-11-24 04:00:00 CET");
}

static void test_span(void **state)
{
    (void)state;
    struct tool id = {0}, en = {.english = true};
    char out[TOOL_TIME_BYTES];
    assert_string_equal(tool_span(&id, 45999999, out), "45 dtk");
    assert_string_equal(tool_span(&id, 14 * HOUR / 60, out), "14 mnt");
    assert_string_equal(tool_span(&id, 3 * HOUR + HOUR / 12, out), "3 j 05 mnt");
    assert_string_equal(tool_span(&id, 2 * DAY + 4 * HOUR, out), "2 h 4 j");
    assert_string_equal(tool_span(&en, -2 * DAY - 4 * HOUR, out), "-2 d 4 h");
}

/* ---- other things typed ---- */

static void test_points(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",      ",",   "1",   "1,",    ",1",    "91,0",  "0,181",
        "1,2,3", "a,b", "1;2", "nan,0", "0x1,2", "1e1,2", "1 2,3",
    };
    double lat, lon;
    assert_true(tool_point("-6.2384,106.9756", &lat, &lon));
    assert_true(lat == -6.2384 && lon == 106.9756);
    assert_true(tool_point("-6.2384, 106.9756", &lat, &lon));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (tool_point(wrong[i], &lat, &lon))
            fail_msg("'%s' was taken as a point", wrong[i]);
    assert_true(tool_degree("-6,2384", 90, &lat));
    assert_true(lat == -6.2384);
    assert_false(tool_degree("6.238.4", 90, &lat));
}

static void test_numbers(void **state)
{
    (void)state;
    int64_t n = 7;
    assert_true(tool_number("0", 0, 10, &n));
    assert_int_equal(n, 0);
    assert_true(tool_number("-3", -5, 10, &n));
    assert_false(tool_number("", 0, 10, &n));
    assert_false(tool_number(" 1", 0, 10, &n));
    assert_false(tool_number("1x", 0, 10, &n));
    assert_false(tool_number("11", 0, 10, &n));
    assert_false(tool_number("99999999999999999999", 0, INT64_MAX, &n));
    assert_int_equal(n, -3);
}

static void test_fold(void **state)
{
    (void)state;
    char out[64], small[8];
    static const char *const cases[][2] = {
        {"Bekasi Timur", "bekasi-timur"},
        {"  Kec. Jati--Asih ", "kec-jati-asih"},
        {"RW 05/RT 02", "rw-05-rt-02"},
        {"caf\xc3\xa9 x", "caf-x"},
        {"---", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tool_fold(cases[i][0], out, sizeof(out));
        assert_string_equal(out, cases[i][1]);
    }
    tool_fold("abc defghij", small, sizeof(small));
    assert_true(strlen(small) < sizeof(small));
}

static void test_words(void **state)
{
    (void)state;
    static const char *const verbs[] = {"report", "emergency", "list", NULL};
    assert_string_equal(tool_nearest("raport", verbs), "report");
    assert_string_equal(tool_nearest("lsit", verbs), "list");
    assert_string_equal(tool_nearest("emerg", verbs), "emergency");
    assert_null(tool_nearest("xyz", verbs));
    assert_string_equal(tool_find_word("severity", "extreme"), "extreme");
    assert_string_equal(tool_find_word("severity", "KRITIS"), "extreme");
    assert_string_equal(tool_find_word("state", "in progress"), "in_progress");
    assert_null(tool_find_word("severity", ""));
    assert_null(tool_find_word("severity", "krits"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),  cmocka_unit_test(test_parse_zones),
        cmocka_unit_test(test_zones),  cmocka_unit_test(test_parse_by_oracle),
        cmocka_unit_test(test_show),   cmocka_unit_test(test_span),
        cmocka_unit_test(test_points), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_fold),   cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
