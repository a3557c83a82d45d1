#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (32u * 1024u - sizeof(struct arena_chunk))
#define KEPT_BYTES (8u << 20)
#define ALIGNMENT 16u

/* A sanitizer sees a chunk as one piece of memory: it is told what of it was given out. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_WATCHED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_WATCHED
#endif
#ifdef ARENA_WATCHED
void __asan_poison_memory_region(void const volatile *p, size_t n);
void __asan_unpoison_memory_region(void const volatile *p, size_t n);
#define take_back(p, n) __asan_poison_memory_region(p, n)
#define give_out(p, n) __asan_unpoison_memory_region(p, n)
#else
#define take_back(p, n) ((void)0)
#define give_out(p, n) ((void)0)
#endif

struct arena_chunk {
    struct arena_chunk *next;
    size_t cap, used;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

static struct arena_chunk *chunk_spare(struct arena *a, size_t n)
{
    struct arena_chunk *c = a->spare;
    if (!c || c->cap < n)
        return NULL;
    a->spare = c->next;
    return c;
}

static struct arena_chunk *chunk_new(struct arena *a, size_t n)
{
    struct arena_chunk *c = chunk_spare(a, n);
    if (!c) {
        size_t cap = n > CHUNK_BYTES ? n : CHUNK_BYTES;
        c = malloc(sizeof(*c) + cap);
        if (!c)
            abort();
        c->cap = cap;
        a->kept_bytes += cap;
    }
    c->next = a->chunks;
    c->used = 0;
    a->chunks = c;
    take_back(c->bytes, c->cap);
    return c;
}

static size_t aligned(size_t n)
{
    if (n > SIZE_MAX / 2)
        abort();
    return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void *arena_open(struct arena *a, size_t most)
{
    struct arena_chunk *c = a->chunks;
    if (!c || c->cap - c->used < aligned(most))
        c = chunk_new(a, aligned(most));
    give_out(c->bytes + c->used, most);
    return c->bytes + c->used;
}

struct slice arena_close(struct arena *a, size_t used)
{
    struct arena_chunk *c = a->chunks;
    char *p = (char *)c->bytes + c->used;
    if (used > UINT32_MAX || c->cap - c->used < aligned(used))
        abort();
    take_back(p + used, c->cap - c->used - used);
    c->used += aligned(used);
    a->used_bytes += aligned(used);
    return (struct slice){p, (uint32_t)used};
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = arena_open(a, n);
    arena_close(a, n);
    return memset(p, 0, n);
}

struct slice arena_copy(struct arena *a, const void *p, size_t n)
{
    if (n > UINT32_MAX)
        abort();
    char *copy = arena_open(a, n);
    if (n)
        memcpy(copy, p, n);
    return arena_close(a, n);
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

static void chunks_free(struct arena_chunk **list)
{
    while (*list) {
        struct arena_chunk *next = (*list)->next;
        free(*list);
        *list = next;
    }
}

/* Chunks of the usual size come back into use; larger ones, and what is too much to hold on to, go.
 */
void arena_reset(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *c = a->chunks;
        a->chunks = c->next;
        take_back(c->bytes, c->cap);
        if (c->cap == CHUNK_BYTES && a->kept_bytes <= KEPT_BYTES) {
            c->next = a->spare;
            a->spare = c;
        } else {
            a->kept_bytes -= c->cap;
            free(c);
        }
    }
    a->used_bytes = 0;
}

void arena_drop(struct arena *a)
{
    chunks_free(&a->chunks);
    chunks_free(&a->spare);
    a->used_bytes = a->kept_bytes = 0;
}
