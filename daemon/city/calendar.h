/* calendar: working time. Adds working time to a point in time and measures it, by the hours of the
 * week in city.yaml, the days off and the hours of Ramadan in calendar.d/. A year without a file
 * has the plain hours of the week. The calendar of an SKPD on duty around the clock knows none of
 * these: there every minute is worked. */
#ifndef SIAGA_CITY_CALENDAR_H
#define SIAGA_CITY_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_SPANS_MAX 3
#define CALENDAR_DAYS_MOST 20000u /* looked at for one answer: beyond them nobody works */

/* One weekday: working spans in minutes after local midnight, rising, not touching. */
struct calendar_weekday {
    unsigned spans_n;
    uint16_t from[CALENDAR_SPANS_MAX], to[CALENDAR_SPANS_MAX];
};

/* One file of calendar.d/. Days are days since 1970. */
struct calendar_year {
    int year;
    uint32_t first, days; /* 1 January, and how many days */
    uint8_t off[46];      /* a bit a day: holiday or joint leave */
    /* until is exclusive; both 0: none. It ends in this year and may begin in the one before. */
    uint32_t ramadan_from, ramadan_until;
    struct calendar_weekday ramadan[7];
};

struct calendar {
    int tz_offset_s;
    bool always;                     /* on duty around the clock: the rest is not looked at */
    struct calendar_weekday week[7]; /* 0 Sunday */
    const struct calendar_year *years;
    unsigned years_n;
};

/* The moment `more_us` of working time after us. A start outside working time counts from the next
 * opening. 0 when nobody works for CALENDAR_DAYS_MOST days. */
int64_t calendar_add(const struct calendar *c, int64_t us, int64_t more_us);
int64_t calendar_add_minutes(const struct calendar *c, int64_t us, int64_t minutes);
/* The end of the `days`-th (from 1) working day after the day of us, which itself does not count:
 * the closing time of that day. 0 as above. */
int64_t calendar_add_days(const struct calendar *c, int64_t us, int64_t days);
/* Working time between two moments, us; 0 when they are in the wrong order. */
int64_t calendar_worked(const struct calendar *c, int64_t from_us, int64_t to_us);

bool calendar_in_year(const struct calendar_year *y, uint32_t day);
/* A day of the year; else neither. */
bool calendar_is_off(const struct calendar_year *y, uint32_t day);
void calendar_set_off(struct calendar_year *y, uint32_t day);

#endif
