#include "links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/key.h"

#define SLOTS 4096u
#define RECENT_US 60000000ll
#define TOLD_US 600000000ll /* the same two places are news again after this */
#define KEY_BYTES 48u

struct link {
    struct link *next;          /* in its slot */
    struct link *older, *newer; /* in the order of last messages */
    struct address at;
    char source[SOURCE_MAX_BYTES + 1], key[KEY_BYTES], peer[LINK_PEER_BYTES];
    int64_t heard_us, told_us;
};

struct links {
    struct link *slot[SLOTS], *oldest, *newest;
    uint32_t count;
};

struct links *links_new(void)
{
    struct links *l = calloc(1, sizeof *l);
    if (l == NULL)
        abort();
    return l;
}

static struct link **slot_of(struct links *l, const struct address *at)
{
    return &l->slot[slice_hash((struct slice){(const char *)at->id, at->n}) % SLOTS];
}

static void unchain(struct links *l, struct link *k)
{
    *(k->older ? &k->older->newer : &l->oldest) = k->newer;
    *(k->newer ? &k->newer->older : &l->newest) = k->older;
}

static void chain(struct links *l, struct link *k)
{
    k->newer = NULL;
    k->older = l->newest;
    *(l->newest ? &l->newest->newer : &l->oldest) = k;
    l->newest = k;
}

static void drop(struct links *l, struct link *k)
{
    struct link **at = slot_of(l, &k->at);
    while (*at != k)
        at = &(*at)->next;
    *at = k->next;
    unchain(l, k);
    l->count--;
    free(k);
}

void links_free(struct links **l)
{
    if (*l == NULL)
        return;
    while ((*l)->oldest != NULL)
        drop(*l, (*l)->oldest);
    free(*l);
    *l = NULL;
}

static struct link *find(struct links *l, const struct address *at)
{
    for (struct link *k = *slot_of(l, at); k != NULL; k = k->next)
        if (k->at.n == at->n && memcmp(k->at.id, at->id, at->n) == 0)
            return k;
    return NULL;
}

static struct link *make(struct links *l, const struct parcel *parcel)
{
    if (l->count == LINKS_MOST)
        drop(l, l->oldest);
    struct link *k = calloc(1, sizeof *k);
    if (k == NULL)
        abort();
    struct link **slot = slot_of(l, &parcel->from);
    k->at = parcel->from;
    k->next = *slot;
    *slot = k;
    snprintf(k->key, sizeof k->key, SLICE_FMT, SLICE_ARG(parcel->key));
    snprintf(k->peer, sizeof k->peer, SLICE_FMT, SLICE_ARG(parcel->peer));
    chain(l, k);
    l->count++;
    return k;
}

/* The same key, heard elsewhere a moment ago. */
static struct link *elsewhere(struct links *l, const struct link *k, int64_t now_us)
{
    for (struct link *o = l->newest; o != NULL && now_us - o->heard_us < RECENT_US; o = o->older)
        if (o != k && strcmp(o->key, k->key) == 0 && strcmp(o->peer, k->peer) != 0)
            return o;
    return NULL;
}

/* This key in this place was told of a while ago, by whichever connection. */
static bool told(struct links *l, const char *key, const char *peer, int64_t now_us)
{
    for (struct link *o = l->newest; o != NULL && now_us - o->heard_us < TOLD_US + RECENT_US;
         o = o->older)
        if (o->told_us != 0 && now_us - o->told_us < TOLD_US && strcmp(o->key, key) == 0 &&
            strcmp(o->peer, peer) == 0)
            return true;
    return false;
}

bool links_note(struct links *l, const struct parcel *parcel, struct slice source, int64_t mono_us,
                char ret_other[LINK_PEER_BYTES])
{
    struct link *k = find(l, &parcel->from);
    bool fresh = k == NULL;
    if (fresh)
        k = make(l, parcel);
    k->heard_us = mono_us;
    if (!slice_is(source, k->source))
        snprintf(k->source, sizeof k->source, SLICE_FMT, SLICE_ARG(source));
    unchain(l, k);
    chain(l, k);
    struct link *other = fresh && !parcel->claims ? elsewhere(l, k, mono_us) : NULL;
    if (other == NULL ||
        (told(l, k->key, k->peer, mono_us) && told(l, k->key, other->peer, mono_us)))
        return false;
    other->told_us = k->told_us = mono_us;
    memcpy(ret_other, other->peer, LINK_PEER_BYTES);
    return true;
}

unsigned links_judge(struct links *l,
                     bool (*keep)(void *self, struct slice source, struct slice key),
                     void (*cut)(void *self, const struct address *to), void *self)
{
    unsigned cut_n = 0;
    for (struct link *k = l->oldest, *next; k != NULL; k = next) {
        next = k->newer;
        if (keep(self, slice_from(k->source), slice_from(k->key)))
            continue;
        cut(self, &k->at);
        drop(l, k);
        cut_n++;
    }
    return cut_n;
}

uint32_t links_count(const struct links *l)
{
    return l->count;
}
