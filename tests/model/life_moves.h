/* life_moves: what a move or a reclass makes of a case of life_model.h. Inside model_life.c only.
 */
#ifndef SIAGA_TESTS_LIFE_MOVES_H
#define SIAGA_TESTS_LIFE_MOVES_H

#include "life_model.h"

struct life_try { /* one move on its way */
    struct life_case *c;
    const struct life_case *into; /* the case its ticket names; NULL: none */
    const struct wish *w;
    int64_t at;
    struct life_told *told;
    uint8_t next;
};

/* Given away twice, the third one to get it is the Secretariat, which alone hands on. */
static inline const char *life_heir(struct life_try *t, const char *wished)
{
    if (t->c->forwards < 2 || strcmp(t->c->parts[0].skpd, "setda") == 0)
        return wished;
    t->told->by_rule = strcmp(wished, "setda") != 0;
    return "setda";
}

static inline int life_give_away(struct life_try *t, const char *to, uint8_t state)
{
    struct life_case *c = t->c;
    if (strcmp(to, c->parts[0].skpd) == 0)
        return E_STATE;
    c->forwards++;
    life_gives(c, 0, to, t->w->target != NULL && t->w->outside && strcmp(to, t->w->target) == 0,
               state);
    return V_DONE;
}

static inline int life_refuse(struct life_try *t)
{
    if (t->told->part != 0) {
        life_goes(t->c, t->told->part, STATE_REJECTED, 0);
        return V_DONE;
    }
    const char *to = life_heir(t, "poc");
    return life_give_away(t, to, strcmp(to, "poc") == 0 ? STATE_FORWARDED : STATE_ASSIGNED);
}

static inline int life_assign(struct life_try *t)
{
    struct life_case *c = t->c;
    const char *to = t->w->target != NULL ? t->w->target : c->parts[0].skpd;
    if (c->parts[0].state == STATE_FORWARDED)
        to = life_heir(t, to);
    if (strcmp(to, c->parts[0].skpd) != 0)
        life_gives(c, 0, to, t->w->target != NULL && t->w->outside && strcmp(to, t->w->target) == 0,
                   STATE_ASSIGNED);
    else
        life_goes(c, 0, STATE_ASSIGNED, 0);
    for (unsigned i = 1; i < c->n; i++)
        if (c->parts[i].state == STATE_RECEIVED)
            life_goes(c, i, STATE_ASSIGNED, 0);
    return V_DONE;
}

static inline int life_support(struct life_try *t)
{
    struct life_case *c = t->c;
    int there = life_find(c, t->w->target);
    if (there == 0 || (there > 0 && life_is_open(c->parts[there].state)))
        return E_STATE;
    if (there < 0 && c->n == ENTRY_PARTS_MAX)
        return E_LIMIT;
    t->told->part = there > 0 ? (unsigned)there : c->n++;
    c->supported = true;
    life_gives(c, t->told->part, t->w->target, t->w->outside, STATE_ASSIGNED);
    return V_DONE;
}

static inline int life_merge(struct life_try *t)
{
    if (t->into == NULL || t->into == t->c)
        return E_REF;
    if (t->into->mode != t->c->mode)
        return E_MODE;
    uint8_t state = life_case_state(t->into);
    if (!life_is_open(state) && state != STATE_RESOLVED)
        return E_REF;
    t->c->merged = true;
    life_ends(t->c, STATE_MERGED);
    return V_DONE;
}

static inline void life_reopen(struct life_case *c)
{
    c->reopened = true;
    c->until = c->close = 0;
    life_goes(c, 0, STATE_REOPENED, 0);
}

static inline bool life_too_late(const struct life_try *t)
{
    return t->c->until != 0 && t->at > t->c->until;
}

static inline int life_rate(struct life_try *t)
{
    if (life_case_state(t->c) != STATE_RESOLVED)
        return E_TASKS;
    if (t->c->rated != 0)
        return E_STATE;
    if (life_too_late(t))
        return E_LATE;
    t->c->rated = t->w->choices & CHOICE_DONE ? 2 : 1;
    if (t->c->rated == 1)
        life_reopen(t->c);
    return V_DONE;
}

/* Once, in order and after the receipt, unless it is a correction. */
static inline int life_milestone(struct life_try *t)
{
    int64_t *all = t->c->parts[t->told->part].milestone, claimed = t->w->claimed_us;
    bool fits = all[t->w->milestone] == 0 && claimed >= t->c->received;
    for (unsigned i = 1; i < MILESTONE_COUNT; i++)
        if (all[i] != 0 && ((i < t->w->milestone && all[i] > claimed) ||
                            (i > t->w->milestone && all[i] < claimed)))
            fits = false;
    if (!fits && !(t->w->choices & CHOICE_CORRECT))
        return E_RANGE;
    all[t->w->milestone] = claimed;
    return V_DONE;
}

static inline int life_act(struct life_try *t)
{
    struct life_case *c = t->c;
    unsigned part = t->told->part;
    switch (t->w->act) {
    case ACT_FORWARD:
        return life_give_away(t, life_heir(t, t->w->target), STATE_ASSIGNED);
    case ACT_REFUSE:
        return life_refuse(t);
    case ACT_ASSIGN:
        return life_assign(t);
    case ACT_SUPPORT:
        return life_support(t);
    case ACT_MERGE:
        return life_merge(t);
    case ACT_RATE:
        return life_rate(t);
    case ACT_MILESTONE:
        return life_milestone(t);
    case ACT_NOTE:
    case ACT_RETARGET:
        return V_DONE;
    case ACT_REOPEN:
        if (c->class != CALL_CLASS_REAL)
            return E_STATE;
        if (life_too_late(t))
            return E_LATE;
        life_reopen(c);
        return V_DONE;
    case ACT_CLOSE:
        if (life_case_state(c) != STATE_RESOLVED)
            return E_TASKS;
        c->until = t->w->until_us;
        life_goes(c, 0, STATE_CLOSED, 0);
        return V_DONE;
    case ACT_RESOLVE:
        if (part == 0 && c->proof && !(t->w->choices & CHOICE_PROOF))
            return E_PROOF;
        life_goes(c, part, STATE_RESOLVED, 0);
        return V_DONE;
    case ACT_APPEAL:
        for (unsigned i = 0; i < c->n; i++)
            life_goes(c, i, STATE_RECEIVED, 0);
        return V_DONE;
    default:
        if (part == 0 && (t->w->act == ACT_CANCEL || t->w->act == ACT_REJECT))
            life_ends(c, t->next);
        else
            life_goes(c, part, t->next, t->w->until_us);
        return V_DONE;
    }
}

/* Whose part is meant, and whether it may be. */
static inline int life_means(const struct life_case *c, const struct wish *w, unsigned *ret_part)
{
    int named = w->task != NULL ? life_find(c, w->task) : -1;
    int own = w->role == ROLE_HANDLER ? life_find(c, w->own) : -1;
    if (w->task != NULL && named < 0)
        return w->timer != 0 ? E_STALE : E_REF;
    *ret_part = named >= 0 ? (unsigned)named : own >= 0 ? (unsigned)own : 0;
    if (w->timer == 0)
        return w->role == ROLE_HANDLER && (own < 0 || (named >= 0 && named != own)) ? E_ROLE
                                                                                    : V_DONE;
    const struct life_part *p = &c->parts[*ret_part];
    int64_t due = w->timer == TIMER_CAP ? p->cap : *ret_part == 0 ? c->close : 0;
    return due == w->timer_at ? V_DONE : E_STALE;
}

static inline bool life_may(const struct life_case *c, const struct wish *w, uint32_t roles,
                            unsigned part)
{
    bool reporters =
        w->act == ACT_CANCEL || w->act == ACT_REOPEN || w->act == ACT_RATE || w->act == ACT_APPEAL;
    if (!(roles >> w->role & 1))
        return false;
    if (w->role == ROLE_FIELD && reporters)
        return strcmp(w->source, c->source) == 0;
    if (w->role == ROLE_OPERATOR && w->act == ACT_RESOLVE)
        return c->parts[part].outside || strcmp(c->parts[part].skpd, "poc") == 0;
    return true;
}

static inline int life_move(struct life_try *t)
{
    struct life_case *c = t->c;
    const struct wish *w = t->w;
    uint8_t before = life_case_state(c);
    int verdict = life_means(c, w, &t->told->part);
    if (verdict != V_DONE)
        return verdict;
    unsigned part = t->told->part;
    uint8_t state = c->parts[part].state;
    uint32_t roles = life_rule(state, w->act, &t->next);
    if (roles == 0 || (part != 0 && life_whole(w->act)))
        return E_STATE;
    if (!life_may(c, w, roles, part))
        return E_ROLE;
    bool target = w->act == ACT_FORWARD || w->act == ACT_SUPPORT ||
                  (w->act == ACT_ASSIGN && state == STATE_FORWARDED);
    if ((target && w->target == NULL) || (w->act == ACT_RESOLVE && w->outcome == 0))
        return E_FIELD;
    verdict = life_act(t);
    if (verdict != V_DONE)
        return verdict;
    if (life_case_state(c) == STATE_RESOLVED && before != STATE_RESOLVED) {
        c->until = c->close = w->until_us;
        c->rated = 0;
    }
    return V_DONE;
}

static inline uint8_t life_first(uint8_t kind, uint8_t class)
{
    return class != CALL_CLASS_REAL ? STATE_CLOSED
           : kind == KIND_COMPLAINT ? STATE_RECEIVED
                                    : STATE_ASSIGNED;
}

static inline int life_reclass(struct life_case *c, const struct wish *w)
{
    bool was_real = c->class == CALL_CLASS_REAL, real = w->call_class == CALL_CLASS_REAL;
    if (c->class == w->call_class || c->merged)
        return E_STATE;
    if (was_real)
        life_ends(c, STATE_CLOSED);
    const char *routed = was_real ? c->parts[0].skpd : c->routed;
    c->class = w->call_class;
    c->routed = real ? "" : routed;
    c->parts[0].skpd = real ? routed : "poc";
    c->until = 0;
    for (unsigned i = 0; real && i < c->n; i++)
        life_goes(c, i, life_first(c->kind, c->class), 0);
    return V_DONE;
}

#endif
