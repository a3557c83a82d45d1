#include "backlog.h"

#include <stdlib.h>

#define EVENTS_AT_ONCE \
    256u /* decoded before the urgent ones have their turn again: about two milliseconds */

struct kept {
    struct kept *next;
    struct parcel parcel; /* all it points at lies behind it: the router's goes with its line */
    char bytes[];
};

struct backlog {
    struct door *door;
    struct kept *first, **end;
    uint32_t messages;
    size_t bytes;
};

struct backlog *backlog_new(struct door *door)
{
    struct backlog *b = calloc(1, sizeof *b);
    if (b == NULL)
        abort();
    b->door = door;
    b->end = &b->first;
    return b;
}

static struct kept *take_first(struct backlog *b)
{
    struct kept *k = b->first;
    b->first = k->next;
    if (b->first == NULL)
        b->end = &b->first;
    b->messages--;
    b->bytes -= k->parcel.bytes.n;
    return k;
}

void backlog_free(struct backlog **b)
{
    if (*b == NULL)
        return;
    while ((*b)->first != NULL)
        free(take_first(*b));
    free(*b);
    *b = NULL;
}

static char *move_behind(char *at, struct slice *s)
{
    if (s->n > 0)
        memcpy(at, s->p, s->n);
    s->p = at;
    return at + s->n;
}

static void keep(struct backlog *b, const struct parcel *parcel)
{
    struct kept *k =
        malloc(sizeof *k + parcel->bytes.n + parcel->identity.n + parcel->key.n + parcel->peer.n);
    if (k == NULL)
        abort();
    *k = (struct kept){.parcel = *parcel};
    char *at = move_behind(k->bytes, &k->parcel.bytes);
    at = move_behind(at, &k->parcel.identity);
    at = move_behind(at, &k->parcel.key);
    move_behind(at, &k->parcel.peer);
    *b->end = k;
    b->end = &k->next;
    b->messages++;
    b->bytes += parcel->bytes.n;
}

void backlog_sort(struct backlog *b, const struct parcel *parcel)
{
    if (!submit_is_bulk(parcel))
        door_take(b->door, parcel);
    else if (b->messages < BACKLOG_MESSAGES && b->bytes < BACKLOG_BYTES)
        keep(b, parcel);
    else
        door_busy(b->door, parcel);
}

bool backlog_empty(const struct backlog *b)
{
    return b->first == NULL;
}

bool backlog_work(struct backlog *b)
{
    uint64_t before = b->door->counters->at[COUNT_RECEIVED];
    while (b->first != NULL && b->door->counters->at[COUNT_RECEIVED] - before < EVENTS_AT_ONCE) {
        struct kept *k = take_first(b);
        door_take(b->door, &k->parcel);
        free(k);
    }
    return b->first != NULL;
}
