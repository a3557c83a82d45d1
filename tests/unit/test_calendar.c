/* calendar: working minutes and days by the hours of the week. Golden cases worked out by hand,
 * and a slow second way of counting to compare with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/city/calendar.h"
#include "proto/stamp.h"

#define WIB (7 * 3600)
#define HHMM(h, m) ((h)*60 + (m))

/* Monday to Thursday 07:30-12:00 and 13:00-16:00, Friday 07:30-11:30 and 13:00-16:30: 450
 * minutes each, 2250 the week. */
#define LONG_DAY                       \
    {                                  \
        2, {HHMM(7, 30), HHMM(13, 0)}, \
        {                              \
            HHMM(12, 0), HHMM(16, 0)   \
        }                              \
    }
#define FRIDAY                         \
    {                                  \
        2, {HHMM(7, 30), HHMM(13, 0)}, \
        {                              \
            HHMM(11, 30), HHMM(16, 30) \
        }                              \
    }
static const struct calendar office = {
    WIB,
    {{0}, LONG_DAY, LONG_DAY, LONG_DAY, LONG_DAY, FRIDAY, {0}},
};

/* A market of the night: Saturday 20:00-24:00 and Sunday 00:00-04:00. */
static const struct calendar night = {
    WIB,
    {{1, {0}, {HHMM(4, 0)}}, {0}, {0}, {0}, {0}, {0}, {1, {HHMM(20, 0)}, {HHMM(24, 0)}}},
};

static const struct calendar closed = {WIB, {{0}}};

/* "2026-11-24 10:05:00" on the clocks of the city */
static int64_t at(const char *local)
{
    char text[40];
    int64_t us = 0;
    snprintf(text, sizeof text, "%.10sT%s+07:00", local, local + 11);
    assert_true(stamp_parse(slice_from(text), &us));
    return us;
}

struct golden {
    const char *from;
    int64_t amount;
    const char *to;
    const char *why;
};

static void check(const struct calendar *c, const struct golden *rows, size_t count,
                  int64_t (*add)(const struct calendar *, int64_t, int64_t))
{
    for (size_t i = 0; i < count; i++) {
        char got[STAMP_BYTES];
        int64_t us = add(c, at(rows[i].from), rows[i].amount);
        stamp_offset(us, WIB, got);
        if (us != at(rows[i].to))
            print_error("%s: %s + %lld gave %s\n", rows[i].why, rows[i].from,
                        (long long)rows[i].amount, got);
        assert_true(us == at(rows[i].to));
    }
}

/* 2026-11-23 is a Monday. */
static void adds_minutes(void **state)
{
    (void)state;
    static const struct golden rows[] = {
        {"2026-11-24 10:05:00", 30, "2026-11-24 10:35:00", "inside one span"},
        {"2026-11-24 10:05:06", 1, "2026-11-24 10:06:06", "seconds stay"},
        {"2026-11-24 11:30:00", 30, "2026-11-24 12:00:00", "ends with the span, not at the next"},
        {"2026-11-24 11:30:00", 31, "2026-11-24 13:01:00", "over the noon break"},
        {"2026-11-24 12:20:00", 10, "2026-11-24 13:10:00", "begins in the break"},
        {"2026-11-24 12:00:00", 10, "2026-11-24 13:10:00", "begins as the break does"},
        {"2026-11-24 13:00:00", 10, "2026-11-24 13:10:00", "begins as the break ends"},
        {"2026-11-24 15:50:00", 30, "2026-11-25 07:50:00", "over the night"},
        {"2026-11-24 15:59:30", 1, "2026-11-25 07:30:30", "half a minute on each day"},
        {"2026-11-24 16:00:00", 1, "2026-11-25 07:31:00", "begins at closing"},
        {"2026-11-24 22:00:00", 60, "2026-11-25 08:30:00", "begins in the evening"},
        {"2026-11-25 00:00:00", 60, "2026-11-25 08:30:00", "begins at midnight"},
        {"2026-11-24 23:59:59", 60, "2026-11-25 08:30:00", "begins before midnight"},
        {"2026-11-25 05:00:00", 60, "2026-11-25 08:30:00", "begins in the early morning"},
        {"2026-11-25 07:30:00", 450, "2026-11-25 16:00:00", "one whole day"},
        {"2026-11-25 07:30:00", 451, "2026-11-26 07:31:00", "one whole day and a minute"},
        {"2026-11-24 10:00:00", 450, "2026-11-25 10:00:00", "a day's minutes later"},
        {"2026-11-27 11:00:00", 60, "2026-11-27 13:30:00", "over the Friday prayer"},
        {"2026-11-27 11:40:00", 15, "2026-11-27 13:15:00", "begins in the Friday prayer"},
        {"2026-11-26 11:40:00", 15, "2026-11-26 11:55:00", "the same on a Thursday"},
        {"2026-11-27 16:30:00", 5, "2026-11-30 07:35:00", "over the weekend"},
        {"2026-11-27 16:15:00", 30, "2026-11-30 07:45:00", "Friday closes later"},
        {"2026-11-28 12:00:00", 450, "2026-11-30 16:00:00", "begins on Saturday"},
        {"2026-11-29 23:00:00", 1, "2026-11-30 07:31:00", "begins on Sunday night"},
        {"2026-11-23 07:30:00", 2250, "2026-11-27 16:30:00", "the whole week, ends at closing"},
        {"2026-11-23 07:30:00", 2251, "2026-11-30 07:31:00", "the whole week and a minute"},
        {"2026-11-24 10:00:00", 4500, "2026-12-08 10:00:00", "two weeks"},
        {"2026-11-24 10:00:00", 22500, "2027-02-02 10:00:00", "ten weeks, over the year"},
        {"2026-12-31 15:30:00", 60, "2027-01-01 08:00:00", "over the year's end"},
        {"2028-02-28 15:30:00", 60, "2028-02-29 08:00:00", "into a leap day"},
        {"2026-11-24 12:30:00", 0, "2026-11-24 13:00:00",
         "nothing, from outside: the next opening"},
        {"2026-11-24 10:00:00", 0, "2026-11-24 10:00:00", "nothing, from inside"},
    };
    check(&office, rows, sizeof rows / sizeof *rows, calendar_add_minutes);
}

static void adds_minutes_over_midnight(void **state)
{
    (void)state;
    static const struct golden rows[] = {
        {"2026-11-28 21:00:00", 60, "2026-11-28 22:00:00", "on Saturday"},
        {"2026-11-28 23:30:00", 30, "2026-11-29 00:00:00", "to the stroke of midnight"},
        {"2026-11-28 23:30:00", 60, "2026-11-29 00:30:00", "over midnight without a gap"},
        {"2026-11-29 03:00:00", 120, "2026-12-05 21:00:00", "over the six days between"},
    };
    check(&night, rows, sizeof rows / sizeof *rows, calendar_add_minutes);
}

static void adds_days(void **state)
{
    (void)state;
    static const struct golden rows[] = {
        {"2026-11-24 10:00:00", 1, "2026-11-25 16:00:00", "the next day's closing"},
        {"2026-11-24 23:30:00", 1, "2026-11-25 16:00:00", "late in the evening counts the same"},
        {"2026-11-24 00:00:00", 1, "2026-11-25 16:00:00", "so does midnight"},
        {"2026-11-26 10:00:00", 1, "2026-11-27 16:30:00", "Friday closes later"},
        {"2026-11-27 10:00:00", 1, "2026-11-30 16:00:00", "Friday to Monday"},
        {"2026-11-28 10:00:00", 1, "2026-11-30 16:00:00", "Saturday to Monday"},
        {"2026-11-29 10:00:00", 1, "2026-11-30 16:00:00", "Sunday to Monday"},
        {"2026-11-24 10:00:00", 5, "2026-12-01 16:00:00", "five days are a week"},
        {"2026-11-24 10:00:00", 14, "2026-12-14 16:00:00", "fourteen days"},
        {"2026-12-30 10:00:00", 3, "2027-01-04 16:00:00", "over the year's end"},
    };
    check(&office, rows, sizeof rows / sizeof *rows, calendar_add_days);
}

static void counts_by_local_days(void **state)
{
    (void)state;
    /* 23:30 UTC on Monday is Tuesday 06:30 in the city */
    int64_t us = at("2026-11-24 06:30:00");
    assert_true(calendar_add_days(&office, us, 1) == at("2026-11-25 16:00:00"));
    assert_true(calendar_add_minutes(&office, us, 10) == at("2026-11-24 07:40:00"));
}

static void says_so_when_nobody_works(void **state)
{
    (void)state;
    assert_true(calendar_add_minutes(&closed, at("2026-11-24 10:00:00"), 10) == 0);
    assert_true(calendar_add_days(&closed, at("2026-11-24 10:00:00"), 1) == 0);
}

/* The slow way: minute by minute. */
static bool is_worked(const struct calendar *c, int64_t us)
{
    uint32_t day = stamp_day(us, c->tz_offset_s);
    int64_t midnight = (int64_t)day * STAMP_DAY - c->tz_offset_s * STAMP_SECOND;
    int64_t minute = (us - midnight) / STAMP_MINUTE;
    const struct calendar_weekday *d = &c->week[stamp_weekday(day)];
    for (unsigned i = 0; i < d->spans_n; i++)
        if (minute >= d->from[i] && minute < d->to[i])
            return true;
    return false;
}

static int64_t add_slowly(const struct calendar *c, int64_t us, int64_t minutes)
{
    while (minutes > 0) {
        minutes -= is_worked(c, us);
        us += STAMP_MINUTE;
    }
    return us;
}

static void agrees_with_counting_minute_by_minute(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int i = 0; i < 500; i++) {
        seed = seed * 1664525 + 1013904223;
        int64_t us = at("2026-01-01 00:00:00") + (seed >> 8) % 525600 * STAMP_MINUTE;
        seed = seed * 1664525 + 1013904223;
        int64_t minutes = 1 + (seed >> 8) % 6000;
        const struct calendar *c = i % 4 ? &office : &night;
        assert_true(calendar_add_minutes(c, us, minutes) == add_slowly(c, us, minutes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_minutes),
        cmocka_unit_test(adds_minutes_over_midnight),
        cmocka_unit_test(adds_days),
        cmocka_unit_test(counts_by_local_days),
        cmocka_unit_test(says_so_when_nobody_works),
        cmocka_unit_test(agrees_with_counting_minute_by_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
