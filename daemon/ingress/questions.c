/* GET and LIST: read the wish, ask, and send what query found. */
#include "ask.h"
#include "daemon/base/log.h"
#include "door.h"
#include "gate.h"
#include "proto/frame.h"

#define LIST_LIMIT 50u
#define QUESTION_COST 65536u /* of the bytes an identity may have in flight: a small answer */
#define ASKED_MAX 1024u      /* questions unanswered at one time */

/* Who asked, kept with the question until its answer. */
struct asker {
    struct door *door;
    struct request request;
};

static void pass_on(void *self, struct question *q)
{
    struct asker *a = self;
    struct door *d = a->door;
    d->counters->at[COUNT_QUESTIONS]++;
    door_answered(d, &a->request);
    if (q->damaged != 0)
        log_message(MESSAGE_DAMAGED,
                    "entry %llu of the journal is damaged; an answer said so; restore a backup",
                    (unsigned long long)q->damaged);
    if (q->views_damaged) {
        log_message(
            MESSAGE_DAMAGED,
            "a row of the views is damaged; an answer said so; restart siagad: it makes them "
            "again");
        d->condemn(d->self);
    }
    if (q->verdict == V_DONE)
        ack_answer_bytes(d->ack, &a->request.to, q->body);
    else
        door_refuse(d, &a->request, q->verdict, NULL);
    question_free(&q);
}

/* Bounded, so that those who only ask can neither fill the memory nor the way to the query thread.
 */
void door_answered(struct door *d, const struct request *r)
{
    d->asked--;
    gate_release(d->gate, r->source, QUESTION_COST);
}

void door_ask_for(struct door *d, const struct request *r, struct question *q,
                  void (*answered)(void *, struct question *), void *self)
{
    q->now_us = clock_now(d->clock);
    q->role = r->who.role;
    bool room = d->asked < ASKED_MAX;
    if (!room || !gate_hold(d->gate, r->source, QUESTION_COST, r->who.quota.in_flight_bytes)) {
        d->counters->at[COUNT_SHED_QUESTIONS]++;
        door_refuse(d, r, E_BUSY, NULL);
        question_free(&q);
        return;
    }
    d->asked++;
    q->self = self;
    q->answered = answered;
    ask_put(d->ask, q, !q->log_alone);
}

void door_ask(struct door *d, const struct request *r, struct question *q)
{
    struct asker *a = arena_alloc(&q->arena, sizeof *a);
    a->door = d;
    a->request = *r;
    a->request.body = (struct slice){0};
    a->request.source = arena_copy(&q->arena, r->source.p, r->source.n);
    door_ask_for(d, r, q, pass_on, a);
}

static void refuse(struct door *d, const struct request *r, const struct faults *faults,
                   struct question *q)
{
    door_refuse(d, r, faults_worst(faults), faults);
    question_free(&q);
}

void get_serve(struct door *d, const struct request *r)
{
    struct question *q = question_new(QUESTION_GET);
    struct faults faults = {0};
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "ticket"))
            door_ticket(&w, &q->ticket, &faults);
        else if (slice_is(w.name, "case"))
            door_uint(&w, &q->seq, &faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, &faults);
    }
    if ((q->ticket.kind == 0) == (q->seq == 0) && faults.count == 0)
        faults_add(&faults, E_FIELD, "ticket", 0, (struct slice){0});
    door_sight(r, &q->filter, &q->arena);
    if (faults.count > 0)
        refuse(d, r, &faults, q);
    else
        door_ask(d, r, q);
}

/* What LIST asks for, as it is read. */
struct listing {
    struct question *q;
    struct filter filter;
    struct where where;
    bool has_where, open;
    uint64_t limit;
};

/* One pair of LIST that is not part of the filter; false: unknown. */
static bool take_list_pair(struct pairs_walk *w, struct listing *l, struct arena *arena,
                           struct faults *faults)
{
    struct question *q = l->q;
    if (slice_is(w->name, "since"))
        door_time(w, &q->since_us, faults);
    else if (slice_is(w->name, "until"))
        door_time(w, &q->until_us, faults);
    else if (slice_is(w->name, "open"))
        door_flag(w, &l->open, faults);
    else if (slice_is(w->name, "reverse"))
        door_flag(w, &q->reverse, faults);
    else if (slice_is(w->name, "count"))
        door_flag(w, &q->count, faults);
    else if (slice_is(w->name, "limit"))
        door_uint(w, &l->limit, faults);
    else if (slice_is(w->name, "explain"))
        door_flag(w, &q->explain, faults);
    else if (slice_is(w->name, "after"))
        door_uint(w, &q->seq, faults);
    else if (slice_is(w->name, "counted_to"))
        door_uint(w, &q->counted_to, faults);
    else if (slice_is(w->name, "as_of"))
        door_uint(w, &q->as_of, faults);
    else if (slice_is(w->name, "as_of_time"))
        door_time(w, &q->as_of_us, faults);
    else if (slice_is(w->name, "source"))
        reader_skip(&w->r);
    else if (slice_is(w->name, "where")) {
        where_take(&l->where, &w->r, arena, faults);
        l->has_where = true;
    } else
        return false;
    return true;
}

struct known {
    struct door *door;
    struct faults *faults;
};

static void known_skpd(void *self, struct slice name)
{
    struct known *k = self;
    if (city_skpd(k->door->city, name) == NULL)
        faults_add(k->faults, E_CATEGORY, "skpd", 0, name);
}

static void known_kecamatan(void *self, struct slice name)
{
    struct known *k = self;
    if (!city_kecamatan(k->door->city, name))
        faults_add(k->faults, E_FIELD, "kecamatan", 0, name);
}

/* Names of the city, and what the role may ask for at all. The expression becomes the question's.
 */
static void judge_listing(struct door *d, const struct request *r, struct listing *l,
                          struct faults *faults)
{
    struct question *q = l->q;
    struct known known = {d, faults};
    struct where whole =
        where_with_filter(l->has_where ? &l->where : NULL, &l->filter, l->open, &d->arena);
    where_each(&whole, WHERE_SKPD, known_skpd, &known);
    where_each(&whole, WHERE_HELPER, known_skpd, &known);
    where_each(&whole, WHERE_KECAMATAN, known_kecamatan, &known);
    if (where_number(&whole) > WHERE_LEAVES_MAX)
        faults_add(faults, E_LIMIT, "where", WHERE_LEAVES_MAX, (struct slice){0});
    const struct where *denied = where_denied(&whole, r->who.role);
    if (denied != NULL)
        faults_add(faults, E_ROLE, where_name((enum where_what)denied->what), 0, (struct slice){0});
    if (l->limit == 0 || l->limit > r->who.quota.rows)
        faults_add(faults, E_RANGE, "limit", r->who.quota.rows, (struct slice){0});
    if (faults->count == 0)
        q->where = where_copy(&whole, &q->arena);
}

void list_serve(struct door *d, const struct request *r)
{
    struct faults faults = {0};
    struct filter sight = {0};
    struct listing l = {.q = question_new(QUESTION_LIST), .limit = LIST_LIMIT};
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);)
        if (!filter_take(&l.filter, w.name, &w.r, &d->arena, &faults) &&
            !take_list_pair(&w, &l, &d->arena, &faults))
            door_unknown(&w, &faults);
    judge_listing(d, r, &l, &faults);
    if (faults.count > 0) {
        refuse(d, r, &faults, l.q);
        return;
    }
    l.q->limit = (uint32_t)l.limit;
    door_sight(r, &sight, &d->arena);
    filter_copy(&l.q->filter, &sight, &l.q->arena);
    door_ask(d, r, l.q);
}
