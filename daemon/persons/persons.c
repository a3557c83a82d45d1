#include "persons.h"

#include <sodium.h>

#define NONCE crypto_secretbox_NONCEBYTES
#define MAC crypto_secretbox_MACBYTES
#define RECORD_MOST 1024u /* the fields at their longest, packed */
#define HEAD 9u           /* of a record's row */
#define KEY_ROW 4080u     /* a page of LMDB without its head */
#define FIND_PART (1u + PERSONS_FIND_BYTES)
#define FIND_ROW (1u + PERSONS_FIND_BYTES + PERSONS_ID_BYTES)

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

static struct rowkey find_row(uint8_t field, const uint8_t *hash, const uint8_t *id)
{
    struct rowkey k = {.n = 0};
    rowkey_bytes(rowkey_u8(&k, field), hash, PERSONS_FIND_BYTES);
    if (id != NULL)
        rowkey_bytes(&k, id, PERSONS_ID_BYTES);
    return k;
}

static struct rowkey seq_row(uint64_t seq, const uint8_t *id)
{
    struct rowkey k = rowkey_seq(seq);
    rowkey_bytes(&k, id, PERSONS_ID_BYTES);
    return k;
}

/* LMDB moves small rows about in their pages and leaves pieces of them where they were. A value
 * that fills a page stays where it is; that the page's buffer was used before is not cured by it.
 */
static void put_key(struct txn *t, const struct rowkey *id, const uint8_t key[PERSONS_KEY_BYTES])
{
    uint8_t row[KEY_ROW] = {0};
    memcpy(row, key, PERSONS_KEY_BYTES);
    txn_put(t, TABLE_PERSON_KEYS, id, row, sizeof row);
    explicit_bzero(row, sizeof row);
}

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
        k = find_row(s->finds[i].field, s->finds[i].hash, s->id);
        txn_put(t, TABLE_PERSON_FINDS, &k, "", 0);
    }
    memcpy(row + n, s->box.p, s->box.n);
    k = id_key(s->id);
    txn_put(t, TABLE_PERSON_BOXES, &k, row, n + s->box.n);
    put_key(t, &k, s->key);
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
    if (key.n != KEY_ROW || at == 0)
        return PERSONS_DAMAGED;
    const uint8_t *box = (const uint8_t *)row.p + at;
    uint32_t n = row.n - at - NONCE - MAC;
    uint8_t *open = arena_open(a, n);
    if (crypto_secretbox_open_easy(open, box + NONCE, n + MAC, box, (const uint8_t *)key.p) != 0)
        return PERSONS_DAMAGED;
    *ret_seq = rowkey_read_u64(row.p);
    return person_unpack(arena_close(a, n), ret) ? PERSONS_FINE : PERSONS_DAMAGED;
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
        k = find_row(head[at], head + at + 1, id);
        txn_del(t, TABLE_PERSON_FINDS, &k);
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

static uint64_t seq_of(struct txn *t, const char *id)
{
    struct rowkey k = id_key((const uint8_t *)id);
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
    struct walk w;
    unsigned n = 0;
    if (!find_hash(field, value, find_key, hash))
        return 0;
    struct rowkey from = find_row(field, hash, NULL);
    bool more = walk_from(&w, t, TABLE_PERSON_FINDS, &from);
    for (; more && n < most && w.key.n == FIND_ROW && memcmp(w.key.p, from.b, from.n) == 0;
         more = walk_next(&w)) {
        uint64_t seq = seq_of(t, w.key.p + from.n);
        if (seq != 0)
            insert_rising(ret_seqs, n++, seq);
    }
    if (more)
        walk_close(&w);
    return n;
}

unsigned persons_page(struct txn *t, uint64_t after, uint64_t *ret_seqs, unsigned most)
{
    struct rowkey from = rowkey_seq(after + 1);
    struct walk w;
    unsigned n = 0;
    bool more = walk_from(&w, t, TABLE_PERSON_SEQS, &from);
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
        uint8_t id[PERSONS_ID_BYTES];
        memcpy(id, w.key.p + 8, sizeof id);
        walk_close(&w);
        if (!persons_erase(t, id))
            break;
        dropped++;
    }
    return dropped;
}
