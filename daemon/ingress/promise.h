/* promise: the due times of one part, counted by the city's files and calendar. */
#ifndef SIAGA_INGRESS_PROMISE_H
#define SIAGA_INGRESS_PROMISE_H

#include "daemon/pipeline/proposal.h"
#include "daemon/query/query.h"

struct promise {
    struct entry_part part; /* names and texts: those of the part it is for, or `target`'s */
    struct target target;
    int64_t looked_up_us; /* the day whose target that is; found: it was looked up */
};

/* What the part is promised now. One that was never promised anything (forwarded, asked to support)
 * gets the target of its SKPD as it is today, and so does one for which that was ordered; any other
 * keeps the target it was given, counted anew.
 */
void promise_count(struct city *c, const struct due_part *d, struct promise *ret);
/* New targets were ordered for who has the part now. */
bool promise_ordered(const struct due_part *d);

/* The highest step of the ladder reached at a time, and when the next one is; 0: none. */
void promise_ladder(struct city *c, const struct due_part *d, int64_t at_us, uint8_t *ret_level,
                    int64_t *ret_next_us);

#endif
