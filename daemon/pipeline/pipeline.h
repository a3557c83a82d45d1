/* pipeline: the way of a change, from a decoded request to the journal and back to its sender.
 *
 * Keeps: the gathering batches of two lanes, quotas. Called by ingress (errands come in), siagad
 * (launch, close), the journal (settled). It never touches a socket and never acknowledges what is
 * not on the disk: answers to changes leave from settle.c alone.
 */
#ifndef SIAGA_PIPELINE_PIPELINE_H
#define SIAGA_PIPELINE_PIPELINE_H

#include "daemon/base/clock.h"
#include "daemon/base/counters.h"
#include "daemon/city/city.h"
#include "daemon/egress/ack.h"
#include "daemon/egress/feed.h"
#include "daemon/egress/refused.h"
#include "daemon/journal/identity.h"
#include "daemon/journal/journal.h"
#include "proposal.h"

struct pipeline;
struct pipeline_parts { /* everything it is given; all outlive it */
    struct clock *clock;
    struct counters *counters;
    struct ack *ack;
    struct feed *feed;
    struct refused *refused;
    const struct identity *identity;
    void (*views_moved)(void *self,
                        uint64_t views_at); /* the committed views have reached a number */
    void (*answered)(void *self, const struct errand *e); /* it is no more in flight; may be NULL */
    void (*stored)(void *self, const struct proposal *p); /* it is on the disk; may be NULL */
    void (*broken)(
        void *self,
        const struct err *err); /* the journal failed: end the process, acknowledge nothing */
    void *self;
};

struct pipeline *pipeline_new(const struct pipeline_parts *parts);
void pipeline_free(struct pipeline **p);
void pipeline_use(struct pipeline *p, struct journal *journal,
                  unsigned reserve_percent);                 /* before the first errand */
void pipeline_settled(void *pipeline, struct jgroup *group); /* the journal's callback */

/* A request for a change: an errand of `count` proposals in the gathering batch of its lane. Its
 * memory is the batch's, taken from pipeline_arena(). */
struct arena *pipeline_arena(struct pipeline *p, enum lane lane, uint32_t count);
struct errand *pipeline_errand(struct pipeline *p, enum lane lane, const struct ack_to *to,
                               uint8_t verb, uint32_t count);
struct proposal *pipeline_proposal(struct pipeline *p, struct errand *e, uint32_t place,
                                   struct city *city, const struct person_role *who,
                                   struct slice source);
/* The same for what siagad itself wants stored: `told` hears the verdict, nobody is answered. */
struct errand *pipeline_own_errand(struct pipeline *p, void (*told)(void *, struct errand *),
                                   void *self);
struct arena *pipeline_errand_arena(struct errand *e);
void pipeline_run(struct pipeline *p,
                  struct proposal *proposal); /* through the stages, unless refused already */
void pipeline_enter(struct pipeline *p, struct errand *e); /* all proposals have run */

bool pipeline_settle(struct pipeline *p); /* tells a part of what came back; true: there is more */
/* The inbox is dry: hands over what gathered. True: something is held back for a moment; call again
 * within a millisecond. */
bool pipeline_launch(struct pipeline *p);
void pipeline_stop(struct pipeline *p);       /* from now on E_STOPPING */
bool pipeline_idle(const struct pipeline *p); /* nothing gathers, nothing is in flight */

uint32_t pipeline_waiting(const struct pipeline *p);  /* entries gathered or in flight */
int64_t pipeline_silent_us(const struct pipeline *p); /* what pipeline_pulse() said last */
uint64_t pipeline_head(const struct pipeline *p);     /* number of the last entry acknowledged */
uint64_t pipeline_views_at(const struct pipeline *p); /* number the committed views have reached */
void pipeline_hurry_views(struct pipeline *p);        /* a question waits for them */
/* Asks the journal whether it still gets anywhere, unless it was asked before. 0: it has answered
 * since the last call; else for how long it has not, in us. Once a second. */
int64_t pipeline_pulse(struct pipeline *p);
/* How long the commits of the journal took: all, those of the last minutes; returns the longest of
 * these, us. */
int64_t pipeline_commits(const struct pipeline *p, struct histogram *ret_all,
                         struct histogram *ret_recent);
void pipeline_look(struct pipeline *p); /* each second: is there room again? */
void pipeline_state(const struct pipeline *p, struct jstate *ret_state);

#endif
