/* door: where messages come in. Peels the frame, finds the verb in its table, checks size and role,
 * and hands the request to the verb's own file.
 *
 * Called by siagad for every message. Everything behind the door may trust: the body is one
 * well-formed map, the source has a valid name (or none), the role may use the verb.
 */
#ifndef SIAGA_INGRESS_DOOR_H
#define SIAGA_INGRESS_DOOR_H

#include "daemon/base/clock.h"
#include "daemon/base/counters.h"
#include "daemon/city/city.h"
#include "daemon/egress/ack.h"
#include "daemon/egress/desk.h"
#include "daemon/egress/feed.h"
#include "daemon/egress/refused.h"
#include "daemon/net/router.h"
#include "daemon/pipeline/pipeline.h"
#include "daemon/query/query.h"

#define OWN_SOURCE "siagad" /* who did what siagad did itself; nobody else may be called so */

struct ask;
struct links;
struct gate;
struct measures;
struct health;
struct door { /* what the verbs work with; all of it is siagad's */
    struct clock *clock;
    struct counters *counters;
    struct ack *ack;
    struct refused *refused;
    struct feed *feed;
    struct desks *desks;
    struct pipeline *pipeline;
    struct ask *ask;
    struct links *links;
    struct gate *gate;
    struct notice *turned, *unreadable;                /* what the POC is told of, in few words */
    void (*cut)(void *self, const struct address *to); /* that connection ends */
    struct city *city;                                 /* the snapshot in force; siagad swaps it */
    const struct identity *identity;
    bool secure;
    int64_t started_us, config_loaded_us;
    char config_error[512]; /* "" while the files are clean */
    void (*room)(void *self, uint64_t ret_used[STORE_ENVS], uint64_t ret_size[STORE_ENVS]);
    void (*condemn)(void *self); /* a row of the views is not what was written */
    void (*trusted)(void *self); /* a store in doubt was looked at in whole; NULL: in no doubt */
    struct health *health;
    void *self;
    uint32_t asked;       /* questions unanswered */
    const char *erasures; /* folder of the list of what was erased */
    struct measures *measures;
    const uint8_t *chain_hash; /* the end of the chain: 32 bytes, and its number */
    const uint64_t *chain_seq;
    char signer[65];      /* public key of the server's signature, hex; "" without one */
    uint64_t accesses;    /* entries about keys since the start */
    uint64_t readings;    /* of personal data since the start: no two entries have one key */
    struct faults faults; /* of the request at hand; counted from 0 by whoever uses it */
    struct arena arena;   /* of the request at hand, for what does not outlive it */
};

struct request {
    struct ack_to to;
    uint8_t verb;
    bool local;          /* it came over a socket of this machine */
    struct slice source; /* "" when none was given */
    struct person_role who;
    struct slice body; /* one scanned map; dies with the message */
};

void door_take(struct door *d, const struct parcel *parcel);
void door_busy(struct door *d, const struct parcel *parcel); /* turns it away with E_BUSY */
bool submit_is_bulk(const struct parcel *parcel); /* a SUBMIT whose first event is no emergency; a
                                                     glance, no judgement */

/* For the files of the verbs. */
typedef void verb_fn(struct door *d, const struct request *r);
verb_fn hello_serve, submit_serve, move_serve, reclass_serve, get_serve, list_serve, watch_serve,
    credit_serve, unwatch_serve, route_serve, status_serve, attach_serve, work_serve, due_serve,
    dead_serve, person_serve, release_serve, verify_serve, head_serve, erase_serve, hold_serve,
    retention_serve, backup_serve, export_serve, digest_serve;

/* Puts a question whose answer somebody works on first; turned away when too many wait. `answered`
 * calls door_answered(). */
void door_answered(struct door *d, const struct request *r);
void door_ask_for(struct door *d, const struct request *r, struct question *q,
                  void (*answered)(void *, struct question *), void *self);
/* Puts a question whose answer goes back to the asker as it is; turned away when too many wait. */
void door_ask(struct door *d, const struct request *r, struct question *q);

void door_refuse(struct door *d, const struct request *r, int verdict, const struct faults *faults);

/* One pair after another of a request's map; false at the end. */
struct pairs_walk {
    struct reader r;
    uint32_t left;
    struct slice name;
};
struct pairs_walk door_pairs(struct slice body);
bool door_next(struct pairs_walk *w);
bool door_text(struct pairs_walk *w, struct slice *ret_text, struct faults *faults,
               uint32_t most); /* a string of at most `most` bytes */
bool door_uint(struct pairs_walk *w, uint64_t *ret_value, struct faults *faults);
bool door_flag(struct pairs_walk *w, bool *ret_value, struct faults *faults);
bool door_time(struct pairs_walk *w, int64_t *ret_us, struct faults *faults);
bool door_ticket(struct pairs_walk *w, struct ticket *ret_ticket, struct faults *faults);
/* What the role may see at all, whatever it asks for (proto/rights.h). */
void door_sight(const struct request *r, struct filter *f, struct arena *arena);
void door_known_only(struct door *d, const struct filter *f, struct faults *faults);
void door_unknown(struct pairs_walk *w, struct faults *faults); /* a name the verb does not know */

#endif
