/* calendar: working time. Adds working minutes, hours and days to a point in time by the hours of
 * the week in city.yaml. */
#ifndef SIAGA_CITY_CALENDAR_H
#define SIAGA_CITY_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_SPANS_MAX 3

/* One weekday: working spans in minutes after local midnight, rising, not touching. */
struct calendar_weekday {
    unsigned spans_n;
    uint16_t from[CALENDAR_SPANS_MAX], to[CALENDAR_SPANS_MAX];
};

struct calendar {
    int tz_offset_s;
    struct calendar_weekday week[7]; /* 0 Sunday */
};

/* The moment `minutes` of working time after us. A start outside working time counts from the next
 * opening. 0 when the week has no working time. */
int64_t calendar_add_minutes(const struct calendar *c, int64_t us, int64_t minutes);
/* The end of the `days`-th working day after the day of us (the day itself does not count): the
 * closing time of that day. */
int64_t calendar_add_days(const struct calendar *c, int64_t us, int64_t days);

#endif
