/* Who owns an event, and what the city promised for it. Written into the event here, so that
 * applying it later needs no configuration. */
#include "house.h"
#include "proto/stamp.h"

static struct slice keep(struct proposal *p, const char *name)
{
    return arena_copy(&p->errand->batch->arena, name, strlen(name));
}

static struct slice date_of(struct proposal *p, const struct target *t)
{
    char text[STAMP_BYTES];
    if (t->since[0] != '\0')
        return keep(p, t->since);
    stamp_date(p->entry.day, text);
    return keep(p, text);
}

/* When it came in: to siagad, or long ago to whoever recorded it. */
static int64_t received_at(const struct proposal *p, const struct event *e)
{
    return e->past.received != 0 ? e->past.received : p->entry.at_us;
}

/* What the city promised for one SKPD's part, with the words it used. */
static void promise(struct proposal *p, const struct event *e, const struct skpd *whose)
{
    struct entry_part *part = &p->entry.parts[p->entry.parts_n++];
    struct target t;
    part->skpd = keep(p, whose->id);
    part->outside = whose->outside;
    /* what an importer brings is over: nobody is to run */
    if (e->kind == KIND_EMERGENCY && p->who.role != ROLE_IMPORTER &&
        city_silence_us(p->city) != 0 && !whose->outside)
        part->silence_at = p->entry.at_us + city_silence_us(p->city);
    city_target(p->city, whose, e->kind, e->category, e->severity, received_at(p, e), &t);
    if (!t.found)
        return;
    part->ack_due = t.ack_due;
    part->resolve_due = t.resolve_due;
    part->working = t.working;
    part->judge = t.judge;
    part->ack_target = keep(p, t.ack);
    part->resolve_target = keep(p, t.resolve);
    if (p->promise.target_date.n == 0)
        p->promise.target_date = date_of(p, &t);
}

/* A superior names the SKPD and the day himself. */
static void instruct(const struct proposal *p, const struct event *e, struct route *ret_route)
{
    const struct skpd *asked = city_skpd(p->city, e->asked);
    ret_route->found = true;
    ret_route->helpers_n = 0;
    if (asked != NULL)
        ret_route->owner = asked;
}

static void instruct_until(struct entry_part *part, const struct event *e)
{
    if (e->due_by == 0)
        return;
    part->resolve_due = e->due_by;
    part->resolve_target = (struct slice){0};
    part->judge = 0;
    part->working = false;
}

static void find_references(struct entry *entry, const struct event *e)
{
    for (unsigned i = 0; i < e->refs_n; i++) {
        struct ticket t;
        if (e->refs[i].type >= REF_CAP) /* another system's number */
            continue;
        if (ticket_read(e->refs[i].id, &t) != TICKET_FINE)
            t = (struct ticket){0}; /* finds nothing, so apply says so */
        entry->refs[entry->refs_n++] = t;
    }
}

/* A category the city does not have, and anything but an emergency from outside the city, is the
 * POC's to judge. */
static void decide(const struct proposal *p, const struct event *e, struct route *ret_route)
{
    bool judged = (e->flags & FLAG_UNKNOWN_CATEGORY) ||
                  ((e->flags & FLAG_OUTSIDE_CITY) && e->kind != KIND_EMERGENCY);
    city_route(p->city, e->kind, judged ? SLICE_LIT("") : e->category, e->kecamatan, p->entry.day,
               ret_route);
}

/* The city says how long after it came in the public may hear of it; 0: not by itself. */
static int64_t public_at(const struct proposal *p, const struct event *e)
{
    int64_t after_us = city_public_after(p->city, e->category);
    bool old = p->who.role == ROLE_IMPORTER; /* yesterday's news */
    return after_us < 0 || old ? 0 : p->entry.at_us + after_us;
}

int route_stage(struct pipeline *pipeline, struct proposal *p)
{
    (void)pipeline;
    struct event *e = (struct event *)p->event;
    struct entry *entry = &p->entry;
    struct route route;
    entry->kind = e->kind;
    entry->severity = e->severity;
    entry->mode = e->mode;
    entry->call_class = e->call_class;
    entry->kecamatan = e->kecamatan;
    entry->visibility = e->visibility;
    entry->public_at = public_at(p, e);
    entry->key = e->key;
    entry->day = stamp_day(received_at(p, e), city_settings(p->city)->tz_offset_s);
    decide(p, e, &route);
    if (e->subkind == SUBKIND_INSTRUCTION)
        instruct(p, e, &route);
    if (!route.found)
        e->flags |= FLAG_UNROUTED;
    entry->owner = keep(p, route.owner->id);
    entry->desk = keep(p, city_poc(p->city)->id);
    promise(p, e, route.owner);
    for (unsigned i = 0; i < route.helpers_n && e->past.received == 0; i++)
        promise(p, e, route.helpers[i]);
    instruct_until(&entry->parts[0], e);
    entry->flags |= e->flags;
    find_references(entry, e);
    return V_DONE;
}
