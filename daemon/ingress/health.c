#include "health.h"

#include <stdio.h>
#include <stdlib.h>

#include "ask.h"
#include "daemon/base/log.h"
#include "daemon/query/scrub.h"
#include "proto/stamp.h"

#define BELOW 2u                  /* percent a map must fall below a level to be under it */
#define AGAIN_US (60 * 1000000ll) /* after something could not be recorded */
#define FIRST_US \
    (3600 * 1000000ll) /* after the first start, when that is sooner than the interval */
#define SLICE_US 100000ll
#define SLICES_A_SECOND 10u
#define DOUBT_US 4000ll /* a store in doubt: half of the query thread's time */
#define DOUBT_ROWS 2000u
#define TOLD_MOST 10u /* damaged records told one by one; the rest is counted */

static const unsigned LEVELS[] = {80, 90, 95};

struct health {
    struct door *door;

    /* room */
    unsigned percent[STORE_ENVS], told[STORE_ENVS], fell[STORE_ENVS];
    int64_t again_us; /* monotonic; what could not be recorded is tried again */
    unsigned paces;   /* told since the start: no two entries have one key */

    /* scrub */
    struct scrub scrub;
    bool asking, looked;
    int64_t next_us;
    struct scrub_figures figures;
};

struct health *health_new(struct door *door)
{
    struct health *h = calloc(1, sizeof *h);
    if (h == NULL)
        abort();
    h->door = door;
    return h;
}

void health_free(struct health **h)
{
    free(*h);
    *h = NULL;
}

unsigned health_told(const struct health *h, enum store_env e)
{
    return h->told[e];
}

void health_scrub(const struct health *h, struct scrub_figures *ret)
{
    *ret = h->figures;
}

/* ---- entries ---- */

static void told(void *self, struct errand *errand)
{
    struct health *h = self;
    int verdict = errand->proposals[0]->verdict;
    if (verdict == V_DONE || verdict == E_KEY_REUSED) /* a restart told it already */
        return;
    log_warn("how the store is could not be recorded: %s; tried again in a minute",
             verdict_name(verdict));
    h->again_us = clock_mono(h->door->clock) + AGAIN_US;
}

static struct proposal *propose(struct health *h, uint8_t act)
{
    struct door *d = h->door;
    struct errand *errand = pipeline_own_errand(d->pipeline, told, h);
    struct person_role who = {.role = ROLE_SYSTEM, .registered = true, .skpd = ""};
    struct proposal *p =
        pipeline_proposal(d->pipeline, errand, 0, d->city, &who, SLICE_LIT(OWN_SOURCE));
    p->entry.what = ENTRY_STORE;
    p->entry.act = act;
    return p;
}

static void say(struct proposal *p, const char *name, struct slice value)
{
    p->words.said[p->words.said_n++] = (struct entry_pair){name, value};
}

static void say_number(struct proposal *p, const char *name, uint64_t n)
{
    say(p, name, arena_printf(pipeline_errand_arena(p->errand), "%llu", (unsigned long long)n));
}

static void enter(struct health *h, struct proposal *p)
{
    pipeline_run(h->door->pipeline, p);
    pipeline_enter(h->door->pipeline, p->errand);
}

/* ---- room ---- */

/* The key holds the day: a restart does not tell the same again. */
static void tell_room(struct health *h, enum store_env e, uint8_t act, unsigned level)
{
    struct door *d = h->door;
    const char *map = store_env_name(e);
    uint32_t day = stamp_day(clock_now(d->clock), city_settings(d->city)->tz_offset_s);
    struct proposal *p = propose(h, act);
    p->entry.key = arena_printf(pipeline_errand_arena(p->errand), "room.%s.%u.%u.%u", map, level,
                                day, h->fell[e]);
    say(p, "map", slice_from(map));
    say_number(p, "percent", h->percent[e]);
    enter(h, p);
}

static unsigned level_of(unsigned percent)
{
    unsigned level = 0;
    for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++)
        if (percent >= LEVELS[i])
            level = LEVELS[i];
    return level;
}

static void judge_room(struct health *h, enum store_env e)
{
    const char *map = store_env_name(e);
    unsigned level = level_of(h->percent[e]);
    if (level > h->told[e]) {
        h->told[e] = level;
        log_message(MESSAGE_OWN_FAULT,
                    "%s of the store is %u %% full; with the reserve of %u %% left, complaints and "
                    "reports are refused; plan a restart with a larger %s_size",
                    map, h->percent[e], city_settings(h->door->city)->reserve_percent, map);
        tell_room(h, e, HEALTH_FILLING, level);
    } else if (h->told[e] != 0 && h->percent[e] + BELOW < h->told[e]) {
        log_note("%s of the store has room again: %u %% full", map, h->percent[e]);
        h->fell[e]++;
        h->told[e] = level;
        if (level == 0)
            tell_room(h, e, HEALTH_ROOMY, 0);
    }
}

/* ---- pace ---- */

void health_pace(struct health *h, uint8_t act, int64_t took_us)
{
    uint64_t ms = (uint64_t)(took_us / 1000);
    struct proposal *p = propose(h, act);
    log_message(MESSAGE_OWN_FAULT, "%s: %llu ms", words_label(WORDS_HEALTH, act, true),
                (unsigned long long)ms);
    p->entry.key = arena_printf(pipeline_errand_arena(p->errand), "pace.%u.%u.%u", act,
                                h->door->identity->boot, ++h->paces);
    say_number(p, "ms", ms);
    enter(h, p);
}

void health_tick(struct health *h)
{
    if (h->again_us != 0 && clock_mono(h->door->clock) >= h->again_us) {
        memset(h->told, 0, sizeof h->told);
        h->again_us = 0;
    }
    uint64_t used[STORE_ENVS], size[STORE_ENVS];
    h->door->room(h->door->self, used, size);
    for (int e = 0; e < STORE_ENVS; e++) {
        h->percent[e] = (unsigned)(used[e] * 100 / size[e]);
        judge_room(h, (enum store_env)e);
    }
}

/* ---- scrub ---- */

int64_t health_next_us(const struct health *h)
{
    return h->asking ? 0 : h->next_us != 0 ? h->next_us : 1;
}

static const struct city_settings *settings(const struct health *h)
{
    return city_settings(h->door->city);
}

static void plan(struct health *h)
{
    int64_t every = settings(h)->scrub_every_us, last = h->figures.ended_us;
    h->next_us = h->door->trusted != NULL ? 0
                 : last != 0              ? last + every
                             : h->door->started_us + (every < FIRST_US ? every : FIRST_US);
    h->scrub = (struct scrub){.stage = SCRUB_JOURNAL, .seq = 1};
}

static void tell_damage(struct health *h)
{
    const struct scrub *s = &h->scrub;
    const char *map = store_env_name(s->where);
    h->door->counters->at[COUNT_DAMAGED]++;
    if (s->where == STORE_VIEWS)
        h->door->condemn(h->door->self);
    if (s->damaged > TOLD_MOST)
        return;
    log_message(MESSAGE_DAMAGED, "%s: record %llu is %s on the disk; %s", map,
                (unsigned long long)s->number, s->what,
                s->where == STORE_VIEWS ? "restart siagad: it makes the views again"
                                        : "restore a backup");
    struct proposal *p = propose(h, HEALTH_DAMAGED);
    p->entry.key =
        arena_printf(pipeline_errand_arena(p->errand), "damaged.%s.%llu.%llx", map,
                     (unsigned long long)s->number, (unsigned long long)h->figures.began_us);
    say(p, "map", slice_from(map));
    if (s->number != 0)
        say_number(p, "number", s->number);
    say(p, "found", slice_from(s->what));
    enter(h, p);
}

static void end_scrub(struct health *h)
{
    const struct scrub *s = &h->scrub;
    struct scrub_figures *f = &h->figures;
    f->running = false;
    f->ended_us = clock_now(h->door->clock);
    h->door->counters->at[COUNT_SCRUBS]++;
    log_line(s->damaged > 0 ? LOG_ERROR : LOG_NOTE,
             "the whole store was checked: %llu entries, %llu persons, %llu rows of views; "
             "damaged: %llu",
             (unsigned long long)s->entries, (unsigned long long)s->persons,
             (unsigned long long)s->rows, (unsigned long long)s->damaged);
    struct proposal *p = propose(h, HEALTH_SCRUBBED);
    p->entry.key = arena_printf(pipeline_errand_arena(p->errand), "scrub.%016llx",
                                (unsigned long long)f->began_us);
    say_number(p, "entries", s->entries);
    say_number(p, "persons", s->persons);
    say_number(p, "rows", s->rows);
    say_number(p, "damaged", s->damaged);
    enter(h, p);
    if (h->door->trusted != NULL)
        h->door->trusted(h->door->self);
    plan(h);
}

static void answered(void *self, struct question *q)
{
    struct health *h = self;
    struct scrub *s = &h->scrub;
    bool done = q->verdict == V_DONE || q->verdict == E_CORRUPT;
    question_free(&q);
    h->asking = false;
    h->next_us = clock_now(h->door->clock) + (h->door->trusted != NULL ? DOUBT_US : SLICE_US);
    if (!done) /* stopping, or LMDB let us down for the moment */
        return;
    if (!h->looked) {
        h->looked = true;
        h->figures.ended_us = s->last_us;
        plan(h);
        return;
    }
    h->figures.entries = s->entries;
    h->figures.persons = s->persons;
    h->figures.rows = s->rows;
    h->figures.damaged = s->damaged;
    if (s->found)
        tell_damage(h);
    if (s->stage == SCRUB_OVER)
        end_scrub(h);
}

void health_run(struct health *h)
{
    int64_t now = clock_now(h->door->clock);
    if (h->asking || now < h->next_us)
        return;
    if (h->looked && !h->figures.running) {
        h->figures.running = true;
        h->figures.began_us = now;
        log_info("the whole store is being checked");
    }
    struct question *q = question_new(QUESTION_SCRUB);
    q->self = h;
    q->answered = answered;
    q->scrub = &h->scrub;
    q->limit =
        h->door->trusted != NULL ? DOUBT_ROWS : settings(h)->scrub_rows / SLICES_A_SECOND + 1;
    h->asking = true;
    ask_put(h->door->ask, q, !h->looked);
}
