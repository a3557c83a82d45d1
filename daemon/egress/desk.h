/* desk: handlers that wait for the work of an SKPD.
 *
 * Keeps: who has attached, with how much credit, and which leases are being taken. Called by
 * ingress (open, credit, close), siagad (what was stored, once a second). Asks query for the next
 * items of an SKPD's queue; a lease is an entry of the journal like everything else
 * (desk_parts.take), and an item leaves only when its lease is on the disk. Order is the queue's;
 * one SKPD never waits for another. What lies in the queue survives every restart, a desk does not:
 * its leases run out.
 */
#ifndef SIAGA_EGRESS_DESK_H
#define SIAGA_EGRESS_DESK_H

#include "ack.h"
#include "daemon/base/clock.h"
#include "daemon/query/query.h"

#define DESK_MOST 1024u
#define DESK_PER_SOURCE 32u
#define DESK_CREDIT_MAX 64u

struct desk_take { /* a lease wanted */
    void *token;   /* for desk_taken() */
    struct slice skpd, source;
    uint8_t role, part;
    uint64_t case_seq, queued;
    uint32_t attempt;
    int64_t lease_us;
};

struct desks;
struct desk_parts {
    struct ack *ack;
    struct counters *counters;
    struct clock *clock;
    void (*ask)(void *self, struct question *q, bool views);
    void (*take)(void *self, const struct desk_take *take); /* answers through desk_taken() */
    uint64_t (*head)(void *self);                           /* number of the last durable entry */
    void *self;
};

struct desk_wish { /* what an ATTACH asked for; names are copied */
    struct slice skpd, source;
    uint8_t role;
    uint32_t credit;
    int64_t lease_us;
};

struct desks *desks_new(const struct desk_parts *parts);
void desks_free(struct desks **d);

int desk_open(struct desks *d, const struct ack_to *to, const struct desk_wish *wish); /* E_BUSY */
bool desk_credit(struct desks *d, const struct ack_to *desk, uint32_t add); /* false: no desk */
bool desk_close(struct desks *d, const struct ack_to *desk);
void desk_drop(struct desks *d, const struct address *of); /* all of a connection that was cut */
uint32_t desks_count(const struct desks *d);
/* How long the leases of a source's desk are; 0: it has none at this SKPD. */
int64_t desk_lease_us(const struct desks *d, struct slice source, struct slice skpd);
bool desk_attached(const struct desks *d, struct slice skpd); /* somebody waits for its work */

void desk_poke(struct desks *d, struct slice skpd);          /* its queue may have changed */
void desk_taken(void *token, int verdict, int64_t until_us); /* the journal has spoken of a lease */
void desk_tick(struct desks *d);             /* once a second: beats, silent desks */
void desk_wake(struct desks *d);             /* each turn: items whose time has come */
int64_t desk_next_us(const struct desks *d); /* wall time of the next such item; 0: none known */
void desk_stop(struct desks *d);             /* tells every desk that siagad stops */

#endif
