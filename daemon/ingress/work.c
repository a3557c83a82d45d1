/* ATTACH and WORK: a desk opens, and says what became of its items; and the leases siagad takes in
 * a desk's name, which are entries like everything else. */
#include "work.h"

#include "door.h"
#include "proto/frame.h"

#define REASON_BYTES 64u
#define NOTE_BYTES 1000u
#define WORD_BYTES 32u
#define LEASE_MOST_S 3600u
#define CREDIT_MOST 64u

/* ---- ATTACH ---- */

struct wish {
    struct slice skpd;
    uint64_t credit, lease_s;
};

static void read_wish(const struct request *r, struct wish *wish, struct faults *faults)
{
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "skpd"))
            door_text(&w, &wish->skpd, faults, WORD_BYTES);
        else if (slice_is(w.name, "credit"))
            door_uint(&w, &wish->credit, faults);
        else if (slice_is(w.name, "lease_s"))
            door_uint(&w, &wish->lease_s, faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, faults);
    }
    if (wish->credit == 0 || wish->credit > CREDIT_MOST)
        faults_add(faults, E_RANGE, "credit", CREDIT_MOST, (struct slice){0});
    if (wish->lease_s > LEASE_MOST_S)
        faults_add(faults, E_RANGE, "lease_s", LEASE_MOST_S, (struct slice){0});
    if (r->source.n == 0)
        faults_add(faults, E_SOURCE, "source", SOURCE_MAX_BYTES, (struct slice){0});
}

void attach_serve(struct door *d, const struct request *r)
{
    struct wish wish = {.credit = 1};
    struct faults faults = {0};
    read_wish(r, &wish, &faults);
    struct slice own =
        slice_from(r->who.role == ROLE_HANDLER ? r->who.skpd : city_poc(d->city)->id);
    if (wish.skpd.n == 0)
        wish.skpd = own;
    if (city_skpd(d->city, wish.skpd) == NULL)
        faults_add(&faults, E_CATEGORY, "skpd", 0, wish.skpd);
    else if (r->who.role == ROLE_HANDLER && !slice_same(wish.skpd, own))
        faults_add(&faults, E_ROLE, "skpd", 0, wish.skpd);
    if (faults.count > 0) {
        door_refuse(d, r, faults_worst(&faults), &faults);
        return;
    }
    struct desk_wish desk = {.skpd = wish.skpd,
                             .source = r->source,
                             .role = r->who.role,
                             .credit = (uint32_t)wish.credit,
                             .lease_us = wish.lease_s != 0 ? (int64_t)wish.lease_s * 1000000
                                                           : city_work(d->city)->lease_us};
    int verdict = desk_open(d->desks, &r->to, &desk);
    if (verdict != V_DONE)
        door_refuse(d, r, verdict, &faults);
}

/* ---- WORK ---- */

struct said {
    struct ticket ticket;
    struct slice key, skpd, act, reason, note;
    uint64_t case_seq, attempt, wait_s, version;
};

static void read_said(const struct request *r, struct said *s, struct faults *faults)
{
    for (struct pairs_walk w = door_pairs(r->body); door_next(&w);) {
        if (slice_is(w.name, "key"))
            door_text(&w, &s->key, faults, KEY_MAX_BYTES);
        else if (slice_is(w.name, "ticket"))
            door_ticket(&w, &s->ticket, faults);
        else if (slice_is(w.name, "case"))
            door_uint(&w, &s->case_seq, faults);
        else if (slice_is(w.name, "skpd"))
            door_text(&w, &s->skpd, faults, WORD_BYTES);
        else if (slice_is(w.name, "act"))
            door_text(&w, &s->act, faults, WORD_BYTES);
        else if (slice_is(w.name, "reason"))
            door_text(&w, &s->reason, faults, REASON_BYTES);
        else if (slice_is(w.name, "note"))
            door_text(&w, &s->note, faults, NOTE_BYTES);
        else if (slice_is(w.name, "version"))
            door_uint(&w, &s->version, faults);
        else if (slice_is(w.name, "attempt"))
            door_uint(&w, &s->attempt, faults);
        else if (slice_is(w.name, "wait_s"))
            door_uint(&w, &s->wait_s, faults);
        else if (slice_is(w.name, "source"))
            reader_skip(&w.r);
        else
            door_unknown(&w, faults);
    }
}

/* What siagad does itself is nobody's to ask for. */
static bool askable(uint8_t act)
{
    return act != 0 && act != WORK_TAKE && act != WORK_EXPIRE;
}

static void check_said(const struct request *r, const struct said *s, uint8_t act,
                       struct faults *faults)
{
    if (!key_valid(s->key))
        faults_add(faults, E_FIELD, "key", KEY_MAX_BYTES, s->key);
    if ((s->ticket.kind == 0) == (s->case_seq == 0) && faults->count == 0)
        faults_add(faults, E_FIELD, "ticket", 0, (struct slice){0});
    if (!key_skpd_valid(s->skpd))
        faults_add(faults, E_FIELD, "skpd", 0, s->skpd);
    if (!askable(act))
        faults_add(faults, E_FIELD, "act", 0, s->act);
    if (act != WORK_REQUEUE && act != WORK_DISCARD && s->attempt == 0)
        faults_add(faults, E_FIELD, "attempt", 0, (struct slice){0});
    if (s->attempt > UINT32_MAX)
        faults_add(faults, E_RANGE, "attempt", UINT32_MAX, (struct slice){0});
    if (s->version > UINT32_MAX)
        faults_add(faults, E_RANGE, "version", UINT32_MAX, (struct slice){0});
    if (s->wait_s > LEASE_MOST_S)
        faults_add(faults, E_RANGE, "wait_s", LEASE_MOST_S, (struct slice){0});
    if (r->source.n == 0)
        faults_add(faults, E_SOURCE, "source", SOURCE_MAX_BYTES, (struct slice){0});
}

void work_serve(struct door *d, const struct request *r)
{
    struct said s = {0};
    struct faults faults = {0};
    read_said(r, &s, &faults);
    uint8_t act = words_find(WORDS_WORK, s.act);
    check_said(r, &s, act, &faults);
    if (faults.count > 0) {
        door_refuse(d, r, faults_worst(&faults), &faults);
        return;
    }
    struct arena *arena = pipeline_arena(d->pipeline, LANE_URGENT, 1);
    struct errand *errand = pipeline_errand(d->pipeline, LANE_URGENT, &r->to, r->verb, 1);
    struct proposal *p = pipeline_proposal(d->pipeline, errand, 0, d->city, &r->who,
                                           arena_copy(arena, r->source.p, r->source.n));
    struct entry *e = &p->entry;
    e->what = ENTRY_WORK;
    e->act = act;
    e->key = arena_copy(arena, s.key.p, s.key.n);
    e->ticket = s.ticket;
    e->case_seq = s.case_seq;
    e->task = arena_copy(arena, s.skpd.p, s.skpd.n);
    e->attempt = (uint32_t)s.attempt;
    e->version = (uint32_t)s.version;
    p->words.reason = arena_copy(arena, s.reason.p, s.reason.n);
    p->words.note = arena_copy(arena, s.note.p, s.note.n);
    int64_t lasts_us = (int64_t)s.wait_s * 1000000;
    if (lasts_us == 0 && act == WORK_EXTEND)
        lasts_us = desk_lease_us(d->desks, r->source, s.skpd);
    if (lasts_us != 0)
        e->until_us = e->at_us + lasts_us;
    pipeline_run(d->pipeline, p);
    pipeline_enter(d->pipeline, errand);
}

/* ---- leases siagad takes for a desk ---- */

static void taken(void *self, struct errand *errand)
{
    const struct proposal *p = errand->proposals[0];
    (void)self;
    desk_taken(p->token, p->verdict, p->entry.until_us);
}

void work_take(void *door, const struct desk_take *take)
{
    struct door *d = door;
    struct arena *arena = pipeline_arena(d->pipeline, LANE_URGENT, 1);
    struct errand *errand = pipeline_own_errand(d->pipeline, taken, d);
    struct person_role who = {.role = take->role, .skpd = ""};
    struct slice skpd = arena_copy(arena, take->skpd.p, take->skpd.n + 1);
    skpd.n--;
    if (take->role == ROLE_HANDLER)
        who.skpd = skpd.p;
    struct proposal *p = pipeline_proposal(d->pipeline, errand, 0, d->city, &who,
                                           arena_copy(arena, take->source.p, take->source.n));
    struct entry *e = &p->entry;
    p->token = take->token;
    e->what = ENTRY_WORK;
    e->act = WORK_TAKE;
    e->key = arena_printf(arena, "take.%llu.%u.%llu.%u", (unsigned long long)take->case_seq,
                          take->part, (unsigned long long)take->queued, take->attempt);
    e->case_seq = take->case_seq;
    e->task = skpd;
    e->attempt = take->attempt;
    e->until_us = e->at_us + take->lease_us;
    pipeline_run(d->pipeline, p);
    pipeline_enter(d->pipeline, errand);
}
