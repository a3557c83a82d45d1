#include "calendar.h"

#include <stddef.h>

#include "proto/stamp.h"

/* ---- one day ---- */

bool calendar_in_year(const struct calendar_year *y, uint32_t day)
{
    return day >= y->first && day - y->first < y->days;
}

bool calendar_is_off(const struct calendar_year *y, uint32_t day)
{
    uint32_t at = day - y->first;
    return calendar_in_year(y, day) && (y->off[at / 8] >> (at % 8) & 1);
}

void calendar_set_off(struct calendar_year *y, uint32_t day)
{
    uint32_t at = day - y->first;
    if (calendar_in_year(y, day))
        y->off[at / 8] = (uint8_t)(y->off[at / 8] | 1u << (at % 8));
}

static const struct calendar_weekday *hours_of(const struct calendar *c, uint32_t day)
{
    static const struct calendar_weekday none = {.spans_n = 0};
    static const struct calendar_weekday all = {.spans_n = 1, .from = {0}, .to = {24 * 60}};
    const struct calendar_weekday *week = c->week;
    if (c->always)
        return &all;
    for (unsigned i = 0; i < c->years_n; i++) {
        const struct calendar_year *y = &c->years[i];
        if (calendar_is_off(y, day))
            return &none;
        if (day >= y->ramadan_from && day < y->ramadan_until)
            week = y->ramadan;
    }
    return &week[stamp_weekday(day)];
}

static int64_t midnight_of(const struct calendar *c, uint32_t day)
{
    return (int64_t)day * STAMP_DAY - (int64_t)c->tz_offset_s * STAMP_SECOND;
}

/* ---- many days ---- */

int64_t calendar_add(const struct calendar *c, int64_t us, int64_t more_us)
{
    uint32_t day = stamp_day(us, c->tz_offset_s);
    for (uint32_t n = 0; n < CALENDAR_DAYS_MOST; n++, day++) {
        const struct calendar_weekday *hours = hours_of(c, day);
        for (unsigned i = 0; i < hours->spans_n; i++) {
            int64_t from = midnight_of(c, day) + hours->from[i] * STAMP_MINUTE;
            int64_t to = midnight_of(c, day) + hours->to[i] * STAMP_MINUTE;
            if (us >= to)
                continue;
            if (us > from)
                from = us;
            /* the end of a span belongs to it: a limit may end at closing, not at next opening */
            if (more_us <= to - from)
                return from + more_us;
            more_us -= to - from;
        }
    }
    return 0;
}

int64_t calendar_add_minutes(const struct calendar *c, int64_t us, int64_t minutes)
{
    return calendar_add(c, us, minutes * STAMP_MINUTE);
}

int64_t calendar_add_days(const struct calendar *c, int64_t us, int64_t days)
{
    uint32_t today = stamp_day(us, c->tz_offset_s);
    for (uint32_t day = today + 1; day - today <= CALENDAR_DAYS_MOST; day++) {
        const struct calendar_weekday *hours = hours_of(c, day);
        if (hours->spans_n > 0 && --days == 0)
            return midnight_of(c, day) + hours->to[hours->spans_n - 1] * STAMP_MINUTE;
    }
    return 0;
}

static int64_t worked_on(const struct calendar *c, uint32_t day, int64_t from_us, int64_t to_us)
{
    const struct calendar_weekday *hours = hours_of(c, day);
    int64_t sum = 0;
    for (unsigned i = 0; i < hours->spans_n; i++) {
        int64_t from = midnight_of(c, day) + hours->from[i] * STAMP_MINUTE;
        int64_t to = midnight_of(c, day) + hours->to[i] * STAMP_MINUTE;
        if (from < from_us)
            from = from_us;
        if (to > to_us)
            to = to_us;
        sum += to > from ? to - from : 0;
    }
    return sum;
}

int64_t calendar_worked(const struct calendar *c, int64_t from_us, int64_t to_us)
{
    if (from_us >= to_us)
        return 0;
    int64_t sum = 0;
    uint32_t last = stamp_day(to_us, c->tz_offset_s);
    for (uint32_t day = stamp_day(from_us, c->tz_offset_s); day <= last; day++)
        sum += worked_on(c, day, from_us, to_us);
    return sum;
}
