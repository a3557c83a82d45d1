/* rows: rows of the journal, read by number. The journal alone writes them; query and journal read
 * them here. */
#ifndef SIAGA_VIEWS_ROWS_H
#define SIAGA_VIEWS_ROWS_H

#include "daemon/store/txn.h"
#include "entry.h"

bool rows_at(struct txn *t, uint64_t seq, struct slice *ret_row); /* t: of STORE_JOURNAL */
uint64_t rows_newest(struct txn *t);                              /* 0: the log is empty */
uint64_t rows_oldest(struct txn *t);
uint64_t rows_since(struct txn *t,
                    int64_t us); /* first number received at or after us; newest + 1 if none */

#endif
