/* wipe: what was deleted is not to be found in the file any more, wherever LMDB had put it: in free
 * pages, between the rows of pages in use, behind values, behind the end. Each way has a control
 * that must find it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/store/scrub.h"
#include "daemon/store/txn.h"
#include "tests/support/folder.h"

#define MIB (1u << 20)
#define ROWS 4000u
#define PIECE 12u /* bytes by which a piece of a row is known: "GEHEIM" and its number */
#define SMALL 48u
#define LARGE 3000u
#define LARGER 9000u

static struct folder dir;
static struct store *store;
static struct txn txn;
static char bytes[8 * MIB]; /* of persons/data.mdb */

static void open_it(void)
{
    struct store_conf conf = {.dir = dir.path, .bytes = {2 * MIB, 2 * MIB, sizeof bytes}};
    struct err err = {""};
    if (store_open(&store, &conf, &err) != 0)
        fail_msg("%s", err.text);
}

static int begin(void **state)
{
    (void)state;
    folder_make(&dir);
    open_it();
    return 0;
}

static int end(void **state)
{
    (void)state;
    store_close(&store);
    folder_drop(&dir);
    return 0;
}

static uint64_t chance = 1;

static uint32_t draw(uint32_t below)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(chance >> 33) % below;
}

/* Names that come in no order, as those of persons do. */
static struct rowkey name_of(uint32_t row)
{
    struct rowkey k = rowkey_new();
    rowkey_u64(&k, (row + 1) * 0x9e3779b97f4a7c15u);
    return *rowkey_u64(&k, row);
}

static void fill(char *value, uint32_t n, uint32_t row)
{
    char piece[PIECE + 1];
    snprintf(piece, sizeof piece, "GEHEIM%06u", row % 1000000);
    for (uint32_t i = 0; i < n; i++)
        value[i] = piece[i % PIECE];
}

static void begin_txn(void)
{
    txn_begin(&txn, store, STORE_PERSONS, true);
}

static void commit_txn(void)
{
    struct err err = {""};
    if (txn_commit(&txn, &err) != 0)
        fail_msg("%s", err.text);
}

static void put_row(uint32_t row, uint32_t n)
{
    char value[LARGER];
    struct rowkey k = name_of(row);
    fill(value, n, row);
    txn_put(&txn, TABLE_PERSON_BOXES, &k, value, n);
}

static void shred_row(uint32_t row)
{
    struct rowkey k = name_of(row);
    txn_shred(&txn, TABLE_PERSON_BOXES, &k);
}

static void put_rows(uint32_t from, uint32_t to, uint32_t n, uint32_t at_once)
{
    for (uint32_t row = from; row < to;) {
        begin_txn();
        for (uint32_t i = 0; i < at_once && row < to; i++)
            put_row(row++, n);
        commit_txn();
    }
}

static void shred_rows(uint32_t from, uint32_t to, uint32_t step)
{
    begin_txn();
    for (uint32_t row = from; row < to; row += step)
        shred_row(row);
    commit_txn();
}

static uint64_t wipe(void)
{
    uint64_t left = 1;
    struct err err = {""};
    if (store_wipe_free(store, STORE_PERSONS, &left, &err) != 0)
        fail_msg("%s", err.text);
    return left;
}

/* ---- what lies in the file ---- */

static bool there[1000000];

/* Of which rows there is a piece in the file. */
static void look(void)
{
    char path[256];
    snprintf(path, sizeof path, "%s/persons/data.mdb", dir.path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, bytes, sizeof bytes, 0), sizeof bytes);
    close(fd);
    memset(there, 0, sizeof there);
    for (const char *p = bytes; p + PIECE <= bytes + sizeof bytes; p++) {
        if (*p != 'G' || memcmp(p, "GEHEIM", 6) != 0)
            continue;
        uint32_t row = 0, digits = 0;
        for (; digits < 6 && p[6 + digits] >= '0' && p[6 + digits] <= '9'; digits++)
            row = row * 10 + (uint32_t)(p[6 + digits] - '0');
        if (digits == 6)
            there[row] = true;
    }
}

static unsigned found(uint32_t from, uint32_t to, uint32_t step)
{
    unsigned count = 0;
    for (uint32_t row = from; row < to; row += step)
        count += there[row];
    return count;
}

static void intact(uint32_t row, uint32_t n)
{
    char value[LARGER];
    struct slice v = {0};
    struct rowkey k = name_of(row);
    fill(value, n, row);
    assert_true(txn_get(&txn, TABLE_PERSON_BOXES, &k, &v));
    assert_int_equal(v.n, n);
    assert_memory_equal(v.p, value, n);
}

/* The descriptor by which LMDB writes the file. */
static int file_of_lmdb(void)
{
    for (int fd = 3; fd < 1024; fd++) {
        char link[64], path[512];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof path - 1);
        path[n > 0 ? n : 0] = '\0';
        if (strstr(path, dir.path) != NULL && strstr(path, "/persons/data.mdb") != NULL &&
            (fcntl(fd, F_GETFL) & O_DSYNC) == 0)
            return fd;
    }
    fail_msg("persons/data.mdb is not open");
    return -1;
}

static void deleted(bool wiped)
{
    put_rows(0, 60, SMALL, 60);
    put_rows(60, 80, LARGE, 20);
    put_rows(80, 100, LARGER, 20);
    shred_rows(0, 100, 2);
    if (wiped)
        assert_int_equal(wipe(), 0);
    look();
    assert_int_equal(found(1, 100, 2), 50);
    if (wiped)
        assert_int_equal(found(0, 100, 2), 0);
    else
        assert_int_equal(found(60, 100, 2), 20);
    begin_txn();
    for (uint32_t row = 1; row < 100; row += 2)
        intact(row, row < 60 ? SMALL : row < 80 ? LARGE : LARGER);
    txn_abort(&txn);
}

static void what_was_deleted_is_gone_from_the_file(void **state)
{
    (void)state;
    deleted(true);
}

static void control_without_the_wipe_it_is_found(void **state)
{
    (void)state;
    deleted(false);
}

static void what_was_overwritten_is_gone_too(void **state)
{
    (void)state;
    put_rows(0, 10, LARGER, 10);
    begin_txn();
    for (uint32_t row = 0; row < 10; row++) {
        struct rowkey k = name_of(row);
        txn_blank(&txn, TABLE_PERSON_BOXES, &k);
        txn_put(&txn, TABLE_PERSON_BOXES, &k, "short", 5);
    }
    commit_txn();
    look();
    assert_int_equal(found(0, 10, 1), 10);
    assert_int_equal(wipe(), 0);
    look();
    assert_int_equal(found(0, 10, 1), 0);
}

static void pages_that_are_read_are_left_and_wiped_later(void **state)
{
    (void)state;
    struct txn reader;
    struct slice v;
    struct rowkey k = name_of(0);
    put_rows(0, 10, LARGE, 10);
    txn_begin(&reader, store, STORE_PERSONS, false);
    assert_true(txn_get(&reader, TABLE_PERSON_BOXES, &k, &v));
    shred_rows(0, 10, 1);
    for (int again = 0; again < 3; again++) {
        assert_true(wipe() >= 10);
        assert_memory_equal(v.p, "GEHEIM000000", 12); /* the reader still sees it */
        look();
        assert_int_equal(found(0, 10, 1), 10);
    }
    txn_reset(&reader);
    assert_int_equal(wipe(), 0);
    look();
    assert_int_equal(found(0, 10, 1), 0);
    txn_renew(&reader);
    assert_false(txn_get(&reader, TABLE_PERSON_BOXES, &k, &v));
    txn_abort(&reader);
}

/* A reader of what came after holds nothing up. */
static void a_reader_of_the_newest_leaves_nothing(void **state)
{
    (void)state;
    struct txn reader;
    put_rows(0, 10, LARGE, 10);
    shred_rows(0, 10, 1);
    txn_begin(&reader, store, STORE_PERSONS, false);
    assert_int_equal(wipe(), 0);
    look();
    assert_int_equal(found(0, 10, 1), 0);
    txn_abort(&reader);
}

/* ---- pages in use ---- */

/* Rows come in no order: pages are split again and again, and halves of them stay behind where they
 * were. */
static unsigned left_between_rows(bool scrubbed)
{
    if (!scrubbed)
        scrub_forget(file_of_lmdb());
    put_rows(0, ROWS, SMALL, 7);
    shred_rows(0, ROWS, 3);
    if (!scrubbed)
        scrub_watch(file_of_lmdb(), (size_t)sysconf(_SC_PAGESIZE));
    assert_int_equal(wipe(), 0);
    look();
    assert_int_equal(found(1, ROWS, 3) + found(2, ROWS, 3), ROWS - (ROWS + 2) / 3);
    return found(0, ROWS, 3);
}

static void between_the_rows_of_pages_in_use_lies_nothing(void **state)
{
    (void)state;
    assert_int_equal(left_between_rows(true), 0);
}

static void control_pages_that_are_not_scrubbed_keep_pieces(void **state)
{
    (void)state;
    assert_true(left_between_rows(false) > 0);
}

/* LMDB's buffers hold what was deleted for as long as the process lives; later commits write them.
 */
static unsigned comes_back(bool scrubbed)
{
    put_rows(0, 600, SMALL, 600);
    put_rows(600, 700, LARGE, 100);
    shred_rows(0, 700, 1);
    assert_int_equal(wipe(), 0);
    look();
    assert_int_equal(found(0, 700, 1), 0);
    if (!scrubbed)
        scrub_forget(file_of_lmdb());
    put_rows(700, 900, 300, 100);
    put_rows(900, 1000, 2100, 100);
    look();
    return found(0, 700, 1);
}

static void later_commits_bring_nothing_back(void **state)
{
    (void)state;
    assert_int_equal(comes_back(true), 0);
}

static void control_without_scrubbing_they_do(void **state)
{
    (void)state;
    assert_true(comes_back(false) > 0);
}

/* A value with pages of its own leaves the end of the last one free. */
static void behind_a_value_lies_nothing(void **state)
{
    (void)state;
    struct rowkey k;
    put_rows(0, 700, SMALL, 700);
    shred_rows(0, 700, 1);
    assert_int_equal(wipe(), 0);
    begin_txn();
    for (uint32_t n = 1900; n < 2200; n++) { /* from among the rows to pages of their own */
        k = name_of(1000 + n);
        memset(txn_reserve(&txn, TABLE_PERSON_BOXES, &k, n, false), 'x', n);
    }
    commit_txn();
    look();
    assert_int_equal(found(0, 700, 1), 0);
    begin_txn();
    for (uint32_t n = 1900; n < 2200; n++) {
        struct slice v;
        k = name_of(1000 + n);
        assert_true(txn_get(&txn, TABLE_PERSON_BOXES, &k, &v));
        assert_int_equal(v.n, n);
        for (uint32_t i = 0; i < n; i++)
            assert_int_equal(v.p[i], 'x');
    }
    txn_abort(&txn);
}

/* ---- behind the end ---- */

/* A commit that died before it was done leaves pages that are in no list. */
static void what_a_dead_commit_wrote_behind_the_end_is_wiped(void **state)
{
    (void)state;
    char page[4096], path[256];
    uint64_t used, size;
    put_rows(0, 100, LARGE, 100);
    store_room(store, STORE_PERSONS, &used, &size);
    store_close(&store);
    snprintf(path, sizeof path, "%s/persons/data.mdb", dir.path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    fill(page, sizeof page, 777);
    assert_int_equal(pwrite(fd, page, sizeof page, (off_t)(used + 5 * sizeof page)), sizeof page);
    close(fd);
    open_it();
    look();
    assert_true(there[777]);
    assert_int_equal(wipe(), 0);
    look();
    assert_false(there[777]);
    assert_int_equal(found(0, 100, 1), 100);
}

/* ---- the whole ---- */

static uint32_t model[ROWS]; /* size of each row, 0: none */

static void compare_with_model(void)
{
    uint64_t rows = 0;
    begin_txn();
    for (uint32_t row = 0; row < ROWS; row++)
        if (model[row] != 0) {
            rows++;
            intact(row, model[row]);
        }
    assert_int_equal(txn_rows(&txn, TABLE_PERSON_BOXES), rows);
    txn_abort(&txn);
    look();
    for (uint32_t row = 0; row < ROWS; row++)
        assert_int_equal(there[row], model[row] != 0);
}

static void change_one(void)
{
    static const uint32_t most[] = {4, 4, 4, 20, 180, LARGER / PIECE}; /* whole pieces */
    uint32_t row = draw(ROWS), n = PIECE * (1 + draw(most[draw(6)]));
    if (draw(5) < 2 && model[row] != 0) {
        shred_row(row);
        model[row] = 0;
        return;
    }
    if (model[row] != 0)
        shred_row(row);
    put_row(row, n);
    model[row] = n;
}

static void thousands_of_changes_leave_what_the_model_says(void **state)
{
    (void)state;
    memset(model, 0, sizeof model);
    for (int round = 0; round < 40; round++) {
        for (int commits = 1 + (int)draw(3); commits > 0; commits--) {
            begin_txn();
            for (uint32_t n = 1 + draw(60); n > 0; n--)
                change_one();
            commit_txn();
        }
        assert_int_equal(wipe(), 0);
        if (round % 8 == 7) {
            store_close(&store);
            open_it();
        }
        compare_with_model();
    }
}

static void a_wipe_changes_no_row(void **state)
{
    (void)state;
    struct err err = {""};
    for (int e = 0; e < STORE_ENVS; e++) {
        uint64_t left, rows = 0;
        assert_int_equal(store_wipe_free(store, (enum store_env)e, &left, &err), 0);
        assert_int_equal(left, 0);
        for (int t = 0; t < TABLE_COUNT; t++) {
            txn_begin(&txn, store, store_table_env((enum store_table)t), false);
            rows += txn_rows(&txn, (enum store_table)t);
            txn_abort(&txn);
        }
        assert_int_equal(rows, 0);
    }
}

/* An LMDB that writes in another way would make the promise a lie. */
static void a_file_that_is_not_scrubbed_is_told(void **state)
{
    (void)state;
    struct err err = {""};
    uint64_t left = 7;
    scrub_forget(file_of_lmdb());
    assert_int_equal(store_wipe_free(store, STORE_PERSONS, &left, &err), ERR_FATAL);
    assert_non_null(strstr(err.text, "cannot be wiped"));
    assert_int_equal(left, 7);
}

/* Keys of 8 bytes with two zeros at the end read like LMDB's own in its list of free pages; what
 * tells them apart is the fifth byte of a journal row, its version. */
static void rows_that_look_like_lists_stay(void **state)
{
    (void)state;
    char value[LARGER];
    static const uint32_t sizes[] = {96, 800, LARGE, LARGER - LARGER % 8};
    for (uint32_t i = 0; i < 4 * 40; i++) {
        struct rowkey k = rowkey_seq((uint64_t)(1 + i) << 16);
        memset(value, 0, sizeof value);
        value[4] = 1;
        memset(value + 57, 'x', sizes[i % 4] - 57);
        begin_txn();
        txn_put(&txn, TABLE_PERSON_BOXES, &k, value, sizes[i % 4]);
        commit_txn();
    }
    assert_int_equal(wipe(), 0);
    store_close(&store);
    open_it();
    begin_txn();
    for (uint32_t i = 0; i < 4 * 40; i++) {
        struct rowkey k = rowkey_seq((uint64_t)(1 + i) << 16);
        struct slice v = {0};
        assert_true(txn_get(&txn, TABLE_PERSON_BOXES, &k, &v));
        assert_int_equal(v.n, sizes[i % 4]);
        assert_int_equal(v.p[4], 1);
        for (uint32_t n = 57; n < v.n; n++)
            assert_int_equal(v.p[n], 'x');
    }
    txn_abort(&txn);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(what_was_deleted_is_gone_from_the_file),
        with_store(control_without_the_wipe_it_is_found),
        with_store(what_was_overwritten_is_gone_too),
        with_store(pages_that_are_read_are_left_and_wiped_later),
        with_store(a_reader_of_the_newest_leaves_nothing),
        with_store(between_the_rows_of_pages_in_use_lies_nothing),
        with_store(control_pages_that_are_not_scrubbed_keep_pieces),
        with_store(later_commits_bring_nothing_back),
        with_store(control_without_scrubbing_they_do),
        with_store(behind_a_value_lies_nothing),
        with_store(what_a_dead_commit_wrote_behind_the_end_is_wiped),
        with_store(thousands_of_changes_leave_what_the_model_says),
        with_store(a_wipe_changes_no_row),
        with_store(a_file_that_is_not_scrubbed_is_told),
        with_store(rows_that_look_like_lists_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
