/* digest: sums that a report is made of, and the cases a report names. Inside query/ only. */
#ifndef SIAGA_QUERY_DIGEST_H
#define SIAGA_QUERY_DIGEST_H

#include "daemon/views/figures.h"
#include "daemon/views/spread.h"
#include "reading.h"

#define DIGEST_HOURS_WEEK 168u
#define DIGEST_CASES_MOST 5u /* worst, best, longest overdue */
#define DIGEST_DUE_MOST 20u  /* due tomorrow */
#define DIGEST_INSTRUCTIONS_MOST 100u

/* What was added up under one name: an SKPD, a category, a kecamatan, a class. */
struct digest_sum {
    struct digest_sum *next; /* in its slot */
    struct slice name;
    uint64_t figure[FIGURE_COUNT];
    uint64_t state[STATE_COUNT];
    uint64_t came[DIGEST_HOURS_WEEK], late[DIGEST_HOURS_WEEK]; /* Monday 00:00 first */
    struct spread *time[FIGURES_TIMES];                        /* NULL: nothing */
    uint32_t oldest;                /* day the oldest open case came in; 0: none */
    uint32_t first_day, broken_day; /* of the year before the end; 0: none */
};

bool digest_tells_cases(const struct question *q); /* to this role at all */
bool digest_tells(const struct question *q, const struct case_row *c);
/* Pairs of the answer: worst, best, overdue, due, instructions. */
uint32_t digest_cases(struct reading *r, struct question *q, struct writer *w);

#endif
