/* The stages that say no: quota, and what may come in. */
#include "house.h"
#include "daemon/views/moves.h"
#include "proto/stamp.h"
#include "proto/words.h"

#define BUSY_WAIT_S 1u
#define STOPPING_WAIT_S 2u
#define CLAIM_AHEAD_US (5 * STAMP_MINUTE) /* a field clock may run ahead so much */

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
    bool poc = emergency(proposal) && proposal->who.role == ROLE_OPERATOR;
    if (p->waiting >= waiting_max && !poc) {
        p->parts.counters->at[emergency(proposal) ? COUNT_SHED_EMERGENCIES : COUNT_SHED_BULK]++;
        return wait_for(proposal, E_BUSY, BUSY_WAIT_S);
    }
    if (p->full && proposal->entry.what == ENTRY_EVENT && !emergency(proposal))
        return wait_for(proposal, E_FULL, FULL_WAIT_S);
    if (proposal->errand->told != NULL) /* siagad's own: bounded by timers and desks */
        return V_DONE;
    uint32_t wait = quota_take(p->quota, proposal->entry.source, proposal->who.quota.per_minute,
                               clock_mono(p->parts.clock));
    if (wait == 0 || proposal->who.role == ROLE_IMPORTER || poc)
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
        if (c->proof)
            e->flags |= FLAG_PROOF_WANTED;
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

/* An instruction comes from above and says to whom; nothing else comes from a leader. */
static int check_instruction(struct proposal *p, const struct event *e)
{
    bool instruction = e->subkind == SUBKIND_INSTRUCTION;
    uint8_t role = p->who.role;
    if (instruction ? role != ROLE_LEADER && role != ROLE_OPERATOR : role == ROLE_LEADER)
        return E_ROLE;
    if (!instruction && e->asked.n == 0 && e->due_by == 0)
        return V_DONE;
    if (!instruction) {
        stages_fault(p, E_FIELD, e->asked.n > 0 ? "for" : "due_by", 0, e->asked);
        return E_FIELD;
    }
    if (e->asked.n == 0)
        stages_fault(p, E_FIELD, "for", 0, e->asked);
    else if (city_skpd(p->city, e->asked) == NULL)
        stages_fault(p, E_CATEGORY, "for", 0, e->asked);
    if (e->due_by != 0 && e->due_by <= p->entry.at_us)
        stages_fault(p, E_FIELD, "due_by", 0, (struct slice){0});
    return p->faults == NULL ? V_DONE : faults_worst(p->faults);
}

/* What an importer brings of its life elsewhere: each step after the one before, none ahead of now,
 * nothing without a receipt. A history that contradicts itself is no emergency to be bent: nobody
 * waits for it. */
static int check_past(struct proposal *p, struct event *e)
{
    const struct past *was = &e->past;
    const struct {
        const char *field;
        int64_t at_us;
        bool in_row; /* not before any of the steps above it */
    } steps[] = {
        {"was_received", was->received, true},     {"was_acknowledged", was->acknowledged, false},
        {"was_dispatched", was->dispatched, true}, {"was_en_route", was->en_route, true},
        {"was_on_scene", was->on_scene, true},     {"was_contained", was->contained, true},
        {"was_cleared", was->cleared, true},       {"was_resolved", was->resolved, true}};
    int64_t before = was->received;
    bool any = was->outcome != 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        any = any || steps[i].at_us != 0;
        if (steps[i].at_us == 0)
            continue;
        if (steps[i].at_us < before || steps[i].at_us > p->entry.at_us + CLAIM_AHEAD_US)
            stages_fault(p, E_TIME_ORDER, steps[i].field, 0, (struct slice){0});
        if (steps[i].in_row && steps[i].at_us > before)
            before = steps[i].at_us;
    }
    if (!any)
        return V_DONE;
    if (p->who.role != ROLE_IMPORTER)
        return E_ROLE;
    if (was->received == 0)
        stages_fault(p, E_FIELD, "was_received", 0, (struct slice){0});
    e->flags |= FLAG_HISTORIC | FLAG_LATE | (was->resolved == 0 ? FLAG_NO_END : 0);
    return p->faults == NULL ? V_DONE : faults_worst(p->faults);
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
    int instruction = check_instruction(proposal, e);
    if (instruction != V_DONE)
        return instruction;
    int past = check_past(proposal, e);
    if (past != V_DONE)
        return past;
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

/* ---- changes ---- */

static struct slice keep_name(struct proposal *p, const char *name)
{
    return arena_copy(&p->errand->batch->arena, name, strlen(name));
}

/* Who asks, and who gets what nobody wants: decided by the files of today, so it is written down.
 */
static void name_parties(struct proposal *p)
{
    struct entry *e = &p->entry;
    bool has_own = p->who.role == ROLE_HANDLER || p->who.role == ROLE_FIELD;
    const struct skpd *secretariat = city_secretariat(p->city);
    e->desk = keep_name(p, city_poc(p->city)->id);
    e->own = keep_name(p, has_own && p->who.skpd != NULL ? p->who.skpd : "");
    e->secretariat = keep_name(p, secretariat != NULL ? secretariat->id : "");
    if (p->who.drill)
        e->choices |= CHOICE_DRILL;
}

static void find_target(struct proposal *p)
{
    struct entry *e = &p->entry;
    if (e->parts_n == 0)
        return;
    const struct skpd *target = city_skpd(p->city, e->parts[0].skpd);
    if (target == NULL)
        stages_fault(p, E_CATEGORY, "target", 0, e->parts[0].skpd);
    else
        e->parts[0].outside = target->outside;
}

static void check_needs(struct proposal *p)
{
    const struct entry *e = &p->entry;
    unsigned needs = e->act != 0 ? moves_needs(e->act) : moves_needs_to(e->to);
    const struct {
        unsigned need;
        bool there;
        const char *field;
        int64_t limit;
    } wanted[] = {{MOVE_REASON, p->words.reason.n > 0, "reason", 64},
                  {MOVE_OUTCOME, e->outcome != 0, "outcome", 0},
                  {MOVE_TARGET, e->parts_n > 0, "target", 0},
                  {MOVE_INTO, e->into.kind != 0, "into", 0},
                  {MOVE_MILESTONE, e->milestone != 0, "milestone", 0}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if ((needs & wanted[i].need) && !wanted[i].there)
            stages_fault(p, E_FIELD, wanted[i].field, wanted[i].limit, (struct slice){0});
}

/* Times that follow from the city's files: how long a wait may last, when silence closes. */
static int64_t until_of(const struct proposal *p)
{
    static const struct {
        uint8_t act, to, waits;
    } ends[] = {{ACT_RESOLVE, STATE_RESOLVED, 0},
                {ACT_CANCEL, STATE_CANCELLED, 0},
                {ACT_REFUSE, 0, 0},
                {ACT_WAIT_REPORTER, STATE_WAITING_REPORTER, STATE_WAITING_REPORTER},
                {ACT_WAIT_THIRD_PARTY, STATE_WAITING_THIRD_PARTY, STATE_WAITING_THIRD_PARTY},
                {ACT_WAIT_BUDGET, STATE_WAITING_BUDGET, STATE_WAITING_BUDGET}};
    const struct entry *e = &p->entry;
    if (e->act == ACT_CLOSE || (e->act == 0 && e->to == STATE_CLOSED))
        return city_after(p->city, NULL, city_reopen_within(p->city), e->at_us);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (e->act != 0 ? e->act == ends[i].act : e->to == ends[i].to)
            return city_after(p->city, NULL,
                              ends[i].waits != 0 ? city_wait_cap(p->city, ends[i].waits)
                                                 : city_close_after(p->city),
                              e->at_us);
    return 0;
}

static void check_claim(struct proposal *p)
{
    struct entry *e = &p->entry;
    if (e->milestone == 0)
        return;
    if (e->claimed_us == 0)
        e->claimed_us = e->at_us;
    if (e->claimed_us > e->at_us + CLAIM_AHEAD_US)
        stages_fault(p, E_TIME_FUTURE, "at", 0, (struct slice){0});
}

int admit_move_stage(struct pipeline *p, struct proposal *proposal)
{
    (void)p;
    struct entry *e = &proposal->entry;
    name_parties(proposal);
    if (e->what == ENTRY_MOVE) {
        find_target(proposal);
        check_needs(proposal);
        check_claim(proposal);
        e->until_us = until_of(proposal);
    }
    return proposal->faults == NULL ? V_DONE : faults_worst(proposal->faults);
}

int admit_trust_stage(struct pipeline *p, struct proposal *proposal)
{
    (void)p;
    name_parties(proposal);
    return V_DONE;
}

/* Until when the lease is, or the item is put off; a failure's wait doubles with every failure,
 * which apply counts. */
static int64_t work_until(const struct proposal *p)
{
    const struct city_work *w = city_work(p->city);
    const struct entry *e = &p->entry;
    if (e->until_us != 0)
        return e->until_us;
    if (e->act == WORK_TAKE || e->act == WORK_EXTEND)
        return e->at_us + w->lease_us;
    if (e->act == WORK_FAIL || e->act == WORK_EXPIRE || e->act == WORK_LATER)
        return e->at_us + w->backoff_us;
    return 0;
}

int admit_work_stage(struct pipeline *p, struct proposal *proposal)
{
    (void)p;
    struct entry *e = &proposal->entry;
    bool wants_reason = e->act == WORK_FAIL || e->act == WORK_LATER || e->act == WORK_REQUEUE ||
                        e->act == WORK_DISCARD;
    name_parties(proposal);
    if (wants_reason && proposal->words.reason.n == 0)
        stages_fault(proposal, E_FIELD, "reason", 64, (struct slice){0});
    if (e->role == ROLE_SYSTEM)
        proposal->words.reason = (struct slice){0};
    e->reason = proposal->words.reason;
    e->attempts_max = (uint8_t)city_work(proposal->city)->attempts;
    e->until_us = work_until(proposal);
    return proposal->faults == NULL ? V_DONE : E_FIELD;
}
