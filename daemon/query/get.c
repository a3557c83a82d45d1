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

/* False: there is no room for it, or it cannot be read. What is not for the asker is left out. */
static bool show_one(struct reading *r, struct question *q, struct writer *w, uint64_t seq,
                     uint32_t *items, struct held *held)
{
    struct facts f;
    struct entry e;
    if (*items == HISTORY_MAX || w->n > QUERY_ANSWER_BYTES - 2 * ENTRY_MAX_BYTES ||
        !reading_row(r, q, seq, &f, &e))
        return false;
    held_take(held, &f);
    struct filter_subject subject = show_subject(&f);
    if (f.seq != f.case_seq && !filter_hears(&q->filter, &subject))
        return true;
    show_row(w, q->role, &f, &e, NULL);
    (*items)++;
    return true;
}

/* Returns whether all of it was told. */
static bool show_history(struct reading *r, struct question *q, struct writer *w, uint64_t case_seq,
                         struct held *held)
{
    size_t at = writer_open_array(w);
    uint32_t items = 0;
    struct rowkey from = rowkey_seq(case_seq);
    struct walk walk;
    bool whole = show_one(r, q, w, case_seq, &items, held);
    bool more = walk_from(&walk, &r->views, TABLE_HISTORY, &from);
    for (; more && whole && rowkey_read_u64(walk.key.p) == case_seq; more = walk_next(&walk))
        whole = show_one(r, q, w, rowkey_read_u64(walk.key.p + 8), &items, held);
    if (more)
        walk_close(&walk);
    writer_close_array(w, at, items);
    return whole;
}

int get_answer(struct reading *r, struct question *q)
{
    struct case_row c;
    struct facts f;
    struct entry e;
    struct writer w;
    struct held held = {0};
    char helpers[CASES_HELPERS_BYTES];
    uint64_t seq = find_case(r, q);
    if (seq == 0 || !cases_get(&r->views, seq, &c))
        return q->damaged != 0 ? E_CORRUPT : E_NOT_FOUND;
    struct filter_subject subject = show_subject_of(&c, helpers);
    if (!filter_passes(&q->filter, &subject))
        return E_NOT_FOUND; /* the same word for what is not there and what is not for the asker */
    if (!reading_row(r, q, seq, &f, &e))
        return E_CORRUPT;
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&w);
    writer_text(&w, "case");
    struct show_now now = show_now_of(&c);
    show_row(&w, q->role, &f, &e, &now);
    uint32_t pairs = 2 + show_full(&w, q->role, &f, &e);
    writer_text(&w, "history");
    bool whole = show_history(r, q, &w, seq, &held);
    pairs += pair_bool(&w, "whole", whole);
    if (show_life(q->role, &f))
        pairs += held_show(&w, &held, q->now_us) + links_show(r, q, &w, &c);
    writer_close_map(&w, at, pairs);
    q->body = reading_keep(q, &w);
    if (q->damaged != 0)
        return E_CORRUPT;
    return w.err == 0 ? V_DONE : E_BUG;
}
