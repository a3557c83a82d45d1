#include "scratch.h"

#include "daemon/views/rows.h"
#include "proto/verdict.h"

static void must(int rc, const struct err *err)
{
    if (rc == 0)
        return;
    fprintf(stderr, "scratch: %s\n", err->text);
    abort();
}

static void open_store(struct scratch *s)
{
    struct store_conf conf = {.dir = s->dir.path,
                              .bytes = {[STORE_JOURNAL] = (uint64_t)s->mib[STORE_JOURNAL] << 20,
                                        [STORE_VIEWS] = (uint64_t)s->mib[STORE_VIEWS] << 20}};
    struct err err = {""};
    must(store_open(&s->store, &conf, &err), &err);
    must(views_open(&s->views, s->store, &err), &err);
}

void scratch_open_sized(struct scratch *s, unsigned journal_mib, unsigned views_mib)
{
    *s = (struct scratch){.mib = {[STORE_JOURNAL] = journal_mib, [STORE_VIEWS] = views_mib}};
    folder_make(&s->dir);
    open_store(s);
}

void scratch_open(struct scratch *s)
{
    scratch_open_sized(s, 32, 32);
}

static void shut(struct scratch *s)
{
    scratch_abandon(s);
    views_close(&s->views);
    store_close(&s->store);
}

void scratch_reopen(struct scratch *s)
{
    shut(s);
    open_store(s);
}

void scratch_close(struct scratch *s)
{
    shut(s);
    arena_drop(&s->arena);
    folder_drop(&s->dir);
}

static void begin(struct scratch *s)
{
    if (s->writing)
        return;
    txn_begin(&s->log, s->store, STORE_JOURNAL, true);
    views_begin(s->views);
    s->writing = true;
}

int scratch_put(struct views *v, struct txn *log, const struct entry *e, struct arena *arena,
                struct outcome *o)
{
    if (views_apply(v, e, o) != 0)
        return ERR_FATAL;
    if (o->verdict != V_DONE || o->duplicate) {
        struct slice row;
        if (o->other_seq != 0 && rows_at(log, o->other_seq, &row))
            o->row = arena_copy(arena, row.p, row.n);
        return log->rc == 0 ? 0 : ERR_FATAL;
    }
    size_t n = entry_row_size(e, &o->facts);
    uint8_t *row = arena_alloc(arena, n);
    struct rowkey k = rowkey_seq(o->facts.seq);
    entry_row_write(row, e, &o->facts);
    txn_append(log, TABLE_LOG, &k, row, n);
    o->row = (struct slice){(const char *)row, (uint32_t)n};
    return log->rc == 0 ? 0 : ERR_FATAL;
}

int scratch_apply(struct scratch *s, const struct entry *e, struct outcome *o)
{
    begin(s);
    return scratch_put(s->views, &s->log, e, &s->arena, o);
}

uint64_t scratch_store(struct scratch *s, const struct entry *e)
{
    struct outcome o;
    if (scratch_apply(s, e, &o) != 0 || o.verdict != V_DONE || o.duplicate) {
        fprintf(stderr, "scratch: an entry was not stored: %s%s\n", verdict_name(o.verdict),
                o.duplicate ? " duplicate" : "");
        abort();
    }
    return o.facts.seq;
}

/* The log first, as the journal does it. */
void scratch_commit(struct scratch *s)
{
    struct err err = {""};
    if (!s->writing)
        return;
    s->writing = false;
    must(txn_commit(&s->log, &err), &err);
    must(views_commit(s->views, &err), &err);
    arena_reset(&s->arena);
}

void scratch_abandon(struct scratch *s)
{
    if (!s->writing)
        return;
    s->writing = false;
    txn_abort(&s->log);
    views_abandon(s->views);
    arena_reset(&s->arena);
}

bool scratch_replay(struct store *from, struct scratch *into, unsigned commit_every)
{
    struct txn t;
    struct slice row;
    bool follows = true;
    txn_begin(&t, from, STORE_JOURNAL, false);
    for (uint64_t seq = 1; follows && rows_at(&t, seq, &row); seq++) {
        struct facts f;
        struct entry e;
        struct outcome o;
        follows = entry_row_read(seq, row, &f, &e) == ENTRY_FINE &&
                  scratch_apply(into, &e, &o) == 0 && o.verdict == V_DONE && !o.duplicate &&
                  o.facts.seq == seq && memcmp(o.facts.hash, f.hash, ENTRY_HASH_BYTES) == 0 &&
                  slice_same(o.row, row);
        if (seq % commit_every == 0)
            scratch_commit(into);
    }
    txn_abort(&t);
    scratch_commit(into);
    return follows;
}

static bool same_table(struct txn *a, struct txn *b, enum store_table table, char why[128])
{
    struct walk wa, wb;
    struct rowkey first = rowkey_new();
    unsigned long row = 1;
    bool ma = walk_from(&wa, a, table, &first), mb = walk_from(&wb, b, table, &first);
    for (; ma && mb; ma = walk_next(&wa), mb = walk_next(&wb), row++)
        if (!slice_same(wa.key, wb.key) || !slice_same(wa.value, wb.value))
            break;
    if (ma || mb)
        snprintf(why, 128, "table %s, row %lu", store_table_name(table), row);
    bool same = !ma && !mb;
    if (ma)
        walk_close(&wa);
    if (mb)
        walk_close(&wb);
    return same;
}

bool scratch_same_views(struct store *a, struct store *b, char why[128])
{
    struct txn ta, tb;
    bool same = true;
    why[0] = '\0';
    txn_begin(&ta, a, STORE_VIEWS, false);
    txn_begin(&tb, b, STORE_VIEWS, false);
    for (int table = 0; same && table < TABLE_COUNT; table++)
        if (store_table_env((enum store_table)table) == STORE_VIEWS)
            same = same_table(&ta, &tb, (enum store_table)table, why);
    txn_abort(&ta);
    txn_abort(&tb);
    return same;
}

uint64_t scratch_rows(struct store *s, enum store_table table)
{
    struct txn t;
    txn_begin(&t, s, store_table_env(table), false);
    uint64_t rows = txn_rows(&t, table);
    txn_abort(&t);
    return rows;
}

static uint64_t mix(uint64_t h, struct slice bytes)
{
    for (uint32_t i = 0; i < bytes.n; i++)
        h = (h ^ (uint8_t)bytes.p[i]) * 1099511628211ull;
    return (h ^ bytes.n) * 1099511628211ull;
}

uint64_t scratch_sum(struct store *s)
{
    struct txn t;
    struct rowkey first = rowkey_new();
    uint64_t h = 14695981039346656037ull;
    txn_begin(&t, s, STORE_VIEWS, false);
    for (int table = 0; table < TABLE_COUNT; table++) {
        struct walk w;
        if (store_table_env((enum store_table)table) != STORE_VIEWS)
            continue;
        h = mix(h, slice_from(store_table_name((enum store_table)table)));
        for (bool more = walk_from(&w, &t, (enum store_table)table, &first); more;
             more = walk_next(&w))
            h = mix(mix(h, w.key), w.value);
    }
    txn_abort(&t);
    return h;
}
