#include "stints.h"

#include "proto/words.h"

static uint8_t end_of(uint8_t state)
{
    if (words_state_open(state))
        return STINT_LASTS;
    return state == STATE_RESOLVED || state == STATE_CLOSED ? STINT_DONE : STINT_DROPPED;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The target is reached by its milestone, or by the end of the work. What is not reached is missed
 * once siagad has said that it is overdue. */
static void judge(struct stint *s, const struct part *p)
{
    s->due_us = p->waiting_us == 0 ? p->resolve_due : 0; /* it stands still meanwhile */
    if (p->judge != 0)
        s->judged_us = p->milestone[p->judge];
    else if (s->ended == STINT_DONE)
        s->judged_us = s->until_us;
    bool missed = s->judged_us != 0 ? s->judged_us > p->resolve_due : p->overdue;
    if (p->resolve_due != 0 && missed)
        s->broken_us = later(p->resolve_due, s->from_us);
}

struct stint stints_last(const struct case_row *c)
{
    const struct part *p = &c->parts[0];
    struct stint s = {.skpd = p->skpd,
                      .began = c->stint_began,
                      .ended = c->flags & FLAG_NO_END ? STINT_DROPPED : end_of(c->state),
                      .level = p->level,
                      .from_us = c->stint_us,
                      .until_us = c->ended_us,
                      .acked_us = p->acked_us,
                      .scene_us = p->milestone[MILESTONE_ON_SCENE],
                      .waited_us = p->waited_us,
                      .raised_us = p->raised_us};
    bool late = p->ack_late || (p->acked_us != 0 && p->acked_us > p->ack_due);
    if (p->ack_due != 0 && late)
        s.late_us = later(p->ack_due, s.from_us);
    judge(&s, p);
    if (s.ended == STINT_DONE) {
        s.rated = c->rated;
        s.stars = c->stars;
        s.rated_us = c->rated_us;
    }
    return s;
}

static void keep(const struct case_row *was, struct case_row *now, int64_t at_us)
{
    const struct part *p = &was->parts[0];
    struct stint s = stints_last(was);
    if (now->stints_n == STINTS_MAX)
        return;
    if (s.ended == STINT_LASTS) { /* it goes to another SKPD */
        s.ended = STINT_AWAY;
        s.until_us = at_us;
        if (p->waiting_us != 0)
            s.waited_us += at_us - p->waiting_us;
    } else { /* the reporter's "not done" opens it again in the same step */
        s.rated = now->rated;
        s.stars = now->stars;
        s.rated_us = now->rated_us;
    }
    now->stints[now->stints_n++] = s;
}

void stints_follow(const struct case_row *was, struct case_row *now, int64_t at_us)
{
    bool was_open = words_state_open(was->state), open = words_state_open(now->state);
    if (!open) {
        if (was_open)
            now->ended_us = at_us;
        return;
    }
    if (was->call_class != now->call_class) {
        now->ended_us = 0;
        return;
    }
    if (was_open && slice_same(cases_owner(was), cases_owner(now)))
        return;
    keep(was, now, at_us);
    now->stint_us = at_us;
    now->stint_began = was_open ? STINT_GIVEN : STINT_REOPENED;
    now->ended_us = 0;
}
