/* Times: timers that are due, open parts one after another, and the list of what is late or will
 * be.
 */
#include "daemon/views/index.h"
#include "daemon/views/queue.h"
#include "daemon/views/show.h"
#include "proto/pairs.h"
#include "proto/verdict.h"
#include "reading.h"

#define LOOKED_MOST 20000u /* rows of a table looked at for one answer */

/* ---- a part with all that its times follow from ---- */

/* Category and kelurahan stand in the event's row alone. */
static void find_where(struct reading *r, struct question *q, struct due_part *d)
{
    struct facts f;
    struct entry e;
    if (!reading_row(r, q, d->c.seq, &f, &e))
        return;
    struct slice category = show_value(&e, "category"), kelurahan = show_value(&e, "kelurahan");
    d->category = arena_copy(&q->arena, category.p, category.n);
    d->kelurahan = arena_copy(&q->arena, kelurahan.p, kelurahan.n);
}

static void take_wait(struct due_part *d, const struct facts *f)
{
    bool its = f->part == d->timer.part && f->what == ENTRY_MOVE;
    if (!its || words_state_waits(f->part_from) == words_state_waits(f->part_state))
        return;
    if (words_state_waits(f->part_state)) {
        if (d->waits_n < DUE_WAITS_MOST)
            d->wait_from[d->waits_n] = d->wait_to[d->waits_n] = f->at_us;
        d->waits_n++;
    } else if (d->waits_n > 0 && d->waits_n <= DUE_WAITS_MOST) {
        d->wait_to[d->waits_n - 1] = f->at_us;
    }
}

/* An order holds until the times were counted by it. */
static void take_order(struct due_part *d, const struct facts *f)
{
    if (f->part != d->timer.part)
        return;
    if (f->what == ENTRY_MOVE && f->act == ACT_RETARGET)
        d->ordered_us = f->at_us;
    else if (f->what == ENTRY_CLOCK)
        d->ordered_us = 0;
}

static void find_waits(struct reading *r, struct question *q, struct due_part *d)
{
    struct rowkey from = rowkey_seq(d->c.seq);
    struct walk walk;
    const struct part *p = &d->c.parts[d->timer.part];
    bool counted = d->timer.timer == TIMER_CLOCK || d->timer.timer == TIMER_NONE;
    bool more = counted && walk_from(&walk, &r->views, TABLE_HISTORY, &from);
    for (; more && rowkey_read_u64(walk.key.p) == d->c.seq; more = walk_next(&walk)) {
        struct facts f;
        if (!reading_row(r, q, rowkey_read_u64(walk.key.p + 8), &f, NULL) || f.at_us < p->base_us)
            continue;
        take_wait(d, &f);
        take_order(d, &f);
    }
    if (more)
        walk_close(&walk);
    if (d->waits_n > DUE_WAITS_MOST)
        d->waits_n = DUE_WAITS_MOST;
}

/* NULL: the case or its part is not there any more. */
static struct due_part *read_part(struct reading *r, struct question *q,
                                  const struct timer_row *timer)
{
    struct due_part *d = arena_alloc(&q->arena, sizeof *d);
    struct slice row;
    if (!cases_row(&r->views, timer->case_seq, &row))
        return NULL;
    row = arena_copy(&q->arena, row.p, row.n);
    d->timer = *timer;
    if (!cases_read(timer->case_seq, row, &d->c) || timer->part >= d->c.parts_n)
        return NULL;
    struct queue_item item;
    if (timer->timer == TIMER_LEASE && queue_get(&r->views, &d->c, timer->part, &item))
        d->attempt = item.attempt;
    find_where(r, q, d);
    find_waits(r, q, d);
    return d;
}

int where_answer(struct reading *r, struct question *q)
{
    struct due_part *d = arena_alloc(&q->arena, sizeof *d);
    uint64_t seq = q->ticket.kind != 0 ? cases_by_ticket(&r->views, q->ticket) : q->seq;
    q->due = arena_alloc(&q->arena, sizeof *q->due);
    q->due[0] = d;
    if (seq == 0 || !reading_case(r, seq, &d->c))
        return E_NOT_FOUND;
    find_where(r, q, d);
    return V_DONE;
}

static void put_part(struct reading *r, struct question *q, const struct timer_row *timer)
{
    struct due_part *d = read_part(r, q, timer);
    if (d != NULL)
        q->due[q->found++] = d;
}

int timers_answer(struct reading *r, struct question *q)
{
    struct timer_row t;
    struct walk walk;
    q->due = arena_alloc(&q->arena, (q->limit + 1) * sizeof *q->due);
    bool more = timers_from(&walk, &r->views, TABLE_TIMERS, NULL, &t);
    for (; more && t.at_us <= q->now_us && q->found < q->limit; more = timers_next(&walk, &t))
        put_part(r, q, &t);
    if (more) {
        q->next_us = t.at_us;
        walk_close(&walk);
    }
    return V_DONE;
}

/* Every open part whose times follow the calendar, case by case. */
static void sweep_case(struct reading *r, struct question *q, uint64_t seq)
{
    struct case_row c;
    if (!reading_case(r, seq, &c))
        return;
    for (uint8_t i = 0; i < c.parts_n; i++) {
        struct timer_row t = {.case_seq = seq, .part = i};
        if (cases_part_open(&c.parts[i]) &&
            (c.parts[i].ack_target.n > 0 || c.parts[i].resolve_target.n > 0))
            put_part(r, q, &t);
    }
    q->next = seq;
}

int sweep_answer(struct reading *r, struct question *q)
{
    bool any;
    uint32_t newest = index_newest_chunk(&r->views, &any);
    uint32_t chunk = (uint32_t)((q->seq + 1) / INDEX_CHUNK);
    q->due = arena_alloc(&q->arena, (q->limit + ENTRY_PARTS_MAX) * sizeof *q->due);
    for (; any && chunk <= newest; chunk++) {
        struct index_set set;
        reading_match(r, &q->filter, true, chunk, &set);
        for (uint32_t i = 0; i < INDEX_CHUNK; i++) {
            uint64_t seq = (uint64_t)chunk * INDEX_CHUNK + i;
            if (seq <= q->seq || !index_set_has(&set, i))
                continue;
            sweep_case(r, q, seq);
            if (q->found >= q->limit)
                return V_DONE;
        }
    }
    q->next = 0;
    return V_DONE;
}

/* ---- what is late or will be ---- */

struct due_list {
    struct reading *r;
    struct question *q;
    struct writer w;
    bool more;
};

/* late: rows of the table of what is late; else timers, among which what is late already would be
 * told twice. */
static bool show_due(struct due_list *l, const struct timer_row *t, enum late_what what, bool late)
{
    struct case_row c;
    struct facts f;
    struct entry e;
    char helpers[CASES_HELPERS_BYTES];
    if (!reading_case(l->r, t->case_seq, &c) || t->part >= c.parts_n)
        return false;
    const struct part *p = &c.parts[t->part];
    struct filter_subject subject = show_subject_of(&c, helpers);
    int64_t due = timers_owed(p, what);
    bool others = l->q->filter.own.n > 0 && !slice_same(l->q->filter.own, p->skpd);
    bool told = !late && (what == LATE_ACK ? p->ack_late : p->overdue);
    if (due == 0 || told || others || c.mode != MODE_ACTUAL || /* an exercise is in no figure */
        !filter_passes(&l->q->filter, &subject) || !reading_row(l->r, l->q, t->case_seq, &f, &e))
        return false;
    struct show_now now = show_now_of(&c);
    uint32_t pairs;
    size_t at = show_open_row(&l->w, l->q->role, &f, &e, &now, &pairs);
    pairs += pair_text(&l->w, "due", what == LATE_ACK ? "ack" : "resolve");
    pairs += pair_time(&l->w, "due_at", due) + pair_str(&l->w, "task", p->skpd);
    writer_close_map(&l->w, at, pairs);
    return true;
}

static bool full(struct due_list *l)
{
    if (l->q->rows >= l->q->limit || l->w.n > QUERY_ANSWER_BYTES / 4)
        l->more = true;
    return l->more;
}

/* The rows of a table up to a time, as far as one answer goes; what is left out is said (more). */
static void show_table(struct due_list *l, enum store_table table, int64_t until_us)
{
    static const enum late_what owed[CASE_TIMERS] = {
        [TIMER_ALARM] = LATE_ACK, [TIMER_OVERDUE] = LATE_RESOLVE};
    struct timer_row t;
    struct walk walk;
    unsigned looked = 0;
    bool late = table == TABLE_LATE;
    bool more = timers_from(&walk, &l->r->views, table, NULL, &t);
    for (; more && t.at_us <= until_us && looked < LOOKED_MOST && !full(l);
         more = timers_next(&walk, &t), looked++) {
        enum late_what what = late                    ? (enum late_what)t.timer
                              : t.timer < CASE_TIMERS ? owed[t.timer]
                                                      : 0;
        if (what != 0)
            l->q->rows += show_due(l, &t, what, late);
    }
    if (looked == LOOKED_MOST)
        l->more = true;
    if (more)
        walk_close(&walk);
}

int due_answer(struct reading *r, struct question *q)
{
    struct due_list l = {.r = r, .q = q};
    writer_init(&l.w, r->buffer, QUERY_ANSWER_BYTES);
    size_t map = writer_open_map(&l.w);
    writer_text(&l.w, "rows");
    size_t at = writer_open_array(&l.w);
    show_table(&l, TABLE_LATE, INT64_MAX);
    if (!full(&l))
        show_table(&l, TABLE_TIMERS, q->until_us);
    writer_close_array(&l.w, at, q->rows);
    uint32_t pairs = 1 + pair_time(&l.w, "until", q->until_us);
    pairs += pair_bool(&l.w, "more", l.more) + pair_uint(&l.w, "as_of", reading_views_at(r));
    writer_close_map(&l.w, map, pairs);
    q->body = reading_keep(q, &l.w);
    return l.w.err == 0 ? V_DONE : E_BUG;
}
