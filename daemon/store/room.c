/* How much of a map is in use. LMDB tells how far it has ever come, and what it freed since. */
#include <stddef.h>
#include <sys/statvfs.h>

#include "freed.h"
#include "store_env.h"

#define LISTS_MOST 4096u /* looked at; what is behind them counts as used */
#define FIRST_PAGE 2u    /* LMDB's two roots are never free */
#define ENOUGH 1

/* ---- how many pages were freed ---- */

struct tally {
    size_t oldest; /* transaction somebody may still read */
    uint64_t pages;
    unsigned lists;
};

static int add(void *self, size_t freed_by, const size_t *pages, size_t n)
{
    struct tally *t = self;
    (void)pages;
    if (freed_by >= t->oldest || ++t->lists > LISTS_MOST)
        return ENOUGH;
    t->pages += n;
    return 0;
}

void store_count_free(struct store *s, enum store_env e)
{
    MDB_txn *txn;
    struct tally t = {.pages = 0};
    if (mdb_txn_begin(s->env[e], NULL, MDB_RDONLY, &txn) != 0)
        return;
    t.oldest = freed_oldest(s->env[e], mdb_txn_id(txn));
    freed_each(txn, add, &t);
    mdb_txn_abort(txn);
    atomic_store(&s->free_pages[e], t.pages);
}

/* ---- whether they can be free ---- */

static int check(void *self, size_t freed_by, const size_t *pages, size_t n)
{
    const MDB_envinfo *info = self;
    bool fine = freed_by <= info->me_last_txnid;
    for (size_t i = 0; fine && i < n; i++)
        fine = pages[i] >= FIRST_PAGE && pages[i] <= info->me_last_pgno &&
               (i == 0 || pages[i] < pages[i - 1]);
    return fine ? 0 : MDB_CORRUPTED;
}

bool store_check_free(struct store *s, enum store_env e)
{
    MDB_txn *txn;
    MDB_envinfo info;
    if (mdb_txn_begin(s->env[e], NULL, MDB_RDONLY, &txn) != 0)
        return false;
    mdb_env_info(s->env[e], &info);
    int rc = freed_each(txn, check, &info);
    mdb_txn_abort(txn);
    return rc == 0;
}

/* ---- what is in use ---- */

static uint64_t left_on_disk(const struct store *s)
{
    struct statvfs fs;
    return statvfs(s->dir, &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : UINT64_MAX;
}

void store_room(const struct store *s, enum store_env e, uint64_t *ret_used_bytes,
                uint64_t *ret_size_bytes)
{
    MDB_envinfo info;
    mdb_env_info(s->env[e], &info);
    uint64_t pages = (uint64_t)info.me_last_pgno + 1, freed = atomic_load(&s->free_pages[e]);
    uint64_t used = (pages > freed ? pages - freed : 0) * s->page_bytes, size = info.me_mapsize;
    uint64_t disk = s->on_demand[e] ? left_on_disk(s) : UINT64_MAX;
    *ret_size_bytes = size;
    *ret_used_bytes = used > size ? size : size - used > disk ? size - disk : used;
}
