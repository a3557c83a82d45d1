/* calendar: working minutes and days by the hours of the week, of Ramadan and the days off. Cases
 * worked out by hand, and a slow second way of counting to compare with. */
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
#define WEEK                                                 \
    {                                                        \
        {0}, LONG_DAY, LONG_DAY, LONG_DAY, LONG_DAY, FRIDAY, \
        {                                                    \
            0                                                \
        }                                                    \
    }
static const struct calendar office = {.tz_offset_s = WIB, .week = WEEK};

/* A market of the night: Saturday 20:00-24:00 and Sunday 00:00-04:00. */
static const struct calendar night = {
    .tz_offset_s = WIB,
    .week = {{1, {0}, {HHMM(4, 0)}}, {0}, {0}, {0}, {0}, {0}, {1, {HHMM(20, 0)}, {HHMM(24, 0)}}},
};

static const struct calendar closed = {.tz_offset_s = WIB};
static const struct calendar always = {.tz_offset_s = WIB, .always = true};

/* A year of calendar.d/, made anew for each test: Ramadan from Thursday 19 February to Friday 20
 * March, days off before and behind it and around the year's end. */
static struct calendar_year year;
static const struct calendar dated = {
    .tz_offset_s = WIB, .week = WEEK, .years = &year, .years_n = 1};

#define SHORT_DAY                      \
    {                                  \
        2, {HHMM(8, 0), HHMM(12, 30)}, \
        {                              \
            HHMM(12, 0), HHMM(15, 0)   \
        }                              \
    }
static const struct calendar_weekday fasting[7] = {
    {0},       SHORT_DAY, SHORT_DAY,
    SHORT_DAY, SHORT_DAY, {2, {HHMM(8, 0), HHMM(12, 30)}, {HHMM(11, 30), HHMM(15, 30)}},
    {0}};

static int make_year(void **state)
{
    (void)state;
    static const struct {
        int month, day;
    } off[] = {{1, 1}, {2, 17}, {3, 18}, {3, 19}, {3, 20}, {3, 23}, {12, 24}, {12, 25}, {12, 31}};
    year = (struct calendar_year){.year = 2026,
                                  .first = stamp_day_of(2026, 1, 1),
                                  .days = 365,
                                  .ramadan_from = stamp_day_of(2026, 2, 19),
                                  .ramadan_until = stamp_day_of(2026, 3, 21)};
    memcpy(year.ramadan, fasting, sizeof fasting);
    for (size_t i = 0; i < sizeof off / sizeof *off; i++)
        calendar_set_off(&year, stamp_day_of(2026, off[i].month, off[i].day));
    return 0;
}

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
    assert_true(calendar_worked(&closed, at("2026-11-24 10:00:00"), at("2027-11-24 10:00:00")) ==
                0);
}

/* ---- on duty around the clock ---- */

static void knows_no_night_on_duty_around_the_clock(void **state)
{
    (void)state;
    static const struct golden minutes[] = {
        {"2026-11-28 23:50:00", 30, "2026-11-29 00:20:00", "over midnight of a weekend"},
        {"2026-11-28 23:50:00", 10, "2026-11-29 00:00:00", "to midnight"},
        {"2026-11-29 00:00:00", 1440, "2026-11-30 00:00:00", "a whole day"},
        {"2026-12-31 12:00:00", 2880, "2027-01-02 12:00:00", "over the year's end"},
    };
    static const struct golden days[] = {
        {"2026-11-28 10:00:00", 1, "2026-11-30 00:00:00", "a day ends at midnight"},
        {"2026-11-28 00:00:00", 1, "2026-11-30 00:00:00", "the day itself does not count"},
        {"2026-12-30 10:00:00", 3, "2027-01-03 00:00:00", "over the year's end"},
    };
    check(&always, minutes, sizeof minutes / sizeof *minutes, calendar_add_minutes);
    check(&always, days, sizeof days / sizeof *days, calendar_add_days);
    int64_t from = at("2026-11-28 22:10:00"), to = at("2026-11-30 00:00:30");
    assert_true(calendar_worked(&always, from, to) == to - from);
}

/* ---- days off and Ramadan ---- */

static void passes_over_days_off(void **state)
{
    (void)state;
    static const struct golden minutes[] = {
        {"2026-02-16 15:30:00", 60, "2026-02-18 08:00:00", "a Tuesday off"},
        {"2026-02-17 10:00:00", 60, "2026-02-18 08:30:00", "begins on it"},
        {"2026-12-23 16:00:00", 60, "2026-12-28 08:30:00", "two days off and a weekend"},
        {"2026-12-30 16:00:00", 60, "2027-01-01 08:30:00", "the next year has no file"},
        {"2025-12-31 15:30:00", 60, "2026-01-02 08:00:00", "nor has the one before"},
    };
    static const struct golden days[] = {
        {"2026-02-16 10:00:00", 1, "2026-02-18 16:00:00", "a Tuesday off"},
        {"2026-12-23 10:00:00", 1, "2026-12-28 16:00:00", "two days off and a weekend"},
        {"2026-12-29 10:00:00", 3, "2027-01-04 16:00:00", "into a year without a file"},
    };
    check(&dated, minutes, sizeof minutes / sizeof *minutes, calendar_add_minutes);
    check(&dated, days, sizeof days / sizeof *days, calendar_add_days);
}

static void keeps_the_hours_of_ramadan(void **state)
{
    (void)state;
    static const struct golden minutes[] = {
        {"2026-02-18 15:30:00", 60, "2026-02-19 08:30:00", "the first morning begins at eight"},
        {"2026-02-19 07:40:00", 30, "2026-02-19 08:30:00", "half past seven is too early"},
        {"2026-02-19 08:00:00", 390, "2026-02-19 15:00:00", "a day has 390 minutes"},
        {"2026-02-19 11:45:00", 30, "2026-02-19 12:45:00", "over the short break"},
        {"2026-02-20 11:15:00", 30, "2026-02-20 12:45:00", "over the Friday prayer"},
        {"2026-02-18 15:00:00", 450, "2026-02-19 15:00:00", "begins before it, ends in it"},
        {"2026-03-17 14:30:00", 60, "2026-03-24 08:00:00", "ends behind it and four days off"},
    };
    static const struct golden days[] = {
        {"2026-02-18 10:00:00", 1, "2026-02-19 15:00:00", "closing is at three"},
        {"2026-02-19 10:00:00", 1, "2026-02-20 15:30:00", "Friday half past three"},
        {"2026-03-17 10:00:00", 1, "2026-03-24 16:00:00", "behind it at four again"},
    };
    check(&dated, minutes, sizeof minutes / sizeof *minutes, calendar_add_minutes);
    check(&dated, days, sizeof days / sizeof *days, calendar_add_days);
}

/* It stands in the file of the year in which it ends. */
static void keeps_a_ramadan_over_the_years_end(void **state)
{
    (void)state;
    year.ramadan_from = stamp_day_of(2025, 12, 29);
    year.ramadan_until = stamp_day_of(2026, 1, 28);
    static const struct golden rows[] = {
        {"2025-12-29 07:00:00", 60, "2025-12-29 09:00:00", "in the year before"},
        {"2025-12-26 16:00:00", 31, "2025-12-29 08:01:00", "the Friday before it"},
        {"2026-01-27 14:30:00", 60, "2026-01-28 08:00:00", "its last day"},
    };
    check(&dated, rows, sizeof rows / sizeof *rows, calendar_add_minutes);
}

static void keeps_a_day_off_of_its_own_year_only(void **state)
{
    (void)state;
    uint32_t first = year.first, after = first + year.days;
    assert_true(calendar_in_year(&year, first) && calendar_in_year(&year, after - 1));
    assert_false(calendar_in_year(&year, first - 1) || calendar_in_year(&year, after));
    struct calendar_year before = year;
    calendar_set_off(&year, first - 1);
    calendar_set_off(&year, after);
    assert_memory_equal(&year, &before, sizeof year);
    assert_false(calendar_is_off(&year, first - 1) || calendar_is_off(&year, after));
    assert_true(calendar_is_off(&year, first) && !calendar_is_off(&year, first + 1));
    calendar_set_off(&year, after - 1);
    assert_true(calendar_is_off(&year, after - 1));
}

/* ---- measuring ---- */

static void measures_working_time(void **state)
{
    (void)state;
    static const struct golden rows[] = {
        {"2026-11-24 10:05:00", 30, "2026-11-24 10:35:00", "inside one span"},
        {"2026-11-24 11:30:00", 60, "2026-11-24 13:30:00", "over the break"},
        {"2026-11-24 12:10:00", 0, "2026-11-24 12:50:00", "inside the break"},
        {"2026-11-24 00:00:00", 450, "2026-11-25 00:00:00", "a day"},
        {"2026-11-23 12:30:00", 2250, "2026-11-30 12:30:00", "a week"},
        {"2026-11-27 16:30:00", 0, "2026-11-30 07:30:00", "a weekend"},
        {"2026-11-24 10:00:00", 0, "2026-11-24 10:00:00", "no time"},
        {"2026-11-24 11:00:00", 0, "2026-11-24 10:00:00", "the wrong order"},
        {"2026-02-18 15:00:00", 120, "2026-02-19 09:00:00", "into Ramadan"},
        {"2026-02-19 00:00:00", 7410, "2026-03-21 00:00:00", "all of it: 19 days"},
        {"2026-12-23 15:30:00", 60, "2026-12-28 08:00:00", "over days off"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t got = calendar_worked(&dated, at(rows[i].from), at(rows[i].to));
        if (got != rows[i].amount * STAMP_MINUTE)
            print_error("%s: %lld us\n", rows[i].why, (long long)got);
        assert_true(got == rows[i].amount * STAMP_MINUTE);
    }
}

/* ---- the slow way: minute by minute ---- */

static const struct calendar_weekday *hours_slowly(const struct calendar *c, uint32_t day)
{
    static const struct calendar_weekday none = {.spans_n = 0};
    if (c->years_n > 0 && calendar_is_off(&year, day))
        return &none;
    bool fast = c->years_n > 0 && day >= year.ramadan_from && day < year.ramadan_until;
    return fast ? &fasting[stamp_weekday(day)] : &c->week[stamp_weekday(day)];
}

static bool is_worked(const struct calendar *c, int64_t us)
{
    uint32_t day = stamp_day(us, c->tz_offset_s);
    int64_t midnight = (int64_t)day * STAMP_DAY - c->tz_offset_s * STAMP_SECOND;
    int64_t minute = (us - midnight) / STAMP_MINUTE;
    const struct calendar_weekday *d = hours_slowly(c, day);
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
        const struct calendar *c = i % 4 == 0 ? &night : i % 4 == 1 ? &office : &dated;
        int64_t end = add_slowly(c, us, minutes);
        assert_true(calendar_add_minutes(c, us, minutes) == end);
        assert_true(calendar_worked(c, us, end) == minutes * STAMP_MINUTE);
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
        cmocka_unit_test(knows_no_night_on_duty_around_the_clock),
        cmocka_unit_test_setup(passes_over_days_off, make_year),
        cmocka_unit_test_setup(keeps_the_hours_of_ramadan, make_year),
        cmocka_unit_test_setup(keeps_a_ramadan_over_the_years_end, make_year),
        cmocka_unit_test_setup(keeps_a_day_off_of_its_own_year_only, make_year),
        cmocka_unit_test_setup(measures_working_time, make_year),
        cmocka_unit_test_setup(agrees_with_counting_minute_by_minute, make_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
