/* chain_ground: a log with an entry of every sort, and what somebody with the disk in his hands may
 * do to it. Checksums are mended throughout, so that nothing but the chain can tell. For
 * test_chain*.c. */
#ifndef SIAGA_TESTS_CHAIN_GROUND_H
#define SIAGA_TESTS_CHAIN_GROUND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "daemon/views/chain.h"
#include "daemon/views/row_layout.h"
#include "daemon/views/rows.h"
#include "tests/support/entries.h"
#include "tests/support/scratch.h"

#define ROWS 12u     /* of the log that most tests alter */
#define HEAD_AT 9u   /* the head among them */
#define UPTO 8u      /* what it signs */
#define ERASED_AT 4u /* an event whose texts are gone */

static struct scratch s;
static struct arena a;
static struct txn t;
static struct head kept;
static const uint8_t SEED[HEAD_SEED_BYTES] = {1, 2, 3}, OTHER_SEED[HEAD_SEED_BYTES] = {9};

/* ---- rows, read and written as they stand ---- */

static inline void begin(bool write)
{
    txn_begin(&t, s.store, STORE_JOURNAL, write);
}

static inline void commit(void)
{
    struct err err = {""};
    assert_int_equal(txn_commit(&t, &err), 0);
}

static inline struct slice row_at(uint64_t seq)
{
    struct slice row;
    assert_true(rows_at(&t, seq, &row));
    return arena_copy(&a, row.p, row.n);
}

static inline uint8_t *bytes_of(struct slice row)
{
    return (uint8_t *)(uintptr_t)row.p;
}

static inline void put(uint64_t seq, struct slice row)
{
    uint8_t *p = bytes_of(row);
    entry_row_sum(seq, p, row.n);
    struct rowkey k = rowkey_seq(seq);
    txn_put(&t, TABLE_LOG, &k, p, row.n);
}

static inline void del(uint64_t seq)
{
    struct rowkey k = rowkey_seq(seq);
    txn_del(&t, TABLE_LOG, &k);
}

static inline void swap(uint64_t one, uint64_t other)
{
    struct slice first = row_at(one), second = row_at(other);
    put(one, second);
    put(other, first);
}

static inline void put_entry(uint64_t seq, const struct entry *e, const struct facts *f)
{
    size_t n = entry_row_size(e, f);
    uint8_t *row = arena_alloc(&a, n);
    entry_row_write(row, e, f);
    put(seq, (struct slice){(const char *)row, (uint32_t)n});
}

static inline void read_at(uint64_t seq, struct facts *f, struct entry *e)
{
    assert_int_equal(entry_row_read(seq, row_at(seq), f, e), ENTRY_FINE);
}

/* ---- what is said of them ---- */

static struct chain chain;

static inline enum chain_state walked(uint64_t from, uint64_t upto, const char *signers,
                                      uint64_t least)
{
    enum chain_state state = chain_begin(&chain, &t, from);
    chain.signers = signers;
    chain.least = least;
    return state == CHAIN_FINE ? chain_walk(&chain, &t, upto, 100000) : state;
}

static inline void is(enum chain_state wanted, uint64_t at)
{
    enum chain_state state = walked(1, 0, NULL, 0);
    if (state != wanted || chain.next != at)
        fail_msg("%s at %llu; %s at %llu was wanted", chain_word(state, true),
                 (unsigned long long)chain.next, chain_word(wanted, true), (unsigned long long)at);
}

static inline void fine(void)
{
    is(CHAIN_FINE, rows_newest(&t) + 1);
}

/* ---- a log of every sort ---- */

static inline void sign_at(uint64_t upto, const uint8_t seed[HEAD_SEED_BYTES], struct head *ret)
{
    struct facts f;
    read_at(upto, &f, NULL);
    head_sign(seed, "node-1", "2026-11-24", upto, f.hash, ret);
}

static inline struct entry *head_entry(const struct head *h)
{
    struct wish w = {.source = "siagad", .role = ROLE_SYSTEM};
    w.key = arena_printf(&a, "head.%s%c", h->day, 0).p;
    struct entry *e = entries_change(&a, &w, ENTRY_HEAD);
    struct entry_words words = {.said_n = 5,
                                .said = {{"day", slice_from(h->day)},
                                         {"upto", slice_from(h->upto)},
                                         {"hash", slice_from(h->hash)},
                                         {"public", slice_from(h->public_key)},
                                         {"sign", slice_from(h->sign)}}};
    entry_seal_change(e, &words, &a);
    return e;
}

static inline void store_head(const struct head *h)
{
    scratch_store(&s, head_entry(h));
    scratch_commit(&s);
}

static inline void erase(uint64_t seq)
{
    struct facts f;
    struct entry e;
    read_at(seq, &f, &e);
    e.texts = entry_erased_texts(&e, &a);
    put_entry(seq, &e, &f);
}

static inline int fresh(void **state)
{
    (void)state;
    scratch_open(&s);
    uint64_t first = scratch_store(&s, an_event(&a, .title = "Asap di pasar", .body = "hitam"));
    scratch_store(&s, a_move(&a, .of = first, .act = ACT_ACK, .note = "meluncur"));
    scratch_store(&s, a_move(&a, .of = first, .act = ACT_NOTE, .note = "di lokasi"));
    assert_int_equal(scratch_store(&s, an_event(&a, .title = "Ibu Siti jatuh", .body = "kaki")),
                     ERASED_AT);
    while (scratch_store(&s, an_event(&a, .title = "Jalan", .kecamatan = "utara")) < UPTO)
        ;
    scratch_commit(&s);
    begin(true);
    erase(ERASED_AT);
    sign_at(UPTO, SEED, &kept);
    commit();
    store_head(&kept);
    for (unsigned n = HEAD_AT; n < ROWS; n++)
        scratch_store(&s, an_event(&a, .title = "Pohon tumbang"));
    scratch_commit(&s);
    begin(true);
    return 0;
}

static inline int drop(void **state)
{
    (void)state;
    txn_abort(&t);
    scratch_close(&s);
    arena_drop(&a);
    return 0;
}

/* Every hash from there on made anew; heads too, with this key. */
static inline void hash_anew(uint64_t from, const uint8_t *seed)
{
    uint8_t before[ENTRY_HASH_BYTES] = {0};
    struct facts f;
    struct entry e;
    if (from > 1) {
        read_at(from - 1, &f, NULL);
        memcpy(before, f.hash, sizeof before);
    }
    for (uint64_t seq = from; seq <= rows_newest(&t); seq++) {
        read_at(seq, &f, &e);
        if (e.what == ENTRY_HEAD && seed != NULL) {
            struct head h;
            assert_true(head_of_entry(&e, &h));
            sign_at(head_upto(&h), seed, &h);
            e = *head_entry(&h);
        }
        entry_chain(before, &e, &f);
        memcpy(before, f.hash, sizeof before);
        put_entry(seq, &e, &f);
    }
}

static inline void rewrite(uint64_t seq, const uint8_t *seed)
{
    struct slice row = row_at(seq);
    bytes_of(row)[row.n - 1] ^= 1; /* the last letter of the last text */
    put(seq, row);
    is(CHAIN_ALTERED, seq);
    hash_anew(seq, seed);
}

static inline enum chain_state told_of_kept(void)
{
    return chain_head(&t, &kept, kept.public_key);
}

static inline const char *file_of(const struct head *h)
{
    static char text[HEAD_TEXT_BYTES];
    size_t n = head_write(h, text);
    assert_int_equal(n, strlen(text));
    return text;
}

#endif
