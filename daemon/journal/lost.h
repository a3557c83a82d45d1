/* lost: numbers that were given before, to entries that are no more.
 *
 * A store that was restored, or is an older copy, goes on behind every number that may have been
 * given out: the journal has no holes, so each of the numbers between gets an entry that says so
 * (`lost`: from and to), and the first of them say up to which tickets were given. A feed that
 * meets one tells a gap and the state of things. Called once, before the journal's thread runs.
 */
#ifndef SIAGA_JOURNAL_LOST_H
#define SIAGA_JOURNAL_LOST_H

#include "daemon/base/clock.h"
#include "daemon/views/views.h"
#include "beside.h"

#define LOST_MARGIN 100000u /* numbers passed over when nobody knows how many were given */

/* To be written with the last entry of a restored journal: its next start goes on behind all that
 * was given; behind `margin` numbers when the file of numbers does not know. */
void lost_expect(struct txn *log, uint32_t margin);

/* Looks whether the journal is behind the numbers that were given, and if so fills it up to there;
 * then the file of numbers is this store's. *ret_head: where the journal ends now. 0 or ERR_FATAL;
 * killed on the way, the next start goes on. */
int lost_declare(struct store *s, struct views *v, const struct journal_beside *beside,
                 struct clock *clock, uint64_t *ret_head, struct err *err);

#endif
