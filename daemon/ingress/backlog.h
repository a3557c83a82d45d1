/* backlog: bulk messages that came in and wait for their turn.
 *
 * Emergencies, moves and questions are served as they come; lists of other events are put here and
 * served a few at a time, so that none of the former waits for all of the latter. Bounded: what
 * does not fit is told E_BUSY.
 */
#ifndef SIAGA_INGRESS_BACKLOG_H
#define SIAGA_INGRESS_BACKLOG_H

#include "door.h"

#define BACKLOG_MESSAGES 8192u
#define BACKLOG_BYTES (64u << 20)

struct backlog;
struct backlog *backlog_new(struct door *door);
void backlog_free(struct backlog **b);

void backlog_sort(struct backlog *b,
                  const struct parcel *parcel); /* serves it, keeps it, or says busy */
bool backlog_empty(const struct backlog *b);
bool backlog_work(struct backlog *b); /* serves some of what was kept; true: there is more */

#endif
