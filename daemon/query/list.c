/* Cases that are what was asked: chunk by chunk through the index (find.h), then row by row. A page
 * ends at its limit of rows, bytes or work, and says where to go on. */
#include "daemon/views/past.h"
#include "daemon/views/rows.h"
#include "daemon/views/show.h"
#include "find.h"
#include "proto/pairs.h"
#include "proto/verdict.h"

/* Rows of index and journal read for one page, and for one answer that counts: some 2 us each. */
#define PAGE_COST 1500u
#define COUNT_COST 15000u

struct page {
    struct find find;
    struct reading *r;
    struct question *q;
    struct writer w;
    uint64_t from, until;    /* numbers received in the time asked for */
    bool timed, historic;    /* a time was asked for; there may be cases received elsewhere */
    struct index_set before; /* those of the chunk at hand */
    uint64_t last;           /* number after which the next page begins */
    uint32_t rows;
    uint64_t total;
    uint64_t counted_to; /* counting stopped there; 0: it is done */
    bool more;           /* a row was left out */
};

/* Times rise with numbers, so a span of time is a span of numbers; but for what was received
 * elsewhere and brought in later, which is looked at case by case. */
static void find_span(struct page *p)
{
    struct question *q = p->q;
    uint64_t low, high;
    p->from = q->since_us != 0 ? rows_since(&p->r->log, q->since_us) : 1;
    p->until = q->until_us != 0 ? rows_since(&p->r->log, q->until_us) : UINT64_MAX;
    p->timed = q->since_us != 0 || q->until_us != 0;
    past_span(&p->r->views, &low, &high);
    p->historic = p->timed && low != 0;
    bool none = p->from >= p->until;
    p->find.low = p->historic && (none || low < p->from) ? low : p->from;
    p->find.high = p->historic && (none || high >= p->until) ? high + 1 : p->until;
    if (q->as_of_us != 0)
        q->as_of = rows_since(&p->r->log, q->as_of_us + 1) - 1;
    if (q->as_of == 0 && q->as_of_us != 0) /* before the first entry nothing was known */
        p->find.high = p->find.low;
}

static bool in_time(struct page *p, uint64_t seq)
{
    const struct question *q = p->q;
    struct case_row c UNCLEARED;
    if (!p->historic || !index_set_has(&p->before, (uint32_t)(seq % INDEX_CHUNK)))
        return seq >= p->from && seq < p->until;
    p->find.cost++;
    return reading_case(p->r, seq, &c) && (q->since_us == 0 || c.received_us >= q->since_us) &&
           (q->until_us == 0 || c.received_us < q->until_us);
}

static bool beyond(const struct question *q, uint64_t mark, uint64_t seq)
{
    return mark != 0 && (q->reverse ? seq <= mark : seq >= mark);
}

static struct show_now now_or_then(struct page *p, uint64_t seq, const struct case_row *c,
                                   struct facts *then)
{
    if (!p->find.older || !find_changed(&p->find, seq, then))
        return show_now_of(c);
    return (struct show_now){.version = then->version,
                             .state = then->state,
                             .severity = then->severity,
                             .call_class = then->call_class,
                             .owner = then->owner};
}

static void put_case(struct page *p, uint64_t seq)
{
    struct case_row c UNCLEARED;
    struct facts f, then;
    struct entry e UNCLEARED;
    if (p->more || p->rows >= p->q->limit || p->w.n > QUERY_ANSWER_BYTES / 4) {
        p->more = true;
        return;
    }
    if (!reading_case(p->r, seq, &c) || !reading_row(p->r, p->q, seq, &f, &e))
        return;
    struct show_now now = now_or_then(p, seq, &c, &then);
    show_row(&p->w, p->q->role, &f, &e, &now);
    p->last = seq;
    p->rows++;
    p->find.rows++;
    p->find.cost += 2;
}

/* Whether to stop behind this number, in the order asked for. */
static bool worn_out(struct page *p, uint64_t seq)
{
    if (p->find.cost < (p->q->count ? COUNT_COST : PAGE_COST))
        return false;
    if (!p->more)
        p->last = seq;
    p->more = true;
    p->counted_to = p->q->count ? seq : 0;
    return true;
}

static void take_case(struct page *p, uint64_t seq)
{
    p->total += !beyond(p->q, p->q->counted_to, seq);
    if (!beyond(p->q, p->q->seq, seq))
        put_case(p, seq);
}

/* The numbers of one chunk that match, in the order asked for. False: the page is full and nobody
 * counts, or there was too much to look at. */
static bool take_chunk(struct page *p, uint32_t chunk)
{
    struct index_set sure, may;
    const bool up = p->q->reverse;
    uint64_t base = (uint64_t)chunk * INDEX_CHUNK;
    find_chunk(&p->find, chunk, &sure, &may);
    if (p->historic) {
        index_set_clear(&p->before);
        index_or(&p->r->views, chunk, INDEX_HISTORIC, (struct slice){0}, &p->before);
    }
    for (uint32_t i = 0; i < INDEX_CHUNK; i++) {
        uint32_t place = up ? i : INDEX_CHUNK - 1 - i;
        uint64_t seq = base + place;
        if (may.word[place / 64] == 0) { /* sixty-four at once */
            i |= 63;
            continue;
        }
        if (!index_set_has(&may, place) || seq < p->find.low || seq >= p->find.high ||
            !in_time(p, seq))
            continue;
        if (index_set_has(&sure, place) || find_is(&p->find, seq))
            take_case(p, seq);
        if ((p->more && !p->q->count) || worn_out(p, seq))
            return false;
    }
    bool end = !up && base == 0; /* nothing lies behind it */
    return end || !worn_out(p, up ? base + INDEX_CHUNK - 1 : base);
}

static void walk_chunks(struct page *p)
{
    bool any;
    uint32_t newest = index_newest_chunk(&p->r->views, &any);
    const bool up = p->q->reverse;
    uint64_t first = p->find.low, last = p->find.high - 1;
    uint64_t mark = p->q->count ? p->q->counted_to : p->q->seq;
    if (mark != 0 && up && mark + 1 > first)
        first = mark + 1;
    if (mark != 0 && !up && mark - 1 < last)
        last = mark - 1;
    if (!any || p->find.high <= p->find.low || first > last)
        return;
    uint32_t from = (uint32_t)(first / INDEX_CHUNK);
    uint32_t to = last / INDEX_CHUNK < newest ? (uint32_t)(last / INDEX_CHUNK) : newest;
    for (uint32_t i = 0; from + i <= to; i++)
        if (!take_chunk(p, up ? from + i : to - i))
            return;
}

int list_answer(struct reading *r, struct question *q)
{
    struct page p = {.r = r, .q = q};
    writer_init(&p.w, r->buffer, QUERY_ANSWER_BYTES);
    find_span(&p);
    find_begin(&p.find, r, q);
    size_t at = writer_open_map(&p.w);
    writer_text(&p.w, "rows");
    size_t rows = writer_open_array(&p.w);
    walk_chunks(&p);
    writer_close_array(&p.w, rows, p.rows);
    uint32_t pairs = 1 + pair_uint(&p.w, "as_of", p.find.older ? q->as_of : reading_views_at(r));
    pairs += pair_uint(&p.w, "head", rows_newest(&r->log));
    if (p.more)
        pairs += pair_uint(&p.w, "after", p.last);
    pairs += pair_uint_if(&p.w, "damaged", q->damaged);
    if (q->count)
        pairs += pair_uint(&p.w, "total", p.total);
    pairs += pair_uint_if(&p.w, "counted_to", p.counted_to);
    if (q->explain)
        pairs += find_explain(&p.find, &p.w);
    writer_close_map(&p.w, at, pairs);
    q->body = reading_keep(q, &p.w);
    q->rows = p.rows;
    return p.w.err == 0 ? V_DONE : E_BUG;
}
