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
    CHAIN_SIGNER,    /* a head is signed with a key that was not named */
    CHAIN_STATES
};

struct chain {
    uint64_t next;                  /* number to look at now */
    uint8_t hash[ENTRY_HASH_BYTES]; /* of the entry before it */
    const char *signers;            /* who may have signed heads: see head_signed_by() */
    uint64_t least; /* the log is known to have held this number; 0: nothing is known */
    bool none;      /* the check is left out: a control of the tests */
    uint64_t elsewhere;
    uint64_t heads, erased; /* signed heads met; entries whose texts are gone */
    struct head head;       /* the last one met */
};

/* Begins at an entry, 0 or 1: the first; the hash of the one before it is believed. If that one
 * cannot be read it is what is wrong: `next` is its number. */
enum chain_state chain_begin(struct chain *c, struct txn *log, uint64_t from);
/* Looks at `most` entries at the most, up to number `upto`, 0: the newest. What is wrong is at
 * c->next. */
enum chain_state chain_walk(struct chain *c, struct txn *log, uint64_t upto, unsigned most);
/* Whether a head, kept elsewhere or met in the log, is signed by one of these, and the log has its
 * entry, with its hash: FINE, HEAD or SIGNER. */
enum chain_state chain_head(struct txn *log, const struct head *h, const char *signers);
const char *chain_word(enum chain_state s, bool english);

#endif
