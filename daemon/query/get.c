/* One case with its history. */
#include "daemon/views/show.h"
#include "proto/pairs.h"
#include "proto/verdict.h"
#include "reading.h"

#define HISTORY_MAX 1000u

static uint64_t find_case(struct reading *r, struct question *q)
{
    struct facts f;
    if (q->ticket.kind != 0)
        return cases_by_ticket(&r->views, q->ticket);
    return reading_row(r, q, q->seq, &f, NULL) ? f.case_seq : 0;
}

struct telling {
    struct reading *r;
    struct question *q;
    struct writer w;
    uint32_t items; /* of the history */
    struct held held;
};

/* False: there is no room for it. What is not for the asker is left out. */
static bool show_one(struct telling *t, const struct facts *f, const struct entry *e)
{
    if (t->items == HISTORY_MAX || t->w.n > QUERY_ANSWER_BYTES - 2 * ENTRY_MAX_BYTES)
        return false;
    held_take(&t->held, f);
    struct filter_subject subject = show_subject(f);
    if (f->seq != f->case_seq && !filter_hears(&t->q->filter, &subject))
        return true;
    show_row(&t->w, t->q->role, f, e, NULL);
    t->items++;
    return true;
}

static bool show_later(struct telling *t, uint64_t seq)
{
    struct facts f;
    struct entry e UNCLEARED;
    return reading_row(t->r, t->q, seq, &f, &e) && show_one(t, &f, &e);
}

/* Of an event and what came after it; returns whether all of it was told. */
static bool show_history(struct telling *t, const struct facts *event, const struct entry *e)
{
    size_t at = writer_open_array(&t->w);
    struct rowkey from = rowkey_seq(event->seq);
    struct walk walk;
    bool whole = show_one(t, event, e);
    bool more = walk_from(&walk, &t->r->views, TABLE_HISTORY, &from);
    for (; more && whole && rowkey_read_u64(walk.key.p) == event->seq; more = walk_next(&walk))
        whole = show_later(t, rowkey_read_u64(walk.key.p + 8));
    if (more)
        walk_close(&walk);
    writer_close_array(&t->w, at, t->items);
    return whole;
}

static void show_all(struct telling *t, const struct case_row *c, const struct facts *f,
                     const struct entry *e)
{
    const uint8_t role = t->q->role;
    struct writer *w = &t->w;
    struct show_now now = show_now_of(c);
    size_t at = writer_open_map(w);
    writer_text(w, "case");
    show_row(w, role, f, e, &now);
    uint32_t pairs = 2 + show_full(w, role, f, e);
    writer_text(w, "history");
    pairs += pair_bool(w, "whole", show_history(t, f, e));
    if (show_life(role, f))
        pairs += held_show(w, &t->held, t->q->now_us) + links_show(t->r, t->q, w, c);
    writer_close_map(w, at, pairs);
}

int get_answer(struct reading *r, struct question *q)
{
    struct case_row c UNCLEARED;
    struct facts f;
    struct entry e UNCLEARED;
    struct telling t = {.r = r, .q = q, .items = 0};
    char helpers[CASES_HELPERS_BYTES];
    uint64_t seq = find_case(r, q);
    if (seq == 0 || !reading_case(r, seq, &c))
        return q->damaged != 0 ? E_CORRUPT : E_NOT_FOUND;
    struct filter_subject subject = show_subject_of(&c, helpers);
    if (!filter_passes(&q->filter, &subject))
        return E_NOT_FOUND; /* the same word for what is not there and what is not for the asker */
    if (!reading_row(r, q, seq, &f, &e))
        return E_CORRUPT;
    writer_init(&t.w, r->buffer, QUERY_ANSWER_BYTES);
    show_all(&t, &c, &f, &e);
    q->body = reading_keep(q, &t.w);
    if (q->damaged != 0)
        return E_CORRUPT;
    return t.w.err == 0 ? V_DONE : E_BUG;
}
