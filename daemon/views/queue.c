#include "queue.h"

#include "proto/pack.h"

#define ITEM_MAX_BYTES 4096u
#define ITEM_ITEMS 6u

uint8_t queue_rank(const struct case_row *c)
{
    if (c->mode != MODE_ACTUAL)
        return 2;
    return c->kind == KIND_EMERGENCY ? 0 : 1;
}

static struct rowkey item_key(struct slice skpd, uint8_t rank, uint64_t queued, uint64_t case_seq)
{
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, skpd.p, skpd.n);
    rowkey_u8(rowkey_u8(&k, 0), rank);
    rowkey_u64(rowkey_u64(&k, queued), case_seq);
    return k;
}

static struct rowkey key_of(const struct case_row *c, unsigned part)
{
    const struct part *p = &c->parts[part];
    return item_key(p->skpd, queue_rank(c), p->queued, c->seq);
}

static bool item_read(struct slice key, struct slice value, struct queue_item *item)
{
    const char *end = key.n > 18 ? memchr(key.p, 0, key.n) : NULL;
    struct reader r = reader_over(value.p, value.n);
    if (end == NULL || key.p + key.n - end != 18 || reader_array(&r) != ITEM_ITEMS)
        return false;
    *item = (struct queue_item){.skpd = {key.p, (uint32_t)(end - key.p)},
                                .rank = (uint8_t)end[1],
                                .queued = rowkey_read_u64(end + 2),
                                .case_seq = rowkey_read_u64(end + 10)};
    item->part = (uint8_t)reader_uint(&r);
    item->state = (uint8_t)reader_uint(&r);
    item->attempt = (uint32_t)reader_uint(&r);
    item->until_us = reader_int(&r);
    item->holder = reader_str(&r);
    uint32_t fails = reader_array(&r) / 3;
    for (uint32_t i = 0; i < fails && i < QUEUE_FAILS_MAX && r.err == 0; i++) {
        struct queue_fail *f = &item->fails[item->fails_n++];
        f->at_us = reader_int(&r);
        f->source = reader_str(&r);
        f->reason = reader_str(&r);
    }
    return r.err == 0;
}

static struct slice as_slice(const struct rowkey *k)
{
    return (struct slice){(const char *)k->b, k->n};
}

bool queue_get(struct txn *t, const struct case_row *c, unsigned part, struct queue_item *ret_item)
{
    struct rowkey k = key_of(c, part);
    struct slice value;
    enum store_table table = c->parts[part].dead ? TABLE_DEAD : TABLE_QUEUE;
    if (c->parts[part].queued == 0 || !txn_get(t, table, &k, &value) ||
        !item_read(as_slice(&k), value, ret_item))
        return false;
    ret_item->skpd = c->parts[part].skpd; /* not the key's, which dies here */
    return true;
}

void queue_put(struct txn *t, enum store_table table, const struct queue_item *item)
{
    uint8_t row[ITEM_MAX_BYTES];
    struct writer w;
    writer_init(&w, row, sizeof row);
    writer_array(&w, ITEM_ITEMS);
    writer_uint(&w, item->part);
    writer_uint(&w, item->state);
    writer_uint(&w, item->attempt);
    writer_int(&w, item->until_us);
    writer_str(&w, item->holder);
    writer_array(&w, 3u * item->fails_n);
    for (unsigned i = 0; i < item->fails_n; i++) {
        writer_int(&w, item->fails[i].at_us);
        writer_str(&w, item->fails[i].source);
        writer_str(&w, item->fails[i].reason);
    }
    struct rowkey k = item_key(item->skpd, item->rank, item->queued, item->case_seq);
    txn_put(t, table, &k, row, w.n);
}

void queue_del(struct txn *t, const struct case_row *c, unsigned part)
{
    struct rowkey k = key_of(c, part);
    txn_del(t, c->parts[part].dead ? TABLE_DEAD : TABLE_QUEUE, &k);
}

static bool of_skpd(struct walk *w, bool found, struct slice skpd, struct queue_item *ret_item)
{
    for (; found; found = walk_next(w)) {
        bool its = skpd.n == 0 || (w->key.n > skpd.n && memcmp(w->key.p, skpd.p, skpd.n) == 0 &&
                                   w->key.p[skpd.n] == 0);
        if (its && item_read(w->key, w->value, ret_item))
            return true;
        if (!its) {
            walk_close(w);
            return false;
        }
    }
    return false;
}

bool queue_from(struct walk *w, struct txn *t, enum store_table table, struct slice skpd,
                struct queue_item *ret_item)
{
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, skpd.p, skpd.n);
    if (skpd.n > 0)
        rowkey_u8(&k, 0);
    return of_skpd(w, walk_from(w, t, table, &k), skpd, ret_item);
}

bool queue_next(struct walk *w, struct slice skpd, struct queue_item *ret_item)
{
    return of_skpd(w, walk_next(w), skpd, ret_item);
}
