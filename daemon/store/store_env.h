/* store_env: what store.c and txn.c share. Included by nobody else. */
#ifndef SIAGA_STORE_STORE_ENV_H
#define SIAGA_STORE_STORE_ENV_H

#include <lmdb.h>

#include "daemon/store/store.h"

struct store {
    char dir[4096];
    int lock_fd;
    bool as_it_is;
    uint64_t bytes[STORE_ENVS];
    MDB_env *env[STORE_ENVS];
    MDB_dbi dbi[TABLE_COUNT];
};

#endif
