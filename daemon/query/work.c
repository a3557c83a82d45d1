/* The queues of the desks: what may be taken now, and what failed too often. */
#include "daemon/views/queue.h"
#include "daemon/views/show.h"
#include "proto/pairs.h"
#include "proto/verdict.h"
#include "reading.h"

#define LOOKED_MOST 20000u /* items in front of the first one that may be taken */
#define DEAD_MOST 500u

static struct slice pack_event(struct reading *r, struct question *q, uint64_t case_seq)
{
    struct case_row c;
    struct facts f;
    struct entry e;
    struct writer w;
    if (!reading_case(r, case_seq, &c) || !reading_row(r, q, case_seq, &f, &e))
        return (struct slice){0};
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    struct show_now now = show_now_of(&c);
    show_row(&w, q->role, &f, &e, &now);
    return w.err == 0 ? reading_keep(q, &w) : (struct slice){0};
}

static void sooner(struct question *q, int64_t us)
{
    if (q->next_us == 0 || us < q->next_us)
        q->next_us = us;
}

int work_answer(struct reading *r, struct question *q)
{
    struct queue_item item;
    struct walk walk;
    unsigned looked = 0;
    q->items = arena_alloc(&q->arena, (q->limit + 1) * sizeof *q->items);
    bool more = queue_from(&walk, &r->views, TABLE_QUEUE, q->filter.own, &item);
    for (; more && q->found < q->limit && looked < LOOKED_MOST;
         more = queue_next(&walk, q->filter.own, &item), looked++) {
        if (item.state != QUEUE_READY)
            continue;
        if (item.until_us > q->now_us) {
            sooner(q, item.until_us);
            continue;
        }
        struct slice row = pack_event(r, q, item.case_seq);
        if (row.n > 0)
            q->items[q->found++] =
                (struct desk_item){item.case_seq, item.queued, item.part, item.attempt, row};
    }
    if (more)
        walk_close(&walk);
    return V_DONE;
}

static struct slice title_of(const struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        if (slice_is(reader_str(&r), "title") && reader_peek(&r) == PACK_STR)
            return reader_str(&r);
        reader_skip(&r);
    }
    return (struct slice){0};
}

static void show_fails(struct writer *w, const struct queue_item *item)
{
    writer_text(w, "failed");
    writer_array(w, item->fails_n);
    for (unsigned i = 0; i < item->fails_n; i++) {
        size_t at = writer_open_map(w);
        uint32_t pairs = pair_time(w, "at", item->fails[i].at_us);
        pairs += pair_str(w, "source", item->fails[i].source);
        pairs += pair_str(w, "reason", item->fails[i].reason);
        writer_close_map(w, at, pairs);
    }
}

static bool show_dead(struct reading *r, struct question *q, struct writer *w,
                      const struct queue_item *item)
{
    struct case_row c;
    struct facts f;
    struct entry e;
    char ticket[TICKET_BYTES];
    if (!reading_case(r, item->case_seq, &c) || !reading_row(r, q, item->case_seq, &f, &e))
        return false;
    ticket_write((struct ticket){c.kind, c.day, c.counter}, ticket);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_uint(w, "case", c.seq) + pair_text(w, "ticket", ticket);
    pairs += pair_str(w, "skpd", item->skpd) + pair_str(w, "title", title_of(&e));
    pairs += pair_word(w, "mode", WORDS_MODE, c.mode);
    pairs += pair_uint(w, "attempts", item->attempt) + 1;
    show_fails(w, item);
    writer_close_map(w, at, pairs);
    return true;
}

int dead_answer(struct reading *r, struct question *q)
{
    struct queue_item item;
    struct writer w;
    struct walk walk;
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t map = writer_open_map(&w);
    writer_text(&w, "items");
    size_t at = writer_open_array(&w);
    bool more = queue_from(&walk, &r->views, TABLE_DEAD, q->filter.own, &item);
    for (; more && q->rows < DEAD_MOST; more = queue_next(&walk, q->filter.own, &item))
        q->rows += show_dead(r, q, &w, &item);
    if (more)
        walk_close(&walk);
    writer_close_array(&w, at, q->rows);
    writer_close_map(&w, map, 1 + pair_bool(&w, "more", more));
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}
