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

static void make_parts(struct doing *d)
{
    const struct entry *e = d->e;
    struct case_row *c = &d->now;
    struct entry_part alone = {.skpd = e->owner};
    const struct entry_part *from = e->parts_n > 0 ? e->parts : &alone;
    struct slice date = show_value(e, "target_date"); /* of the first part with a promise */
    c->parts_n = e->parts_n > 0 ? e->parts_n : 1;
    for (unsigned i = 0; i < c->parts_n; i++) {
        c->parts[i] = promised(&from[i], e->at_us); /* what its due times were counted from */
        if (from[i].ack_target.n + from[i].resolve_target.n > 0) {
            c->parts[i].target_date = date;
            date = (struct slice){0};
        }
        c->parts[i].milestone[MILESTONE_TICKETED] = life_at(d);
    }
    if (e->call_class != CALL_CLASS_REAL) {
        c->routed = c->parts[0].skpd;
        c->parts[0].skpd = e->desk;
    }
    struct past past;
    if (past_read(e, &past))
        past_take(&past, c);
    begin_parts(d, c->flags & FLAG_HISTORIC ? STATE_CLOSED : first_state(e->kind, e->call_class));
}

int apply_event(struct views *v, const struct entry *e, struct outcome *o)
{
    struct doing d = {.v = v, .e = e, .o = o};
    struct facts *f = &o->facts;
    struct case_row *c = &d.now;
    if (check_refs(v, e, f) != V_DONE)
        return E_REF;
    *c = (struct case_row){.seq = f->seq,
                           .last_seq = f->seq,
                           .version = 1,
                           .flags = f->flags | e->flags,
                           .day = e->day,
                           .counter = inside_counter(v, e->kind, e->day),
                           .kind = e->kind,
                           .severity = e->severity,
                           .mode = e->mode,
                           .call_class = e->call_class,
                           .received_us = f->at_us,
                           .kecamatan = e->kecamatan,
                           .source = e->source,
                           .visibility = e->visibility,
                           .public_at = e->public_at,
                           .has_person = e->has_person,
                           .category = show_value(e, "category"),
                           .stint_us = f->at_us};
    c->subkind = words_find(WORDS_SUBKIND, show_value(e, "subkind"));
    memcpy(c->person, e->person, sizeof c->person);
    make_parts(&d);
    if (c->flags & FLAG_HISTORIC)
        past_note(&v->txn, c->seq);
    c->state = life_state(c);
    if (!words_state_open(c->state) && c->ended_us == 0)
        c->ended_us = f->at_us;
    cases_put(&v->txn, c, true);
    figures_follow(v->figures, &v->txn, NULL, c);
    inside_index(v, c, true);
    terms_add(v->index, &v->txn, c, e);
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
    struct doing d = {.v = v, .e = e, .o = o};
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
