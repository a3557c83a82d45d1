/* room: pages that were freed are room again, and only when nobody reads them. Rows of the views
 * have a checksum; tables that are lost do not come back empty; condemned views go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/store/txn.h"
#include "tests/support/folder.h"

#define MIB (1u << 20)
#define ROWS 600u

static struct folder dir;
static struct store *store;

static int open_it(struct err *err)
{
    struct store_conf conf = {.dir = dir.path, .bytes = {2 * MIB, 2 * MIB, 2 * MIB}};
    return store_open(&store, &conf, err);
}

static int make(void **state)
{
    struct err err = {""};
    (void)state;
    folder_make(&dir);
    return open_it(&err);
}

static int drop(void **state)
{
    (void)state;
    store_close(&store);
    folder_drop(&dir);
    return 0;
}

static void put_rows(enum store_table table, uint64_t from, uint64_t to, bool gone)
{
    static const char text[1000] = "a row that takes some room";
    struct txn t;
    struct err err = {""};
    txn_begin(&t, store, store_table_env(table), true);
    for (uint64_t n = from; n < to; n++) {
        struct rowkey k = rowkey_seq(n);
        if (gone)
            txn_del(&t, table, &k);
        else
            txn_put(&t, table, &k, text, sizeof text);
    }
    assert_int_equal(txn_commit(&t, &err), 0);
}

static uint64_t used(enum store_env e)
{
    uint64_t bytes, size;
    store_count_free(store, e);
    store_room(store, e, &bytes, &size);
    return bytes;
}

static void freed_pages_are_room_again(void **state)
{
    (void)state;
    uint64_t empty = used(STORE_PERSONS);
    put_rows(TABLE_PERSON_BOXES, 1, ROWS, false);
    uint64_t full = used(STORE_PERSONS);
    assert_true(full > empty + ROWS * 1000);
    put_rows(TABLE_PERSON_BOXES, 1, ROWS, true);
    put_rows(TABLE_PERSON_BOXES, 1, 2, false); /* what the one before freed is free behind it */
    put_rows(TABLE_PERSON_BOXES, 2, 3, false);
    assert_true(used(STORE_PERSONS) < empty + full / 4);
    assert_true(store_check_free(store, STORE_PERSONS));
}

static void what_somebody_reads_is_no_room(void **state)
{
    (void)state;
    struct txn reader;
    put_rows(TABLE_PERSON_BOXES, 1, ROWS, false);
    uint64_t full = used(STORE_PERSONS);
    txn_begin(&reader, store, STORE_PERSONS, false);
    put_rows(TABLE_PERSON_BOXES, 1, ROWS, true);
    put_rows(TABLE_PERSON_BOXES, 1, 2, false);
    put_rows(TABLE_PERSON_BOXES, 2, 3, false);
    assert_true(used(STORE_PERSONS) >= full / 4 * 3);
    txn_abort(&reader);
    assert_true(used(STORE_PERSONS) < full / 4);
}

/* ---- what a disk changes ---- */

static void change_bytes(const char *env, const char *what, size_t at)
{
    char path[512];
    static char bytes[2 * MIB];
    snprintf(path, sizeof path, "%s/%s/data.mdb", dir.path, env);
    store_close(&store);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, bytes, sizeof bytes, 0), sizeof bytes);
    unsigned found = 0;
    for (char *p = bytes; (p = memmem(p, (size_t)(bytes + sizeof bytes - p), what, strlen(what)));
         p += strlen(what), found++)
        p[at] ^= 1;
    assert_true(found > 0);
    assert_int_equal(pwrite(fd, bytes, sizeof bytes, 0), sizeof bytes);
    close(fd);
}

static void put_word(const char *key, const char *value)
{
    struct txn t;
    struct err err = {""};
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, key, (uint32_t)strlen(key));
    txn_begin(&t, store, STORE_VIEWS, true);
    txn_put(&t, TABLE_KEYS, &k, value, strlen(value));
    assert_int_equal(txn_commit(&t, &err), 0);
}

static bool reads(const char *key, struct slice *ret, bool *ret_damaged)
{
    struct txn t;
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, key, (uint32_t)strlen(key));
    txn_begin(&t, store, STORE_VIEWS, false);
    bool there = txn_get(&t, TABLE_KEYS, &k, ret);
    *ret_damaged = txn_damaged(&t);
    txn_abort(&t);
    return there;
}

static void a_changed_row_of_the_views_is_no_answer(void **state)
{
    (void)state;
    struct err err = {""};
    struct slice value;
    bool damaged;
    put_word("first-key", "first-value");
    put_word("other-key", "");
    assert_true(reads("first-key", &value, &damaged));
    assert_int_equal(value.n, strlen("first-value"));
    assert_true(reads("other-key", &value, &damaged) && value.n == 0);
    change_bytes("views", "first-value", 3);
    assert_int_equal(open_it(&err), 0);
    assert_false(reads("first-key", &value, &damaged));
    assert_true(damaged);
    assert_true(reads("other-key", &value, &damaged) && !damaged);
}

static void a_changed_key_does_not_lead_to_the_value_of_another(void **state)
{
    (void)state;
    struct err err = {""};
    struct slice value;
    bool damaged;
    put_word("key-A", "of A");
    change_bytes("views", "key-A", 4); /* A becomes @ */
    assert_int_equal(open_it(&err), 0);
    assert_false(reads("key-@", &value, &damaged));
    assert_true(damaged);
}

static void a_table_that_is_lost_does_not_come_back_empty(void **state)
{
    (void)state;
    struct err err = {""};
    put_rows(TABLE_PERSON_BOXES, 1, 3, false);
    change_bytes("persons", "person_boxes", 8);
    assert_int_equal(open_it(&err), ERR_DAMAGED);
    assert_non_null(strstr(err.text, "persons"));
    assert_null(store);
}

static void views_that_are_damaged_or_condemned_are_thrown_away(void **state)
{
    (void)state;
    struct err err = {""};
    struct slice value;
    bool damaged;
    put_word("key", "value");
    change_bytes("views", "tickets", 2); /* the name of a table */
    assert_int_equal(open_it(&err), 0);
    assert_true(store_forgot_views(store));
    put_word("key", "value");
    store_close(&store);
    assert_int_equal(open_it(&err), 0);
    assert_false(store_forgot_views(store));
    assert_true(reads("key", &value, &damaged));
    store_condemn_views(dir.path);
    store_close(&store);
    assert_int_equal(open_it(&err), 0);
    assert_true(store_forgot_views(store));
    assert_false(reads("key", &value, &damaged) || damaged);
    store_close(&store);
    assert_int_equal(open_it(&err), 0);
    assert_false(store_forgot_views(store));
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(freed_pages_are_room_again),
        with_store(what_somebody_reads_is_no_room),
        with_store(a_changed_row_of_the_views_is_no_answer),
        with_store(a_changed_key_does_not_lead_to_the_value_of_another),
        with_store(a_table_that_is_lost_does_not_come_back_empty),
        with_store(views_that_are_damaged_or_condemned_are_thrown_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
