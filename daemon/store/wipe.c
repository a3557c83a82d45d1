/* Pages that LMDB has freed keep their old bytes until they are used again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "freed.h"
#include "scrub.h"
#include "store_env.h"

#define PAGE_MOST 65536u
#define TAIL_BYTES (32ull << 20) /* more than one commit adds to a file */

struct wipe {
    int fd;
    size_t page;
    size_t before, oldest; /* transactions: the last before touch(); the oldest that is read */
    uint64_t left;
    uint8_t zeros[PAGE_MOST], now[PAGE_MOST];
};

/* ---- commits that come before ---- */

static const enum store_table TOUCHED[STORE_ENVS] = {
    [STORE_JOURNAL] = TABLE_STORE, [STORE_VIEWS] = TABLE_AT, [STORE_PERSONS] = TABLE_PERSON_SEQS};

/* A commit that leaves every row as it is: what the one before freed is listed now, and neither of
 * LMDB's two roots uses it any more. */
static int touch(struct store *s, enum store_env e)
{
    MDB_txn *txn;
    MDB_val key = {5, (void *)"wiped"}, value = {0, NULL};
    int rc = mdb_txn_begin(s->env[e], NULL, 0, &txn);
    if (rc != 0)
        return rc;
    rc = mdb_put(txn, s->dbi[TOUCHED[e]], &key, &value, 0);
    if (rc == 0)
        rc = mdb_del(txn, s->dbi[TOUCHED[e]], &key, NULL);
    if (rc == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return rc;
}

/* Free pages are worth wiping only when LMDB's pages were clean of others' rows when they were
 * written: this commit must have come by scrub.c. */
static int touch_scrubbed(struct store *s, enum store_env e, int fd)
{
    uint64_t before = scrub_pages(fd);
    int rc = touch(s, e);
    return rc == 0 && scrub_pages(fd) == before ? ENOTSUP : rc;
}

/* ---- pages ---- */

static int wipe_page(struct wipe *w, uint64_t number)
{
    off_t at = (off_t)(number * w->page);
    if (pread(w->fd, w->now, w->page, at) != (ssize_t)w->page)
        return EIO;
    if (memcmp(w->now, w->zeros, w->page) == 0)
        return 0;
    return pwrite(w->fd, w->zeros, w->page, at) == (ssize_t)w->page ? 0 : EIO;
}

/* Behind the last page in use lie zeros, or what a commit wrote before the process died in it. */
static int wipe_tail(struct wipe *w, struct store *s, enum store_env e)
{
    MDB_envinfo info;
    int rc = 0;
    mdb_env_info(s->env[e], &info);
    uint64_t from = (uint64_t)info.me_last_pgno + 1, end = info.me_mapsize / w->page;
    uint64_t to = end - from < TAIL_BYTES / w->page ? end : from + TAIL_BYTES / w->page;
    for (uint64_t page = from; page < to && rc == 0 && !s->tail_wiped[e]; page++)
        rc = wipe_page(w, page);
    s->tail_wiped[e] = rc == 0;
    return rc;
}

/* The pages one transaction freed. */
static int wipe_list(void *self, size_t freed_by, const size_t *pages, size_t n)
{
    struct wipe *w = self;
    int rc = 0;
    if (freed_by > w->oldest)
        w->left += freed_by <= w->before ? n : 0;
    else
        for (size_t i = 0; i < n && rc == 0; i++)
            rc = wipe_page(w, pages[i]);
    return rc;
}

/* ---- all of it ---- */

/* With the writer's place taken, so that nobody uses a free page meanwhile. */
static int wipe_all(struct wipe *w, struct store *s, enum store_env e)
{
    MDB_txn *held = NULL, *list = NULL;
    int rc = mdb_txn_begin(s->env[e], NULL, 0, &held);
    if (rc == 0)
        rc = mdb_txn_begin(s->env[e], NULL, MDB_RDONLY, &list);
    if (rc == 0) {
        w->before = mdb_txn_id(held) - 2;
        w->oldest = freed_oldest(s->env[e], w->before);
        rc = freed_each(list, wipe_list, w);
    }
    if (rc == 0)
        rc = wipe_tail(w, s, e);
    if (list != NULL)
        mdb_txn_abort(list);
    if (held != NULL)
        mdb_txn_abort(held);
    return rc;
}

int store_wipe_free(struct store *s, enum store_env e, uint64_t *ret_left, struct err *err)
{
    struct wipe *w = calloc(1, sizeof *w);
    if (w == NULL)
        abort();
    mdb_env_get_fd(s->env[e], &w->fd);
    w->page = s->page_bytes;
    int rc = touch_scrubbed(s, e, w->fd);
    if (rc == 0)
        rc = wipe_all(w, s, e);
    if (rc == 0 && fdatasync(w->fd) != 0)
        rc = errno;
    uint64_t left = w->left;
    free(w);
    if (rc != 0)
        return err_set(err, ERR_FATAL, "%s: freed pages cannot be wiped: %s", s->dir,
                       rc > 0 ? strerror(rc) : mdb_strerror(rc));
    *ret_left = left;
    return 0;
}
