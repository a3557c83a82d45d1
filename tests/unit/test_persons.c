/* persons: records sealed and found again; what is erased is nowhere on the disk, neither the key
 * of a record nor what it said, whatever LMDB did to its pages before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>

#include "daemon/persons/persons.h"
#include "tests/support/folder.h"

#define MANY 1500u
#define BATCH 50u
#define PIECE 12u /* of a key that would do to know it again */

static const uint8_t FIND_KEY[PERSONS_KEY_BYTES] = {7};

static struct folder dir;
static struct store *store;
static struct arena arena;
static struct person_sealed sealed[MANY + 1];

static int open_store(void **state)
{
    (void)state;
    struct err err;
    folder_make(&dir);
    struct store_conf conf = {.dir = dir.path, .bytes = {1u << 20, 1u << 20, 8u << 20}};
    return sodium_init() < 0 ? -1 : store_open(&store, &conf, &err);
}

static int drop_store(void **state)
{
    (void)state;
    store_close(&store);
    arena_drop(&arena);
    folder_drop(&dir);
    return 0;
}

static void begin(struct txn *t, bool write)
{
    txn_begin(t, store, STORE_PERSONS, write);
}

static void commit(struct txn *t)
{
    struct err err;
    assert_int_equal(txn_commit(t, &err), 0);
}

static struct person of(unsigned seq, char name[32], char phone[32])
{
    struct person p = {0};
    p.field[PERSON_NAME] = (struct slice){name, (uint32_t)snprintf(name, 32, "Warga %u", seq)};
    p.field[PERSON_PHONE] = (struct slice){phone, (uint32_t)snprintf(phone, 32, "+62811%07u", seq)};
    return p;
}

static void put(struct txn *t, unsigned seq)
{
    char name[32], phone[32];
    struct person p = of(seq, name, phone);
    persons_seal(&p, FIND_KEY, &arena, &sealed[seq]);
    persons_put(t, seq, &sealed[seq]);
}

static void put_to(unsigned last)
{
    for (unsigned seq = 1; seq <= last;) {
        struct txn t;
        begin(&t, true);
        for (unsigned i = 0; i < BATCH && seq <= last; i++)
            put(&t, seq++);
        commit(&t);
    }
}

static void erase(unsigned seq)
{
    struct txn t;
    begin(&t, true);
    assert_true(persons_erase(&t, sealed[seq].id));
    commit(&t);
}

static void wipe(uint64_t left_is_least)
{
    struct err err;
    uint64_t left = 0;
    assert_int_equal(store_wipe_free(store, STORE_PERSONS, &left, &err), 0);
    if (left_is_least == 0)
        assert_int_equal(left, 0);
    assert_true(left >= left_is_least);
}

static unsigned found(const char *phone, uint64_t seqs[8])
{
    struct txn t;
    begin(&t, false);
    unsigned n = persons_find(&t, PERSON_PHONE, slice_from(phone), FIND_KEY, seqs, 8);
    txn_abort(&t);
    return n;
}

static enum persons_read opened(unsigned seq, struct person *ret)
{
    struct txn t;
    uint64_t of_seq = 0;
    begin(&t, false);
    enum persons_read r = persons_open(&t, sealed[seq].id, &arena, ret, &of_seq);
    if (r == PERSONS_FINE)
        assert_int_equal(of_seq, seq);
    txn_abort(&t);
    return r;
}

static bool on_disk(const uint8_t *piece, size_t n)
{
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s/persons/data.mdb", dir.path);
    int fd = open(path, O_RDONLY);
    assert_int_equal(fstat(fd, &st), 0);
    char *all = malloc((size_t)st.st_size);
    assert_int_equal(pread(fd, all, (size_t)st.st_size, 0), st.st_size);
    close(fd);
    bool there = memmem(all, (size_t)st.st_size, piece, n) != NULL;
    free(all);
    return there;
}

/* ---- tests ---- */

static void a_record_is_sealed_opened_and_found(void **state)
{
    (void)state;
    struct person p;
    uint64_t seqs[8];
    put_to(3);
    assert_int_equal(opened(2, &p), PERSONS_FINE);
    assert_true(slice_is(p.field[PERSON_NAME], "Warga 2"));
    assert_int_equal(p.field[PERSON_MAIL].n, 0);
    assert_int_equal(found("+628110000002", seqs), 1);
    assert_int_equal(seqs[0], 2);
    assert_int_equal(found("+628110000009", seqs), 0);
    assert_false(on_disk((const uint8_t *)"Warga 2", 7));
}

static void what_is_erased_is_gone_and_nothing_else(void **state)
{
    (void)state;
    struct person p;
    uint64_t seqs[8];
    put_to(3);
    erase(2);
    assert_int_equal(opened(2, &p), PERSONS_GONE);
    assert_int_equal(found("+628110000002", seqs), 0);
    assert_int_equal(opened(1, &p), PERSONS_FINE);
    assert_int_equal(opened(3, &p), PERSONS_FINE);
    struct txn t;
    begin(&t, true);
    assert_false(persons_erase(&t, sealed[2].id));
    txn_abort(&t);
}

/* Any piece of a key or of what it is looked for by, wherever it was cut. */
static bool any_piece(const uint8_t *bytes, size_t n)
{
    bool there = false;
    for (size_t i = 0; i + PIECE <= n && !there; i += 5)
        there = on_disk(bytes + i, PIECE);
    return there;
}

/* Rows come and go between the others until pages have been split and joined many times. */
static void nothing_of_the_erased_is_on_the_disk(void **state)
{
    (void)state;
    put_to(MANY);
    assert_true(on_disk(sealed[MANY].key, PIECE));
    for (unsigned seq = 1; seq <= MANY; seq += 2)
        erase(seq);
    wipe(0);
    for (unsigned seq = 1; seq <= MANY; seq += 2 * 16) {
        assert_false(any_piece(sealed[seq].key, PERSONS_KEY_BYTES));
        assert_false(any_piece(sealed[seq].finds[1].hash + 2, PERSONS_FIND_BYTES - 2));
        assert_true(any_piece(sealed[seq + 1].key, PERSONS_KEY_BYTES));
        assert_true(any_piece(sealed[seq + 1].finds[1].hash + 2, PERSONS_FIND_BYTES - 2));
    }
}

static void what_a_reader_may_still_look_at_is_wiped_after_it(void **state)
{
    (void)state;
    struct txn reader;
    struct slice row;
    struct rowkey k = rowkey_new();
    put_to(2);
    rowkey_bytes(&k, sealed[2].id, PERSONS_ID_BYTES);
    begin(&reader, false);
    erase(2);
    wipe(1);
    assert_true(txn_get(&reader, TABLE_PERSON_KEYS, &k, &row));
    assert_memory_equal(row.p, sealed[2].key, PERSONS_KEY_BYTES);
    txn_abort(&reader);
    assert_true(on_disk(sealed[2].key, PIECE));
    wipe(0);
    assert_false(on_disk(sealed[2].key, PIECE));
}

static void a_record_cut_short_is_damage_not_a_crash(void **state)
{
    (void)state;
    struct person p;
    put_to(1);
    static const char *const shorter[] = {"", "x", "12345678", "12345678\1", "12345678\377abc"};
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, sealed[1].id, PERSONS_ID_BYTES);
    for (size_t i = 0; i < sizeof shorter / sizeof *shorter; i++) {
        struct txn t;
        begin(&t, true);
        txn_put(&t, TABLE_PERSON_BOXES, &k, shorter[i], strlen(shorter[i]));
        commit(&t);
        assert_int_equal(opened(1, &p), PERSONS_DAMAGED);
    }
    erase(1);
    assert_int_equal(opened(1, &p), PERSONS_GONE);
}

static void records_of_events_that_never_came_are_dropped(void **state)
{
    (void)state;
    struct txn t;
    uint64_t seqs[8];
    put_to(6);
    begin(&t, true);
    assert_int_equal(persons_sweep(&t, 4), 2);
    commit(&t);
    begin(&t, false);
    assert_int_equal(persons_page(&t, 1, seqs, 8), 3);
    assert_int_equal(seqs[0], 2);
    assert_int_equal(seqs[2], 4);
    txn_abort(&t);
}

/* ---- looking for somebody ---- */

static void put_named(unsigned seq, const char *name, const char *phone, const char *mail)
{
    struct txn t;
    struct person p = {0};
    p.field[PERSON_NAME] = slice_from(name);
    p.field[PERSON_PHONE] = slice_from(phone);
    p.field[PERSON_MAIL] = slice_from(mail);
    persons_seal(&p, FIND_KEY, &arena, &sealed[seq]);
    begin(&t, true);
    persons_put(&t, seq, &sealed[seq]);
    commit(&t);
}

static unsigned look(uint8_t field, const char *value, const uint8_t *key, uint64_t *seqs,
                     unsigned most)
{
    struct txn t;
    begin(&t, false);
    unsigned n = persons_find(&t, field, slice_from(value), key, seqs, most);
    assert_int_equal(t.rc, 0);
    txn_abort(&t);
    return n;
}

static void the_same_person_is_found_however_it_is_written(void **state)
{
    (void)state;
    static const uint8_t other_key[PERSONS_KEY_BYTES] = {8};
    uint64_t seqs[4];
    put_named(5, "Siti  Aminah", "+62812345678", "Siti@Bekasi.go.id");
    put_named(9, "SITI AMINAH", "+62812345678", NULL);
    put_named(7, "Budi", "+62812345679", NULL);
    assert_int_equal(look(PERSON_NAME, " siti aminah ", FIND_KEY, seqs, 4), 2);
    assert_int_equal(seqs[0], 5);
    assert_int_equal(seqs[1], 9);
    assert_int_equal(look(PERSON_NAME, "siti aminah", FIND_KEY, seqs, 1), 1);
    assert_int_equal(look(PERSON_PHONE, "0812-345678", FIND_KEY, seqs, 4), 2);
    assert_int_equal(look(PERSON_MAIL, "siti@bekasi.GO.ID", FIND_KEY, seqs, 4), 1);
    assert_int_equal(look(PERSON_NAME, "+62812345678", FIND_KEY, seqs, 4), 0); /* another field */
    assert_int_equal(look(PERSON_PHONE, "0812345678", other_key, seqs, 4), 0);
    assert_int_equal(look(PERSON_PHONE, "nobody", FIND_KEY, seqs, 4), 0);
    erase(5);
    assert_int_equal(look(PERSON_NAME, "siti aminah", FIND_KEY, seqs, 4), 1);
    assert_int_equal(seqs[0], 9);
    assert_int_equal(look(PERSON_MAIL, "siti@bekasi.go.id", FIND_KEY, seqs, 4), 0);
}

/* Many who report from one phone: all are found, in the order of their events, and each can go. */
static void one_phone_of_many_events(void **state)
{
    (void)state;
    uint64_t seqs[64];
    for (unsigned seq = 40; seq > 0; seq--)
        put_named(seq, NULL, "+6221000111", NULL);
    assert_int_equal(look(PERSON_PHONE, "+6221000111", FIND_KEY, seqs, 64), 40);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(seqs[i], i + 1);
    for (unsigned seq = 2; seq <= 40; seq += 2)
        erase(seq);
    assert_int_equal(look(PERSON_PHONE, "+6221000111", FIND_KEY, seqs, 64), 20);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(seqs[i], 2 * i + 1);
    for (unsigned seq = 1; seq <= 40; seq += 2)
        erase(seq);
    struct txn t;
    begin(&t, false);
    for (int table = 0; table < TABLE_COUNT; table++)
        if (store_table_env((enum store_table)table) == STORE_PERSONS)
            assert_int_equal(txn_rows(&t, (enum store_table)table), 0);
    txn_abort(&t);
}

static void every_record_has_a_name_and_a_key_of_its_own(void **state)
{
    (void)state;
    put_named(1, "Siti", NULL, NULL);
    put_named(2, "Siti", NULL, NULL);
    assert_memory_not_equal(sealed[1].id, sealed[2].id, PERSONS_ID_BYTES);
    assert_memory_not_equal(sealed[1].key, sealed[2].key, PERSONS_KEY_BYTES);
    assert_memory_not_equal(sealed[1].box.p, sealed[2].box.p, sealed[1].box.n);
    assert_memory_equal(sealed[1].finds[0].hash, sealed[2].finds[0].hash, PERSONS_FIND_BYTES);
    assert_int_equal(sealed[1].finds_n, 1);
}

static void a_changed_byte_of_a_record_is_damage(void **state)
{
    (void)state;
    struct txn t;
    struct slice row;
    struct person p;
    char copy[512];
    struct rowkey k = rowkey_new();
    put_to(1);
    rowkey_bytes(&k, sealed[1].id, PERSONS_ID_BYTES);
    begin(&t, true);
    assert_true(txn_get(&t, TABLE_PERSON_BOXES, &k, &row));
    assert_true(row.n < sizeof copy);
    memcpy(copy, row.p, row.n);
    copy[row.n - 1] ^= 1;
    txn_put(&t, TABLE_PERSON_BOXES, &k, copy, row.n);
    commit(&t);
    assert_int_equal(opened(1, &p), PERSONS_DAMAGED);
}

/* A row whose record is lost holds up neither the sweep nor what comes after it. */
static void a_sweep_goes_on_over_what_is_damaged(void **state)
{
    (void)state;
    struct txn t;
    uint64_t seqs[8];
    struct rowkey k = rowkey_new();
    put_to(6);
    rowkey_bytes(&k, sealed[5].id, PERSONS_ID_BYTES);
    begin(&t, true);
    txn_del(&t, TABLE_PERSON_BOXES, &k);
    txn_del(&t, TABLE_PERSON_KEYS, &k);
    assert_int_equal(persons_sweep(&t, 4), 2);
    assert_int_equal(persons_page(&t, 0, seqs, 8), 4);
    assert_int_equal(persons_page(&t, UINT64_MAX, seqs, 8), 0);
    assert_int_equal(persons_page(&t, 0, seqs, 3), 3);
    assert_int_equal(persons_sweep(&t, 4), 0);
    commit(&t);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, open_store, drop_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_record_is_sealed_opened_and_found),
        with_store(what_is_erased_is_gone_and_nothing_else),
        with_store(nothing_of_the_erased_is_on_the_disk),
        with_store(what_a_reader_may_still_look_at_is_wiped_after_it),
        with_store(a_record_cut_short_is_damage_not_a_crash),
        with_store(records_of_events_that_never_came_are_dropped),
        with_store(the_same_person_is_found_however_it_is_written),
        with_store(one_phone_of_many_events),
        with_store(every_record_has_a_name_and_a_key_of_its_own),
        with_store(a_changed_byte_of_a_record_is_damage),
        with_store(a_sweep_goes_on_over_what_is_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
