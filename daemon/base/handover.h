/* handover: one pointer at a time from one thread to another. Ownership moves with the pointer.
 *
 * A pipe: the reading end can be waited for beside sockets, a pointer is written whole or not at
 * all, and the kernel orders what was written before it. At most HANDOVER_MAX pointers are under
 * way; whoever hands over keeps to it. */
#ifndef SIAGA_BASE_HANDOVER_H
#define SIAGA_BASE_HANDOVER_H

#include <stdbool.h>

#define HANDOVER_MAX 8192 /* pointers in a pipe of 65,536 bytes */

struct handover {
    int read_fd, write_fd;
};

bool handover_open(struct handover *h); /* false: no descriptors left */
void handover_close(struct handover *h);
void handover_give(struct handover *h, void *pointer);
void *handover_take(struct handover *h); /* NULL: nothing waits */

#endif
