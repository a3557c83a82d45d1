/* Redis: XADD to a stream, a second stream for each SKPD where the latest of one are asked for;
 * PUBLISH; a consumer group. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void next_item(struct conn *c)
{
    conn_addf(c, "XREADGROUP GROUP desk h%d COUNT 1 BLOCK 0 STREAMS ev >\r\n", c->no);
}

static void redis_open(struct conn *c, enum job job)
{
    conn_connect(c);
    if (c->watcher) {
        conn_addf(c, "SUBSCRIBE feed\r\n");
        conn_say(c);
        conn_hear(c, ":1\r\n", NULL, 0);
    }
    if (job == JOB_WORK && c->no == 0) {
        conn_addf(c, "XGROUP CREATE ev desk 0\r\n"); /* the second run finds it there */
        conn_say(c);
        conn_hear(c, "\r\n", NULL, 0);
    }
    if (job == JOB_WORK)
        next_item(c);
}

static void body(struct conn *c, const struct event *e)
{
    conn_addf(c, "$%u\r\n", EVENT_BYTES);
    conn_add(c, e->bytes, EVENT_BYTES);
    conn_add(c, "\r\n", 2);
}

static void xadd(struct conn *c, const char *stream, const char *id, const struct event *e)
{
    conn_addf(c, "*5\r\n$4\r\nXADD\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n$1\r\ne\r\n", strlen(stream),
              stream, strlen(id), id);
    body(c, e);
}

/* A filled store has ids that are known, and the streams of the SKPD. */
static void redis_put(struct conn *c, const struct event *e)
{
    char stream[16], id[32];
    if (options.job != JOB_FILL) {
        xadd(c, "ev", "*", e);
        return;
    }
    snprintf(stream, sizeof stream, "ev%u", e->skpd);
    snprintf(id, sizeof id, "%u-1", e->number + 1);
    xadd(c, "ev", id, e);
    xadd(c, stream, id, e);
}

static void redis_publish(struct conn *c, const struct event *e)
{
    conn_addf(c, "*3\r\n$7\r\nPUBLISH\r\n$4\r\nfeed\r\n");
    body(c, e);
}

static void redis_ask(struct conn *c, enum job job, uint64_t n)
{
    unsigned long long id = n + 1;
    if (job == JOB_GET)
        conn_addf(c, "XRANGE ev %llu-1 %llu-1\r\n", id, id);
    else if (job == JOB_LATEST)
        conn_addf(c, "XREVRANGE ev%u + - COUNT %u\r\n", (unsigned)(n % 8), LATEST_ROWS);
    else
        conn_addf(c, "XRANGE ev %llu-0 + COUNT %u\r\n", id, RANGE_ROWS);
}

/* The id of the item comes before its fields; acknowledged, then the next is asked for. */
static void work_reply(struct conn *c, got_fn *got)
{
    if (c->rows > 0) {
        conn_addf(c, "XACK ev desk %s\r\n", c->name);
        c->sent_at[0] = now_ns();
    } else {
        got(c, 1, c->sent_at[0]);
        next_item(c);
    }
    c->rows = c->spare = 0;
}

static void whole(struct conn *c, const uint8_t *last, size_t n, got_fn *got)
{
    if (options.job == JOB_WORK)
        work_reply(c, got);
    else if (c->watcher)
        got(c, n == EVENT_BYTES, n == EVENT_BYTES ? event_key_at(last + EVENT_KEY_AT) : 0);
    else if (options.job != JOB_FILL || ++c->spare % 2 == 0) /* two streams, two replies */
        got(c, 1, 0);
}

static void bulk(struct conn *c, const uint8_t *p, size_t n)
{
    c->rows += n == EVENT_BYTES;
    if (options.job == JOB_WORK && ++c->spare == 2)
        snprintf(c->name, sizeof c->name, "%.*s", (int)n, (const char *)p);
}

static size_t redis_parse(struct conn *c, uint8_t *p, size_t n, got_fn *got)
{
    size_t at = 0;
    while (at < n) {
        uint8_t *end = memchr(p + at, '\n', n - at);
        if (end == NULL)
            break;
        long v = atol((char *)p + at + 1);
        size_t head = (size_t)(end + 1 - (p + at));
        size_t len = p[at] == '$' && v >= 0 ? (size_t)v + 2 : 0;
        if (p[at] == '-') {
            fprintf(stderr, "load: redis: %.80s\n", (char *)p + at);
            exit(70);
        }
        if (at + head + len > n)
            break;
        if (len > 0)
            bulk(c, p + at + head, len - 2);
        c->pending =
            (c->pending > 0 ? c->pending - 1 : 0) + (p[at] == '*' && v > 0 ? (uint64_t)v : 0);
        if (c->pending == 0)
            whole(c, p + at + head, len > 0 ? len - 2 : 0, got);
        at += head + len;
    }
    return at;
}

const struct wire wire_redis = {
    .name = "redis",
    .open = redis_open,
    .put = redis_put,
    .publish = redis_publish,
    .ask = redis_ask,
    .parse = redis_parse,
    .jobs = 1u << JOB_INTAKE | 1u << JOB_FILL | 1u << JOB_GET | 1u << JOB_LATEST | 1u << JOB_RANGE |
            1u << JOB_FEED | 1u << JOB_WORK,
};
