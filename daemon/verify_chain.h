/* verify_chain: the chain of a store that no siagad has open, for who does not trust the machine it
 * ran on. */
#ifndef SIAGA_VERIFY_CHAIN_H
#define SIAGA_VERIFY_CHAIN_H

#include <stdint.h>

struct chain_wish {
    uint64_t from, upto; /* 0: from the first, to the last */
    const char *head;    /* file of a head kept elsewhere; NULL: none */
    const char *signer;  /* public keys of who signs heads, 64 hex digits each, joined by commas;
                            NULL: those in the heads are believed */
};

/* In a child, since a damaged page may end the process. 0 all well; 64 a key that is none; 65 one
 * line names the first bad entry; 66 no store or no head there; 78 siagad runs on it. */
int verify_chain(const char *dir, const struct chain_wish *wish);

#endif
