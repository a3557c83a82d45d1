/* load: one thread that speaks the wire of siagad and of each rival on bare sockets, so that the
 * client costs the same everywhere and the server is what is measured.
 *
 * A rival is one file here and one line of wires.def. What a wire does blocks only in open(); after
 * that it writes into the connection's buffer and reads what has come. */
#ifndef SIAGA_BENCH_LOAD_H
#define SIAGA_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_BYTES 300u
#define EVENT_KEY_AT 6u     /* where the key lies in the event */
#define EVENT_KEY_BYTES 24u /* 16 digits of time, 8 of a number */
#define WINDOW_MOST 1024u
#define RING 4096u /* numbers that may be confirmed out of order */
#define LATEST_ROWS 100u
#define RANGE_ROWS 10000u

enum job { JOB_INTAKE, JOB_FILL, JOB_GET, JOB_LATEST, JOB_RANGE, JOB_FEED, JOB_WORK };

/* What is stored everywhere: a report as siagad takes it, a msgpack map. Beside it what a table has
 * in columns. */
struct event {
    uint8_t bytes[EVENT_BYTES];
    uint64_t at; /* ns: when it was sent, or its number where events must be found again */
    uint32_t number;
    uint16_t skpd, kecamatan, severity;
};

struct conn {
    int fd, no; /* no: 0, 1, ... of this run */
    bool watcher, want_out;
    uint8_t *in, *out;
    size_t in_n, in_cap, out_n, out_at, out_cap;
    uint64_t sent, acked, sent_at[WINDOW_MOST];
    uint64_t pending, rows, spare; /* of the parser, as each wire means them */
    uint64_t confirmed[RING / 64];
    char name[64];
};

/* Said by a parser: one acknowledgement, one whole answer (rows counted in c->rows), or on a
 * watcher `n` messages, the first of which was sent `at`. */
typedef void got_fn(struct conn *c, uint64_t n, uint64_t at);

struct wire {
    const char *name;
    void (*open)(struct conn *c, enum job job);
    void (*put)(struct conn *c, const struct event *e);     /* store one, ask for its receipt */
    void (*publish)(struct conn *c, const struct event *e); /* to all watchers */
    void (*ask)(struct conn *c, enum job job, uint64_t n);  /* about the n-th event */
    size_t (*parse)(struct conn *c, uint8_t *p, size_t n, got_fn *got); /* bytes used up */
    unsigned jobs; /* those it can do: bits of enum job */
};

struct options {
    enum job job;
    const struct wire *wire;
    const char *address; /* a port of this machine, or the path of a socket */
    const char *tickets; /* siagad: file of them, written by fill, read by get */
    const char *variant; /* what a wire wants to know: "quorum" */
    int clients, window, batch;
    uint64_t count;
    double seconds, rate;
};
extern struct options options;

struct latency {
    uint64_t n, count[64 * 48];
};

/* wire.c */
void fail(const char *what);
uint64_t now_ns(void);
void put_be(uint8_t *p, uint64_t v, int n);
uint64_t get_be(const uint8_t *p, int n);
void conn_connect(struct conn *c);
void conn_add(struct conn *c, const void *p, size_t n);
void conn_addf(struct conn *c, const char *form, ...) __attribute__((format(printf, 2, 3)));
void conn_say(struct conn *c); /* what is in the buffer, blocking */
/* Blocking: until the bytes read have `mark` in them, or, without a mark, are n. */
size_t conn_hear(struct conn *c, const char *mark, void *into, size_t n);
void conn_flush(struct conn *c, int epoll);
void conn_pump(struct conn *c, got_fn *got);
void conn_start(struct conn *c, int no, int epoll);
void latency_add(struct latency *l, uint64_t ns);
double latency_ms(const struct latency *l, double share);

/* event.c */
void event_make(struct event *e, uint32_t number, uint64_t at);
const char *event_skpd(uint64_t i); /* name of an SKPD that owns some; goes round */
uint64_t event_key_at(const uint8_t *key);

/* loop.c, feed.c: the runs; each prints one JSON object */
void run_closed(void);
void run_feed(void);

#endif
