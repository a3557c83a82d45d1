/* The cases behind a figure. Which ones they can be is found in two ways: every case with an entry
 * since the span began, at its first one; and, for what stands at the end of a day, the open cases
 * about which nothing was written since. Whether a case is one of them, and how often, is told by
 * the same function that counts. */
#include "daemon/views/index.h"
#include "daemon/views/rows.h"
#include "daemon/views/views.h"
#include "digest.h"
#include "proto/pairs.h"
#include "proto/stamp.h"
#include "proto/verdict.h"

#define ENTRIES_MOST 4000u /* looked at for one page */
#define CHUNKS_MOST 64u
#define ROWS_MOST 500u
#define EARLIER_US (60 * STAMP_MINUTE) /* clocks of those who sent it */
#define STANDING (1ull << 62)          /* in `after`: of the open cases */

struct explain {
    struct reading *r;
    struct question *q;
    uint64_t start; /* number of the first entry looked at */
    struct addends adds;
    struct writer w;
    uint64_t after; /* 0: that was all */
};

static bool stands(const struct addend *a, const struct digest_wish *w)
{
    bool then = a->third <= w->until && a->day > w->until;
    switch (w->figure) {
    case FIGURE_OPEN:
        return a->kind == ADDEND_OPEN && then;
    case FIGURE_DUE_TOMORROW:
        return a->kind == ADDEND_OWED && then && a->second == w->until + 1;
    case FIGURE_OVERDUE:
        return a->kind == ADDEND_LATE && a->second <= w->until && a->day > w->until;
    default:
        return a->kind == ADDEND_COUNT && a->what == w->figure && a->day >= w->from &&
               a->day <= w->until;
    }
}

static void put_case(struct explain *x, uint64_t seq)
{
    const struct digest_wish *wish = &x->q->digest;
    struct case_row c;
    char ticket[TICKET_BYTES];
    if (!reading_case(x->r, seq, &c))
        return;
    figures_of(&c, &x->adds);
    uint64_t n = 0;
    const struct addend *first = NULL;
    for (unsigned i = 0; i < x->adds.n; i++) {
        const struct addend *a = &x->adds.at[i];
        if (!stands(a, wish) || (wish->skpd.n > 0 && !slice_same(wish->skpd, a->skpd)))
            continue;
        first = first != NULL ? first : a;
        n += a->amount;
    }
    if (first == NULL)
        return;
    ticket_write((struct ticket){c.kind, c.day, c.counter}, ticket);
    size_t at = writer_open_map(&x->w);
    uint32_t pairs = pair_text(&x->w, "ticket", ticket) + pair_uint(&x->w, "case", c.seq);
    pairs += pair_uint(&x->w, "n", n) + pair_str(&x->w, "skpd", first->skpd);
    pairs += pair_word(&x->w, "state", WORDS_STATE, c.state);
    pairs += pair_str(&x->w, "category", c.category) + pair_time(&x->w, "at", first->at_us);
    writer_close_map(&x->w, at, pairs);
    x->q->rows++;
}

/* The first entry of a case since the start; 0: there is none. */
static uint64_t first_since(struct explain *x, uint64_t case_seq)
{
    struct rowkey k = rowkey_seq(case_seq);
    struct walk w;
    if (case_seq >= x->start)
        return case_seq;
    rowkey_u64(&k, x->start);
    if (!walk_from(&w, &x->r->views, TABLE_HISTORY, &k))
        return 0;
    uint64_t seq = rowkey_read_u64(w.key.p) == case_seq ? rowkey_read_u64(w.key.p + 8) : 0;
    walk_close(&w);
    return seq;
}

static bool page_full(const struct explain *x)
{
    return x->q->rows >= ROWS_MOST || x->w.n > QUERY_ANSWER_BYTES / 4;
}

/* True: there are more. */
static bool explain_entries(struct explain *x, uint64_t after)
{
    uint64_t seq = after + 1 > x->start ? after + 1 : x->start, upto = reading_views_at(x->r);
    for (unsigned looked = 0; seq <= upto; seq++, looked++) {
        struct slice row;
        struct facts f;
        if (looked == ENTRIES_MOST || page_full(x)) {
            x->after = seq - 1;
            return true;
        }
        if (!rows_at(&x->r->log, seq, &row) || entry_row_read(seq, row, &f, NULL) != ENTRY_FINE)
            continue;
        if (f.case_seq != 0 && first_since(x, f.case_seq) == seq)
            put_case(x, f.case_seq);
    }
    return false;
}

static void explain_standing(struct explain *x, uint64_t after)
{
    bool any;
    uint32_t newest = index_newest_chunk(&x->r->views, &any);
    uint32_t chunk = (uint32_t)((after + 1) / INDEX_CHUNK), looked = 0;
    for (; any && chunk <= newest && (uint64_t)chunk * INDEX_CHUNK < x->start; chunk++, looked++) {
        struct index_set set;
        const struct filter all = {0};
        reading_match(x->r, &all, true, chunk, &set);
        for (uint32_t i = 0; i < INDEX_CHUNK; i++) {
            uint64_t seq = (uint64_t)chunk * INDEX_CHUNK + i;
            if (seq <= after || !index_set_has(&set, i) || first_since(x, seq) != 0)
                continue;
            put_case(x, seq);
            after = seq;
            if (page_full(x)) {
                x->after = STANDING + seq;
                return;
            }
        }
        if (looked == CHUNKS_MOST) {
            x->after = STANDING + (uint64_t)(chunk + 1) * INDEX_CHUNK - 1;
            return;
        }
    }
}

int explain_answer(struct reading *r, struct question *q)
{
    struct explain *x = arena_alloc(&q->arena, sizeof *x);
    int64_t from_us = (int64_t)q->digest.from * STAMP_DAY - FIGURES_OFFSET_S * STAMP_SECOND;
    bool standing = q->digest.figure >= FIGURE_OPEN;
    x->r = r;
    x->q = q;
    x->start = rows_since(&r->log, from_us - EARLIER_US);
    writer_init(&x->w, r->buffer, QUERY_ANSWER_BYTES);
    size_t map = writer_open_map(&x->w);
    writer_text(&x->w, "rows");
    size_t at = writer_open_array(&x->w);
    bool more = q->seq < STANDING && explain_entries(x, q->seq);
    if (!more && standing)
        explain_standing(x, q->seq >= STANDING ? q->seq - STANDING : 0);
    writer_close_array(&x->w, at, q->rows);
    uint32_t pairs = 1 + pair_uint(&x->w, "as_of", reading_views_at(r));
    if (x->after != 0)
        pairs += pair_uint(&x->w, "after", x->after);
    writer_close_map(&x->w, map, pairs);
    q->body = reading_keep(q, &x->w);
    return x->w.err == 0 ? V_DONE : E_BUG;
}
