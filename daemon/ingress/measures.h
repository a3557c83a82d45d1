/* measures: what siagad knows of itself, for STATUS. What can be counted only in the views is asked
 * of query every few seconds and kept; the rest is looked up when somebody asks. So STATUS answers
 * at once also when nothing else does.
 *
 * Called by siagad (each second, each turn), STATUS. */
#ifndef SIAGA_INGRESS_MEASURES_H
#define SIAGA_INGRESS_MEASURES_H

#include "daemon/base/gauges.h"
#include "door.h"

struct measures;
struct measures *measures_new(struct door *d);
void measures_free(struct measures **f); /* after query, which may still hold its question */

/* Each second: how late it came, and what the door and the disk have: connections, and the file
 * system of the store. */
struct measures_second {
    int64_t late_us;
    uint32_t connections;
    uint64_t disk_free, disk_size;
};
void measures_tick(struct measures *f, const struct measures_second *second);

/* The pairs of STATUS: figures, commits, queues, chain. */
uint32_t measures_pack(const struct measures *f, struct writer *w);
/* The sentence of each counter and figure, by name: a pair. */
uint32_t measures_sentences(struct writer *w);

#endif
