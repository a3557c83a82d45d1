#include "find.h"

/* ---- and, or, not ---- */

static void evaluate(struct find *f, const struct where *w, struct index_set *ret_sure,
                     struct index_set *ret_may);

static void evaluate_and(struct find *f, const struct where *w, struct index_set *sure,
                         struct index_set *may)
{
    evaluate(f, &w->parts[0], sure, may);
    for (unsigned i = 1; i < w->n && !index_set_empty(may); i++) {
        struct index_set s, m;
        evaluate(f, &w->parts[i], &s, &m);
        index_set_and(sure, &s);
        index_set_and(may, &m);
    }
    index_set_and(sure, may);
}

static void evaluate_or(struct find *f, const struct where *w, struct index_set *sure,
                        struct index_set *may)
{
    index_set_clear(sure);
    index_set_clear(may);
    for (unsigned i = 0; i < w->n; i++) {
        struct index_set s, m;
        evaluate(f, &w->parts[i], &s, &m);
        index_set_or(sure, &s);
        index_set_or(may, &m);
    }
}

static void evaluate(struct find *f, const struct where *w, struct index_set *ret_sure,
                     struct index_set *ret_may)
{
    struct index_set s, m;
    switch (w->what) {
    case WHERE_ALL:
        *ret_sure = *ret_may = *find_all(f);
        break;
    case WHERE_AND:
        evaluate_and(f, w, ret_sure, ret_may);
        break;
    case WHERE_OR:
        evaluate_or(f, w, ret_sure, ret_may);
        break;
    case WHERE_NOT:
        evaluate(f, &w->parts[0], &s, &m);
        *ret_sure = *ret_may = *find_all(f);
        index_set_without(ret_sure, &m);
        index_set_without(ret_may, &s);
        break;
    default: {
        const struct find_leaf *leaf = find_leaf(f, w);
        *ret_sure = leaf->sure;
        *ret_may = leaf->may;
    }
    }
}

void find_enter(struct find *f, uint32_t chunk)
{
    f->chunk = chunk;
    f->have_all = f->have_secret = f->have_anonymous = false;
    f->chunks++;
}

void find_chunk(struct find *f, uint32_t chunk, struct index_set *ret_sure,
                struct index_set *ret_may)
{
    find_enter(f, chunk);
    evaluate(f, &f->q->where, ret_sure, ret_may);
    if (index_set_empty(ret_may))
        return;
    reading_sight(f->r, &f->q->filter, chunk, ret_may);
    index_set_and(ret_sure, ret_may);
}

/* ---- one case ---- */

bool find_changed(struct find *f, uint64_t seq, struct facts *ret_facts)
{
    struct rowkey k = rowkey_seq(seq);
    struct walk w;
    rowkey_u64(&k, f->q->as_of + 1);
    f->cost++;
    if (!walk_from(&w, &f->r->views, TABLE_HISTORY, &k))
        return false;
    uint64_t last = seq; /* the event, when nothing came between */
    bool changed = rowkey_read_u64(w.key.p) == seq;
    if (!changed || !walk_prev(&w)) {
        if (!changed)
            walk_close(&w);
    } else {
        if (rowkey_read_u64(w.key.p) == seq)
            last = rowkey_read_u64(w.key.p + 8);
        walk_close(&w);
    }
    f->cost += changed;
    return changed && reading_row(f->r, f->q, last, ret_facts, NULL);
}

static void take_case(struct find *f, uint64_t seq)
{
    if (f->seq == seq)
        return;
    f->seq = seq;
    f->changed = f->older && find_changed(f, seq, &f->facts);
    f->read = false;
    f->event.seq = 0;
}

/* In the order in which the sets were made: a part that was left out is not reached. */
static bool is(struct find *f, const struct where *w)
{
    bool want = w->what == WHERE_OR;
    if (where_is_leaf(w))
        return find_leaf_is(f, w);
    if (w->what == WHERE_NOT)
        return !is(f, &w->parts[0]);
    for (unsigned i = 0; w->what != WHERE_ALL && i < w->n; i++)
        if (is(f, &w->parts[i]) == want)
            return want;
    return !want;
}

bool find_is(struct find *f, uint64_t seq)
{
    take_case(f, seq);
    return is(f, &f->q->where);
}
