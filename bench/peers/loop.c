/* Closed loops: so many clients, so many requests in flight on each, for a time or for a count. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define SETTLE_S 60 /* for the last answers */

static struct {
    struct conn *conns;
    int epoll;
    bool closing; /* nothing new is sent, nothing more is counted */
    uint64_t issued, done, began;
    uint64_t all; /* answers, also those before and after what is measured */
    struct latency latency;
} run;

static uint64_t mix(uint64_t x) /* splitmix64 */
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static bool asks(void)
{
    return options.job == JOB_GET || options.job == JOB_LATEST || options.job == JOB_RANGE;
}

static void one(struct conn *c, uint64_t now)
{
    struct event e;
    uint64_t n = run.issued++;
    c->sent_at[c->sent % WINDOW_MOST] = now;
    if (asks()) {
        uint64_t among = options.job == JOB_RANGE ? options.count - RANGE_ROWS : options.count;
        options.wire->ask(c, options.job, mix(n ^ run.began) % among);
    } else {
        event_make(&e, (uint32_t)n, options.job == JOB_FILL ? n + 1 : now);
        options.wire->put(c, &e);
    }
    c->sent++;
}

static void refill(struct conn *c)
{
    uint64_t now = now_ns();
    while (!run.closing && options.job != JOB_WORK &&
           c->sent - c->acked + (uint64_t)options.batch <= (uint64_t)options.window &&
           (options.job != JOB_FILL || run.issued < options.count))
        for (int i = 0; i < options.batch; i++)
            one(c, now);
}

static void check_rows(struct conn *c)
{
    uint64_t wanted = options.job == JOB_GET      ? 1
                      : options.job == JOB_LATEST ? LATEST_ROWS
                                                  : RANGE_ROWS;
    if (c->rows != wanted) {
        fprintf(stderr, "load: %s: %llu rows instead of %llu\n", options.wire->name,
                (unsigned long long)c->rows, (unsigned long long)wanted);
        exit(70);
    }
    c->rows = 0;
}

static void got(struct conn *c, uint64_t n, uint64_t at)
{
    uint64_t now = now_ns();
    if (options.job == JOB_WORK) { /* nothing was sent by us: the wire says since when */
        run.done += run.closing ? 0 : n;
        latency_add(&run.latency, now - at);
        return;
    }
    if (asks())
        check_rows(c);
    run.all += n;
    for (; n > 0; n--) {
        errno = 0;
        if (c->acked == c->sent)
            fail("an answer too many");
        uint64_t since = c->sent_at[c->acked++ % WINDOW_MOST];
        if (!run.closing) {
            latency_add(&run.latency, now - since);
            run.done++;
        }
    }
}

static uint64_t in_flight(void)
{
    uint64_t n = 0;
    for (int i = 0; i < options.clients; i++)
        n += run.conns[i].sent - run.conns[i].acked;
    return n;
}

static void turn(void)
{
    struct epoll_event events[256];
    int n = epoll_wait(run.epoll, events, 256, 50);
    for (int i = 0; i < n; i++) {
        struct conn *c = events[i].data.ptr;
        if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
            conn_pump(c, got);
        refill(c);
        conn_flush(c, run.epoll);
    }
}

static void start_all(void)
{
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.conns = calloc((size_t)options.clients, sizeof *run.conns);
    if (run.epoll < 0 || run.conns == NULL)
        fail("memory");
    for (int i = 0; i < options.clients; i++)
        conn_start(&run.conns[i], i, run.epoll);
    run.began = now_ns();
    for (int i = 0; i < options.clients; i++) {
        refill(&run.conns[i]);
        conn_flush(&run.conns[i], run.epoll);
    }
}

static bool going(uint64_t end)
{
    if (options.job == JOB_FILL)
        return run.done < options.count;
    if (options.job == JOB_WORK && options.count > 0 && run.done >= options.count)
        return false;
    return now_ns() < end;
}

void run_closed(void)
{
    start_all();
    uint64_t warm = run.began + (uint64_t)(options.seconds * 2e8);
    while (options.job != JOB_FILL && options.job != JOB_WORK && now_ns() < warm)
        turn();
    run.done = 0;
    memset(&run.latency, 0, sizeof run.latency);
    run.began = now_ns();
    while (going(run.began + (uint64_t)(options.seconds * 1e9)))
        turn();
    double took = (double)(now_ns() - run.began) / 1e9;
    run.closing = true;
    uint64_t late = now_ns() + SETTLE_S * 1000000000ull;
    while (options.job != JOB_WORK && in_flight() > 0)
        if (turn(), now_ns() > late)
            fail("some requests were never answered");
    printf("{\"per_second\": %.1f, \"count\": %llu, \"all\": %llu, \"seconds\": %.3f, \"p50_ms\": "
           "%.4f, "
           "\"p99_ms\": %.4f}\n",
           (double)run.done / took, (unsigned long long)run.done, (unsigned long long)run.all, took,
           latency_ms(&run.latency, 0.5), latency_ms(&run.latency, 0.99));
}
