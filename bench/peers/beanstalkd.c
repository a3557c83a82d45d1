/* beanstalkd: put; reserve and delete. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void bean_open(struct conn *c, enum job job)
{
    conn_connect(c);
    if (job == JOB_WORK)
        conn_addf(c, "reserve\r\n");
}

static void bean_put(struct conn *c, const struct event *e)
{
    conn_addf(c, "put 0 0 120 %u\r\n", EVENT_BYTES);
    conn_add(c, e->bytes, EVENT_BYTES);
    conn_add(c, "\r\n", 2);
}

static void line(struct conn *c, const char *said, got_fn *got)
{
    if (strncmp(said, "INSERTED", 8) == 0) {
        got(c, 1, 0);
    } else if (strncmp(said, "RESERVED", 8) == 0) {
        c->sent_at[0] = now_ns();
        conn_addf(c, "delete %ld\r\n", atol(said + 9));
    } else if (strncmp(said, "DELETED", 7) == 0) {
        got(c, 1, c->sent_at[0]);
        conn_addf(c, "reserve\r\n");
    } else {
        fprintf(stderr, "load: beanstalkd: %.40s\n", said);
        exit(70);
    }
}

static size_t bean_parse(struct conn *c, uint8_t *p, size_t n, got_fn *got)
{
    size_t at = 0;
    uint8_t *end;
    while (at < n && (end = memchr(p + at, '\n', n - at)) != NULL) {
        size_t head = (size_t)(end + 1 - (p + at));
        size_t len = p[at] == 'R' ? EVENT_BYTES + 2 : 0; /* a job comes with its body */
        if (at + head + len > n)
            break;
        line(c, (char *)p + at, got);
        at += head + len;
    }
    return at;
}

const struct wire wire_beanstalkd = {
    .name = "beanstalkd",
    .open = bean_open,
    .put = bean_put,
    .parse = bean_parse,
    .jobs = 1u << JOB_INTAKE | 1u << JOB_FILL | 1u << JOB_WORK,
};
