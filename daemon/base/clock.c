#include "clock.h"

#include <time.h>

#define BEHIND_MAX_US (2 * 3600 * 1000000ll) /* further back the system clock is plain wrong */

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

/* Goes on by the monotonic clock. Half a microsecond is not lost: it stays unaccounted for until it
 * is a whole one. */
static void go_on(struct clock *c, int64_t behind_us)
{
    int64_t passed_us = c->mono(c->self) - c->last_mono_us;
    int64_t slower = behind_us > BEHIND_MAX_US ? 1 : 2;
    c->last_us += passed_us / slower;
    c->last_mono_us += passed_us / slower * slower;
    c->ahead = true;
}

static void set(struct clock *c, int64_t us)
{
    c->last_us = us;
    c->last_mono_us = c->mono(c->self);
    c->ahead = false;
}

/* Ahead stays ahead until the system is past our slower time too, however seldom we are asked. */
int64_t clock_now(struct clock *c)
{
    int64_t us = c->wall(c->self);
    if (c->ahead || us < c->last_us)
        go_on(c, c->last_us - us);
    if (us >= c->last_us)
        set(c, us);
    return c->last_us;
}

int64_t clock_mono(struct clock *c)
{
    return c->mono(c->self);
}

void clock_not_before(struct clock *c, int64_t us)
{
    if (us > c->last_us)
        set(c, us);
}
