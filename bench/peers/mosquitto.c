/* mosquitto, MQTT 3.1.1: QoS 1 to a session that is away and wants everything, so that the broker
 * must keep it; QoS 0 for the feed. */
#include "load.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void packet(struct conn *c, uint8_t type, const void *a, size_t a_n, const void *b,
                   size_t b_n)
{
    uint8_t head[5] = {type};
    size_t left = a_n + b_n, n = 1;
    do {
        head[n++] = (uint8_t)((left & 127) | (left > 127 ? 128 : 0));
        left >>= 7;
    } while (left > 0);
    conn_add(c, head, n);
    conn_add(c, a, a_n);
    conn_add(c, b, b_n);
}

static void greet(struct conn *c, const char *id, bool clean)
{
    uint8_t head[80] = {0, 4, 'M', 'Q', 'T', 'T', 4, clean ? 2 : 0, 0, 0, 0};
    size_t n = strlen(id);
    head[11] = (uint8_t)n;
    memcpy(head + 12, id, n);
    conn_connect(c);
    packet(c, 0x10, head, 12 + n, "", 0);
    conn_say(c);
    conn_hear(c, NULL, NULL, 4);
}

static void subscribe(struct conn *c, const char *topic, uint8_t qos)
{
    uint8_t body[32] = {0, 1, 0, (uint8_t)strlen(topic)};
    size_t n = strlen(topic);
    memcpy(body + 4, topic, n);
    body[4 + n] = qos;
    packet(c, 0x82, body, 5 + n, "", 0);
    conn_say(c);
    conn_hear(c, NULL, NULL, 5);
}

static void mqtt_open(struct conn *c, enum job job)
{
    char id[48];
    if (job != JOB_FEED && c->no == 0) {
        greet(c, "store", false);
        subscribe(c, "ev", 1);
        conn_add(c, "\xe0\0", 2);
        conn_say(c);
        close(c->fd);
    }
    snprintf(id, sizeof id, "c%d-%d", (int)getpid(), c->no);
    greet(c, id, true);
    if (c->watcher)
        subscribe(c, "feed", 0);
}

static void mqtt_put(struct conn *c, const struct event *e)
{
    uint8_t head[6] = {0, 2, 'e', 'v'};
    put_be(head + 4, c->sent % 65535 + 1, 2);
    packet(c, 0x32, head, sizeof head, e->bytes, EVENT_BYTES);
}

static void mqtt_publish(struct conn *c, const struct event *e)
{
    packet(c, 0x30, "\0\4feed", 6, e->bytes, EVENT_BYTES);
}

static size_t mqtt_parse(struct conn *c, uint8_t *p, size_t n, got_fn *got)
{
    size_t at = 0;
    while (at + 2 <= n) {
        size_t len = 0, head = 1;
        int shift = 0;
        do {
            if (at + head >= n)
                return at;
            len |= (size_t)(p[at + head] & 127) << shift;
            shift += 7;
        } while ((p[at + head++] & 128) != 0);
        if (at + head + len > n)
            break;
        if (p[at] >> 4 == 4)
            got(c, 1, 0);
        else if (p[at] >> 4 == 3)
            got(c, 1, event_key_at(p + at + head + len - EVENT_BYTES + EVENT_KEY_AT));
        at += head + len;
    }
    return at;
}

const struct wire wire_mosquitto = {
    .name = "mosquitto",
    .open = mqtt_open,
    .put = mqtt_put,
    .publish = mqtt_publish,
    .parse = mqtt_parse,
    .jobs = 1u << JOB_INTAKE | 1u << JOB_FILL | 1u << JOB_FEED,
};
