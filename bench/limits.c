/* What the disk and LMDB allow: a bare loop that writes the very rows a siagad wrote, in batches of
 * the same size, with the same fsync, and nothing else: no network, no decoding, no
 * acknowledgements. bench/run.py sets siagad's own figures against it, on the same disk in the same
 * run.
 *
 *   limits STORE SCRATCH BATCH SECONDS [views]
 *
 * Takes the rows from the journal of STORE (siagad stopped), writes them into a new store in the
 * empty folder SCRATCH. `views` also applies each entry to the views, committed every 4,096
 * entries. Prints: rows, rows/s, and p50 and p99 of one commit in ms, as one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/store/txn.h"
#include "daemon/views/rows.h"
#include "daemon/views/views.h"

#define VIEWS_EVERY 4096u
#define COMMITS_MAX 2000000u

struct loop {
    struct store *from, *to;
    struct views *views; /* NULL: the journal's rows alone */
    struct txn source;
    struct walk walk;
    bool more;
    uint64_t rows;
    double *commit_ms;
    uint32_t commits;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(int rc, const struct err *err)
{
    if (rc == 0)
        return;
    fprintf(stderr, "limits: %s\n", err->text);
    exit(70);
}

static void put_row(struct loop *l, struct txn *t)
{
    struct slice row = l->walk.value;
    struct rowkey k = rowkey_seq(++l->rows);
    if (l->views != NULL) {
        struct facts f;
        struct entry e;
        struct outcome o;
        entry_row_read(rowkey_read_u64(l->walk.key.p), row, &f, &e);
        views_begin(l->views);
        if (views_apply(l->views, &e, &o) != 0)
            exit(70);
    }
    txn_append(t, TABLE_LOG, &k, row.p, row.n);
    l->more = walk_next(&l->walk);
}

static void one_batch(struct loop *l, uint32_t batch)
{
    struct txn t;
    struct err err = {""};
    double began = now_s();
    txn_begin(&t, l->to, STORE_JOURNAL, true);
    for (uint32_t i = 0; i < batch && l->more; i++)
        put_row(l, &t);
    check(txn_commit(&t, &err), &err);
    if (l->commits < COMMITS_MAX)
        l->commit_ms[l->commits++] = (now_s() - began) * 1e3;
    if (l->views != NULL && l->rows / VIEWS_EVERY != (l->rows - batch) / VIEWS_EVERY)
        check(views_commit(l->views, &err), &err);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void open_both(struct loop *l, const char *from, const char *to, bool views)
{
    struct err err = {""};
    struct store_conf source = {
        .dir = from, .as_it_is = true, .bytes = {4ull << 30, 4ull << 30, 4ull << 30}};
    struct store_conf target = {.dir = to, .bytes = {4ull << 30, 4ull << 30}};
    struct rowkey first = rowkey_seq(1);
    check(store_open(&l->from, &source, &err), &err);
    check(store_open(&l->to, &target, &err), &err);
    if (views)
        check(views_open(&l->views, l->to, &err), &err);
    txn_begin(&l->source, l->from, STORE_JOURNAL, false);
    l->more = walk_from(&l->walk, &l->source, TABLE_LOG, &first);
    l->commit_ms = calloc(COMMITS_MAX, sizeof *l->commit_ms);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: limits STORE SCRATCH BATCH SECONDS [views]\n");
        return 64;
    }
    struct loop l = {0};
    uint32_t batch = (uint32_t)strtoul(argv[3], NULL, 10);
    double seconds = strtod(argv[4], NULL);
    open_both(&l, argv[1], argv[2], argc > 5);
    double began = now_s();
    while (l.more && now_s() - began < seconds)
        one_batch(&l, batch > 0 ? batch : 1);
    double took = now_s() - began;
    qsort(l.commit_ms, l.commits, sizeof *l.commit_ms, by_value);
    printf("{\"rows\": %llu, \"rows_s\": %.0f, \"commit_p50_ms\": %.3f, \"commit_p99_ms\": %.3f}\n",
           (unsigned long long)l.rows, (double)l.rows / took, l.commit_ms[l.commits / 2],
           l.commit_ms[(uint64_t)l.commits * 99 / 100]);
    if (l.more)
        walk_close(&l.walk);
    txn_abort(&l.source);
    views_close(&l.views);
    store_close(&l.to);
    store_close(&l.from);
    free(l.commit_ms);
    return 0;
}
