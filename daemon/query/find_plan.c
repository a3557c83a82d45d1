/* The plan: which part of an expression is looked at first, and from which number to which. */
#include <stdlib.h>

#include "find.h"
#include "proto/pairs.h"

/* How many cases a part may have, by a look at three chunks; sorts the parts of each `and`. */
static uint64_t estimate(struct find *f, struct where *w, const uint32_t *sample, unsigned n,
                         uint64_t chunks);

struct ranked {
    uint64_t cases;
    struct where part;
};

static int by_cases(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->cases < y->cases ? -1 : x->cases > y->cases;
}

static uint64_t estimate_parts(struct find *f, struct where *w, const uint32_t *sample, unsigned n,
                               uint64_t chunks)
{
    struct ranked ranked[WHERE_LEAVES_MAX + 1];
    uint64_t least = UINT64_MAX, sum = 0;
    for (unsigned i = 0; i < w->n; i++) {
        ranked[i].cases = estimate(f, &w->parts[i], sample, n, chunks);
        ranked[i].part = w->parts[i];
        least = ranked[i].cases < least ? ranked[i].cases : least;
        sum += ranked[i].cases;
    }
    if (w->what != WHERE_AND)
        return sum;
    qsort(ranked, w->n, sizeof *ranked, by_cases);
    for (unsigned i = 0; i < w->n; i++)
        w->parts[i] = ranked[i].part;
    return least;
}

static uint64_t everything(uint64_t chunks)
{
    return (chunks + 1) * INDEX_CHUNK;
}

static uint64_t estimate(struct find *f, struct where *w, const uint32_t *sample, unsigned n,
                         uint64_t chunks)
{
    uint64_t counted = 0;
    if (w->what == WHERE_AND || w->what == WHERE_OR)
        return estimate_parts(f, w, sample, n, chunks);
    if (w->what == WHERE_TICKET || w->what == WHERE_KEY)
        return w->n;
    if (w->what == WHERE_NOT) { /* its own parts are put in order, too */
        estimate(f, &w->parts[0], sample, n, chunks);
        return everything(chunks);
    }
    if (w->what == WHERE_ALL || (f->older && where_changes((enum where_what)w->what)))
        return everything(chunks);
    for (unsigned i = 0; i < n; i++) {
        find_enter(f, sample[i]);
        counted += index_set_count(&find_leaf(f, w)->now);
    }
    return counted * chunks / n;
}

/* The numbers that names of single cases leave: [*low, *high). */
static void narrow(struct find *f, const struct where *w, uint64_t *low, uint64_t *high)
{
    uint64_t least = UINT64_MAX, most = 0;
    if (w->what == WHERE_AND)
        for (unsigned i = 0; i < w->n; i++)
            narrow(f, &w->parts[i], low, high);
    if (w->what != WHERE_TICKET && w->what != WHERE_KEY)
        return;
    for (unsigned i = 0; i < w->n; i++) {
        uint64_t seq = find_number(f, w, i);
        if (seq == 0)
            continue;
        least = seq < least ? seq : least;
        most = seq > most ? seq : most;
    }
    *low = least > *low ? least : *low;
    *high = most + 1 < *high ? most + 1 : *high;
}

void find_begin(struct find *f, struct reading *r, struct question *q)
{
    bool any;
    f->r = r;
    f->q = q;
    uint32_t newest = index_newest_chunk(&r->views, &any);
    uint64_t views_at = reading_views_at(r);
    if (q->as_of != 0 && q->as_of < views_at) {
        f->older = true;
        f->high = q->as_of + 1 < f->high ? q->as_of + 1 : f->high;
    }
    narrow(f, &q->where, &f->low, &f->high);
    if (!any || f->low >= f->high) {
        f->high = f->low;
        return;
    }
    uint64_t first = f->low / INDEX_CHUNK, last = (f->high - 1) / INDEX_CHUNK;
    last = last < newest ? last : newest;
    if (first > last)
        return;
    const uint32_t sample[] = {(uint32_t)last, (uint32_t)first, (uint32_t)((first + last) / 2)};
    uint64_t chunks = last - first + 1;
    estimate(f, &q->where, sample, chunks < 3 ? (unsigned)chunks : 3, chunks);
    f->chunks = 0;
}

/* ---- explaining ---- */

static uint32_t explain_leaves(struct find *f, struct where *w, struct writer *to,
                               const uint32_t *chunk)
{
    uint32_t n = 0;
    if (!where_is_leaf(w)) {
        for (unsigned i = 0; i < w->n; i++)
            n += explain_leaves(f, &w->parts[i], to, chunk);
        return n;
    }
    size_t at = writer_open_map(to);
    uint32_t pairs = pair_text(to, "index", where_name((enum where_what)w->what));
    bool counted = w->what != WHERE_TICKET && w->what != WHERE_KEY &&
                   !(f->older && where_changes((enum where_what)w->what));
    if (counted) {
        find_enter(f, *chunk);
        pairs += pair_uint(to, "in_newest", index_set_count(&find_leaf(f, w)->now));
    }
    pairs += pair_bool(to, "one_by_one", find_between(f, w));
    writer_close_map(to, at, pairs);
    return 1;
}

uint32_t find_explain(struct find *f, struct writer *w)
{
    bool any;
    uint32_t newest = index_newest_chunk(&f->r->views, &any), chunks = f->chunks, cost = f->cost;
    writer_text(w, "plan");
    size_t at = writer_open_map(w);
    writer_text(w, "order");
    size_t leaves = writer_open_array(w);
    writer_close_array(w, leaves, explain_leaves(f, &f->q->where, w, &newest));
    uint32_t pairs =
        1 + pair_uint(w, "chunks", chunks) + pair_uint(w, "chunk_numbers", INDEX_CHUNK);
    pairs += pair_uint(w, "looked_up", cost) + pair_uint(w, "rows_read", f->rows);
    writer_close_map(w, at, pairs);
    return 1;
}
