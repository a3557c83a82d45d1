/* stamp: RFC 3339 in and out, and the calendar against libc's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "proto/stamp.h"

static const struct {
    const char *text;
    int64_t us;
} good[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:00.000001Z", 1},
    {"2026-11-24T03:00:00Z", 1795489200000000},
    {"2026-11-24T10:00:00+07:00", 1795489200000000},
    {"2026-11-23T22:30:00-04:30", 1795489200000000},
    {"2026-11-24t03:00:00z", 1795489200000000},
    {"2026-11-24 10:00:00+07:00", 1795489200000000}, /* date --rfc-3339=seconds */
    {"2026-11-24T03:00:00-00:00", 1795489200000000},
    {"2026-11-24T03:00:00.5Z", 1795489200500000},
    {"2026-11-24T03:00:00.123456789Z", 1795489200123456},
    {"2026-11-24T03:00:00.000000999Z", 1795489200000000},
    {"2024-02-29T00:00:00Z", 1709164800000000},
    {"2000-02-29T00:00:00Z", 951782400000000},
    {"2016-12-31T23:59:60Z", 1483228799000000},
    {"2200-12-31T23:59:59Z", 7289654399000000},
};

static const char *const bad[] = {
    "",
    "2026",
    "2026-11-24",
    "2026-11-24T03:00:00",
    "2026-11-24T03:00Z",
    "2026-11-24T03:00:00.Z",
    "2026-11-24T03:00:00.1234567890Z",
    "2026-11-24T03:00:00,5Z",
    "2026-11-24T24:00:00Z",
    "2026-11-24T23:60:00Z",
    "2026-11-24T23:59:61Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2201-01-01T00:00:00Z",
    "1970-01-01T00:00:00+07:00",
    "2026-11-24T03:00:00+7:00",
    "2026-11-24T03:00:00+0700",
    "2026-11-24T03:00:00+24:00",
    "2026-11-24T03:00:00+07:60",
    "2026-11-24T03:00:00Z ",
    " 2026-11-24T03:00:00Z",
    "2026-11-24T03:00:00ZZ",
    "26-11-24T03:00:00Z",
    "2026/11/24T03:00:00Z",
    "20261124T030000Z",
    "2026-11-24T3:00:00Z",
    "-026-11-24T03:00:00Z",
    "2026-1--24T03:00:00Z",
    "1795489200",
};

static void reads_what_is_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t us = -1;
        if (!stamp_parse(slice_from(good[i].text), &us) || us != good[i].us)
            fail_msg("%s gives %lld", good[i].text, (long long)us);
    }
}

static void refuses_what_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t us = 77;
        if (stamp_parse(slice_from(bad[i]), &us) || us != 77)
            fail_msg("%s was taken", bad[i]);
    }
    assert_false(stamp_parse((struct slice){0}, &(int64_t){0}));
    assert_false(stamp_parse(SLICE_LIT("2026-11-24T03:00:00\0Z"), &(int64_t){0}));
    /* Every truncation of a good one, at its exact size. */
    const char *whole = "2026-11-24T10:00:00.123456+07:00";
    for (uint32_t n = 0; n < strlen(whole); n++)
        assert_false(stamp_parse((struct slice){whole, n}, &(int64_t){0}));
}

static void writes_utc_and_offset(void **state)
{
    (void)state;
    char text[STAMP_BYTES];
    stamp_utc(1795489506123456, text);
    assert_string_equal(text, "2026-11-24T03:05:06.123456Z");
    stamp_offset(1795489506123456, 7 * 3600, text);
    assert_string_equal(text, "2026-11-24T10:05:06.123456+07:00");
    stamp_offset(1795489506123456, -(3 * 3600 + 1800), text);
    assert_string_equal(text, "2026-11-23T23:35:06.123456-03:30");
    stamp_utc(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
    stamp_utc(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
    stamp_utc(INT64_MAX, text);
    assert_true(strlen(text) < STAMP_BYTES);
    stamp_offset(INT64_MIN, -86399, text);
    assert_true(strlen(text) < STAMP_BYTES);
}

static void round_trips(void **state)
{
    (void)state;
    for (int64_t us = 1; us < 7289654399000000; us += 86399 * STAMP_SECOND * 11 + 123457) {
        char text[STAMP_BYTES];
        int64_t back = 0;
        stamp_offset(us, 7 * 3600, text);
        if (us > STAMP_DAY && us < 7289654399000000 - STAMP_DAY) {
            assert_true(stamp_parse(slice_from(text), &back));
            assert_true(back == us);
        }
        stamp_utc(us, text);
        assert_true(stamp_parse(slice_from(text), &back));
        assert_true(back == us);
    }
}

static void days_agree_with_libc(void **state)
{
    (void)state;
    for (uint32_t day = 0; day < 84370; day++) { /* to the end of 2200 */
        time_t t = (time_t)day * 86400;
        struct tm tm;
        gmtime_r(&t, &tm);
        int y, m, d;
        stamp_day_parts(day, &y, &m, &d);
        assert_int_equal(y, tm.tm_year + 1900);
        assert_int_equal(m, tm.tm_mon + 1);
        assert_int_equal(d, tm.tm_mday);
        assert_int_equal(stamp_weekday(day), tm.tm_wday);
        assert_int_equal(stamp_day_of(y, m, d), day);
        assert_int_equal(stamp_day((int64_t)t * STAMP_SECOND, 0), day);
    }
}

static void the_day_is_the_local_one(void **state)
{
    (void)state;
    int64_t us;
    assert_true(stamp_parse(SLICE_LIT("2026-11-23T17:00:00Z"), &us));
    assert_int_equal(stamp_day(us, 7 * 3600), stamp_day_of(2026, 11, 24));
    assert_int_equal(stamp_day(us - 1, 7 * 3600), stamp_day_of(2026, 11, 23));
    assert_int_equal(stamp_day(us, 0), stamp_day_of(2026, 11, 23));
    assert_int_equal(stamp_day(-1, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_right),   cmocka_unit_test(refuses_what_is_not),
        cmocka_unit_test(writes_utc_and_offset), cmocka_unit_test(round_trips),
        cmocka_unit_test(days_agree_with_libc),  cmocka_unit_test(the_day_is_the_local_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
