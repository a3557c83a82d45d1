/* arena: memory that dies together. A batch, a decoded message or an answer takes what it needs and
 * drops it in one call. Running out of memory is fatal (abort): siaga has nothing useful to say
 * without memory, and systemd restarts it. */
#ifndef SIAGA_PROTO_ARENA_H
#define SIAGA_PROTO_ARENA_H

#include <stddef.h>

#include "slice.h"

struct arena_chunk;
struct arena {
    struct arena_chunk *chunks; /* newest first */
    size_t used_bytes;          /* given out since the last reset */
};

void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned to 16 */
struct slice arena_copy(struct arena *a, const void *p, size_t n);
struct slice arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a); /* keeps the first chunk for reuse */
void arena_drop(struct arena *a);  /* gives everything back */

#endif
