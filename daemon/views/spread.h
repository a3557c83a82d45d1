/* spread: how long things took, as counts that can be added: a log-linear histogram of
 * milliseconds.
 *
 * Below 128 each value has a bucket of its own; above, every octave has 64 of equal width. What is
 * read back from a bucket is its middle, at most 1/128 (0.8 %) away from any value in it. Counts
 * of two spreads are added bucket by bucket, so days make a month and SKPD make a city.
 */
#ifndef SIAGA_VIEWS_SPREAD_H
#define SIAGA_VIEWS_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

#define SPREAD_FINE 128u     /* values below are kept as they are */
#define SPREAD_OCTAVE 64u    /* buckets in each octave above */
#define SPREAD_BUCKETS 2176u /* up to 2^39 ms: seventeen years; beyond: the last one */

uint32_t spread_bucket(uint64_t ms);
uint64_t spread_middle(uint32_t bucket);

struct spread {
    uint64_t n;
    uint64_t count[SPREAD_BUCKETS];
};

void spread_add(struct spread *s, uint32_t bucket, uint64_t count);
void spread_join(struct spread *s, const struct spread *other);
/* The smallest value that so many of 100 do not exceed (nearest rank). False: there is none. */
bool spread_percentile(const struct spread *s, unsigned percent, uint64_t *ret_ms);

#endif
