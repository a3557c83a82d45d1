/* store_env: what the files of this room share. Included by nobody else. */
#ifndef SIAGA_STORE_STORE_ENV_H
#define SIAGA_STORE_STORE_ENV_H

#include <lmdb.h>

#include "daemon/store/store.h"

struct store {
    char dir[4096];
    int lock_fd;
    bool as_it_is;
    bool tail_wiped[STORE_ENVS];
    uint64_t bytes[STORE_ENVS];
    size_t page_bytes;
    MDB_env *env[STORE_ENVS];
    MDB_dbi dbi[TABLE_COUNT];
};

#endif
