/* nearest: the names most like a misspelt one, for "did you mean". By edit distance (two
 * swapped neighbours count as one mistake); among equals the longer shared beginning, then the
 * order of offering. What is too far off is never suggested. */
#ifndef SIAGA_CITY_NEAREST_H
#define SIAGA_CITY_NEAREST_H

#include "proto/slice.h"

#define NEAREST_MAX 3
#define NEAREST_HINT_BYTES 128

struct nearest {
    struct slice want;
    unsigned count;
    const char *best[NEAREST_MAX]; /* closest first; pointers as offered */
    unsigned score[NEAREST_MAX];
};

void nearest_start(struct nearest *n, struct slice want); /* looks at its first 48 bytes */
void nearest_offer(struct nearest *n, const char *name);
/* "; did you mean 'x'?" or "" when nothing is close. Returns out. */
const char *nearest_hint(const struct nearest *n, char out[NEAREST_HINT_BYTES]);

#endif
