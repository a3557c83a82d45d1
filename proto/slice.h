/* slice: bytes somebody else owns. Never NUL-terminated, never freed; valid as long as the owner
 * says. */
#ifndef SIAGA_PROTO_SLICE_H
#define SIAGA_PROTO_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *p;
    uint32_t n;
};

#define SLICE_LIT(text) ((struct slice){(text), sizeof(text) - 1})
#define SLICE_FMT "%.*s" /* with SLICE_ARG */
#define SLICE_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct slice slice_from(const char *text) /* NULL gives the empty slice */
{
    return (struct slice){text, text ? (uint32_t)strlen(text) : 0};
}

/* One behind the last byte. The empty slice may be NULL, to which nothing can be added. */
static inline const char *slice_end(struct slice s)
{
    return s.n > 0 ? s.p + s.n : s.p;
}

static inline bool slice_same(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_same(a, slice_from(text));
}

/* Where it lies in a table: FNV-1a. */
static inline uint32_t slice_hash(struct slice s)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < s.n; i++)
        hash = (hash ^ (uint8_t)s.p[i]) * 16777619u;
    return hash;
}

/* The text before the next `mark`, or all of it; `rest` goes on behind it. */
static inline struct slice slice_cut(struct slice *rest, char mark)
{
    const char *at = rest->n > 0 ? memchr(rest->p, mark, rest->n) : NULL;
    struct slice head = {rest->p, at != NULL ? (uint32_t)(at - rest->p) : rest->n};
    uint32_t used = head.n + (at != NULL);
    *rest = (struct slice){rest->n > 0 ? rest->p + used : rest->p, rest->n - used};
    return head;
}

#endif
