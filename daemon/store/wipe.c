/* Pages that LMDB has freed keep their old bytes until they are used again. The list of them is
 * LMDB's own table 0: the number of the transaction that freed them, then a count and their
 * numbers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store/rowkey.h"
#include "store_env.h"

#define FREE_DBI 0
#define PAGE_MOST 65536u

static const enum store_table TOUCHED[STORE_ENVS] = {
    [STORE_JOURNAL] = TABLE_STORE, [STORE_VIEWS] = TABLE_AT, [STORE_PERSONS] = TABLE_PERSON_WIPES};

/* A commit that changes next to nothing: what the one before freed is listed now, and neither of
 * LMDB's two roots uses it any more. */
static int touch(struct store *s, enum store_env e)
{
    struct rowkey k = rowkey_new();
    MDB_txn *txn;
    MDB_val value;
    uint64_t count = 0;
    rowkey_bytes(&k, "wiped", 5);
    MDB_val key = {k.n, k.b};
    int rc = mdb_txn_begin(s->env[e], NULL, 0, &txn);
    if (rc != 0)
        return rc;
    if (mdb_get(txn, s->dbi[TOUCHED[e]], &key, &value) == 0 && value.mv_size == sizeof count)
        memcpy(&count, value.mv_data, sizeof count);
    count++;
    value = (MDB_val){sizeof count, &count};
    rc = mdb_put(txn, s->dbi[TOUCHED[e]], &key, &value, 0);
    if (rc != 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    return mdb_txn_commit(txn);
}

/* The oldest snapshot somebody reads: lines of "pid thread txnid". */
static int oldest_reader(const char *line, void *into)
{
    size_t *oldest = into, txnid;
    if (sscanf(line, "%*d %*x %zu", &txnid) == 1 && txnid < *oldest)
        *oldest = txnid;
    return 0;
}

struct wipe {
    int fd;
    size_t page;
    uint64_t left;
    uint8_t zeros[PAGE_MOST], now[PAGE_MOST];
};

static int wipe_page(struct wipe *w, size_t number)
{
    off_t at = (off_t)(number * w->page);
    if (pread(w->fd, w->now, w->page, at) != (ssize_t)w->page)
        return 0; /* beyond the file: never written */
    if (memcmp(w->now, w->zeros, w->page) == 0)
        return 0;
    return pwrite(w->fd, w->zeros, w->page, at) == (ssize_t)w->page ? 0 : errno;
}

/* The pages one transaction freed. */
static int wipe_list(struct wipe *w, MDB_val list, bool readable)
{
    const size_t *numbers = list.mv_data;
    size_t n = list.mv_size / sizeof *numbers;
    int rc = 0;
    if (n == 0 || numbers[0] > n - 1)
        return 0;
    if (readable)
        w->left += numbers[0];
    for (size_t i = 1; i <= numbers[0] && !readable && rc == 0; i++)
        rc = wipe_page(w, numbers[i]);
    return rc;
}

/* Up to the commit before the last; the last is the touch, which freed nothing but roots. */
static int wipe_all(struct wipe *w, MDB_txn *txn, size_t touched, size_t oldest)
{
    MDB_cursor *cursor;
    MDB_val key, list;
    int rc = mdb_cursor_open(txn, FREE_DBI, &cursor);
    if (rc != 0)
        return rc;
    while ((rc = mdb_cursor_get(cursor, &key, &list, MDB_NEXT)) == 0) {
        size_t freed_by;
        memcpy(&freed_by, key.mv_data, sizeof freed_by);
        if (freed_by >= touched)
            break;
        rc = wipe_list(w, list, freed_by > oldest);
        if (rc != 0)
            break;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int store_wipe_free(struct store *s, enum store_env e, uint64_t *ret_left, struct err *err)
{
    MDB_txn *held = NULL, *list = NULL; /* LMDB shows its free list to readers alone */
    MDB_stat st;
    struct wipe *w = calloc(1, sizeof *w);
    if (w == NULL)
        abort();
    mdb_env_get_fd(s->env[e], &w->fd);
    mdb_env_stat(s->env[e], &st);
    w->page = st.ms_psize;
    int rc = touch(s, e);
    if (rc == 0)
        rc = mdb_txn_begin(s->env[e], NULL, 0, &held); /* nobody takes a page meanwhile */
    if (rc == 0)
        rc = mdb_txn_begin(s->env[e], NULL, MDB_RDONLY, &list);
    if (rc == 0) {
        size_t touched = mdb_txn_id(held) - 1, oldest = touched - 1;
        mdb_reader_list(s->env[e], oldest_reader, &oldest);
        rc = wipe_all(w, list, touched, oldest);
    }
    if (list != NULL)
        mdb_txn_abort(list);
    if (held != NULL)
        mdb_txn_abort(held);
    if (rc == 0 && fdatasync(w->fd) != 0)
        rc = errno;
    *ret_left = w->left;
    free(w);
    if (rc != 0)
        return err_set(err, ERR_FATAL, "%s: freed pages cannot be wiped: %s", s->dir,
                       rc > 0 ? strerror(rc) : mdb_strerror(rc));
    return 0;
}
