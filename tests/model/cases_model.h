/* cases_model: what the views must say, in plain arrays, written without looking at theirs. Inside
 * model_cases.c only. */
#ifndef SIAGA_TESTS_CASES_MODEL_H
#define SIAGA_TESTS_CASES_MODEL_H

#include "daemon/views/moves.h"
#include "daemon/views/views.h"
#include "proto/filter.h"
#include "proto/verdict.h"
#include "tests/support/entries.h"

#define CASES_MOST 20000u

/* One entry of the journal, and the case it left behind. */
struct told {
    uint32_t of; /* the case */
    uint8_t what, state, before, severity, class, kind;
    const char *owner, *owner_before, *kecamatan;
    uint32_t version;
    int64_t at_us;
    const struct entry *entry; /* as it was asked for */
};

/* A case is found by the number of its event; of the others only `told` is used. */
struct model_case {
    bool is;
    uint8_t kind, severity, state, class, forwards;
    const char *owner, *routed, *kecamatan;
    uint32_t version, last, day, counter, changes;
};

struct model {
    uint32_t n; /* entries */
    uint64_t open;
    int64_t time_us;
    uint32_t tally[4][8]; /* by kind and day */
    struct told told[CASES_MOST + 1];
    struct model_case cases[CASES_MOST + 1];
};

#define MODEL_DAY 20000u /* tally[..][day - MODEL_DAY] */

static inline bool model_open(uint8_t state)
{
    return state >= STATE_RECEIVED && state <= STATE_REOPENED;
}

static inline uint8_t model_first(uint8_t kind, uint8_t class)
{
    if (class != CALL_CLASS_REAL)
        return STATE_CLOSED;
    return kind == KIND_COMPLAINT ? STATE_RECEIVED : STATE_ASSIGNED;
}

/* Writes the entry down, and the case as it is now; what it was, when it was there before. */
static inline void model_tell(struct model *m, uint32_t of, const struct entry *e,
                              const struct model_case *was)
{
    struct model_case *c = &m->cases[of];
    uint32_t seq = ++m->n;
    if (e->at_us > m->time_us)
        m->time_us = e->at_us;
    c->last = seq;
    m->told[seq] = (struct told){.of = of,
                                 .what = e->what,
                                 .state = c->state,
                                 .before = was != NULL ? was->state : 0,
                                 .severity = c->severity,
                                 .class = c->class,
                                 .kind = c->kind,
                                 .owner = c->owner,
                                 .owner_before = was != NULL ? was->owner : c->owner,
                                 .kecamatan = c->kecamatan,
                                 .version = c->version,
                                 .at_us = m->time_us,
                                 .entry = e};
}

static inline void model_event(struct model *m, const struct entry *e, const struct wish *w)
{
    struct model_case *c = &m->cases[m->n + 1];
    bool real = w->call_class == CALL_CLASS_REAL;
    *c = (struct model_case){.is = true,
                             .kind = w->kind,
                             .severity = w->severity,
                             .class = w->call_class,
                             .state = model_first(w->kind, w->call_class),
                             .owner = real ? w->owner : "poc",
                             .routed = real ? "" : w->owner,
                             .kecamatan = w->kecamatan,
                             .version = 1,
                             .day = w->day,
                             .counter = ++m->tally[w->kind][w->day - MODEL_DAY]};
    m->open += model_open(c->state);
    model_tell(m, m->n + 1, e, NULL);
}

/* The third time the Secretariat gets it, whoever was named. */
static inline int model_forward(struct model_case *c, const char *target)
{
    bool third = c->forwards >= 2 && strcmp(c->owner, "setda") != 0;
    const char *to = third ? "setda" : target;
    if (strcmp(to, c->owner) == 0)
        return E_STATE;
    c->forwards++;
    c->owner = to;
    return V_DONE;
}

static inline int model_move(struct model_case *c, const struct wish *w)
{
    uint8_t act = w->act != 0 ? w->act : moves_act_to(c->state, w->to);
    const struct move *move = moves_find(c->state, act);
    if (w->role == ROLE_HANDLER && strcmp(w->own, c->owner) != 0)
        return E_ROLE;
    if (move == NULL)
        return E_STATE;
    if (!(move->roles & 1u << w->role) ||
        (act == ACT_RESOLVE && w->role == ROLE_OPERATOR && strcmp(c->owner, "poc") != 0))
        return E_ROLE;
    if (act == ACT_REOPEN && c->class != CALL_CLASS_REAL)
        return E_STATE;
    int verdict = act == ACT_FORWARD ? model_forward(c, w->target) : V_DONE;
    if (verdict == V_DONE)
        c->state = move->next;
    return verdict;
}

static inline int model_reclass(struct model_case *c, const struct wish *w)
{
    bool was_real = c->class == CALL_CLASS_REAL, real = w->call_class == CALL_CLASS_REAL;
    const char *routed = was_real ? c->owner : c->routed;
    if (c->class == w->call_class)
        return E_STATE;
    c->class = w->call_class;
    c->owner = real ? routed : "poc";
    c->routed = real ? "" : routed;
    c->state = model_first(c->kind, c->class);
    return V_DONE;
}

/* What a move or a reclass must be told; on V_DONE it has happened. */
#define MODEL_HIDDEN (-E_ROLE)
static inline int model_change(struct model *m, const struct entry *e, const struct wish *w)
{
    bool is = w->of != 0 && w->of <= m->n && m->cases[w->of].is;
    if (w->role == ROLE_HANDLER && (!is || strcmp(w->own, m->cases[w->of].owner) != 0))
        return MODEL_HIDDEN; /* one word for what is not his and what is not there */
    if (!is)
        return E_REF;
    struct model_case *c = &m->cases[w->of], was = *c;
    if (w->version != 0 && w->version != c->version)
        return E_STALE;
    int verdict = e->what == ENTRY_MOVE ? model_move(c, w) : model_reclass(c, w);
    if (verdict != V_DONE)
        return verdict;
    c->version++;
    c->changes++;
    m->open += model_open(c->state);
    m->open -= model_open(was.state);
    model_tell(m, (uint32_t)w->of, e, &was);
    return V_DONE;
}

/* An entry passes as it is after it or, for state and owner, as it was before. */
static inline bool model_passes(const struct filter *f, const struct told *t)
{
    bool owned = f->skpd_n == 0, placed = f->kecamatan_n == 0;
    for (unsigned i = 0; i < f->skpd_n; i++)
        owned = owned || slice_is(f->skpd[i], t->owner) || slice_is(f->skpd[i], t->owner_before);
    for (unsigned i = 0; i < f->kecamatan_n; i++)
        placed = placed || slice_is(f->kecamatan[i], t->kecamatan);
    uint32_t states = 1u << t->state | (t->before != 0 ? 1u << t->before : 0);
    return owned && placed && (f->kinds == 0 || (f->kinds & 1u << t->kind)) &&
           (f->severities == 0 || (f->severities & 1u << t->severity)) &&
           (f->states == 0 || (f->states & states));
}

#endif
