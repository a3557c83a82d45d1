/* txn: one transaction, with an error that sticks. After the first failure every call is a no-op
 * and the commit aborts, so that a long storage operation reads as a list of steps: test once, at
 * the end. "Not found" is an answer, not an error. A write transaction belongs to the thread that
 * began it; a read transaction may be reset and renewed. */
#ifndef SIAGA_STORE_TXN_H
#define SIAGA_STORE_TXN_H

#include "daemon/store/rowkey.h"
#include "daemon/store/store.h"
#include "proto/slice.h"

struct MDB_txn;
struct MDB_cursor;

struct txn {
    struct store *store;
    enum store_env env;
    struct MDB_txn *mdb; /* NULL when not begun */
    int rc;              /* first error of LMDB, 0 while all is well */
    bool write, idle;    /* idle: a read transaction that was reset */
    bool disk_full;      /* the commit found no room on the disk */
};

void txn_begin(struct txn *t, struct store *s, enum store_env e, bool write);
void txn_renew(struct txn *t); /* a read transaction sees the newest commit again */
void txn_reset(struct txn *t); /* a read transaction lets go of its snapshot, keeps its slot */
int txn_commit(struct txn *t,
               struct err *err); /* 0 or ERR_FATAL; the transaction is over either way */
void txn_abort(struct txn *t);
bool txn_full(const struct txn *t);    /* the error is: the map, or the disk under it, is full */
bool txn_dead(const struct txn *t);    /* a commit failed: this process reads no more of it */
bool txn_damaged(const struct txn *t); /* the error is: what is there is not what was written */
const char *txn_error(const struct txn *t); /* text of the first error */

bool txn_get(struct txn *t, enum store_table table, const struct rowkey *k,
             struct slice *ret_value); /* value lives until the next write or the end */
void txn_put(struct txn *t, enum store_table table, const struct rowkey *k, const void *value,
             size_t n);
void txn_append(struct txn *t, enum store_table table, const struct rowkey *k, const void *value,
                size_t n); /* k is larger than all there */
void *txn_reserve(struct txn *t, enum store_table table, const struct rowkey *k, size_t n,
                  bool append); /* room to write the value into; NULL on error; not in the views,
                                   whose rows end with a checksum */
void txn_shred(
    struct txn *t, enum store_table table,
    const struct rowkey *k); /* overwrites the value, then deletes: none of it stays in
                                the page; what older pages hold store_wipe_free() wipes */
void txn_blank(struct txn *t, enum store_table table,
               const struct rowkey *k); /* the first half of it: another value is to follow */
void txn_del(struct txn *t, enum store_table table, const struct rowkey *k);
uint64_t txn_rows(struct txn *t, enum store_table table);

/* A walk over one table in key order. `WALK` ends by itself; a walk left early must be closed. */
struct walk {
    struct txn *txn;
    struct MDB_cursor *mdb;
    struct slice key, value;
};

bool walk_from(struct walk *w, struct txn *t, enum store_table table,
               const struct rowkey *at_least); /* first row >= */
bool walk_last(struct walk *w, struct txn *t, enum store_table table);
bool walk_next(struct walk *w);
bool walk_prev(struct walk *w);
void walk_close(struct walk *w);

/* One row by its key, like txn_get(), by a walk that stays where it is: the next row close by is
 * found without a search from the root, and the one behind it by walk_next(). Zeroed before the
 * first call; closed by walk_close(). */
bool walk_at(struct walk *w, struct txn *t, enum store_table table, const struct rowkey *k,
             struct slice *ret_value);

#endif
