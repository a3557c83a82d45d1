/* DUE and DEAD: what will be late, and what failed too often. */
#include "door.h"

#define DUE_LIMIT 100u
#define LIMIT_TEXT_BYTES 16u

void due_serve(struct door *d, const struct request *r)
{
    struct question *q = question_new(QUESTION_DUE);
    struct faults faults = {0};
    struct filter f = {0};
    struct slice within = {0};
    uint64_t limit = DUE_LIMIT;
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (filter_take(&f, w.name, &w.r, &d->arena, &faults))
            continue;
        if (slice_is(w.name, "within"))
            door_text(&w, &within, &faults, LIMIT_TEXT_BYTES);
        else if (slice_is(w.name, "limit"))
            door_uint(&w, &limit, &faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    if (limit == 0 || limit > r->who.quota.rows)
        faults_add(&faults, E_RANGE, "limit", r->who.quota.rows, (struct slice){0});
    if (!city_limit_valid(within))
        faults_add(&faults, E_FIELD, "within", 0, within);
    door_known_only(d, &f, &faults);
    door_sight(r, &f, &d->arena);
    if (faults.count > 0) {
        door_refuse(d, r, faults_worst(&faults), &faults);
        question_free(&q);
        return;
    }
    q->limit = (uint32_t)limit;
    q->until_us = city_after(d->city, NULL, within, clock_now(d->clock));
    filter_copy(&q->filter, &f, &q->arena);
    door_ask(d, r, q);
}

void dead_serve(struct door *d, const struct request *r)
{
    struct question *q = question_new(QUESTION_DEAD);
    struct faults faults = {0};
    struct slice skpd = {0};
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "skpd"))
            door_text(&w, &skpd, &faults, LIMIT_TEXT_BYTES * 2);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    if (skpd.n > 0 && city_skpd(d->city, skpd) == NULL)
        faults_add(&faults, E_CATEGORY, "skpd", 0, skpd);
    q->filter.own = arena_copy(&q->arena, skpd.p, skpd.n);
    door_sight(r, &q->filter, &q->arena);
    if (faults.count > 0) {
        door_refuse(d, r, faults_worst(&faults), &faults);
        question_free(&q);
        return;
    }
    door_ask(d, r, q);
}
