#include "gate.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/bucket.h"
#include "proto/key.h"

#define SLOTS 1024u
#define SEATS_MOST 8192u
#define SECOND_US 1000000ll
#define IDLE_US (10 * SECOND_US)

struct seat {
    struct seat *next;
    struct bucket messages;
    uint64_t held_bytes;
    uint32_t source_n;
    char source[SOURCE_MAX_BYTES];
};

struct gate {
    uint32_t seats;
    struct seat *slot[SLOTS];
};

struct gate *gate_new(void)
{
    struct gate *g = calloc(1, sizeof *g);
    if (g == NULL)
        abort();
    return g;
}

/* A seat that holds nothing and would be full again says nothing. */
static void forget(struct gate *g, int64_t now_us, int64_t idle_us, bool all)
{
    for (unsigned i = 0; i < SLOTS; i++)
        for (struct seat **at = &g->slot[i]; *at != NULL;) {
            struct seat *s = *at;
            if (!all && (s->held_bytes > 0 || now_us - s->messages.filled_us < idle_us)) {
                at = &s->next;
                continue;
            }
            *at = s->next;
            g->seats--;
            free(s);
        }
}

void gate_free(struct gate **g)
{
    if (*g == NULL)
        return;
    forget(*g, 0, 0, true);
    free(*g);
    *g = NULL;
}

static struct seat **slot_of(struct gate *g, struct slice source)
{
    return &g->slot[slice_hash(source) % SLOTS];
}

static struct seat *find(struct gate *g, struct slice source)
{
    for (struct seat *s = *slot_of(g, source); s != NULL; s = s->next)
        if (s->source_n == source.n &&
            (source.n == 0 || memcmp(s->source, source.p, source.n) == 0))
            return s;
    return NULL;
}

static struct seat *seat_of(struct gate *g, struct slice source, uint32_t per_second,
                            int64_t now_us)
{
    struct seat *s = find(g, source);
    if (s != NULL)
        return s;
    if (g->seats >= SEATS_MOST)
        forget(g, now_us, IDLE_US, false);
    s = calloc(1, sizeof *s);
    if (s == NULL)
        abort();
    s->source_n = source.n < sizeof s->source ? source.n : (uint32_t)sizeof s->source;
    if (s->source_n > 0)
        memcpy(s->source, source.p, s->source_n);
    s->messages = bucket_full(per_second, now_us);
    struct seat **slot = slot_of(g, source);
    s->next = *slot;
    *slot = s;
    g->seats++;
    return s;
}

uint32_t gate_message(struct gate *g, struct slice source, uint32_t per_second, int64_t mono_us)
{
    struct seat *s = seat_of(g, source, per_second, mono_us);
    return !bucket_take(&s->messages, per_second, SECOND_US, mono_us);
}

bool gate_hold(struct gate *g, struct slice source, uint32_t bytes, uint32_t most)
{
    struct seat *s = find(g, source);
    if (s == NULL)
        s = seat_of(g, source, 0, 0);
    if (s->held_bytes > 0 && s->held_bytes + bytes > most)
        return false;
    s->held_bytes += bytes;
    return true;
}

void gate_release(struct gate *g, struct slice source, uint32_t bytes)
{
    struct seat *s = find(g, source);
    if (s != NULL)
        s->held_bytes -= s->held_bytes < bytes ? s->held_bytes : bytes;
}
