#include "txn.h"

#include <lmdb.h>
#include <stdlib.h>

#include "daemon/base/crc32c.h"
#include "scrub.h"
#include "store_env.h"

#define SUM_BYTES 4u
#define CACHE_LINE 64u
#define FETCH_MOST 1024u

static MDB_val key_of(const struct rowkey *k)
{
    return (MDB_val){k->n, (void *)k->b};
}

static struct slice slice_of(MDB_val v)
{
    return (struct slice){v.mv_data, (uint32_t)v.mv_size};
}

/* ---- checksums: LMDB has none. Rows of the journal and of persons bring their own; those of the
 * views get one here, over key and value, behind the value. ---- */

static bool has_sum(const struct txn *t)
{
    return t->env == STORE_VIEWS;
}

static void put_sum(uint8_t out[SUM_BYTES], MDB_val key, const void *value, size_t n)
{
    uint32_t sums[2] = {crc32c(key.mv_data, key.mv_size), crc32c(value, n)};
    uint32_t sum = crc32c(sums, sizeof sums);
    memcpy(out, &sum, SUM_BYTES);
}

/* What was put, of what LMDB shows; false: it is not that any more. */
static bool without_sum(struct txn *t, MDB_val key, MDB_val value, struct slice *ret)
{
    uint8_t sum[SUM_BYTES];
    struct slice s = slice_of(value);
    if (has_sum(t)) {
        if (s.n < SUM_BYTES) {
            t->rc = MDB_CORRUPTED;
            return false;
        }
        s.n -= SUM_BYTES;
        put_sum(sum, key, s.p, s.n);
        if (memcmp(sum, s.p + s.n, SUM_BYTES) != 0) {
            t->rc = MDB_CORRUPTED;
            return false;
        }
    }
    *ret = s;
    return true;
}

/* ---- a transaction ---- */

void txn_begin(struct txn *t, struct store *s, enum store_env e, bool write)
{
    *t = (struct txn){.store = s, .env = e, .write = write};
    t->rc = mdb_txn_begin(s->env[e], NULL, write ? 0 : MDB_RDONLY, &t->mdb);
}

void txn_renew(struct txn *t)
{
    if (t->mdb == NULL || !t->idle)
        return;
    t->rc = mdb_txn_renew(t->mdb);
    t->idle = false;
}

void txn_reset(struct txn *t)
{
    if (t->mdb == NULL || t->idle)
        return;
    mdb_txn_reset(t->mdb);
    t->idle = true;
}

/* Without room for its pages nothing of a commit has been promised: they are the first it writes,
 * and LMDB has dropped them. The same error of a sync, or of its root, is another matter. */
static void commit(struct txn *t)
{
    int fd = -1;
    mdb_env_get_fd(t->store->env[t->env], &fd);
    scrub_full(fd);
    t->rc = mdb_txn_commit(t->mdb);
    t->disk_full = t->rc != 0 && scrub_full(fd);
}

int txn_commit(struct txn *t, struct err *err)
{
    if (t->rc == 0)
        commit(t);
    else if (t->mdb != NULL)
        mdb_txn_abort(t->mdb);
    t->mdb = NULL;
    if (t->rc != 0)
        return err_set(err, ERR_FATAL, "%s/%s: a commit failed: %s", t->store->dir,
                       store_env_name(t->env), txn_error(t));
    return 0;
}

void txn_abort(struct txn *t)
{
    if (t->mdb != NULL)
        mdb_txn_abort(t->mdb);
    t->mdb = NULL;
}

bool txn_full(const struct txn *t)
{
    return t->rc == MDB_MAP_FULL || t->disk_full;
}

bool txn_dead(const struct txn *t)
{
    return t->rc == MDB_PANIC;
}

bool txn_damaged(const struct txn *t)
{
    static const int signs[] = {MDB_CORRUPTED,   MDB_PAGE_NOTFOUND, MDB_CURSOR_FULL,
                                MDB_INVALID,     MDB_INCOMPATIBLE,  MDB_BAD_DBI,
                                MDB_BAD_VALSIZE, MDB_PAGE_FULL};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (t->rc == signs[i])
            return true;
    return false;
}

const char *txn_error(const struct txn *t)
{
    return t->rc == 0 ? "no error" : t->disk_full ? "no room on the disk" : mdb_strerror(t->rc);
}

bool txn_get(struct txn *t, enum store_table table, const struct rowkey *k, struct slice *ret_value)
{
    if (t->rc != 0)
        return false;
    MDB_val key = key_of(k), value;
    int rc = mdb_get(t->mdb, t->store->dbi[table], &key, &value);
    if (rc == MDB_NOTFOUND)
        return false;
    t->rc = rc;
    if (rc != 0)
        return false;
    return without_sum(t, key_of(k), value, ret_value);
}

static bool apart(const struct txn *t, const struct rowkey *k, size_t n)
{
    return scrub_apart(k->n, n, t->store->page_bytes);
}

static void *reserve(struct txn *t, enum store_table table, const struct rowkey *k, size_t n,
                     unsigned flags)
{
    if (t->rc != 0)
        return NULL;
    MDB_val key = key_of(k), val = {n, NULL};
    t->rc = mdb_put(t->mdb, t->store->dbi[table], &key, &val, flags | MDB_RESERVE);
    if (t->rc != 0)
        return NULL;
    if (apart(t, k, n))
        scrub_behind(val.mv_data, n, t->store->page_bytes);
    return val.mv_data;
}

static void put_summed(struct txn *t, enum store_table table, const struct rowkey *k,
                       const void *value, size_t n, unsigned flags)
{
    uint8_t sum[SUM_BYTES];
    put_sum(sum, key_of(k), value, n); /* before the write: what LMDB shows moves with it */
    uint8_t *room = reserve(t, table, k, n + SUM_BYTES, flags);
    if (room == NULL)
        return;
    if (n > 0)
        memcpy(room, value, n);
    memcpy(room + n, sum, SUM_BYTES);
}

static void put(struct txn *t, enum store_table table, const struct rowkey *k, const void *value,
                size_t n, unsigned flags)
{
    MDB_val key = key_of(k), val = {n, (void *)value};
    if (has_sum(t)) {
        put_summed(t, table, k, value, n, flags);
    } else if (apart(t, k, n)) {
        void *room = reserve(t, table, k, n, flags);
        if (room != NULL)
            memcpy(room, value, n);
    } else if (t->rc == 0) {
        t->rc = mdb_put(t->mdb, t->store->dbi[table], &key, &val, flags);
    }
}

void txn_put(struct txn *t, enum store_table table, const struct rowkey *k, const void *value,
             size_t n)
{
    put(t, table, k, value, n, 0);
}

/* Same size, so LMDB writes over the old bytes in place. */
void txn_blank(struct txn *t, enum store_table table, const struct rowkey *k)
{
    struct slice value;
    if (!txn_get(t, table, k, &value))
        return;
    void *zeros = calloc(1, value.n + 1u);
    if (zeros == NULL)
        abort();
    put(t, table, k, zeros, value.n, 0);
    free(zeros);
}

void txn_shred(struct txn *t, enum store_table table, const struct rowkey *k)
{
    txn_blank(t, table, k);
    txn_del(t, table, k);
}

void txn_append(struct txn *t, enum store_table table, const struct rowkey *k, const void *value,
                size_t n)
{
    put(t, table, k, value, n, MDB_APPEND);
}

void *txn_reserve(struct txn *t, enum store_table table, const struct rowkey *k, size_t n,
                  bool append)
{
    if (has_sum(t) && t->rc == 0)
        t->rc = MDB_BAD_TXN;
    return reserve(t, table, k, n, append ? MDB_APPEND : 0);
}

void txn_del(struct txn *t, enum store_table table, const struct rowkey *k)
{
    if (t->rc != 0)
        return;
    MDB_val key = key_of(k);
    int rc = mdb_del(t->mdb, t->store->dbi[table], &key, NULL);
    if (rc != MDB_NOTFOUND)
        t->rc = rc;
}

uint64_t txn_rows(struct txn *t, enum store_table table)
{
    MDB_stat st;
    if (t->rc != 0 || mdb_stat(t->mdb, t->store->dbi[table], &st) != 0)
        return 0;
    return st.ms_entries;
}

/* Less than, equal to or more than zero, as LMDB orders its keys. */
static int order(struct slice a, struct slice b)
{
    int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

/* Of two rows that follow each other in a page one can be shown twice in the other's place, each
 * of them sound in itself: the order of the keys tells. A writer's rows move under the walk. */
static bool in_order(const struct walk *w, struct slice before, struct slice key, MDB_cursor_op op)
{
    if (before.p == NULL || w->txn->write)
        return true;
    return op == MDB_NEXT   ? order(before, key) < 0
           : op == MDB_PREV ? order(before, key) > 0
                            : order(before, key) <= 0;
}

/* before: the key behind this step, or the one it starts at. */
static bool walk_step(struct walk *w, struct slice before, MDB_cursor_op op)
{
    MDB_val value, key = {before.n, (void *)before.p};
    int rc = w->txn->rc;
    if (rc == 0 && w->mdb != NULL)
        rc = mdb_cursor_get(w->mdb, &key, &value, op);
    if (rc == 0 && w->mdb != NULL && !in_order(w, before, slice_of(key), op))
        rc = MDB_CORRUPTED;
    if (rc == 0 && w->mdb != NULL && without_sum(w->txn, key, value, &w->value)) {
        w->key = slice_of(key);
        return true;
    }
    if (rc != MDB_NOTFOUND && rc != 0)
        w->txn->rc = rc;
    walk_close(w);
    return false;
}

static bool walk_open(struct walk *w, struct txn *t, enum store_table table)
{
    *w = (struct walk){.txn = t};
    if (t->rc == 0)
        t->rc = mdb_cursor_open(t->mdb, t->store->dbi[table], &w->mdb);
    return t->rc == 0;
}

bool walk_from(struct walk *w, struct txn *t, enum store_table table, const struct rowkey *at_least)
{
    return walk_open(w, t, table) &&
           walk_step(w, slice_of(key_of(at_least)), at_least->n == 0 ? MDB_FIRST : MDB_SET_RANGE);
}

bool walk_last(struct walk *w, struct txn *t, enum store_table table)
{
    return walk_open(w, t, table) && walk_step(w, (struct slice){NULL, 0}, MDB_LAST);
}

/* Rows that were appended lie in their page one below the other, so the next one ends where this
 * one begins; it is on its way from memory while this one is read. Elsewhere nothing is lost. */
static void fetch_next(struct slice value)
{
    uint32_t like_this = value.n < FETCH_MOST ? value.n : FETCH_MOST;
    for (uint32_t below = CACHE_LINE; below < like_this + 2 * CACHE_LINE; below += CACHE_LINE)
        __builtin_prefetch(value.p - below);
}

bool walk_next(struct walk *w)
{
    if (!walk_step(w, w->key, MDB_NEXT))
        return false;
    fetch_next(w->value);
    return true;
}

bool walk_prev(struct walk *w)
{
    return walk_step(w, w->key, MDB_PREV);
}

bool walk_at(struct walk *w, struct txn *t, enum store_table table, const struct rowkey *k,
             struct slice *ret_value)
{
    MDB_val key = key_of(k), value;
    if (t->rc != 0 || (w->mdb == NULL && !walk_open(w, t, table)))
        return false;
    int rc = mdb_cursor_get(w->mdb, &key, &value, MDB_SET_KEY);
    w->key = rc == 0 ? slice_of(key) : (struct slice){0};
    if (rc != 0 && rc != MDB_NOTFOUND)
        t->rc = rc;
    if (rc != 0 || !without_sum(t, key_of(k), value, &w->value))
        return false;
    *ret_value = w->value;
    return true;
}

void walk_close(struct walk *w)
{
    if (w->mdb != NULL)
        mdb_cursor_close(w->mdb);
    w->mdb = NULL;
}
