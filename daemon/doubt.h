/* doubt: a store that a siagad died over is looked at in whole before it is opened, environment by
 * environment, each in a process of its own: what ends that process ends no siagad. So a damaged
 * page is refused by name at the second start, and systemd does not start it a third time. */
#ifndef SIAGA_DOUBT_H
#define SIAGA_DOUBT_H

#include "daemon/store/store.h"

/* 0: it can be opened; damaged views are condemned then. Else an exit code; what is wrong is in the
 * log. */
int doubt_store(const char *dir);
/* Rows of persons: by their own authentication. Prints the first bad one; EX_DATAERR. */
int doubt_persons(struct store *store);

#endif
