/* MOVE and RECLASS: one change of one case. */
#include "door.h"
#include "proto/frame.h"

#define REASON_BYTES 64u
#define NOTE_BYTES 1000u

struct change {
    struct ticket ticket;
    uint64_t case_seq, version;
    struct slice key, word, reason, note, outcome;
};

static bool take_common(struct pairs_walk *w, struct change *c, struct faults *faults)
{
    if (slice_is(w->name, "key"))
        door_text(w, &c->key, faults, KEY_MAX_BYTES);
    else if (slice_is(w->name, "ticket"))
        door_ticket(w, &c->ticket, faults);
    else if (slice_is(w->name, "case"))
        door_uint(w, &c->case_seq, faults);
    else if (slice_is(w->name, "version"))
        door_uint(w, &c->version, faults);
    else if (slice_is(w->name, "note"))
        door_text(w, &c->note, faults, NOTE_BYTES);
    else if (slice_is(w->name, "source"))
        reader_skip(&w->r);
    else
        return false;
    return true;
}

static void check_common(const struct request *r, const struct change *c, struct faults *faults)
{
    if (!key_valid(c->key))
        faults_add(faults, E_FIELD, "key", KEY_MAX_BYTES, c->key);
    if ((c->ticket.kind == 0) == (c->case_seq == 0) && faults->count == 0)
        faults_add(faults, E_FIELD, "ticket", 0, (struct slice){0});
    if (r->source.n == 0)
        faults_add(faults, E_SOURCE, "source", SOURCE_MAX_BYTES, (struct slice){0});
}

static struct slice keep(struct arena *a, struct slice text)
{
    return arena_copy(a, text.p, text.n);
}

static void enter(struct door *d, const struct request *r, const struct change *c,
                  const struct entry *what, uint8_t outcome)
{
    struct arena *arena = pipeline_arena(d->pipeline, LANE_URGENT, 1);
    struct errand *errand = pipeline_errand(d->pipeline, LANE_URGENT, &r->to, r->verb, 1);
    struct proposal *p =
        pipeline_proposal(d->pipeline, errand, 0, d->city, &r->who, keep(arena, r->source));
    p->entry.what = what->what;
    p->entry.to = what->to;
    p->entry.call_class = what->call_class;
    p->entry.key = keep(arena, c->key);
    p->entry.ticket = c->ticket;
    p->entry.case_seq = c->case_seq;
    p->entry.version = (uint32_t)c->version;
    p->words = (struct entry_words){
        .reason = keep(arena, c->reason), .note = keep(arena, c->note), .outcome = outcome};
    pipeline_run(d->pipeline, p);
    pipeline_enter(d->pipeline, errand);
}

void move_serve(struct door *d, const struct request *r)
{
    struct change c = {0};
    struct faults faults = {0};
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (take_common(&w, &c, &faults))
            continue;
        if (slice_is(w.name, "to"))
            door_text(&w, &c.word, &faults, 32);
        else if (slice_is(w.name, "reason"))
            door_text(&w, &c.reason, &faults, REASON_BYTES);
        else if (slice_is(w.name, "outcome"))
            door_text(&w, &c.outcome, &faults, 32);
        else
            door_unknown(&w, &faults);
    }
    check_common(r, &c, &faults);
    struct entry e = {.what = ENTRY_MOVE, .to = words_find(WORDS_STATE, c.word)};
    uint8_t outcome = words_find(WORDS_OUTCOME, c.outcome);
    if (e.to == 0)
        faults_add(&faults, E_FIELD, "to", 0, c.word);
    if (c.outcome.n > 0 && outcome == 0)
        faults_add(&faults, E_FIELD, "outcome", 0, c.outcome);
    if (faults.count > 0)
        door_refuse(d, r, faults_worst(&faults), &faults);
    else
        enter(d, r, &c, &e, outcome);
}

void reclass_serve(struct door *d, const struct request *r)
{
    struct change c = {0};
    struct faults faults = {0};
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (take_common(&w, &c, &faults))
            continue;
        if (slice_is(w.name, "class"))
            door_text(&w, &c.word, &faults, 32);
        else
            door_unknown(&w, &faults);
    }
    check_common(r, &c, &faults);
    struct entry e = {.what = ENTRY_RECLASS, .call_class = words_find(WORDS_CALL_CLASS, c.word)};
    if (e.call_class == 0)
        faults_add(&faults, E_FIELD, "class", 0, c.word);
    if (faults.count > 0)
        door_refuse(d, r, faults_worst(&faults), &faults);
    else
        enter(d, r, &c, &e, 0);
}
