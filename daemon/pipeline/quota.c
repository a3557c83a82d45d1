#include "quota.h"

#include <stdlib.h>

#include "daemon/base/bucket.h"
#include "proto/key.h"

#define SLOTS 4096u
#define SEATS_MOST 16384u /* more sources than a city has; full buckets are forgotten first */
#define MINUTE_US 60000000ll

struct seat {
    struct seat *next;
    struct bucket tokens;
    uint32_t source_n;
    char source[SOURCE_MAX_BYTES];
};

struct quota {
    uint32_t seats;
    struct seat *slot[SLOTS];
};

struct quota *quota_new(void)
{
    struct quota *q = calloc(1, sizeof *q);
    if (q == NULL)
        abort();
    return q;
}

/* A bucket that would be full again by now says nothing that a new one would not. */
static void forget_idle(struct quota *q, int64_t now_us, int64_t idle_us)
{
    for (unsigned i = 0; i < SLOTS; i++)
        for (struct seat **at = &q->slot[i]; *at != NULL;) {
            struct seat *old = *at;
            if (now_us - old->tokens.filled_us < idle_us) {
                at = &old->next;
                continue;
            }
            *at = old->next;
            q->seats--;
            free(old);
        }
}

void quota_free(struct quota **q)
{
    if (*q == NULL)
        return;
    forget_idle(*q, INT64_MAX, 0);
    free(*q);
    *q = NULL;
}

static struct seat *seat_of(struct quota *q, struct slice source, uint32_t per_minute,
                            int64_t now_us)
{
    struct seat **slot = &q->slot[slice_hash(source) % SLOTS];
    for (struct seat *s = *slot; s != NULL; s = s->next)
        if (s->source_n == source.n && memcmp(s->source, source.p, source.n) == 0)
            return s;
    if (q->seats >= SEATS_MOST)
        forget_idle(q, now_us, MINUTE_US);
    if (q->seats >= SEATS_MOST)
        forget_idle(q, now_us, 0);
    struct seat *s = calloc(1, sizeof *s);
    if (s == NULL)
        abort();
    s->source_n = source.n < sizeof s->source ? source.n : (uint32_t)sizeof s->source;
    memcpy(s->source, source.p, s->source_n);
    s->tokens = bucket_full(per_minute, now_us);
    s->next = *slot;
    *slot = s;
    q->seats++;
    return s;
}

uint32_t quota_take(struct quota *q, struct slice source, uint32_t per_minute, int64_t now_us)
{
    struct seat *s = seat_of(q, source, per_minute, now_us);
    if (bucket_take(&s->tokens, per_minute, MINUTE_US, now_us))
        return 0;
    return (uint32_t)(bucket_wait_us(&s->tokens, per_minute, MINUTE_US) / 1000000) + 1;
}
