/* clock: the one source of time. Wall time never runs backwards: when the system clock steps back
 * it stands still until the system has caught up. Tests replace it. */
#ifndef SIAGA_BASE_CLOCK_H
#define SIAGA_BASE_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*wall)(void *self); /* us since 1970 UTC */
    int64_t (*mono)(void *self); /* us, never steps */
    void *self;
    int64_t last_us; /* what clock_now() said last */
};

void clock_system(struct clock *c);
int64_t clock_now(struct clock *c);                 /* wall, us UTC, never less than before */
int64_t clock_mono(struct clock *c);                /* us */
void clock_not_before(struct clock *c, int64_t us); /* the journal's last entry was at `us` */

#endif
