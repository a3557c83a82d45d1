/* index: lists and bitmaps, the newest chunk in memory and the older ones in place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/views/index.h"
#include "tests/support/scratch.h"

static struct scratch ground;
static struct index *ix;
static struct txn t;

static int open_index(void **state)
{
    (void)state;
    scratch_open(&ground);
    ix = index_new();
    txn_begin(&t, ground.store, STORE_VIEWS, true);
    index_load(ix, &t);
    return 0;
}

static int drop_index(void **state)
{
    (void)state;
    txn_abort(&t);
    index_free(&ix);
    scratch_close(&ground);
    return 0;
}

static const struct slice A = {"a", 1}, B = {"b", 1};

static uint32_t count_of(uint32_t chunk, struct slice value)
{
    struct index_set set;
    index_set_clear(&set);
    index_or(&t, chunk, INDEX_OWNER, value, &set);
    return index_set_count(&set);
}

static uint32_t row_bytes(uint32_t chunk, struct slice value)
{
    struct rowkey k = rowkey_new();
    struct slice row;
    rowkey_bytes(rowkey_u8(rowkey_u32(&k, chunk), INDEX_OWNER), value.p, value.n);
    return txn_get(&t, TABLE_INDEX, &k, &row) ? row.n : 0;
}

/* 255 places are a list of two bytes each, 256 are a bitmap, and back. */
static void a_row_is_a_list_up_to_255_and_a_bitmap_from_256(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 255; n++)
        index_add(ix, &t, n * 16, INDEX_OWNER, A);
    index_flush(ix, &t);
    assert_int_equal(row_bytes(0, A), 510);
    assert_int_equal(count_of(0, A), 255);
    index_add(ix, &t, 1, INDEX_OWNER, A);
    index_flush(ix, &t);
    assert_int_equal(row_bytes(0, A), 512);
    assert_int_equal(count_of(0, A), 256);
    index_remove(ix, &t, 16, INDEX_OWNER, A);
    index_flush(ix, &t);
    assert_int_equal(row_bytes(0, A), 510);
    struct index_set set;
    index_set_clear(&set);
    index_or(&t, 0, INDEX_OWNER, A, &set);
    assert_true(index_set_has(&set, 1));
    assert_false(index_set_has(&set, 16));
    assert_true(index_set_has(&set, 255 * 16));
}

static void a_chunk_ends_at_4096(void **state)
{
    (void)state;
    index_add(ix, &t, INDEX_CHUNK - 1, INDEX_OWNER, A);
    index_add(ix, &t, INDEX_CHUNK, INDEX_OWNER, A);
    index_flush(ix, &t);
    struct index_set set;
    index_set_clear(&set);
    index_or(&t, 0, INDEX_OWNER, A, &set);
    assert_true(index_set_has(&set, INDEX_CHUNK - 1));
    assert_int_equal(index_set_count(&set), 1);
    index_set_clear(&set);
    index_or(&t, 1, INDEX_OWNER, A, &set);
    assert_true(index_set_has(&set, 0));
    assert_int_equal(index_set_count(&set), 1);
    bool any;
    assert_int_equal(index_newest_chunk(&t, &any), 1);
    assert_true(any);
}

static void an_older_chunk_is_changed_in_place(void **state)
{
    (void)state;
    index_add(ix, &t, 5, INDEX_OWNER, A);
    index_add(ix, &t, 3 * INDEX_CHUNK + 5, INDEX_OWNER, A);
    assert_int_equal(count_of(0, A), 1); /* a new chunk flushes the one before */
    index_add(ix, &t, 6, INDEX_OWNER, A);
    index_remove(ix, &t, 5, INDEX_OWNER, A);
    index_add(ix, &t, 5, INDEX_OWNER, B);
    assert_int_equal(count_of(0, A), 1);
    assert_int_equal(count_of(0, B), 1);
    index_flush(ix, &t);
    assert_int_equal(count_of(3, A), 1);
    assert_int_equal(count_of(1, A), 0);
}

static void what_is_removed_to_the_last_leaves_no_row(void **state)
{
    (void)state;
    bool any;
    index_add(ix, &t, 5, INDEX_OWNER, A);
    index_flush(ix, &t);
    assert_int_equal(row_bytes(0, A), 2);
    index_remove(ix, &t, 5, INDEX_OWNER, A);
    index_flush(ix, &t);
    assert_int_equal(row_bytes(0, A), 0);
    index_newest_chunk(&t, &any);
    assert_false(any);
    /* the same in an older chunk */
    index_add(ix, &t, 7, INDEX_OWNER, A);
    index_add(ix, &t, INDEX_CHUNK, INDEX_OWNER, B);
    index_remove(ix, &t, 7, INDEX_OWNER, A);
    assert_int_equal(row_bytes(0, A), 0);
    index_flush(ix, &t);
    assert_int_equal(txn_rows(&t, TABLE_INDEX), 1);
}

static void removing_what_is_not_there_changes_nothing(void **state)
{
    (void)state;
    index_add(ix, &t, 5, INDEX_OWNER, A);
    index_remove(ix, &t, 6, INDEX_OWNER, A);
    index_remove(ix, &t, 5, INDEX_OWNER, B);
    index_add(ix, &t, 5, INDEX_OWNER, A);
    index_flush(ix, &t);
    assert_int_equal(count_of(0, A), 1);
    assert_int_equal(row_bytes(0, B), 0);
}

static void dimensions_and_values_are_kept_apart(void **state)
{
    (void)state;
    static const struct slice ab = {"ab", 2}, none = {"", 0};
    index_add(ix, &t, 1, INDEX_OWNER, A);
    index_add(ix, &t, 2, INDEX_KECAMATAN, A);
    index_add(ix, &t, 3, INDEX_OWNER, ab);
    index_add(ix, &t, 4, INDEX_OWNER, none);
    index_flush(ix, &t);
    struct index_set set;
    index_set_clear(&set);
    index_or(&t, 0, INDEX_OWNER, A, &set);
    assert_int_equal(index_set_count(&set), 1);
    assert_true(index_set_has(&set, 1));
    index_or(&t, 0, INDEX_OWNER, ab, &set);
    index_or(&t, 0, INDEX_OWNER, none, &set);
    assert_int_equal(index_set_count(&set), 3);
    assert_false(index_set_has(&set, 2));
}

/* After a restart, or when a transaction was dropped, memory is what the store says. */
static void the_newest_chunk_is_loaded_from_the_store(void **state)
{
    (void)state;
    struct err err;
    index_add(ix, &t, 5, INDEX_OWNER, A);
    index_add(ix, &t, INDEX_CHUNK + 5, INDEX_OWNER, A);
    index_flush(ix, &t);
    assert_int_equal(txn_commit(&t, &err), 0);
    txn_begin(&t, ground.store, STORE_VIEWS, true);
    index_add(ix, &t, INDEX_CHUNK + 6, INDEX_OWNER, A);
    index_add(ix, &t, 2 * INDEX_CHUNK, INDEX_OWNER, B);
    txn_abort(&t);
    txn_begin(&t, ground.store, STORE_VIEWS, true);
    index_load(ix, &t);
    index_add(ix, &t, INDEX_CHUNK + 7, INDEX_OWNER, A);
    index_flush(ix, &t);
    assert_int_equal(count_of(1, A), 2);
    assert_int_equal(count_of(2, B), 0);
    assert_int_equal(count_of(0, A), 1);
}

static void sets_are_joined_and_cut(void **state)
{
    (void)state;
    struct index_set one, two;
    index_set_clear(&one);
    index_set_clear(&two);
    one.word[0] = 0x6;
    two.word[0] = 0xc;
    two.word[63] = 1;
    index_set_and(&one, &two);
    assert_int_equal(index_set_count(&one), 1);
    assert_true(index_set_has(&one, 2));
}

#define with_index(test) cmocka_unit_test_setup_teardown(test, open_index, drop_index)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_index(a_row_is_a_list_up_to_255_and_a_bitmap_from_256),
        with_index(a_chunk_ends_at_4096),
        with_index(an_older_chunk_is_changed_in_place),
        with_index(what_is_removed_to_the_last_leaves_no_row),
        with_index(removing_what_is_not_there_changes_nothing),
        with_index(dimensions_and_values_are_kept_apart),
        with_index(the_newest_chunk_is_loaded_from_the_store),
        cmocka_unit_test(sets_are_joined_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
