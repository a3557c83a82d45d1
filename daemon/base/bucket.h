/* bucket: tokens that time fills again, `most` of them in a span and never more. Who takes the last
 * one waits; when `most` changes, what is there counts on. For what each name may do in a time. */
#ifndef SIAGA_BASE_BUCKET_H
#define SIAGA_BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    double tokens;
    int64_t filled_us; /* monotonic */
};

static inline struct bucket bucket_full(uint32_t most, int64_t now_us)
{
    return (struct bucket){most, now_us};
}

/* False: less than one is there. */
static inline bool bucket_take(struct bucket *b, uint32_t most, int64_t span_us, int64_t now_us)
{
    b->tokens += (double)(now_us - b->filled_us) * most / (double)span_us;
    b->filled_us = now_us;
    if (b->tokens > most)
        b->tokens = most;
    if (b->tokens < 1)
        return false;
    b->tokens -= 1;
    return true;
}

/* Microseconds until one is there; most is at least 1. */
static inline int64_t bucket_wait_us(const struct bucket *b, uint32_t most, int64_t span_us)
{
    return (int64_t)((1 - b->tokens) * (double)span_us / most);
}

#endif
