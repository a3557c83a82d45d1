/* clock: the one source of time. Wall time never runs backwards and never stands still: while the
 * system clock is behind what was said last (it stepped back, or the journal's last entry is
 * later), our time goes on by the monotonic clock, a thirty-second part slower until the system has
 * caught up. More than two hours behind or a year ahead is no step but a wrong clock: then it goes
 * on by the monotonic clock alone. Tests replace it. */
#ifndef SIAGA_BASE_CLOCK_H
#define SIAGA_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    int64_t (*wall)(void *self); /* us since 1970 UTC */
    int64_t (*mono)(void *self); /* us, never steps */
    void *self;
    int64_t last_us;      /* what clock_now() said last */
    int64_t last_mono_us; /* up to when on the monotonic clock that is accounted for */
    int64_t off_us;       /* how far a wrong clock is from our time, 0: it is not wrong */
    bool ahead;           /* of the system clock, which has not caught up yet */
};

void clock_system(struct clock *c);
int64_t clock_now(struct clock *c);                 /* wall, us UTC, never less than before */
int64_t clock_mono(struct clock *c);                /* us */
void clock_not_before(struct clock *c, int64_t us); /* the journal's last entry was at `us` */

#endif
