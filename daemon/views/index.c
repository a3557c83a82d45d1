#include "index.h"

#include <stdlib.h>

#define LIST_MOST                                                                              \
    255u            /* a longer list is a bitmap; a bitmap has exactly 512 bytes, a list never \
                     */
#define SLOTS 4096u /* of the hash of the newest chunk; a power of two */

/* One value of the newest chunk. */
struct posting {
    struct posting *next; /* in its slot */
    struct posting *next_dirty;
    bool dirty;
    uint8_t dimension, value_n;
    char value[64];
    struct index_set set;
};

struct index {
    uint32_t chunk;
    bool any; /* chunk is meaningful */
    struct posting *slot[SLOTS];
    struct posting *dirty;
};

uint32_t index_set_count(const struct index_set *s)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < INDEX_WORDS; i++)
        n += (uint32_t)__builtin_popcountll(s->word[i]);
    return n;
}

static struct rowkey row_of(uint32_t chunk, uint8_t d, struct slice value)
{
    struct rowkey k = rowkey_new();
    rowkey_bytes(rowkey_u8(rowkey_u32(&k, chunk), d), value.p, value.n);
    return k;
}

/* Either form of a row, added to a set. */
static void decode_into(struct slice row, struct index_set *set)
{
    const uint8_t *b = (const uint8_t *)row.p;
    if (row.n == sizeof *set) {
        for (unsigned i = 0; i < INDEX_WORDS; i++)
            set->word[i] |= rowkey_read_u64(b + 8 * i);
        return;
    }
    for (uint32_t i = 0; i + 1 < row.n; i += 2) {
        uint32_t place = ((uint32_t)b[i] << 8 | b[i + 1]) % INDEX_CHUNK;
        set->word[place / 64] |= 1ull << (place % 64);
    }
}

static void store_set(struct txn *t, const struct rowkey *k, const struct index_set *set)
{
    uint32_t count = index_set_count(set);
    uint8_t row[sizeof *set];
    uint32_t n = 0;
    if (count == 0) {
        txn_del(t, TABLE_INDEX, k);
        return;
    }
    for (unsigned i = 0; i < INDEX_WORDS; i++) {
        if (count > LIST_MOST) {
            for (int byte = 7; byte >= 0; byte--)
                row[n++] = (uint8_t)(set->word[i] >> (8 * byte));
            continue;
        }
        for (uint64_t rest = set->word[i]; rest != 0; rest &= rest - 1) {
            uint32_t place = i * 64 + (uint32_t)__builtin_ctzll(rest);
            row[n++] = (uint8_t)(place >> 8);
            row[n++] = (uint8_t)place;
        }
    }
    txn_put(t, TABLE_INDEX, k, row, n);
}

struct index *index_new(void)
{
    struct index *ix = calloc(1, sizeof *ix);
    if (ix == NULL)
        abort();
    return ix;
}

static void forget_chunk(struct index *ix)
{
    for (unsigned i = 0; i < SLOTS; i++)
        for (struct posting *p = ix->slot[i]; p != NULL; p = ix->slot[i]) {
            ix->slot[i] = p->next;
            free(p);
        }
    ix->dirty = NULL;
}

void index_free(struct index **ix)
{
    if (*ix == NULL)
        return;
    forget_chunk(*ix);
    free(*ix);
    *ix = NULL;
}

static struct posting *posting_of(struct index *ix, uint8_t d, struct slice value)
{
    uint32_t h = 2166136261u ^ d; /* FNV-1a */
    for (uint32_t i = 0; i < value.n; i++)
        h = (h ^ (uint8_t)value.p[i]) * 16777619u;
    struct posting **slot = &ix->slot[h % SLOTS];
    for (struct posting *p = *slot; p != NULL; p = p->next)
        if (p->dimension == d && slice_same((struct slice){p->value, p->value_n}, value))
            return p;
    struct posting *p = calloc(1, sizeof *p);
    if (p == NULL || value.n > sizeof p->value)
        abort();
    p->dimension = d;
    p->value_n = (uint8_t)value.n;
    if (value.n > 0)
        memcpy(p->value, value.p, value.n);
    p->next = *slot;
    *slot = p;
    return p;
}

uint32_t index_newest_chunk(struct txn *t, bool *ret_any)
{
    struct walk w;
    *ret_any = walk_last(&w, t, TABLE_INDEX);
    if (!*ret_any)
        return 0;
    uint32_t chunk = rowkey_read_u32(w.key.p);
    walk_close(&w);
    return chunk;
}

void index_load(struct index *ix, struct txn *t)
{
    forget_chunk(ix);
    ix->chunk = index_newest_chunk(t, &ix->any);
    struct rowkey from = rowkey_new();
    struct walk w;
    rowkey_u32(&from, ix->chunk);
    for (bool more = ix->any && walk_from(&w, t, TABLE_INDEX, &from); more; more = walk_next(&w)) {
        struct slice value = {w.key.p + 5, w.key.n - 5};
        decode_into(w.value, &posting_of(ix, (uint8_t)w.key.p[4], value)->set);
    }
}

void index_flush(struct index *ix, struct txn *t)
{
    while (ix->dirty != NULL) {
        struct posting *p = ix->dirty;
        ix->dirty = p->next_dirty;
        p->dirty = false;
        struct rowkey k = row_of(ix->chunk, p->dimension, (struct slice){p->value, p->value_n});
        store_set(t, &k, &p->set);
    }
}

static void change(struct index *ix, struct txn *t, uint64_t seq, uint8_t d, struct slice value,
                   bool add)
{
    uint32_t chunk = (uint32_t)(seq / INDEX_CHUNK), place = (uint32_t)(seq % INDEX_CHUNK);
    uint64_t bit = 1ull << (place % 64);
    if (!ix->any || chunk > ix->chunk) {
        index_flush(ix, t);
        forget_chunk(ix);
        ix->chunk = chunk;
        ix->any = true;
    }
    if (chunk < ix->chunk) {
        struct rowkey k = row_of(chunk, d, value);
        struct index_set set = {{0}};
        index_or(t, chunk, (enum index_dimension)d, value, &set);
        set.word[place / 64] = add ? set.word[place / 64] | bit : set.word[place / 64] & ~bit;
        store_set(t, &k, &set);
        return;
    }
    struct posting *p = posting_of(ix, d, value);
    p->set.word[place / 64] = add ? p->set.word[place / 64] | bit : p->set.word[place / 64] & ~bit;
    if (!p->dirty) {
        p->dirty = true;
        p->next_dirty = ix->dirty;
        ix->dirty = p;
    }
}

void index_add(struct index *ix, struct txn *t, uint64_t seq, enum index_dimension d,
               struct slice value)
{
    change(ix, t, seq, (uint8_t)d, value, true);
}

void index_remove(struct index *ix, struct txn *t, uint64_t seq, enum index_dimension d,
                  struct slice value)
{
    change(ix, t, seq, (uint8_t)d, value, false);
}

void index_or(struct txn *t, uint32_t chunk, enum index_dimension d, struct slice value,
              struct index_set *set)
{
    struct rowkey k = row_of(chunk, (uint8_t)d, value);
    struct slice row;
    if (txn_get(t, TABLE_INDEX, &k, &row))
        decode_into(row, set);
}
