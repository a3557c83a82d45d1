#include "zap_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/base/bucket.h"
#include "proto/slice.h"

#define KNOCKS_A_SECOND 20u /* refused handshakes of one address; above it nothing is looked up */
#define ADDRESSES 1024u
#define SECOND_US 1000000ll

struct known {
    const struct zap_key *row;
    uint8_t key[32];
    struct bucket handshakes;
};

struct knocks {
    char address[64];
    int64_t second;
    uint32_t count;
};

struct judge {
    struct zap_table *table;
    struct known *known;
    uint32_t *slot; /* 1 + place in known; 0: empty */
    uint32_t slots;
    struct clock clock;
    struct knocks knocks[ADDRESSES];
};

/* Keys are random, so their first bytes are a hash. */
static uint32_t hash_of(const uint8_t key[32])
{
    uint32_t h;
    memcpy(&h, key, sizeof h);
    return h;
}

static struct known *find(const struct judge *j, const uint8_t key[32])
{
    for (uint32_t at = hash_of(key) & (j->slots - 1); j->slot[at] != 0;
         at = (at + 1) & (j->slots - 1)) {
        struct known *k = &j->known[j->slot[at] - 1];
        if (memcmp(k->key, key, 32) == 0)
            return k;
    }
    return NULL;
}

static void add(struct judge *j, uint32_t place)
{
    struct known *k = &j->known[place];
    if (zmq_z85_decode(k->key, k->row->public_key) == NULL || find(j, k->key) != NULL)
        return;
    uint32_t at = hash_of(k->key) & (j->slots - 1);
    while (j->slot[at] != 0)
        at = (at + 1) & (j->slots - 1);
    j->slot[at] = place + 1;
}

struct judge *judge_new(struct zap_table *table, const struct clock *clock)
{
    struct judge *j = calloc(1, sizeof *j);
    if (j == NULL)
        abort();
    j->table = table;
    j->clock = *clock;
    for (j->slots = 16; j->slots < 2 * table->keys_n; j->slots *= 2)
        continue;
    j->slot = calloc(j->slots, sizeof *j->slot);
    j->known = calloc(table->keys_n + 1u, sizeof *j->known);
    if (j->slot == NULL || j->known == NULL)
        abort();
    for (uint32_t i = 0; i < table->keys_n; i++) {
        j->known[i].row = &table->keys[i];
        j->known[i].handshakes = bucket_full(table->keys[i].handshakes_per_minute, 0);
        add(j, i);
    }
    return j;
}

void judge_free(struct judge **j)
{
    if (*j == NULL)
        return;
    zap_table_free(&(*j)->table);
    free((*j)->slot);
    free((*j)->known);
    free(*j);
    *j = NULL;
}

void judge_inherit(struct judge *fresh, const struct judge *old)
{
    memcpy(fresh->knocks, old->knocks, sizeof fresh->knocks);
    for (uint32_t i = 0; i < old->table->keys_n; i++) {
        struct known *k = find(fresh, old->known[i].key);
        if (k != NULL && old->known[i].handshakes.filled_us != 0)
            k->handshakes = old->known[i].handshakes;
    }
}

/* Handshakes cost a thousandth of a second each; one key gets as many a minute as its quota says.
 */
static bool within_quota(struct judge *j, struct known *k)
{
    uint32_t most = k->row->handshakes_per_minute;
    return most == 0 || bucket_take(&k->handshakes, most, 60 * SECOND_US, clock_mono(&j->clock));
}

static struct knocks *knocks_of(struct judge *j, const char *address)
{
    struct knocks *k = &j->knocks[slice_hash(slice_from(address)) % ADDRESSES];
    int64_t second = clock_mono(&j->clock) / SECOND_US;
    if (k->second != second || strcmp(k->address, address) != 0) {
        *k = (struct knocks){.second = second};
        snprintf(k->address, sizeof k->address, "%s", address);
    }
    return k;
}

void judge_key(struct judge *j, const uint8_t key[32], const char *address, struct verdict *ret)
{
    struct knocks *knocks = knocks_of(j, address);
    struct known *k = find(j, key);
    int64_t now = clock_now(&j->clock);
    if (k == NULL && knocks->count >= KNOCKS_A_SECOND) {
        ret->slowed = true;
        return;
    }
    if (k != NULL && (k->row->from_us == 0 || now >= k->row->from_us) &&
        (k->row->until_us == 0 || now < k->row->until_us) && within_quota(j, k)) {
        ret->in = true;
        memcpy(ret->name, k->row->name, sizeof ret->name);
        snprintf(ret->key, sizeof ret->key, "%s", k->row->public_key);
        return;
    }
    if (k != NULL)
        memcpy(ret->name, k->row->name, sizeof ret->name);
    knocks->count++;
}

void judge_user(struct judge *j, const char *address, struct verdict *ret)
{
    unsigned uid;
    const char *colon = strchr(address, ':');
    if (colon == NULL || sscanf(colon + 1, "%u", &uid) != 1)
        return;
    snprintf(ret->key, sizeof ret->key, "uid:%u", uid);
    if (j->table->claimed) {
        ret->in = uid == 0 || uid == geteuid();
        snprintf(ret->name, sizeof ret->name, "%s", ZAP_CLAIMS);
        return;
    }
    for (unsigned i = 0; i < j->table->users_n && !ret->in; i++)
        if (j->table->users[i].uid == uid) {
            ret->in = true;
            memcpy(ret->name, j->table->users[i].name, sizeof ret->name);
        }
}

bool pulse_alive(struct pulse *p, int64_t beat_ms, int64_t now_ms)
{
    int64_t looked = now_ms - p->asked_ms;
    p->silent_ms += looked < PULSE_LOOK_MS ? looked : PULSE_LOOK_MS;
    if (beat_ms != p->beat_ms)
        p->silent_ms = 0;
    p->beat_ms = beat_ms;
    p->asked_ms = now_ms;
    return p->silent_ms < PULSE_DEAD_MS;
}
