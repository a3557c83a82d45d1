/* proposal: one thing somebody wants stored, on its way through the stages; errand: the request it
 * came in. Both live in the arena of a batch. */
#ifndef SIAGA_PIPELINE_PROPOSAL_H
#define SIAGA_PIPELINE_PROPOSAL_H

#include "daemon/city/city.h"
#include "daemon/egress/ack.h"
#include "daemon/views/views.h"
#include "proto/event.h"

struct batch;

struct errand {
    struct ack_to to;
    uint8_t verb;                               /* enum verb */
    void (*told)(void *self, struct errand *e); /* siagad's own: nobody waits for an answer */
    void *self;
    uint32_t count, decided;
    uint32_t charged;            /* bytes its sender has in flight by it */
    struct proposal **proposals; /* `count` of them, in the order of the request */
    struct batch *batch;
    struct errand *next; /* in the batch */
};

struct proposal {
    struct errand *errand;
    struct person_role who;
    struct city *city;
    void *token;               /* siagad's own: what it is about, for `told` */
    const struct event *event; /* an event; else NULL */
    struct entry_words words;  /* all but an event */
    struct entry entry;
    struct entry_promise promise;

    /* why not */
    int verdict;
    struct faults *faults; /* NULL: none */
    const char *nearest[3];
    unsigned nearest_n;
    uint32_t wait_s;

    const struct outcome *outcome; /* the journal's word; NULL before, or when refused earlier */
};

#endif
