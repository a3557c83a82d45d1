/* Time as the city counts it: asking. */
#include "city_private.h"
#include "proto/stamp.h"

const struct calendar *city_calendar_of(const struct city *c, const struct skpd *whose)
{
    return whose && whose->around_the_clock ? &c->always : &c->calendar;
}

static bool has_year(const struct calendar *c, int year)
{
    for (unsigned i = 0; i < c->years_n; i++)
        if (c->years[i].year == year)
            return true;
    return false;
}

/* A city without hours has no working time, and a clock that was lost asks for nothing. */
int city_year_missing(const struct city *c, int64_t now_us)
{
    const struct calendar *all = &c->calendar;
    unsigned spans = 0, past = 0;
    int y, m, d;
    stamp_day_parts(stamp_day(now_us, all->tz_offset_s), &y, &m, &d);
    for (unsigned i = 0; i < 7; i++)
        spans += all->week[i].spans_n;
    for (unsigned i = 0; i < all->years_n; i++)
        past += all->years[i].year <= y;
    if (spans == 0 || (past == 0 && all->years_n > 0))
        return 0;
    if (!has_year(all, y))
        return y;
    return m == 12 && !has_year(all, y + 1) ? y + 1 : 0;
}

bool city_limit_valid(struct slice text)
{
    struct limit limit;
    return limit_parse(text, &limit);
}

int64_t city_after(const struct city *c, const struct skpd *whose, struct slice text,
                   int64_t from_us)
{
    struct limit limit;
    if (slice_is(text, "0m"))
        return from_us;
    return limit_parse(text, &limit) ? limit_after(city_calendar_of(c, whose), limit, from_us) : 0;
}

int64_t city_worked(const struct city *c, const struct skpd *whose, int64_t from_us, int64_t to_us)
{
    return calendar_worked(city_calendar_of(c, whose), from_us, to_us);
}

int64_t city_moved_on(const struct city *c, const struct skpd *whose, bool working, int64_t due_us,
                      int64_t from_us, int64_t to_us)
{
    int64_t stood_us = working           ? city_worked(c, whose, from_us, to_us)
                       : to_us > from_us ? to_us - from_us
                                         : 0;
    /* nothing added leaves a closing time where it is: it is not the next opening */
    if (!working || stood_us == 0)
        return due_us + stood_us;
    return calendar_add(city_calendar_of(c, whose), due_us, stood_us);
}

bool city_resolve_due(const struct city *c, const struct skpd *whose, struct slice resolve,
                      int64_t from_us, struct promise_due *ret)
{
    struct limit limit;
    struct slice milestone, wrong;
    *ret = (struct promise_due){0};
    if (!limit_parse_steps(resolve, &limit, &milestone, &wrong))
        return false;
    ret->due_us = limit_after(city_calendar_of(c, whose), limit, from_us);
    ret->working = limit_working(limit);
    ret->judge = words_find(WORDS_MILESTONE, milestone);
    return true;
}
