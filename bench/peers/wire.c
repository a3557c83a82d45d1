/* Connections, time, and a histogram: what all wires share. */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_ROOM 262144u
#define SUB_BITS 6 /* 64 steps within a power of two: under 1.6 % off */

void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s: %s\n", options.wire != NULL ? options.wire->name : "", what,
            errno != 0 ? strerror(errno) : "not as expected");
    exit(70);
}

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void put_be(uint8_t *p, uint64_t v, int n)
{
    for (; n > 0; v >>= 8)
        p[--n] = (uint8_t)v;
}

uint64_t get_be(const uint8_t *p, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* ---- connections ---- */

void conn_connect(struct conn *c)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool is_path = *options.address == '/';
    int on = 1, rc;
    c->fd = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (is_path) {
        snprintf(local.sun_path, sizeof local.sun_path, "%s", options.address);
        rc = connect(c->fd, (struct sockaddr *)&local, sizeof local);
    } else {
        far.sin_port = htons((uint16_t)atoi(options.address));
        rc = connect(c->fd, (struct sockaddr *)&far, sizeof far);
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (rc != 0)
        fail(options.address);
}

static void room(uint8_t **buffer, size_t *cap, size_t wanted)
{
    if (wanted <= *cap)
        return;
    *cap = wanted * 2;
    *buffer = realloc(*buffer, *cap);
    if (*buffer == NULL)
        fail("memory");
}

void conn_add(struct conn *c, const void *p, size_t n)
{
    room(&c->out, &c->out_cap, c->out_n + n);
    memcpy(c->out + c->out_n, p, n);
    c->out_n += n;
}

void conn_addf(struct conn *c, const char *form, ...)
{
    char text[1024];
    va_list more;
    va_start(more, form);
    int n = vsnprintf(text, sizeof text, form, more);
    va_end(more);
    conn_add(c, text, (size_t)n);
}

void conn_say(struct conn *c)
{
    for (size_t at = 0; at < c->out_n;) {
        ssize_t n = write(c->fd, c->out + at, c->out_n - at);
        if (n <= 0)
            fail("handshake");
        at += (size_t)n;
    }
    c->out_n = 0;
}

size_t conn_hear(struct conn *c, const char *mark, void *into, size_t n)
{
    static uint8_t bytes[65536];
    size_t have = 0;
    bool whole = false;
    while (!whole) {
        ssize_t k = read(c->fd, bytes + have, mark != NULL ? sizeof bytes - have : n - have);
        if (k <= 0)
            fail("handshake");
        have += (size_t)k;
        whole = mark != NULL ? memmem(bytes, have, mark, strlen(mark)) != NULL : have >= n;
    }
    if (into != NULL)
        memcpy(into, bytes, have < n ? have : n);
    return have;
}

void conn_flush(struct conn *c, int epoll)
{
    while (c->out_at < c->out_n) {
        ssize_t n = write(c->fd, c->out + c->out_at, c->out_n - c->out_at);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0)
            fail("write");
        c->out_at += (size_t)n;
    }
    if (c->out_at == c->out_n)
        c->out_at = c->out_n = 0;
    if ((c->out_n != 0) != c->want_out) {
        c->want_out = c->out_n != 0;
        struct epoll_event e = {.events = EPOLLIN | (c->want_out ? EPOLLOUT : 0u), .data.ptr = c};
        epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e);
    }
}

void conn_pump(struct conn *c, got_fn *got)
{
    ssize_t n;
    do {
        room(&c->in, &c->in_cap, c->in_n + READ_ROOM);
        n = read(c->fd, c->in + c->in_n, READ_ROOM);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            fail("the server has closed the connection");
        c->in_n += (size_t)n;
        size_t used = options.wire->parse(c, c->in, c->in_n, got);
        memmove(c->in, c->in + used, c->in_n - used);
        c->in_n -= used;
    } while (n == READ_ROOM);
}

void conn_start(struct conn *c, int no, int epoll)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    c->no = no;
    snprintf(c->name, sizeof c->name, "race-%d", no % 64 + 1);
    options.wire->open(c, options.job);
    fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
        fail("epoll");
    conn_flush(c, epoll);
}

/* ---- latencies ---- */

void latency_add(struct latency *l, uint64_t ns)
{
    int up = ns < 64 ? 0 : 63 - SUB_BITS + 1 - __builtin_clzll(ns);
    size_t i = (size_t)up * 64 + (size_t)(ns >> up);
    size_t most = sizeof l->count / sizeof *l->count - 1;
    l->count[i < most ? i : most]++;
    l->n++;
}

double latency_ms(const struct latency *l, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)l->n), seen = 0;
    for (size_t i = 0; i < sizeof l->count / sizeof *l->count; i++) {
        seen += l->count[i];
        if (l->n > 0 && seen > wanted) {
            size_t up = i < 128 ? 0 : i / 64 - 1;
            return (double)((uint64_t)(i - up * 64) << up) / 1e6;
        }
    }
    return 0;
}
