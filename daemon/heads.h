/* heads: once a day the end of the chain is signed and becomes an entry itself. */
#ifndef SIAGA_HEADS_H
#define SIAGA_HEADS_H

#include "daemon/ingress/door.h"

struct heads;
/* seed: of the server's signature, 32 bytes; NULL: nothing is signed. seq and hash: the end of the
 * chain now. */
struct heads *heads_new(struct door *d, const uint8_t *seed, uint64_t seq, const uint8_t *hash);
void heads_free(struct heads **h);
void heads_stored(struct heads *h, const struct facts *f); /* an entry is on the disk */
void heads_tick(struct heads *h);                          /* each second */

#endif
