/* reading: a backup read back: whole, or not at all.
 *
 * Called by siagad --restore and --verify-backup. Checks the hashes of all blocks, every row's and
 * record's own checksum, that entries are numbered 1 to N without a hole and make one chain, and
 * that the END counts what came before it and is the end of the file.
 */
#ifndef SIAGA_BACKUP_READING_H
#define SIAGA_BACKUP_READING_H

#include "daemon/base/err.h"
#include "daemon/persons/persons.h"
#include "daemon/views/entry.h"
#include "form.h"

#define BACKUP_IDENTITY_MOST 128u

struct backup_sum { /* what a backup holds */
    char at[40], version[24];
    uint8_t identity[BACKUP_IDENTITY_MOST]; /* the store's row of that name */
    uint32_t identity_n;
    uint64_t upto, entries, persons, erased_bytes;
    uint8_t hash[ENTRY_HASH_BYTES]; /* of the chain at upto */
};

/* Who wants to have it; each is 0 or ends the reading with its own error. */
struct backup_taker {
    int (*begin)(void *self, const struct backup_sum *so_far, struct err *err);
    int (*row)(void *self, uint64_t seq, struct slice row, struct err *err);
    int (*person)(void *self, const struct persons_record *r, struct err *err);
    int (*erased)(void *self, struct slice lines, struct err *err);
    void *self;
};

/* 0, or ERR_CONFIG: what is wrong with the file, and at which byte; or what a taker said. taker
 * NULL: it is only looked at. */
int backup_read(const char *path, const struct backup_taker *taker, struct backup_sum *ret_sum,
                struct err *err);

#endif
