#include "index.h"

#include <stdlib.h>

#include "proto/uncleared.h"

/* A longer list is a bitmap. A bitmap has exactly 512 bytes, a list never. */
#define LIST_MOST 255u
#define SLOTS 16384u /* of the hash of the newest chunk; a power of two */

/* One value of the newest chunk. Most values are words that stand in a few cases: a rising list,
 * until it is too long. */
struct posting {
    struct posting *next; /* in its slot */
    struct posting *next_dirty;
    struct index_set *set; /* NULL: the list */
    uint16_t *list;
    uint16_t n, room; /* of the list */
    bool dirty;
    uint8_t dimension, value_n;
    char value[];
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

static void set_place(struct index_set *set, uint32_t place, bool member)
{
    uint64_t bit = 1ull << (place % 64);
    set->word[place / 64] = member ? set->word[place / 64] | bit : set->word[place / 64] & ~bit;
}

/* ---- rows ---- */

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
    for (uint32_t i = 0; i + 1 < row.n; i += 2)
        set_place(set, ((uint32_t)b[i] << 8 | b[i + 1]) % INDEX_CHUNK, true);
}

static void store_list(struct txn *t, const struct rowkey *k, const uint16_t *list, uint32_t n)
{
    uint8_t row[2 * LIST_MOST] UNCLEARED;
    for (uint32_t i = 0; i < n; i++) {
        row[2 * i] = (uint8_t)(list[i] >> 8);
        row[2 * i + 1] = (uint8_t)list[i];
    }
    if (n == 0)
        txn_del(t, TABLE_INDEX, k);
    else
        txn_put(t, TABLE_INDEX, k, row, 2 * n);
}

static uint32_t list_of(const struct index_set *set, uint16_t list[LIST_MOST])
{
    uint32_t n = 0;
    for (unsigned i = 0; i < INDEX_WORDS; i++)
        for (uint64_t rest = set->word[i]; rest != 0; rest &= rest - 1)
            list[n++] = (uint16_t)(i * 64 + (uint32_t)__builtin_ctzll(rest));
    return n;
}

static void store_set(struct txn *t, const struct rowkey *k, const struct index_set *set)
{
    uint16_t list[LIST_MOST] UNCLEARED;
    uint8_t row[sizeof *set] UNCLEARED;
    if (index_set_count(set) <= LIST_MOST) {
        store_list(t, k, list, list_of(set, list));
        return;
    }
    for (uint32_t n = 0; n < sizeof row; n++)
        row[n] = (uint8_t)(set->word[n / 8] >> (8 * (7 - n % 8)));
    txn_put(t, TABLE_INDEX, k, row, sizeof row);
}

/* ---- the newest chunk ---- */

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
            free(p->list);
            free(p->set);
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
    struct posting **slot = &ix->slot[(slice_hash(value) ^ d * 2654435761u) % SLOTS];
    for (struct posting *p = *slot; p != NULL; p = p->next)
        if (p->dimension == d && slice_same((struct slice){p->value, p->value_n}, value))
            return p;
    struct posting *p = calloc(1, sizeof *p + value.n);
    if (p == NULL || value.n > UINT8_MAX)
        abort();
    p->dimension = d;
    p->value_n = (uint8_t)value.n;
    if (value.n > 0)
        memcpy(p->value, value.p, value.n);
    p->next = *slot;
    *slot = p;
    return p;
}

static void become_set(struct posting *p)
{
    p->set = calloc(1, sizeof *p->set);
    if (p->set == NULL)
        abort();
    for (uint32_t i = 0; i < p->n; i++)
        set_place(p->set, p->list[i], true);
    free(p->list);
    p->list = NULL;
    p->n = p->room = 0;
}

static void make_room(struct posting *p)
{
    if (p->n < p->room)
        return;
    p->room = p->room == 0 ? 4 : (uint16_t)(2 * p->room);
    p->list = realloc(p->list, p->room * sizeof *p->list);
    if (p->list == NULL)
        abort();
}

/* Where the place stands in the list, or would. Numbers rise: it is mostly the end. */
static uint32_t find_place(const struct posting *p, uint32_t place)
{
    uint32_t at = p->n;
    while (at > 0 && p->list[at - 1] >= place)
        at--;
    return at;
}

static void put_place(struct posting *p, uint32_t place, bool member)
{
    if (p->set == NULL && p->n == LIST_MOST && member)
        become_set(p);
    if (p->set != NULL) {
        set_place(p->set, place, member);
        return;
    }
    uint32_t at = find_place(p, place);
    bool there = at < p->n && p->list[at] == place;
    if (there == member)
        return;
    if (member) {
        make_room(p);
        memmove(p->list + at + 1, p->list + at, (p->n - at) * sizeof *p->list);
        p->list[at] = (uint16_t)place;
        p->n++;
    } else {
        p->n--;
        memmove(p->list + at, p->list + at + 1, (p->n - at) * sizeof *p->list);
    }
}

static void load_posting(struct posting *p, struct slice row)
{
    struct index_set set = {{0}};
    decode_into(row, &set);
    for (unsigned i = 0; i < INDEX_WORDS; i++)
        for (uint64_t rest = set.word[i]; rest != 0; rest &= rest - 1)
            put_place(p, i * 64 + (uint32_t)__builtin_ctzll(rest), true);
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
        load_posting(posting_of(ix, (uint8_t)w.key.p[4], value), w.value);
    }
}

void index_flush(struct index *ix, struct txn *t)
{
    while (ix->dirty != NULL) {
        struct posting *p = ix->dirty;
        ix->dirty = p->next_dirty;
        p->dirty = false;
        struct rowkey k = row_of(ix->chunk, p->dimension, (struct slice){p->value, p->value_n});
        if (p->set != NULL)
            store_set(t, &k, p->set);
        else
            store_list(t, &k, p->list, p->n);
    }
}

static void change(struct index *ix, struct txn *t, uint64_t seq, uint8_t d, struct slice value,
                   bool member)
{
    uint32_t chunk = (uint32_t)(seq / INDEX_CHUNK), place = (uint32_t)(seq % INDEX_CHUNK);
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
        set_place(&set, place, member);
        store_set(t, &k, &set);
        return;
    }
    struct posting *p = posting_of(ix, d, value);
    put_place(p, place, member);
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

/* A walk does not live through a write: each value found is taken out, and the walk begins anew
 * behind it. */
void index_forget(struct index *ix, struct txn *t, uint64_t seq, enum index_dimension d)
{
    uint32_t chunk = (uint32_t)(seq / INDEX_CHUNK), place = (uint32_t)(seq % INDEX_CHUNK);
    char value[UINT8_MAX + 1];
    struct slice from = {0};
    struct index_walk w;
    index_flush(ix, t);
    for (bool more = index_first(&w, t, chunk, d, from); more;) {
        struct index_set set = {{0}};
        index_or_here(&w, &set);
        if (!index_set_has(&set, place)) {
            more = index_next(&w);
            continue;
        }
        memcpy(value, w.value.p, w.value.n);
        value[w.value.n] = '\0'; /* the next value that can be */
        from = (struct slice){value, w.value.n + 1};
        index_close(&w);
        index_remove(ix, t, seq, d, (struct slice){value, from.n - 1});
        more = index_first(&w, t, chunk, d, from);
    }
    index_flush(ix, t);
}

/* ---- reading ---- */

void index_or(struct txn *t, uint32_t chunk, enum index_dimension d, struct slice value,
              struct index_set *set)
{
    struct rowkey k = row_of(chunk, (uint8_t)d, value);
    struct slice row;
    if (txn_get(t, TABLE_INDEX, &k, &row))
        decode_into(row, set);
}

static bool inside(struct index_walk *w, bool more)
{
    if (!more)
        return false;
    if (rowkey_read_u32(w->walk.key.p) == w->chunk && (uint8_t)w->walk.key.p[4] == w->dimension) {
        w->value = (struct slice){w->walk.key.p + 5, w->walk.key.n - 5};
        return true;
    }
    walk_close(&w->walk);
    return false;
}

bool index_first(struct index_walk *w, struct txn *t, uint32_t chunk, enum index_dimension d,
                 struct slice from)
{
    struct rowkey k = row_of(chunk, (uint8_t)d, from);
    *w = (struct index_walk){.chunk = chunk, .dimension = d};
    return inside(w, walk_from(&w->walk, t, TABLE_INDEX, &k));
}

bool index_next(struct index_walk *w)
{
    return inside(w, walk_next(&w->walk));
}

void index_or_here(const struct index_walk *w, struct index_set *set)
{
    decode_into(w->walk.value, set);
}

void index_close(struct index_walk *w)
{
    walk_close(&w->walk);
}
