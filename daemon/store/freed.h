/* freed: the pages LMDB has freed, as they stand in its own table 0: the number of the transaction
 * that freed them, then a count and the pages, falling. It takes those again which nobody reads any
 * more. Inside store/ only. */
#ifndef SIAGA_STORE_FREED_H
#define SIAGA_STORE_FREED_H

#include <lmdb.h>

/* Not 0: that was enough, and freed_each() returns it. */
typedef int freed_fn(void *self, size_t freed_by, const size_t *pages, size_t n);

/* List by list, with a transaction that reads: LMDB shows them to no other. 0, or an error. */
int freed_each(MDB_txn *reading, freed_fn *one, void *self);
/* The oldest transaction somebody reads, at most `newest`. */
size_t freed_oldest(MDB_env *env, size_t newest);

#endif
