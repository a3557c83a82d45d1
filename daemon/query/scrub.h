/* scrub: the walk over the whole store, slice by slice, so that what a disk has changed is found
 * before somebody needs it: entries by checksum, chain and signed heads; sealed records of persons
 * by their own authentication; the views by their checksums, and each case against the entry it
 * stands at. The place goes with the question from slice to slice; the asker keeps it. */
#ifndef SIAGA_QUERY_SCRUB_H
#define SIAGA_QUERY_SCRUB_H

#include "daemon/store/rowkey.h"
#include "daemon/store/store.h"
#include "daemon/views/entry.h"

enum scrub_stage {
    SCRUB_LAST, /* when one ended last is looked up */
    SCRUB_JOURNAL,
    SCRUB_PERSONS,
    SCRUB_VIEWS,
    SCRUB_OVER
};

struct scrub {
    enum scrub_stage stage;
    int64_t last_us; /* LAST: the time of that entry; 0: none yet */
    uint64_t seq;    /* JOURNAL: to look at now */
    bool know;       /* and the hash before it: */
    uint8_t hash[ENTRY_HASH_BYTES];
    enum store_table table;        /* VIEWS: where, and behind which key */
    struct rowkey after;           /* also PERSONS */
    uint64_t table_rows, table_at; /* seen of it; how far the views were when it was begun */
    uint64_t entries, persons, rows, damaged; /* so far */

    /* found in this slice: one thing at most, what comes behind it is for the next */
    bool found;
    enum store_env where;
    uint64_t number;  /* of an entry, or of the event of a person or case; 0: no number */
    const char *what; /* "altered" ... */
};

#endif
