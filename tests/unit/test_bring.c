/* bring, export_file: the journal of one store goes on in another, with its numbers; the views are
 * the same byte by byte. What does not join, or is not whole, changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/export_file.h"
#include "daemon/journal/bring.h"
#include "daemon/views/rows.h"
#include "tests/support/entries.h"
#include "tests/support/scratch.h"

#define ENTRIES 300u
#define LINE_BYTES 8192u

static struct scratch from, to;
static struct arena a;
static struct err err;
static struct clock clock;
static struct bring *b;
static char text[ENTRIES * LINE_BYTES];

static int64_t tells(void *self)
{
    (void)self;
    return ENTRIES_AT;
}

static int begin(void **state)
{
    (void)state;
    a = (struct arena){0};
    clock = (struct clock){.wall = tells, .mono = tells};
    scratch_open(&from);
    scratch_open(&to);
    for (unsigned i = 0; i < ENTRIES; i++)
        scratch_store(&from, an_event(&a, .title = "Pohon tumbang", .kind = (uint8_t)(1 + i % 3),
                                      .kecamatan = "utara"));
    scratch_commit(&from);
    return 0;
}

static int end(void **state)
{
    (void)state;
    bring_close(&b);
    scratch_close(&from);
    scratch_close(&to);
    arena_drop(&a);
    return 0;
}

/* ---- bringing ---- */

static void open_bring(void)
{
    struct journal_beside none = {0};
    err = (struct err){""};
    assert_int_equal(bring_open(&b, to.store, to.views, &none, &clock, &err), 0);
}

static int bring_one(uint64_t seq)
{
    struct txn t;
    struct slice row;
    txn_begin(&t, from.store, STORE_JOURNAL, false);
    assert_true(rows_at(&t, seq, &row));
    row = arena_copy(&a, row.p, row.n);
    txn_abort(&t);
    err = (struct err){""};
    return bring_row(b, seq, row, &err);
}

static void bring_some(uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last; seq++)
        assert_int_equal(bring_one(seq), 0);
    assert_int_equal(bring_commit(b, &err), 0);
}

static void the_views_come_out_the_same(void **state)
{
    (void)state;
    char why[128] = "";
    open_bring();
    bring_some(1, 100);
    bring_close(&b);
    scratch_reopen(&to);
    open_bring(); /* a second file joins the first */
    assert_int_equal(bring_head(b), 100);
    bring_some(101, ENTRIES);
    assert_memory_equal(bring_hash(b), views_hash(from.views), ENTRY_HASH_BYTES);
    bring_close(&b);
    scratch_reopen(&to);
    if (!scratch_same_views(from.store, to.store, why))
        fail_msg("%s", why);
    assert_int_equal(scratch_rows(to.store, TABLE_LOG), ENTRIES);
}

static void what_was_not_committed_is_not_there(void **state)
{
    (void)state;
    open_bring();
    bring_some(1, 10);
    assert_int_equal(bring_one(11), 0);
    bring_close(&b);
    scratch_reopen(&to);
    assert_int_equal(scratch_rows(to.store, TABLE_LOG), 10);
    assert_int_equal(views_seq(to.views), 10);
}

static void one_that_is_not_the_next_is_named(void **state)
{
    (void)state;
    open_bring();
    bring_some(1, 10);
    assert_int_equal(bring_one(12), ERR_CONFIG);
    assert_non_null(strstr(err.text, "goes on with entry 11, this is entry 12"));
    assert_int_equal(bring_one(10), ERR_CONFIG);
}

/* The number fits, what was there before does not. */
static void one_of_another_journal_is_named(void **state)
{
    (void)state;
    scratch_store(&to, an_event(&a, .title = "Lain"));
    scratch_commit(&to);
    open_bring();
    assert_int_equal(bring_one(2), ERR_CONFIG);
    assert_non_null(strstr(err.text, "entry 2 does not follow"));
}

/* ---- the file ---- */

static size_t put_hex(char *out, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = bytes;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
    return 2 * n;
}

static void hash_of(uint64_t seq, char out[2 * ENTRY_HASH_BYTES + 1])
{
    struct facts f = {.seq = 0};
    struct slice row;
    struct txn t;
    txn_begin(&t, from.store, STORE_JOURNAL, false);
    if (seq > 0 && rows_at(&t, seq, &row))
        assert_int_equal(entry_row_read(seq, row, &f, NULL), ENTRY_FINE);
    put_hex(out, f.hash, sizeof f.hash);
    txn_abort(&t);
}

/* As siaga export writes it. */
static size_t write_text(uint64_t first, uint64_t last)
{
    char hash[2 * ENTRY_HASH_BYTES + 1];
    struct slice row;
    struct txn t;
    hash_of(first - 1, hash);
    size_t n = (size_t)snprintf(
        text, sizeof text, "{\"siaga_export\":1,\"from\":%llu,\"upto\":%llu,\"before\":\"%s\"}\n",
        (unsigned long long)first, (unsigned long long)last, hash);
    txn_begin(&t, from.store, STORE_JOURNAL, false);
    for (uint64_t seq = first; seq <= last; seq++) {
        assert_true(rows_at(&t, seq, &row) && 2 * row.n + 100 < LINE_BYTES);
        n += (size_t)snprintf(text + n, sizeof text - n, "{\"seq\":%llu,\"row\":\"",
                              (unsigned long long)seq);
        n += put_hex(text + n, row.p, row.n);
        n += (size_t)snprintf(text + n, sizeof text - n, "\",\"told\":{}}\n");
    }
    txn_abort(&t);
    hash_of(last, hash);
    return n + (size_t)snprintf(
                   text + n, sizeof text - n, "{\"end\":%llu,\"hash\":\"%s\",\"entries\":%llu}\n",
                   (unsigned long long)last, hash, (unsigned long long)(last - first + 1));
}

static unsigned taken;

static int count(void *self, uint64_t seq, struct slice row, struct err *e)
{
    (void)self;
    (void)seq;
    (void)row;
    (void)e;
    taken++;
    return 0;
}

static int read_text(const char *bytes, size_t n, struct export_sum *sum)
{
    char path[200];
    folder_write(&to.dir, "export.jsonl", bytes, n);
    snprintf(path, sizeof path, "%s/export.jsonl", to.dir.path);
    err = (struct err){""};
    taken = 0;
    return export_file_read(path, count, NULL, sum, &err);
}

static void a_whole_file_is_read(void **state)
{
    (void)state;
    struct export_sum sum;
    size_t n = write_text(5, 8);
    assert_int_equal(read_text(text, n, &sum), 0);
    assert_int_equal(taken, 4);
    assert_int_equal(sum.from, 5);
    assert_int_equal(sum.upto, 8);
    n = write_text(9, 8); /* nothing new since the last one */
    assert_int_equal(read_text(text, n, &sum), 0);
    assert_int_equal(taken, 0);
}

static void cut_anywhere_it_is_refused(void **state)
{
    (void)state;
    struct export_sum sum;
    size_t whole = write_text(1, 3);
    for (size_t n = 0; n < whole; n++) {
        assert_int_equal(read_text(text, n, &sum), ERR_CONFIG);
        assert_non_null(strstr(err.text, "export.jsonl:"));
    }
    assert_int_equal(read_text(text, whole, &sum), 0);
}

/* What is told in words may be anything; what counts may not. */
static void altered_where_it_counts_it_is_refused(void **state)
{
    (void)state;
    struct export_sum sum;
    size_t n = write_text(1, 2);
    unsigned refused = 0;
    for (size_t at = 0; at < n; at++) {
        char was = text[at];
        text[at] = was == '0' ? '1' : '0';
        refused += read_text(text, n, &sum) == ERR_CONFIG;
        text[at] = was;
    }
    assert_int_equal(read_text(text, n, &sum), 0);
    size_t loose = 2 * strlen("told") + strlen("entries") + 1; /* names and a count nobody needs */
    assert_in_range(refused, n - loose, n);
}

static void lines_in_another_order_are_refused(void **state)
{
    (void)state;
    struct export_sum sum;
    size_t n = write_text(1, 3);
    char *second = strchr(text, '\n') + 1, *third = strchr(second, '\n') + 1,
         *fourth = strchr(third, '\n') + 1;
    char *copy = malloc(n);
    assert_non_null(copy);
    size_t head = (size_t)(second - text), one = (size_t)(third - second),
           two = (size_t)(fourth - third);
    memcpy(copy, text, n);
    memcpy(copy + head, third, two);
    memcpy(copy + head + two, second, one);
    assert_int_equal(read_text(copy, n, &sum), ERR_CONFIG);
    assert_non_null(strstr(err.text, ":2: an entry is missing"));
    free(copy);
}

#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(the_views_come_out_the_same),
        T(what_was_not_committed_is_not_there),
        T(one_that_is_not_the_next_is_named),
        T(one_of_another_journal_is_named),
        T(a_whole_file_is_read),
        T(cut_anywhere_it_is_refused),
        T(altered_where_it_counts_it_is_refused),
        T(lines_in_another_order_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
