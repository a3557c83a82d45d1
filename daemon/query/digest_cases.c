/* The cases a digest names: by ticket, SKPD, category and times, never by a text, so that what is
 * erased later was in no report. */
#include "digest.h"
#include "daemon/views/rows.h"
#include "daemon/views/stints.h"
#include "daemon/views/views.h"
#include "proto/pairs.h"
#include "proto/stamp.h"

#define LOOKED_MOST 20000u /* rows of a month's ranks, of what is late, of timers */

bool digest_tells_cases(const struct question *q)
{
    return q->role != ROLE_ADMIN; /* figures only */
}

bool digest_tells(const struct question *q, const struct case_row *c)
{
    bool real = c->mode == MODE_ACTUAL && c->call_class == CALL_CLASS_REAL && c->into.kind == 0;
    return digest_tells_cases(q) && real && (!q->filter.public_only || c->public == CASE_PUBLIC);
}

static int64_t day_begins(uint32_t day)
{
    return (int64_t)day * STAMP_DAY - FIGURES_OFFSET_S * STAMP_SECOND;
}

static bool in_span(const struct question *q, int64_t us)
{
    uint32_t day = figures_day(us);
    return day >= q->digest.from && day <= q->digest.until;
}

static bool of_skpd(const struct question *q, struct slice skpd)
{
    return q->digest.skpd.n == 0 || slice_same(q->digest.skpd, skpd);
}

static uint32_t pair_ticket(struct writer *w, const struct case_row *c)
{
    char ticket[TICKET_BYTES];
    ticket_write((struct ticket){c->kind, c->day, c->counter}, ticket);
    return pair_text(w, "ticket", ticket) + pair_str(w, "category", c->category) +
           pair_word(w, "state", WORDS_STATE, c->state);
}

static uint32_t pair_span(struct writer *w, const char *name, int64_t us)
{
    return pair_uint(w, name, us > 0 ? (uint64_t)(us / STAMP_SECOND) : 0);
}

/* ---- the best and the worst of what was done ---- */

static struct stint stint_at(const struct case_row *c, unsigned place)
{
    return place < c->stints_n ? c->stints[place] : stints_last(c);
}

static bool put_rank(struct reading *r, struct question *q, struct writer *w, struct slice key)
{
    struct case_row c;
    if (key.n != 18 || !reading_case(r, rowkey_read_u64(key.p + 9), &c) || !digest_tells(q, &c))
        return false;
    struct stint s = stint_at(&c, (uint8_t)key.p[17]);
    int64_t base = s.began == STINT_REOPENED ? s.from_us : c.received_us;
    if (!in_span(q, s.until_us) || !of_skpd(q, s.skpd))
        return false;
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_ticket(w, &c) + pair_str(w, "skpd", s.skpd);
    pairs += pair_time(w, "received_at", c.received_us) + pair_time(w, "done_at", s.until_us);
    pairs +=
        pair_span(w, "promised_s", s.due_us - base) + pair_span(w, "took_s", s.judged_us - base);
    pairs += pair_bool(w, "kept", s.broken_us == 0);
    writer_close_map(w, at, pairs);
    return true;
}

static bool ranks_end(struct walk *w, struct txn *t, uint32_t month)
{
    struct rowkey k = rowkey_new();
    rowkey_u32(rowkey_u8(&k, FIGURES_RANK), month + 1);
    return walk_from(w, t, TABLE_FIGURES, &k) ? walk_prev(w) : walk_last(w, t, TABLE_FIGURES);
}

static bool is_rank(const struct walk *w, uint32_t first, uint32_t last)
{
    uint32_t month = w->key.n > 5 ? rowkey_read_u32(w->key.p + 1) : 0;
    return w->key.n > 5 && *w->key.p == FIGURES_RANK && month >= first && month <= last;
}

/* From one end of the ranks. More than one month is looked through month by month. */
static uint32_t put_ranks(struct reading *r, struct question *q, struct writer *w, bool worst)
{
    uint32_t first = figures_month(q->digest.from), last = figures_month(q->digest.until), n = 0;
    struct rowkey k = rowkey_new();
    struct walk walk;
    writer_text(w, worst ? "worst" : "best");
    size_t at = writer_open_array(w);
    rowkey_u32(rowkey_u8(&k, FIGURES_RANK), first);
    bool more =
        worst ? ranks_end(&walk, &r->views, last) : walk_from(&walk, &r->views, TABLE_FIGURES, &k);
    for (unsigned looked = 0;
         more && is_rank(&walk, first, last) && n < DIGEST_CASES_MOST && looked < LOOKED_MOST;
         looked++) {
        n += put_rank(r, q, w, walk.key);
        more = worst ? walk_prev(&walk) : walk_next(&walk);
    }
    if (more)
        walk_close(&walk);
    writer_close_array(w, at, n);
    return 1;
}

/* ---- what is owed ---- */

static bool put_owed(struct reading *r, struct question *q, struct writer *w,
                     const struct timer_row *row)
{
    struct case_row c;
    if (row->part != 0 || !reading_case(r, row->case_seq, &c) || !digest_tells(q, &c) ||
        figures_day(c.received_us) > q->digest.until || !of_skpd(q, cases_owner(&c)))
        return false;
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_ticket(w, &c) + pair_str(w, "skpd", cases_owner(&c));
    pairs += pair_time(w, "received_at", c.received_us) + pair_time(w, "due_at", row->at_us);
    pairs += pair_str(w, "target", c.parts[0].resolve_target);
    writer_close_map(w, at, pairs);
    return true;
}

/* Rows of one sort between two times, the earliest first. */
static uint32_t put_timers(struct reading *r, struct question *q, struct writer *w,
                           const char *name, enum store_table table, uint8_t sort, int64_t from_us,
                           int64_t until_us, unsigned most)
{
    struct timer_row from = {.at_us = from_us}, row;
    struct walk walk;
    uint32_t n = 0;
    writer_text(w, name);
    size_t at = writer_open_array(w);
    bool more = timers_from(&walk, &r->views, table, &from, &row);
    for (unsigned looked = 0; more && row.at_us < until_us && n < most && looked < LOOKED_MOST;
         more = timers_next(&walk, &row), looked++)
        n += row.timer == sort && put_owed(r, q, w, &row);
    if (more)
        walk_close(&walk);
    writer_close_array(w, at, n);
    return 1;
}

/* ---- instructions ---- */

static bool put_instruction(struct reading *r, struct question *q, struct writer *w, uint64_t seq)
{
    struct case_row c;
    if (!reading_case(r, seq, &c) || !digest_tells(q, &c) || !in_span(q, c.received_us) ||
        !of_skpd(q, cases_owner(&c)))
        return false;
    struct stint s = stints_last(&c);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_ticket(w, &c) + pair_str(w, "skpd", s.skpd);
    pairs += pair_time(w, "received_at", c.received_us);
    pairs += pair_time(w, "due_at", c.parts[0].resolve_due);
    pairs += pair_time(w, "done_at", s.ended == STINT_DONE ? s.until_us : 0);
    pairs += pair_word(w, "outcome", WORDS_OUTCOME, c.parts[0].outcome);
    pairs += pair_bool(w, "missed", s.broken_us != 0);
    writer_close_map(w, at, pairs);
    return true;
}

static uint32_t put_instructions(struct reading *r, struct question *q, struct writer *w)
{
    uint32_t first = figures_month(q->digest.from), last = figures_month(q->digest.until), n = 0;
    struct rowkey k = rowkey_new();
    struct walk walk;
    writer_text(w, "instructions");
    size_t at = writer_open_array(w);
    rowkey_u32(rowkey_u8(&k, FIGURES_ORDER), first);
    bool more = walk_from(&walk, &r->views, TABLE_FIGURES, &k);
    for (; more && walk.key.n == 13 && *walk.key.p == FIGURES_ORDER &&
           rowkey_read_u32(walk.key.p + 1) <= last && n < DIGEST_INSTRUCTIONS_MOST;
         more = walk_next(&walk))
        n += put_instruction(r, q, w, rowkey_read_u64(walk.key.p + 5));
    if (more)
        walk_close(&walk);
    writer_close_array(w, at, n);
    return 1;
}

uint32_t digest_cases(struct reading *r, struct question *q, struct writer *w)
{
    int64_t tomorrow = day_begins(q->digest.until + 1);
    if (!digest_tells_cases(q))
        return 0;
    uint32_t pairs = put_ranks(r, q, w, true) + put_ranks(r, q, w, false);
    pairs += put_timers(r, q, w, "late", TABLE_LATE, LATE_RESOLVE, 0, tomorrow, DIGEST_CASES_MOST);
    pairs += put_timers(r, q, w, "due", TABLE_TIMERS, TIMER_OVERDUE, tomorrow, tomorrow + STAMP_DAY,
                        DIGEST_DUE_MOST);
    return pairs + put_instructions(r, q, w);
}
