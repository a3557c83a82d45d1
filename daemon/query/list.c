/* Cases that pass a filter: chunk by chunk through the index, then row by row. A page ends at its
 * limit of rows or bytes and says where to go on. */
#include "daemon/views/index.h"
#include "daemon/views/rows.h"
#include "daemon/views/show.h"
#include "proto/verdict.h"
#include "reading.h"

struct page {
    struct reading *r;
    struct question *q;
    struct writer w;
    uint64_t low, high; /* numbers a case may have: low <= n < high */
    uint64_t last;      /* number of the last row written */
    uint32_t rows;
    uint64_t total;
    bool more; /* a row was left out */
};

/* Times rise with numbers, so a span of time is a span of numbers. */
static void find_span(struct page *p)
{
    const struct question *q = p->q;
    p->low = q->since_us != 0 ? rows_since(&p->r->log, q->since_us) : 1;
    p->high = q->until_us != 0 ? rows_since(&p->r->log, q->until_us) : UINT64_MAX;
}

static bool beyond_page(const struct page *p, uint64_t seq)
{
    const struct question *q = p->q;
    return q->seq != 0 && (q->reverse ? seq <= q->seq : seq >= q->seq);
}

static void put_case(struct page *p, uint64_t seq)
{
    struct case_row c;
    struct facts f;
    struct entry e;
    if (p->rows >= p->q->limit || p->w.n > QUERY_ANSWER_BYTES / 4) {
        p->more = true;
        return;
    }
    if (!cases_get(&p->r->views, seq, &c) || !reading_row(p->r, p->q, seq, &f, &e))
        return;
    struct show_now now = show_now_of(&c);
    show_row(&p->w, p->q->role, &f, &e, &now);
    p->last = seq;
    p->rows++;
}

/* The numbers of one chunk that match, in the order asked for. False: the page is full and nobody
 * counts. */
static bool take_chunk(struct page *p, uint32_t chunk)
{
    struct index_set set;
    reading_match(p->r, &p->q->filter, p->q->open, chunk, &set);
    for (uint32_t i = 0; i < INDEX_CHUNK; i++) {
        uint32_t place = p->q->reverse ? i : INDEX_CHUNK - 1 - i;
        uint64_t seq = (uint64_t)chunk * INDEX_CHUNK + place;
        if (set.word[place / 64] == 0) { /* sixty-four at once */
            i |= 63;
            continue;
        }
        if (!index_set_has(&set, place) || seq < p->low || seq >= p->high)
            continue;
        p->total++;
        if (beyond_page(p, seq))
            continue;
        if (!p->more)
            put_case(p, seq);
        if (p->more && !p->q->count)
            return false;
    }
    return true;
}

static void walk_chunks(struct page *p)
{
    bool any;
    uint32_t newest = index_newest_chunk(&p->r->views, &any);
    uint64_t first = p->low, last = p->high - 1;
    if (p->q->seq != 0 && !p->q->count) {
        if (p->q->reverse && p->q->seq + 1 > first)
            first = p->q->seq + 1;
        if (!p->q->reverse && p->q->seq - 1 < last)
            last = p->q->seq - 1;
    }
    if (!any || p->high <= p->low || first > last)
        return;
    uint32_t from = (uint32_t)(first / INDEX_CHUNK);
    uint32_t to = last / INDEX_CHUNK < newest ? (uint32_t)(last / INDEX_CHUNK) : newest;
    for (uint32_t i = 0; from + i <= to; i++)
        if (!take_chunk(p, p->q->reverse ? from + i : to - i))
            return;
}

int list_answer(struct reading *r, struct question *q)
{
    struct page p = {.r = r, .q = q};
    writer_init(&p.w, r->buffer, QUERY_ANSWER_BYTES);
    find_span(&p);
    size_t at = writer_open_map(&p.w);
    writer_text(&p.w, "rows");
    size_t rows = writer_open_array(&p.w);
    walk_chunks(&p);
    writer_close_array(&p.w, rows, p.rows);
    uint32_t pairs = 3;
    writer_text(&p.w, "as_of");
    writer_uint(&p.w, reading_views_at(r));
    writer_text(&p.w, "head");
    writer_uint(&p.w, rows_newest(&r->log));
    if (p.more) {
        writer_text(&p.w, "after");
        writer_uint(&p.w, p.last);
        pairs++;
    }
    if (q->damaged != 0) {
        writer_text(&p.w, "damaged");
        writer_uint(&p.w, q->damaged);
        pairs++;
    }
    if (q->count) {
        writer_text(&p.w, "total");
        writer_uint(&p.w, p.total);
        pairs++;
    }
    writer_close_map(&p.w, at, pairs);
    q->body = reading_keep(q, &p.w);
    q->rows = p.rows;
    return p.w.err == 0 ? V_DONE : E_BUG;
}
