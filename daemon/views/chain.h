/* chain: whether the log is what was written. Entry by entry, from the hash before; names the first
 * one that was altered, taken away or moved. Needs the log alone. */
#ifndef SIAGA_VIEWS_CHAIN_H
#define SIAGA_VIEWS_CHAIN_H

#include "daemon/store/txn.h"
#include "entry.h"
#include "head.h"

enum chain_state {
    CHAIN_FINE,      /* up to where it was asked, or to the end of the log */
    CHAIN_MORE,      /* so far; go on at `next` */
    CHAIN_ALTERED,   /* the entry is not the one that was written */
    CHAIN_MISSING,   /* there is none of that number */
    CHAIN_REORDERED, /* the entry of that number stands at `elsewhere` */
    CHAIN_HEAD,      /* a signed head does not fit the chain, or its signature is wrong */
    CHAIN_STATES
};

struct chain {
    uint64_t next;                  /* number to look at now */
    uint8_t hash[ENTRY_HASH_BYTES]; /* of the entry before it */
    const char *signer;             /* public key of who signs heads, hex; NULL: any */
    uint64_t elsewhere;
    bool none; /* the check is left out: a control of the tests */
};

/* Begins at an entry; the hash of the one before it is believed. 0, or false: it is not there. */
bool chain_begin(struct chain *c, struct txn *log, uint64_t from);
/* Looks at `most` entries at the most, up to number `upto`. What is wrong is at c->next. */
enum chain_state chain_walk(struct chain *c, struct txn *log, uint64_t upto, unsigned most);
/* Whether the log holds the entry of a head kept elsewhere, with its hash, signed. */
enum chain_state chain_head(struct txn *log, const struct head *h, const char *signer);
const char *chain_word(enum chain_state s, bool english);

#endif
