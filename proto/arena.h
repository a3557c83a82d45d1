/* arena: memory that dies together. A batch, a decoded message or an answer takes what it needs and
 * drops it in one call. Running out of memory is fatal (abort): siaga has nothing useful to say
 * without memory, and systemd restarts it. */
#ifndef SIAGA_PROTO_ARENA_H
#define SIAGA_PROTO_ARENA_H

#include <stddef.h>

#include "slice.h"

struct arena_chunk;
struct arena {
    struct arena_chunk *chunks; /* in use, newest first */
    struct arena_chunk *spare;  /* kept by a reset for the next round */
    size_t used_bytes;          /* given out since the last reset */
    size_t kept_bytes;          /* in chunks, used and spare */
};

void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned to 16 */
struct slice arena_copy(struct arena *a, const void *p, size_t n);
struct slice arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room to write into whose size is known only afterwards: open gives at least `most` bytes, not
 * zeroed; close keeps the first `used` of them. Nothing else may be asked of the arena between. */
void *arena_open(struct arena *a, size_t most);
struct slice arena_close(struct arena *a, size_t used);

void arena_reset(struct arena *a); /* empty again; keeps up to 8 MiB of chunks for reuse */
void arena_drop(struct arena *a);  /* gives everything back */

#endif
