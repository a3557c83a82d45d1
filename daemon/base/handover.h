/* handover: pointers from one thread to another, in order. Ownership moves with the pointer.
 *
 * A queue under a lock, and a descriptor that can be waited for beside sockets. The descriptor is
 * touched only when the taker found nothing last time: while both threads are at work a pointer
 * costs no call of the kernel. Whoever gives bounds how many are under way. */
#ifndef SIAGA_BASE_HANDOVER_H
#define SIAGA_BASE_HANDOVER_H

#include <stdbool.h>

struct handover_queue;

struct handover {
    int read_fd; /* readable while something waits, until a take has found nothing */
    struct handover_queue *queue;
};

bool handover_open(struct handover *h); /* false: no descriptors left */
void handover_close(struct handover *h);
void handover_give(struct handover *h, void *pointer);
void *handover_take(struct handover *h); /* NULL: nothing waits; one thread alone takes */

/* How many came with the one that was taken last, and are still to be taken. */
unsigned handover_left(const struct handover *h);

/* handover_give() in two halves, for many at once: what was put is taken by who looks, and one who
 * waits is woken with the last. */
void handover_put(struct handover *h, void *pointer);
void handover_wake(struct handover *h);

#endif
