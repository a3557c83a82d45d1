/* past: what an event tells of its life elsewhere. Such a case is closed from the start: it counts
 * in the figures of its own days, and nobody is waited for. */
#ifndef SIAGA_VIEWS_PAST_H
#define SIAGA_VIEWS_PAST_H

#include "cases.h"
#include "entry.h"

bool past_read(const struct entry *e, struct past *ret_past); /* false: it has none */
void past_take(const struct past *past, struct case_row *c);  /* times of the case and its owner */

/* Their numbers lie among those of the days they were brought in. A search by time of receipt must
 * know from which number to which there are any: [*low, *high], 0: none. */
void past_note(struct txn *t, uint64_t seq);
void past_span(struct txn *t, uint64_t *ret_low, uint64_t *ret_high);

#endif
