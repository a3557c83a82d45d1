/* cursor: one watch, as feed.c and its answers keep it. Inside egress/ only. */
#ifndef SIAGA_EGRESS_CURSOR_H
#define SIAGA_EGRESS_CURSOR_H

#include "feed.h"

#define CURSOR_PENDING_BYTES (56u << 10) /* a message is full */

struct cursor {
    struct cursor *next_cursor;
    struct feed *feed;
    struct ack_to to;
    struct arena arena; /* filter, source */
    struct filter filter;
    struct slice source;
    uint8_t role;  /* whose eyes its rows are for */
    uint64_t next; /* first number not told yet */
    uint32_t credit, credit_most;
    bool live;        /* stands right behind the head */
    bool asking;      /* a question is under way; it points here */
    bool dead;        /* to be freed when that question comes back */
    bool stalled;     /* the last send did not fit; wait for the client or the next second */
    bool announced;   /* its `done` has left */
    bool leaving;     /* closed before that: it ends when the `done` has left */
    int64_t heard_us; /* monotonic */

    /* a snapshot, while it is being told */
    struct snapshot_case *cases;
    uint32_t cases_n, cases_told;
    uint64_t cases_at;

    /* rows of this flush */
    uint8_t *pending;
    uint32_t pending_n, pending_room, pending_rows;
    uint64_t pending_from; /* `next` before them */
};

/* Sends. False: the cursor is dead now. */
bool cursor_send_done(struct cursor *c);
bool cursor_send_rows(struct cursor *c, struct slice rows, uint32_t count, uint64_t next);
bool cursor_send_snapshot(struct cursor *c, struct slice rows, uint32_t count, uint32_t taken);
bool cursor_send_beat(struct cursor *c);
bool cursor_send_gap(struct cursor *c, uint64_t from, uint64_t to, const char *reason);
bool cursor_send_ended(struct cursor *c, int verdict);

#endif
