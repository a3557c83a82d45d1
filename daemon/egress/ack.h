/* ack: answers, and where they go.
 *
 * ack_done() is the acknowledgement of a change and has one caller, pipeline/settle.c, after the
 * disk: tests/rules/ proves it. ack_answer() answers a question, ack_refused() says no. Bodies are
 * built in a buffer of this room, one at a time. An answer whose asker has gone is counted, not
 * kept: the client asks again with the same key.
 */
#ifndef SIAGA_EGRESS_ACK_H
#define SIAGA_EGRESS_ACK_H

#include "daemon/base/clock.h"
#include "daemon/base/counters.h"
#include "daemon/net/router.h"
#include "proto/pack.h"
#include "proto/verdict.h"

struct ack;
struct ack_to {
    struct address address;
    uint64_t rid;
};

static inline bool address_same(const struct address *a, const struct address *b)
{
    return a->n == b->n && memcmp(a->id, b->id, a->n) == 0;
}

static inline bool ack_to_same(const struct ack_to *a, const struct ack_to *b)
{
    return a->rid == b->rid && address_same(&a->address, &b->address);
}

struct ack *ack_new(struct router *router, struct counters *counters, struct clock *clock);
void ack_free(struct ack **a);

/* Start a body, write it, send it. The writer is good until the matching call. */
struct writer *ack_open(struct ack *a);
enum router_sent ack_done(struct ack *a, const struct ack_to *to);
enum router_sent ack_answer(struct ack *a, const struct ack_to *to);
enum router_sent ack_feed(struct ack *a, const struct ack_to *to,
                          uint8_t code); /* an answer of feeds.def from 0x90 on */
void ack_refuse_open(struct ack *a, const struct ack_to *to,
                     int verdict); /* the body written is a refusal; it may wait, see withheld.h */
void ack_withheld(struct ack *a, bool all); /* sends those that are due, or all */
int64_t ack_next_us(const struct ack *a);   /* when the next is due, clock_mono(); 0: none waits */

/* A body made elsewhere (by a question's thread): msgpack bytes of one map. */
enum router_sent ack_answer_bytes(struct ack *a, const struct ack_to *to, struct slice body);

struct refusal { /* SPEC section 4, what is not zero is told */
    int verdict;
    const struct faults *faults;
    uint32_t wait_s;
    struct slice ticket, changed_by, changed_task;
    const char *changed_do;
    uint8_t changed_from;
    uint8_t state, part_state, role; /* part_state: of the part meant, 0: as the case; role: of the
                                        asker, for the moves it may make */
    uint32_t version;
    int64_t changed_at, now_us;
    const char *nearest[3];
    unsigned nearest_n;
    bool versions;
};
void ack_pack_refusal(struct writer *w, const struct refusal *r); /* the map */
void ack_refused(struct ack *a, const struct ack_to *to, const struct refusal *r);

#endif
