#include "batch.h"

#include <stdlib.h>

struct batch *batch_new(void)
{
    struct batch *b = calloc(1, sizeof *b);
    if (b == NULL)
        abort();
    return b;
}

void batch_clear(struct batch *b)
{
    arena_reset(&b->arena);
    b->group = (struct jgroup){.lane = LANE_BULK};
    b->errands = NULL;
    b->bytes = 0;
    b->next = NULL;
}

void batch_free(struct batch **b)
{
    arena_drop(&(*b)->arena);
    free(*b);
    *b = NULL;
}

bool batch_fits(const struct batch *b, uint32_t entries)
{
    return b->group.count + entries <= BATCH_ENTRIES &&
           (b->group.count == 0 || b->bytes < BATCH_BYTES);
}

void batch_add(struct batch *b, struct proposal *p)
{
    b->proposals[b->group.count] = p;
    b->entries[b->group.count] = &p->entry;
    b->bytes += p->entry.shown.n + p->entry.texts.n;
    b->group.count++;
}

void batch_seal(struct batch *b, enum lane lane)
{
    b->group.lane = lane;
    b->group.entries = b->entries;
    b->group.outcomes = arena_alloc(&b->arena, (b->group.count + 1) * sizeof *b->group.outcomes);
    b->group.arena = &b->arena;
    b->group.tag = b;
}
