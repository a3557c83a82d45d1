/* scratch: a store in a folder of its own, with views and a log, written without the journal's
 * thread. What tests of views, index and questions stand on. Every failure of the store ends the
 * program: a test that cannot write its ground has nothing to say. */
#ifndef SIAGA_TESTS_SCRATCH_H
#define SIAGA_TESTS_SCRATCH_H

#include "daemon/store/txn.h"
#include "daemon/views/views.h"
#include "folder.h"
#include "proto/arena.h"

struct scratch {
    struct folder dir;
    unsigned mib[STORE_ENVS];
    struct store *store;
    struct views *views;
    struct txn log;
    bool writing;
    struct arena arena; /* rows of outcomes */
};

void scratch_open(struct scratch *s); /* 32 MiB each */
void scratch_open_sized(struct scratch *s, unsigned journal_mib, unsigned views_mib);
void scratch_reopen(struct scratch *s); /* what was not committed is gone, as after a crash */
void scratch_close(struct scratch *s);  /* and the folder */

/* Views and log together; a transaction is opened when there is none. */
int scratch_apply(struct scratch *s, const struct entry *e, struct outcome *ret_outcome);
uint64_t scratch_store(struct scratch *s, const struct entry *e); /* must be stored: its number */
void scratch_commit(struct scratch *s);
void scratch_abandon(struct scratch *s);

/* Applies an entry and writes the row of a stored one; row and outcome as the journal makes them.
 */
int scratch_put(struct views *v, struct txn *log, const struct entry *e, struct arena *arena,
                struct outcome *ret_outcome);

/* Applies the log of one store into another, commit by commit. False: it does not follow. */
bool scratch_replay(struct store *from, struct scratch *into, unsigned commit_every);

/* Row by row, table by table; what differs first stands in why. */
bool scratch_same_views(struct store *a, struct store *b, char why[128]);
uint64_t scratch_rows(struct store *s, enum store_table table);
uint64_t scratch_sum(struct store *s); /* of all bytes of the views, for "nothing was written" */

#endif
