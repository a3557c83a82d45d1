#include "clock.h"

#include <time.h>

#include "control.h"

/* Further back, or ahead, the system clock is plain wrong. */
#define BEHIND_MAX_US (2 * 3600 * 1000000ll)
#define AHEAD_MAX_US (366 * 24 * 3600 * 1000000ll)
#define SLOWER 32 /* one part of so many is left out */

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

static bool nonsense(const struct clock *c, int64_t us)
{
    return c->last_us - us > BEHIND_MAX_US ||
           (c->last_us != 0 && us - c->last_us > AHEAD_MAX_US && !control("clock"));
}

/* Goes on by the monotonic clock. What is not a whole step is not lost: it stays unaccounted for
 * until it is. */
static void go_on(struct clock *c, bool slower)
{
    int64_t passed_us = c->mono(c->self) - c->last_mono_us;
    int64_t step_us = slower ? SLOWER : 1, steps = passed_us / step_us;
    c->last_us += steps * (slower ? SLOWER - 1 : 1);
    c->last_mono_us += steps * step_us;
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
    bool wrong = nonsense(c, us);
    if (c->ahead || us < c->last_us || wrong)
        go_on(c, !wrong);
    c->off_us = wrong ? us - c->last_us : 0;
    if (us >= c->last_us && !wrong)
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
