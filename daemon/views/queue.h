/* queue: the work that waits for the desks of an SKPD, one item for each part of a case that a desk
 * has not had yet. Actual emergencies first, exercises last, else in the order of arrival. Items
 * that failed too often lie in a table of their own, TABLE_DEAD, and hold nobody up. */
#ifndef SIAGA_VIEWS_QUEUE_H
#define SIAGA_VIEWS_QUEUE_H

#include "cases.h"

#define QUEUE_FAILS_MAX 16u
#define QUEUE_REASON_BYTES 64u

enum queue_state { QUEUE_READY = 1, QUEUE_LEASED = 2 };

struct queue_fail {
    int64_t at_us;
    struct slice source, reason;
};

struct queue_item {
    struct slice skpd;
    uint8_t rank; /* 0 actual emergencies, 1 the rest, 2 exercises and tests */
    uint64_t queued, case_seq;
    uint8_t part, state;
    uint32_t attempt;    /* number of the last lease */
    int64_t until_us;    /* leased: end of the lease; ready: not before */
    struct slice holder; /* source of the desk that has or had it */
    uint8_t fails_n;
    struct queue_fail fails[QUEUE_FAILS_MAX];
};

uint8_t queue_rank(const struct case_row *c);
/* The item of a part that is queued, or dead. Slices live until the next write. */
bool queue_get(struct txn *t, const struct case_row *c, unsigned part, struct queue_item *ret_item);
void queue_put(struct txn *t, enum store_table table, const struct queue_item *item);
void queue_del(struct txn *t, const struct case_row *c, unsigned part);

/* Items of an SKPD in order; `skpd` empty: of all (for TABLE_DEAD). A walk left early is closed. */
bool queue_from(struct walk *w, struct txn *t, enum store_table table, struct slice skpd,
                struct queue_item *ret_item);
bool queue_next(struct walk *w, struct slice skpd, struct queue_item *ret_item);

#endif
