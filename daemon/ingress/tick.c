#include "tick.h"

#include <stdlib.h>

#include "ask.h"
#include "daemon/base/log.h"
#include "promise.h"
#include "proto/stamp.h"

#define AT_ONCE 256u       /* timers served in one go */
#define SWEPT_AT_ONCE 24u  /* parts looked at in one go: what people ask waits for a millisecond */
#define RETRY_US 1000000ll /* after something could not be stored */
#define AHEAD_US 3600000000ll /* nothing known is due: look again within the hour */

struct tick {
    struct door *door;
    bool asking, again, sweeping;
    unsigned open;    /* proposals under way */
    int64_t next_us;  /* when something is due; 0: now */
    uint64_t swept;   /* last case of the sweep */
    int64_t swept_us; /* when it began: no two sweeps speak alike */
};

struct tick *tick_new(struct door *door)
{
    struct tick *t = calloc(1, sizeof *t);
    if (t == NULL)
        abort();
    t->door = door;
    return t;
}

void tick_free(struct tick **t)
{
    free(*t);
    *t = NULL;
}

int64_t tick_next_us(const struct tick *t)
{
    return t->asking || t->open > 0 ? 0 : t->next_us != 0 ? t->next_us : 1;
}

/* ---- proposals ---- */

static void told(void *self, struct errand *e)
{
    struct tick *t = self;
    const struct proposal *p = e->proposals[0];
    int64_t now = clock_now(t->door->clock);
    t->open--;
    if (p->verdict == V_DONE && !p->outcome->duplicate)
        return;
    /* It was overtaken (somebody acknowledged meanwhile), or could not be stored now. */
    if (p->verdict != E_STALE && p->verdict != E_STATE && p->verdict != E_LEASE)
        t->door->counters->at[COUNT_TIMERS_KEPT]++;
    if (t->next_us == 0 || t->next_us > now + RETRY_US)
        t->next_us = now + RETRY_US;
    t->again = false;
}

/* A proposal of siagad's about one part, for the timer that is due. */
static struct proposal *propose(struct tick *t, uint64_t case_seq, unsigned part, struct slice skpd,
                                uint8_t timer, int64_t at_us)
{
    struct door *d = t->door;
    struct arena *arena = pipeline_arena(d->pipeline, LANE_URGENT, 1);
    struct errand *errand = pipeline_own_errand(d->pipeline, told, t);
    struct person_role who = {.role = ROLE_SYSTEM, .registered = true, .skpd = ""};
    struct proposal *p =
        pipeline_proposal(d->pipeline, errand, 0, d->city, &who, SLICE_LIT(OWN_SOURCE));
    struct entry *e = &p->entry;
    e->case_seq = case_seq;
    e->task = arena_copy(arena, skpd.p, skpd.n);
    e->timer = timer;
    e->timer_at = at_us;
    e->key = arena_printf(arena, "timer.%u.%llu.%u.%llx", timer, (unsigned long long)case_seq, part,
                          (unsigned long long)at_us);
    return p;
}

static void enter(struct tick *t, struct proposal *p)
{
    t->open++;
    pipeline_run(t->door->pipeline, p);
    pipeline_enter(t->door->pipeline, p->errand);
}

/* ---- one function for each kind of timer ---- */

typedef void due_fn(struct tick *t, const struct due_part *d, struct proposal *p);

static void due_alarm(struct tick *t, const struct due_part *d, struct proposal *p)
{
    p->entry.what = ENTRY_ALARM;
    p->entry.act = ALARM_UNACKNOWLEDGED;
    promise_ladder(t->door->city, d, d->timer.at_us, &p->entry.level, &p->entry.until_us);
}

static void due_overdue(struct tick *t, const struct due_part *d, struct proposal *p)
{
    (void)t;
    (void)d;
    p->entry.what = ENTRY_ALARM;
    p->entry.act = ALARM_OVERDUE;
}

static void due_silence(struct tick *t, const struct due_part *d, struct proposal *p)
{
    (void)t;
    (void)d;
    p->entry.what = ENTRY_ALARM;
    p->entry.act = ALARM_SILENT;
}

static void due_cap(struct tick *t, const struct due_part *d, struct proposal *p)
{
    (void)t;
    (void)d;
    p->entry.what = ENTRY_MOVE;
    p->entry.act = ACT_RESUME;
    p->words.reason = SLICE_LIT("wait_cap");
}

static void due_close(struct tick *t, const struct due_part *d, struct proposal *p)
{
    (void)t;
    (void)d;
    p->entry.what = ENTRY_MOVE;
    p->entry.act = ACT_CLOSE;
    p->words.reason = SLICE_LIT("silence");
}

static void due_lease(struct tick *t, const struct due_part *d, struct proposal *p)
{
    (void)t;
    p->entry.what = ENTRY_WORK;
    p->entry.act = WORK_EXPIRE;
    p->entry.attempt = d->attempt;
}

static void due_publish(struct tick *t, const struct due_part *d, struct proposal *p)
{
    struct arena *arena = pipeline_errand_arena(p->errand);
    (void)t;
    p->entry.what = ENTRY_PUBLIC;
    p->entry.act = PUBLICITY_PUBLISH;
    p->words.said[p->words.said_n++] =
        (struct entry_pair){"category", arena_copy(arena, d->category.p, d->category.n)};
    p->words.said[p->words.said_n++] =
        (struct entry_pair){"kelurahan", arena_copy(arena, d->kelurahan.p, d->kelurahan.n)};
}

static void keep_part(struct proposal *p, const struct due_part *d, const struct entry_part *new)
{
    struct arena *arena = pipeline_errand_arena(p->errand);
    const struct part *was = &d->c.parts[d->timer.part];
    struct entry_part *to = &p->entry.parts[0];
    *to = *new;
    to->skpd = arena_copy(arena, new->skpd.p, new->skpd.n);
    to->ack_target = arena_copy(arena, new->ack_target.p, new->ack_target.n);
    to->resolve_target = arena_copy(arena, new->resolve_target.p, new->resolve_target.n);
    p->entry.parts_n = 1;
    p->entry.what = ENTRY_CLOCK;
    p->words.ack_due_before = was->ack_due;
    p->words.resolve_due_before = was->resolve_due;
}

/* From when the line of the target is valid, else the day it was looked up for. */
static struct slice date_of(struct tick *t, struct arena *a, const struct promise *new)
{
    char text[STAMP_BYTES];
    if (!new->target.found)
        return (struct slice){0};
    if (new->target.since[0] != '\0')
        return arena_printf(a, "%s", new->target.since);
    stamp_date(stamp_day(new->looked_up_us, city_settings(t->door->city)->tz_offset_s), text);
    return arena_copy(a, text, strlen(text));
}

static void due_clock(struct tick *t, const struct due_part *d, struct proposal *p)
{
    struct promise new;
    const struct part *was = &d->c.parts[d->timer.part];
    promise_count(t->door->city, d, &new);
    keep_part(p, d, &new.part);
    p->words.target_date = date_of(t, pipeline_errand_arena(p->errand), &new);
    p->words.why = promise_ordered(d)                                     ? SLICE_LIT("ordered")
                   : d->waits_n > 0 && was->waited_us > 0                 ? SLICE_LIT("waited")
                   : was->ack_target.n == 0 && was->resolve_target.n == 0 ? SLICE_LIT("new_owner")
                                                                          : SLICE_LIT("reopened");
}

static due_fn *const DUE[CASE_TIMERS] = {
    [TIMER_ALARM] = due_alarm, [TIMER_OVERDUE] = due_overdue, [TIMER_SILENCE] = due_silence,
    [TIMER_CLOCK] = due_clock, [TIMER_CAP] = due_cap,         [TIMER_CLOSE] = due_close,
    [TIMER_LEASE] = due_lease, [TIMER_PUBLISH] = due_publish,
};

static void serve(struct tick *t, const struct due_part *d)
{
    if (d->timer.timer >= CASE_TIMERS || DUE[d->timer.timer] == NULL)
        return;
    struct proposal *p = propose(t, d->timer.case_seq, d->timer.part,
                                 d->c.parts[d->timer.part].skpd, d->timer.timer, d->timer.at_us);
    DUE[d->timer.timer](t, d, p);
    enter(t, p);
}

static void timers_answered(void *self, struct question *q)
{
    struct tick *t = self;
    t->asking = false;
    t->again = q->found == q->limit;
    if (q->next_us != 0 && (t->next_us == 0 || q->next_us < t->next_us))
        t->next_us = q->next_us;
    t->open++; /* those decided at once must not start the next round yet */
    for (uint32_t i = 0; i < q->found; i++)
        serve(t, q->due[i]);
    t->open--;
    question_free(&q);
}

static void ask(struct tick *t, struct question *q, void (*answered)(void *, struct question *))
{
    q->self = t;
    q->answered = answered;
    t->asking = true;
    ask_put(t->door->ask, q, true);
}

/* ---- the sweep after a change of the calendar ---- */

static bool same_times(const struct part *p, const struct entry_part *new)
{
    return p->ack_due == new->ack_due && p->resolve_due == new->resolve_due;
}

/* Only what a calendar can move is counted: a part that waits is counted when it goes on. */
static void recount(struct tick *t, const struct due_part *d)
{
    const struct part *was = &d->c.parts[d->timer.part];
    struct promise counted;
    struct entry_part *new = &counted.part;
    if (was->waiting_us != 0 || was->timer[TIMER_CLOCK] != 0)
        return;
    if (city_skpd(t->door->city, was->skpd) == NULL) /* gone from the files: it keeps what it had */
        return;
    promise_count(t->door->city, d, &counted);
    if (was->acked_us != 0)
        new->ack_due = was->ack_due; /* it was kept or missed; that is over */
    if (same_times(was, new))
        return;
    struct proposal *p = propose(t, d->c.seq, d->timer.part, was->skpd, TIMER_NONE, 0);
    keep_part(p, d, new);
    p->words.why = SLICE_LIT("calendar");
    p->entry.version = d->c.version;
    p->entry.key = arena_printf(pipeline_errand_arena(p->errand), "calendar.%llx.%llu.%u.%u",
                                (unsigned long long)t->swept_us, (unsigned long long)d->c.seq,
                                d->timer.part, d->c.version);
    enter(t, p);
}

static void sweep_answered(void *self, struct question *q)
{
    struct tick *t = self;
    t->asking = false;
    t->open++;
    for (uint32_t i = 0; i < q->found; i++)
        recount(t, q->due[i]);
    t->open--;
    t->swept = q->next;
    t->sweeping = q->next != 0;
    question_free(&q);
}

void tick_sweep(struct tick *t)
{
    t->swept_us = clock_now(t->door->clock);
    t->swept = 0;
    t->sweeping = true;
}

/* ---- the loop's side ---- */

void tick_run(struct tick *t)
{
    int64_t now = clock_now(t->door->clock);
    if (t->asking || t->open > 0)
        return;
    struct question *q;
    if (t->again || now >= t->next_us) {
        q = question_new(QUESTION_TIMERS);
        q->now_us = now;
        q->limit = AT_ONCE;
        t->again = false;
        t->next_us = now + AHEAD_US;
        ask(t, q, timers_answered);
    } else if (t->sweeping) {
        q = question_new(QUESTION_SWEEP);
        q->seq = t->swept;
        q->limit = SWEPT_AT_ONCE;
        ask(t, q, sweep_answered);
    }
}

/* An emergency whose SKPD has nobody waiting: the POC hears of it now, not when its time is over.
 */
static void raise_silent(struct tick *t, const struct proposal *p)
{
    const struct entry *e = &p->entry;
    const struct facts *f = &p->outcome->facts;
    if (e->what != ENTRY_EVENT || f->state != STATE_ASSIGNED)
        return;
    for (unsigned i = 0; i < e->parts_n; i++) {
        if (e->parts[i].silence_at == 0 || desk_attached(t->door->desks, e->parts[i].skpd))
            continue;
        struct proposal *alarm =
            propose(t, f->case_seq, i, e->parts[i].skpd, TIMER_SILENCE, e->parts[i].silence_at);
        alarm->entry.what = ENTRY_ALARM;
        alarm->entry.act = ALARM_SILENT;
        enter(t, alarm);
    }
}

static void tell_alarm(const struct proposal *p)
{
    const struct facts *f = &p->outcome->facts;
    char ticket[TICKET_BYTES];
    ticket_write((struct ticket){f->kind, f->day, f->counter}, ticket);
    log_case(MESSAGE_ALARM, ticket, f->task, "case %llu: %s of " SLICE_FMT ", level %s",
             (unsigned long long)f->case_seq, words_wire(WORDS_ALARM, f->act), SLICE_ARG(f->task),
             p->entry.level != 0 ? words_wire(WORDS_LEVEL, p->entry.level) : "-");
}

void tick_stored(struct tick *t, const struct proposal *p)
{
    int64_t wake_us = p->outcome->wake_us;
    if (p->outcome->facts.what == ENTRY_ALARM) {
        t->door->counters->at[COUNT_ALARMS]++;
        tell_alarm(p);
    }
    if (wake_us != 0 && (t->next_us == 0 || wake_us < t->next_us))
        t->next_us = wake_us;
    raise_silent(t, p);
}
