#include "feed.h"

#include <stdlib.h>

#include "daemon/base/control.h"
#include "daemon/base/log.h"
#include "daemon/views/show.h"
#include "feed_house.h"
#include "proto/words.h"

#define SILENT_US 30000000ll
#define SCRATCH_BYTES (512u << 10) /* one entry for every role that watches */

/* One entry as each role sees it, in the scratch of the feed. */
struct packed_rows {
    struct slice of[ROLE_COUNT];
    uint32_t used;
};

struct feed *feed_new(const struct feed_parts *parts)
{
    struct feed *f = calloc(1, sizeof *f);
    if (f == NULL || (f->scratch = malloc(SCRATCH_BYTES)) == NULL)
        abort();
    f->parts = *parts;
    return f;
}

static void drop_cases(struct cursor *c)
{
    if (c->cases != NULL)
        c->feed->cases -= c->cases_n;
    free(c->cases);
    c->cases = NULL;
}

static void free_cursor(struct cursor *c)
{
    arena_drop(&c->arena);
    drop_cases(c);
    free(c->pending);
    free(c);
}

/* Those that died, unless a question still points at them. */
static void bury(struct feed *f)
{
    for (struct cursor **at = &f->cursors; *at != NULL;) {
        struct cursor *c = *at;
        if (!c->dead || c->asking) {
            at = &c->next_cursor;
            continue;
        }
        *at = c->next_cursor;
        f->count--;
        free_cursor(c);
    }
}

void feed_free(struct feed **f)
{
    if (*f == NULL)
        return;
    for (struct cursor *c = (*f)->cursors; c != NULL; c = c->next_cursor) {
        c->dead = true;
        c->asking = false;
    }
    bury(*f);
    free((*f)->scratch);
    free(*f);
    *f = NULL;
}

uint32_t feed_watches(const struct feed *f)
{
    return f->count;
}

uint32_t feed_behind(const struct feed *f, uint64_t *ret_most)
{
    uint32_t behind = 0;
    *ret_most = 0;
    for (const struct cursor *c = f->cursors; c != NULL; c = c->next_cursor) {
        uint64_t left = f->head + 1 > c->next ? f->head + 1 - c->next : 0;
        if (c->dead || left == 0)
            continue;
        behind++;
        *ret_most = left > *ret_most ? left : *ret_most;
    }
    return behind;
}

void feed_reach(struct feed *f, uint64_t oldest, uint64_t head)
{
    f->oldest = oldest;
    f->head = head;
}

/* A bulk batch that is told in parts may come here behind a later urgent one. */
void feed_head(struct feed *f, uint64_t head)
{
    if (head > f->head)
        f->head = head;
}

/* ---- reading from the disk ---- */

static void go_on(struct cursor *c);
static void snapshot_answered(void *self, struct question *q);
static void rows_answered(void *self, struct question *q);

static void ask(struct cursor *c, struct question *q, void (*answered)(void *, struct question *),
                bool views)
{
    q->self = c;
    q->answered = answered;
    filter_copy(&q->filter, &c->filter, &q->arena);
    q->role = c->role;
    c->asking = true;
    c->feed->parts.ask(c->feed->parts.self, q, views);
}

/* The question is back; false when nobody wants its answer any more. */
static bool back(struct cursor *c, struct question *q)
{
    c->asking = false;
    if (!c->dead && q->verdict != V_DONE)
        cursor_send_ended(c, q->verdict);
    return !c->dead;
}

static void finish(struct cursor *c, struct question *q)
{
    struct feed *f = c->feed;
    question_free(&q);
    if (!c->dead)
        go_on(c);
    bury(f);
}

/* A record that cannot be read is a gap of one: told, never skipped in silence. */
static bool tell_damage(struct cursor *c, uint64_t seq)
{
    log_message(MESSAGE_DAMAGED,
                "entry %llu of the journal is damaged; a watch was told so; restore a backup",
                (unsigned long long)seq);
    return cursor_send_gap(c, seq, seq, "damaged");
}

static void ask_snapshot(struct cursor *c)
{
    ask(c, question_new(QUESTION_SNAPSHOT), snapshot_answered, true);
}

/* The journal went back here and on again: what the watch was told may be no more. */
static void tell_loss(struct cursor *c, struct question *q)
{
    if (q->lost_upto != 0 && q->next == c->next &&
        cursor_send_gap(c, c->next, q->lost_upto, "restored"))
        ask_snapshot(c);
}

static void ask_rows(struct cursor *c, uint64_t from, uint32_t limit)
{
    struct question *q = question_new(QUESTION_REPLAY);
    q->seq = from;
    q->upto = c->feed->head;
    q->limit = limit;
    ask(c, q, rows_answered, false);
}

/* While these rows leave, the next ones are read. */
static void ask_ahead(struct cursor *c, const struct question *q)
{
    if (q->damaged == 0 && q->lost_upto == 0 && q->next > q->seq && q->next <= c->feed->head &&
        q->rows < c->credit)
        ask_rows(c, q->next, c->credit - q->rows);
}

/* Rows read ahead of a message that then did not fit are read again when it has left. */
static void rows_answered(void *self, struct question *q)
{
    struct cursor *c = self;
    if (!back(c, q) || q->seq != c->next) {
        finish(c, q);
        return;
    }
    ask_ahead(c, q);
    if ((q->rows > 0 || q->next > c->next) && cursor_send_rows(c, q->body, q->rows, q->next))
        c->credit -= q->rows;
    if (!c->dead && q->damaged != 0 && q->damaged == c->next && tell_damage(c, q->damaged))
        c->next++;
    if (!c->dead)
        tell_loss(c, q);
    finish(c, q);
}

static void snapshot_rows_answered(void *self, struct question *q)
{
    struct cursor *c = self;
    q->cases = NULL; /* they are the cursor's */
    if (back(c, q) && cursor_send_snapshot(c, q->body, q->rows, q->taken))
        c->credit -= q->rows;
    if (!c->dead && q->damaged != 0)
        tell_damage(c, q->damaged);
    if (c->cases_told == c->cases_n)
        drop_cases(c);
    finish(c, q);
}

static void take_cases(struct cursor *c, struct question *q)
{
    c->cases = q->cases;
    c->cases_n = q->cases_n;
    c->cases_told = 0;
    c->cases_at = q->at;
    c->next = q->at + 1;
    c->feed->cases += c->cases_n;
    q->cases = NULL;
}

static void snapshot_answered(void *self, struct question *q)
{
    struct cursor *c = self;
    if (back(c, q) && q->cases_n > FEED_CASES_MOST - c->feed->cases)
        cursor_send_ended(c, E_BUSY);
    if (!c->dead) {
        take_cases(c, q);
        if (!c->announced)
            cursor_send_done(c);
        if (c->cases_n == 0 && !c->dead)
            cursor_send_snapshot(c, (struct slice){0}, 0, 0);
    }
    finish(c, q);
}

static void since_answered(void *self, struct question *q)
{
    struct cursor *c = self;
    if (back(c, q)) {
        c->next = q->next;
        cursor_send_done(c);
    }
    finish(c, q);
}

/* What a cursor does next, when it may send and nothing is under way. */
static void go_on(struct cursor *c)
{
    struct feed *f = c->feed;
    if (c->dead || c->asking || c->credit == 0 || c->stalled)
        return;
    if (c->cases != NULL) {
        struct question *q = question_new(QUESTION_SNAPSHOT_ROWS);
        q->cases = c->cases + c->cases_told;
        q->cases_n = c->cases_n - c->cases_told;
        q->limit = c->credit;
        ask(c, q, snapshot_rows_answered, false);
        return;
    }
    c->live = c->next > f->head;
    if (c->live)
        return;
    ask_rows(c, c->next, c->credit);
}

/* ---- opening and closing ---- */

static uint32_t held_by(const struct feed *f, struct slice source)
{
    uint32_t n = 0;
    for (const struct cursor *c = f->cursors; c != NULL; c = c->next_cursor)
        n += !c->dead && slice_same(c->source, source);
    return n;
}

static struct cursor *find(const struct feed *f, const struct ack_to *watch)
{
    for (struct cursor *c = f->cursors; c != NULL; c = c->next_cursor)
        if (!c->dead && ack_to_same(&c->to, watch))
            return c;
    return NULL;
}

/* A number that the journal cannot go on from is told, then the state of things, then the feed. */
static void start(struct cursor *c, const struct feed_wish *wish)
{
    struct feed *f = c->feed;
    c->next = wish->from != 0 ? wish->from : f->head + 1;
    c->next += control("off_by_one") && c->next > 1 && c->next <= f->head;
    if (c->next > f->head + 1 || c->next < f->oldest) {
        bool ahead = c->next > f->head + 1;
        uint64_t asked = c->next;
        c->next = f->head + 1;
        cursor_send_done(c);
        cursor_send_gap(c, ahead ? f->head + 1 : asked, ahead ? asked - 1 : f->oldest - 1,
                        ahead ? "ahead" : "too_old");
        ask_snapshot(c);
    } else if (wish->snapshot) {
        ask_snapshot(c);
    } else if (wish->since_us != 0) {
        struct question *q = question_new(QUESTION_SINCE);
        q->since_us = wish->since_us;
        ask(c, q, since_answered, false);
    } else {
        cursor_send_done(c);
        go_on(c);
    }
}

int feed_open(struct feed *f, const struct ack_to *to, const struct feed_asker *who,
              const struct feed_wish *wish)
{
    bool over = held_by(f, who->source) >= who->watches && !control("watches");
    if (f->count >= FEED_MOST || over || find(f, to) != NULL)
        return E_BUSY;
    struct cursor *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    c->feed = f;
    c->to = *to;
    c->role = who->role;
    c->credit_most = who->credit < FEED_CREDIT_MAX ? who->credit : FEED_CREDIT_MAX;
    c->source = arena_copy(&c->arena, who->source.p, who->source.n);
    filter_copy(&c->filter, wish->filter, &c->arena);
    c->credit = wish->credit < c->credit_most ? wish->credit : c->credit_most;
    c->heard_us = clock_mono(f->parts.clock);
    c->next_cursor = f->cursors;
    f->cursors = c;
    f->count++;
    start(c, wish);
    bury(f);
    return V_DONE;
}

void feed_credit(struct feed *f, const struct ack_to *watch, uint32_t add)
{
    struct cursor *c = find(f, watch);
    if (c == NULL)
        return;
    c->heard_us = clock_mono(f->parts.clock);
    c->stalled = false;
    uint32_t room = c->credit_most - c->credit;
    c->credit += add < room ? add : room;
    if (!c->live)
        go_on(c);
}

void feed_close(struct feed *f, const struct ack_to *watch)
{
    struct cursor *c = find(f, watch);
    if (c == NULL)
        return;
    if (c->announced)
        c->dead = true;
    else /* its WATCH still waits for its one answer */
        c->leaving = true;
    bury(f);
}

void feed_drop(struct feed *f, const struct address *of)
{
    for (struct cursor *c = f->cursors; c != NULL; c = c->next_cursor)
        c->dead = c->dead || address_same(&c->to.address, of);
    bury(f);
}

/* ---- entries that just became durable ---- */

static void flush_cursor(struct cursor *c)
{
    if (c->pending_rows == 0)
        return;
    struct slice rows = {(const char *)c->pending, c->pending_n};
    uint64_t next = c->next;
    c->next = c->pending_from;
    if (!cursor_send_rows(c, rows, c->pending_rows, next)) {
        c->credit += c->pending_rows;
        c->live = false;
    }
    c->pending_n = c->pending_rows = 0;
}

/* The row as the wire tells it to a role, packed when the first cursor of that role wants it. */
static struct slice packed(struct feed *f, uint8_t role, const struct facts *facts,
                           const struct entry *e, struct packed_rows *cache)
{
    struct slice *row = &cache->of[role];
    if (row->n == 0) {
        struct writer w;
        writer_init(&w, f->scratch + cache->used, SCRATCH_BYTES - cache->used);
        show_row(&w, role, facts, e, NULL);
        *row =
            (struct slice){(const char *)f->scratch + cache->used, w.err == 0 ? (uint32_t)w.n : 0};
        cache->used += row->n;
    }
    return *row;
}

/* Room for one more row; a watch that is told little holds little. */
static void grow_pending(struct cursor *c, uint32_t n)
{
    uint32_t room = c->pending_room == 0 ? 4096 : c->pending_room;
    while (room < c->pending_n + n)
        room *= 2;
    if (room > CURSOR_PENDING_BYTES)
        room = CURSOR_PENDING_BYTES;
    if (room == c->pending_room)
        return;
    c->pending = realloc(c->pending, room);
    if (c->pending == NULL)
        abort();
    c->pending_room = room;
}

static void offer(struct cursor *c, const struct facts *facts, const struct entry *e,
                  const struct filter_subject *subject, struct packed_rows *cache)
{
    if (c->dead || !c->live || facts->seq < c->next)
        return;
    bool hole = facts->seq > c->next;
    bool wanted = !hole && filter_passes(&c->filter, subject);
    if (hole || (wanted && c->credit == 0)) {
        flush_cursor(c);
        c->live = false;
        return;
    }
    if (wanted) {
        struct slice row = packed(c->feed, c->role, facts, e, cache);
        if (c->pending_n + row.n > CURSOR_PENDING_BYTES)
            flush_cursor(c);
        if (!c->live)
            return;
        if (row.n == 0 || row.n > CURSOR_PENDING_BYTES) { /* a giant goes by way of the disk */
            c->live = false;
            return;
        }
        if (c->pending_rows == 0)
            c->pending_from = c->next;
        grow_pending(c, row.n);
        memcpy(c->pending + c->pending_n, row.p, row.n);
        c->pending_n += row.n;
        c->pending_rows++;
        c->credit--;
    }
    c->next = facts->seq + 1;
}

void feed_entry(struct feed *f, uint64_t seq, struct slice row)
{
    struct facts facts;
    struct entry e UNCLEARED;
    struct packed_rows cache = {0};
    if (f->count == 0 || entry_row_told(seq, row, &facts, &e) != ENTRY_FINE)
        return;
    const struct filter_subject subject = show_subject(&facts);
    for (struct cursor *c = f->cursors; c != NULL; c = c->next_cursor)
        offer(c, &facts, &e, &subject, &cache);
}

void feed_flush(struct feed *f)
{
    for (struct cursor *c = f->cursors; c != NULL; c = c->next_cursor) {
        flush_cursor(c);
        if (!c->live)
            go_on(c);
    }
    bury(f);
}

/* ---- time ---- */

void feed_tick(struct feed *f)
{
    int64_t now = clock_mono(f->parts.clock);
    for (struct cursor *c = f->cursors; c != NULL; c = c->next_cursor) {
        if (c->dead)
            continue;
        if (now - c->heard_us > SILENT_US) {
            cursor_send_ended(c, E_SILENT);
            continue;
        }
        if (c->announced)
            cursor_send_beat(c);
        if (!c->live)
            go_on(c);
    }
    bury(f);
}

void feed_stop(struct feed *f)
{
    for (struct cursor *c = f->cursors; c != NULL; c = c->next_cursor)
        if (!c->dead)
            cursor_send_ended(c, E_STOPPING);
    bury(f);
}
