/* What becomes of an item of a desk's queue: taken under a lease, extended, done, failed, put off;
 * after too many failures dead, until somebody decides. Every step names the lease it speaks of, so
 * that a desk that was thought dead cannot speak for the one that took over. */
#include "inside.h"
#include "proto/verdict.h"

#define DOUBLED_MOST 8 /* a back-off grows no further */

struct work {
    struct doing d;
    struct queue_item item;
    struct part *part;
};

typedef int work_fn(struct work *w);

static bool holds(const struct work *w)
{
    const struct entry *e = w->d.e;
    return w->item.state == QUEUE_LEASED && w->item.attempt == e->attempt &&
           slice_same(w->item.holder, e->source);
}

static void keep(struct work *w)
{
    queue_put(&w->d.v->txn, TABLE_QUEUE, &w->item);
}

static int work_take(struct work *w)
{
    const struct entry *e = w->d.e;
    if (w->part->dead || w->item.state != QUEUE_READY || w->item.until_us > life_at(&w->d) ||
        e->attempt != w->item.attempt + 1)
        return E_LEASE;
    w->item.state = QUEUE_LEASED;
    w->item.attempt = e->attempt;
    if (e->attempt > w->d.now.attempts)
        w->d.now.attempts = e->attempt;
    w->item.holder = e->source;
    w->item.until_us = e->until_us;
    w->part->timer[TIMER_LEASE] = e->until_us;
    w->part->timer[TIMER_SILENCE] = w->part->silence_from = 0;
    keep(w);
    return V_DONE;
}

static int work_extend(struct work *w)
{
    if (!holds(w))
        return E_LEASE;
    w->item.until_us = w->d.e->until_us;
    w->part->timer[TIMER_LEASE] = w->d.e->until_us;
    keep(w);
    return V_DONE;
}

static int work_done(struct work *w)
{
    if (!holds(w))
        return E_LEASE;
    if (w->part->receipt_us == 0)
        w->part->receipt_us = life_at(&w->d);
    life_unqueue(&w->d, w->d.part);
    return V_DONE;
}

static void put_back(struct work *w, int64_t until_us)
{
    w->item.state = QUEUE_READY;
    w->item.until_us = until_us;
    w->part->timer[TIMER_LEASE] = 0;
    keep(w);
}

/* The wait of the entry, doubled with every failure before this one. */
static int64_t backed_off(const struct work *w)
{
    int64_t wait_us = w->d.e->until_us - w->d.e->at_us;
    unsigned doubled = w->item.fails_n < DOUBLED_MOST ? w->item.fails_n - 1u : DOUBLED_MOST - 1u;
    return life_at(&w->d) + wait_us * (1 << doubled);
}

/* From one table to the other. The new row is written first: the item's names lie in the old one.
 */
static void carry(struct work *w, enum store_table to)
{
    queue_put(&w->d.v->txn, to, &w->item);
    queue_del(&w->d.v->txn, &w->d.now, w->d.part);
    w->part->dead = to == TABLE_DEAD;
}

static void bury(struct work *w)
{
    w->item.state = QUEUE_READY;
    w->item.until_us = 0;
    w->part->timer[TIMER_LEASE] = 0;
    carry(w, TABLE_DEAD);
    w->d.o->facts.bits |= FACT_DEAD;
}

static int failed(struct work *w, struct slice source, struct slice reason)
{
    if (w->item.fails_n < QUEUE_FAILS_MAX)
        w->item.fails[w->item.fails_n++] = (struct queue_fail){life_at(&w->d), source, reason};
    if (w->item.fails_n >= w->d.e->attempts_max || w->item.fails_n == QUEUE_FAILS_MAX)
        bury(w);
    else
        put_back(w, backed_off(w));
    return V_DONE;
}

static int work_fail(struct work *w)
{
    return holds(w) ? failed(w, w->d.e->source, w->d.e->reason) : E_LEASE;
}

/* The timer was looked at already: it is this lease's. */
static int work_expire(struct work *w)
{
    return w->item.state == QUEUE_LEASED ? failed(w, w->item.holder, SLICE_LIT("lease over"))
                                         : E_LEASE;
}

static int work_later(struct work *w)
{
    if (!holds(w))
        return E_LEASE;
    put_back(w, w->d.e->until_us);
    return V_DONE;
}

static int work_requeue(struct work *w)
{
    if (!w->part->dead)
        return E_STATE;
    w->item.fails_n = 0;
    w->item.until_us = 0;
    carry(w, TABLE_QUEUE);
    return V_DONE;
}

static int work_discard(struct work *w)
{
    if (!w->part->dead)
        return E_STATE;
    if (w->d.e->role != ROLE_OPERATOR)
        return E_ROLE;
    life_unqueue(&w->d, w->d.part);
    return V_DONE;
}

static work_fn *const WORK[WORK_COUNT] = {
    [WORK_TAKE] = work_take,       [WORK_EXTEND] = work_extend,  [WORK_DONE] = work_done,
    [WORK_FAIL] = work_fail,       [WORK_LATER] = work_later,    [WORK_EXPIRE] = work_expire,
    [WORK_REQUEUE] = work_requeue, [WORK_DISCARD] = work_discard};

int apply_work(struct views *v, const struct entry *e, struct outcome *o)
{
    struct work w = {.d = {.v = v, .e = e, .o = o}};
    int verdict = inside_find(&w.d);
    if (verdict == E_STALE)
        return verdict;
    if (verdict == V_DONE)
        verdict = inside_find_part(&w.d);
    if (verdict != V_DONE)
        return verdict == E_REF || verdict == E_MODE || verdict == E_ROLE ? verdict : E_LEASE;
    if (e->role == ROLE_HANDLER && !slice_same(e->own, w.d.was.parts[w.d.part].skpd))
        return E_ROLE;
    w.part = &w.d.now.parts[w.d.part];
    if (!queue_get(&v->txn, &w.d.now, w.d.part, &w.item))
        return E_LEASE;
    verdict = WORK[e->act](&w);
    if (verdict != V_DONE)
        return verdict;
    o->facts.act = e->act;
    inside_change(&w.d, false);
    o->facts.task = w.part->skpd;
    return V_DONE;
}
