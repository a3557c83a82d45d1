/* What people do with a case. The table of moves (proto/moves.def) says whether it may be done;
 * here stands what it does, one function for each act that does more than change a state. A
 * function judges first and changes then: a refused move leaves no trace. */
#include "inside.h"
#include "moves.h"
#include "proto/verdict.h"

#define GIVEN_AWAY_MOST 2u /* the third time the Secretariat gets it */

typedef int do_fn(struct doing *d, const struct move *m);

/* ---- who means which part, and may he ---- */

static int own_part(const struct doing *d)
{
    return d->e->own.n == 0 ? -1 : cases_part_of(&d->was, d->e->own);
}

/* The part named, else that of the handler's SKPD, else the owner's. */
static int find_part(struct doing *d)
{
    const struct entry *e = d->e;
    int own = own_part(d), named = e->task.n == 0 ? -1 : cases_part_of(&d->was, e->task);
    if (e->task.n > 0 && named < 0)
        return E_REF;
    if (e->role == ROLE_HANDLER && (own < 0 || (named >= 0 && named != own)))
        return E_ROLE;
    bool crew = e->act == ACT_MILESTONE || e->act == ACT_NOTE; /* field staff, of its SKPD's part */
    if (e->role == ROLE_FIELD && !crew)
        own = -1;
    d->part = (unsigned)(named >= 0 ? named : own >= 0 ? own : 0);
    return V_DONE;
}

/* Field staff does these with what it reported itself. */
static bool of_the_reporter(uint8_t act)
{
    return act == ACT_CANCEL || act == ACT_REOPEN || act == ACT_RATE || act == ACT_APPEAL;
}

static bool may(const struct doing *d, const struct move *m)
{
    const struct part *p = &d->was.parts[d->part];
    if (!(m->roles >> d->e->role & 1))
        return false;
    if (d->e->role == ROLE_FIELD && of_the_reporter(m->act))
        return slice_same(d->e->source, d->was.source);
    if (d->e->role == ROLE_OPERATOR && m->act == ACT_RESOLVE)
        return p->outside || slice_same(p->skpd, d->e->desk);
    return true;
}

/* ---- owners ---- */

/* Who gets a case that is given away: once that happened twice, the Secretariat, which alone hands
 * on what it holds. */
static struct slice heir(struct doing *d, struct slice wished)
{
    const struct entry *e = d->e;
    if (d->was.forwards < GIVEN_AWAY_MOST || e->secretariat.n == 0 ||
        slice_same(cases_owner(&d->was), e->secretariat))
        return wished;
    if (!slice_same(wished, e->secretariat))
        d->o->facts.bits |= FACT_BY_RULE;
    return e->secretariat;
}

/* Supporting SKPD that waited for the case to be assigned begin with it. */
static void wake_helpers(struct doing *d)
{
    for (unsigned i = 1; i < d->now.parts_n; i++)
        if (d->now.parts[i].state == STATE_RECEIVED) {
            life_enter(d, i, STATE_ASSIGNED);
            life_begin(d, i);
        }
}

static int do_forward(struct doing *d, const struct move *m)
{
    struct slice to = heir(d, d->e->parts[0].skpd);
    if (slice_same(to, cases_owner(&d->was)))
        return E_STATE;
    d->now.forwards++;
    life_hand_over(d, 0, &d->e->parts[0], to, m->next);
    return V_DONE;
}

/* "Not our duty": the owner's refusal goes to the POC, a supporting SKPD's ends its part. */
static int do_refuse(struct doing *d, const struct move *m)
{
    if (d->part != 0) {
        life_enter(d, d->part, STATE_REJECTED);
        return V_DONE;
    }
    struct slice to = heir(d, d->e->desk);
    if (slice_same(to, cases_owner(&d->was)))
        return E_STATE;
    d->now.forwards++;
    life_hand_over(d, 0, NULL, to, slice_same(to, d->e->desk) ? m->next : STATE_ASSIGNED);
    return V_DONE;
}

static int do_assign(struct doing *d, const struct move *m)
{
    struct slice owner = cases_owner(&d->was), to = owner;
    if (d->e->parts_n > 0)
        to = d->e->parts[0].skpd;
    if (m->from == STATE_FORWARDED)
        to = heir(d, to);
    if (!slice_same(to, owner)) {
        life_hand_over(d, 0, d->e->parts_n > 0 ? &d->e->parts[0] : NULL, to, m->next);
    } else {
        life_enter(d, 0, m->next);
        life_begin(d, 0);
    }
    wake_helpers(d);
    return V_DONE;
}

static int do_support(struct doing *d, const struct move *m)
{
    struct case_row *c = &d->now;
    const struct entry_part *to = &d->e->parts[0];
    (void)m;
    int there = cases_part_of(c, to->skpd);
    if (there == 0 || (there > 0 && cases_part_open(&c->parts[there])))
        return E_STATE;
    if (there < 0 && c->parts_n == ENTRY_PARTS_MAX)
        return E_LIMIT;
    d->part = there > 0 ? (unsigned)there : c->parts_n++;
    if (there < 0)
        c->parts[d->part] = (struct part){.skpd = to->skpd};
    life_hand_over(d, d->part, to, to->skpd, STATE_ASSIGNED);
    return V_DONE;
}

/* ---- ends ---- */

static int do_resolve(struct doing *d, const struct move *m)
{
    if (d->part == 0 && (d->was.flags & FLAG_PROOF_WANTED) && !(d->e->choices & CHOICE_PROOF))
        return E_PROOF;
    d->now.parts[d->part].outcome = d->e->outcome;
    life_enter(d, d->part, m->next);
    return V_DONE;
}

static int do_cancel(struct doing *d, const struct move *m)
{
    if (d->part == 0)
        life_end_all(d, m->next);
    else
        life_enter(d, d->part, m->next);
    return V_DONE;
}

static int do_end_all(struct doing *d, const struct move *m)
{
    life_end_all(d, m->next);
    return V_DONE;
}

static int do_merge(struct doing *d, const struct move *m)
{
    struct case_row into;
    struct txn *t = &d->v->txn;
    uint64_t seq = cases_by_ticket(t, d->e->into);
    if (seq == 0 || seq == d->was.seq || !cases_get(t, seq, &into))
        return E_REF;
    if (into.mode != d->was.mode)
        return E_MODE;
    if (!words_state_open(into.state) && into.state != STATE_RESOLVED)
        return E_REF;
    d->now.into = d->e->into;
    life_end_all(d, m->next);
    struct rowkey k = rowkey_seq(seq);
    rowkey_u64(&k, d->was.seq);
    txn_put(t, TABLE_LINKS, &k, "", 0);
    return V_DONE;
}

static int do_close(struct doing *d, const struct move *m)
{
    if (d->was.state != STATE_RESOLVED)
        return E_TASKS;
    d->now.until_us = d->e->until_us;
    life_enter(d, 0, m->next);
    return V_DONE;
}

/* ---- after the resolution ---- */

static void reopen(struct doing *d)
{
    d->now.resolved_us = 0;
    d->now.until_us = 0;
    d->now.parts[0].timer[TIMER_CLOSE] = 0;
    life_renew(d, 0);
    life_enter(d, 0, STATE_REOPENED);
}

static int do_reopen(struct doing *d, const struct move *m)
{
    (void)m;
    if (d->was.call_class != CALL_CLASS_REAL)
        return E_STATE;
    if (d->was.until_us != 0 && life_at(d) > d->was.until_us)
        return E_LATE;
    reopen(d);
    return V_DONE;
}

static int do_rate(struct doing *d, const struct move *m)
{
    (void)m;
    if (d->was.state != STATE_RESOLVED)
        return E_TASKS;
    if (d->was.rated != 0)
        return E_STATE;
    if (d->was.until_us != 0 && life_at(d) > d->was.until_us)
        return E_LATE;
    d->now.rated = d->e->choices & CHOICE_DONE ? 2 : 1;
    d->now.stars = d->e->stars;
    d->now.rated_us = life_at(d);
    if (d->now.rated == 1)
        reopen(d);
    return V_DONE;
}

/* What the rejection ended begins again, and its times with it. */
static int do_appeal(struct doing *d, const struct move *m)
{
    for (unsigned i = 0; i < d->now.parts_n; i++)
        if (d->now.parts[i].state == STATE_REJECTED) {
            life_renew(d, i);
            life_enter(d, i, m->next);
        }
    return V_DONE;
}

/* ---- on the way ---- */

/* A claimed time fits between the milestones before and behind it, and comes after the receipt. */
static bool fits(const struct part *p, uint8_t milestone, int64_t claimed_us, int64_t received_us)
{
    if (p->milestone[milestone] != 0 || claimed_us < received_us)
        return false;
    for (unsigned i = 1; i < MILESTONE_COUNT; i++) {
        int64_t other = p->milestone[i];
        if (other != 0 && (i < milestone ? other > claimed_us : other < claimed_us))
            return false;
    }
    return true;
}

static int do_milestone(struct doing *d, const struct move *m)
{
    const struct entry *e = d->e;
    struct part *p = &d->now.parts[d->part];
    (void)m;
    if (e->milestone == 0 || e->milestone >= MILESTONE_COUNT)
        return E_FIELD;
    if (!(e->choices & CHOICE_CORRECT) && !fits(p, e->milestone, e->claimed_us, d->was.received_us))
        return E_RANGE;
    p->milestone[e->milestone] = e->claimed_us;
    if (e->milestone == p->judge)
        p->timer[TIMER_OVERDUE] = 0;
    return V_DONE;
}

/* Its times are counted by an entry of siagad's, which knows the city's files. */
static int do_retarget(struct doing *d, const struct move *m)
{
    (void)m;
    d->now.parts[d->part].timer[TIMER_CLOCK] = life_at(d);
    return V_DONE;
}

static int do_nothing(struct doing *d, const struct move *m)
{
    (void)d;
    (void)m;
    return V_DONE;
}

static int do_enter(struct doing *d, const struct move *m)
{
    life_enter(d, d->part, m->next);
    return V_DONE;
}

static do_fn *const DO[ACT_COUNT] = {
    [ACT_VERIFY] = do_enter,        [ACT_ASSIGN] = do_assign,
    [ACT_ACK] = do_enter,           [ACT_START] = do_enter,
    [ACT_WAIT_REPORTER] = do_enter, [ACT_WAIT_THIRD_PARTY] = do_enter,
    [ACT_WAIT_BUDGET] = do_enter,   [ACT_RESUME] = do_enter,
    [ACT_RESOLVE] = do_resolve,     [ACT_CLOSE] = do_close,
    [ACT_REOPEN] = do_reopen,       [ACT_REJECT] = do_end_all,
    [ACT_APPEAL] = do_appeal,       [ACT_CANCEL] = do_cancel,
    [ACT_FORWARD] = do_forward,     [ACT_REFUSE] = do_refuse,
    [ACT_MERGE] = do_merge,         [ACT_SUPPORT] = do_support,
    [ACT_MILESTONE] = do_milestone, [ACT_NOTE] = do_nothing,
    [ACT_RATE] = do_rate,           [ACT_RETARGET] = do_retarget,
};

/* Which row of the table this is; NULL: none. A state wanted names its act by itself. */
static const struct move *find_move(const struct doing *d)
{
    const struct entry *e = d->e;
    uint8_t state = d->was.parts[d->part].state;
    uint8_t act = e->act != 0 ? e->act : moves_act_to(state, e->to);
    if (act == 0 || (moves_whole(act) && d->part != 0))
        return NULL;
    return moves_find(state, act);
}

/* A state wanted may need what its act needs: that is known only here. */
static bool brings_too_little(const struct doing *d, const struct move *m)
{
    return ((m->needs & MOVE_OUTCOME) && d->e->outcome == 0) ||
           ((m->needs & MOVE_TARGET) && d->e->parts_n == 0);
}

int apply_move(struct views *v, const struct entry *e, struct outcome *o)
{
    struct doing d UNCLEARED;
    doing_begin(&d, v, e, o);
    int verdict = inside_find(&d);
    if (verdict == V_DONE)
        verdict = e->timer != TIMER_NONE ? inside_find_part(&d) : find_part(&d);
    if (verdict != V_DONE)
        return verdict;
    o->facts.part_state = d.was.parts[d.part].state;
    const struct move *m = find_move(&d);
    if (m == NULL)
        return E_STATE;
    if (!may(&d, m))
        return E_ROLE;
    if (brings_too_little(&d, m))
        return E_FIELD;
    verdict = DO[m->act](&d, m);
    if (verdict != V_DONE)
        return verdict;
    o->facts.act = m->act;
    inside_change(&d, true);
    if (d.part > 0)
        o->facts.task = d.now.parts[d.part].skpd;
    return V_DONE;
}
