/* MOVE and RECLASS: one change of one case. */
#include "door.h"
#include "proto/frame.h"

#define REASON_BYTES 64u
#define NOTE_BYTES 1000u
#define RATING_NOTE_BYTES 500u
#define WORD_BYTES 32u
#define SHA256_BYTES 64u

struct change {
    struct ticket ticket, into;
    uint64_t case_seq, version, stars;
    int64_t claimed_us;
    bool done, done_given, correct;
    struct slice key, act, word, reason, note, outcome, proof, target, task, milestone;
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

static bool take_text(struct pairs_walk *w, struct change *c, struct faults *faults)
{
    const struct {
        const char *name;
        struct slice *into;
        uint32_t most;
    } texts[] = {{"do", &c->act, WORD_BYTES},          {"to", &c->word, WORD_BYTES},
                 {"reason", &c->reason, REASON_BYTES}, {"outcome", &c->outcome, WORD_BYTES},
                 {"proof", &c->proof, SHA256_BYTES},   {"target", &c->target, WORD_BYTES},
                 {"task", &c->task, WORD_BYTES},       {"milestone", &c->milestone, WORD_BYTES}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (slice_is(w->name, texts[i].name)) {
            door_text(w, texts[i].into, faults, texts[i].most);
            return true;
        }
    return false;
}

static bool take_other(struct pairs_walk *w, struct change *c, struct faults *faults)
{
    if (slice_is(w->name, "into"))
        door_ticket(w, &c->into, faults);
    else if (slice_is(w->name, "at"))
        door_time(w, &c->claimed_us, faults);
    else if (slice_is(w->name, "correct"))
        door_flag(w, &c->correct, faults);
    else if (slice_is(w->name, "done"))
        c->done_given = door_flag(w, &c->done, faults);
    else if (slice_is(w->name, "stars"))
        door_uint(w, &c->stars, faults);
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
    if (c->version > UINT32_MAX)
        faults_add(faults, E_RANGE, "version", UINT32_MAX, (struct slice){0});
    if (r->source.n == 0)
        faults_add(faults, E_SOURCE, "source", SOURCE_MAX_BYTES, (struct slice){0});
}

static struct slice keep(struct arena *a, struct slice text)
{
    return arena_copy(a, text.p, text.n);
}

/* Texts of the message are copied into the arena of the batch; numbers come ready in `what`. */
static void enter(struct door *d, const struct request *r, const struct change *c,
                  const struct entry *what)
{
    struct arena *arena = pipeline_arena(d->pipeline, LANE_URGENT, 1);
    struct errand *errand = pipeline_errand(d->pipeline, LANE_URGENT, &r->to, r->verb, 1);
    struct proposal *p =
        pipeline_proposal(d->pipeline, errand, 0, d->city, &r->who, keep(arena, r->source));
    struct entry *e = &p->entry;
    e->what = what->what;
    e->act = what->act;
    e->to = what->to;
    e->call_class = what->call_class;
    e->outcome = what->outcome;
    e->milestone = what->milestone;
    e->stars = what->stars;
    e->choices = what->choices;
    e->claimed_us = c->claimed_us;
    e->into = c->into;
    e->key = keep(arena, c->key);
    e->task = keep(arena, c->task);
    e->ticket = c->ticket;
    e->case_seq = c->case_seq;
    e->version = (uint32_t)c->version;
    if (c->target.n > 0)
        e->parts[e->parts_n++].skpd = keep(arena, c->target);
    p->words = (struct entry_words){.reason = keep(arena, c->reason),
                                    .note = keep(arena, c->note),
                                    .proof = keep(arena, c->proof)};
    pipeline_run(d->pipeline, p);
    pipeline_enter(d->pipeline, errand);
}

/* A word of the message that must be one of its group when it is there. */
static uint8_t take_word(struct slice word, enum word_group group, const char *field,
                         struct faults *faults)
{
    uint8_t number = word.n > 0 ? words_find(group, word) : 0;
    if (word.n > 0 && number == 0)
        faults_add(faults, E_FIELD, field, 0, word);
    return number;
}

static bool is_sha256(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return s.n == SHA256_BYTES;
}

static void check_rating(const struct change *c, const struct entry *e, struct faults *faults)
{
    if (e->act != ACT_RATE)
        return;
    if (!c->done_given)
        faults_add(faults, E_FIELD, "done", 0, (struct slice){0});
    if (c->stars > 5)
        faults_add(faults, E_FIELD, "stars", 5, (struct slice){0});
    if (c->note.n > RATING_NOTE_BYTES)
        faults_add(faults, E_LIMIT, "note", RATING_NOTE_BYTES, c->note);
}

void move_serve(struct door *d, const struct request *r)
{
    struct change c = {0};
    struct faults faults = {0};
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);)
        if (!take_common(&w, &c, &faults) && !take_text(&w, &c, &faults) &&
            !take_other(&w, &c, &faults))
            door_unknown(&w, &faults);
    check_common(r, &c, &faults);
    struct entry e = {.what = ENTRY_MOVE,
                      .act = take_word(c.act, WORDS_ACT, "do", &faults),
                      .to = take_word(c.word, WORDS_STATE, "to", &faults),
                      .outcome = take_word(c.outcome, WORDS_OUTCOME, "outcome", &faults),
                      .milestone = take_word(c.milestone, WORDS_MILESTONE, "milestone", &faults),
                      .stars = (uint8_t)(c.stars <= 5 ? c.stars : 0),
                      .choices =
                          (uint8_t)((c.done ? CHOICE_DONE : 0) | (c.correct ? CHOICE_CORRECT : 0) |
                                    (c.proof.n > 0 ? CHOICE_PROOF : 0))};
    if ((c.act.n == 0) == (c.word.n == 0))
        faults_add(&faults, E_FIELD, c.act.n == 0 ? "do" : "to", 0, c.word);
    if (c.proof.n > 0 && !is_sha256(c.proof))
        faults_add(&faults, E_FIELD, "proof", SHA256_BYTES, c.proof);
    check_rating(&c, &e, &faults);
    if (faults.count > 0)
        door_refuse(d, r, faults_worst(&faults), &faults);
    else
        enter(d, r, &c, &e);
}

void reclass_serve(struct door *d, const struct request *r)
{
    struct change c = {0};
    struct faults faults = {0};
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (take_common(&w, &c, &faults))
            continue;
        if (slice_is(w.name, "class"))
            door_text(&w, &c.word, &faults, WORD_BYTES);
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
        enter(d, r, &c, &e);
}
