#include "heads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/views/head.h"
#include "proto/stamp.h"

struct heads {
    struct door *door;
    bool signs;
    uint8_t seed[HEAD_SEED_BYTES];
    uint64_t seq;
    uint8_t hash[ENTRY_HASH_BYTES];
    uint32_t day; /* of the last one proposed */
};

struct heads *heads_new(struct door *d, const uint8_t *seed, uint64_t seq, const uint8_t *hash)
{
    struct heads *h = calloc(1, sizeof *h);
    if (h == NULL)
        abort();
    h->door = d;
    h->signs = seed != NULL;
    if (h->signs) {
        struct head any;
        memcpy(h->seed, seed, sizeof h->seed);
        head_sign(h->seed, "", "", 0, hash, &any);
        memcpy(d->signer, any.public_key, sizeof d->signer);
    }
    h->seq = seq;
    memcpy(h->hash, hash, sizeof h->hash);
    d->chain_seq = &h->seq;
    d->chain_hash = h->hash;
    return h;
}

void heads_free(struct heads **h)
{
    if (*h == NULL)
        return;
    explicit_bzero((*h)->seed, sizeof(*h)->seed);
    free(*h);
    *h = NULL;
}

void heads_stored(struct heads *h, const struct facts *f)
{
    if (f->seq <= h->seq)
        return;
    h->seq = f->seq;
    memcpy(h->hash, f->hash, sizeof h->hash);
}

/* After a restart the day has its head already: the key says so. */
static void told(void *self, struct errand *errand)
{
    struct heads *h = self;
    int verdict = errand->proposals[0]->verdict;
    if (verdict == V_DONE || verdict == E_KEY_REUSED)
        return;
    log_warn("the head of the chain could not be recorded: %s; tried again in a second",
             verdict_name(verdict));
    h->day = 0;
}

static void propose(struct heads *h, const char *day)
{
    struct door *d = h->door;
    struct head head;
    head_sign(h->seed, d->identity->node, day, h->seq, h->hash, &head);
    struct errand *errand = pipeline_own_errand(d->pipeline, told, h);
    struct arena *arena = pipeline_errand_arena(errand);
    struct person_role who = {.role = ROLE_SYSTEM, .registered = true, .skpd = ""};
    struct proposal *p =
        pipeline_proposal(d->pipeline, errand, 0, d->city, &who, SLICE_LIT(OWN_SOURCE));
    const struct entry_pair pairs[] = {{"day", slice_from(head.day)},
                                       {"upto", slice_from(head.upto)},
                                       {"hash", slice_from(head.hash)},
                                       {"public", slice_from(head.public_key)},
                                       {"sign", slice_from(head.sign)}};
    p->entry.what = ENTRY_HEAD;
    p->entry.key = arena_printf(arena, "head.%s", day);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        p->words.said[p->words.said_n++] = (struct entry_pair){
            pairs[i].name, arena_copy(arena, pairs[i].value.p, pairs[i].value.n)};
    pipeline_run(d->pipeline, p);
    pipeline_enter(d->pipeline, errand);
}

void heads_tick(struct heads *h)
{
    struct door *d = h->door;
    char text[STAMP_BYTES];
    uint32_t day = stamp_day(clock_now(d->clock), city_settings(d->city)->tz_offset_s);
    if (!h->signs || h->seq == 0 || day == h->day)
        return;
    h->day = day;
    stamp_date(day, text);
    propose(h, text);
}
