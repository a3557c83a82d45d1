/* life_rows: what stands in the store of a case of life_model.h. Inside model_life.c only. */
#ifndef SIAGA_TESTS_LIFE_ROWS_H
#define SIAGA_TESTS_LIFE_ROWS_H

#include "daemon/views/queue.h"
#include "life_model.h"
#include "tests/support/scratch.h"

static inline void life_same_item(struct txn *t, const struct case_row *c, unsigned part,
                                  const struct life_item *want)
{
    struct queue_item item;
    bool is = queue_get(t, c, part, &item);
    assert_int_equal(is, want->is);
    assert_int_equal(c->parts[part].queued != 0, want->is);
    assert_int_equal(c->parts[part].dead, want->dead);
    if (!is)
        return;
    assert_int_equal(item.state, want->leased ? QUEUE_LEASED : QUEUE_READY);
    assert_int_equal(item.attempt, want->attempt);
    assert_int_equal(item.until_us, want->until);
    assert_int_equal(item.part, part);
    assert_true(slice_is(item.holder, want->holder != NULL ? want->holder : ""));
    assert_int_equal(item.fails_n, want->fails);
    for (unsigned i = 0; i < want->fails; i++) {
        assert_true(slice_is(item.fails[i].source, want->failed[i]));
        assert_true(slice_is(item.fails[i].reason, want->why[i]));
    }
}

static inline void life_same_part(struct txn *t, const struct case_row *c, unsigned i,
                                  const struct life_part *want)
{
    const struct part *p = &c->parts[i];
    assert_true(slice_is(p->skpd, want->skpd));
    assert_int_equal(p->state, want->state);
    assert_int_equal(p->outside, want->outside);
    assert_int_equal(p->timer[TIMER_CAP], want->cap);
    assert_int_equal(p->timer[TIMER_LEASE], want->lease);
    life_same_item(t, c, i, &want->item);
}

static inline void life_same_case(struct txn *t, uint64_t seq, const struct life_case *want)
{
    struct case_row c;
    assert_true(cases_get(t, seq, &c));
    assert_int_equal(c.version, want->version);
    assert_int_equal(c.last_seq, want->last);
    assert_int_equal(c.state, life_case_state(want));
    assert_int_equal(c.forwards, want->forwards);
    assert_int_equal(c.rated, want->rated);
    assert_int_equal(c.until_us, want->until);
    assert_int_equal(c.attempts, want->attempts);
    assert_int_equal(c.into.kind != 0, want->merged);
    assert_true(slice_is(c.routed, want->routed));
    assert_int_equal(c.parts[0].timer[TIMER_CLOSE], want->close);
    assert_int_equal(c.parts_n, want->n);
    for (unsigned i = 0; i < c.parts_n; i++)
        life_same_part(t, &c, i, &want->parts[i]);
}

/* No item lies about that no part knows of. */
static inline void life_same_queues(struct store *s, const struct life_case *all, uint32_t n)
{
    uint64_t queued = 0, dead = 0;
    for (uint32_t i = 0; i < n; i++)
        for (unsigned part = 0; part < all[i].n; part++) {
            dead += all[i].parts[part].item.dead;
            queued += all[i].parts[part].item.is && !all[i].parts[part].item.dead;
        }
    assert_int_equal(scratch_rows(s, TABLE_QUEUE), queued);
    assert_int_equal(scratch_rows(s, TABLE_DEAD), dead);
}

#endif
