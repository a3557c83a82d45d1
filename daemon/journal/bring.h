/* bring: entries of another journal, brought into this one with their numbers, times and hashes.
 *
 * Called by siagad --import while nothing else uses the store. Each entry is applied like one that
 * the log held already, so the views come out as they were there; what was erased there is erased
 * here. Persons are not brought.
 */
#ifndef SIAGA_JOURNAL_BRING_H
#define SIAGA_JOURNAL_BRING_H

#include "beside.h"
#include "daemon/base/clock.h"
#include "daemon/views/views.h"

struct bring;

/* The views are brought to the end of the log first. 0, ERR_CONFIG or ERR_FATAL; also below. */
int bring_open(struct bring **ret, struct store *store, struct views *views,
               const struct journal_beside *beside, struct clock *clock, struct err *err);
uint64_t bring_head(const struct bring *b);
const uint8_t *bring_hash(const struct bring *b); /* of the chain there */

/* ERR_CONFIG: it is not the next one, or does not follow from what is there. */
int bring_row(struct bring *b, uint64_t seq, struct slice row, struct err *err);
/* Puts what was brought on the disk; without it what came since the last 4,096th is dropped. */
int bring_commit(struct bring *b, struct err *err);
void bring_close(struct bring **b);

#endif
