/* Pages that a disk changed while every row in them stays sound: what LMDB then shows must not pass
 * for what was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/store/txn.h"
#include "tests/support/folder.h"

#define MIB_BYTES (1u << 20)
#define PAGE 4096u
#define ROWS 100u
#define PAGE_FLAGS 10u /* where they stand in the head of a page, as LMDB 0.9 lays it out */
#define PAGE_LOWER 12u
#define PAGE_ROWS 16u /* places of rows, u16 each */
#define LEAF 2u

static struct folder dir;
static struct store *store;
static uint8_t bytes[MIB_BYTES], sound[MIB_BYTES];

static int open_again(void)
{
    struct store_conf conf = {.dir = dir.path, .bytes = {MIB_BYTES, MIB_BYTES, MIB_BYTES}};
    struct err err = {""};
    return store_open(&store, &conf, &err);
}

static int open_store(void **state)
{
    (void)state;
    folder_make(&dir);
    return open_again();
}

static int drop_store(void **state)
{
    (void)state;
    store_close(&store);
    folder_drop(&dir);
    return 0;
}

static void fill(enum store_table table)
{
    struct txn t;
    struct err err;
    txn_begin(&t, store, store_table_env(table), true);
    for (uint64_t n = 1; n <= ROWS; n++) {
        struct rowkey k = rowkey_seq(n);
        txn_put(&t, table, &k, "a row of some length", 20);
    }
    assert_int_equal(txn_commit(&t, &err), 0);
}

static void file_of(enum store_env e, bool write)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/%s/data.mdb", dir.path, store_env_name(e));
    int fd = open(path, (write ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = write ? pwrite(fd, bytes, sizeof bytes, 0) : pread(fd, bytes, sizeof bytes, 0);
    assert_int_equal(n, sizeof bytes);
    close(fd);
}

static uint16_t get16(const uint8_t *p)
{
    uint16_t n;
    memcpy(&n, p, sizeof n);
    return n;
}

static unsigned rows_of(const uint8_t *page)
{
    bool leaf = (get16(page + PAGE_FLAGS) & LEAF) != 0;
    return leaf && get16(page + PAGE_LOWER) >= PAGE_ROWS
               ? (get16(page + PAGE_LOWER) - PAGE_ROWS) / 2
               : 0;
}

enum seen { ALL, REFUSED, DAMAGED, LESS };

/* The numbers 1 to ROWS in order, or a word about it. */
static enum seen look(enum store_table table)
{
    struct txn t;
    struct walk w;
    struct rowkey first = rowkey_new();
    uint64_t n = 0;
    if (open_again() != 0)
        return REFUSED;
    txn_begin(&t, store, store_table_env(table), false);
    bool more = walk_from(&w, &t, table, &first);
    for (; more && rowkey_read_u64(w.key.p) == n + 1; more = walk_next(&w))
        n++;
    if (more)
        walk_close(&w);
    bool told = txn_damaged(&t) || (!more && txn_rows(&t, table) != n); /* the scrub counts, too */
    txn_abort(&t);
    store_close(&store);
    return told ? DAMAGED : !more && n == ROWS ? ALL : LESS;
}

/* LMDB may end the process over such a page, which is a word, too. */
static enum seen look_apart(enum store_table table)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        _exit((int)look(table));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? (enum seen)WEXITSTATUS(status) : DAMAGED;
}

/* change() is done to one page after another, wherever it can be; what is seen of each is counted.
 */
static void with_each_page(enum store_table table, bool (*change)(uint8_t *page), unsigned seen[4])
{
    enum store_env e = store_table_env(table);
    fill(table);
    store_close(&store);
    file_of(e, false);
    memcpy(sound, bytes, sizeof bytes);
    for (size_t at = 2 * PAGE; at < sizeof bytes; at += PAGE) {
        memcpy(bytes, sound, sizeof bytes);
        if (!change(bytes + at))
            continue;
        file_of(e, true);
        seen[look_apart(table)]++;
    }
}

static bool empty_it(uint8_t *page)
{
    const uint16_t none = PAGE_ROWS;
    if (rows_of(page) == 0)
        return false;
    memcpy(page + PAGE_LOWER, &none, sizeof none);
    return true;
}

/* The first row of the page in the place of the second, too. */
static bool show_one_twice(uint8_t *page)
{
    if (rows_of(page) < 2)
        return false;
    memcpy(page + PAGE_ROWS + 2, page + PAGE_ROWS, 2);
    return true;
}

/* That of the tables among them: they are not made anew as if the store were. */
static void an_emptied_page_is_never_a_store_without_rows(void **state)
{
    (void)state;
    unsigned seen[4] = {0};
    with_each_page(TABLE_PERSON_SEQS, empty_it, seen);
    assert_int_equal(seen[LESS], 0);
    assert_true(seen[REFUSED] > 0);
    assert_true(seen[DAMAGED] > 0);
}

static void a_row_shown_twice_is_damage(void **state)
{
    (void)state;
    unsigned seen[4] = {0};
    with_each_page(TABLE_LOG, show_one_twice, seen);
    assert_int_equal(seen[LESS], 0);
    assert_true(seen[DAMAGED] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_emptied_page_is_never_a_store_without_rows, open_store,
                                        drop_store),
        cmocka_unit_test_setup_teardown(a_row_shown_twice_is_damage, open_store, drop_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
