/* rounds: how long a model test goes on, and from which seed. SIAGA_MODEL_ROUNDS multiplies the
 * rounds, SIAGA_SEED repeats a run. The seed is printed: a failure can be played again. */
#ifndef SIAGA_TESTS_ROUNDS_H
#define SIAGA_TESTS_ROUNDS_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint32_t rounds_of(uint32_t usual)
{
    const char *more = getenv("SIAGA_MODEL_ROUNDS");
    unsigned long times = more != NULL ? strtoul(more, NULL, 10) : 1;
    return usual * (uint32_t)(times > 0 ? times : 1);
}

static inline uint64_t rounds_seed(void)
{
    const char *given = getenv("SIAGA_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("SIAGA_SEED=%" PRIu64 "\n", seed);
    fflush(stdout);
    return seed;
}

#endif
