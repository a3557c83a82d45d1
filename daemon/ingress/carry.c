/* BACKUP and EXPORT: what leaves siagad whole, a slice at a time. Nothing is remembered between two
 * slices: the client says where to go on. */
#include "door.h"

#define PLACE_BYTES 256u

static void ask_or_refuse(struct door *d, const struct request *r, struct question *q,
                          const struct faults *faults)
{
    if (faults->count == 0) {
        door_ask(d, r, q);
        return;
    }
    door_refuse(d, r, faults_worst(faults), faults);
    question_free(&q);
}

/* The file is as secret as the store: it does not leave over the network. */
void backup_serve(struct door *d, const struct request *r)
{
    struct faults faults = {0};
    struct slice place = {0};
    if (!r->local) {
        door_refuse(d, r, E_ROLE, NULL);
        return;
    }
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "place"))
            door_text(&w, &place, &faults, PLACE_BYTES);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    struct question *q = question_new(QUESTION_BACKUP);
    q->value = arena_copy(&q->arena, place.p, place.n);
    q->erasures = d->erasures;
    q->log_alone = true;
    ask_or_refuse(d, r, q, &faults);
}

void export_serve(struct door *d, const struct request *r)
{
    struct faults faults = {0};
    struct question *q = question_new(QUESTION_EXPORT);
    q->log_alone = true;
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "from"))
            door_uint(&w, &q->seq, &faults);
        else if (slice_is(w.name, "upto"))
            door_uint(&w, &q->upto, &faults);
        else if (slice_is(w.name, "began"))
            door_uint(&w, &q->began, &faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    if (q->seq == 0 || (q->upto != 0 && q->upto < q->seq - 1))
        faults_add(&faults, E_RANGE, q->seq == 0 ? "from" : "upto", 0, (struct slice){0});
    if (q->began > q->seq)
        faults_add(&faults, E_RANGE, "began", 0, (struct slice){0});
    ask_or_refuse(d, r, q, &faults);
}
