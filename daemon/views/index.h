/* index: which cases have which value, by chunks of 4,096 numbers.
 *
 * For each chunk, dimension and value one row says which of the chunk's 4,096 numbers are cases
 * with that value: a bitmap of 512 bytes, or, while fewer than 256, their places as a rising list
 * of u16. A filter is the OR of its values and the AND of its dimensions, 64 machine words a chunk;
 * a rare value costs one look-up a chunk. All rows of the newest chunk lie side by side, so that a
 * commit touches few pages however many values there are.
 *
 * Writing goes through struct index, which holds the newest chunk in memory until index_flush();
 * older chunks are changed in place.
 */
#ifndef SIAGA_VIEWS_INDEX_H
#define SIAGA_VIEWS_INDEX_H

#include "daemon/store/txn.h"
#include "proto/slice.h"

#define INDEX_CHUNK 4096u
#define INDEX_WORDS (INDEX_CHUNK / 64)

/* A dimension's number is in the store: never reuse one. */
enum index_dimension {
    INDEX_CLASS = 1 /* kind << 4 | severity, one byte */,
    INDEX_STATE = 2 /* one byte */,
    INDEX_OWNER = 3,
    INDEX_KECAMATAN = 4,
    INDEX_HELPER = 5 /* an SKPD with a supporting part */,
    INDEX_REPORTER = 6 /* the source that sent it */,
    INDEX_PUBLIC = 7 /* empty value: the public has heard of it */,
    INDEX_CATEGORY = 8,
    INDEX_KELURAHAN = 9,
    INDEX_WORD = 10 /* a word of its texts, folded (proto/fold.h) */,
    INDEX_CELL = 11 /* where it is: row u16, column u16 of a grid (views/grid.h) */,
    INDEX_CASE = 12 /* empty value: the number is a case */,
    INDEX_SECRET = 13 /* empty value: the case is secret */,
    INDEX_ANONYMOUS = 14 /* empty value: its reporter is not to be known */,
    INDEX_MODE = 15 /* one byte */,
    INDEX_OPEN = 16 /* empty value: the case is open */,
    INDEX_HISTORIC = 17 /* empty value: it was received elsewhere, before */
};

struct index;
struct index_set {
    uint64_t word[INDEX_WORDS];
};

struct index *index_new(void);
void index_free(struct index **ix);
void index_load(struct index *ix, struct txn *t); /* the newest chunk into memory */
void index_add(struct index *ix, struct txn *t, uint64_t seq, enum index_dimension d,
               struct slice value);
void index_remove(struct index *ix, struct txn *t, uint64_t seq, enum index_dimension d,
                  struct slice value);
void index_flush(struct index *ix, struct txn *t); /* before every commit */

/* Reading, from what was committed. index_or() adds the numbers of one value to a set. */
void index_or(struct txn *t, uint32_t chunk, enum index_dimension d, struct slice value,
              struct index_set *set);
uint32_t index_newest_chunk(struct txn *t, bool *ret_any);

/* The values of one dimension in a chunk, rising, from a value on: for what begins alike or lies in
 * a range. Like `walk` it ends by itself; left early it must be closed. */
struct index_walk {
    struct walk walk;
    uint32_t chunk;
    enum index_dimension dimension;
    struct slice value; /* of the row at hand */
};
bool index_first(struct index_walk *w, struct txn *t, uint32_t chunk, enum index_dimension d,
                 struct slice from);
bool index_next(struct index_walk *w);
void index_or_here(const struct index_walk *w, struct index_set *set);
void index_close(struct index_walk *w);

/* Takes a number out of every value of a dimension: its texts were destroyed. */
void index_forget(struct index *ix, struct txn *t, uint64_t seq, enum index_dimension d);

static inline void index_set_clear(struct index_set *s)
{
    memset(s, 0, sizeof *s);
}

static inline void index_set_and(struct index_set *s, const struct index_set *other)
{
    for (unsigned i = 0; i < INDEX_WORDS; i++)
        s->word[i] &= other->word[i];
}

static inline void index_set_or(struct index_set *s, const struct index_set *other)
{
    for (unsigned i = 0; i < INDEX_WORDS; i++)
        s->word[i] |= other->word[i];
}

static inline void index_set_without(struct index_set *s, const struct index_set *other)
{
    for (unsigned i = 0; i < INDEX_WORDS; i++)
        s->word[i] &= ~other->word[i];
}

static inline bool index_set_empty(const struct index_set *s)
{
    for (unsigned i = 0; i < INDEX_WORDS; i++)
        if (s->word[i] != 0)
            return false;
    return true;
}

static inline bool index_set_has(const struct index_set *s, uint32_t place)
{
    return s->word[place / 64] >> (place % 64) & 1;
}

uint32_t index_set_count(const struct index_set *s);

#endif
