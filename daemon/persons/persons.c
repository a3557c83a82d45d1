#include "persons.h"

#include <sodium.h>
#include <stdlib.h>

#define NONCE crypto_secretbox_NONCEBYTES
#define MAC crypto_secretbox_MACBYTES
#define RECORD_MOST 1024u /* the fields at their longest, packed */
#define HEAD 9u           /* of a record's row */
#define FIND_PART (1u + PERSONS_FIND_BYTES)
#define BUCKET_BYTES 2u /* of a hash that may stand in a key: too few to tell anybody by */
#define REST_BYTES (PERSONS_FIND_BYTES - BUCKET_BYTES)
#define FIND_VALUE (REST_BYTES + PERSONS_ID_BYTES)

static const enum person_field FOUND_BY[] = {PERSON_NAME, PERSON_PHONE, PERSON_MAIL};

/* A digest nobody can make who does not have the store's key. */
static bool find_hash(uint8_t field, struct slice value, const uint8_t *find_key,
                      uint8_t out[PERSONS_FIND_BYTES])
{
    char text[PERSON_SEARCH_BYTES];
    size_t n = person_search((enum person_field)field, value, text);
    crypto_generichash_state s;
    crypto_generichash_init(&s, find_key, PERSONS_KEY_BYTES, PERSONS_FIND_BYTES);
    crypto_generichash_update(&s, &field, 1);
    crypto_generichash_update(&s, (const uint8_t *)text, n);
    crypto_generichash_final(&s, out, PERSONS_FIND_BYTES);
    return n > 0;
}

void persons_seal(const struct person *p, const uint8_t find_key[PERSONS_KEY_BYTES],
                  struct arena *a, struct person_sealed *ret)
{
    uint8_t packed[RECORD_MOST];
    struct writer w;
    *ret = (struct person_sealed){.finds_n = 0};
    randombytes_buf(ret->id, sizeof ret->id);
    randombytes_buf(ret->key, sizeof ret->key);
    writer_init(&w, packed, sizeof packed);
    size_t at = writer_open_map(&w);
    writer_close_map(&w, at, person_pack(&w, p));
    if (w.err != 0)
        abort(); /* longer than a person can be */
    uint8_t *box = arena_open(a, NONCE + MAC + w.n);
    randombytes_buf(box, NONCE);
    crypto_secretbox_easy(box + NONCE, packed, w.n, box, ret->key);
    ret->box = arena_close(a, NONCE + MAC + w.n);
    explicit_bzero(packed, sizeof packed);
    for (size_t i = 0; i < sizeof FOUND_BY / sizeof *FOUND_BY; i++) {
        uint8_t field = (uint8_t)FOUND_BY[i];
        ret->finds[ret->finds_n].field = field;
        ret->finds_n += p->field[field].n > 0 &&
                        find_hash(field, p->field[field], find_key, ret->finds[ret->finds_n].hash);
    }
}

/* ---- rows ---- */

static struct rowkey id_key(const uint8_t *id)
{
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, id, PERSONS_ID_BYTES);
    return k;
}

static struct rowkey seq_row(uint64_t seq, const uint8_t *id)
{
    struct rowkey k = rowkey_seq(seq);
    rowkey_bytes(&k, id, PERSONS_ID_BYTES);
    return k;
}

/* ---- finds: bucket and number in it -> rest of the hash, id ---- */

struct bucket {
    struct rowkey from;
    struct walk walk;
    bool more;
};

static struct rowkey find_row(uint8_t field, const uint8_t *hash, uint32_t number)
{
    struct rowkey k = rowkey_new();
    return *rowkey_u32(rowkey_bytes(rowkey_u8(&k, field), hash, BUCKET_BYTES), number);
}

static bool in_bucket(const struct walk *w, const struct rowkey *any)
{
    return w->key.n == any->n && memcmp(w->key.p, any->b, 1 + BUCKET_BYTES) == 0;
}

/* The row at hand, and the next that has this hash. */
static bool bucket_next(struct bucket *b, const uint8_t *hash)
{
    for (; b->more && in_bucket(&b->walk, &b->from); b->more = walk_next(&b->walk))
        if (b->walk.value.n == FIND_VALUE &&
            memcmp(b->walk.value.p, hash + BUCKET_BYTES, REST_BYTES) == 0)
            return true;
    if (b->more)
        walk_close(&b->walk);
    return b->more = false;
}

static void bucket_open(struct bucket *b, struct txn *t, uint8_t field, const uint8_t *hash)
{
    b->from = find_row(field, hash, 0);
    b->more = walk_from(&b->walk, t, TABLE_PERSON_FINDS, &b->from);
}

static const uint8_t *bucket_id(const struct bucket *b)
{
    return (const uint8_t *)b->walk.value.p + REST_BYTES;
}

static void find_put(struct txn *t, uint8_t field, const uint8_t *hash, const uint8_t *id)
{
    struct rowkey last = find_row(field, hash, UINT32_MAX);
    struct walk w;
    uint32_t number = 0;
    uint8_t value[FIND_VALUE];
    bool any = walk_from(&w, t, TABLE_PERSON_FINDS, &last) ? walk_prev(&w)
                                                           : walk_last(&w, t, TABLE_PERSON_FINDS);
    if (any && in_bucket(&w, &last))
        number = rowkey_read_u32(w.key.p + 1 + BUCKET_BYTES) + 1;
    if (any)
        walk_close(&w);
    memcpy(value, hash + BUCKET_BYTES, REST_BYTES);
    memcpy(value + REST_BYTES, id, PERSONS_ID_BYTES);
    struct rowkey k = find_row(field, hash, number);
    txn_put(t, TABLE_PERSON_FINDS, &k, value, sizeof value);
}

static void find_erase(struct txn *t, uint8_t field, const uint8_t *hash, const uint8_t *id)
{
    struct bucket b;
    struct rowkey k = rowkey_new();
    bucket_open(&b, t, field, hash);
    while (bucket_next(&b, hash)) {
        if (memcmp(bucket_id(&b), id, PERSONS_ID_BYTES) == 0) {
            rowkey_bytes(&k, b.walk.key.p, b.walk.key.n);
            walk_close(&b.walk);
            txn_shred(t, TABLE_PERSON_FINDS, &k);
            return;
        }
        b.more = walk_next(&b.walk);
    }
}

/* ---- records ---- */

/* seq u64, how many it is found by u8, field u8 and hash of each, nonce and sealed map. */
void persons_put(struct txn *t, uint64_t seq, const struct person_sealed *s)
{
    uint8_t row[HEAD + 3 * FIND_PART + NONCE + MAC + RECORD_MOST];
    struct rowkey head = rowkey_seq(seq), k;
    uint32_t n = HEAD;
    memcpy(row, head.b, 8);
    row[8] = (uint8_t)s->finds_n;
    for (unsigned i = 0; i < s->finds_n; i++, n += FIND_PART) {
        row[n] = s->finds[i].field;
        memcpy(row + n + 1, s->finds[i].hash, PERSONS_FIND_BYTES);
        find_put(t, s->finds[i].field, s->finds[i].hash, s->id);
    }
    memcpy(row + n, s->box.p, s->box.n);
    k = id_key(s->id);
    txn_put(t, TABLE_PERSON_BOXES, &k, row, n + s->box.n);
    txn_put(t, TABLE_PERSON_KEYS, &k, s->key, sizeof s->key);
    k = seq_row(seq, s->id);
    txn_put(t, TABLE_PERSON_SEQS, &k, "", 0);
}

/* Where the sealed map begins; 0: the row cannot be right. */
static uint32_t box_at(struct slice row)
{
    uint32_t at = row.n < HEAD ? 0 : HEAD + (uint8_t)row.p[8] * FIND_PART;
    return at != 0 && row.n >= at + NONCE + MAC ? at : 0;
}

enum persons_read persons_open(struct txn *t, const uint8_t id[PERSONS_ID_BYTES], struct arena *a,
                               struct person *ret, uint64_t *ret_seq)
{
    struct rowkey k = id_key(id);
    struct slice row, key;
    if (!txn_get(t, TABLE_PERSON_KEYS, &k, &key) || !txn_get(t, TABLE_PERSON_BOXES, &k, &row))
        return t->rc == 0 ? PERSONS_GONE : PERSONS_DAMAGED;
    uint32_t at = box_at(row);
    if (key.n != PERSONS_KEY_BYTES || at == 0)
        return PERSONS_DAMAGED;
    const uint8_t *box = (const uint8_t *)row.p + at;
    uint32_t n = row.n - at - NONCE - MAC;
    uint8_t *open = arena_open(a, n);
    if (crypto_secretbox_open_easy(open, box + NONCE, n + MAC, box, (const uint8_t *)key.p) != 0)
        return PERSONS_DAMAGED;
    *ret_seq = rowkey_read_u64(row.p);
    return person_unpack(arena_close(a, n), ret) ? PERSONS_FINE : PERSONS_DAMAGED;
}

/* What stands outside of the box has a witness elsewhere: the rows by which it is found. */
static bool found_by_all(struct txn *t, const uint8_t *id, struct slice row)
{
    bool all = true;
    for (uint32_t i = 0, at = HEAD; i < (uint8_t)row.p[8] && all; i++, at += FIND_PART) {
        const uint8_t *find = (const uint8_t *)row.p + at;
        struct bucket b;
        bool found = false;
        for (bucket_open(&b, t, find[0], find + 1); !found && bucket_next(&b, find + 1);) {
            found = memcmp(bucket_id(&b), id, PERSONS_ID_BYTES) == 0;
            if (!found)
                b.more = walk_next(&b.walk);
        }
        if (b.more)
            walk_close(&b.walk);
        all = found;
    }
    return all;
}

bool persons_sound(struct txn *t, const uint8_t id[PERSONS_ID_BYTES])
{
    uint8_t open[RECORD_MOST];
    struct rowkey k = id_key(id);
    struct slice row, key;
    if (!txn_get(t, TABLE_PERSON_KEYS, &k, &key) || !txn_get(t, TABLE_PERSON_BOXES, &k, &row))
        return false;
    uint32_t at = box_at(row), n = at == 0 ? 0 : row.n - at - NONCE - MAC;
    if (key.n != PERSONS_KEY_BYTES || at == 0 || n > sizeof open)
        return false;
    const uint8_t *box = (const uint8_t *)row.p + at;
    bool fine =
        crypto_secretbox_open_easy(open, box + NONCE, n + MAC, box, (const uint8_t *)key.p) == 0;
    explicit_bzero(open, sizeof open);
    k = seq_row(rowkey_read_u64(row.p), id);
    return fine && found_by_all(t, id, row) && txn_get(t, TABLE_PERSON_SEQS, &k, &row);
}

/* Rows beside the record; what LMDB shows of it moves with the first write, so it is copied. */
static void erase_beside(struct txn *t, const uint8_t *id, struct slice row)
{
    uint8_t head[HEAD + 3 * FIND_PART];
    uint32_t n = row.n < sizeof head ? row.n : (uint32_t)sizeof head;
    memcpy(head, row.p, n);
    struct rowkey k = seq_row(rowkey_read_u64(head), id);
    txn_del(t, TABLE_PERSON_SEQS, &k);
    for (uint32_t i = 0, at = HEAD; i < head[8] && at + FIND_PART <= n; i++, at += FIND_PART) {
        find_erase(t, head[at], head + at + 1, id);
    }
}

bool persons_erase(struct txn *t, const uint8_t id[PERSONS_ID_BYTES])
{
    struct rowkey k = id_key(id);
    struct slice row, key;
    bool had_key = txn_get(t, TABLE_PERSON_KEYS, &k, &key);
    bool had_box = txn_get(t, TABLE_PERSON_BOXES, &k, &row) && box_at(row) != 0;
    if (had_box)
        erase_beside(t, id, row);
    txn_shred(t, TABLE_PERSON_KEYS, &k);
    txn_shred(t, TABLE_PERSON_BOXES, &k);
    return had_key || had_box;
}

/* ---- looking ---- */

static uint64_t seq_of(struct txn *t, const uint8_t *id)
{
    struct rowkey k = id_key(id);
    struct slice row;
    return txn_get(t, TABLE_PERSON_BOXES, &k, &row) && row.n >= 8 ? rowkey_read_u64(row.p) : 0;
}

static void insert_rising(uint64_t *seqs, unsigned n, uint64_t seq)
{
    for (; n > 0 && seqs[n - 1] > seq; n--)
        seqs[n] = seqs[n - 1];
    seqs[n] = seq;
}

unsigned persons_find(struct txn *t, uint8_t field, struct slice value,
                      const uint8_t find_key[PERSONS_KEY_BYTES], uint64_t *ret_seqs, unsigned most)
{
    uint8_t hash[PERSONS_FIND_BYTES];
    struct bucket b;
    unsigned n = 0;
    if (!find_hash(field, value, find_key, hash))
        return 0;
    bucket_open(&b, t, field, hash);
    while (n < most && bucket_next(&b, hash)) {
        uint64_t seq = seq_of(t, bucket_id(&b));
        if (seq != 0)
            insert_rising(ret_seqs, n++, seq);
        b.more = walk_next(&b.walk);
    }
    if (b.more)
        walk_close(&b.walk);
    return n;
}

unsigned persons_page(struct txn *t, uint64_t after, uint64_t *ret_seqs, unsigned most)
{
    struct rowkey from = rowkey_seq(after + 1);
    struct walk w;
    unsigned n = 0;
    bool more = after < UINT64_MAX && walk_from(&w, t, TABLE_PERSON_SEQS, &from);
    for (; more && n < most; more = walk_next(&w))
        ret_seqs[n++] = rowkey_read_u64(w.key.p);
    if (more)
        walk_close(&w);
    return n;
}

uint64_t persons_sweep(struct txn *t, uint64_t head)
{
    uint64_t dropped = 0;
    struct rowkey from = rowkey_seq(head + 1);
    struct walk w;
    while (walk_from(&w, t, TABLE_PERSON_SEQS, &from)) {
        uint8_t id[PERSONS_ID_BYTES] = {0};
        struct rowkey row = rowkey_new();
        rowkey_bytes(&row, w.key.p, w.key.n);
        memcpy(id, row.b + 8, sizeof id);
        walk_close(&w);
        persons_erase(t, id);
        txn_del(t, TABLE_PERSON_SEQS, &row);
        dropped++;
    }
    return dropped;
}

/* ---- carrying ---- */

/* What was erased meanwhile has left no row, or half of one that counts for none. */
bool persons_next(struct txn *t, uint64_t seq, const uint8_t id[PERSONS_ID_BYTES],
                  struct persons_record *ret)
{
    struct rowkey from = seq_row(seq, id);
    struct walk w;
    bool found = false;
    bool more = walk_from(&w, t, TABLE_PERSON_SEQS, &from);
    while (more && !found) {
        struct slice key;
        bool fine = w.key.n == from.n && memcmp(w.key.p, from.b, from.n) > 0;
        if (fine) {
            ret->seq = rowkey_read_u64(w.key.p);
            memcpy(ret->id, w.key.p + 8, sizeof ret->id);
            struct rowkey k = id_key(ret->id);
            found = txn_get(t, TABLE_PERSON_KEYS, &k, &key) && key.n == sizeof ret->key &&
                    txn_get(t, TABLE_PERSON_BOXES, &k, &ret->row) && box_at(ret->row) != 0;
            if (found)
                memcpy(ret->key, key.p, sizeof ret->key);
        }
        if (!found)
            more = walk_next(&w);
    }
    if (more)
        walk_close(&w);
    return found;
}

bool persons_bring(struct txn *t, const struct persons_record *r)
{
    uint32_t box = box_at(r->row);
    if (box == 0 || r->row.n > PERSONS_ROW_MOST || rowkey_read_u64(r->row.p) != r->seq)
        return false;
    for (uint32_t at = HEAD; at < box; at += FIND_PART)
        find_put(t, (uint8_t)r->row.p[at], (const uint8_t *)r->row.p + at + 1, r->id);
    struct rowkey k = id_key(r->id), seq = seq_row(r->seq, r->id);
    txn_put(t, TABLE_PERSON_BOXES, &k, r->row.p, r->row.n);
    txn_put(t, TABLE_PERSON_KEYS, &k, r->key, sizeof r->key);
    txn_put(t, TABLE_PERSON_SEQS, &seq, "", 0);
    return true;
}
