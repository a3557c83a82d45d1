#include "promise.h"

#include "proto/words.h"

static const struct part *part_of(const struct due_part *d)
{
    return &d->c.parts[d->timer.part];
}

bool promise_ordered(const struct due_part *d)
{
    return d->ordered_us != 0 && d->ordered_us >= part_of(d)->since_us;
}

/* The target of the day on which the SKPD got the part, or on which it was ordered. */
static void promise_anew(struct city *c, const struct due_part *d, const struct skpd *whose,
                         int64_t day_us, struct promise *ret)
{
    struct target *t = &ret->target;
    city_target(c, whose, d->c.kind, d->category, d->c.severity, day_us, t);
    if (!t->found)
        return;
    ret->part.ack_target = slice_from(t->ack);
    ret->part.resolve_target = slice_from(t->resolve);
    ret->looked_up_us = day_us;
}

/* An order cannot change what a superior named, nor when to acknowledge what was acknowledged. */
static void keep_settled(const struct part *p, struct entry_part *ret)
{
    if (p->resolve_target.n == 0 && p->resolve_due != 0)
        ret->resolve_target = p->resolve_target;
    if (p->acked_us != 0)
        ret->ack_target = p->ack_target;
}

/* The resolve time stood still while the part waited. */
static int64_t after_waits(struct city *c, const struct due_part *d, const struct skpd *whose,
                           bool working, int64_t due_us)
{
    for (unsigned i = 0; i < d->waits_n && due_us != 0; i++)
        if (d->wait_from[i] < due_us)
            due_us = city_moved_on(c, whose, working, due_us, d->wait_from[i], d->wait_to[i]);
    return due_us;
}

/* A day somebody named is no target that could be counted anew: it moves on when a wait has ended,
 * by that wait. */
static int64_t named_day(struct city *c, const struct due_part *d, const struct skpd *whose)
{
    const struct part *p = part_of(d);
    unsigned last = d->waits_n - 1;
    bool ended =
        d->timer.timer == TIMER_CLOCK && d->waits_n > 0 && d->wait_to[last] == d->timer.at_us;
    if (!ended || p->resolve_due == 0)
        return p->resolve_due;
    return city_moved_on(c, whose, false, p->resolve_due, d->wait_from[last], d->wait_to[last]);
}

static void promise_resolve(struct city *c, const struct due_part *d, const struct skpd *whose,
                            struct entry_part *ret)
{
    struct promise_due due;
    if (ret->resolve_target.n == 0 ||
        !city_resolve_due(c, whose, ret->resolve_target, part_of(d)->base_us, &due))
        return;
    ret->working = due.working;
    ret->judge = due.judge;
    ret->resolve_due = after_waits(c, d, whose, due.working, due.due_us);
}

void promise_count(struct city *c, const struct due_part *d, struct promise *promise)
{
    const struct part *p = part_of(d);
    const struct skpd *whose = city_skpd(c, p->skpd);
    struct entry_part *ret = &promise->part;
    *promise = (struct promise){.looked_up_us = 0};
    *ret = (struct entry_part){.skpd = p->skpd,
                               .outside = p->outside,
                               .ack_target = p->ack_target,
                               .resolve_target = p->resolve_target,
                               .silence_at = p->silence_from};
    bool ordered = promise_ordered(d);
    bool fresh = p->ack_target.n == 0 && p->resolve_target.n == 0 && p->resolve_due == 0;
    if ((fresh || ordered) && whose != NULL)
        promise_anew(c, d, whose, ordered ? d->ordered_us : p->since_us, promise);
    if (ordered)
        keep_settled(p, ret);
    if (ret->ack_target.n > 0)
        ret->ack_due = city_after(c, whose, ret->ack_target, p->since_us);
    promise_resolve(c, d, whose, ret);
    if (ret->resolve_target.n == 0)
        ret->resolve_due = named_day(c, d, whose);
    if (fresh && !ordered && d->c.kind == KIND_EMERGENCY && !p->outside && city_silence_us(c) != 0)
        ret->silence_at = p->since_us + city_silence_us(c);
}

void promise_ladder(struct city *c, const struct due_part *d, int64_t at_us, uint8_t *ret_level,
                    int64_t *ret_next_us)
{
    const struct part *p = part_of(d);
    const struct skpd *whose = city_skpd(c, p->skpd);
    bool drill = d->c.mode != MODE_ACTUAL;
    uint8_t level;
    struct slice limit;
    *ret_level = 0;
    *ret_next_us = 0;
    for (unsigned n = 0;
         city_ladder(c, d->c.kind, d->category, d->c.severity, drill, n, &level, &limit); n++) {
        int64_t step_us = city_after(c, whose, limit, p->ack_due);
        if (step_us == 0) /* no such time: nobody further up is told */
            return;
        if (step_us > at_us) {
            *ret_next_us = step_us;
            return;
        }
        *ret_level = level;
    }
}
