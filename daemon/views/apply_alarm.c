/* What siagad itself says of a case: nobody acknowledged it, a desk is silent, it is overdue; and
 * new due times, with those before. Each answers a timer, and sets the next or none. */
#include "inside.h"
#include "proto/verdict.h"
#include "show.h"

int apply_alarm(struct views *v, const struct entry *e, struct outcome *o)
{
    static const uint8_t timers[] = {[ALARM_UNACKNOWLEDGED] = TIMER_ALARM,
                                     [ALARM_SILENT] = TIMER_SILENCE,
                                     [ALARM_OVERDUE] = TIMER_OVERDUE};
    struct doing d UNCLEARED;
    doing_begin(&d, v, e, o);
    int verdict = inside_find(&d);
    if (verdict == V_DONE)
        verdict = inside_find_part(&d);
    if (verdict == V_DONE && e->timer != timers[e->act])
        verdict = E_STALE;
    if (verdict != V_DONE)
        return verdict;
    struct part *p = &d.now.parts[d.part];
    p->timer[e->timer] = e->act == ALARM_UNACKNOWLEDGED ? e->until_us : 0;
    if (e->act == ALARM_SILENT) /* once is enough, also when times change */
        p->silence_from = 0;
    if (e->level > LEVEL_OPERATOR && p->level <= LEVEL_OPERATOR)
        p->raised_us = life_at(&d);
    if (e->level > p->level)
        p->level = e->level;
    p->overdue = p->overdue || e->act == ALARM_OVERDUE;
    p->ack_late = p->ack_late || e->act == ALARM_UNACKNOWLEDGED;
    o->facts.act = e->act;
    inside_change(&d, false);
    o->facts.task = p->skpd;
    return V_DONE;
}

int apply_clock(struct views *v, const struct entry *e, struct outcome *o)
{
    struct doing d UNCLEARED;
    doing_begin(&d, v, e, o);
    int verdict = inside_find(&d);
    if (verdict == V_DONE)
        verdict = inside_find_part(&d);
    if (verdict == V_DONE && (e->parts_n != 1 || !cases_part_open(&d.was.parts[d.part])))
        verdict = E_STALE;
    if (verdict != V_DONE)
        return verdict;
    struct part *p = &d.now.parts[d.part];
    const struct entry_part *to = &e->parts[0];
    p->ack_due = to->ack_due;
    p->resolve_due = to->resolve_due;
    p->silence_from = to->silence_at;
    p->ack_target = to->ack_target;
    p->resolve_target = to->resolve_target;
    struct slice date = show_value(e, "target_date");
    p->target_date = date.n > 0 ? date : p->target_date;
    p->judge = to->judge;
    p->working = to->working;
    p->timer[TIMER_CLOCK] = p->timer[TIMER_OVERDUE] = 0;
    if (to->resolve_due > life_at(&d))
        p->overdue = false;
    if (to->ack_due > life_at(&d))
        p->ack_late = false;
    if (!p->ack_late)
        p->timer[TIMER_ALARM] = 0;
    if (p->waiting_us == 0)
        life_begin(&d, d.part);
    inside_change(&d, false);
    o->facts.task = p->skpd;
    return V_DONE;
}
