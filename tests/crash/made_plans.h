/* made_plans: what is to happen in a made-up month, the earliest first, and of what comes at the
 * same time what was planned first: a heap. Inside made_month.c only. */
#ifndef SIAGA_TESTS_MADE_PLANS_H
#define SIAGA_TESTS_MADE_PLANS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum step {
    STEP_ACK,
    STEP_START,
    STEP_SCENE,
    STEP_RESOLVE,
    STEP_RATE,
    STEP_FORWARD,
    STEP_CLOCK,
    STEP_ALARM,
    STEP_OVERDUE,
    STEP_REAL,
    STEP_WAIT,
    STEP_RESUME
};

struct plan {
    int64_t at;
    uint32_t order, made;
    uint8_t step, level;
    unsigned stint;
    int64_t timer_at;
};

static struct plan *plans;
static uint32_t plans_n, plans_room, ordered;

static inline bool sooner(const struct plan *a, const struct plan *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static inline void swap(uint32_t a, uint32_t b)
{
    struct plan kept = plans[a];
    plans[a] = plans[b];
    plans[b] = kept;
}

static inline void put_plan(struct plan p)
{
    if (plans_n == plans_room) {
        plans_room = plans_room > 0 ? 2 * plans_room : 1024;
        plans = realloc(plans, plans_room * sizeof *plans);
        if (plans == NULL)
            abort();
    }
    p.order = ordered++;
    plans[plans_n] = p;
    for (uint32_t i = plans_n++; i > 0 && sooner(&plans[i], &plans[(i - 1) / 2]); i = (i - 1) / 2)
        swap(i, (i - 1) / 2);
}

static inline struct plan take_plan(void)
{
    struct plan first = plans[0];
    plans[0] = plans[--plans_n];
    for (uint32_t i = 0;;) {
        uint32_t least = i;
        for (uint32_t k = 2 * i + 1; k <= 2 * i + 2 && k < plans_n; k++)
            least = sooner(&plans[k], &plans[least]) ? k : least;
        if (least == i)
            return first;
        swap(i, least);
        i = least;
    }
}

#endif
