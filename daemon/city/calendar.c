#include "calendar.h"

#include "proto/stamp.h"

/* A day of local time: its midnight in UTC and the hours worked on it. */
struct day {
    int64_t midnight_us;
    const struct calendar_weekday *hours;
};

static struct day day_of(const struct calendar *c, int64_t us)
{
    uint32_t day = stamp_day(us, c->tz_offset_s);
    int64_t midnight_us = (int64_t)day * STAMP_DAY - (int64_t)c->tz_offset_s * STAMP_SECOND;
    return (struct day){midnight_us, &c->week[stamp_weekday(day)]};
}

static struct day day_after(const struct calendar *c, struct day d)
{
    unsigned weekday = (unsigned)(d.hours - c->week);
    return (struct day){d.midnight_us + STAMP_DAY, &c->week[(weekday + 1) % 7]};
}

static int64_t week_total_us(const struct calendar *c)
{
    int64_t minutes = 0;
    for (unsigned d = 0; d < 7; d++)
        for (unsigned i = 0; i < c->week[d].spans_n; i++)
            minutes += c->week[d].to[i] - c->week[d].from[i];
    return minutes * STAMP_MINUTE;
}

int64_t calendar_add_minutes(const struct calendar *c, int64_t us, int64_t minutes)
{
    int64_t week_us = week_total_us(c), left_us = minutes * STAMP_MINUTE;
    if (week_us == 0)
        return 0;

    /* Whole weeks at once; something is always left, so that the end is a closing time and not
     * the next opening. */
    if (left_us > week_us) {
        int64_t weeks = (left_us - 1) / week_us;
        us += weeks * 7 * STAMP_DAY;
        left_us -= weeks * week_us;
    }
    for (struct day d = day_of(c, us);; d = day_after(c, d)) {
        for (unsigned i = 0; i < d.hours->spans_n; i++) {
            int64_t from = d.midnight_us + d.hours->from[i] * STAMP_MINUTE;
            int64_t to = d.midnight_us + d.hours->to[i] * STAMP_MINUTE;
            if (us >= to)
                continue;
            if (us > from)
                from = us;
            if (left_us <= to - from)
                return from + left_us;
            left_us -= to - from;
        }
    }
}

int64_t calendar_add_days(const struct calendar *c, int64_t us, int64_t days)
{
    if (week_total_us(c) == 0)
        return 0;
    struct day d = day_of(c, us);
    while (days > 0) {
        d = day_after(c, d);
        if (d.hours->spans_n > 0)
            days--;
    }
    if (d.hours->spans_n == 0)
        return us;
    return d.midnight_us + d.hours->to[d.hours->spans_n - 1] * STAMP_MINUTE;
}
