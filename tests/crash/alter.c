/* What somebody with root and an editor could do to a journal: checksums are mended, so that
 * nothing but the chain can tell.
 *
 *   alter STORE text|inner|facts SEQ     changes one byte of that entry
 *   alter STORE delete SEQ               takes it away
 *   alter STORE cut SEQ                  takes it away, and all that follow
 *   alter STORE swap SEQ OTHER           exchanges two
 *   alter STORE rehash SEQ [SEED]        changes its text, and makes every hash from there on anew;
 *                                        with a key, signs the heads on the way anew, too
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/txn.h"
#include "daemon/views/head.h"
#include "daemon/views/row_layout.h"
#include "daemon/views/rows.h"
#include "daemon/views/show.h"

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
    entry_row_sum(seq, p, row.n);
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

static void set(const struct entry *e, const char *name, const char *value)
{
    struct slice old = show_value(e, name);
    if (old.n != strlen(value))
        give_up("a head of another form");
    memcpy((char *)(uintptr_t)old.p, value, old.n);
}

static void sign_anew(const struct entry *e, const uint8_t seed[HEAD_SEED_BYTES])
{
    struct head was, now;
    struct facts f;
    char node[sizeof was.node];
    if (!head_of_entry(e, &was) ||
        entry_row_read(head_upto(&was), row_of(head_upto(&was)), &f, NULL) != ENTRY_FINE)
        give_up("a head without its entry");
    snprintf(node, sizeof node, "%s", was.node);
    head_sign(seed, node, was.day, head_upto(&was), f.hash, &now);
    set(e, "hash", now.hash);
    set(e, "public", now.public_key);
    set(e, "sign", now.sign);
}

/* As if it had always been so. */
static void rehash(uint64_t seq, const char *seed_hex)
{
    uint8_t before[ENTRY_HASH_BYTES] = {0}, seed[HEAD_SEED_BYTES];
    struct facts f;
    struct entry e;
    if (seed_hex != NULL &&
        sodium_hex2bin(seed, sizeof seed, seed_hex, strlen(seed_hex), NULL, NULL, NULL) != 0)
        give_up("a seed has 64 hex digits");
    flip(seq, "text");
    if (seq > 1 && entry_row_read(seq - 1, row_of(seq - 1), &f, NULL) == ENTRY_FINE)
        memcpy(before, f.hash, sizeof before);
    for (uint64_t at = seq, end = rows_newest(&t); at <= end; at++) {
        struct slice row = row_of(at);
        if (entry_row_read(at, row, &f, &e) != ENTRY_FINE)
            give_up("an entry that cannot be read");
        if (e.what == ENTRY_HEAD && seed_hex != NULL)
            sign_anew(&e, seed);
        entry_chain(before, &e, &f);
        memcpy(before, f.hash, sizeof before);
        memcpy((uint8_t *)(uintptr_t)row.p + ROW_HASH, f.hash, sizeof f.hash);
        put(at, row);
    }
}

static void take_away(uint64_t seq, uint64_t last)
{
    for (; seq <= last; seq++) {
        struct rowkey k = rowkey_seq(seq);
        txn_del(&t, TABLE_LOG, &k);
    }
}

static void swap(uint64_t seq, uint64_t other)
{
    struct slice one = row_of(seq), two = row_of(other);
    put(seq, two);
    put(other, one);
}

static void alter(const char *what, uint64_t seq, const char *more)
{
    if (strcmp(what, "delete") == 0)
        take_away(seq, seq);
    else if (strcmp(what, "cut") == 0)
        take_away(seq, rows_newest(&t));
    else if (strcmp(what, "swap") == 0 && more != NULL)
        swap(seq, strtoull(more, NULL, 10));
    else if (strcmp(what, "rehash") == 0)
        rehash(seq, more);
    else if (strcmp(what, "text") == 0 || strcmp(what, "inner") == 0 || strcmp(what, "facts") == 0)
        flip(seq, what);
    else
        give_up("no such way to alter it");
}

int main(int argc, char **argv)
{
    struct err err = {""};
    struct store_conf conf = {
        .as_it_is = true,
        .bytes = {
            [STORE_JOURNAL] = 64u << 20, [STORE_VIEWS] = 64u << 20, [STORE_PERSONS] = 16u << 20}};
    if (argc < 4 || argc > 5)
        give_up("alter STORE text|inner|facts|delete|cut|swap|rehash SEQ [OTHER or SEED]");
    conf.dir = argv[1];
    if (sodium_init() < 0 || store_open(&store, &conf, &err) != 0)
        give_up(err.text);
    txn_begin(&t, store, STORE_JOURNAL, true);
    alter(argv[2], strtoull(argv[3], NULL, 10), argv[4]);
    int code = txn_commit(&t, &err) == 0 ? 0 : 2;
    store_close(&store);
    arena_drop(&arena);
    return code;
}
