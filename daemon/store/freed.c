#include "freed.h"

#include <stdio.h>
#include <string.h>

#define FREE_DBI 0

static int one_list(MDB_val key, MDB_val list, freed_fn *one, void *self)
{
    const size_t *numbers = list.mv_data;
    size_t freed_by, n = list.mv_size / sizeof *numbers;
    if (key.mv_size != sizeof freed_by || n == 0 || numbers[0] > n - 1)
        return MDB_CORRUPTED;
    memcpy(&freed_by, key.mv_data, sizeof freed_by);
    return one(self, freed_by, numbers + 1, numbers[0]);
}

int freed_each(MDB_txn *reading, freed_fn *one, void *self)
{
    MDB_cursor *cursor;
    MDB_val key, list;
    int rc = mdb_cursor_open(reading, FREE_DBI, &cursor);
    if (rc != 0)
        return rc;
    while ((rc = mdb_cursor_get(cursor, &key, &list, MDB_NEXT)) == 0)
        if ((rc = one_list(key, list, one, self)) != 0)
            break;
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Of lines of "pid thread txnid". */
static int older(const char *line, void *into)
{
    size_t *oldest = into, txnid;
    if (sscanf(line, "%*d %*x %zu", &txnid) == 1 && txnid < *oldest)
        *oldest = txnid;
    return 0;
}

size_t freed_oldest(MDB_env *env, size_t newest)
{
    mdb_reader_list(env, older, &newest);
    return newest;
}
