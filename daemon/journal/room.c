#include "room.h"

#include "proto/words.h"

#define COUNT_EVERY_MS 1000
#define PART 64u /* of a map is its margin, and at least: */
static const uint64_t LEAST[STORE_ENVS] = {
    [STORE_JOURNAL] = 64u << 10, [STORE_VIEWS] = 256u << 10, [STORE_PERSONS] = 64u << 10};

static uint64_t left(const struct room *r, enum store_env e, uint64_t *ret_margin)
{
    uint64_t used, size;
    store_room(r->store, e, &used, &size);
    *ret_margin = size / PART > LEAST[e] ? size / PART : LEAST[e];
    return used < size ? size - used : 0;
}

static bool tight(const struct room *r, enum store_env e)
{
    uint64_t margin, bytes = left(r, e, &margin);
    return bytes < 8 * margin;
}

bool room_tight(const struct room *r)
{
    return tight(r, STORE_VIEWS);
}

bool room_one_by_one(const struct room *r, const struct entry *next)
{
    bool any = false;
    for (int e = 0; e < STORE_ENVS && next->what == ENTRY_ERASE; e++)
        any = any || tight(r, (enum store_env)e);
    return any;
}

void room_count(struct room *r, int64_t now_ms)
{
    bool due = r->counted_ms == 0 || now_ms - r->counted_ms >= COUNT_EVERY_MS;
    for (int e = 0; e < STORE_ENVS; e++)
        if (due || tight(r, (enum store_env)e))
            store_count_free(r->store, (enum store_env)e);
    if (due)
        r->counted_ms = now_ms;
}

static bool makes_room(const struct jgroup *g)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (g->entries[i]->what != ENTRY_ERASE)
            return false;
    return true;
}

/* Persons are of no concern to who brings none. */
static bool needs(const struct jgroup *g, enum store_env e)
{
    bool any = e != STORE_PERSONS;
    for (uint32_t i = 0; !any && i < g->count; i++)
        any = g->entries[i]->sealed != NULL;
    return any;
}

bool room_for(const struct room *r, const struct jgroup *g, struct err *err)
{
    if (makes_room(g))
        return true;
    for (int e = 0; e < STORE_ENVS; e++) {
        uint64_t margin, bytes = left(r, (enum store_env)e, &margin);
        if (bytes >= margin || !needs(g, (enum store_env)e))
            continue;
        const char *name = store_env_name((enum store_env)e);
        err_set(err, ERR_FATAL,
                "%s/%s is full but for a margin that erasing may need; raise %s_size, or make room "
                "on its disk",
                store_dir(r->store), name, name);
        return false;
    }
    return true;
}
