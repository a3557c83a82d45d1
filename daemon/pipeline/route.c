/* Who owns an event, and what the city promised for it. Written into the event here, so that
 * applying it later needs no configuration. */
#include "house.h"
#include "proto/stamp.h"

static struct slice keep(struct proposal *p, const char *name)
{
    return arena_copy(&p->errand->batch->arena, name, strlen(name));
}

static void promise(struct proposal *p, const struct event *e, const struct route *route)
{
    /* Nobody has judged it yet: it is treated as severe until somebody does. */
    uint8_t severity = e->severity == SEVERITY_UNKNOWN ? SEVERITY_SEVERE : e->severity;
    struct target t;
    city_target(p->city, route->owner, e->kind, e->category, severity, p->entry.at_us, &t);
    if (!t.found)
        return;
    p->promise.ack_due = t.ack_due;
    p->promise.resolve_due = t.resolve_due;
    p->promise.working = t.working;
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
    entry->key = e->key;
    entry->day = stamp_day(entry->at_us, city_settings(p->city)->tz_offset_s);
    decide(p, e, &route);
    if (!route.found)
        e->flags |= FLAG_UNROUTED;
    entry->owner = keep(p, route.owner->id);
    entry->desk = keep(p, city_poc(p->city)->id);
    p->promise.helpers_n = route.helpers_n;
    for (unsigned i = 0; i < route.helpers_n; i++)
        p->promise.helpers[i] = route.helpers[i]->id;
    promise(p, e, &route);
    entry->flags |= e->flags;
    find_references(entry, e);
    return V_DONE;
}
