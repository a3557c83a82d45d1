/* store: LMDB, tamed. The one room that calls it.
 *
 * Keeps: three environments in one folder, journal/, views/ and persons/, each with a fixed map set
 * aside on the disk at once, and a lock beside them. Called by journal and views (write), query
 * (read). Never knows what an event is. Returns the error law: 0 or negative with a text in struct
 * err; inside a transaction errors stick (store/txn.h).
 */
#ifndef SIAGA_STORE_STORE_H
#define SIAGA_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/err.h"

enum store_env { STORE_JOURNAL, STORE_VIEWS, STORE_PERSONS, STORE_ENVS };

#define TABLE(NAME, ENVIRONMENT, ...) TABLE_##NAME,
enum store_table {
#include "daemon/store/schema.def"
    TABLE_COUNT
};

struct store_conf {
    const char *dir;            /* created with mode 0700 when missing */
    bool as_it_is;              /* to be looked at: nothing is set aside */
    unsigned without;           /* mask of environments that are left closed */
    uint64_t bytes[STORE_ENVS]; /* size of each map, raised to whole MiB; of persons 0: 16 MiB */
};

struct store;

/* Takes the lock, opens the environments, sets their space aside. ERR_CONFIG with the holder's pid
 * when another process has the store, when the file system cannot be trusted (network or FUSE) or a
 * map is smaller than what it holds; ERR_DAMAGED when a file is not what was written. Views that
 * are not, or were condemned, are thrown away. */
int store_open(struct store **ret_store, const struct store_conf *conf, struct err *err);
void store_close(struct store **s);

/* Throws the views away and opens them empty. Only while no other thread uses the store. */
int store_forget_views(struct store *s, struct err *err);

/* The views hold a row that is not what was written: the next start throws them away. */
void store_condemn_views(const char *dir);
bool store_forgot_views(const struct store *s); /* when it was opened */

const char *store_dir(const struct store *s);
const char *store_env_name(enum store_env e); /* "journal" ... */

/* What is in use: pages that were freed count as room again. Where the file system finds blocks
 * only when a file is written, what it has left is all the room there is. */
void store_room(const struct store *s, enum store_env e, uint64_t *ret_used_bytes,
                uint64_t *ret_size_bytes);
/* Of the file system it lies in: free for siagad's user, and all. 0 and 0: cannot be told. */
void store_disk(const struct store *s, uint64_t *ret_free_bytes, uint64_t *ret_size_bytes);
/* Counts the pages that were freed, for store_room(). Only by the thread that writes e. */
void store_count_free(struct store *s, enum store_env e);
/* Whether the list of them can be true; what is not there is a danger to what is. */
bool store_check_free(struct store *s, enum store_env e);
/* LMDB copies a page before it changes it, and what was deleted lies on in the old one. Overwrites
 * every page that is free with zeros, on the disk; *ret_left: pages that a reader may still look
 * at, to be tried again. Pages in use hold nothing but their rows (store/scrub.h), so with
 * *ret_left at 0 what was deleted before the last commit is in data.mdb no more. Only by the thread
 * that writes this environment, between transactions. 0 or ERR_FATAL. */
int store_wipe_free(struct store *s, enum store_env e, uint64_t *ret_left, struct err *err);

void store_sweep_readers(struct store *s); /* slots of readers that died; at start and every 10 s */

const char *store_table_name(enum store_table t);
enum store_env store_table_env(enum store_table t);

#endif
