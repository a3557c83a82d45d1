/* timed: the commit of the log, and how long the disk took for it. The journal's thread alone; a
 * group that goes back carries a copy. */
#ifndef SIAGA_JOURNAL_TIMED_H
#define SIAGA_JOURNAL_TIMED_H

#include "daemon/base/clock.h"
#include "daemon/base/histogram.h"
#include "daemon/store/txn.h"

struct timed {
    struct histogram all;
    int64_t longest_us; /* since somebody was told last */
};

/* txn_commit(). */
int timed_commit(struct timed *t, struct clock *clock, struct store *store, struct txn *log,
                 struct err *err);

#endif
