/* journal_ground: a journal of either form on a store of its own, groups to give it, and what it
 * handed back. For test_journal*.c. */
#ifndef SIAGA_TESTS_JOURNAL_GROUND_H
#define SIAGA_TESTS_JOURNAL_GROUND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/views/rows.h"
#include "proto/verdict.h"
#include "tests/support/entries.h"
#include "tests/support/journal_fake.h"
#include "tests/support/scratch.h"

#define GROUPS_MOST 512

enum form { LOCAL, FAKE };

static struct scratch s;
static struct arena a;
static struct journal *j;
static struct jgroup *settled[GROUPS_MOST];
static unsigned settled_n;
static enum form form;
static struct clock clock;
static struct journal_beside beside; /* nothing, unless a test says so */

static inline int64_t stands_still(void *self)
{
    (void)self;
    return 1000000; /* so the views are committed when they are full or asked for, never by time */
}

static inline void note_settled(void *self, struct jgroup *g)
{
    (void)self;
    assert_true(settled_n < GROUPS_MOST);
    settled[settled_n++] = g;
}

static inline void open_journal(void)
{
    struct jcalls calls = {note_settled, NULL};
    struct err err = {""};
    settled_n = 0;
    clock = (struct clock){.wall = stands_still, .mono = stands_still};
    if (form == FAKE)
        journal_fake_open(&j, s.store, s.views, &calls);
    else
        assert_int_equal(journal_lmdb_open(&j, s.store, s.views, &beside, &clock, &calls, &err), 0);
}

static inline enum jrc follow(void)
{
    struct err err = {""};
    enum jrc rc = journal_follow(j, views_seq(s.views), views_hash(s.views), &err);
    assert_int_equal(rc == J_OK, err.text[0] == '\0');
    return rc;
}

static inline int make(void **state)
{
    form = *(enum form *)*state;
    scratch_open(&s);
    a = (struct arena){0};
    open_journal();
    return 0;
}

static inline int drop(void **state)
{
    (void)state;
    journal_close(&j);
    scratch_close(&s);
    arena_drop(&a);
    return 0;
}

/* Closes and opens again what is on the disk, the views at the last commit. */
static inline void restart(void)
{
    journal_close(&j);
    scratch_reopen(&s);
    open_journal();
}

static inline struct jgroup *group_of(enum lane lane, uint32_t n)
{
    struct jgroup *g = arena_alloc(&a, sizeof *g);
    g->lane = lane;
    g->entries = arena_alloc(&a, (n + 1) * sizeof *g->entries);
    g->outcomes = arena_alloc(&a, (n + 1) * sizeof *g->outcomes);
    g->arena = arena_alloc(&a, sizeof *g->arena); /* another thread writes there */
    return g;
}

static inline void add(struct jgroup *g, struct entry *e)
{
    g->entries[g->count++] = e;
}

static inline struct jgroup *events(enum lane lane, uint32_t n)
{
    struct jgroup *g = group_of(lane, n);
    while (g->count < n)
        add(g, an_event(&a, .kind = lane == LANE_URGENT ? KIND_EMERGENCY : KIND_COMPLAINT));
    return g;
}

static inline void drop_rows(struct jgroup *g)
{
    arena_drop(g->arena);
}

static inline void append(struct jgroup *g)
{
    assert_int_equal(journal_append(j, g), J_OK);
}

static inline void wait_for(unsigned n)
{
    while (settled_n < n) {
        struct pollfd fd = {journal_fd(j), POLLIN, 0};
        assert_int_equal(poll(&fd, 1, 20000), 1);
        journal_work(j);
    }
}

static inline struct jgroup *decided(struct jgroup *g)
{
    unsigned before = settled_n;
    append(g);
    wait_for(before + 1);
    assert_ptr_equal(settled[settled_n - 1], g);
    return g;
}

static inline void all_stored(const struct jgroup *g)
{
    assert_int_equal(g->rc, J_OK);
    assert_int_equal(g->done, g->count);
    for (uint32_t i = 0; i < g->count; i++) {
        assert_int_equal(g->outcomes[i].verdict, V_DONE);
        assert_false(g->outcomes[i].duplicate);
        if (i > 0)
            assert_true(g->outcomes[i].facts.seq > g->outcomes[i - 1].facts.seq);
    }
}

static inline uint64_t committed_views(void)
{
    struct txn t;
    txn_begin(&t, s.store, STORE_VIEWS, false);
    uint64_t at = views_reached(&t);
    txn_abort(&t);
    return at;
}

static inline void lose_rows(uint64_t from, uint64_t to)
{
    struct txn t;
    struct err err;
    txn_begin(&t, s.store, STORE_JOURNAL, true);
    for (uint64_t seq = from; seq <= to; seq++) {
        struct rowkey k = rowkey_seq(seq);
        txn_del(&t, TABLE_LOG, &k);
    }
    assert_int_equal(txn_commit(&t, &err), 0);
}

static inline void forget_views(void)
{
    struct err err;
    journal_close(&j);
    views_close(&s.views);
    assert_int_equal(store_forget_views(s.store, &err), 0);
    assert_int_equal(views_open(&s.views, s.store, &err), 0);
}

#define with(test, which) cmocka_unit_test_prestate_setup_teardown(test, make, drop, &which)

#endif
