#include "quota.h"

#include <stdlib.h>

#include "proto/key.h"

#define SLOTS 4096u
#define BUCKETS_MOST 16384u /* more sources than a city has; full buckets are forgotten first */
#define MINUTE_US 60000000ll

struct bucket {
    struct bucket *next;
    int64_t filled_us;
    double tokens;
    uint32_t source_n;
    char source[SOURCE_MAX_BYTES];
};

struct quota {
    uint32_t buckets;
    struct bucket *slot[SLOTS];
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
        for (struct bucket **b = &q->slot[i]; *b != NULL;) {
            struct bucket *old = *b;
            if (now_us - old->filled_us < idle_us) {
                b = &old->next;
                continue;
            }
            *b = old->next;
            q->buckets--;
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

static struct bucket *bucket_of(struct quota *q, struct slice source, uint32_t per_minute,
                                int64_t now_us)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (uint32_t i = 0; i < source.n; i++)
        h = (h ^ (uint8_t)source.p[i]) * 16777619u;
    struct bucket **slot = &q->slot[h % SLOTS];
    for (struct bucket *b = *slot; b != NULL; b = b->next)
        if (b->source_n == source.n && memcmp(b->source, source.p, source.n) == 0)
            return b;
    if (q->buckets >= BUCKETS_MOST)
        forget_idle(q, now_us, MINUTE_US);
    if (q->buckets >= BUCKETS_MOST)
        forget_idle(q, now_us, 0);
    struct bucket *b = calloc(1, sizeof *b);
    if (b == NULL)
        abort();
    b->source_n = source.n < sizeof b->source ? source.n : (uint32_t)sizeof b->source;
    memcpy(b->source, source.p, b->source_n);
    b->tokens = per_minute;
    b->filled_us = now_us;
    b->next = *slot;
    *slot = b;
    q->buckets++;
    return b;
}

uint32_t quota_take(struct quota *q, struct slice source, uint32_t per_minute, int64_t now_us)
{
    struct bucket *b = bucket_of(q, source, per_minute, now_us);
    b->tokens += (double)(now_us - b->filled_us) * per_minute / MINUTE_US;
    b->filled_us = now_us;
    if (b->tokens > per_minute)
        b->tokens = per_minute;
    if (b->tokens < 1) {
        double wait_us = (1 - b->tokens) * MINUTE_US / per_minute;
        return (uint32_t)(wait_us / 1000000) + 1;
    }
    b->tokens -= 1;
    return 0;
}
