/* views_ground: views on a store of their own, and looks at what they say and hold. For
 * test_views*.c. */
#ifndef SIAGA_TESTS_VIEWS_GROUND_H
#define SIAGA_TESTS_VIEWS_GROUND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/views/cases.h"
#include "daemon/views/index.h"
#include "proto/stamp.h"
#include "proto/verdict.h"
#include "tests/support/entries.h"
#include "tests/support/scratch.h"

static struct scratch s;
static struct arena a;

static inline int open_views(void **state)
{
    (void)state;
    scratch_open(&s);
    a = (struct arena){0};
    return 0;
}

static inline int drop_views(void **state)
{
    (void)state;
    scratch_close(&s);
    arena_drop(&a);
    return 0;
}

static inline struct outcome apply(const struct entry *e)
{
    struct outcome o;
    assert_int_equal(scratch_apply(&s, e, &o), 0);
    return o;
}

static inline struct case_row case_of(uint64_t seq)
{
    struct txn t;
    struct case_row c = {0};
    scratch_commit(&s);
    txn_begin(&t, s.store, STORE_VIEWS, false);
    assert_true(cases_get(&t, seq, &c));
    /* names live as long as the transaction: keep them */
    c.routed = arena_copy(&a, c.routed.p, c.routed.n);
    c.kecamatan = arena_copy(&a, c.kecamatan.p, c.kecamatan.n);
    for (unsigned i = 0; i < c.parts_n; i++)
        c.parts[i].skpd = arena_copy(&a, c.parts[i].skpd.p, c.parts[i].skpd.n);
    txn_abort(&t);
    return c;
}

static inline bool owned_by(uint64_t seq, const char *skpd)
{
    struct case_row c = case_of(seq);
    return slice_is(cases_owner(&c), skpd);
}

/* The part of an SKPD, which must be there. */
static inline struct part part_of(uint64_t seq, const char *skpd)
{
    struct case_row c = case_of(seq);
    int part = cases_part_of(&c, slice_from(skpd));
    assert_true(part >= 0);
    return c.parts[part];
}

/* Applies something that must be stored. */
static inline struct outcome done(const struct entry *e)
{
    struct outcome o = apply(e);
    assert_string_equal(verdict_name(o.verdict), verdict_name(V_DONE));
    assert_false(o.duplicate);
    return o;
}

static inline struct ticket ticket_of(const struct facts *f)
{
    return (struct ticket){f->kind, f->day, f->counter};
}

/* Applies something that must be refused, and looks at every byte of the views. */
static inline struct outcome refused(const struct entry *e, int verdict)
{
    struct err err;
    scratch_commit(&s);
    views_begin(s.views);
    assert_int_equal(views_commit(s.views, &err), 0); /* the first one writes how far it is: 0 */
    uint64_t before = scratch_sum(s.store), open = views_open_cases(s.views),
             seq = views_seq(s.views);
    int64_t time = views_time(s.views);
    struct outcome o = apply(e);
    assert_string_equal(verdict_name(o.verdict), verdict_name(verdict));
    assert_false(o.duplicate);
    assert_int_equal(views_seq(s.views), seq);
    assert_int_equal(views_open_cases(s.views), open);
    assert_int_equal(views_time(s.views), time);
    scratch_commit(&s);
    assert_int_equal(scratch_sum(s.store), before);
    return o;
}

#define with_views(test) cmocka_unit_test_setup_teardown(test, open_views, drop_views)

#endif
