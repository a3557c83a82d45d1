/* store: one holder, space set aside, transactions whose first error sticks, walks in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/store/txn.h"
#include "tests/support/folder.h"

#define MIB (1u << 20)

static struct folder dir;
static struct store *store;

static struct store_conf conf_of(unsigned journal_mib, unsigned views_mib)
{
    return (struct store_conf){.dir = dir.path,
                               .bytes = {(uint64_t)journal_mib * MIB, (uint64_t)views_mib * MIB}};
}

static int open_store(void **state)
{
    (void)state;
    folder_make(&dir);
    struct store_conf conf = conf_of(2, 1);
    struct err err;
    return store_open(&store, &conf, &err);
}

static int drop_store(void **state)
{
    (void)state;
    store_close(&store);
    folder_drop(&dir);
    return 0;
}

static void put(struct txn *t, uint64_t n, const char *value)
{
    struct rowkey k = rowkey_seq(n);
    txn_put(t, TABLE_LOG, &k, value, strlen(value));
}

static bool holds(uint64_t n, const char *value)
{
    struct txn t;
    struct slice v = {0};
    struct rowkey k = rowkey_seq(n);
    txn_begin(&t, store, STORE_JOURNAL, false);
    bool found = txn_get(&t, TABLE_LOG, &k, &v) && slice_is(v, value);
    assert_int_equal(t.rc, 0);
    txn_abort(&t);
    return found;
}

static void what_was_committed_is_there_and_what_was_aborted_is_not(void **state)
{
    (void)state;
    struct txn t;
    struct err err;
    txn_begin(&t, store, STORE_JOURNAL, true);
    put(&t, 1, "one");
    assert_int_equal(txn_commit(&t, &err), 0);
    txn_begin(&t, store, STORE_JOURNAL, true);
    put(&t, 2, "two");
    txn_abort(&t);
    assert_true(holds(1, "one"));
    assert_false(holds(2, "two"));
}

static void not_found_is_no_error(void **state)
{
    (void)state;
    struct txn t;
    struct slice v;
    struct walk w;
    struct err err;
    struct rowkey k = rowkey_seq(7), first = rowkey_new();
    txn_begin(&t, store, STORE_JOURNAL, true);
    assert_false(txn_get(&t, TABLE_LOG, &k, &v));
    txn_del(&t, TABLE_LOG, &k);
    assert_false(walk_from(&w, &t, TABLE_LOG, &first));
    assert_false(walk_last(&w, &t, TABLE_LOG));
    assert_int_equal(txn_rows(&t, TABLE_LOG), 0);
    assert_string_equal(txn_error(&t), "no error");
    assert_int_equal(txn_commit(&t, &err), 0);
}

/* Everything after the first error is a no-op, and the commit says so: nothing of it is kept. */
static void the_first_error_sticks(void **state)
{
    (void)state;
    struct txn t;
    struct slice v;
    struct walk w;
    struct err err = {""};
    struct rowkey none = rowkey_new(), k = rowkey_seq(1);
    txn_begin(&t, store, STORE_JOURNAL, true);
    put(&t, 1, "before");
    txn_put(&t, TABLE_LOG, &none, "x", 1); /* a key without bytes */
    int first = t.rc;
    assert_int_not_equal(first, 0);
    put(&t, 2, "after");
    txn_append(&t, TABLE_LOG, &k, "x", 1);
    txn_del(&t, TABLE_LOG, &k);
    assert_null(txn_reserve(&t, TABLE_LOG, &k, 4, false));
    assert_false(txn_get(&t, TABLE_LOG, &k, &v));
    assert_false(walk_from(&w, &t, TABLE_LOG, &k));
    assert_int_equal(txn_rows(&t, TABLE_LOG), 0);
    assert_int_equal(t.rc, first);
    assert_string_not_equal(txn_error(&t), "no error");
    assert_int_equal(txn_commit(&t, &err), ERR_FATAL);
    assert_non_null(strstr(err.text, dir.path));
    assert_false(holds(1, "before"));
}

static void append_takes_only_what_is_larger(void **state)
{
    (void)state;
    struct txn t;
    struct rowkey k5 = rowkey_seq(5), k4 = rowkey_seq(4);
    txn_begin(&t, store, STORE_JOURNAL, true);
    txn_append(&t, TABLE_LOG, &k5, "five", 4);
    assert_int_equal(t.rc, 0);
    txn_append(&t, TABLE_LOG, &k4, "four", 4);
    assert_int_not_equal(t.rc, 0);
    txn_abort(&t);
}

static void reserve_gives_room_to_write_into(void **state)
{
    (void)state;
    struct txn t;
    struct err err;
    struct rowkey k = rowkey_seq(3);
    txn_begin(&t, store, STORE_JOURNAL, true);
    void *room = txn_reserve(&t, TABLE_LOG, &k, 5, true);
    assert_non_null(room);
    memcpy(room, "three", 5);
    assert_int_equal(txn_commit(&t, &err), 0);
    assert_true(holds(3, "three"));
}

static void a_walk_goes_in_the_order_of_numbers(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {1, 2, 255, 256, 65535, 65536, 1ull << 32, UINT64_MAX};
    const size_t n = sizeof numbers / sizeof *numbers;
    struct txn t;
    struct walk w;
    struct rowkey first = rowkey_new(), middle = rowkey_seq(257);
    txn_begin(&t, store, STORE_JOURNAL, true);
    for (size_t i = n; i-- > 0;)
        put(&t, numbers[i], "v");
    size_t i = 0;
    for (bool more = walk_from(&w, &t, TABLE_LOG, &first); more; more = walk_next(&w), i++)
        assert_int_equal(rowkey_read_u64(w.key.p), numbers[i]);
    assert_int_equal(i, n);
    for (bool more = walk_last(&w, &t, TABLE_LOG); more; more = walk_prev(&w))
        assert_int_equal(rowkey_read_u64(w.key.p), numbers[--i]);
    assert_int_equal(i, 0);
    assert_true(walk_from(&w, &t, TABLE_LOG, &middle));
    assert_int_equal(rowkey_read_u64(w.key.p), 65535);
    walk_close(&w); /* left early */
    assert_int_equal(t.rc, 0);
    assert_int_equal(txn_rows(&t, TABLE_LOG), n);
    txn_abort(&t);
}

/* A walk that stays finds any row, there or not, and goes on behind the one it found. */
static void a_walk_that_stays_finds_rows_and_goes_on(void **state)
{
    (void)state;
    struct txn t;
    struct walk w = {0};
    struct slice v = {0};
    struct rowkey one = rowkey_seq(1), two = rowkey_seq(2), four = rowkey_seq(4),
                  five = rowkey_seq(5);
    txn_begin(&t, store, STORE_JOURNAL, true);
    put(&t, 1, "one");
    put(&t, 2, "two");
    put(&t, 4, "four");
    assert_true(walk_at(&w, &t, TABLE_LOG, &four, &v) && slice_is(v, "four"));
    assert_true(walk_at(&w, &t, TABLE_LOG, &one, &v) && slice_is(v, "one"));
    assert_true(walk_next(&w) && slice_is(w.value, "two"));
    assert_true(walk_next(&w) && slice_is(w.value, "four"));
    assert_true(walk_at(&w, &t, TABLE_LOG, &two, &v) && slice_is(v, "two"));
    assert_int_equal(rowkey_read_u64(w.key.p), 2);
    assert_false(walk_at(&w, &t, TABLE_LOG, &five, &v));
    assert_int_equal(w.key.n, 0); /* nothing was found to go on behind */
    assert_true(walk_at(&w, &t, TABLE_LOG, &four, &v));
    assert_false(walk_next(&w));
    assert_true(walk_at(&w, &t, TABLE_LOG, &one, &v)); /* begun again by itself */
    walk_close(&w);
    assert_int_equal(t.rc, 0);
    txn_abort(&t);
}

static void a_reader_sees_one_moment_until_it_is_renewed(void **state)
{
    (void)state;
    struct txn reader, t;
    struct slice v;
    struct err err;
    struct rowkey k = rowkey_seq(1);
    txn_begin(&reader, store, STORE_JOURNAL, false);
    txn_begin(&t, store, STORE_JOURNAL, true);
    put(&t, 1, "one");
    assert_int_equal(txn_commit(&t, &err), 0);
    assert_false(txn_get(&reader, TABLE_LOG, &k, &v));
    txn_reset(&reader);
    txn_renew(&reader);
    assert_true(txn_get(&reader, TABLE_LOG, &k, &v));
    txn_abort(&reader);
}

static void a_full_map_is_told_and_what_was_there_stays(void **state)
{
    (void)state;
    static const char page[3000];
    struct txn t;
    struct err err;
    txn_begin(&t, store, STORE_JOURNAL, true);
    put(&t, 1, "one");
    assert_int_equal(txn_commit(&t, &err), 0);
    txn_begin(&t, store, STORE_JOURNAL, true);
    assert_false(txn_full(&t));
    uint64_t n = 2;
    for (; t.rc == 0 && n < 10000; n++) {
        struct rowkey k = rowkey_seq(n);
        txn_append(&t, TABLE_LOG, &k, page, sizeof page);
    }
    assert_true(n > 100 && n < 1000);
    assert_true(txn_full(&t));
    txn_abort(&t);
    assert_true(holds(1, "one"));
    txn_begin(&t, store, STORE_JOURNAL, true);
    put(&t, 2, "two");
    assert_int_equal(txn_commit(&t, &err), 0);
    assert_true(holds(2, "two"));
}

static off_t file_bytes(const char *env, off_t *ret_on_disk)
{
    char path[256];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s/data.mdb", dir.path, env);
    assert_int_equal(stat(path, &st), 0);
    *ret_on_disk = (off_t)st.st_blocks * 512;
    return st.st_size;
}

static void the_space_is_set_aside_at_once(void **state)
{
    (void)state;
    off_t on_disk;
    uint64_t used, size;
    assert_int_equal(file_bytes("journal", &on_disk), 2 * MIB);
    assert_true(on_disk >= 2 * MIB);
    assert_int_equal(file_bytes("views", &on_disk), MIB);
    assert_true(on_disk >= MIB);
    store_room(store, STORE_JOURNAL, &used, &size);
    assert_int_equal(size, 2 * MIB);
    assert_true(used > 0 && used < MIB);
}

/* Not only set aside: written, so that no commit is the first to write a block. Opening again
 * leaves what is in use as it is. */
static void zeros_are_written_ahead_of_what_is_in_use(void **state)
{
    (void)state;
    struct txn t;
    struct err err;
    char path[512];
    txn_begin(&t, store, STORE_JOURNAL, true);
    for (uint64_t n = 1; n <= 2000; n++)
        put(&t, n, "a row that takes some room in the file");
    assert_int_equal(txn_commit(&t, &err), 0);
    for (int again = 0; again < 2; again++) {
        store_close(&store);
        struct store_conf conf = conf_of(2 + 2 * (unsigned)again, 1);
        assert_int_equal(store_open(&store, &conf, &err), 0);
        snprintf(path, sizeof path, "%s/journal/data.mdb", dir.path);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(lseek(fd, 0, SEEK_HOLE), conf.bytes[STORE_JOURNAL]);
        close(fd);
        for (uint64_t n = 1; n <= 2000; n++)
            assert_true(holds(n, "a row that takes some room in the file"));
    }
}

static void a_map_smaller_than_its_file_is_refused_and_a_larger_one_taken(void **state)
{
    (void)state;
    struct store_conf small = conf_of(1, 1), large = conf_of(3, 1);
    struct err err = {""};
    off_t on_disk;
    store_close(&store);
    assert_int_equal(store_open(&store, &small, &err), ERR_CONFIG);
    assert_non_null(strstr(err.text, "raise journal_size"));
    assert_null(store);
    assert_int_equal(store_open(&store, &large, &err), 0);
    assert_int_equal(file_bytes("journal", &on_disk), 3 * MIB);
}

static void sizes_are_rounded_up_to_whole_mebibytes(void **state)
{
    (void)state;
    struct store_conf conf = conf_of(2, 1);
    struct err err;
    uint64_t used, size;
    store_close(&store);
    conf.bytes[STORE_VIEWS] = MIB + 1;
    assert_int_equal(store_open(&store, &conf, &err), 0);
    store_room(store, STORE_VIEWS, &used, &size);
    assert_int_equal(size, 2 * MIB);
}

static void persons_get_a_size_when_nobody_says(void **state)
{
    (void)state;
    struct store_conf conf = conf_of(2, 1);
    struct err err;
    uint64_t used, size;
    store_room(store, STORE_PERSONS, &used, &size);
    assert_int_equal(size, 16 * MIB);
    store_close(&store);
    conf.bytes[STORE_PERSONS] = 16 * MIB + 5;
    assert_int_equal(store_open(&store, &conf, &err), 0);
    store_room(store, STORE_PERSONS, &used, &size);
    assert_int_equal(size, 17 * MIB);
}

static void shredding_leaves_zeros_where_the_value_was(void **state)
{
    (void)state;
    struct txn t;
    struct slice v;
    struct err err;
    struct rowkey k = rowkey_seq(1), none = rowkey_seq(9);
    txn_begin(&t, store, STORE_JOURNAL, true);
    put(&t, 1, "a secret");
    txn_blank(&t, TABLE_LOG, &k);
    assert_true(txn_get(&t, TABLE_LOG, &k, &v));
    assert_int_equal(v.n, 8);
    assert_memory_equal(v.p, "\0\0\0\0\0\0\0\0", 8);
    txn_shred(&t, TABLE_LOG, &k);
    assert_false(txn_get(&t, TABLE_LOG, &k, &v));
    txn_shred(&t, TABLE_LOG, &none);
    txn_blank(&t, TABLE_LOG, &none);
    assert_int_equal(txn_rows(&t, TABLE_LOG), 0);
    assert_int_equal(txn_commit(&t, &err), 0);
}

/* Values of all sizes, those with pages of their own among them, put and reserved, larger and
 * smaller than what was there. */
static void values_of_all_sizes_are_kept(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0,    1,    100,  1023, 1024, 2000, 2013, 2022, 2023,
                                     2024, 2040, 2048, 4079, 4080, 4081, 8176, 8177, 20000};
    const size_t n = sizeof sizes / sizeof *sizes;
    static char value[20000];
    struct txn t;
    struct err err;
    for (int round = 0; round < 4; round++) {
        memset(value, 'a' + round, sizeof value);
        txn_begin(&t, store, STORE_JOURNAL, true);
        for (size_t i = 0; i < n; i++) {
            struct rowkey k = rowkey_seq(i);
            uint32_t size = sizes[(i + (size_t)round * 5) % n];
            if (round % 2 == 0)
                txn_put(&t, TABLE_LOG, &k, value, size);
            else
                memset(txn_reserve(&t, TABLE_LOG, &k, size, false), 'a' + round, size);
        }
        assert_int_equal(txn_commit(&t, &err), 0);
        txn_begin(&t, store, STORE_JOURNAL, false);
        for (size_t i = 0; i < n; i++) {
            struct slice v = {0};
            struct rowkey k = rowkey_seq(i);
            assert_true(txn_get(&t, TABLE_LOG, &k, &v));
            assert_int_equal(v.n, sizes[(i + (size_t)round * 5) % n]);
            assert_memory_equal(v.p, value, v.n);
        }
        txn_abort(&t);
    }
}

static void a_second_opening_is_refused_with_the_pid(void **state)
{
    (void)state;
    struct store *second = NULL;
    struct store_conf conf = conf_of(2, 1);
    struct err err = {""};
    char pid[48];
    snprintf(pid, sizeof pid, "held by process %d;", (int)getpid());
    assert_int_equal(store_open(&second, &conf, &err), ERR_CONFIG);
    assert_null(second);
    assert_non_null(strstr(err.text, pid));
}

/* The holder ends without closing anything: the lock goes with it. */
static void another_process_holds_it_until_it_ends(void **state)
{
    (void)state;
    int ready[2], leave[2];
    char byte, pid[48];
    struct store_conf conf = conf_of(2, 1);
    struct err err = {""};
    store_close(&store);
    assert_int_equal(pipe(ready) | pipe(leave), 0);
    pid_t child = fork();
    if (child == 0) {
        close(leave[1]);
        bool held = store_open(&store, &conf, &err) == 0;
        bool told = write(ready[1], held ? "y" : "n", 1) == 1;
        _exit(told && read(leave[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(leave[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(store_open(&store, &conf, &err), ERR_CONFIG);
    snprintf(pid, sizeof pid, "held by process %d;", (int)child);
    assert_non_null(strstr(err.text, pid));
    close(leave[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(store_open(&store, &conf, &err), 0);
    close(ready[0]);
    close(ready[1]);
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    (void)state;
    struct store *other = NULL;
    struct store_conf conf = {.dir = "/dev/null/siaga", .bytes = {MIB, MIB}};
    struct err err = {""};
    assert_int_equal(store_open(&other, &conf, &err), ERR_CONFIG);
    assert_non_null(strstr(err.text, "/dev/null/siaga"));
    assert_null(other);
}

static void forgetting_the_views_leaves_the_journal(void **state)
{
    (void)state;
    struct txn t;
    struct slice v;
    struct err err;
    struct rowkey k = rowkey_seq(1);
    txn_begin(&t, store, STORE_VIEWS, true);
    txn_put(&t, TABLE_CASES, &k, "case", 4);
    assert_int_equal(txn_commit(&t, &err), 0);
    txn_begin(&t, store, STORE_JOURNAL, true);
    put(&t, 1, "one");
    assert_int_equal(txn_commit(&t, &err), 0);

    assert_int_equal(store_forget_views(store, &err), 0);
    txn_begin(&t, store, STORE_VIEWS, true);
    assert_false(txn_get(&t, TABLE_CASES, &k, &v));
    txn_put(&t, TABLE_CASES, &k, "again", 5);
    assert_int_equal(txn_commit(&t, &err), 0);
    assert_true(holds(1, "one"));
    off_t on_disk;
    assert_int_equal(file_bytes("views", &on_disk), MIB);
    assert_true(on_disk >= MIB);
}

static void every_table_has_a_name_and_a_place(void **state)
{
    (void)state;
    for (int i = 0; i < TABLE_COUNT; i++)
        for (int other = 0; other < i; other++)
            assert_string_not_equal(store_table_name((enum store_table)i),
                                    store_table_name((enum store_table)other));
    assert_int_equal(store_table_env(TABLE_LOG), STORE_JOURNAL);
    assert_int_equal(store_table_env(TABLE_CASES), STORE_VIEWS);
}

static void keys_are_built_left_to_right(void **state)
{
    (void)state;
    static const uint8_t want[] = {1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 'a', 'b'};
    struct rowkey k = rowkey_new();
    rowkey_bytes(rowkey_u64(rowkey_u32(rowkey_u8(&k, 1), 2), 3), "ab", 2);
    assert_int_equal(k.n, sizeof want);
    assert_memory_equal(k.b, want, sizeof want);
    assert_int_equal(rowkey_read_u32(k.b + 1), 2);
    assert_int_equal(rowkey_read_u64(k.b + 5), 3);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, open_store, drop_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(what_was_committed_is_there_and_what_was_aborted_is_not),
        with_store(not_found_is_no_error),
        with_store(the_first_error_sticks),
        with_store(append_takes_only_what_is_larger),
        with_store(reserve_gives_room_to_write_into),
        with_store(a_walk_goes_in_the_order_of_numbers),
        with_store(a_walk_that_stays_finds_rows_and_goes_on),
        with_store(a_reader_sees_one_moment_until_it_is_renewed),
        with_store(a_full_map_is_told_and_what_was_there_stays),
        with_store(the_space_is_set_aside_at_once),
        with_store(zeros_are_written_ahead_of_what_is_in_use),
        with_store(a_map_smaller_than_its_file_is_refused_and_a_larger_one_taken),
        with_store(sizes_are_rounded_up_to_whole_mebibytes),
        with_store(persons_get_a_size_when_nobody_says),
        with_store(shredding_leaves_zeros_where_the_value_was),
        with_store(values_of_all_sizes_are_kept),
        with_store(a_second_opening_is_refused_with_the_pid),
        with_store(another_process_holds_it_until_it_ends),
        with_store(a_folder_that_cannot_be_made_is_named),
        with_store(forgetting_the_views_leaves_the_journal),
        cmocka_unit_test(every_table_has_a_name_and_a_place),
        cmocka_unit_test(keys_are_built_left_to_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
