#include "handover.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ROOM_AT_FIRST 64u

struct list {
    void **at;
    uint32_t n, room;
};

struct handover_queue {
    pthread_mutex_t lock;
    struct list waiting;
    bool told; /* the descriptor is readable */

    /* the taker's: taken out at once, so that the lock is asked for once in many pointers */
    struct list taken;
    uint32_t next;
};

bool handover_open(struct handover *h)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return false;
    struct handover_queue *q = calloc(1, sizeof *q);
    if (q == NULL)
        abort();
    pthread_mutex_init(&q->lock, NULL);
    *h = (struct handover){fd, q};
    return true;
}

void handover_close(struct handover *h)
{
    if (h->queue == NULL)
        return;
    close(h->read_fd);
    pthread_mutex_destroy(&h->queue->lock);
    free(h->queue->waiting.at);
    free(h->queue->taken.at);
    free(h->queue);
    *h = (struct handover){0, NULL};
}

static void add(struct list *l, void *pointer)
{
    if (l->n == l->room) {
        l->room = l->room == 0 ? ROOM_AT_FIRST : 2 * l->room;
        l->at = reallocarray(l->at, l->room, sizeof *l->at);
        if (l->at == NULL)
            abort();
    }
    l->at[l->n++] = pointer;
}

void handover_put(struct handover *h, void *pointer)
{
    pthread_mutex_lock(&h->queue->lock);
    add(&h->queue->waiting, pointer);
    pthread_mutex_unlock(&h->queue->lock);
}

/* Under the lock, so that the descriptor is readable if, and only if, `told` says so. */
void handover_wake(struct handover *h)
{
    struct handover_queue *q = h->queue;
    pthread_mutex_lock(&q->lock);
    if (!q->told && q->waiting.n > 0 && eventfd_write(h->read_fd, 1) != 0)
        abort();
    q->told = q->told || q->waiting.n > 0;
    pthread_mutex_unlock(&q->lock);
}

void handover_give(struct handover *h, void *pointer)
{
    handover_put(h, pointer);
    handover_wake(h);
}

/* What waits becomes what was taken; false: nothing does, and the next that comes is told. */
static bool take_all(struct handover *h)
{
    struct handover_queue *q = h->queue;
    eventfd_t count;
    pthread_mutex_lock(&q->lock);
    struct list all = q->waiting;
    q->waiting = (struct list){q->taken.at, 0, q->taken.room};
    if (all.n == 0 && q->told && eventfd_read(h->read_fd, &count) != 0)
        abort();
    q->told = q->told && all.n > 0;
    pthread_mutex_unlock(&q->lock);
    q->taken = all;
    q->next = 0;
    return all.n > 0;
}

void *handover_take(struct handover *h)
{
    struct handover_queue *q = h->queue;
    if (q->next == q->taken.n && !take_all(h))
        return NULL;
    return q->taken.at[q->next++];
}

unsigned handover_left(const struct handover *h)
{
    return h->queue->taken.n - h->queue->next;
}
