/* What is counted in the views for the figures: emergencies that nobody has acknowledged, and what
 * waits in the queues. Slice by slice, so that nobody else's question waits behind a long walk. */
#include <stdio.h>

#include "daemon/views/index.h"
#include "daemon/views/queue.h"
#include "proto/verdict.h"
#include "reading.h"

#define CHUNKS_AT_ONCE 128u /* of 4,096 numbers each */
#define ITEMS_MOST 20000u   /* of the queue that are looked at; beyond that they are only more */
#define DEAD_MOST 1000u

static uint32_t nobody_yet(void)
{
    return 1u << STATE_RECEIVED | 1u << STATE_VERIFIED | 1u << STATE_ASSIGNED |
           1u << STATE_FORWARDED | 1u << STATE_REOPENED;
}

/* A case that waits for a person: since when; 0: it does not, or is an exercise or no real call. */
static int64_t waits_since(struct reading *r, uint64_t seq)
{
    struct case_row c;
    if (!reading_case(r, seq, &c) || c.mode != MODE_ACTUAL || c.call_class != CALL_CLASS_REAL ||
        c.parts[0].acked_us != 0)
        return 0;
    return c.parts[0].since_us != 0 ? c.parts[0].since_us : c.received_us;
}

static void count_emergencies(struct reading *r, struct measures_found *f, uint32_t chunk)
{
    struct filter filter = {.kinds = 1u << KIND_EMERGENCY, .states = nobody_yet()};
    struct index_set set;
    reading_match(r, &filter, true, chunk, &set);
    for (uint32_t i = 0; i < INDEX_CHUNK; i++) {
        if (set.word[i / 64] == 0) {
            i |= 63; /* sixty-four at once */
            continue;
        }
        int64_t since_us =
            index_set_has(&set, i) ? waits_since(r, (uint64_t)chunk * INDEX_CHUNK + i) : 0;
        if (since_us == 0)
            continue;
        f->unacknowledged++;
        if (f->unacknowledged_since_us == 0 || since_us < f->unacknowledged_since_us)
            f->unacknowledged_since_us = since_us;
    }
}

static void tell_age(struct reading *r, struct question *q, struct measures_queue *of, uint64_t seq)
{
    struct facts facts;
    if (of != NULL && seq != 0 && reading_row(r, q, seq, &facts, NULL))
        of->since_us = facts.at_us;
}

/* The place of an SKPD among the queues; NULL: there are more than fit. */
static struct measures_queue *queue_at(struct measures_found *f, struct slice skpd)
{
    if (f->queues_n == FIGURES_QUEUES)
        return NULL;
    struct measures_queue *new = &f->queues[f->queues_n++];
    snprintf(new->skpd, sizeof new->skpd, SLICE_FMT, SLICE_ARG(skpd));
    return new;
}

/* Items of one SKPD lie side by side, so there is one age to look up for each of them. */
static void count_queue(struct reading *r, struct question *q, struct measures_found *f)
{
    struct queue_item item;
    struct walk walk;
    struct measures_queue *now = NULL;
    uint64_t oldest = 0;
    unsigned looked = 0;
    bool more = queue_from(&walk, &r->views, TABLE_QUEUE, (struct slice){0}, &item);
    for (; more && looked < ITEMS_MOST;
         more = queue_next(&walk, (struct slice){0}, &item), looked++) {
        if (item.state != QUEUE_READY)
            continue;
        if (now == NULL || !slice_is(item.skpd, now->skpd)) {
            tell_age(r, q, now, oldest);
            now = queue_at(f, item.skpd);
            oldest = 0;
        }
        if (now == NULL)
            break;
        now->items++;
        if (oldest == 0 || item.queued < oldest)
            oldest = item.queued;
    }
    tell_age(r, q, now, oldest);
    if (more)
        walk_close(&walk);
}

static void count_dead(struct reading *r, struct measures_found *f)
{
    struct queue_item item;
    struct walk walk;
    bool more = queue_from(&walk, &r->views, TABLE_DEAD, (struct slice){0}, &item);
    for (; more && f->dead < DEAD_MOST; more = queue_next(&walk, (struct slice){0}, &item))
        f->dead++;
    if (more)
        walk_close(&walk);
}

int measures_answer(struct reading *r, struct question *q)
{
    bool any;
    struct measures_found *f = q->measures = arena_alloc(&q->arena, sizeof *f);
    uint32_t newest = index_newest_chunk(&r->views, &any);
    uint64_t chunk = q->seq, upto = q->seq + CHUNKS_AT_ONCE;
    *f = (struct measures_found){0};
    for (; any && chunk <= newest && chunk < upto; chunk++)
        count_emergencies(r, f, (uint32_t)chunk);
    q->next = any && chunk <= newest ? chunk : 0;
    if (q->next == 0) {
        count_queue(r, q, f);
        count_dead(r, f);
    }
    return V_DONE;
}
