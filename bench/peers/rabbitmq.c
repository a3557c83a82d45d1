/* RabbitMQ, AMQP 0-9-1: a durable quorum queue with publisher confirms; a fanout exchange for the
 * feed; a consumer that acknowledges. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METHOD = 1, HEADER = 2, BODY = 3, FRAME_END = 0xce };
enum { DURABLE = 2, EXCLUSIVE = 4, NO_ACK = 2 };

struct method {
    uint8_t bytes[512];
    size_t n;
};

static void add(struct method *m, uint64_t v, int bytes)
{
    put_be(m->bytes + m->n, v, bytes);
    m->n += (size_t)bytes;
}

static void add_text(struct method *m, const char *s)
{
    add(m, strlen(s), 1);
    memcpy(m->bytes + m->n, s, strlen(s));
    m->n += strlen(s);
}

static struct method method(unsigned class, unsigned number)
{
    struct method m = {.n = 0};
    add(&m, class, 2);
    add(&m, number, 2);
    return m;
}

static void frame(struct conn *c, uint8_t type, unsigned channel, const void *p, size_t n)
{
    uint8_t head[7] = {type}, end = FRAME_END;
    put_be(head + 1, channel, 2);
    put_be(head + 3, n, 4);
    conn_add(c, head, sizeof head);
    conn_add(c, p, n);
    conn_add(c, &end, 1);
}

/* Says it and waits for the answer; a method of another number is a refusal. */
static void call(struct conn *c, unsigned channel, const struct method *m, unsigned answer,
                 char *name)
{
    uint8_t head[7], body[16384];
    if (m != NULL)
        frame(c, METHOD, channel, m->bytes, m->n);
    conn_say(c);
    conn_hear(c, NULL, head, sizeof head);
    size_t n = (size_t)get_be(head + 3, 4);
    conn_hear(c, NULL, body, n + 1);
    if (get_be(body + 2, 2) != answer) {
        fprintf(stderr, "load: rabbitmq: %.*s\n", (int)(n > 12 ? n - 12 : 0), (char *)body + 12);
        exit(70);
    }
    if (name != NULL)
        snprintf(name, 64, "%.*s", body[4], (char *)body + 5);
}

static void log_in(struct conn *c)
{
    conn_connect(c);
    conn_add(c, "AMQP\0\0\11\1", 8);
    call(c, 0, NULL, 10, NULL);
    struct method m = method(10, 11);
    add(&m, 0, 4);
    add_text(&m, "PLAIN");
    add(&m, 12, 4);
    memcpy(m.bytes + m.n, "\0guest\0guest", 12);
    m.n += 12;
    add_text(&m, "en_US");
    call(c, 0, &m, 30, NULL);
    m = method(10, 31); /* one channel, frames of 128 KiB, no heartbeats */
    add(&m, 1, 2);
    add(&m, 131072, 4);
    add(&m, 0, 2);
    frame(c, METHOD, 0, m.bytes, m.n);
    m = method(10, 40);
    add_text(&m, "/");
    add(&m, 0, 2);
    call(c, 0, &m, 41, NULL);
    m = method(20, 10);
    add_text(&m, "");
    call(c, 1, &m, 11, NULL);
}

static void declare_queue(struct conn *c, const char *name, unsigned bits, char *ret_name)
{
    static const char quorum[] = "\0\0\0\x18\x0cx-queue-typeS\0\0\0\6quorum";
    struct method m = method(50, 10);
    add(&m, 0, 2);
    add_text(&m, name);
    add(&m, bits, 1);
    memcpy(m.bytes + m.n, (bits & DURABLE) != 0 ? quorum : "\0\0\0\0",
           (bits & DURABLE) != 0 ? sizeof quorum - 1 : 4);
    m.n += (bits & DURABLE) != 0 ? sizeof quorum - 1 : 4;
    call(c, 1, &m, 11, ret_name);
}

static void consume(struct conn *c, const char *queue, unsigned bits)
{
    struct method m = method(60, 10); /* one at a time, where it is acknowledged */
    add(&m, 0, 4);
    add(&m, 1, 2);
    add(&m, 0, 1);
    call(c, 1, &m, 11, NULL);
    m = method(60, 20);
    add(&m, 0, 2);
    add_text(&m, queue);
    add_text(&m, "");
    add(&m, bits, 1);
    add(&m, 0, 4);
    call(c, 1, &m, 21, NULL);
}

static void join_feed(struct conn *c)
{
    struct method m = method(40, 10);
    add(&m, 0, 2);
    add_text(&m, "feed");
    add_text(&m, "fanout");
    add(&m, 0, 1);
    add(&m, 0, 4);
    call(c, 1, &m, 11, NULL);
    if (!c->watcher)
        return;
    declare_queue(c, "", EXCLUSIVE, c->name);
    m = method(50, 20);
    add(&m, 0, 2);
    add_text(&m, c->name);
    add_text(&m, "feed");
    add_text(&m, "");
    add(&m, 0, 1);
    add(&m, 0, 4);
    call(c, 1, &m, 21, NULL);
    consume(c, c->name, NO_ACK);
}

static void amqp_open(struct conn *c, enum job job)
{
    log_in(c);
    if (job == JOB_FEED) {
        join_feed(c);
        return;
    }
    declare_queue(c, "ev", DURABLE, NULL);
    if (job == JOB_WORK) {
        consume(c, "ev", 0);
        return;
    }
    struct method m = method(85, 10);
    add(&m, 0, 1);
    call(c, 1, &m, 11, NULL);
}

static void publish(struct conn *c, const char *exchange, const char *key, const struct event *e)
{
    struct method m = method(60, 40);
    add(&m, 0, 2);
    add_text(&m, exchange);
    add_text(&m, key);
    add(&m, 0, 1);
    frame(c, METHOD, 1, m.bytes, m.n);
    m = method(60, 0); /* the header: how long, kept on the disk or not */
    add(&m, EVENT_BYTES, 8);
    add(&m, 0x1000, 2);
    add(&m, *key != '\0' ? 2 : 1, 1);
    frame(c, HEADER, 1, m.bytes, m.n);
    frame(c, BODY, 1, e->bytes, EVENT_BYTES);
}

static void amqp_put(struct conn *c, const struct event *e)
{
    publish(c, "", "ev", e);
}

static void amqp_publish(struct conn *c, const struct event *e)
{
    publish(c, "feed", "", e);
}

/* Confirms come in any order, one by one or for all up to a number. c->pending: all up to it are
 * confirmed. */
static void confirmed(struct conn *c, const uint8_t *m, got_fn *got)
{
    uint64_t upto = get_be(m + 4, 8), n = 0;
    for (uint64_t i = m[12] != 0 ? c->pending + 1 : upto; i <= upto; i++) {
        uint64_t *word = &c->confirmed[i % RING / 64], bit = 1ull << i % 64;
        n += (*word & bit) == 0;
        *word |= bit;
    }
    for (uint64_t i; i = c->pending + 1, (c->confirmed[i % RING / 64] & 1ull << i % 64) != 0;) {
        c->confirmed[i % RING / 64] &= ~(1ull << i % 64);
        c->pending = i;
    }
    if (n > 0)
        got(c, n, 0);
}

static void delivered(struct conn *c, const uint8_t *m, got_fn *got)
{
    if (c->watcher)
        return; /* the body counts */
    if (c->spare++ > 0)
        got(c, 1, c->sent_at[0]); /* the next one comes when the last one is off */
    c->sent_at[0] = now_ns();
    struct method ack = method(60, 80);
    add(&ack, get_be(m + 5 + m[4], 8), 8);
    add(&ack, 0, 1);
    frame(c, METHOD, 1, ack.bytes, ack.n);
}

static size_t amqp_parse(struct conn *c, uint8_t *p, size_t n, got_fn *got)
{
    size_t at = 0;
    while (at + 8 <= n) {
        size_t len = (size_t)get_be(p + at + 3, 4);
        const uint8_t *f = p + at + 7;
        if (at + len + 8 > n)
            break;
        uint64_t what = p[at] == METHOD ? get_be(f, 4) : 0;
        if (p[at] == BODY && c->watcher)
            got(c, 1, event_key_at(f + EVENT_KEY_AT));
        else if (what == (60u << 16 | 80u))
            confirmed(c, f, got);
        else if (what == (60u << 16 | 60u))
            delivered(c, f, got);
        else if (what != 0)
            fail("a method that was not expected");
        at += len + 8;
    }
    return at;
}

const struct wire wire_rabbitmq = {
    .name = "rabbitmq",
    .open = amqp_open,
    .put = amqp_put,
    .publish = amqp_publish,
    .parse = amqp_parse,
    .jobs = 1u << JOB_INTAKE | 1u << JOB_FILL | 1u << JOB_FEED | 1u << JOB_WORK,
};
