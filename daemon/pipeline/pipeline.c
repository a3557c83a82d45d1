/* A proposal walks the stages of its kind; what is still standing joins the gathering batch of its
 * lane. When the inbox is dry the batch goes to the journal, one in flight in each lane, the next
 * one gathering meanwhile; when it comes back, settle.c tells everybody. */
#include "pipeline.h"

#include <sodium.h>
#include <stdlib.h>

#include "house.h"
#include "proto/frame.h"

#define URGENT_RECENT_US 1000000ll /* emergencies come: one within the last second */
#define BULK_DISTANCE_US 20000ll   /* between two launches of bulk batches meanwhile */
#define SETTLE_AT_ONCE 64u         /* answers of a bulk batch before others have their turn */

static stage_fn *const EVENT_STAGES[] = {quota_stage, digest_stage, admit_event_stage,
                                         route_stage, seal_stage,   NULL};
static stage_fn *const MOVE_STAGES[] = {quota_stage, digest_stage, admit_move_stage, seal_stage,
                                        NULL};

static stage_fn *const WORK_STAGES[] = {quota_stage, digest_stage, admit_work_stage, seal_stage,
                                        NULL};
static stage_fn *const TRUST_STAGES[] = {quota_stage, digest_stage, admit_trust_stage, seal_stage,
                                         NULL};
static stage_fn *const OWN_STAGES[] = {quota_stage, digest_stage, seal_stage, NULL};

static stage_fn *const *const STAGES[ENTRY_COUNT] = {
    [ENTRY_EVENT] = EVENT_STAGES, [ENTRY_MOVE] = MOVE_STAGES,    [ENTRY_RECLASS] = MOVE_STAGES,
    [ENTRY_WORK] = WORK_STAGES,   [ENTRY_ALARM] = OWN_STAGES,    [ENTRY_CLOCK] = OWN_STAGES,
    [ENTRY_HEAD] = OWN_STAGES,    [ENTRY_ACCESS] = OWN_STAGES,   [ENTRY_READ] = TRUST_STAGES,
    [ENTRY_ERASE] = TRUST_STAGES, [ENTRY_PUBLIC] = TRUST_STAGES, [ENTRY_HOLD] = TRUST_STAGES,
    [ENTRY_STORE] = OWN_STAGES,
};

void pipeline_run(struct pipeline *p, struct proposal *proposal)
{
    if (proposal->verdict != V_DONE && proposal->event != NULL)
        admit_also(proposal);
    for (stage_fn *const *stage = STAGES[proposal->entry.what];
         *stage != NULL && proposal->verdict == V_DONE; stage++)
        proposal->verdict = (*stage)(p, proposal);
    if (proposal->verdict != V_DONE) {
        proposal->errand->decided++;
        return;
    }
    batch_add(proposal->errand->batch, proposal);
    p->waiting++;
}

static void send_batch(struct pipeline *p, enum lane lane)
{
    struct lane_state *l = &p->lane[lane];
    struct batch *b = l->first;
    batch_seal(b, lane);
    if (journal_append(p->journal, &b->group) != J_OK)
        return;
    l->in_flight = b;
    l->first = b->next;
    if (l->first == NULL)
        l->last = NULL;
}

/* While emergencies come, bulk commits keep a distance, so that the disk is free in between: an
 * emergency then seldom waits for more than its own. Without emergencies nothing is held back. */
static bool held_back(const struct pipeline *p, enum lane lane, const struct batch *b)
{
    int64_t now = clock_mono(p->parts.clock);
    return lane == LANE_BULK && now - p->launched_us[LANE_URGENT] < URGENT_RECENT_US &&
           now - p->launched_us[LANE_BULK] < BULK_DISTANCE_US && b->group.count < BATCH_ENTRIES / 2;
}

/* Returns whether a batch was held back. */
static bool launch_lane(struct pipeline *p, enum lane lane)
{
    struct batch *b = p->lane[lane].first;
    if (b == NULL)
        return false;
    if (b->group.count == 0) { /* all that is in it was refused and answered */
        batch_clear(b);
        return false;
    }
    if (p->lane[lane].in_flight != NULL)
        return false;
    if (held_back(p, lane, b))
        return true;
    p->launched_us[lane] = clock_mono(p->parts.clock);
    send_batch(p, lane);
    return false;
}

void pipeline_enter(struct pipeline *p, struct errand *e)
{
    p->parts.counters->at[COUNT_RECEIVED] += e->count;
    if (e->decided == e->count)
        settle_errand(p, e);
    else if (e->batch == p->lane[LANE_URGENT].first)
        launch_lane(p, LANE_URGENT);
}

bool pipeline_launch(struct pipeline *p)
{
    launch_lane(p, LANE_URGENT);
    return launch_lane(p, LANE_BULK);
}

static void recycle(struct pipeline *p, struct batch *b)
{
    batch_clear(b);
    b->next = p->free;
    p->free = b;
}

static void check_room(struct pipeline *p)
{
    journal_state(p->journal, &p->known);
    p->full = p->known.used_percent + p->reserve_percent >= 100;
}

/* A large bulk batch is told in parts, so that an emergency does not wait for four thousand
 * answers. */
static void queue_settling(struct pipeline *p, struct batch *b)
{
    b->next = NULL;
    *p->settling_end = b;
    p->settling_end = &b->next;
}

bool pipeline_settle(struct pipeline *p)
{
    struct batch *b = p->settling;
    if (b == NULL)
        return false;
    uint32_t to = p->told + SETTLE_AT_ONCE;
    if (to > b->group.count)
        to = b->group.count;
    settle_some(p, b, p->told, to);
    p->told = to;
    if (to == b->group.count) {
        p->settling = b->next;
        if (p->settling == NULL)
            p->settling_end = &p->settling;
        p->told = 0;
        p->waiting -= b->group.count;
        recycle(p, b);
    }
    return p->settling != NULL;
}

void pipeline_settled(void *pipeline, struct jgroup *group)
{
    struct pipeline *p = pipeline;
    check_room(p);
    p->commits = group->commits;
    window_note(&p->recent, &p->commits, group->longest_us, clock_mono(p->parts.clock));
    if (group->rc == J_BROKEN) {
        p->parts.broken(p->parts.self, &group->err);
        return;
    }
    if (group == &p->hurry || group == &p->pulse) {
        *(group == &p->hurry ? &p->hurrying : &p->pulsing) = false;
    } else {
        struct batch *b = group->tag;
        p->lane[group->lane].in_flight = NULL;
        if (group->lane == LANE_URGENT) {
            settle_some(p, b, 0, group->count);
            p->waiting -= group->count;
            recycle(p, b);
        } else {
            queue_settling(p, b);
        }
    }
    p->parts.views_moved(p->parts.self, group->views_at);
    pipeline_launch(p);
}

/* ---- gathering ---- */

static struct batch *fresh_batch(struct pipeline *p)
{
    struct batch *b = p->free;
    if (b == NULL)
        return batch_new();
    p->free = b->next;
    b->next = NULL;
    return b;
}

static struct batch *open_batch(struct pipeline *p, enum lane lane, uint32_t entries)
{
    struct lane_state *l = &p->lane[lane];
    if (l->last != NULL && batch_fits(l->last, entries))
        return l->last;
    struct batch *b = fresh_batch(p);
    if (l->last == NULL)
        l->first = b;
    else
        l->last->next = b;
    l->last = b;
    return b;
}

struct arena *pipeline_arena(struct pipeline *p, enum lane lane, uint32_t count)
{
    return &open_batch(p, lane, count)->arena;
}

struct errand *pipeline_errand(struct pipeline *p, enum lane lane, const struct ack_to *to,
                               uint8_t verb, uint32_t count)
{
    struct batch *b = open_batch(p, lane, count);
    struct errand *e = arena_alloc(&b->arena, sizeof *e);
    *e = (struct errand){.to = *to, .verb = verb, .count = count, .batch = b, .next = b->errands};
    e->proposals = arena_alloc(&b->arena, count * sizeof *e->proposals);
    b->errands = e;
    return e;
}

struct errand *pipeline_own_errand(struct pipeline *p, void (*told)(void *, struct errand *),
                                   void *self)
{
    struct ack_to nobody = {.rid = 0};
    struct errand *e = pipeline_errand(p, LANE_URGENT, &nobody, 0, 1);
    e->told = told;
    e->self = self;
    return e;
}

struct arena *pipeline_errand_arena(struct errand *e)
{
    return &e->batch->arena;
}

struct proposal *pipeline_proposal(struct pipeline *p, struct errand *e, uint32_t place,
                                   struct city *city, const struct person_role *who,
                                   struct slice source)
{
    struct proposal *new = arena_alloc(&e->batch->arena, sizeof *new);
    new->errand = e;
    new->city = city;
    new->who = *who;
    new->entry.at_us = clock_now(p->parts.clock);
    new->entry.source = source;
    new->entry.role = who->role;
    new->entry.node = slice_from(p->parts.identity->node);
    new->entry.boot = p->parts.identity->boot;
    e->proposals[place] = new;
    return new;
}

/* ---- what others ask of it ---- */

uint64_t pipeline_head(const struct pipeline *p)
{
    return p->known.head;
}

uint32_t pipeline_waiting(const struct pipeline *p)
{
    return p->waiting;
}

int64_t pipeline_silent_us(const struct pipeline *p)
{
    return p->silent_us;
}

uint64_t pipeline_views_at(const struct pipeline *p)
{
    return p->known.views_at;
}

void pipeline_state(const struct pipeline *p, struct jstate *ret_state)
{
    *ret_state = p->known;
}

void pipeline_look(struct pipeline *p)
{
    check_room(p);
}

void pipeline_hurry_views(struct pipeline *p)
{
    if (p->hurrying)
        return;
    p->hurry = (struct jgroup){.lane = LANE_URGENT, .commit_views = true};
    p->hurrying = journal_append(p->journal, &p->hurry) == J_OK;
}

int64_t pipeline_pulse(struct pipeline *p)
{
    int64_t now = clock_mono(p->parts.clock);
    p->silent_us = !p->pulsing ? 0 : now > p->pulsed_us ? now - p->pulsed_us : 1;
    if (p->pulsing)
        return p->silent_us;
    p->pulse = (struct jgroup){.lane = LANE_URGENT};
    p->pulsed_us = now;
    p->pulsing = journal_append(p->journal, &p->pulse) == J_OK;
    return 0;
}

int64_t pipeline_commits(const struct pipeline *p, struct histogram *ret_all,
                         struct histogram *ret_recent)
{
    *ret_all = p->commits;
    return window_read(&p->recent, &p->commits, ret_recent);
}

void pipeline_stop(struct pipeline *p)
{
    p->stopping = true;
}

bool pipeline_idle(const struct pipeline *p)
{
    return p->waiting == 0 && !p->hurrying;
}

struct pipeline *pipeline_new(const struct pipeline_parts *parts)
{
    struct pipeline *p = calloc(1, sizeof *p);
    if (p == NULL)
        abort();
    p->parts = *parts;
    p->quota = quota_new();
    p->salt_used = SALT_POOL_BYTES;
    for (int lane = 0; lane < LANES; lane++)
        p->launched_us[lane] = INT64_MIN / 2;
    p->settling_end = &p->settling;
    return p;
}

void pipeline_use(struct pipeline *p, struct journal *journal, unsigned reserve_percent)
{
    p->journal = journal;
    p->reserve_percent = reserve_percent;
    check_room(p);
}

static void free_batches(struct batch *b)
{
    while (b != NULL) {
        struct batch *next = b->next;
        batch_free(&b);
        b = next;
    }
}

void pipeline_free(struct pipeline **p)
{
    if (*p == NULL)
        return;
    (*p)->parts.counters->at[COUNT_DROPPED] += (*p)->waiting;
    for (int lane = 0; lane < LANES; lane++) {
        free_batches((*p)->lane[lane].first);
        free_batches((*p)->lane[lane].in_flight);
    }
    free_batches((*p)->settling);
    free_batches((*p)->free);
    quota_free(&(*p)->quota);
    free(*p);
    *p = NULL;
}
