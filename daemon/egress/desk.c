/* A bench for each SKPD somebody waits for: its desks, and at most one question or one round of
 * leases under way. When a round is over and something has changed meanwhile, the next one begins.
 * That keeps the order of the queue, and no item is tried for two desks at once. */
#include "desk.h"

#include <stdlib.h>

#include "proto/pairs.h"
#include "proto/frame.h"

#define SILENT_US 30000000ll
#define RETRY_US 1000000ll

struct desk {
    struct desk *next_desk;
    struct bench *bench;
    struct ack_to to;
    char source[SOURCE_MAX_BYTES + 1];
    uint8_t role;
    uint32_t credit;
    int64_t lease_us, heard_us; /* heard: monotonic */
    unsigned taking;            /* leases under way for it */
    bool dead;
};

struct bench {
    struct bench *next_bench;
    struct desks *desks;
    char skpd[25];
    struct desk *first;
    bool asking, poked, refused; /* refused: a lease of this round */
    unsigned taking;
    int64_t wake_us; /* an item that was put off comes up; 0: none */
};

struct desks {
    struct desk_parts parts;
    struct bench *benches;
    uint32_t count;
};

/* One lease under way. */
struct token {
    struct desk *desk;
    uint64_t case_seq;
    uint32_t attempt, row_n;
    uint8_t row[];
};

static void go_on(struct bench *b);

struct desks *desks_new(const struct desk_parts *parts)
{
    struct desks *d = calloc(1, sizeof *d);
    if (d == NULL)
        abort();
    d->parts = *parts;
    return d;
}

static void bury(struct bench *b)
{
    for (struct desk **at = &b->first; *at != NULL;) {
        struct desk *desk = *at;
        if (!desk->dead || desk->taking > 0) {
            at = &desk->next_desk;
            continue;
        }
        *at = desk->next_desk;
        free(desk);
    }
}

void desks_free(struct desks **d)
{
    if (*d == NULL)
        return;
    for (struct bench *b = (*d)->benches, *next; b != NULL; b = next) {
        next = b->next_bench;
        for (struct desk *desk = b->first, *after; desk != NULL; desk = after) {
            after = desk->next_desk;
            free(desk);
        }
        free(b);
    }
    free(*d);
    *d = NULL;
}

uint32_t desks_count(const struct desks *d)
{
    return d->count;
}

static struct bench *bench_of(const struct desks *d, struct slice skpd)
{
    for (struct bench *b = d->benches; b != NULL; b = b->next_bench)
        if (slice_is(skpd, b->skpd))
            return b;
    return NULL;
}

static struct desk *find(const struct desks *d, const struct ack_to *to)
{
    for (struct bench *b = d->benches; b != NULL; b = b->next_bench)
        for (struct desk *desk = b->first; desk != NULL; desk = desk->next_desk)
            if (!desk->dead && ack_to_same(&desk->to, to))
                return desk;
    return NULL;
}

static unsigned held_by(const struct desks *d, struct slice source)
{
    unsigned n = 0;
    for (struct bench *b = d->benches; b != NULL; b = b->next_bench)
        for (struct desk *desk = b->first; desk != NULL; desk = desk->next_desk)
            n += !desk->dead && slice_is(source, desk->source);
    return n;
}

bool desk_attached(const struct desks *d, struct slice skpd)
{
    const struct bench *b = bench_of(d, skpd);
    for (const struct desk *desk = b ? b->first : NULL; desk != NULL; desk = desk->next_desk)
        if (!desk->dead)
            return true;
    return false;
}

int64_t desk_lease_us(const struct desks *d, struct slice source, struct slice skpd)
{
    const struct bench *b = bench_of(d, skpd);
    for (const struct desk *desk = b ? b->first : NULL; desk != NULL; desk = desk->next_desk)
        if (!desk->dead && slice_is(source, desk->source))
            return desk->lease_us;
    return 0;
}

/* ---- what leaves ---- */

static void end_desk(struct desk *desk)
{
    if (!desk->dead)
        desk->bench->desks->count--;
    desk->dead = true;
}

/* A desk that does not take what is sent is gone; its leases run out. */
static bool sent(struct desk *desk, enum router_sent how)
{
    if (how != ROUTER_SENT)
        end_desk(desk);
    return how == ROUTER_SENT;
}

static void send_done(struct desk *desk)
{
    const struct desk_parts *p = &desk->bench->desks->parts;
    struct writer *w = ack_open(p->ack);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "skpd", desk->bench->skpd);
    pairs += pair_uint(w, "lease_s", (uint64_t)desk->lease_us / 1000000);
    pairs += pair_uint(w, "head", p->head(p->self));
    writer_close_map(w, at, pairs);
    sent(desk, ack_answer(p->ack, &desk->to));
}

static void send_item(const struct token *t, int64_t until_us)
{
    const struct desk_parts *p = &t->desk->bench->desks->parts;
    struct writer *w = ack_open(p->ack);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_uint(w, "case", t->case_seq);
    pairs += pair_text(w, "skpd", t->desk->bench->skpd);
    pairs += pair_uint(w, "attempt", t->attempt) + pair_time(w, "lease_until", until_us);
    writer_text(w, "event");
    writer_raw(w, t->row, t->row_n);
    writer_close_map(w, at, pairs + 1);
    if (sent(t->desk, ack_feed(p->ack, &t->desk->to, ANSWER_ITEM)))
        p->counters->at[COUNT_DESK_ITEMS]++;
}

static void send_beat(struct desk *desk)
{
    const struct desk_parts *p = &desk->bench->desks->parts;
    struct writer *w = ack_open(p->ack);
    uint64_t head = p->head(p->self);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_uint(w, "next", head + 1) + pair_uint(w, "head", head);
    pairs += pair_time(w, "now", clock_now(p->clock));
    writer_close_map(w, at, pairs);
    sent(desk, ack_feed(p->ack, &desk->to, ANSWER_BEAT));
}

static void send_ended(struct desk *desk, int verdict)
{
    const struct desk_parts *p = &desk->bench->desks->parts;
    struct writer *w = ack_open(p->ack);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "code", verdict_name(verdict)) + pair_hint(w, verdict);
    pairs += pair_uint(w, "next", p->head(p->self) + 1);
    writer_close_map(w, at, pairs);
    ack_feed(p->ack, &desk->to, ANSWER_ENDED);
    end_desk(desk);
}

/* ---- a round: ask for the next items, take a lease for each ---- */

static uint32_t credit_of(const struct bench *b)
{
    uint32_t credit = 0;
    for (const struct desk *desk = b->first; desk != NULL; desk = desk->next_desk)
        credit += desk->dead ? 0 : desk->credit;
    return credit < DESK_CREDIT_MAX ? credit : DESK_CREDIT_MAX;
}

/* The desk with the most credit, so that work is spread. */
static struct desk *choose(const struct bench *b)
{
    struct desk *best = NULL;
    for (struct desk *desk = b->first; desk != NULL; desk = desk->next_desk)
        if (!desk->dead && desk->credit > 0 && (best == NULL || desk->credit > best->credit))
            best = desk;
    return best;
}

static void take(struct bench *b, struct desk *desk, const struct desk_item *item)
{
    const struct desk_parts *p = &b->desks->parts;
    struct token *t = malloc(sizeof *t + item->row.n);
    if (t == NULL)
        abort();
    *t = (struct token){.desk = desk,
                        .case_seq = item->case_seq,
                        .attempt = item->attempt + 1,
                        .row_n = item->row.n};
    memcpy(t->row, item->row.p, item->row.n);
    desk->credit--;
    desk->taking++;
    b->taking++;
    struct desk_take wanted = {.token = t,
                               .skpd = slice_from(b->skpd),
                               .source = slice_from(desk->source),
                               .role = desk->role,
                               .part = item->part,
                               .case_seq = item->case_seq,
                               .queued = item->queued,
                               .attempt = t->attempt,
                               .lease_us = desk->lease_us};
    p->take(p->self, &wanted);
}

static void answered(void *self, struct question *q)
{
    struct bench *b = self;
    b->asking = false;
    b->wake_us = q->next_us;
    b->taking++; /* holds the round open while leases may be refused at once */
    for (uint32_t i = 0; i < q->found; i++) {
        struct desk *desk = choose(b);
        if (desk != NULL)
            take(b, desk, &q->items[i]);
    }
    b->taking--;
    if (q->found > 0)
        b->poked = true; /* there may be more behind them */
    question_free(&q);
    go_on(b);
}

static void go_on(struct bench *b)
{
    const struct desk_parts *p = &b->desks->parts;
    uint32_t credit = credit_of(b);
    bury(b);
    if (b->refused && b->taking == 0) { /* not at once again */
        b->refused = b->poked = false;
        b->wake_us = clock_now(p->clock) + RETRY_US;
    }
    if (!b->poked || b->asking || b->taking > 0 || credit == 0)
        return;
    struct question *q = question_new(QUESTION_WORK);
    q->filter.own = arena_copy(&q->arena, b->skpd, strlen(b->skpd));
    q->role = ROLE_HANDLER; /* whoever attends the desk sees the work as its SKPD does */
    q->limit = credit;
    q->now_us = clock_now(p->clock);
    q->self = b;
    q->answered = answered;
    b->poked = false;
    b->asking = true;
    p->ask(p->self, q, true);
}

void desk_taken(void *token, int verdict, int64_t until_us)
{
    struct token *t = token;
    struct desk *desk = t->desk;
    struct bench *b = desk->bench;
    desk->taking--;
    b->taking--;
    if (verdict != V_DONE) {
        desk->credit++;
        b->refused = true;
    }
    if (verdict == V_DONE && !desk->dead)
        send_item(t, until_us);
    free(t);
    go_on(b);
}

void desk_poke(struct desks *d, struct slice skpd)
{
    struct bench *b = bench_of(d, skpd);
    if (b == NULL)
        return;
    b->poked = true;
    go_on(b);
}

/* ---- coming and going ---- */

static struct bench *make_bench(struct desks *d, struct slice skpd)
{
    struct bench *b = calloc(1, sizeof *b);
    if (b == NULL)
        abort();
    b->desks = d;
    b->next_bench = d->benches;
    snprintf(b->skpd, sizeof b->skpd, SLICE_FMT, SLICE_ARG(skpd));
    d->benches = b;
    return b;
}

int desk_open(struct desks *d, const struct ack_to *to, const struct desk_wish *wish)
{
    if (d->count >= DESK_MOST || held_by(d, wish->source) >= DESK_PER_SOURCE || find(d, to) != NULL)
        return E_BUSY;
    struct bench *b = bench_of(d, wish->skpd);
    if (b == NULL)
        b = make_bench(d, wish->skpd);
    struct desk *desk = calloc(1, sizeof *desk);
    if (desk == NULL)
        abort();
    desk->bench = b;
    desk->to = *to;
    desk->role = wish->role;
    desk->credit = wish->credit;
    desk->lease_us = wish->lease_us;
    desk->heard_us = clock_mono(d->parts.clock);
    snprintf(desk->source, sizeof desk->source, SLICE_FMT, SLICE_ARG(wish->source));
    desk->next_desk = b->first;
    b->first = desk;
    d->count++;
    send_done(desk);
    b->poked = true;
    go_on(b);
    return V_DONE;
}

bool desk_credit(struct desks *d, const struct ack_to *to, uint32_t add)
{
    struct desk *desk = find(d, to);
    if (desk == NULL)
        return false;
    desk->heard_us = clock_mono(d->parts.clock);
    if (add == 0)
        return true;
    desk->credit = desk->credit + add < DESK_CREDIT_MAX ? desk->credit + add : DESK_CREDIT_MAX;
    desk->bench->poked = true;
    go_on(desk->bench);
    return true;
}

bool desk_close(struct desks *d, const struct ack_to *to)
{
    struct desk *desk = find(d, to);
    if (desk == NULL)
        return false;
    struct bench *b = desk->bench;
    end_desk(desk);
    bury(b);
    return true;
}

void desk_drop(struct desks *d, const struct address *of)
{
    for (struct bench *b = d->benches; b != NULL; b = b->next_bench) {
        for (struct desk *desk = b->first; desk != NULL; desk = desk->next_desk)
            if (address_same(&desk->to.address, of))
                end_desk(desk);
        bury(b);
    }
}

void desk_tick(struct desks *d)
{
    int64_t mono = clock_mono(d->parts.clock);
    for (struct bench *b = d->benches; b != NULL; b = b->next_bench) {
        for (struct desk *desk = b->first; desk != NULL; desk = desk->next_desk)
            if (!desk->dead && mono - desk->heard_us > SILENT_US)
                send_ended(desk, E_SILENT);
            else if (!desk->dead)
                send_beat(desk);
        go_on(b);
    }
}

void desk_wake(struct desks *d)
{
    int64_t now = clock_now(d->parts.clock);
    for (struct bench *b = d->benches; b != NULL; b = b->next_bench) {
        if (b->wake_us == 0 || b->wake_us > now)
            continue;
        b->wake_us = 0;
        b->poked = true;
        go_on(b);
    }
}

int64_t desk_next_us(const struct desks *d)
{
    int64_t next_us = 0;
    for (const struct bench *b = d->benches; b != NULL; b = b->next_bench)
        if (b->wake_us != 0 && (next_us == 0 || b->wake_us < next_us))
            next_us = b->wake_us;
    return next_us;
}

void desk_stop(struct desks *d)
{
    for (struct bench *b = d->benches; b != NULL; b = b->next_bench) {
        for (struct desk *desk = b->first; desk != NULL; desk = desk->next_desk)
            if (!desk->dead)
                send_ended(desk, E_STOPPING);
        bury(b);
    }
}
