/* backup: what a store holds comes back from the file; a file that is not whole is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/backup/copy.h"
#include "daemon/backup/reading.h"
#include "daemon/persons/erasures.h"
#include "daemon/views/rows.h"
#include "proto/verdict.h"
#include "tests/support/entries.h"
#include "tests/support/scratch.h"

#define ENTRIES 6u
#define PERSONS 2u

static struct scratch s;
static struct arena a;
static struct err err;
static uint8_t *file; /* a whole backup */
static size_t file_n;
static struct persons_record carried[PERSONS];
static uint64_t rows_taken;
static unsigned persons_taken, same_rows;
static char erased[4096];
static uint32_t erased_n;

/* ---- a store, and its backup ---- */

static void keep_person(uint64_t seq, const char *phone)
{
    struct person p = {.field = {[PERSON_PHONE] = slice_from(phone)}};
    uint8_t find_key[PERSONS_KEY_BYTES] = {3};
    struct person_sealed sealed;
    struct txn t;
    persons_seal(&p, find_key, &a, &sealed);
    txn_begin(&t, s.store, STORE_PERSONS, true);
    persons_put(&t, seq, &sealed);
    assert_int_equal(txn_commit(&t, &err), 0);
}

static void keep_identity(void)
{
    struct rowkey k = rowkey_new();
    struct txn t;
    txn_begin(&t, s.store, STORE_JOURNAL, true);
    rowkey_bytes(&k, "identity", 8);
    txn_put(&t, TABLE_STORE, &k, "who I am", 8);
    assert_int_equal(txn_commit(&t, &err), 0);
}

static void erase_something(uint8_t id)
{
    struct erasures *list = NULL;
    uint8_t name[ERASURES_ID_BYTES] = {id};
    assert_int_equal(erasures_open(&list, s.dir.path, &err), 0);
    assert_int_equal(erasures_add(list, true, name, id, &err), 0);
    erasures_close(&list);
}

/* The next block behind the place, as one question gets it. */
static bool next_block(struct copy_place *p, int *ret_verdict, uint64_t *ret_damaged)
{
    static uint8_t bytes[COPY_MOST];
    struct txn log, persons;
    size_t n = 0;
    txn_begin(&log, s.store, STORE_JOURNAL, false);
    txn_begin(&persons, s.store, STORE_PERSONS, false);
    struct copy_source source = {&log, &persons, s.dir.path, ENTRIES_AT};
    bool more = copy_block(&source, p, bytes, &n, ret_verdict, ret_damaged);
    txn_abort(&log);
    txn_abort(&persons);
    file = realloc(file, file_n + n);
    assert_non_null(file);
    memcpy(file + file_n, bytes, n);
    file_n += n;
    return more;
}

/* The place goes to the client and back. */
static struct copy_place carried_by_the_client(const struct copy_place *p)
{
    char text[COPY_PLACE_DIGITS + 1];
    struct copy_place again;
    copy_place_write(p, text);
    assert_true(copy_place_read(slice_from(text), &again));
    return again;
}

static void copy_all(void)
{
    struct copy_place place = copy_begin();
    uint64_t damaged;
    int verdict;
    file_n = 0;
    while (next_block(&place, &verdict, &damaged)) {
        assert_int_equal(verdict, V_DONE);
        place = carried_by_the_client(&place);
    }
    assert_int_equal(verdict, V_DONE);
}

static int begin(void **state)
{
    (void)state;
    a = (struct arena){0};
    err = (struct err){""};
    file = NULL;
    file_n = 0;
    scratch_open(&s);
    keep_identity();
    for (unsigned i = 0; i < ENTRIES; i++)
        scratch_store(&s, an_event(&a, .title = "Jalan berlubang", .kind = KIND_COMPLAINT));
    scratch_commit(&s);
    keep_person(2, "+6281234567890");
    keep_person(5, "+6281298765432");
    keep_person(ENTRIES + 1, "+6281200000000"); /* its entry is not on the disk yet */
    erase_something(1);
    copy_all();
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(file);
    scratch_close(&s);
    arena_drop(&a);
    return 0;
}

/* ---- reading it ---- */

static int took_begin(void *self, const struct backup_sum *sum, struct err *e)
{
    (void)self;
    (void)e;
    assert_int_equal(sum->upto, ENTRIES);
    assert_int_equal(sum->identity_n, 8);
    assert_memory_equal(sum->identity, "who I am", 8);
    rows_taken = persons_taken = same_rows = erased_n = 0;
    return 0;
}

static int took_row(void *self, uint64_t seq, struct slice row, struct err *e)
{
    struct txn t;
    struct slice there;
    (void)self;
    (void)e;
    txn_begin(&t, s.store, STORE_JOURNAL, false);
    same_rows += rows_at(&t, seq, &there) && slice_same(there, row);
    txn_abort(&t);
    rows_taken = seq;
    return 0;
}

static int took_person(void *self, const struct persons_record *r, struct err *e)
{
    (void)self;
    (void)e;
    assert_in_range(persons_taken, 0, PERSONS - 1);
    carried[persons_taken] = *r;
    carried[persons_taken++].row = arena_copy(&a, r->row.p, r->row.n);
    return 0;
}

static int took_erased(void *self, struct slice lines, struct err *e)
{
    (void)self;
    (void)e;
    memcpy(erased + erased_n, lines.p, lines.n);
    erased_n += lines.n;
    return 0;
}

static int read_bytes(const uint8_t *bytes, size_t n, struct backup_sum *sum)
{
    static const struct backup_taker taker = {took_begin, took_row, took_person, took_erased, NULL};
    char path[200];
    folder_write(&s.dir, "file", bytes, n);
    snprintf(path, sizeof path, "%s/file", s.dir.path);
    err = (struct err){""};
    return backup_read(path, sum == NULL ? NULL : &taker,
                       sum == NULL ? &(struct backup_sum){0} : sum, &err);
}

static void all_of_a_store_is_in_it(void **state)
{
    (void)state;
    struct backup_sum sum;
    assert_int_equal(read_bytes(file, file_n, &sum), 0);
    assert_int_equal(rows_taken, ENTRIES);
    assert_int_equal(same_rows, ENTRIES);
    assert_int_equal(persons_taken, PERSONS); /* not the one of an entry that is not there */
    assert_int_equal(carried[0].seq, 2);
    assert_int_equal(carried[1].seq, 5);
    assert_int_equal(sum.entries, ENTRIES);
    assert_int_equal(sum.persons, PERSONS);
    assert_int_equal(sum.erased_bytes, erased_n);
    assert_memory_equal(erased, "person 01000000000000000000000000000000 1 ", 42);
    assert_memory_equal(sum.hash, views_hash(s.views), ENTRY_HASH_BYTES);
}

/* Found by name, opened with its key, as where it came from. */
static void a_person_lives_on_elsewhere(void **state)
{
    (void)state;
    struct backup_sum sum;
    struct scratch other;
    struct txn t;
    struct person p;
    uint64_t seq = 0, found[4];
    uint8_t find_key[PERSONS_KEY_BYTES] = {3};
    assert_int_equal(read_bytes(file, file_n, &sum), 0);
    scratch_open(&other);
    txn_begin(&t, other.store, STORE_PERSONS, true);
    for (unsigned i = 0; i < PERSONS; i++)
        assert_true(persons_bring(&t, &carried[i]));
    assert_int_equal(persons_open(&t, carried[1].id, &a, &p, &seq), PERSONS_FINE);
    assert_int_equal(seq, 5);
    assert_true(slice_is(p.field[PERSON_PHONE], "+6281298765432"));
    assert_int_equal(
        persons_find(&t, PERSON_PHONE, SLICE_LIT("+6281234567890"), find_key, found, 4), 1);
    assert_int_equal(found[0], 2);
    assert_int_equal(persons_page(&t, 0, found, 4), 2);
    assert_true(persons_erase(&t, carried[1].id));
    assert_int_equal(
        persons_find(&t, PERSON_PHONE, SLICE_LIT("+6281298765432"), find_key, found, 4), 0);
    txn_abort(&t);
    scratch_close(&other);
}

/* ---- what is not whole ---- */

static void cut_anywhere_it_is_refused(void **state)
{
    (void)state;
    for (size_t n = 0; n < file_n; n++) {
        assert_int_equal(read_bytes(file, n, NULL), ERR_CONFIG);
        assert_non_null(strstr(err.text, "/file: byte "));
    }
    assert_int_equal(read_bytes(file, file_n, NULL), 0);
}

static void altered_anywhere_it_is_refused(void **state)
{
    (void)state;
    for (size_t at = 0; at < file_n; at++) {
        uint8_t bit = (uint8_t)(1u << at % 8);
        file[at] ^= bit;
        assert_int_equal(read_bytes(file, file_n, NULL), ERR_CONFIG);
        assert_non_null(strstr(err.text, "/file: byte "));
        file[at] ^= bit;
    }
    assert_int_equal(read_bytes(file, file_n, NULL), 0);
}

static void what_follows_the_end_is_refused(void **state)
{
    (void)state;
    file = realloc(file, file_n + 1);
    assert_non_null(file);
    file[file_n] = '\n';
    assert_int_equal(read_bytes(file, file_n + 1, NULL), ERR_CONFIG);
    assert_non_null(strstr(err.text, "follows its end"));
}

static void no_file_is_named(void **state)
{
    (void)state;
    struct backup_sum sum;
    assert_int_equal(backup_read("/dev/null/file", NULL, &sum, &err), ERR_CONFIG);
    assert_non_null(strstr(err.text, "/dev/null/file"));
}

/* A block is taken out, and the hashes made anew by somebody who knows how. */
static void a_missing_entry_is_named_though_the_hashes_fit(void **state)
{
    (void)state;
    uint8_t hash[FORM_HASH_BYTES] = {0}, *out = calloc(1, file_n + FORM_BLOCK_MOST);
    size_t n = strlen(FORM_HEADER), at = n, payload;
    enum form_block kind;
    assert_non_null(out);
    memcpy(out, file, n);
    while (at < file_n) {
        assert_true(form_head(file + at, &kind, &payload));
        memcpy(out + n + FORM_HEAD_BYTES, file + at + FORM_HEAD_BYTES, payload);
        at += FORM_HEAD_BYTES + payload + FORM_HASH_BYTES;
        if (kind == FORM_LOG) { /* without its first row */
            uint8_t *rows = out + n + FORM_HEAD_BYTES;
            uint32_t row = 12 + form_get32(rows + 8);
            memmove(rows, rows + row, payload - row);
            payload -= row;
        }
        n += form_close(out + n, kind, payload, hash);
    }
    assert_int_equal(read_bytes(out, n, NULL), ERR_CONFIG);
    assert_non_null(strstr(err.text, "entry 1 is missing"));
    free(out);
}

/* ---- while others write ---- */

static void what_comes_meanwhile_is_not_in_it(void **state)
{
    (void)state;
    struct copy_place place = copy_begin();
    struct backup_sum sum;
    uint64_t damaged;
    int verdict;
    file_n = 0;
    next_block(&place, &verdict, &damaged);
    scratch_store(&s, an_event(&a, .title = "Kemudian"));
    scratch_commit(&s);
    while (next_block(&place, &verdict, &damaged))
        ;
    assert_int_equal(read_bytes(file, file_n, &sum), 0);
    assert_int_equal(sum.entries, ENTRIES);
}

/* Erased after its record was copied: the list that the file ends with names it. */
static void what_is_erased_meanwhile_is_named_in_it(void **state)
{
    (void)state;
    struct copy_place place = copy_begin();
    struct backup_sum sum;
    uint64_t damaged;
    int verdict;
    file_n = 0;
    while (place.part != FORM_ERASED)
        next_block(&place, &verdict, &damaged);
    erase_something(9);
    while (next_block(&place, &verdict, &damaged))
        ;
    assert_int_equal(read_bytes(file, file_n, &sum), 0);
    erased[erased_n] = '\0';
    assert_non_null(strstr(erased, "person 09000000000000000000000000000000 9 "));
}

static void a_damaged_row_ends_the_copy(void **state)
{
    (void)state;
    struct copy_place place = copy_begin();
    uint64_t damaged = 0;
    int verdict;
    struct rowkey k = rowkey_seq(4);
    struct txn t;
    txn_begin(&t, s.store, STORE_JOURNAL, true);
    txn_put(&t, TABLE_LOG, &k, "rotten", 6);
    assert_int_equal(txn_commit(&t, &err), 0);
    next_block(&place, &verdict, &damaged);
    assert_int_equal(verdict, V_DONE);
    next_block(&place, &verdict, &damaged);
    assert_int_equal(verdict, E_CORRUPT);
    assert_int_equal(damaged, 4);
}

static void a_place_of_another_s_making_is_none(void **state)
{
    (void)state;
    char text[COPY_PLACE_DIGITS + 1];
    struct copy_place place = copy_begin();
    place.part = FORM_PERSONS;
    copy_place_write(&place, text);
    assert_true(copy_place_read(slice_from(text), &place));
    assert_false(copy_place_read((struct slice){text, COPY_PLACE_DIGITS - 2}, &place));
    text[1] = '7'; /* a part there is not */
    assert_false(copy_place_read(slice_from(text), &place));
    text[1] = '1'; /* the first part has no place: it begins anew */
    assert_false(copy_place_read(slice_from(text), &place));
    text[1] = 'x';
    assert_false(copy_place_read(slice_from(text), &place));
}

#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(all_of_a_store_is_in_it),
        T(a_person_lives_on_elsewhere),
        T(cut_anywhere_it_is_refused),
        T(altered_anywhere_it_is_refused),
        T(what_follows_the_end_is_refused),
        T(no_file_is_named),
        T(a_missing_entry_is_named_though_the_hashes_fit),
        T(what_comes_meanwhile_is_not_in_it),
        T(what_is_erased_meanwhile_is_named_in_it),
        T(a_damaged_row_ends_the_copy),
        T(a_place_of_another_s_making_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
