/* The index against plain arrays: random additions, changes, flushes, reloads and dropped
 * transactions over several chunks; then filters of several values and dimensions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/views/index.h"
#include "tests/support/entries.h"
#include "tests/support/rounds.h"
#include "tests/support/scratch.h"

#define CHUNKS 4u
#define NUMBERS (CHUNKS * INDEX_CHUNK)
#define DIMENSIONS 3u
#define VALUES 9u

static const enum index_dimension DIMENSION[DIMENSIONS] = {INDEX_OWNER, INDEX_KECAMATAN,
                                                           INDEX_STATE};
static const char *const VALUE[VALUES] = {
    "", "damkar", "d", "dinkes", "pupr", "satpol-pp", "bapenda", "x1", "abcdefghijklmnopqrstuvwx"};

struct model {
    uint8_t value[DIMENSIONS][NUMBERS]; /* 1 + number of the value; 0: the number is no case */
    uint32_t next;                      /* number of the next case */
};

static struct scratch s;
static struct index *ix;
static struct txn t;
static struct model now, committed;
static uint64_t seed;

static struct slice value_of(unsigned v)
{
    return slice_from(VALUE[v]);
}

static void add_case(void)
{
    uint32_t n = now.next + entries_below(&seed, 3);
    if (entries_below(&seed, 500) == 0)
        n += entries_below(&seed, INDEX_CHUNK); /* a long stretch without a case */
    if (n >= NUMBERS)
        return;
    for (unsigned d = 0; d < DIMENSIONS; d++) {
        uint32_t v =
            entries_below(&seed, 10) < 6 ? 1 : entries_below(&seed, VALUES); /* one is common */
        now.value[d][n] = (uint8_t)(v + 1);
        index_add(ix, &t, n, DIMENSION[d], value_of(v));
    }
    now.next = n + 1;
}

static void change_case(void)
{
    uint32_t n = entries_below(&seed, now.next > 0 ? now.next : 1),
             d = entries_below(&seed, DIMENSIONS), v = entries_below(&seed, VALUES);
    if (now.value[d][n] == 0)
        return;
    index_remove(ix, &t, n, DIMENSION[d], value_of(now.value[d][n] - 1u));
    index_add(ix, &t, n, DIMENSION[d], value_of(v));
    now.value[d][n] = (uint8_t)(v + 1);
}

static void begin(void)
{
    txn_begin(&t, s.store, STORE_VIEWS, true);
}

static void commit(bool forget)
{
    struct err err;
    index_flush(ix, &t);
    assert_int_equal(txn_commit(&t, &err), 0);
    committed = now;
    if (forget) {
        index_free(&ix);
        ix = index_new();
    }
    begin();
    if (forget)
        index_load(ix, &t);
}

static void abandon(void)
{
    txn_abort(&t);
    now = committed;
    begin();
    index_load(ix, &t);
}

/* Wanted values of a dimension as a mask; 0: all. */
static bool wanted(const uint32_t masks[DIMENSIONS], uint32_t n)
{
    for (unsigned d = 0; d < DIMENSIONS; d++)
        if (now.value[d][n] == 0 || (masks[d] != 0 && !(masks[d] >> (now.value[d][n] - 1) & 1)))
            return false;
    return true;
}

static void find(const uint32_t masks[DIMENSIONS], uint32_t chunk, struct index_set *ret)
{
    memset(ret, 0xff, sizeof *ret);
    for (unsigned d = 0; d < DIMENSIONS; d++) {
        struct index_set any;
        index_set_clear(&any);
        for (unsigned v = 0; v < VALUES; v++)
            if (masks[d] == 0 || masks[d] >> v & 1)
                index_or(&t, chunk, DIMENSION[d], value_of(v), &any);
        index_set_and(ret, &any);
    }
}

static void compare(const uint32_t masks[DIMENSIONS])
{
    index_flush(ix, &t);
    for (uint32_t chunk = 0; chunk < CHUNKS; chunk++) {
        struct index_set set;
        uint32_t count = 0;
        find(masks, chunk, &set);
        for (uint32_t place = 0; place < INDEX_CHUNK; place++) {
            bool want = wanted(masks, chunk * INDEX_CHUNK + place);
            if (index_set_has(&set, place) != want)
                fail_msg("number %u: the index says %d", chunk * INDEX_CHUNK + place, !want);
            count += want;
        }
        assert_int_equal(index_set_count(&set), count);
    }
}

static void compare_some(void)
{
    uint32_t masks[DIMENSIONS];
    for (unsigned d = 0; d < DIMENSIONS; d++)
        masks[d] = entries_below(&seed, 3) == 0 ? 0 : entries_below(&seed, 1u << VALUES);
    compare(masks);
}

/* Every row is the one form its set has, and no set without a member has a row. */
static void compare_rows(void)
{
    struct walk w;
    struct rowkey first = rowkey_new();
    uint64_t rows = 0, want = 0;
    index_flush(ix, &t);
    for (bool more = walk_from(&w, &t, TABLE_INDEX, &first); more; more = walk_next(&w), rows++)
        assert_true(w.value.n == 512 || (w.value.n % 2 == 0 && w.value.n > 0 && w.value.n <= 510));
    for (uint32_t chunk = 0; chunk < CHUNKS; chunk++)
        for (unsigned d = 0; d < DIMENSIONS; d++)
            for (unsigned v = 0; v < VALUES; v++) {
                const uint8_t *at = now.value[d] + chunk * INDEX_CHUNK;
                want += memchr(at, (int)(v + 1), INDEX_CHUNK) != NULL;
            }
    assert_int_equal(rows, want);
}

static void the_index_says_what_plain_arrays_say(void **state)
{
    (void)state;
    seed = rounds_seed();
    scratch_open(&s);
    ix = index_new();
    begin();
    index_load(ix, &t);
    for (uint32_t i = rounds_of(40000); i > 0; i--) {
        uint32_t what = entries_below(&seed, 4000);
        if (what < 1600)
            add_case();
        else if (what < 3960)
            change_case();
        else if (what < 3975)
            index_flush(ix, &t);
        else if (what < 3985)
            commit(what % 2 == 0);
        else if (what < 3990)
            abandon();
        else
            compare_some();
    }
    compare((uint32_t[DIMENSIONS]){0});
    compare_rows();
    commit(true);
    compare((uint32_t[DIMENSIONS]){1u << 1, 0, 1u << 1 | 1u << 3});
    assert_int_equal(t.rc, 0);
    assert_true(now.next > 2 * INDEX_CHUNK); /* several chunks, or nothing was tried */
    txn_abort(&t);
    index_free(&ix);
    scratch_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_index_says_what_plain_arrays_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
