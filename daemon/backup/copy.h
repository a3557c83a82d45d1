/* copy: a store that is being served, carried into a backup block by block.
 *
 * Called by query, a block for each question, in its read transactions: the log only grows, so rows
 * 1 to N can be read a few at a time, and nobody holds a page for longer than that takes. What is
 * erased while the copy goes on is in its last part, the list of erasures, which is read when all
 * else has been: who restores it erases that again. Between two blocks nothing is remembered here:
 * the place, an unreadable word to the client, says where to go on.
 */
#ifndef SIAGA_BACKUP_COPY_H
#define SIAGA_BACKUP_COPY_H

#include "daemon/store/txn.h"
#include "form.h"

#define COPY_PLACE_DIGITS 208u

struct copy_place {
    uint8_t part;                      /* enum form_block to be made now */
    uint64_t upto;                     /* the last entry of the copy */
    uint64_t next;                     /* entry, or behind the record of entry; byte of the list */
    uint8_t id[16];                    /* record of a person to go on behind */
    uint64_t entries, persons, erased; /* so far */
    uint8_t hash[FORM_HASH_BYTES];     /* of the block before */
    bool first;                        /* the line of the file comes before the block */
};

/* As hexadecimal digits, and back; false: that is none. */
void copy_place_write(const struct copy_place *p, char out[COPY_PLACE_DIGITS + 1]);
bool copy_place_read(struct slice text, struct copy_place *ret);
struct copy_place copy_begin(void);

struct copy_source {
    struct txn *log, *persons;
    const char *erasures; /* folder of the list */
    int64_t now_us;
};

/* Makes the next block (before the first: the line of the file, too) at out, at most COPY_MOST
 * bytes, and moves the place; false behind the END. *ret_verdict: V_DONE, E_CORRUPT with the number
 * of the entry in *ret_damaged, E_BUG. */
#define COPY_MOST (sizeof FORM_HEADER + FORM_BLOCK_MOST)
bool copy_block(const struct copy_source *s, struct copy_place *p, uint8_t *out, size_t *ret_n,
                int *ret_verdict, uint64_t *ret_damaged);

#endif
