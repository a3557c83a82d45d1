#include "clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec t;
    if (clock_gettime(id, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t system_wall(void *self)
{
    (void)self;
    return read_us(CLOCK_REALTIME);
}

static int64_t system_mono(void *self)
{
    (void)self;
    return read_us(CLOCK_MONOTONIC);
}

void clock_system(struct clock *c)
{
    *c = (struct clock){.wall = system_wall, .mono = system_mono};
}

int64_t clock_now(struct clock *c)
{
    int64_t us = c->wall(c->self);
    if (us > c->last_us)
        c->last_us = us;
    return c->last_us;
}

int64_t clock_mono(struct clock *c)
{
    return c->mono(c->self);
}

void clock_not_before(struct clock *c, int64_t us)
{
    if (us > c->last_us)
        c->last_us = us;
}
