/* find: which cases of a chunk an expression is true of. Inside query/ only.
 *
 * A leaf is a set of numbers from the index; and, or, not are operations on sets. What the index
 * cannot tell exactly (a circle, a state at an older number) gives two sets, of what surely is and
 * of what may be; what lies between is looked at one by one. The parts of an `and` are taken
 * narrowest first, by a look at three chunks, and the rest of them is left when nothing is left. */
#ifndef SIAGA_QUERY_FIND_H
#define SIAGA_QUERY_FIND_H

#include "daemon/views/index.h"
#include "reading.h"

struct find_leaf {
    struct index_set now, sure, may; /* now: by the index as it is */
};

struct find {
    struct reading *r;
    struct question *q;
    bool older;         /* as of a number before the newest */
    uint64_t low, high; /* numbers a case may have: low <= n < high */
    uint32_t chunk;
    struct index_set all, secret, anonymous; /* of the chunk at hand */
    bool have_all, have_secret, have_anonymous;
    struct find_leaf leaf[WHERE_LEAVES_MAX];

    /* the case at hand */
    uint64_t seq; /* 0: none read */
    bool read;    /* its row could be read */
    struct facts event;
    struct entry entry;
    bool changed;       /* it has entries after as_of */
    struct facts facts; /* of the last one up to as_of; valid with changed */

    uint32_t chunks, cost, rows; /* looked at; rows of index and journal read */
};

/* Plans: sorts the question's expression, narrows the numbers. low and high are set before. */
void find_begin(struct find *f, struct reading *r, struct question *q);
/* The cases of a chunk that surely are, or may be, what is asked, and that the asker may see. */
void find_chunk(struct find *f, uint32_t chunk, struct index_set *ret_sure,
                struct index_set *ret_may);
bool find_is(struct find *f, uint64_t seq); /* of one that may be: is it? */
/* Whether the case had entries after as_of; then *ret_facts are those of the last one before. */
bool find_changed(struct find *f, uint64_t seq, struct facts *ret_facts);
uint32_t find_explain(struct find *f, struct writer *w); /* the pair `plan` */

/* ---- between the files of find ---- */
void find_enter(struct find *f, uint32_t chunk);
const struct index_set *find_all(struct find *f); /* the cases of the chunk */
const struct find_leaf *find_leaf(struct find *f, const struct where *leaf); /* its sets, read */
bool find_between(const struct find *f, const struct where *leaf); /* the index alone cannot tell */
bool find_leaf_is(struct find *f, const struct where *leaf);       /* of the case at hand */
uint64_t find_number(struct find *f, const struct where *leaf,
                     unsigned i); /* what its value names; 0: nothing */

#endif
