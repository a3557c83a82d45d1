/* ERASE and HOLD: what is destroyed of a case, and what must not be. RELEASE: what the public is
 * told. One change of one case each, like MOVE; a release first asks where the case is, because
 * that is told with it. */
#include "ask.h"
#include "door.h"
#include "proto/frame.h"

#define REASON_BYTES 200u
#define TEXT_BYTES 4000u
#define WORD_BYTES 32u

struct order { /* what the three verbs have in common */
    struct ticket ticket;
    uint64_t case_seq;
    struct slice key, what, reason, text;
};

static void read_order(const struct request *r, struct order *o, const char *what,
                       struct faults *faults)
{
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "key"))
            door_text(&w, &o->key, faults, KEY_MAX_BYTES);
        else if (slice_is(w.name, "ticket"))
            door_ticket(&w, &o->ticket, faults);
        else if (slice_is(w.name, "case"))
            door_uint(&w, &o->case_seq, faults);
        else if (slice_is(w.name, what))
            door_text(&w, &o->what, faults, WORD_BYTES);
        else if (slice_is(w.name, "reason"))
            door_text(&w, &o->reason, faults, REASON_BYTES);
        else if (slice_is(w.name, "text") && r->verb == VERB_RELEASE)
            door_text(&w, &o->text, faults, TEXT_BYTES);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, faults);
    }
    if (!key_valid(o->key))
        faults_add(faults, E_FIELD, "key", KEY_MAX_BYTES, o->key);
    if ((o->ticket.kind == 0) == (o->case_seq == 0) && faults->count == 0)
        faults_add(faults, E_FIELD, "ticket", 0, (struct slice){0});
    if (r->source.n == 0)
        faults_add(faults, E_SOURCE, "source", SOURCE_MAX_BYTES, (struct slice){0});
}

static struct slice keep(struct arena *arena, struct slice s)
{
    return arena_copy(arena, s.p, s.n);
}

/* The errand's proposal with what the order says. */
static struct proposal *propose(struct door *d, const struct request *r, const struct order *o,
                                uint8_t entry, uint8_t act)
{
    struct arena *arena = pipeline_arena(d->pipeline, LANE_URGENT, 1);
    struct errand *errand = pipeline_errand(d->pipeline, LANE_URGENT, &r->to, r->verb, 1);
    struct proposal *p =
        pipeline_proposal(d->pipeline, errand, 0, d->city, &r->who, keep(arena, r->source));
    p->entry.what = entry;
    p->entry.act = act;
    p->entry.key = keep(arena, o->key);
    p->entry.ticket = o->ticket;
    p->entry.case_seq = o->case_seq;
    p->words.reason = keep(arena, o->reason);
    p->words.text = keep(arena, o->text);
    return p;
}

static void enter(struct door *d, struct proposal *p)
{
    pipeline_run(d->pipeline, p);
    pipeline_enter(d->pipeline, p->errand);
}

/* Destroying, and keeping from being destroyed, need a reason: it is the record of it. */
static void serve(struct door *d, const struct request *r, const char *what, enum word_group group,
                  uint8_t entry)
{
    struct order o = {0};
    struct faults faults = {0};
    read_order(r, &o, what, &faults);
    uint8_t act = words_find(group, o.what);
    if (act == 0)
        faults_add(&faults, E_FIELD, what, 0, o.what);
    if (o.reason.n == 0)
        faults_add(&faults, E_FIELD, "reason", REASON_BYTES, (struct slice){0});
    if (faults.count > 0)
        door_refuse(d, r, faults_worst(&faults), &faults);
    else
        enter(d, propose(d, r, &o, entry, act));
}

void erase_serve(struct door *d, const struct request *r)
{
    serve(d, r, "what", WORDS_ERASURE, ENTRY_ERASE);
}

void hold_serve(struct door *d, const struct request *r)
{
    serve(d, r, "do", WORDS_HOLD, ENTRY_HOLD);
}

/* ---- RELEASE ---- */

struct release {
    struct door *door;
    struct request request;
    struct order order;
    uint8_t act;
};

static void say(struct proposal *p, const char *name, struct slice value)
{
    struct arena *arena = pipeline_errand_arena(p->errand);
    p->words.said[p->words.said_n++] = (struct entry_pair){name, keep(arena, value)};
}

static void where_answered(void *self, struct question *q)
{
    struct release *a = self;
    struct door *d = a->door;
    door_answered(d, &a->request);
    if (q->verdict == V_DONE && q->due[0]->c.visibility == VISIBILITY_SECRET)
        q->verdict = E_NOT_FOUND; /* the same word for what is secret and what is not there */
    if (q->verdict == V_DONE) {
        struct proposal *p = propose(d, &a->request, &a->order, ENTRY_PUBLIC, a->act);
        say(p, "category", q->due[0]->category);
        say(p, "kelurahan", q->due[0]->kelurahan);
        enter(d, p);
    } else {
        door_refuse(d, &a->request, q->verdict, NULL);
    }
    question_free(&q);
}

static void ask_where(struct door *d, const struct request *r, const struct order *o, uint8_t act)
{
    struct question *q = question_new(QUESTION_WHERE);
    struct release *a = arena_alloc(&q->arena, sizeof *a);
    *a = (struct release){.door = d, .request = *r, .order = *o, .act = act};
    a->request.body = (struct slice){0};
    a->request.source = keep(&q->arena, r->source);
    a->request.who.skpd = keep(&q->arena, slice_from(r->who.skpd)).p;
    a->order.key = keep(&q->arena, o->key);
    a->order.reason = keep(&q->arena, o->reason);
    a->order.text = keep(&q->arena, o->text);
    q->ticket = o->ticket;
    q->seq = o->case_seq;
    door_ask_for(d, r, q, where_answered, a);
}

void release_serve(struct door *d, const struct request *r)
{
    struct order o = {0};
    struct faults faults = {0};
    read_order(r, &o, "do", &faults);
    uint8_t act = words_find(WORDS_PUBLICITY, o.what);
    if (act == 0 || act == PUBLICITY_PUBLISH) /* that is siagad's, by the clock */
        faults_add(&faults, E_FIELD, "do", 0, o.what);
    if (act != PUBLICITY_WITHDRAW && o.text.n == 0)
        faults_add(&faults, E_FIELD, "text", TEXT_BYTES, (struct slice){0});
    if (act == PUBLICITY_WITHDRAW && o.reason.n == 0)
        faults_add(&faults, E_FIELD, "reason", REASON_BYTES, (struct slice){0});
    if (faults.count > 0)
        door_refuse(d, r, faults_worst(&faults), &faults);
    else
        ask_where(d, r, &o, act);
}
