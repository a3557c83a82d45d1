/* apart: what the journal's thread does beside the log. A reporter's data goes to its own
 * environment before the entry that points to it; what is to be destroyed goes with the entry that
 * says so, and its old pages are wiped behind it. */
#ifndef SIAGA_JOURNAL_APART_H
#define SIAGA_JOURNAL_APART_H

#include "daemon/base/err.h"
#include "daemon/store/txn.h"
#include "daemon/views/views.h"
#include "beside.h"

struct apart {
    struct store *store;
    struct views *views;
    struct journal_beside beside;
    struct clock *clock;
    struct txn persons;
    bool begun, wipe[STORE_ENVS]; /* wipe: pages with what was destroyed may still lie there */
    bool orphans;                 /* records of entries that did not come are still there */
};

/* Brings persons and log to what the journal and the list of erasures say: records whose entry
 * never came are dropped, what was erased is erased again, freed pages are wiped. */
int apart_open(struct apart *a, uint64_t *head, struct err *err);

/* An entry was stored: in the open transactions. False: the log or the disk failed. */
bool apart_entry(struct apart *a, struct txn *log, const struct entry *e, const struct facts *f,
                 struct err *err);
/* Before the log's commit; head: the last number on the disk. */
bool apart_commit(struct apart *a, uint64_t head, struct err *err);
/* That commit did not come. False: the disk failed. */
bool apart_undo(struct apart *a, uint64_t head);
/* Before a round: what an undo found no room for. False: there is none yet. */
bool apart_sweep(struct apart *a, uint64_t head);
bool apart_wipe(struct apart *a); /* after it; true: some pages are still being read, come again */

#endif
