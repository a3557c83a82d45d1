/* house: the inside of the pipeline, shared by its own files. */
#ifndef SIAGA_PIPELINE_HOUSE_H
#define SIAGA_PIPELINE_HOUSE_H

#include "batch.h"
#include "pipeline.h"
#include "quota.h"
#include "stages.h"

#define SALT_POOL_BYTES 4096u

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
    struct batch *free;
    uint32_t waiting; /* entries gathered or in flight */
    unsigned reserve_percent;
    bool stopping, hurrying, full; /* full: the reserve is reached */
    struct jgroup hurry;
    uint32_t salt_used;
    uint8_t salt_pool[SALT_POOL_BYTES];
};

void settle_errand(struct pipeline *p,
                   struct errand *e); /* its answer, once every proposal is decided */
void settle_batch(struct pipeline *p, struct batch *b); /* the journal has spoken */

#endif
