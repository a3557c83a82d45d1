/* An event opens a case; a reclass says that its call was real after all, or not. */
#include "inside.h"
#include "past.h"
#include "proto/verdict.h"
#include "show.h"
#include "terms.h"
#include "timers.h"

static uint8_t first_state(uint8_t kind, uint8_t call_class)
{
    if (call_class != CALL_CLASS_REAL)
        return STATE_CLOSED;
    return kind == KIND_COMPLAINT ? STATE_RECEIVED : STATE_ASSIGNED;
}

static int check_refs(struct views *v, const struct entry *e, struct facts *f)
{
    for (unsigned i = 0; i < e->refs_n; i++)
        if (cases_by_ticket(&v->txn, e->refs[i]) == 0) {
            if (e->kind != KIND_EMERGENCY)
                return E_REF;
            f->flags |= FLAG_REF_DROPPED;
        }
    return V_DONE;
}

static struct part promised(const struct entry_part *p, int64_t at_us)
{
    return (struct part){.skpd = p->skpd,
                         .judge = p->judge,
                         .outside = p->outside,
                         .working = p->working,
                         .since_us = at_us,
                         .base_us = at_us,
                         .ack_due = p->ack_due,
                         .resolve_due = p->resolve_due,
                         .silence_from = p->silence_at,
                         .ack_target = p->ack_target,
                         .resolve_target = p->resolve_target};
}

/* Every part in the state the case begins with; with clocks and in its desk's queue when real. One
 * of an SKPD that has come to own the case stays ended. */
static void begin_parts(struct doing *d, uint8_t state)
{
    for (unsigned i = 0; i < d->now.parts_n; i++) {
        if (i > 0 && words_state_open(state) &&
            slice_same(d->now.parts[i].skpd, cases_owner(&d->now)))
            continue;
        life_enter(d, i, state);
        if (words_state_open(state))
            life_begin(d, i);
    }
}

static void make_parts(struct doing *d, struct slice date)
{
    const struct entry *e = d->e;
    struct case_row *c = &d->now;
    struct entry_part alone = {.skpd = e->owner};
    const struct entry_part *from = e->parts_n > 0 ? e->parts : &alone;
    c->parts_n = e->parts_n > 0 ? e->parts_n : 1;
    for (unsigned i = 0; i < c->parts_n; i++) {
        c->parts[i] = promised(&from[i], e->at_us); /* what its due times were counted from */
        if (from[i].ack_target.n + from[i].resolve_target.n > 0) {
            c->parts[i].target_date = date; /* of the first part with a promise */
            date = (struct slice){0};
        }
        c->parts[i].milestone[MILESTONE_TICKETED] = life_at(d);
    }
    if (e->call_class != CALL_CLASS_REAL) {
        c->routed = c->parts[0].skpd;
        c->parts[0].skpd = e->desk;
    }
    struct past past;
    if ((c->flags & FLAG_HISTORIC) && past_read(e, &past))
        past_take(&past, c);
    begin_parts(d, c->flags & FLAG_HISTORIC ? STATE_CLOSED : first_state(e->kind, e->call_class));
}

static void take_event(struct doing *d, const struct terms *terms)
{
    const struct entry *e = d->e;
    const struct facts *f = &d->o->facts;
    struct case_row *c = &d->now;
    c->seq = c->last_seq = f->seq;
    c->version = 1;
    c->flags = f->flags | e->flags;
    c->day = e->day;
    c->counter = inside_counter(d->v, e->kind, e->day);
    c->kind = e->kind;
    c->severity = e->severity;
    c->mode = e->mode;
    c->call_class = e->call_class;
    c->received_us = c->stint_us = f->at_us;
    c->kecamatan = e->kecamatan;
    c->source = e->source;
    c->visibility = e->visibility;
    c->public_at = e->public_at;
    c->has_person = e->has_person;
    memcpy(c->person, e->person, sizeof c->person);
    c->category = terms->category;
    c->subkind = words_find(WORDS_SUBKIND, terms->subkind);
}

int apply_event(struct views *v, const struct entry *e, struct outcome *o)
{
    struct doing d UNCLEARED;
    doing_begin(&d, v, e, o);
    struct facts *f = &o->facts;
    struct case_row *c = &d.now;
    if (check_refs(v, e, f) != V_DONE)
        return E_REF;
    struct terms terms;
    terms_read(e, &terms);
    take_event(&d, &terms);
    make_parts(&d, terms.target_date);
    if (c->flags & FLAG_HISTORIC)
        past_note(&v->txn, c->seq);
    c->state = life_state(c);
    if (!words_state_open(c->state) && c->ended_us == 0)
        c->ended_us = f->at_us;
    cases_put(&v->txn, c, true);
    figures_follow(v->figures, &v->txn, NULL, c);
    inside_index(v, c, true);
    terms_add(v->index, &v->txn, c, e, &terms);
    v->now.open += inside_counts(c);
    d.was.seq = c->seq;
    o->wake_us = timers_follow(&v->txn, &d.was, c);
    inside_facts(v, f, c);

    struct rowkey k = rowkey_new(), value = rowkey_seq(f->seq);
    rowkey_u32(rowkey_u32(rowkey_u8(&k, c->kind), c->day), c->counter);
    txn_put(&v->txn, TABLE_TICKETS, &k, value.b, value.n);
    return V_DONE;
}

/* To real: as if it had been so from the start. To anything else: the POC's, and nobody works. */
int apply_reclass(struct views *v, const struct entry *e, struct outcome *o)
{
    struct doing d UNCLEARED;
    doing_begin(&d, v, e, o);
    int verdict = inside_find(&d);
    if (verdict != V_DONE)
        return verdict;
    struct case_row *c = &d.now;
    bool was_real = c->call_class == CALL_CLASS_REAL, real = e->call_class == CALL_CLASS_REAL;
    if (c->call_class == e->call_class || c->into.kind != 0)
        return E_STATE;
    if (was_real && !real)
        life_end_all(&d, STATE_CLOSED);
    struct slice routed = was_real ? cases_owner(c) : c->routed;
    c->call_class = e->call_class;
    c->routed = real ? (struct slice){0} : routed;
    c->parts[0].skpd = real ? routed : e->desk;
    c->until_us = 0;
    if (real) {
        for (unsigned i = 0; i < c->parts_n; i++)
            life_forget(&c->parts[i]);
        begin_parts(&d, first_state(c->kind, e->call_class));
    }
    inside_change(&d, true);
    return V_DONE;
}
