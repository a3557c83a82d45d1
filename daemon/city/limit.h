/* limit: how long something may take, as the city writes it: 15m, 450wm, 14wd. Inside city/ only.
 */
#ifndef SIAGA_CITY_LIMIT_H
#define SIAGA_CITY_LIMIT_H

#include "proto/slice.h"
#include "calendar.h"

enum limit_form { LIMIT_NONE, LIMIT_PLAIN, LIMIT_WORK_MINUTES, LIMIT_WORK_DAYS };

struct limit {
    enum limit_form form;
    int64_t amount; /* us, minutes, days; never 0 but for LIMIT_NONE */
};

/* False: it is none. "0m" is none. */
bool limit_parse(struct slice text, struct limit *ret_limit);
/* 0: LIMIT_NONE. */
int64_t limit_after(const struct calendar *c, struct limit limit, int64_t from_us);
bool limit_working(struct limit limit);
/* Rough minutes, to put limits of different units in order: a working day counts as a day. */
int64_t limit_weight(struct limit limit);

/* "5wd answer, 14wd resolved": steps LIMIT MILESTONE between commas; the last one counts.
 * `referred` alone promises no time. False: *ret_wrong is what is no step. */
bool limit_parse_steps(struct slice text, struct limit *ret_limit, struct slice *ret_milestone,
                       struct slice *ret_wrong);

#endif
