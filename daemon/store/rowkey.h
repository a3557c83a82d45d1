/* rowkey: keys of the store, built left to right; numbers are big endian so that byte order is
 * number order. */
#ifndef SIAGA_STORE_ROWKEY_H
#define SIAGA_STORE_ROWKEY_H

#include <stdint.h>
#include <string.h>

#include "proto/slice.h"
#include "proto/uncleared.h"

#define ROWKEY_BYTES 128

struct rowkey {
    uint8_t b[ROWKEY_BYTES];
    uint32_t n;
};

static inline struct rowkey rowkey_new(void)
{
    struct rowkey k UNCLEARED;
    k.n = 0;
    return k;
}

static inline struct rowkey *rowkey_u8(struct rowkey *k, uint8_t v)
{
    k->b[k->n++] = v;
    return k;
}

static inline struct rowkey *rowkey_u32(struct rowkey *k, uint32_t v)
{
    for (int i = 3; i >= 0; i--)
        k->b[k->n++] = (uint8_t)(v >> (8 * i));
    return k;
}

static inline struct rowkey *rowkey_u64(struct rowkey *k, uint64_t v)
{
    for (int i = 7; i >= 0; i--)
        k->b[k->n++] = (uint8_t)(v >> (8 * i));
    return k;
}

/* Bytes as they are; the caller knows that they fit (names are at most 64 bytes). */
static inline struct rowkey *rowkey_bytes(struct rowkey *k, const void *p, uint32_t n)
{
    if (n > 0)
        memcpy(k->b + k->n, p, n);
    k->n += n;
    return k;
}

static inline struct rowkey rowkey_seq(uint64_t seq)
{
    struct rowkey k = rowkey_new();
    rowkey_u64(&k, seq);
    return k;
}

static inline uint64_t rowkey_read_u64(const void *p)
{
    const uint8_t *b = p;
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | b[i];
    return v;
}

static inline uint32_t rowkey_read_u32(const void *p)
{
    const uint8_t *b = p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

#endif
