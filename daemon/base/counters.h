/* counters: numbers that only grow, from counters.def. Owned by the reactor; no other thread
 * touches them. */
#ifndef SIAGA_BASE_COUNTERS_H
#define SIAGA_BASE_COUNTERS_H

#include <stdint.h>

#define COUNTER(NAME, ...) COUNT_##NAME,
enum counter {
#include "daemon/base/counters.def"
    COUNTERS
};

struct counters {
    uint64_t at[COUNTERS];
};

const char *counters_name(enum counter c);
const char *counters_sentence(enum counter c);

#endif
