/* NATS with JetStream: publish with a reply to an inbox; direct get; a pull consumer for a range;
 * core NATS for the feed. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char stream[] =
    "{\"name\":\"EV\",\"subjects\":[\"ev.*\"],\"storage\":\"file\",\"num_replicas\":1,"
    "\"retention\":\"limits\",\"max_consumers\":-1,\"max_msgs\":-1,\"max_bytes\":-1,"
    "\"allow_direct\":true,\"discard\":\"old\"}";

static void nats_open(struct conn *c, enum job job)
{
    conn_connect(c);
    conn_hear(c, "\r\n", NULL, 0);
    snprintf(c->name, sizeof c->name, "_INBOX.%d.%d", (int)getpid(), c->no);
    conn_addf(c, "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,"
                 "\"no_responders\":true}\r\n");
    conn_addf(c, "SUB %s 1\r\nPING\r\n", c->watcher ? "feed" : c->name);
    conn_say(c);
    conn_hear(c, "PONG", NULL, 0);
    if ((job != JOB_INTAKE && job != JOB_FILL) || c->no != 0)
        return;
    conn_addf(c, "PUB $JS.API.STREAM.CREATE.EV %s %zu\r\n%s\r\n", c->name, sizeof stream - 1,
              stream);
    conn_say(c);
    conn_hear(c, "}\r\n", NULL, 0);
}

static void body(struct conn *c, const struct event *e)
{
    conn_addf(c, " %u\r\n", EVENT_BYTES);
    conn_add(c, e->bytes, EVENT_BYTES);
    conn_add(c, "\r\n", 2);
}

static void nats_put(struct conn *c, const struct event *e)
{
    conn_addf(c, "PUB ev.%u %s", e->skpd, c->name);
    body(c, e);
}

static void nats_publish(struct conn *c, const struct event *e)
{
    conn_addf(c, "PUB feed");
    body(c, e);
}

static void nats_ask(struct conn *c, enum job job, uint64_t n)
{
    char asked[256];
    unsigned long long seq = n + 1;
    if (job == JOB_GET) {
        snprintf(asked, sizeof asked, "{\"seq\":%llu}", seq);
        conn_addf(c, "PUB $JS.API.DIRECT.GET.EV %s %zu\r\n%s\r\n", c->name, strlen(asked), asked);
        c->pending = 1;
        return;
    }
    snprintf(asked, sizeof asked,
             "{\"stream_name\":\"EV\",\"config\":{\"deliver_policy\":\"by_start_sequence\","
             "\"opt_start_seq\":%llu,\"ack_policy\":\"none\",\"replay_policy\":\"instant\"}}",
             seq);
    conn_addf(c, "PUB $JS.API.CONSUMER.CREATE.EV %s %zu\r\n%s\r\n", c->name, strlen(asked), asked);
    c->pending = RANGE_ROWS + 1; /* the consumer that was made, then its messages */
}

static void pull(struct conn *c, const uint8_t *body, size_t n)
{
    const char *name = memmem(body, n, "\"name\":\"", 8), *asked = "{\"batch\":10000}";
    if (name == NULL)
        fail("no consumer");
    conn_addf(c, "PUB $JS.API.CONSUMER.MSG.NEXT.EV.%.*s %s %zu\r\n%s\r\n",
              (int)strcspn(name + 8, "\""), name + 8, c->name, strlen(asked), asked);
}

static void message(struct conn *c, const uint8_t *p, size_t n, got_fn *got)
{
    if (memmem(p, n, "\"error\"", 7) != NULL) {
        fprintf(stderr, "load: nats: %.*s\n", (int)n, (const char *)p);
        exit(70);
    }
    if (c->watcher) {
        got(c, 1, event_key_at(p + EVENT_KEY_AT));
        return;
    }
    if (c->pending == RANGE_ROWS + 1)
        pull(c, p, n);
    else
        c->rows += n >= EVENT_BYTES;
    if (c->pending < 2)
        got(c, 1, 0);
    else
        c->pending--;
}

static size_t nats_parse(struct conn *c, uint8_t *p, size_t n, got_fn *got)
{
    size_t at = 0;
    while (at < n) {
        uint8_t *end = memchr(p + at, '\n', n - at), *size = end;
        if (end == NULL)
            break;
        size_t head = (size_t)(end + 1 - (p + at)), len = 0;
        if (p[at] == 'M' || p[at] == 'H') { /* MSG and HMSG end with how many bytes follow */
            while (size[-1] != ' ')
                size--;
            len = (size_t)atol((char *)size) + 2;
            if (at + head + len > n)
                break;
            message(c, p + at + head, len - 2, got);
        } else if (memcmp(p + at, "PING", 4) == 0) {
            conn_addf(c, "PONG\r\n");
        } else if (p[at] == '-') {
            fprintf(stderr, "load: nats: %.80s\n", (char *)p + at);
            exit(70);
        }
        at += head + len;
    }
    return at;
}

const struct wire wire_nats = {
    .name = "nats",
    .open = nats_open,
    .put = nats_put,
    .publish = nats_publish,
    .ask = nats_ask,
    .parse = nats_parse,
    .jobs = 1u << JOB_INTAKE | 1u << JOB_FILL | 1u << JOB_GET | 1u << JOB_RANGE | 1u << JOB_FEED,
};
