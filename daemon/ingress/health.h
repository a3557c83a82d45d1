/* health: what siagad notices about its own store, and tells the POC as entries: maps that fill up,
 * and what the scrub finds. Also in the log and in STATUS.
 *
 * Called by siagad (each second, each turn of the loop). Asks query for a slice of the scrub when
 * it is time; hands entries to the pipeline.
 */
#ifndef SIAGA_INGRESS_HEALTH_H
#define SIAGA_INGRESS_HEALTH_H

#include "door.h"

struct health;
struct health *health_new(struct door *door);
void health_free(struct health **h);

void health_tick(struct health *h);             /* each second: how full the maps are */
void health_run(struct health *h);              /* asks for the next slice when it is time */
int64_t health_next_us(const struct health *h); /* wall time of the next slice; 0: none known */

/* siagad's own pace is not what it should be: an entry of act HEALTH_SLOW or HEALTH_LATE. */
void health_pace(struct health *h, uint8_t act, int64_t took_us);

/* For STATUS: the level of which the POC was told, in percent; 0: none. */
unsigned health_told(const struct health *h, enum store_env e);
/* The scrub that runs, or the one that ended last; 0: none yet. */
struct scrub_figures {
    bool running;
    int64_t began_us, ended_us; /* of the last that ended since siagad started, or was recorded */
    uint64_t entries, persons, rows, damaged;
};
void health_scrub(const struct health *h, struct scrub_figures *ret);

#endif
