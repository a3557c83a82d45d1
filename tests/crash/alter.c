/* What somebody with root and an editor could do to a journal: checksums are mended, so that
 * nothing but the chain can tell.
 *
 *   alter STORE text|inner|facts SEQ     changes one byte of that entry
 *   alter STORE delete SEQ               takes it away
 *   alter STORE swap SEQ OTHER           exchanges two
 *   alter STORE rehash SEQ               changes its text, and makes every hash from there on anew
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/crc32c.h"
#include "daemon/store/txn.h"
#include "daemon/views/entry.h"
#include "daemon/views/row_layout.h"
#include "daemon/views/rows.h"

static struct store *store;
static struct txn t;
static struct arena arena;

static void give_up(const char *what)
{
    fprintf(stderr, "alter: %s\n", what);
    exit(2);
}

static struct slice row_of(uint64_t seq)
{
    struct slice row;
    if (!rows_at(&t, seq, &row))
        give_up("no such entry");
    return arena_copy(&arena, row.p, row.n);
}

static void put(uint64_t seq, struct slice row)
{
    uint8_t *p = (uint8_t *)(uintptr_t)row.p;
    uint32_t crc = crc32c(p + ROW_VERSION, row.n - ROW_VERSION);
    for (int i = 3; i >= 0; i--, crc >>= 8)
        p[i] = (uint8_t)crc;
    struct rowkey k = rowkey_seq(seq);
    txn_put(&t, TABLE_LOG, &k, p, row.n);
}

static uint32_t names_bytes(const uint8_t *p)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < ROW_NAMES; i++)
        n += p[ROW_NAMES_N + i];
    return n;
}

static void flip(uint64_t seq, const char *what)
{
    struct slice row = row_of(seq);
    uint8_t *p = (uint8_t *)(uintptr_t)row.p;
    if (strcmp(what, "text") == 0)
        p[row.n - 1] ^= 1; /* the last letter of the last text */
    else if (strcmp(what, "inner") == 0)
        p[ROW_HEAD_BYTES + names_bytes(p) + 3] ^= 1; /* a letter of the node's name */
    else
        p[ROW_SEVERITY] = p[ROW_SEVERITY] == 1 ? 2 : 1;
    put(seq, row);
}

/* As if it had always been so. */
static void rehash(uint64_t seq)
{
    uint8_t before[ENTRY_HASH_BYTES] = {0};
    struct facts f;
    struct entry e;
    flip(seq, "text");
    if (seq > 1 && entry_row_read(seq - 1, row_of(seq - 1), &f, NULL) == ENTRY_FINE)
        memcpy(before, f.hash, sizeof before);
    for (uint64_t at = seq, end = rows_newest(&t); at <= end; at++) {
        struct slice row = row_of(at);
        if (entry_row_read(at, row, &f, &e) != ENTRY_FINE)
            give_up("an entry that cannot be read");
        entry_chain(before, &e, &f);
        memcpy(before, f.hash, sizeof before);
        memcpy((uint8_t *)(uintptr_t)row.p + ROW_HASH, f.hash, sizeof f.hash);
        put(at, row);
    }
}

static void swap(uint64_t seq, uint64_t other)
{
    struct slice one = row_of(seq), two = row_of(other);
    put(seq, two);
    put(other, one);
}

int main(int argc, char **argv)
{
    struct err err = {""};
    struct store_conf conf = {
        .as_it_is = true,
        .bytes = {
            [STORE_JOURNAL] = 64u << 20, [STORE_VIEWS] = 64u << 20, [STORE_PERSONS] = 16u << 20}};
    if (argc < 4)
        give_up("alter STORE text|inner|facts|delete|swap|rehash SEQ [OTHER]");
    conf.dir = argv[1];
    if (store_open(&store, &conf, &err) != 0)
        give_up(err.text);
    uint64_t seq = strtoull(argv[3], NULL, 10);
    txn_begin(&t, store, STORE_JOURNAL, true);
    if (strcmp(argv[2], "delete") == 0) {
        struct rowkey k = rowkey_seq(seq);
        txn_del(&t, TABLE_LOG, &k);
    } else if (strcmp(argv[2], "swap") == 0 && argc == 5) {
        swap(seq, strtoull(argv[4], NULL, 10));
    } else if (strcmp(argv[2], "rehash") == 0) {
        rehash(seq);
    } else {
        flip(seq, argv[2]);
    }
    int code = txn_commit(&t, &err) == 0 ? 0 : 2;
    store_close(&store);
    arena_drop(&arena);
    return code;
}
