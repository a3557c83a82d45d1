/* PostgreSQL, protocol 3: prepared statements, each event its own transaction or so many of them in
 * one. The table and its indexes: rivals.py. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const statements[][2] = {
    {"i", "INSERT INTO ev(key,ts,skpd,kecamatan,severity,body) VALUES($1::text,$2::int8,$3::int2,"
          "$4::int2,$5::int2,$6::bytea)"},
    {"g", "SELECT body FROM ev WHERE key=$1::text"},
    {"l", "SELECT body FROM ev WHERE skpd=$1::int2 ORDER BY ts DESC LIMIT 100"},
    {"r", "SELECT body FROM ev WHERE ts>=$1::int8 ORDER BY ts LIMIT 10000"},
};

struct parameter {
    const void *p;
    size_t n;
};

static void message(struct conn *c, char type, const void *p, size_t n)
{
    uint8_t head[5] = {(uint8_t)type};
    put_be(head + 1, n + 4, 4);
    conn_add(c, head, sizeof head);
    conn_add(c, p, n);
}

/* Until it is ready for the next query. */
static void until_ready(struct conn *c)
{
    uint8_t head[5], body[8192];
    do {
        conn_hear(c, NULL, head, sizeof head);
        size_t n = (size_t)get_be(head + 1, 4) - 4;
        memset(body, 0, sizeof body);
        if (n > 0)
            conn_hear(c, NULL, body, n);
        if (head[0] == 'E') {
            fprintf(stderr, "load: postgresql: %s\n", (char *)body + 1);
            exit(70);
        }
    } while (head[0] != 'Z');
}

static void pg_open(struct conn *c, enum job job)
{
    static const char who[] = "\0\3\0\0user\0postgres\0database\0postgres\0";
    uint8_t length[4], text[512];
    (void)job;
    conn_connect(c);
    put_be(length, sizeof who + 4, 4);
    conn_add(c, length, 4);
    conn_add(c, who, sizeof who);
    conn_say(c);
    until_ready(c);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        int n = snprintf((char *)text, sizeof text, "%s%c%s%c%c%c", statements[i][0], 0,
                         statements[i][1], 0, 0, 0);
        message(c, 'P', text, (size_t)n);
    }
    message(c, 'S', "", 0);
    conn_say(c);
    until_ready(c);
}

/* Bind, execute and, where a transaction ends, sync; everything in binary. */
static void execute(struct conn *c, char name, const struct parameter *with, int n, bool sync)
{
    uint8_t b[EVENT_BYTES + 256] = {0, (uint8_t)name, 0, 0, 1, 0, 1, 0, (uint8_t)n}, *p = b + 9;
    for (int i = 0; i < n; i++) {
        put_be(p, with[i].n, 4);
        memcpy(p + 4, with[i].p, with[i].n);
        p += 4 + with[i].n;
    }
    memcpy(p, "\0\1\0\1", 4);
    message(c, 'B', b, (size_t)(p + 4 - b));
    message(c, 'E', "\0\0\0\0\0", 5);
    if (sync)
        message(c, 'S', "", 0);
}

static void pg_put(struct conn *c, const struct event *e)
{
    uint8_t at[8], skpd[2], kecamatan[2], severity[2];
    put_be(at, e->at, 8);
    put_be(skpd, e->skpd, 2);
    put_be(kecamatan, e->kecamatan, 2);
    put_be(severity, e->severity, 2);
    const struct parameter with[] = {{e->bytes + EVENT_KEY_AT, EVENT_KEY_BYTES},
                                     {at, 8},
                                     {skpd, 2},
                                     {kecamatan, 2},
                                     {severity, 2},
                                     {e->bytes, EVENT_BYTES}};
    execute(c, 'i', with, 6, (c->sent + 1) % (uint64_t)options.batch == 0);
}

static void pg_ask(struct conn *c, enum job job, uint64_t n)
{
    struct event e;
    uint8_t at[8], skpd[2];
    event_make(&e, (uint32_t)n, n + 1); /* as the fill had it */
    put_be(at, e.at, 8);
    put_be(skpd, e.skpd, 2);
    if (job == JOB_GET)
        execute(c, 'g', &(struct parameter){e.bytes + EVENT_KEY_AT, EVENT_KEY_BYTES}, 1, true);
    else if (job == JOB_LATEST)
        execute(c, 'l', &(struct parameter){skpd, 2}, 1, true);
    else
        execute(c, 'r', &(struct parameter){at, 8}, 1, true);
}

static size_t pg_parse(struct conn *c, uint8_t *p, size_t n, got_fn *got)
{
    size_t at = 0;
    while (at + 5 <= n) {
        size_t len = (size_t)get_be(p + at + 1, 4);
        if (at + 1 + len > n)
            break;
        if (p[at] == 'E') {
            fprintf(stderr, "load: postgresql: %.100s\n", (char *)p + at + 5);
            exit(70);
        }
        c->rows += p[at] == 'D';
        if (p[at] == 'Z')
            got(c, (uint64_t)options.batch, 0);
        at += 1 + len;
    }
    return at;
}

const struct wire wire_postgresql = {
    .name = "postgresql",
    .open = pg_open,
    .put = pg_put,
    .ask = pg_ask,
    .parse = pg_parse,
    .jobs = 1u << JOB_INTAKE | 1u << JOB_FILL | 1u << JOB_GET | 1u << JOB_LATEST | 1u << JOB_RANGE,
};
