/* life_model: the life of a case as SPEC 5.3, 5.11 and 7 tell it, in plain arrays, written without
 * looking at the tables of the views: parts, states, owners, queues, and the verdict on whatever is
 * tried. Clocks are left out but for the ends of waits, leases and the silence that closes. Inside
 * model_life.c only. */
#ifndef SIAGA_TESTS_LIFE_MODEL_H
#define SIAGA_TESTS_LIFE_MODEL_H

#include "daemon/views/cases.h"
#include "proto/verdict.h"
#include "tests/support/entries.h"

#define BIT(role) (1u << ROLE_##role)
#define LIFE_FAILS 3 /* make an item dead */

struct life_item { /* of a desk's queue */
    bool is, leased, dead;
    uint32_t attempt;
    int64_t until;
    const char *holder; /* who has it, or had it last; NULL: nobody yet */
    unsigned fails;
    const char *failed[LIFE_FAILS], *why[LIFE_FAILS];
};

struct life_part {
    const char *skpd;
    uint8_t state;
    bool outside;
    int64_t cap, lease; /* when siagad ends the wait, the lease */
    int64_t milestone[MILESTONE_COUNT];
    struct life_item item;
};

struct life_case {
    uint8_t kind, mode, class, forwards, rated;
    bool proof, merged, supported, reopened;
    const char *source, *routed;
    int64_t received, until, close;
    uint32_t version, attempts;
    uint64_t last;
    struct ticket ticket;
    unsigned n;
    struct life_part parts[ENTRY_PARTS_MAX];
};

/* What came of it, beside the case. */
struct life_told {
    unsigned part;
    bool by_rule, dead;
};

static inline bool life_is_open(uint8_t state)
{
    return state >= STATE_RECEIVED && state <= STATE_REOPENED;
}

static inline bool life_is_waiting(uint8_t state)
{
    return state == STATE_WAITING_REPORTER || state == STATE_WAITING_THIRD_PARTY ||
           state == STATE_WAITING_BUDGET;
}

static inline bool life_is_worked(uint8_t state)
{
    return state == STATE_ASSIGNED || state == STATE_ACKNOWLEDGED || state == STATE_IN_PROGRESS;
}

static inline uint8_t life_case_state(const struct life_case *c)
{
    bool waits = false;
    for (unsigned i = 1; i < c->n; i++)
        waits = waits || life_is_open(c->parts[i].state);
    return c->parts[0].state == STATE_RESOLVED && waits ? STATE_IN_PROGRESS : c->parts[0].state;
}

static inline int life_find(const struct life_case *c, const char *skpd)
{
    for (unsigned i = 0; i < c->n; i++)
        if (strcmp(c->parts[i].skpd, skpd) == 0)
            return (int)i;
    return -1;
}

/* ---- who may do what, and where it leads; 0: nobody ---- */

static inline uint32_t life_rule(uint8_t s, uint8_t act, uint8_t *ret_next)
{
    const uint32_t o = BIT(OPERATOR), h = BIT(HANDLER), f = BIT(FIELD);
    static const uint8_t next[ACT_COUNT] = {[ACT_VERIFY] = STATE_VERIFIED,
                                            [ACT_ASSIGN] = STATE_ASSIGNED,
                                            [ACT_ACK] = STATE_ACKNOWLEDGED,
                                            [ACT_START] = STATE_IN_PROGRESS,
                                            [ACT_WAIT_REPORTER] = STATE_WAITING_REPORTER,
                                            [ACT_WAIT_THIRD_PARTY] = STATE_WAITING_THIRD_PARTY,
                                            [ACT_WAIT_BUDGET] = STATE_WAITING_BUDGET,
                                            [ACT_RESUME] = STATE_IN_PROGRESS,
                                            [ACT_RESOLVE] = STATE_RESOLVED,
                                            [ACT_CLOSE] = STATE_CLOSED,
                                            [ACT_REOPEN] = STATE_REOPENED,
                                            [ACT_REJECT] = STATE_REJECTED,
                                            [ACT_APPEAL] = STATE_RECEIVED,
                                            [ACT_CANCEL] = STATE_CANCELLED,
                                            [ACT_FORWARD] = STATE_ASSIGNED,
                                            [ACT_REFUSE] = STATE_FORWARDED,
                                            [ACT_MERGE] = STATE_MERGED};
    *ret_next = next[act] != 0 ? next[act] : s;
    switch (act) {
    case ACT_VERIFY:
        return s == STATE_RECEIVED ? o : 0;
    case ACT_ASSIGN:
        return s == STATE_RECEIVED || s == STATE_VERIFIED || s == STATE_FORWARDED ||
                       s == STATE_REOPENED
                   ? o
                   : 0;
    case ACT_REJECT:
        return s == STATE_RECEIVED || s == STATE_VERIFIED ? o : 0;
    case ACT_ACK:
        return s == STATE_ASSIGNED ? o | h : 0;
    case ACT_START:
        return s == STATE_ACKNOWLEDGED ? o | h : 0;
    case ACT_WAIT_REPORTER:
    case ACT_WAIT_THIRD_PARTY:
    case ACT_WAIT_BUDGET:
    case ACT_RESOLVE:
        return s == STATE_IN_PROGRESS ? o | h : 0;
    case ACT_RESUME:
        return life_is_waiting(s) ? o | h | BIT(SYSTEM) : 0;
    case ACT_FORWARD:
    case ACT_SUPPORT:
        return life_is_worked(s) ? o | h : 0;
    case ACT_REFUSE:
        return life_is_worked(s) ? h : 0;
    case ACT_MILESTONE:
        return life_is_worked(s) || life_is_waiting(s) ? o | h | f : 0;
    case ACT_CANCEL:
        return life_is_open(s) ? o | f : 0;
    case ACT_MERGE:
    case ACT_RETARGET:
        return life_is_open(s) ? o : 0;
    case ACT_CLOSE:
        return s == STATE_RESOLVED ? o | BIT(SYSTEM) : 0;
    case ACT_REOPEN:
        return s == STATE_RESOLVED ? o | f : s == STATE_CLOSED ? o : 0;
    case ACT_RATE:
        return s == STATE_RESOLVED ? o | f | BIT(HUMAS) : 0;
    case ACT_APPEAL:
        return s == STATE_REJECTED ? o | f : 0;
    case ACT_NOTE:
        return o | h | f;
    default:
        return 0;
    }
}

/* What concerns the whole case is done through the owner's part. */
static inline bool life_whole(uint8_t act)
{
    static const uint8_t whole[] = {ACT_VERIFY, ACT_ASSIGN,  ACT_CLOSE, ACT_REOPEN,  ACT_REJECT,
                                    ACT_APPEAL, ACT_FORWARD, ACT_MERGE, ACT_SUPPORT, ACT_RATE};
    for (size_t i = 0; i < sizeof whole; i++)
        if (whole[i] == act)
            return true;
    return false;
}

/* ---- a part enters a state, or another SKPD gets it ---- */

static inline void life_unqueued(struct life_part *p)
{
    p->item = (struct life_item){.is = false};
    p->lease = 0;
}

static inline void life_goes(struct life_case *c, unsigned part, uint8_t state, int64_t until)
{
    struct life_part *p = &c->parts[part];
    p->state = state;
    p->cap = life_is_waiting(state) ? until : 0;
    if (!life_is_open(state)) {
        life_unqueued(p);
        if (part == 0)
            c->close = 0;
    }
    bool wanted = state == STATE_ASSIGNED || state == STATE_REOPENED || state == STATE_FORWARDED;
    if (wanted && !p->item.is)
        p->item = (struct life_item){.is = true, .attempt = c->attempts};
}

static inline void life_gives(struct life_case *c, unsigned part, const char *skpd, bool outside,
                              uint8_t state)
{
    for (unsigned i = part + 1; i < c->n; i++)
        if (strcmp(c->parts[i].skpd, skpd) == 0 && life_is_open(c->parts[i].state))
            life_goes(c, i, STATE_CANCELLED, 0);
    c->parts[part] = (struct life_part){.skpd = skpd, .outside = outside};
    c->parts[part].milestone[MILESTONE_TICKETED] = c->received;
    life_goes(c, part, state, 0);
}

static inline void life_ends(struct life_case *c, uint8_t state)
{
    for (unsigned i = 0; i < c->n; i++)
        if (i == 0 || life_is_open(c->parts[i].state))
            life_goes(c, i, state, 0);
}

/* ---- work of a desk ---- */

/* The entry says how long; each further failure waits twice as long, from when it was stored. */
static inline int64_t life_again(const struct wish *w, int64_t at, unsigned fails)
{
    return at + (w->until_us - w->at_us) * (fails > 1 ? 1ll << (fails - 1) : 1);
}

static inline bool life_fails(struct life_part *p, const struct wish *w, int64_t at,
                              const char *why)
{
    p->lease = 0;
    p->item.leased = false;
    p->item.failed[p->item.fails] = p->item.holder;
    p->item.why[p->item.fails] = why;
    p->item.dead = ++p->item.fails >= LIFE_FAILS;
    p->item.until = p->item.dead ? 0 : life_again(w, at, p->item.fails);
    return p->item.dead;
}

static inline int life_lease(struct life_part *p, const struct wish *w, int64_t at,
                             struct life_told *told)
{
    struct life_item *i = &p->item;
    if (!i->leased || i->attempt != w->attempt || strcmp(i->holder, w->source) != 0)
        return E_LEASE;
    if (w->act == WORK_EXTEND) {
        i->until = p->lease = w->until_us;
    } else if (w->act == WORK_DONE) {
        life_unqueued(p);
    } else if (w->act == WORK_FAIL) {
        told->dead = life_fails(p, w, at, w->reason);
    } else {
        i->leased = false;
        i->until = w->until_us;
        p->lease = 0;
    }
    return V_DONE;
}

static inline int life_take(struct life_case *c, struct life_part *p, const struct wish *w,
                            int64_t at)
{
    struct life_item *i = &p->item;
    if (i->dead || i->leased || i->until > at || w->attempt != i->attempt + 1)
        return E_LEASE;
    i->leased = true;
    i->attempt = w->attempt;
    i->holder = w->source;
    i->until = p->lease = w->until_us;
    if (w->attempt > c->attempts)
        c->attempts = w->attempt;
    return V_DONE;
}

static inline int life_decide(struct life_part *p, const struct wish *w)
{
    if (!p->item.dead)
        return E_STATE;
    if (w->act == WORK_DISCARD && w->role != ROLE_OPERATOR)
        return E_ROLE;
    if (w->act == WORK_DISCARD)
        life_unqueued(p);
    else
        p->item =
            (struct life_item){.is = true, .attempt = p->item.attempt, .holder = p->item.holder};
    return V_DONE;
}

static inline int life_work(struct life_case *c, const struct wish *w, int64_t at,
                            struct life_told *told)
{
    int part = life_find(c, w->task);
    if (part < 0 || (w->timer != 0 && c->parts[part].lease != w->timer_at))
        return E_LEASE;
    struct life_part *p = &c->parts[part];
    told->part = (unsigned)part;
    if (w->role == ROLE_HANDLER && strcmp(w->own, p->skpd) != 0)
        return E_ROLE;
    if (!p->item.is)
        return E_LEASE;
    switch (w->act) {
    case WORK_TAKE:
        return life_take(c, p, w, at);
    case WORK_EXPIRE:
        if (!p->item.leased)
            return E_LEASE;
        told->dead = life_fails(p, w, at, "lease over");
        return V_DONE;
    case WORK_REQUEUE:
    case WORK_DISCARD:
        return life_decide(p, w);
    default:
        return life_lease(p, w, at, told);
    }
}

#endif
