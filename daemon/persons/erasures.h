/* erasures: what was destroyed, remembered outside the store, so that an older copy of the store
 * does not bring it back.
 *
 * One file, erased.list, in a folder of its own: a line for each erasure with a random name or a
 * number, nothing about anybody. Written and synced before the erasure is acknowledged. Whoever
 * restores a store keeps this folder as it is (docs/SECURITY.md). One thread at a time.
 */
#ifndef SIAGA_PERSONS_ERASURES_H
#define SIAGA_PERSONS_ERASURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/err.h"

struct erasures;

/* ERR_CONFIG: the folder cannot be made, or a line but the last is damaged: a list that cannot be
 * trusted stops the start. */
int erasures_open(struct erasures **ret, const char *dir, struct err *err);
void erasures_close(struct erasures **e);

/* Of a person the random name of its record; of texts the first bytes of the chain hash of the
 * event: a store that went back and on again has another entry at that number. */
#define ERASURES_ID_BYTES 16u
int erasures_add(struct erasures *e, bool person, const uint8_t id[ERASURES_ID_BYTES], uint64_t seq,
                 struct err *err);
void erasures_each(const struct erasures *e,
                   void (*f)(void *self, bool person, const uint8_t *id, uint64_t seq), void *self);

/* Lines of the list in this folder, from a byte on and behind its first line: as many whole ones as
 * fit, from its file, whoever else is writing there. 0 or ERR_FATAL. */
int erasures_lines(const char *dir, uint64_t from, char *out, size_t most, size_t *ret_n,
                   struct err *err);
/* Such lines, added to the list but for those it has; the whole of `lines` is looked at first:
 * ERR_CONFIG when one cannot be read. e NULL: they are only looked at. */
int erasures_take(struct erasures *e, const char *lines, size_t n, unsigned *ret_new,
                  struct err *err);

#endif
