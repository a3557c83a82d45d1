#include "verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/store/txn.h"
#include "daemon/views/rows.h"
#include "daemon/views/views.h"
#include "doubt.h"
#include "proto/verdict.h"

#define COMMIT_EVERY 4096u

struct walkers {
    struct store *store, *again; /* the store, and the views made again */
    struct views *views;
    uint64_t seq; /* the entry looked at */
};

static int bad(const char *what, uint64_t seq, const char *why)
{
    printf("%s: record %llu: %s\n", what, (unsigned long long)seq, why);
    return EX_DATAERR;
}

static int walk_one(struct walkers *w, struct slice row)
{
    struct facts f;
    struct entry e;
    struct outcome o;
    enum entry_read read = entry_row_read(w->seq, row, &f, &e);
    if (read != ENTRY_FINE)
        return bad("journal", w->seq, entry_read_name(read));
    if (views_apply(w->views, &e, &o) != 0)
        return bad("journal", w->seq, txn_error(views_txn(w->views)));
    if (o.verdict != V_DONE || o.duplicate)
        return bad("journal", w->seq, "does not follow from the entries before it");
    if (memcmp(o.facts.hash, f.hash, ENTRY_HASH_BYTES) != 0)
        return bad("journal", w->seq, "breaks the hash chain: it or one before it was altered");
    return 0;
}

static int walk_journal(struct walkers *w)
{
    struct txn t;
    struct walk walk;
    struct rowkey first = rowkey_new();
    struct err err = {""};
    int code = 0;
    txn_begin(&t, w->store, STORE_JOURNAL, false);
    bool more = walk_from(&walk, &t, TABLE_LOG, &first);
    for (; more && code == 0; more = walk_next(&walk)) {
        w->seq++;
        views_begin(w->views);
        if (walk.key.n != 8 || rowkey_read_u64(walk.key.p) != w->seq)
            code = bad("journal", w->seq, "is missing");
        else
            code = walk_one(w, walk.value);
        if (code == 0 && w->seq % COMMIT_EVERY == 0 && views_commit(w->views, &err) != 0)
            code = bad("scratch views", w->seq, err.text);
    }
    if (code == 0 && t.rc != 0)
        code = bad("journal", w->seq, txn_error(&t));
    if (code != 0 && more)
        walk_close(&walk);
    txn_abort(&t);
    if (code == 0 && views_commit(w->views, &err) != 0)
        code = bad("scratch views", w->seq, err.text);
    return code;
}

static int compare_table(struct txn *a, struct txn *b, enum store_table table)
{
    struct walk wa, wb;
    struct rowkey first = rowkey_new();
    uint64_t row = 1;
    bool ma = walk_from(&wa, a, table, &first), mb = walk_from(&wb, b, table, &first);
    for (; ma && mb; ma = walk_next(&wa), mb = walk_next(&wb), row++)
        if (!slice_same(wa.key, wb.key) || !slice_same(wa.value, wb.value))
            break;
    bool same = !ma && !mb;
    if (ma)
        walk_close(&wa);
    if (mb)
        walk_close(&wb);
    if (same)
        return 0;
    char what[64];
    snprintf(what, sizeof what, "views, table %s", store_table_name(table));
    return bad(what, row,
               "is not what the journal says; delete the folder views/ and start siagad: it makes "
               "them again");
}

static int compare_views(struct walkers *w)
{
    struct txn a, b;
    int code = 0;
    txn_begin(&a, w->store, STORE_VIEWS, false);
    txn_begin(&b, w->again, STORE_VIEWS, false);
    uint64_t at = views_reached(&a);
    if (at < w->seq)
        printf("views: at %llu, the journal at %llu: siagad will bring them on at its next start; "
               "not compared\n",
               (unsigned long long)at, (unsigned long long)w->seq);
    for (int table = 0; at == w->seq && code == 0 && table < TABLE_COUNT; table++)
        if (store_table_env((enum store_table)table) == STORE_VIEWS)
            code = compare_table(&a, &b, (enum store_table)table);
    if (at > w->seq)
        code = bad("views", at, "stand beyond the end of the journal");
    txn_abort(&a);
    txn_abort(&b);
    return code;
}

static uint64_t file_bytes(const char *dir, const char *env)
{
    char path[4300];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s/data.mdb", dir, env);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void remove_scratch(const char *scratch)
{
    static const char *const files[] = {"journal/data.mdb",
                                        "journal/lock.mdb",
                                        "journal",
                                        "views/data.mdb",
                                        "views/lock.mdb",
                                        "views",
                                        "persons/data.mdb",
                                        "persons/lock.mdb",
                                        "persons",
                                        "lock",
                                        ""};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[4300];
        snprintf(path, sizeof path, "%s/%s", scratch, files[i]);
        if (unlink(path) != 0)
            rmdir(path);
    }
}

int verify_open(const char *dir, unsigned without, struct store **ret_store, struct err *err)
{
    struct store_conf conf = {.dir = dir,
                              .as_it_is = true,
                              .without = without,
                              .bytes = {file_bytes(dir, "journal"), file_bytes(dir, "views"),
                                        file_bytes(dir, "persons")}};
    if (conf.bytes[STORE_JOURNAL] == 0) {
        err_set(err, ERR_CONFIG, "%s: no store here", dir);
        return EX_NOINPUT;
    }
    if (conf.bytes[STORE_VIEWS] == 0)
        conf.bytes[STORE_VIEWS] = conf.bytes[STORE_JOURNAL];
    int rc = store_open(ret_store, &conf, err);
    return rc == 0             ? 0
           : rc == ERR_CONFIG  ? EX_CONFIG
           : rc == ERR_DAMAGED ? EX_DATAERR
                               : EX_SOFTWARE;
}

static int check_free(struct store *store)
{
    for (int e = 0; e < STORE_ENVS; e++)
        if (!store_check_free(store, (enum store_env)e))
            return bad(store_env_name((enum store_env)e), 0,
                       "the list of free pages cannot be true");
    return 0;
}

static int walk_all(const void *what)
{
    const char *dir = what;
    char scratch[4200];
    struct walkers w = {.seq = 0};
    struct err err = {""};
    int code = verify_open(dir, 0, &w.store, &err);
    snprintf(scratch, sizeof scratch, "%s/verify.%d", dir, (int)getpid());
    uint64_t views_bytes = file_bytes(dir, "views");
    struct store_conf again = {
        .dir = scratch,
        .bytes = {1 << 20, views_bytes != 0 ? views_bytes : file_bytes(dir, "journal"), 1 << 20}};
    if (code == 0 &&
        (store_open(&w.again, &again, &err) != 0 || views_open(&w.views, w.again, &err) != 0))
        code = EX_SOFTWARE;
    if (code != 0)
        printf("%s\n", err.text);
    else
        code = walk_journal(&w);
    if (code == 0)
        code = compare_views(&w);
    if (code == 0)
        code = doubt_persons(w.store);
    if (code == 0)
        code = check_free(w.store);
    if (code == 0)
        printf("%s: %llu entries, all well\n", dir, (unsigned long long)w.seq);
    views_close(&w.views);
    store_close(&w.again);
    store_close(&w.store);
    remove_scratch(scratch);
    return code;
}

int verify_store(const char *dir)
{
    return verify_apart(dir, walk_all, dir);
}

int verify_apart(const char *dir, int (*walk)(const void *what), const void *what)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int code = walk(what);
        fflush(NULL);
        _exit(code);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        printf("%s: %s\n", dir, strerror(errno));
        return EX_OSERR;
    }
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    printf("%s: the walk was ended by signal %d: a page of the file is damaged; restore a backup\n",
           dir, WTERMSIG(status));
    return EX_DATAERR;
}
