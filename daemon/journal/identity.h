/* identity: what the store knows of itself. Node, how often it was started, the key of its content
 * digests, its format. */
#ifndef SIAGA_JOURNAL_IDENTITY_H
#define SIAGA_JOURNAL_IDENTITY_H

#include "daemon/base/err.h"
#include "daemon/store/txn.h"

#define IDENTITY_FORMAT 2u
#define IDENTITY_KEY_BYTES 32u

struct identity {
    char node[33];
    char was[33];   /* the node that wrote it before, when another: a copied store */
    uint32_t boot;  /* rises with every start */
    uint32_t epoch; /* of the log: 1, one more each time that numbers were lost */
    uint8_t digest_key[IDENTITY_KEY_BYTES]; /* of the keyed digests of contents; made once */
};

/* Reads it, or makes it in a new store; counts this start. Synced when it returns 0. ERR_CONFIG: a
 * store of another format. */
int identity_open(struct store *s, const char *node, struct identity *ret_identity,
                  struct err *err);
void identity_write(struct txn *log, const struct identity *id);

#endif
