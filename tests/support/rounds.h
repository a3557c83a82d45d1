/* rounds: how long a model test goes on, and from which seed. SIAGA_MODEL_ROUNDS multiplies the
 * rounds ("10", "0.1"), SIAGA_SEED repeats a run. The seed is printed: a failure can be played
 * again. */
#ifndef SIAGA_TESTS_ROUNDS_H
#define SIAGA_TESTS_ROUNDS_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint32_t rounds_of(uint32_t usual)
{
    const char *more = getenv("SIAGA_MODEL_ROUNDS");
    double times = more != NULL ? strtod(more, NULL) : 1, rounds = usual * (times > 0 ? times : 1);
    return rounds < 1 ? 1 : rounds > UINT32_MAX ? UINT32_MAX : (uint32_t)rounds;
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
