/* doubt: a store that a siagad died over is looked at before it is opened, environment by
 * environment, each in a process of its own: what ends that process ends no siagad. So a damaged
 * page is refused by name at the second start, and systemd does not start it a third time.
 *
 * A large store takes minutes to look at. After one death the look has a bound, and the rest is
 * left to the scrub of the siagad that serves, which begins with its start; one that dies again
 * before the end of that is looked at in whole. */
#ifndef SIAGA_DOUBT_H
#define SIAGA_DOUBT_H

#include "daemon/store/store.h"

/* most_us: for each environment; 0: to the end. 0: it can be opened; damaged views are condemned
 * then, and *ret_unfinished says whether something was not looked at (what is always looked at: the
 * lists of free pages). Else an exit code; what is wrong is in the log. */
int doubt_store(const char *dir, int64_t most_us, bool *ret_unfinished);
/* Rows of persons: by their own authentication. Prints the first bad one; EX_DATAERR. */
int doubt_persons(struct store *store);

#endif
