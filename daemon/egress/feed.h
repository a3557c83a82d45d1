/* feed: watches. Each is a cursor over the journal with a filter and credit.
 *
 * Keeps: the cursors. Called by ingress (open, credit, close), the pipeline (entries that are
 * durable), siagad (tick). Asks query for what lies on the disk. It never blocks and never keeps
 * rows for a slow watcher: a cursor that cannot send falls behind and reads from the disk when it
 * may send again.
 *
 * A cursor is *live* while it stands right behind the last durable entry: then it takes rows from
 * the batch just settled. Else it is *behind* and asks query for the rows from its number on, at
 * most as many as its credit. Batches of the two lanes may settle out of order; a live cursor takes
 * only the very next number, skips what it had, and turns to the disk at a hole.
 */
#ifndef SIAGA_EGRESS_FEED_H
#define SIAGA_EGRESS_FEED_H

#include "ack.h"
#include "daemon/base/clock.h"
#include "daemon/query/query.h"
#include "proto/filter.h"

#define FEED_CREDIT 256u
#define FEED_CREDIT_MAX 4096u
#define FEED_CASES_MOST 2000000u /* open cases that all snapshots under way may hold: 112 MB */
#define FEED_MOST 4096u          /* watches in all; each has at most one question under way */

struct feed;
struct feed_parts {
    struct ack *ack;
    struct counters *counters;
    struct clock *clock;
    void (*ask)(void *self, struct question *q,
                bool views); /* views: not before they have reached what is acknowledged */
    void *self;
};
struct feed_asker {
    struct slice source;
    uint8_t role;
    uint32_t watches, credit; /* how many, and how much each, it may hold */
};
struct feed_wish { /* what a WATCH asked for */
    const struct filter *filter;
    uint64_t from;    /* 0: from now */
    int64_t since_us; /* 0: not by time */
    bool snapshot;
    uint32_t credit;
};

struct feed *feed_new(const struct feed_parts *parts);
void feed_free(struct feed **f);

/* Opens a watch; its `done` leaves from here, at once or when the disk has been asked. E_BUSY: the
 * source holds as many as it may already, or there are as many as there may be. */
int feed_open(struct feed *f, const struct ack_to *to, const struct feed_asker *who,
              const struct feed_wish *wish);
void feed_credit(struct feed *f, const struct ack_to *watch, uint32_t add);
void feed_close(struct feed *f, const struct ack_to *watch);
void feed_drop(struct feed *f, const struct address *of); /* all of a connection that was cut */
uint32_t feed_watches(const struct feed *f);
/* How many of them are not at the end, and how many entries the slowest has before it. */
uint32_t feed_behind(const struct feed *f, uint64_t *ret_most);

void feed_reach(struct feed *f, uint64_t oldest,
                uint64_t head); /* how far the journal goes back, and the last durable number */
void feed_head(struct feed *f, uint64_t head);
void feed_entry(struct feed *f, uint64_t seq, struct slice row);
void feed_flush(struct feed *f); /* the entries of a batch have been told */
void feed_tick(struct feed *f);  /* once a second: beats, silent watchers */
void feed_stop(struct feed *f);  /* tells every watcher that siagad stops */

#endif
