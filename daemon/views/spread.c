#include "spread.h"

#define FINE_BITS 7u   /* 1 << FINE_BITS is SPREAD_FINE */
#define OCTAVE_BITS 6u /* the same of SPREAD_OCTAVE */

uint32_t spread_bucket(uint64_t ms)
{
    if (ms < SPREAD_FINE)
        return (uint32_t)ms;
    unsigned top = 63u - (unsigned)__builtin_clzll(ms);
    uint64_t place = ms >> (top - OCTAVE_BITS) & (SPREAD_OCTAVE - 1);
    uint64_t bucket = SPREAD_FINE + (top - FINE_BITS) * SPREAD_OCTAVE + place;
    return bucket < SPREAD_BUCKETS ? (uint32_t)bucket : SPREAD_BUCKETS - 1;
}

uint64_t spread_middle(uint32_t bucket)
{
    if (bucket < SPREAD_FINE)
        return bucket;
    unsigned octave = (bucket - SPREAD_FINE) / SPREAD_OCTAVE;
    uint64_t place = (bucket - SPREAD_FINE) % SPREAD_OCTAVE;
    unsigned shift = octave + FINE_BITS - OCTAVE_BITS;
    return ((SPREAD_OCTAVE + place) << shift) + ((1ull << shift) - 1) / 2;
}

void spread_add(struct spread *s, uint32_t bucket, uint64_t count)
{
    s->count[bucket < SPREAD_BUCKETS ? bucket : SPREAD_BUCKETS - 1] += count;
    s->n += count;
}

void spread_join(struct spread *s, const struct spread *other)
{
    for (uint32_t i = 0; i < SPREAD_BUCKETS; i++)
        s->count[i] += other->count[i];
    s->n += other->n;
}

bool spread_percentile(const struct spread *s, unsigned percent, uint64_t *ret_ms)
{
    uint64_t rank = (s->n * percent + 99) / 100, seen = 0;
    if (s->n == 0)
        return false;
    for (uint32_t i = 0; i < SPREAD_BUCKETS; i++) {
        seen += s->count[i];
        if (seen >= rank && seen > 0) {
            *ret_ms = spread_middle(i);
            return true;
        }
    }
    return false;
}
