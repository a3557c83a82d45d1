/* store_env: what the files of this room share. Included by nobody else. */
#ifndef SIAGA_STORE_STORE_ENV_H
#define SIAGA_STORE_STORE_ENV_H

#include <lmdb.h>
#include <stdatomic.h>

#include "daemon/store/store.h"

struct store {
    char dir[4096];
    int lock_fd;
    bool as_it_is, damaged,
        forgotten; /* a file is not what was written; the views were thrown away */
    bool tail_wiped[STORE_ENVS];
    bool on_demand[STORE_ENVS]; /* the file system finds blocks for it when it is written */
    uint64_t bytes[STORE_ENVS];
    atomic_uint_fast64_t free_pages[STORE_ENVS]; /* when they were counted last */
    size_t page_bytes;
    MDB_env *env[STORE_ENVS];
    MDB_dbi dbi[TABLE_COUNT];
};

#endif
