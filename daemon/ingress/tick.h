/* tick: what siagad does by the clock. Timers that are due become entries that walk the same path
 * as everything else; the entry names its timer, so that the first one applies and every other is
 * nothing. Restarts miss none: the timers are in the store.
 *
 * Called by siagad (each turn of the loop, after what was stored, after a change of the files).
 * Asks query for what is due; hands proposals to the pipeline.
 */
#ifndef SIAGA_INGRESS_TICK_H
#define SIAGA_INGRESS_TICK_H

#include "door.h"

struct tick;
struct tick *tick_new(struct door *door);
void tick_free(struct tick **t);

void tick_run(struct tick *t);              /* asks when something is due */
int64_t tick_next_us(const struct tick *t); /* wall time of the next thing to do; 0: none known */
void tick_stored(struct tick *t, const struct proposal *p); /* an entry is on the disk */
/* The files have changed, or siagad has started: the due times of open cases are counted anew. */
void tick_sweep(struct tick *t);

#endif
