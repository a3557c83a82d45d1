#include "lost.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/log.h"
#include "daemon/views/rows.h"
#include "proto/stamp.h"
#include "proto/verdict.h"

#define AT_ONCE 1024u
#define MARKS_MOST 16u /* kinds times days */

typedef unsigned long long number;

struct lost {
    struct store *store;
    struct views *views;
    struct identity *identity;
    const struct numbers_known *known;
    int64_t now_us;
    uint64_t from, upto; /* numbers that are lost */
    uint32_t margin;
    struct ticket marks[MARKS_MOST]; /* no ticket up to these is free */
    unsigned marks_n;
};

/* ---- what the store remembers of it: from u64, upto u64, margin u32 ---- */

static struct rowkey lost_key(void)
{
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, "lost", 4);
    return k;
}

static void remember(struct txn *log, uint64_t from, uint64_t upto, uint32_t margin)
{
    struct rowkey k = lost_key(), v = rowkey_new();
    rowkey_u32(rowkey_u64(rowkey_u64(&v, from), upto), margin);
    txn_put(log, TABLE_STORE, &k, v.b, v.n);
}

void lost_expect(struct txn *log, uint32_t margin)
{
    remember(log, 0, 0, margin);
}

/* False: nothing is to be filled. */
static bool recall(struct lost *l, uint64_t head)
{
    struct txn t;
    struct slice v;
    struct rowkey k = lost_key();
    txn_begin(&t, l->store, STORE_JOURNAL, false);
    bool expected = txn_get(&t, TABLE_STORE, &k, &v) && v.n == 20;
    if (expected) {
        l->from = rowkey_read_u64(v.p);
        l->upto = rowkey_read_u64(v.p + 8);
        l->margin = rowkey_read_u32(v.p + 16);
    }
    txn_abort(&t);
    return expected ||
           (l->known->any && (l->identity->boot - 1 < l->known->boot || head < l->known->stored));
}

/* ---- how far ---- */

static void mark(struct lost *l, uint8_t kind, uint32_t day, uint32_t counter)
{
    if (counter > 0 && l->marks_n < MARKS_MOST)
        l->marks[l->marks_n++] = (struct ticket){kind, day, counter};
}

/* Nobody knows: every number passed over may have had a ticket of today, wherever today is. */
static void mark_by_margin(struct lost *l)
{
    uint32_t today = stamp_day(l->now_us, 0);
    for (uint8_t kind = 1; kind <= NUMBERS_KINDS; kind++)
        for (uint32_t day = today - 1; day <= today + 1; day++)
            mark(l, kind, day, views_counter(l->views, kind, day) + l->margin);
}

static void find_end(struct lost *l, uint64_t head)
{
    const struct numbers_known *k = l->known;
    for (unsigned i = 0; k->any && i < NUMBERS_KINDS * NUMBERS_DAYS; i++) {
        const struct ticket *t = &k->tickets[i / NUMBERS_DAYS][i % NUMBERS_DAYS];
        mark(l, t->kind, t->day, t->counter);
    }
    views_begin(l->views);
    if (!k->any)
        mark_by_margin(l);
    views_abandon(l->views);
    if (l->upto != 0)
        return;
    l->from = head + 1;
    l->upto = k->any ? k->seq + 1 : head + l->margin;
    if (l->upto < head + MARKS_MOST)
        l->upto = head + MARKS_MOST;
}

/* ---- the entries ---- */

static void say(struct entry_words *words, const char *name, struct slice value)
{
    words->said[words->said_n++] = (struct entry_pair){name, value};
}

static void make_entry(const struct lost *l, uint64_t seq, struct arena *arena, struct entry *e)
{
    struct entry_words words = {.said_n = 0};
    char ticket[TICKET_BYTES];
    *e = (struct entry){.what = ENTRY_LOST,
                        .role = ROLE_SYSTEM,
                        .boot = l->identity->boot,
                        .at_us = l->now_us,
                        .node = slice_from(l->identity->node),
                        .source = SLICE_LIT("siagad"),
                        .key = arena_printf(arena, "lost.%llu", (number)seq)};
    randombytes_buf(e->salt, sizeof e->salt);
    say(&words, "from", arena_printf(arena, "%llu", (number)l->from));
    say(&words, "upto", arena_printf(arena, "%llu", (number)l->upto));
    if (seq - l->from < l->marks_n) {
        e->into = l->marks[seq - l->from];
        ticket_write(e->into, ticket);
        say(&words, "tickets_upto", arena_printf(arena, "%s", ticket));
    }
    entry_seal_change(e, &words, arena);
}

static bool put(struct lost *l, struct txn *log, uint64_t seq, struct arena *arena)
{
    struct entry e;
    struct outcome o;
    make_entry(l, seq, arena, &e);
    if (views_apply(l->views, &e, &o) != 0 || o.verdict != V_DONE || o.facts.seq != seq)
        return false;
    uint32_t n = (uint32_t)entry_row_size(&e, &o.facts);
    uint8_t *row = arena_open(arena, n);
    entry_row_write(row, &e, &o.facts);
    arena_close(arena, n);
    struct rowkey k = rowkey_seq(seq);
    txn_append(log, TABLE_LOG, &k, row, n);
    return log->rc == 0;
}

/* With the last of them the store is itself again: a new epoch of its log. */
static void close_epoch(struct lost *l, struct txn *log)
{
    struct rowkey k = lost_key();
    txn_del(log, TABLE_STORE, &k);
    if (l->identity->boot < l->known->boot)
        l->identity->boot = l->known->boot;
    l->identity->epoch++;
    identity_write(log, l->identity);
}

static int fill(struct lost *l, uint64_t *head, struct err *err)
{
    struct arena arena = {0};
    struct txn log;
    bool fine = true;
    txn_begin(&log, l->store, STORE_JOURNAL, true);
    views_begin(l->views);
    for (unsigned i = 0; fine && i < AT_ONCE && *head < l->upto; i++)
        if ((fine = put(l, &log, *head + 1, &arena)))
            ++*head;
    arena_drop(&arena);
    if (*head >= l->upto)
        close_epoch(l, &log);
    if (!fine) {
        const struct txn *failed = log.rc != 0 ? &log : views_txn(l->views);
        err_set(err, ERR_FATAL, "%s: numbers that were lost cannot be declared: %s%s",
                store_dir(l->store), txn_error(failed),
                txn_full(failed) ? "; raise journal_size or views_size" : "");
        txn_abort(&log);
        views_abandon(l->views);
        return ERR_FATAL;
    }
    return txn_commit(&log, err) != 0 || views_commit(l->views, err) != 0 ? ERR_FATAL : 0;
}

static int fill_all(struct lost *l, uint64_t *head, struct err *err)
{
    struct txn log;
    find_end(l, *head);
    txn_begin(&log, l->store, STORE_JOURNAL, true);
    remember(&log, l->from, l->upto, l->margin);
    int rc = txn_commit(&log, err);
    while (rc == 0 && *head < l->upto)
        rc = fill(l, head, err);
    if (rc == 0)
        log_warn("%s is an older copy: entries from %llu on are lost; their numbers are not given "
                 "again, it goes on with %llu",
                 store_dir(l->store), (number)l->from, (number)l->upto + 1);
    return rc;
}

int lost_declare(struct store *s, struct views *v, const struct journal_beside *beside,
                 struct clock *clock, uint64_t *ret_head, struct err *err)
{
    struct lost l = {.store = s,
                     .views = v,
                     .identity = beside->identity,
                     .known = numbers_known(beside->numbers),
                     .now_us = clock_now(clock),
                     .margin = LOST_MARGIN};
    if (recall(&l, *ret_head)) {
        int rc = fill_all(&l, ret_head, err);
        if (rc != 0)
            return rc;
    }
    return numbers_begin(beside->numbers, *ret_head, err);
}
