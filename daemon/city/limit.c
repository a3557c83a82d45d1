#include "limit.h"

#include <string.h>

#include "proto/stamp.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define LIMIT_MOST_DAYS 3660 /* ten years: beyond it somebody mistyped */

struct limit_unit {
    const char *name;
    struct limit one;
    int64_t most;
};

static const struct limit_unit limit_units[] = {
    {"m", {LIMIT_PLAIN, STAMP_MINUTE}, LIMIT_MOST_DAYS * 1440},
    {"h", {LIMIT_PLAIN, 60 * STAMP_MINUTE}, LIMIT_MOST_DAYS * 24},
    {"d", {LIMIT_PLAIN, STAMP_DAY}, LIMIT_MOST_DAYS},
    {"mo", {LIMIT_PLAIN, 30 * STAMP_DAY}, LIMIT_MOST_DAYS / 30},
    {"wm", {LIMIT_WORK_MINUTES, 1}, LIMIT_MOST_DAYS * 1440},
    {"wh", {LIMIT_WORK_MINUTES, 60}, LIMIT_MOST_DAYS * 24},
    {"wd", {LIMIT_WORK_DAYS, 1}, LIMIT_MOST_DAYS},
};

bool limit_parse(struct slice s, struct limit *ret_limit)
{
    int64_t number = 0;
    uint32_t at = 0;
    for (; at < s.n && s.p[at] >= '0' && s.p[at] <= '9' && number < 10000000; at++)
        number = number * 10 + s.p[at] - '0';
    if (at == 0 || s.p[0] == '0')
        return false;
    struct slice unit = {s.p + at, s.n - at};
    for (size_t i = 0; i < COUNT(limit_units); i++) {
        const struct limit_unit *u = &limit_units[i];
        if (!slice_is(unit, u->name) || number > u->most)
            continue;
        *ret_limit = (struct limit){u->one.form, u->one.amount * number};
        return true;
    }
    return false;
}

static bool is_milestone(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if ((s.p[i] < 'a' || s.p[i] > 'z') && s.p[i] != '_')
            return false;
    return s.n > 0;
}

static struct slice trim(struct slice s)
{
    while (s.n > 0 && s.p[0] == ' ')
        s = (struct slice){s.p + 1, s.n - 1};
    while (s.n > 0 && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

/* One step: a limit, a space, a milestone. */
static bool parse_step(struct slice s, struct limit *ret_limit, struct slice *ret_milestone)
{
    const char *space = s.n ? memchr(s.p, ' ', s.n) : NULL;
    if (!space)
        return false;
    struct slice limit = {s.p, (uint32_t)(space - s.p)};
    struct slice milestone = trim((struct slice){space, s.n - limit.n});
    *ret_milestone = milestone;
    return limit_parse(limit, ret_limit) && is_milestone(milestone);
}

bool limit_parse_steps(struct slice rest, struct limit *ret_limit, struct slice *ret_milestone,
                       struct slice *ret_wrong)
{
    *ret_milestone = (struct slice){0};
    if (slice_is(trim(rest), "referred")) {
        *ret_limit = (struct limit){LIMIT_NONE, 0};
        return true;
    }
    for (;;) {
        const char *comma = rest.n ? memchr(rest.p, ',', rest.n) : NULL;
        struct slice step = {rest.p, comma ? (uint32_t)(comma - rest.p) : rest.n};
        *ret_wrong = trim(step);
        if (!parse_step(*ret_wrong, ret_limit, ret_milestone))
            return false;
        if (!comma)
            return true;
        rest = (struct slice){comma + 1, rest.n - step.n - 1};
    }
}

bool limit_working(struct limit limit)
{
    return limit.form == LIMIT_WORK_MINUTES || limit.form == LIMIT_WORK_DAYS;
}

int64_t limit_weight(struct limit limit)
{
    if (limit.form == LIMIT_PLAIN)
        return limit.amount / STAMP_MINUTE;
    return limit.form == LIMIT_WORK_DAYS ? limit.amount * 1440 : limit.amount;
}

int64_t limit_after(const struct calendar *c, struct limit limit, int64_t from_us)
{
    switch (limit.form) {
    case LIMIT_PLAIN:
        return from_us + limit.amount;
    case LIMIT_WORK_MINUTES:
        return calendar_add_minutes(c, from_us, limit.amount);
    case LIMIT_WORK_DAYS:
        return calendar_add_days(c, from_us, limit.amount);
    default:
        return 0;
    }
}
