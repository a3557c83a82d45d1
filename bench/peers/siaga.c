/* siagad: ZMTP 3.0 as a DEALER over its local socket, the protocol of proto/SPEC.md inside. Every
 * answer is looked at: a receipt has a ticket, a page has its rows. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "proto/pack.h"

#define ROOM 1024u
#define STREAM 1u /* request-id of a watch or desk */
#define CREDIT_MOST 4096u
#define CREDIT_STEP 1024u
#define TICKET_BYTES 24u

static char (*tickets)[TICKET_BYTES];
static uint64_t tickets_n;

struct message {
    uint8_t bytes[ROOM];
    struct writer w;
};

static void begin(struct message *m, const struct conn *c, uint8_t verb, uint64_t rid,
                  uint32_t fields)
{
    frame_write(m->bytes, verb, rid);
    writer_init(&m->w, m->bytes + FRAME_BYTES, ROOM - FRAME_BYTES);
    writer_map(&m->w, fields + 1);
    writer_text(&m->w, "source");
    writer_text(&m->w, c->name);
}

static void number(struct message *m, const char *field, uint64_t value)
{
    writer_text(&m->w, field);
    writer_uint(&m->w, value);
}

static void text(struct message *m, const char *field, const char *value)
{
    writer_text(&m->w, field);
    writer_text(&m->w, value);
}

/* A ZMTP message of one frame: flags, length, bytes. */
static void send_it(struct conn *c, const struct message *m)
{
    size_t n = FRAME_BYTES + m->w.n;
    uint8_t head[9] = {2};
    put_be(head + 1, n, 8);
    if (n < 256)
        conn_add(c, (uint8_t[]){0, (uint8_t)n}, 2);
    else
        conn_add(c, head, sizeof head);
    conn_add(c, m->bytes, n);
}

static void give_credit(struct conn *c, uint64_t rows)
{
    struct message m;
    begin(&m, c, VERB_CREDIT, 0, 2);
    number(&m, "watch", STREAM);
    number(&m, "add", rows);
    send_it(c, &m);
}

static void begin_stream(struct conn *c, enum job job)
{
    struct message m;
    bool work = job == JOB_WORK;
    begin(&m, c, work ? VERB_ATTACH : VERB_WATCH, STREAM, work ? 2 : 1);
    if (work)
        text(&m, "skpd", event_skpd((uint64_t)c->no));
    number(&m, "credit", work ? 1 : CREDIT_MOST);
    send_it(c, &m);
}

static void read_tickets(void)
{
    FILE *in = options.tickets != NULL ? fopen(options.tickets, "r") : NULL;
    if (in == NULL)
        fail("-f FILE of tickets");
    tickets = calloc(options.count, TICKET_BYTES);
    while (tickets_n < options.count && fscanf(in, "%23s", tickets[tickets_n]) == 1)
        tickets_n++;
    fclose(in);
    if (tickets_n == 0)
        fail("no tickets");
}

static void siaga_open(struct conn *c, enum job job)
{
    static const uint8_t greeting[64] = {0xff, 0,    0, 0, 0,   0,   0,   0,
                                         0,    0x7f, 3, 0, 'N', 'U', 'L', 'L'};
    static const char ready[] = "\4\x1c\5READY\x0bSocket-Type\0\0\0\6DEALER";
    uint8_t head[2];
    conn_connect(c);
    conn_add(c, greeting, sizeof greeting);
    conn_say(c);
    conn_hear(c, NULL, NULL, sizeof greeting);
    conn_add(c, ready, sizeof ready - 1);
    conn_say(c);
    conn_hear(c, NULL, head, sizeof head); /* its own word of being ready */
    conn_hear(c, NULL, NULL, head[1]);
    if (c->watcher || job == JOB_WORK)
        begin_stream(c, job);
    if (job == JOB_GET && tickets == NULL)
        read_tickets();
    conn_say(c);
}

static void siaga_put(struct conn *c, const struct event *e)
{
    struct message m;
    begin(&m, c, VERB_SUBMIT, c->sent, 1);
    writer_text(&m.w, "events");
    writer_array(&m.w, 1);
    writer_raw(&m.w, e->bytes, EVENT_BYTES);
    send_it(c, &m);
}

static void siaga_ask(struct conn *c, enum job job, uint64_t n)
{
    struct message m;
    if (job == JOB_GET) {
        begin(&m, c, VERB_GET, c->sent, 1);
        text(&m, "ticket", tickets[n % tickets_n]);
    } else if (job == JOB_LATEST) {
        begin(&m, c, VERB_LIST, c->sent, 2);
        writer_text(&m.w, "skpd");
        writer_array(&m.w, 1);
        writer_text(&m.w, event_skpd(n));
        number(&m, "limit", LATEST_ROWS);
    } else { /* a watch from a number on, that is ended when all rows wanted have come */
        begin(&m, c, VERB_WATCH, STREAM, 2);
        number(&m, "from", n + 1);
        number(&m, "credit", CREDIT_MOST);
        c->spare = CREDIT_MOST;
    }
    send_it(c, &m);
}

/* Items of the array "rows", which stands first in what siagad answers. */
static uint32_t rows_of(const uint8_t *body, size_t n)
{
    const uint8_t *at = memmem(body, n < 64 ? n : 64, "\xa4rows", 5);
    struct reader r =
        reader_over(at != NULL ? at + 5 : body, at != NULL ? n - (size_t)(at + 5 - body) : 0);
    return reader_array(&r);
}

static void refused(const uint8_t *body, size_t n)
{
    fprintf(stderr, "load: siaga: refused: %.*s\n", (int)n, (const char *)body);
    exit(70);
}

static void receipt(const uint8_t *body, size_t n)
{
    static FILE *out;
    const uint8_t *at = memmem(body, n, "\xa6ticket", 7);
    if (at == NULL || memmem(body, n,
                             "\xa4"
                             "code",
                             5) != NULL)
        refused(body, n);
    if (options.tickets == NULL || options.job != JOB_FILL)
        return;
    if (out == NULL && (out = fopen(options.tickets, "w")) == NULL)
        fail(options.tickets);
    fprintf(out, "%.*s\n", at[7] & 31, (const char *)at + 8);
}

static void range_rows(struct conn *c, uint32_t rows, got_fn *got)
{
    c->rows += rows;
    uint64_t more = RANGE_ROWS - c->spare < rows ? RANGE_ROWS - c->spare : rows;
    c->spare += more;
    if (more > 0)
        give_credit(c, more);
    if (c->rows < RANGE_ROWS)
        return;
    struct message m;
    begin(&m, c, VERB_UNWATCH, 0, 1);
    number(&m, "watch", STREAM);
    send_it(c, &m);
    got(c, 1, 0);
}

/* The oldest row of a message stands first: its time is the message's. */
static void feed_rows(struct conn *c, const uint8_t *body, size_t n, got_fn *got)
{
    uint32_t rows = rows_of(body, n);
    if (options.job == JOB_RANGE) {
        range_rows(c, rows, got);
        return;
    }
    const uint8_t *key = memmem(body, n, "\xa3key\xb8", 5);
    c->spare += rows;
    if (c->spare >= CREDIT_STEP) {
        give_credit(c, c->spare);
        c->spare = 0;
    }
    got(c, key != NULL ? rows : 0, key != NULL ? event_key_at(key + 5) : 0);
}

static uint64_t field_of(const uint8_t *body, size_t n, const char *name)
{
    struct reader r = reader_over(body, n);
    for (uint32_t pairs = reader_map(&r); pairs > 0 && !r.err; pairs--) {
        if (slice_is(reader_str(&r), name))
            return reader_uint(&r);
        reader_skip(&r);
    }
    fail(name);
    return 0;
}

/* A piece of work is done at once; when that is on the disk the next one may come. */
static void item(struct conn *c, const uint8_t *body, size_t n)
{
    struct message m;
    char key[64];
    c->sent_at[0] = now_ns();
    snprintf(key, sizeof key, "%llx-%d", (unsigned long long)c->sent_at[0], c->no);
    begin(&m, c, VERB_WORK, STREAM + 1, 5);
    text(&m, "key", key);
    number(&m, "case", field_of(body, n, "case"));
    text(&m, "skpd", event_skpd((uint64_t)c->no));
    number(&m, "attempt", field_of(body, n, "attempt"));
    text(&m, "act", "done");
    send_it(c, &m);
}

static void done(struct conn *c, uint64_t rid, const uint8_t *body, size_t n, got_fn *got)
{
    if (options.job == JOB_INTAKE || options.job == JOB_FILL ||
        (options.job == JOB_FEED && !c->watcher)) {
        receipt(body, n);
        got(c, 1, 0);
    } else if (options.job == JOB_GET) {
        c->rows = memmem(body, n, "\xa7history", 8) != NULL;
        got(c, 1, 0);
    } else if (options.job == JOB_LATEST) {
        c->rows = rows_of(body, n);
        got(c, 1, 0);
    } else if (options.job == JOB_WORK && rid != STREAM) {
        got(c, 1, c->sent_at[0]);
        give_credit(c, 1);
    }
}

static void message(struct conn *c, const uint8_t *p, size_t n, got_fn *got)
{
    struct frame f;
    if (!frame_read(p, n, &f))
        fail("a frame");
    p += FRAME_BYTES;
    n -= FRAME_BYTES;
    if (f.code == ANSWER_DONE)
        done(c, f.rid, p, n, got);
    else if (f.code == ANSWER_FEED)
        feed_rows(c, p, n, got);
    else if (f.code == ANSWER_ITEM)
        item(c, p, n);
    else if (f.code != ANSWER_BEAT)
        refused(p, n);
}

/* A PING wants a PONG with what was in it behind the two bytes of its time to live. */
static void command(struct conn *c, const uint8_t *p, size_t n)
{
    if (n < 7 || memcmp(p, "\4PING", 5) != 0)
        return;
    conn_add(c, (uint8_t[]){4, (uint8_t)(n - 2)}, 2);
    conn_add(c, "\4PONG", 5);
    conn_add(c, p + 7, n - 7);
}

static size_t siaga_parse(struct conn *c, uint8_t *p, size_t n, got_fn *got)
{
    size_t at = 0;
    while (at + 2 <= n) {
        size_t head = (p[at] & 2) != 0 ? 9 : 2;
        if (at + head > n)
            break;
        size_t len = head == 9 ? (size_t)get_be(p + at + 1, 8) : p[at + 1];
        if (at + head + len > n)
            break;
        if ((p[at] & 4) != 0)
            command(c, p + at + head, len);
        else
            message(c, p + at + head, len, got);
        at += head + len;
    }
    return at;
}

const struct wire wire_siaga = {
    .name = "siaga",
    .open = siaga_open,
    .put = siaga_put,
    .publish = siaga_put,
    .ask = siaga_ask,
    .parse = siaga_parse,
    .jobs = 1u << JOB_INTAKE | 1u << JOB_FILL | 1u << JOB_GET | 1u << JOB_LATEST | 1u << JOB_RANGE |
            1u << JOB_FEED | 1u << JOB_WORK,
};
