/* Entries about the record itself: heads and keys, which belong to no case; who read a reporter's
 * data; what was destroyed, or must not be; what the public was told. None of them raises the
 * version: nobody's work on the case is overtaken by them. */
#include "inside.h"
#include "moves.h"
#include "proto/verdict.h"
#include "terms.h"

/* They stand in the history of case 0. */
int apply_note(struct views *v, const struct entry *e, struct outcome *o)
{
    struct rowkey k = rowkey_seq(0);
    rowkey_u64(&k, o->facts.seq);
    o->facts.act = e->act;
    txn_put(&v->txn, TABLE_HISTORY, &k, "", 0);
    return V_DONE;
}

/* A number that was given before, to an entry that is no more; the first of them say so of the
 * tickets, too. */
int apply_lost(struct views *v, const struct entry *e, struct outcome *o)
{
    if (e->into.kind > 0 && e->into.kind < KIND_COUNT)
        inside_pass(v, &e->into);
    return apply_note(v, e, o);
}

static int begin(struct doing *d)
{
    int verdict = inside_find(d);
    d->o->facts.act = d->e->act;
    return verdict;
}

/* A handler sees the person of an open case it owns or supports, and of a secret one it owns. */
static bool may_read(const struct doing *d)
{
    const struct entry *e = d->e;
    if (e->role != ROLE_HANDLER)
        return true;
    int part = e->own.n > 0 ? cases_part_of(&d->was, e->own) : -1;
    return d->was.visibility == VISIBILITY_OPEN
               ? part >= 0
               : d->was.visibility == VISIBILITY_SECRET && part == 0;
}

int apply_read(struct views *v, const struct entry *e, struct outcome *o)
{
    if (e->case_seq == 0 && e->ticket.kind == 0) /* somebody looked for a person */
        return apply_note(v, e, o);
    struct doing d UNCLEARED;
    doing_begin(&d, v, e, o);
    int verdict = begin(&d);
    if (verdict == V_DONE && (!d.was.has_person || (d.was.erased >> ERASURE_PERSON & 1)))
        verdict = E_NOT_FOUND;
    if (verdict == E_REF || verdict == E_ROLE || (verdict == V_DONE && !may_read(&d)))
        verdict = E_NOT_FOUND; /* the same word for what is not there and what is not his */
    if (verdict != V_DONE)
        return verdict;
    inside_change(&d, false);
    return V_DONE;
}

int apply_erase(struct views *v, const struct entry *e, struct outcome *o)
{
    struct doing d UNCLEARED;
    doing_begin(&d, v, e, o);
    int verdict = begin(&d);
    if (verdict == V_DONE && d.was.hold)
        verdict = E_HELD;
    if (verdict == V_DONE && e->act == ERASURE_PERSON && !d.was.has_person)
        verdict = E_NOT_FOUND;
    if (verdict != V_DONE)
        return verdict;
    d.now.erased |= (uint8_t)(1u << e->act);
    if (e->act == ERASURE_TEXTS)
        terms_forget_words(v->index, &v->txn, d.was.seq);
    inside_change(&d, false);
    return V_DONE;
}

int apply_hold(struct views *v, const struct entry *e, struct outcome *o)
{
    struct doing d UNCLEARED;
    doing_begin(&d, v, e, o);
    int verdict = begin(&d);
    if (verdict != V_DONE)
        return verdict;
    if (d.was.hold == (e->act == HOLD_SET))
        return E_STATE;
    d.now.hold = e->act == HOLD_SET;
    inside_change(&d, false);
    return V_DONE;
}

static int judge_public(const struct doing *d)
{
    const struct case_row *c = &d->was;
    switch (d->e->act) {
    case PUBLICITY_PUBLISH:
        return cases_publish_at(c) == 0 || cases_publish_at(c) != d->e->timer_at ? E_STALE : V_DONE;
    case PUBLICITY_RELEASE:
        return cases_may_be_public(c) ? V_DONE : E_STATE;
    default: /* who corrects or withdraws speaks of what was told */
        return c->public == CASE_PUBLIC ? V_DONE : E_STATE;
    }
}

int apply_public(struct views *v, const struct entry *e, struct outcome *o)
{
    struct doing d UNCLEARED;
    doing_begin(&d, v, e, o);
    int verdict = begin(&d);
    if (verdict == V_DONE)
        verdict = judge_public(&d);
    if (verdict != V_DONE)
        return verdict;
    d.now.public = e->act == PUBLICITY_WITHDRAW ? CASE_WITHDRAWN : CASE_PUBLIC;
    inside_change(&d, false);
    o->facts.bits |= FACT_PUBLIC; /* also the withdrawal: whoever saw it hears of it */
    return V_DONE;
}
