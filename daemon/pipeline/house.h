/* house: the inside of the pipeline, shared by its own files. */
#ifndef SIAGA_PIPELINE_HOUSE_H
#define SIAGA_PIPELINE_HOUSE_H

#include "batch.h"
#include "pipeline.h"
#include "quota.h"
#include "stages.h"

#define SALT_POOL_BYTES 4096u
#define FULL_WAIT_S 60u /* until there may be room again */

struct lane_state {
    struct batch *first, *last; /* gathering; the last one is still open */
    struct batch *in_flight;
};

struct pipeline {
    struct pipeline_parts parts;
    struct journal *journal;
    struct jstate known;
    struct quota *quota;
    struct lane_state lane[LANES];
    int64_t launched_us[LANES]; /* monotonic; when the last batch of the lane was launched */
    struct batch *free;
    struct batch *settling,
        **settling_end; /* back from the journal, not all told yet; urgent ones are told at once */
    uint32_t told;      /* proposals of the first of them that have been told */
    uint32_t waiting;   /* entries gathered or in flight */
    unsigned reserve_percent;
    bool stopping, hurrying, full; /* full: the reserve is reached */
    struct jgroup hurry, pulse;
    struct histogram commits; /* how long they took, since the start */
    struct window recent;     /* of them */
    bool pulsing;
    int64_t silent_us;
    int64_t pulsed_us; /* monotonic; when the journal was asked whether it lives */
    uint32_t salt_used;
    uint8_t salt_pool[SALT_POOL_BYTES];
};

void settle_errand(struct pipeline *p,
                   struct errand *e); /* its answer, once every proposal is decided */
/* The journal has spoken: tells proposals from..to of the batch; with the last one the feeds hear
 * of it. */
void settle_some(struct pipeline *p, struct batch *b, uint32_t from, uint32_t to);

#endif
