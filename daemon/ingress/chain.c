/* VERIFY and HEAD: whether the history is what was written. */
#include "door.h"
#include "proto/frame.h"

#define HASH_BYTES 32u
#define SIGNER_BYTES 64u

static void take_hash(struct pairs_walk *w, struct question *q, struct faults *faults)
{
    struct slice hash = {0};
    if (reader_peek(&w->r) == PACK_BIN)
        hash = reader_bin(&w->r);
    else
        reader_skip(&w->r);
    if (hash.n != HASH_BYTES)
        faults_add(faults, E_FIELD, "before", HASH_BYTES, (struct slice){0});
    else
        q->value = arena_copy(&q->arena, hash.p, hash.n);
}

static void take_signer(struct pairs_walk *w, struct question *q, struct faults *faults)
{
    struct slice signer = {0};
    if (!door_text(w, &signer, faults, SIGNER_BYTES))
        return;
    if (signer.n != SIGNER_BYTES)
        faults_add(faults, E_FIELD, "signer", SIGNER_BYTES, signer);
    else
        q->signer = arena_printf(&q->arena, SLICE_FMT, SLICE_ARG(signer)).p;
}

void verify_serve(struct door *d, const struct request *r)
{
    struct question *q = question_new(QUESTION_VERIFY);
    struct faults faults = {0};
    q->signer = d->signer[0] != '\0' ? d->signer : NULL;
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "from"))
            door_uint(&w, &q->seq, &faults);
        else if (slice_is(w.name, "upto"))
            door_uint(&w, &q->upto, &faults);
        else if (slice_is(w.name, "before"))
            take_hash(&w, q, &faults);
        else if (slice_is(w.name, "signer"))
            take_signer(&w, q, &faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    if (q->upto != 0 && q->upto < q->seq)
        faults_add(&faults, E_RANGE, "upto", 0, (struct slice){0});
    if (faults.count > 0) {
        door_refuse(d, r, faults_worst(&faults), &faults);
        question_free(&q);
        return;
    }
    door_ask(d, r, q);
}

void head_serve(struct door *d, const struct request *r)
{
    struct faults faults = {0};
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    if (faults.count > 0)
        door_refuse(d, r, faults_worst(&faults), &faults);
    else
        door_ask(d, r, question_new(QUESTION_HEAD));
}
