#include "inside.h"

#include "proto/rights.h"
#include "proto/verdict.h"
#include "stints.h"
#include "timers.h"

/* ---- the case at hand ---- */

void inside_facts(struct views *v, struct facts *f, const struct case_row *c)
{
    f->case_seq = c->seq;
    f->version = c->version;
    f->flags = c->flags;
    f->day = c->day;
    f->counter = c->counter;
    f->kind = c->kind;
    f->severity = c->severity;
    f->mode = c->mode;
    f->call_class = c->call_class;
    f->state = c->state;
    f->owner = cases_owner(c);
    f->kecamatan = c->kecamatan;
    f->helpers = cases_helpers(c, v->helpers);
    f->reporter = c->source;
    f->bits |=
        (uint8_t)((c->visibility == VISIBILITY_SECRET ? FACT_SECRET : 0) |
                  (c->visibility == VISIBILITY_ANONYMOUS ? FACT_ANONYMOUS : 0) |
                  (c->public == CASE_PUBLIC ? FACT_PUBLIC : 0) | (c->has_person ? FACT_PERSON : 0));
}

/* Who sees only cases of his own, or none that is secret, gets one word for what is not his and
 * what is not there. */
static bool hidden(const struct entry *e, const struct case_row *c)
{
    if (rights_public_only(e->role) && c->visibility == VISIBILITY_SECRET)
        return true;
    bool part = e->own.n > 0 && cases_part_of(c, e->own) >= 0;
    return rights_own_only(e->role) && !part &&
           !(e->role == ROLE_FIELD && slice_same(e->source, c->source));
}

int inside_find(struct doing *d)
{
    struct views *v = d->v;
    const struct entry *e = d->e;
    struct slice row;
    uint64_t seq = e->case_seq != 0 ? e->case_seq : cases_by_ticket(&v->txn, e->ticket);
    if (seq == 0 || !cases_row(&v->txn, seq, &row) || row.n > sizeof v->held)
        return rights_own_only(e->role) ? E_ROLE : E_REF;
    memcpy(v->held, row.p, row.n);
    if (!cases_read(seq, (struct slice){(const char *)v->held, row.n}, &d->was))
        return E_REF;
    if (hidden(e, &d->was))
        return rights_own_only(e->role) ? E_ROLE : E_REF;
    d->now = d->was;
    d->o->other_seq = d->was.last_seq;
    inside_facts(v, &d->o->facts, &d->was);
    d->o->facts.from = d->was.state;
    if ((e->choices & CHOICE_DRILL) && d->was.mode == MODE_ACTUAL)
        return E_MODE;
    return e->version != 0 && e->version != d->was.version ? E_STALE : V_DONE;
}

int inside_find_part(struct doing *d)
{
    const struct entry *e = d->e;
    int part = e->task.n == 0 ? 0 : cases_part_of(&d->was, e->task);
    if (part < 0)
        return E_STALE;
    d->part = (unsigned)part;
    if (e->timer != TIMER_NONE &&
        (e->timer >= CASE_TIMERS || d->was.parts[part].timer[e->timer] != e->timer_at))
        return E_STALE;
    return V_DONE;
}

bool inside_counts(const struct case_row *c)
{
    return words_state_open(c->state) && c->mode == MODE_ACTUAL;
}

/* ---- writing what has changed ---- */

static void change(struct views *v, bool add, uint64_t seq, enum index_dimension dim,
                   struct slice value)
{
    (add ? index_add : index_remove)(v->index, &v->txn, seq, dim, value);
}

void inside_index(struct views *v, const struct case_row *c, bool add)
{
    const char class = (char)(c->kind << 4 | c->severity), state = (char)c->state;
    change(v, add, c->seq, INDEX_CLASS, (struct slice){&class, 1});
    change(v, add, c->seq, INDEX_STATE, (struct slice){&state, 1});
    change(v, add, c->seq, INDEX_OWNER, cases_owner(c));
    change(v, add, c->seq, INDEX_KECAMATAN, c->kecamatan);
    change(v, add, c->seq, INDEX_REPORTER, c->source);
    if (words_state_open(c->state))
        change(v, add, c->seq, INDEX_OPEN, (struct slice){0});
    if (c->public == CASE_PUBLIC)
        change(v, add, c->seq, INDEX_PUBLIC, (struct slice){0});
    for (unsigned i = 1; i < c->parts_n; i++)
        change(v, add, c->seq, INDEX_HELPER, c->parts[i].skpd);
}

static bool same_index(const struct case_row *a, const struct case_row *b)
{
    return a->state == b->state && a->public == b->public && a->severity == b->severity &&
           a->parts_n == b->parts_n && slice_same(cases_owner(a), cases_owner(b));
}

/* The case is resolved once every part is; then the reporter's time to object begins. */
static void settle_state(struct doing *d)
{
    struct case_row *c = &d->now;
    c->state = life_state(c);
    if (c->state == STATE_RESOLVED && d->was.state != STATE_RESOLVED) {
        c->resolved_us = life_at(d);
        c->until_us = d->e->until_us;
        c->rated = c->stars = 0;
        c->rated_us = 0;
        c->parts[0].timer[TIMER_CLOSE] = c->until_us;
    }
}

void inside_change(struct doing *d, bool raises)
{
    struct views *v = d->v;
    struct facts *f = &d->o->facts;
    struct case_row *c = &d->now;
    settle_state(d);
    stints_follow(&d->was, c, life_at(d));
    if (raises) {
        c->version++;
        c->last_seq = f->seq;
    }
    if (!same_index(&d->was, c)) {
        inside_index(v, &d->was, false);
        inside_index(v, c, true);
    }
    v->now.open += inside_counts(c);
    v->now.open -= inside_counts(&d->was);
    d->o->wake_us = timers_follow(&v->txn, &d->was, c);
    timers_follow_late(&v->txn, &d->was, c);
    cases_put(&v->txn, c, false);
    figures_follow(v->figures, &v->txn, &d->was, c);

    inside_facts(v, f, c);
    f->from = d->was.state;
    f->part = (uint8_t)d->part;
    f->part_from = d->part < d->was.parts_n ? d->was.parts[d->part].state : 0;
    f->part_state = c->parts[d->part].state;
    if (!slice_same(cases_owner(&d->was), cases_owner(c)))
        f->before = cases_owner(&d->was);

    struct rowkey k = rowkey_seq(c->seq);
    rowkey_u64(&k, f->seq);
    txn_put(&v->txn, TABLE_HISTORY, &k, "", 0);
}
