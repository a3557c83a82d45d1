/* pipeline_ground: a rig with the fake journal, one peer, and what it is told. For
 * test_pipeline*.c.
 */
#ifndef SIAGA_TESTS_PIPELINE_GROUND_H
#define SIAGA_TESTS_PIPELINE_GROUND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "proto/verdict.h"
#include "tests/support/rig.h"

static struct rig r;
static struct rig_peer peer;
static struct rig_answer a;

static inline int open_rig(void **state)
{
    rig_open(&r, false, *state);
    peer = rig_connect(&r);
    return 0;
}

static inline int close_rig(void **state)
{
    (void)state;
    rig_disconnect(&peer);
    rig_close(&r);
    return 0;
}

static inline struct journal_fake_plan *plan(void)
{
    return journal_fake_plan(r.journal);
}

static inline void answer(uint64_t rid, uint8_t code)
{
    rig_read(&peer, &a);
    assert_int_equal(a.rid, rid);
    assert_int_equal(a.code, code);
}

static inline void refused_with(uint64_t rid, int verdict)
{
    answer(rid, ANSWER_REFUSED);
    assert_true(slice_is(rig_text(&a, "code"), verdict_name(verdict)));
    assert_true(rig_text(&a, "hint.id").n > 0);
    assert_true(rig_text(&a, "hint.en").n > 0);
}

/* The receipt of one event: its ticket is copied out. */
static inline void receipt(uint64_t rid, bool duplicate, char ticket[32])
{
    answer(rid, ANSWER_DONE);
    assert_int_equal(rig_count(&a, "results"), 1);
    assert_int_equal(rig_true(&a, "results.0.duplicate"), duplicate);
    snprintf(ticket, 32, SLICE_FMT, SLICE_ARG(rig_text(&a, "results.0.ticket")));
    assert_true(ticket[0] != '\0');
}

/* Received = stored + duplicate + refused + dropped, with nothing left inside. */
static inline void all_accounted_for(void)
{
    const uint64_t *at = r.counters.at;
    assert_true(pipeline_idle(r.pipeline));
    assert_int_equal(at[COUNT_RECEIVED], at[COUNT_STORED] + at[COUNT_DUPLICATE] +
                                             at[COUNT_REFUSED] + at[COUNT_DROPPED]);
}

#define with(test, files) \
    cmocka_unit_test_prestate_setup_teardown(test, open_rig, close_rig, (void *)(files))
#define with_rig(test) with(test, NULL)

#endif
