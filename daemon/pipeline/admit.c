/* The stages that say no: quota, and what may come in. */
#include "house.h"
#include "daemon/views/moves.h"
#include "proto/words.h"

#define FULL_WAIT_S 60u
#define BUSY_WAIT_S 1u
#define STOPPING_WAIT_S 2u

static bool emergency(const struct proposal *p)
{
    return p->event != NULL && p->event->kind == KIND_EMERGENCY;
}

struct fault *stages_fault(struct proposal *p, int verdict, const char *field, int64_t limit,
                           struct slice seen)
{
    if (p->faults == NULL)
        p->faults = arena_alloc(&p->errand->batch->arena, sizeof *p->faults);
    return faults_add(p->faults, verdict, field, limit, seen);
}

static int wait_for(struct proposal *p, int verdict, uint32_t seconds)
{
    p->wait_s = seconds;
    return verdict;
}

/* Emergencies pass the reserve and the rate; those of anybody but the POC are marked when they come
 * too fast. An importer brings what is old already: it is held back by the room alone. */
int quota_stage(struct pipeline *p, struct proposal *proposal)
{
    const struct city_settings *s = city_settings(proposal->city);
    uint32_t waiting_max = emergency(proposal) ? 2 * s->waiting_max : s->waiting_max;
    if (p->stopping)
        return wait_for(proposal, E_STOPPING, STOPPING_WAIT_S);
    if (p->waiting >= waiting_max)
        return wait_for(proposal, E_BUSY, BUSY_WAIT_S);
    if (p->full && proposal->entry.what == ENTRY_EVENT && !emergency(proposal))
        return wait_for(proposal, E_FULL, FULL_WAIT_S);
    uint32_t wait =
        quota_take(p->quota, proposal->entry.source, s->per_minute, clock_mono(p->parts.clock));
    if (wait == 0 || proposal->who.role == ROLE_IMPORTER ||
        (emergency(proposal) && proposal->who.role == ROLE_OPERATOR))
        return V_DONE;
    if (!emergency(proposal))
        return wait_for(proposal, E_RATE, wait);
    proposal->entry.flags |= FLAG_OVER_RATE;
    return V_DONE;
}

static int check_category(struct proposal *p, struct event *e)
{
    const struct category *c = city_category(p->city, e->category);
    if (c != NULL) {
        if (c->secret)
            e->visibility = VISIBILITY_SECRET;
        if (!e->severity_given && c->severity != 0 && e->kind != KIND_EMERGENCY)
            e->severity = c->severity;
        return V_DONE;
    }
    if (e->kind == KIND_EMERGENCY) {
        e->flags |= FLAG_UNKNOWN_CATEGORY;
        return V_DONE;
    }
    p->nearest_n = city_nearest_category(p->city, e->category, p->nearest);
    stages_fault(p, E_CATEGORY, "category", 0, e->category);
    return E_CATEGORY;
}

static int check_kecamatan(struct proposal *p, struct event *e)
{
    if (e->kecamatan.n == 0 || city_kecamatan(p->city, e->kecamatan))
        return V_DONE;
    if (e->kind == KIND_EMERGENCY) {
        e->kecamatan = (struct slice){0};
        e->flags |= FLAG_FIELD_DROPPED;
        return V_DONE;
    }
    p->nearest_n = city_nearest_kecamatan(p->city, e->kecamatan, p->nearest);
    stages_fault(p, E_FIELD, "kecamatan", 0, e->kecamatan);
    return E_FIELD;
}

/* Names of the city outlive no change of its files; what is kept of them is copied. */
static void keep_nearest(struct proposal *p)
{
    struct arena *a = &p->errand->batch->arena;
    for (unsigned i = 0; i < p->nearest_n; i++)
        p->nearest[i] = arena_copy(a, p->nearest[i], strlen(p->nearest[i]) + 1).p;
}

/* A category or kecamatan that the city does not know (any more) refuses a new event, but not the
 * repeat of one that was stored while it did: the journal decides. */
int admit_event_stage(struct pipeline *p, struct proposal *proposal)
{
    (void)p;
    struct event *e = (struct event *)proposal->event;
    if (e->source.n > 0 && !slice_same(e->source, proposal->entry.source)) {
        stages_fault(proposal, E_SOURCE, "source", 0, e->source);
        return E_SOURCE;
    }
    e->source = proposal->entry.source;
    if (proposal->who.drill && e->mode != MODE_EXERCISE) {
        stages_fault(proposal, E_MODE, "mode", 0, slice_from(words_wire(WORDS_MODE, e->mode)));
        return E_MODE;
    }
    int category = check_category(proposal, e), kecamatan = check_kecamatan(proposal, e);
    keep_nearest(proposal);
    if (proposal->entry.unless_known == V_DONE)
        proposal->entry.unless_known = category != V_DONE ? category : kecamatan;
    return V_DONE;
}

/* An event that its decoder refused hears of everything that is wrong with it, the names of the
 * city included. */
void admit_also(struct proposal *proposal)
{
    struct event *e = (struct event *)proposal->event;
    if (proposal->faults == NULL || e->kind == KIND_EMERGENCY)
        return;
    if (e->category.n > 0)
        check_category(proposal, e);
    check_kecamatan(proposal, e);
    keep_nearest(proposal);
    proposal->verdict = faults_worst(proposal->faults);
}

int admit_move_stage(struct pipeline *p, struct proposal *proposal)
{
    (void)p;
    const struct entry *e = &proposal->entry;
    enum move_needs needs = e->what == ENTRY_MOVE ? moves_needs(e->to) : MOVE_NEEDS_NOTHING;
    if (needs == MOVE_NEEDS_REASON && proposal->words.reason.n == 0)
        stages_fault(proposal, E_FIELD, "reason", 64, (struct slice){0});
    if (needs == MOVE_NEEDS_OUTCOME && proposal->words.outcome == 0)
        stages_fault(proposal, E_FIELD, "outcome", 0, (struct slice){0});
    const char *desk = proposal->who.role == ROLE_HANDLER ? proposal->who.skpd
                       : e->what == ENTRY_RECLASS         ? city_poc(proposal->city)->id
                                                          : "";
    proposal->entry.desk = arena_copy(&proposal->errand->batch->arena, desk, strlen(desk));
    return proposal->faults == NULL ? V_DONE : E_FIELD;
}
