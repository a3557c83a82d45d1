/* SUBMIT: a list of events becomes an errand. An errand of emergencies alone takes the urgent lane;
 * an importer never does. */
#include "door.h"
#include "gate.h"
#include "proto/event.h"
#include "proto/frame.h"
#include "proto/stamp.h"

#define EVENTS_MAX 256u

struct submission {
    uint32_t count;      /* events in the list */
    struct slice events; /* the array's bytes */
    int64_t sent_at;
    bool urgent;
};

/* The event the reader stands before; it is looked at no further than to its kind. */
static bool is_emergency(struct reader r)
{
    if (reader_peek(&r) != PACK_MAP)
        return false;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        if (slice_is(reader_str(&r), "kind") && reader_peek(&r) == PACK_STR)
            return words_find(WORDS_KIND, reader_str(&r)) == KIND_EMERGENCY;
        reader_skip(&r);
    }
    return false;
}

bool submit_is_bulk(const struct parcel *parcel)
{
    struct frame frame;
    if (parcel->frames != 1 || !frame_read(parcel->bytes.p, parcel->bytes.n, &frame) ||
        frame.code != VERB_SUBMIT)
        return false;
    struct slice body = {parcel->bytes.p + FRAME_BYTES, parcel->bytes.n - FRAME_BYTES};
    for (struct pairs_walk w = door_pairs(body); door_next(&w);) {
        if (!slice_is(w.name, "events") || reader_peek(&w.r) != PACK_ARRAY)
            reader_skip(&w.r);
        else
            return reader_array(&w.r) == 0 || !is_emergency(w.r);
    }
    return false;
}

static void take_events(struct pairs_walk *w, struct submission *s, struct faults *faults)
{
    if (reader_peek(&w->r) != PACK_ARRAY) {
        reader_skip(&w->r);
        return;
    }
    struct reader ahead = w->r;
    s->events = reader_skip(&w->r);
    s->count = reader_array(&ahead);
    s->urgent = s->count > 0;
    if (s->count > EVENTS_MAX)
        faults_add(faults, E_LIMIT, "events", EVENTS_MAX, (struct slice){0});
    for (uint32_t i = 0; i < s->count && s->urgent; i++) {
        s->urgent = is_emergency(ahead);
        if (i + 1 < s->count)
            reader_skip(&ahead);
    }
}

static void read_submission(const struct request *r, struct submission *s, struct faults *faults)
{
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "events"))
            take_events(&w, s, faults);
        else if (slice_is(w.name, "sent_at"))
            door_time(&w, &s->sent_at, faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, faults);
    }
    if (s->count == 0)
        faults_add(faults, E_FIELD, "events", EVENTS_MAX, (struct slice){0});
    if (r->source.n == 0)
        faults_add(faults, E_SOURCE, "source", SOURCE_MAX_BYTES, (struct slice){0});
}

static struct event_rules rules_for(struct door *d, const struct request *r, int64_t sent_at)
{
    const struct city_settings *s = city_settings(d->city);
    struct event_rules rules = {.now_us = clock_now(d->clock),
                                .sent_us = sent_at,
                                .late_after_us = s->late_after_us,
                                .importer = r->who.role == ROLE_IMPORTER,
                                .registered = r->who.registered};
    rules.has_bounds = city_bounds(d->city, &rules.south, &rules.west, &rules.north, &rules.east);
    return rules;
}

/* An event of the wrong time that is otherwise fine may be the repeat of one that came in time, or
 * before the sender's clock was put right. */
static bool time_alone(const struct faults *faults)
{
    for (uint32_t i = 0; i < faults->count && i < FAULTS_MAX; i++)
        if (faults->at[i].verdict != E_TIME_STALE && faults->at[i].verdict != E_TIME_FUTURE)
            return false;
    return faults->count > 0;
}

static void decode(struct proposal *p, struct reader *r, const struct event_rules *rules,
                   struct arena *arena, struct faults *faults)
{
    struct event *e = arena_alloc(arena, sizeof *e);
    p->entry.what = ENTRY_EVENT;
    p->event = e;
    p->verdict = event_decode(r, rules, arena, e, faults);
    p->entry.unless_known = time_alone(faults) ? p->verdict : V_DONE;
    if (e->sent_at == 0)
        e->sent_at = rules->sent_us;
    if (faults->count > 0 && p->verdict != V_DONE) {
        p->faults = arena_alloc(arena, sizeof *p->faults);
        *p->faults = *faults;
    }
    if (p->entry.unless_known != V_DONE)
        p->verdict = V_DONE;
}

void submit_serve(struct door *d, const struct request *r)
{
    struct submission s = {0};
    d->faults.count = 0;
    read_submission(r, &s, &d->faults);
    if (d->faults.count > 0) {
        door_refuse(d, r, faults_worst(&d->faults), &d->faults);
        return;
    }
    bool poc = s.urgent && r->who.role == ROLE_OPERATOR;
    if (!poc && !gate_hold(d->gate, r->source, r->body.n, r->who.quota.in_flight_bytes)) {
        d->counters->at[COUNT_SHED_BULK]++;
        door_refuse(d, r, E_BUSY, NULL);
        return;
    }
    enum lane lane = s.urgent && r->who.role != ROLE_IMPORTER ? LANE_URGENT : LANE_BULK;
    struct arena *arena = pipeline_arena(d->pipeline, lane, s.count);
    struct slice events = arena_copy(arena, s.events.p, s.events.n),
                 source = arena_copy(arena, r->source.p, r->source.n);
    struct errand *errand = pipeline_errand(d->pipeline, lane, &r->to, VERB_SUBMIT, s.count);
    errand->charged = poc ? 0 : r->body.n;
    struct event_rules rules = rules_for(d, r, s.sent_at);
    struct reader reader = reader_over(events.p, events.n);
    reader_array(&reader);
    for (uint32_t i = 0; i < s.count; i++) {
        struct proposal *p = pipeline_proposal(d->pipeline, errand, i, d->city, &r->who, source);
        decode(p, &reader, &rules, arena, &d->faults);
        pipeline_run(d->pipeline, p);
    }
    pipeline_enter(d->pipeline, errand);
}
