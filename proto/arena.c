#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (32u * 1024u - sizeof(struct arena_chunk))
#define ALIGNMENT 16u

struct arena_chunk {
    struct arena_chunk *next;
    size_t cap, used;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

static struct arena_chunk *chunk_new(struct arena *a, size_t n)
{
    size_t cap = n > CHUNK_BYTES ? n : CHUNK_BYTES;
    struct arena_chunk *c = malloc(sizeof(*c) + cap);
    if (!c)
        abort();
    *c = (struct arena_chunk){.next = a->chunks, .cap = cap};
    a->chunks = c;
    return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > SIZE_MAX / 2)
        abort();
    n = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

    struct arena_chunk *c = a->chunks;
    if (!c || c->cap - c->used < n)
        c = chunk_new(a, n);
    void *p = c->bytes + c->used;
    c->used += n;
    a->used_bytes += n;
    return memset(p, 0, n);
}

struct slice arena_copy(struct arena *a, const void *p, size_t n)
{
    if (n > UINT32_MAX)
        abort();
    char *copy = arena_alloc(a, n);
    if (n)
        memcpy(copy, p, n);
    return (struct slice){copy, (uint32_t)n};
}

struct slice arena_printf(struct arena *a, const char *format, ...)
{
    if (!format)
        abort();
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        abort();

    /* The NUL stays behind the slice, so the text can also be handed to libc. */
    char *text = arena_alloc(a, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return (struct slice){text, (uint32_t)n};
}

/* Frees every chunk in front of `keep` (NULL: all of them). */
static void chunks_free(struct arena *a, const struct arena_chunk *keep)
{
    while (a->chunks != keep) {
        struct arena_chunk *next = a->chunks->next;
        free(a->chunks);
        a->chunks = next;
    }
    a->used_bytes = 0;
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *first = a->chunks;
    while (first && first->next)
        first = first->next;
    chunks_free(a, first);
    if (first)
        first->used = 0;
}

void arena_drop(struct arena *a)
{
    chunks_free(a, NULL);
}
