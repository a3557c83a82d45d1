/* One that publishes, many that watch: as fast as so many messages in flight allow, or so many a
 * second. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define SETTLE_NS 500000000ull /* subscriptions reach the server */
#define LAST_NS 5000000000ull  /* for what is still under way at the end */

static struct {
    struct conn *conns; /* the first publishes */
    int epoll;
    bool closing;
    uint64_t began, published, delivered;
    struct latency latency;
} run;

static void got(struct conn *c, uint64_t n, uint64_t at)
{
    if (!c->watcher) { /* the receipt of what was published */
        c->acked += n;
        return;
    }
    run.delivered += n;
    if (at >= run.began && !run.closing)
        latency_add(&run.latency, now_ns() - at);
}

static void hear(int wait_ms)
{
    struct epoll_event events[256];
    int n = epoll_wait(run.epoll, events, 256, wait_ms);
    for (int i = 0; i < n; i++) {
        if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
            conn_pump(events[i].data.ptr, got);
        conn_flush(events[i].data.ptr, run.epoll);
    }
}

/* Publishes what is due; how long until the next. */
static int publish(uint64_t end)
{
    uint64_t watchers = (uint64_t)options.clients, now;
    while ((now = now_ns()) < end &&
           run.published * watchers < run.delivered + (uint64_t)options.window * watchers) {
        if (options.rate > 0) {
            uint64_t due = run.began + (uint64_t)((double)run.published / options.rate * 1e9);
            if (due > now)
                return (int)((due - now) / 1000000);
        }
        struct event e;
        event_make(&e, (uint32_t)run.published++, now);
        options.wire->publish(&run.conns[0], &e);
        if (options.rate > 0)
            conn_flush(&run.conns[0], run.epoll);
    }
    conn_flush(&run.conns[0], run.epoll);
    return 50;
}

void run_feed(void)
{
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.conns = calloc((size_t)options.clients + 1, sizeof *run.conns);
    if (run.epoll < 0 || run.conns == NULL)
        fail("memory");
    for (int i = 0; i <= options.clients; i++) {
        run.conns[i].watcher = i > 0;
        conn_start(&run.conns[i], i, run.epoll);
    }
    for (uint64_t since = now_ns(); now_ns() - since < SETTLE_NS;)
        hear(20);
    if (options.seconds <= 0) { /* all of them idle, until somebody has looked at the server */
        puts("{}");
        fflush(stdout);
        while (getchar() != EOF)
            continue;
        return;
    }
    run.delivered = 0;
    run.began = now_ns();
    for (uint64_t end = run.began + (uint64_t)(options.seconds * 1e9); now_ns() < end;)
        hear(publish(end));
    double took = (double)(now_ns() - run.began) / 1e9;
    uint64_t in_time = run.delivered, all = run.published * (uint64_t)options.clients;
    run.closing = true;
    for (uint64_t since = now_ns(); run.delivered < all && now_ns() - since < LAST_NS;)
        hear(20);
    printf("{\"per_second\": %.1f, \"published\": %llu, \"lost\": %lld, \"p50_ms\": %.4f, "
           "\"p99_ms\": %.4f}\n",
           (double)in_time / took, (unsigned long long)run.published,
           (long long)(all - run.delivered), latency_ms(&run.latency, 0.5),
           latency_ms(&run.latency, 0.99));
}
