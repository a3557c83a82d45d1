#include "past.h"

#include "proto/pack.h"
#include "proto/stamp.h"

static int64_t *place_of(struct past *p, struct slice name)
{
    const struct {
        const char *name;
        int64_t *place;
    } places[] = {{"was_received", &p->received},     {"was_acknowledged", &p->acknowledged},
                  {"was_dispatched", &p->dispatched}, {"was_en_route", &p->en_route},
                  {"was_on_scene", &p->on_scene},     {"was_contained", &p->contained},
                  {"was_cleared", &p->cleared},       {"was_resolved", &p->resolved}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (slice_is(name, places[i].name))
            return places[i].place;
    return NULL;
}

bool past_read(const struct entry *e, struct past *ret_past)
{
    *ret_past = (struct past){0};
    if (!(e->flags & FLAG_HISTORIC))
        return false;
    struct reader r = reader_over(e->shown.p, e->shown.n);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        int64_t *place = place_of(ret_past, name);
        bool text = reader_peek(&r) == PACK_STR;
        if (text && place != NULL)
            stamp_parse(reader_str(&r), place);
        else if (text && slice_is(name, "was_outcome"))
            ret_past->outcome = words_find(WORDS_OUTCOME, reader_str(&r));
        else
            reader_skip(&r);
    }
    return ret_past->received != 0;
}

void past_take(const struct past *past, struct case_row *c)
{
    struct part *p = &c->parts[0];
    c->received_us = past->received;
    c->resolved_us = past->resolved;
    c->stint_us = p->since_us = p->base_us = past->received;
    c->ended_us = past->resolved != 0 ? past->resolved : past->received;
    p->acked_us = past->acknowledged;
    p->outcome = past->outcome;
    p->milestone[MILESTONE_TICKETED] = past->received;
    p->milestone[MILESTONE_DISPATCHED] = past->dispatched;
    p->milestone[MILESTONE_EN_ROUTE] = past->en_route;
    p->milestone[MILESTONE_ON_SCENE] = past->on_scene;
    p->milestone[MILESTONE_CONTAINED] = past->contained;
    p->milestone[MILESTONE_CLEARED] = past->cleared;
}

static struct rowkey span_key(void)
{
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, "historic", 8);
    return k;
}

void past_span(struct txn *t, uint64_t *ret_low, uint64_t *ret_high)
{
    struct rowkey k = span_key();
    struct slice v;
    bool there = txn_get(t, TABLE_AT, &k, &v) && v.n == 16;
    *ret_low = there ? rowkey_read_u64(v.p) : 0;
    *ret_high = there ? rowkey_read_u64(v.p + 8) : 0;
}

void past_note(struct txn *t, uint64_t seq)
{
    struct rowkey k = span_key(), v = rowkey_new();
    uint64_t low, high;
    past_span(t, &low, &high);
    rowkey_u64(rowkey_u64(&v, low != 0 ? low : seq), seq);
    txn_put(t, TABLE_AT, &k, v.b, v.n);
}
