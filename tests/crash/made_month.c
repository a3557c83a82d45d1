/* Makes a store with two made-up months of a city, and the same month of the year before: cases as
 * people and siagad would have brought them on, by the city's own duties and targets, from dice
 * that always fall alike.
 *
 *   made_month CITY/siagad.yaml STORE [TIMES]     TIMES as many cases and calls a day
 *
 * Written as siagad writes it, but for the clock: entry by entry, through the same apply. What is
 * still owed when the last month ends is for the siagad that serves the store. */
#include <stdlib.h>

#include "daemon/city/city.h"
#include "daemon/city/conf.h"
#include "daemon/views/cases.h"
#include "proto/stamp.h"
#include "proto/verdict.h"
#include "tests/support/entries.h"
#include "made_city.h"
#include "made_plans.h"
#include "tests/support/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CASES_MOST 3000u /* of one times */
#define WIB (7 * 3600 * STAMP_SECOND)
#define HOUR (60 * STAMP_MINUTE)
#define DAY STAMP_DAY
#define COMMIT 512u

static struct scratch s;
static struct arena memory;
static struct city *city;
static uint64_t dice = 20261031;
static struct made *all;
static uint32_t times = 1, all_n, written;
static int64_t end_us;

static uint32_t below(uint32_t n)
{
    return entries_below(&dice, n);
}

static bool one_in(uint32_t n)
{
    return below(n) == 0;
}

/* ---- what is to happen ---- */

static void plan(uint32_t made, enum step step, int64_t at)
{
    put_plan(
        (struct plan){.at = at, .made = made, .step = (uint8_t)step, .stint = all[made].stint});
}

static void plan_alarm(uint32_t made, enum step step, int64_t timer_at, uint8_t level)
{
    put_plan((struct plan){.at = timer_at,
                           .made = made,
                           .step = (uint8_t)step,
                           .level = level,
                           .stint = all[made].stint,
                           .timer_at = timer_at});
}

/* ---- writing ---- */

static bool put(struct entry *e, struct outcome *o)
{
    if (scratch_apply(&s, e, o) != 0)
        abort();
    if (++written % COMMIT == 0) {
        struct outcome kept = *o;
        scratch_commit(&s);
        *o = kept;
    }
    return o->verdict == V_DONE;
}

static const char *text_of(const char *text)
{
    return *text != '\0' ? text : NULL;
}

static void promise(struct made *m, int64_t at)
{
    city_target(city, m->owner, m->kind, slice_from(m->category), m->severity, at, &m->target);
}

static struct wish wish_of(const struct made *m, int64_t at, uint8_t act)
{
    return (struct wish){.at_us = at, .source = "poc-1", .of = m->seq, .act = act};
}

static bool change(const struct wish *w, uint8_t what)
{
    struct outcome o;
    return put(entries_change(&memory, w, what), &o);
}

/* ---- the course of a case ---- */

static int hour_of(int64_t us)
{
    return (int)((us + WIB) / HOUR % 24);
}

static bool is_slow(const struct made *m)
{
    for (size_t i = 0; i < COUNT(SLOW); i++)
        if (strcmp(m->owner->id, SLOW[i]) == 0)
            return true;
    return false;
}

/* From now on the clocks of this owner run, and he will do something. */
static void go_on(uint32_t at, int64_t now, uint8_t hours)
{
    struct made *m = &all[at];
    const struct target *t = &m->target;
    bool night = hour_of(now) < NIGHT && is_slow(m), urgent = m->kind == KIND_EMERGENCY;
    int64_t usual = urgent ? 20 + below(60) : 600 + below(9 * 3600);
    int64_t ack = now + usual * STAMP_SECOND * (night || one_in(14) ? 9 : 1);
    int64_t work = (int64_t)(hours * 1800u + below(hours * 3600u)) * STAMP_SECOND;
    if (one_in(9))
        work *= 4;
    if (t->ack_due != 0)
        plan_alarm(at, STEP_ALARM, t->ack_due, LEVEL_OPERATOR);
    if (t->resolve_due != 0)
        plan_alarm(at, STEP_OVERDUE, t->resolve_due, 0);
    if (!urgent && m->stint < 3 && one_in(m->kind == KIND_COMPLAINT ? 6 : 12)) {
        plan(at, STEP_FORWARD, ack + HOUR);
        return;
    }
    plan(at, STEP_ACK, ack);
    plan(at, STEP_START, ack + 2 * STAMP_MINUTE);
    if (urgent)
        plan(at, STEP_SCENE, ack + (int64_t)(4 * 60 + below(15 * 60)) * STAMP_SECOND);
    if (!urgent && one_in(8)) {
        plan(at, STEP_WAIT, ack + 3 * HOUR);
        plan(at, STEP_RESUME, ack + 3 * HOUR + (int64_t)(1 + below(4)) * DAY);
        work += 5 * DAY;
    }
    plan(at, STEP_RESOLVE, ack + 30 * STAMP_MINUTE + work);
}

static void step_ack(uint32_t at, const struct plan *p)
{
    struct wish w = wish_of(&all[at], p->at, ACT_ACK);
    struct wish assign = wish_of(&all[at], p->at, ACT_ASSIGN);
    change(&assign, ENTRY_MOVE); /* of a complaint, and of what was reopened; else refused */
    change(&w, ENTRY_MOVE);
}

static void step_start(uint32_t at, const struct plan *p)
{
    struct wish w = wish_of(&all[at], p->at, ACT_START);
    change(&w, ENTRY_MOVE);
}

static void step_scene(uint32_t at, const struct plan *p)
{
    struct wish w = wish_of(&all[at], p->at, ACT_MILESTONE);
    w.milestone = MILESTONE_ON_SCENE;
    w.claimed_us = p->at;
    change(&w, ENTRY_MOVE);
}

static void step_resolve(uint32_t at, const struct plan *p)
{
    struct wish w = wish_of(&all[at], p->at, ACT_RESOLVE);
    w.role = ROLE_HANDLER;
    w.own = all[at].owner->id;
    w.source = "desk-1";
    w.outcome = all[at].kind == KIND_EMERGENCY ? OUTCOME_MADE_SAFE : OUTCOME_FIXED;
    w.choices = CHOICE_PROOF;
    w.until_us = p->at + 14 * DAY;
    if (change(&w, ENTRY_MOVE) && all[at].kind == KIND_COMPLAINT && !one_in(3))
        plan(at, STEP_RATE, p->at + (int64_t)(1 + below(40)) * HOUR);
}

static void step_rate(uint32_t at, const struct plan *p)
{
    struct made *m = &all[at];
    struct wish w = wish_of(m, p->at, ACT_RATE);
    bool done = m->sloppy > 0 || !one_in(6);
    w.choices = done ? CHOICE_DONE : 0;
    w.stars = (uint8_t)(done ? 3 + below(3) : 1 + below(2));
    w.role = ROLE_OPERATOR;
    if (!change(&w, ENTRY_MOVE) || done)
        return;
    m->sloppy++;
    m->stint++;
    plan_alarm(at, STEP_CLOCK, p->at, 0);
}

static void step_forward(uint32_t at, const struct plan *p)
{
    struct made *m = &all[at];
    const char *to = OTHERS[below(COUNT(OTHERS))];
    struct wish assign = wish_of(m, p->at, ACT_ASSIGN), w = wish_of(m, p->at, ACT_FORWARD);
    struct outcome o;
    w.target = to;
    w.reason = "bukan tugas kami";
    w.secretariat = "setda";
    change(&assign, ENTRY_MOVE);
    if (!put(entries_change(&memory, &w, ENTRY_MOVE), &o)) {
        plan(at, STEP_ACK, p->at + HOUR); /* it was his own */
        plan(at, STEP_START, p->at + HOUR + STAMP_MINUTE);
        plan(at, STEP_RESOLVE, p->at + 20 * HOUR);
        return;
    }
    m->owner = city_skpd(city, o.facts.owner);
    m->stint++;
    plan_alarm(at, STEP_CLOCK, p->at, 0);
}

/* siagad counts the new owner's times. */
static void step_clock(uint32_t at, const struct plan *p)
{
    struct made *m = &all[at];
    struct wish w = wish_of(m, p->at, 0);
    promise(m, m->sloppy > 0 ? p->at : m->received);
    w.role = ROLE_SYSTEM;
    w.source = "siagad";
    w.task = m->owner->id;
    w.timer = TIMER_CLOCK;
    w.timer_at = p->timer_at;
    w.ack_due = p->at + HOUR * 8;
    m->target.ack_due = w.ack_due;
    w.resolve_due = m->target.resolve_due;
    w.ack_target = text_of(m->target.ack);
    w.resolve_target = text_of(m->target.resolve);
    w.judge = m->target.judge;
    if (change(&w, ENTRY_CLOCK))
        go_on(at, p->at, 30);
}

static void step_alarm(uint32_t at, const struct plan *p)
{
    static const int64_t next[] = {[LEVEL_OPERATOR] = 2,
                                   [LEVEL_SECTION_HEAD] = 3,
                                   [LEVEL_SKPD_HEAD] = 10,
                                   [LEVEL_SECRETARY] = 15};
    struct wish w = wish_of(&all[at], p->at, ALARM_UNACKNOWLEDGED);
    int64_t unit = all[at].kind == KIND_EMERGENCY ? STAMP_MINUTE : 4 * HOUR;
    w.role = ROLE_SYSTEM;
    w.source = "siagad";
    w.task = all[at].owner->id;
    w.timer = TIMER_ALARM;
    w.timer_at = p->timer_at;
    w.level = p->level;
    w.until_us = p->level < LEVEL_MAYOR ? p->at + next[p->level] * unit : 0;
    if (change(&w, ENTRY_ALARM) && w.until_us != 0)
        plan_alarm(at, STEP_ALARM, w.until_us, (uint8_t)(p->level + 1));
}

static void step_overdue(uint32_t at, const struct plan *p)
{
    struct wish w = wish_of(&all[at], p->at, ALARM_OVERDUE);
    w.role = ROLE_SYSTEM;
    w.source = "siagad";
    w.task = all[at].owner->id;
    w.timer = TIMER_OVERDUE;
    w.timer_at = p->timer_at;
    change(&w, ENTRY_ALARM);
}

static void step_real(uint32_t at, const struct plan *p)
{
    struct wish w = wish_of(&all[at], p->at, 0);
    w.call_class = CALL_CLASS_REAL;
    if (change(&w, ENTRY_RECLASS))
        go_on(at, p->at, 2);
}

static void step_wait(uint32_t at, const struct plan *p)
{
    struct wish w = wish_of(&all[at], p->at, ACT_WAIT_BUDGET);
    w.reason = "menunggu bahan";
    w.until_us = p->at + 90 * DAY;
    change(&w, ENTRY_MOVE);
}

static void step_resume(uint32_t at, const struct plan *p)
{
    struct made *m = &all[at];
    struct wish w = wish_of(m, p->at, ACT_RESUME), clock = wish_of(m, p->at, 0);
    if (!change(&w, ENTRY_MOVE))
        return;
    clock.role = ROLE_SYSTEM;
    clock.source = "siagad";
    clock.task = m->owner->id;
    clock.timer = TIMER_CLOCK;
    clock.timer_at = p->at;
    clock.ack_due = m->target.ack_due;
    clock.resolve_due = m->target.resolve_due != 0 ? m->target.resolve_due + 3 * DAY : 0;
    clock.ack_target = text_of(m->target.ack);
    clock.resolve_target = text_of(m->target.resolve);
    clock.judge = m->target.judge;
    if (change(&clock, ENTRY_CLOCK) && clock.resolve_due != 0)
        plan_alarm(at, STEP_OVERDUE, clock.resolve_due, 0);
}

typedef void step_fn(uint32_t at, const struct plan *p);
static step_fn *const STEPS[] = {
    [STEP_ACK] = step_ack,         [STEP_START] = step_start, [STEP_SCENE] = step_scene,
    [STEP_RESOLVE] = step_resolve, [STEP_RATE] = step_rate,   [STEP_FORWARD] = step_forward,
    [STEP_CLOCK] = step_clock,     [STEP_ALARM] = step_alarm, [STEP_OVERDUE] = step_overdue,
    [STEP_REAL] = step_real,       [STEP_WAIT] = step_wait,   [STEP_RESUME] = step_resume};

static void until(int64_t now)
{
    while (plans_n > 0 && plans[0].at < now) {
        struct plan p = take_plan();
        if (p.stint == all[p.made].stint)
            STEPS[p.step](p.made, &p);
        arena_reset(&memory);
    }
}

/* ---- what comes in ---- */

static uint32_t new_case(const struct wish *w, const struct skpd *owner, const char *category)
{
    struct outcome o;
    struct made *m = &all[all_n];
    if (all_n == times * CASES_MOST || !put(entries_event(&memory, w), &o))
        abort();
    *m = (struct made){.seq = o.facts.seq,
                       .ticket = {o.facts.kind, o.facts.day, o.facts.counter},
                       .owner = owner,
                       .kind = w->kind,
                       .severity = w->severity,
                       .category = category,
                       .received = w->at_us};
    return all_n++;
}

static void new_call(int64_t now)
{
    struct wish w = {.at_us = now,
                     .source = "poc-1",
                     .desk = "poc-112",
                     .owner = "poc-112",
                     .kind = KIND_EMERGENCY,
                     .severity = SEVERITY_UNKNOWN,
                     .category = "intake.112",
                     .call_class = (uint8_t)(CALL_CLASS_INFORMATION + below(3))};
    uint32_t at = new_case(&w, city_poc(city), "intake.112");
    if (one_in(60)) { /* it was true after all */
        promise(&all[at], now);
        plan(at, STEP_REAL, now + 5 * STAMP_MINUTE);
    }
}

static size_t some_sort(void)
{
    uint32_t weight = 0, at = 0;
    for (size_t i = 0; i < COUNT(SORTS); i++)
        weight += SORTS[i].often;
    for (weight = below(weight); weight >= SORTS[at].often; at++)
        weight -= SORTS[at].often;
    return at;
}

static void merge(uint32_t at, uint32_t into, int64_t now)
{
    struct wish w = wish_of(&all[at], now, ACT_MERGE);
    w.into = all[into].ticket;
    change(&w, ENTRY_MOVE);
}

static void new_real(int64_t now, bool drill)
{
    size_t sort = some_sort();
    const char *place = PLACES[below(COUNT(PLACES))];
    struct route route;
    struct made m = {.kind = SORTS[sort].kind,
                     .severity = SORTS[sort].severity,
                     .category = SORTS[sort].category};
    city_route(city, m.kind, slice_from(m.category), slice_from(place), stamp_day(now, 7 * 3600),
               &route);
    m.owner = route.owner;
    promise(&m, now);
    struct wish w = {.at_us = now,
                     .source = m.kind == KIND_EMERGENCY ? "poc-1" : "lapor-1",
                     .desk = "poc-112",
                     .owner = m.owner->id,
                     .kind = m.kind,
                     .severity = m.severity,
                     .category = m.category,
                     .kecamatan = place,
                     .mode = drill ? MODE_EXERCISE : MODE_ACTUAL,
                     .subkind = m.kind == KIND_REPORT ? SUBKIND_SITUATION : 0,
                     .ack_due = m.target.ack_due,
                     .resolve_due = m.target.resolve_due,
                     .ack_target = text_of(m.target.ack),
                     .resolve_target = text_of(m.target.resolve),
                     .judge = m.target.judge};
    uint32_t at = new_case(&w, m.owner, m.category);
    all[at].target = m.target;
    bool again = m.kind == KIND_EMERGENCY && !drill && one_in(7);
    go_on(at, now, SORTS[sort].hours);
    for (uint32_t more = again ? 1 + below(3) : 0; more > 0; more--) { /* others saw it too */
        w.at_us += 30 * STAMP_SECOND;
        merge(new_case(&w, m.owner, m.category), at, w.at_us + STAMP_SECOND);
    }
}

static void new_instruction(int64_t now)
{
    const struct skpd *asked = city_skpd(city, slice_from(OTHERS[below(COUNT(OTHERS))]));
    struct wish w = {.at_us = now,
                     .source = "walikota",
                     .role = ROLE_LEADER,
                     .desk = "poc-112",
                     .owner = asked->id,
                     .kind = KIND_REPORT,
                     .subkind = SUBKIND_INSTRUCTION,
                     .severity = SEVERITY_MODERATE,
                     .category = "leader.instruction",
                     .ack_due = now + 8 * HOUR,
                     .ack_target = "450wm",
                     .resolve_due = now + (int64_t)(2 + below(6)) * DAY,
                     .resolve_target = ""};
    uint32_t at = new_case(&w, asked, "leader.instruction");
    all[at].target = (struct target){.ack_due = w.ack_due, .resolve_due = w.resolve_due};
    plan_alarm(at, STEP_ALARM, w.ack_due, LEVEL_OPERATOR);
    plan_alarm(at, STEP_OVERDUE, w.resolve_due, 0);
    plan(at, STEP_ACK, now + 3 * HOUR);
    plan(at, STEP_START, now + 4 * HOUR);
    if (!one_in(5))
        plan(at, STEP_RESOLVE, now + (int64_t)(12 + below(96)) * HOUR);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* A month of days: so many cases and calls about, more in the evening. */
static void month(int year, int number, unsigned days, unsigned cases, unsigned calls)
{
    int64_t begin = (int64_t)stamp_day_of(year, number, 1) * DAY - WIB;
    unsigned n = days * (cases + calls) * times;
    int64_t *at = calloc(n, sizeof *at);
    if (at == NULL)
        abort();
    for (unsigned i = 0; i < n; i++) {
        int64_t hour = below(3) == 0 ? 15 + below(7) : below(24);
        at[i] = begin + (int64_t)(i * days / n) * DAY + hour * HOUR + below(3600) * STAMP_SECOND;
    }
    qsort(at, n, sizeof *at, by_time);
    for (unsigned i = 0; i < n; i++) {
        until(at[i]);
        if (below(cases + calls) < calls)
            new_call(at[i]);
        else if (one_in(60))
            new_instruction(at[i]);
        else
            new_real(at[i], one_in(50));
        arena_reset(&memory);
    }
    free(at);
    end_us = begin + (int64_t)days * DAY;
    until(end_us);
}

int main(int argc, char **argv)
{
    struct conf_report report = {0};
    struct err err = {""};
    if (argc > 3)
        times = (uint32_t)strtoul(argv[3], NULL, 10);
    if (argc < 3 || times == 0 || times > 1000) {
        fprintf(stderr, "made_month CITY/siagad.yaml STORE [TIMES]\n");
        return 64;
    }
    all = calloc(times * CASES_MOST, sizeof *all);
    if (all == NULL)
        abort();
    city = city_load(argv[1], 0, NULL, &report);
    struct store_conf conf = {.dir = argv[2],
                              .bytes = {[STORE_JOURNAL] = (uint64_t)times * 64 << 20,
                                        [STORE_VIEWS] = (uint64_t)times * 64 << 20}};
    if (city == NULL || store_open(&s.store, &conf, &err) != 0 ||
        views_open(&s.views, s.store, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 70;
    }
    month(2025, 10, 31, 12, 10);
    month(2026, 9, 30, 13, 9);
    month(2026, 10, 31, 14, 11);
    scratch_commit(&s);
    printf("%u cases, %llu entries\n", all_n, (unsigned long long)views_seq(s.views));
    views_close(&s.views);
    store_close(&s.store);
    city_unref(&city);
    return 0;
}
