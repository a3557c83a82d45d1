/* The life of a part: what follows from its entering a state. Which states may follow is not
 * decided here (moves.def), but what begins and ends with them: clocks, waits, the desk's queue. */
#include "inside.h"

int64_t life_at(const struct doing *d)
{
    return d->o->facts.at_us;
}

uint8_t life_state(const struct case_row *c)
{
    if (c->parts[0].state != STATE_RESOLVED)
        return c->parts[0].state;
    for (unsigned i = 1; i < c->parts_n; i++)
        if (cases_part_open(&c->parts[i]))
            return STATE_IN_PROGRESS;
    return STATE_RESOLVED;
}

/* ---- the desk's queue ---- */

static void enqueue(struct doing *d, unsigned part)
{
    struct part *p = &d->now.parts[part];
    if (p->queued != 0)
        return;
    p->queued = d->o->facts.seq;
    p->dead = false;
    struct queue_item item = {.skpd = p->skpd,
                              .rank = queue_rank(&d->now),
                              .queued = p->queued,
                              .case_seq = d->now.seq,
                              .part = (uint8_t)part,
                              .attempt = d->now.attempts,
                              .state = QUEUE_READY};
    queue_put(&d->v->txn, TABLE_QUEUE, &item);
}

void life_unqueue(struct doing *d, unsigned part)
{
    struct part *p = &d->now.parts[part];
    if (p->queued != 0)
        queue_del(&d->v->txn, &d->now, part);
    p->queued = 0;
    p->dead = false;
    p->timer[TIMER_LEASE] = 0;
}

/* A desk is to know of it. */
static bool desk_state(uint8_t state)
{
    return state == STATE_ASSIGNED || state == STATE_REOPENED || state == STATE_FORWARDED;
}

/* ---- clocks ---- */

void life_begin(struct doing *d, unsigned part)
{
    struct part *p = &d->now.parts[part];
    if (p->timer[TIMER_CLOCK] != 0) /* they begin when they have been counted anew */
        return;
    if (p->acked_us == 0 && !p->ack_late)
        p->timer[TIMER_ALARM] = p->ack_due;
    if (p->receipt_us == 0 && desk_state(p->state))
        p->timer[TIMER_SILENCE] = p->silence_from;
    if (!p->overdue && (p->judge == 0 || p->milestone[p->judge] == 0))
        p->timer[TIMER_OVERDUE] = p->resolve_due;
}

void life_forget(struct part *p)
{
    p->outcome = p->level = 0;
    p->acked_us = p->receipt_us = p->waited_us = p->raised_us = 0;
    p->overdue = p->ack_late = false;
}

void life_renew(struct doing *d, unsigned part)
{
    struct part *p = &d->now.parts[part];
    life_forget(p);
    p->silence_from = 0; /* that was about the call */
    memset(p->milestone, 0, sizeof p->milestone);
    p->milestone[MILESTONE_TICKETED] = d->now.received_us;
    p->since_us = p->base_us = life_at(d);
    p->timer[TIMER_CLOCK] = life_at(d);
}

static void stop_clocks(struct part *p)
{
    memset(p->timer, 0, sizeof p->timer);
}

/* Its due time is moved on by an entry of its own, which knows the city's calendar. */
static void wait_over(struct doing *d, struct part *p)
{
    p->waited_us += life_at(d) - p->waiting_us;
    p->waiting_us = 0;
    p->timer[TIMER_CAP] = 0;
    p->timer[TIMER_CLOCK] = life_at(d);
}

void life_enter(struct doing *d, unsigned part, uint8_t state)
{
    struct part *p = &d->now.parts[part];
    bool waited = words_state_waits(p->state);
    p->state = state;
    if (waited && !words_state_waits(state))
        wait_over(d, p);
    if (!words_state_open(state)) {
        life_unqueue(d, part);
        stop_clocks(p);
        return;
    }
    if (state == STATE_ACKNOWLEDGED && p->acked_us == 0)
        p->acked_us = life_at(d);
    if (p->acked_us != 0) {
        p->timer[TIMER_ALARM] = 0;
        p->timer[TIMER_SILENCE] = 0;
    }
    if (words_state_waits(state)) {
        p->waiting_us = life_at(d);
        p->timer[TIMER_CAP] = d->e->until_us;
        p->timer[TIMER_OVERDUE] = 0;
    }
    if (desk_state(state))
        enqueue(d, part);
}

void life_hand_over(struct doing *d, unsigned part, const struct entry_part *to, struct slice skpd,
                    uint8_t state)
{
    struct part *p = &d->now.parts[part];
    life_unqueue(d, part);
    for (unsigned i = part + 1; i < d->now.parts_n; i++)
        if (slice_same(d->now.parts[i].skpd, skpd) && cases_part_open(&d->now.parts[i]))
            life_enter(d, i, STATE_CANCELLED); /* it supported; now it owns */
    *p = (struct part){.skpd = skpd,
                       .outside = to != NULL && to->outside && slice_same(to->skpd, skpd),
                       .since_us = life_at(d),
                       .base_us = part == 0 ? d->now.received_us : life_at(d)};
    p->milestone[MILESTONE_TICKETED] = d->now.received_us;
    life_enter(d, part, state);
    p->timer[TIMER_CLOCK] = life_at(d);
}

void life_end_all(struct doing *d, uint8_t state)
{
    for (unsigned i = 0; i < d->now.parts_n; i++)
        if (i == 0 || cases_part_open(&d->now.parts[i]))
            life_enter(d, i, state);
}
