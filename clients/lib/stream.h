/* stream: what a watch and a desk have in common: messages that keep coming under the request-id of
 * the question that opened it, credit that lets them come, and coming back when they stop.
 *
 * A stream is always in one of three states. OPENING: its question is on its way (an exchange
 * carries it). LIVE: messages come in and wait in a queue until they are taken one by one. LOST:
 * nothing was heard for 5 s or the connection broke; the next step opens it again. */
#ifndef SIAGA_CLIENTS_LIB_STREAM_H
#define SIAGA_CLIENTS_LIB_STREAM_H

#include "clients/lib/notes.h"
#include "clients/lib/session.h"
#include "proto/frame.h"

enum stream_state { STREAM_OPENING, STREAM_LIVE, STREAM_LOST };

struct stream;

/* What a watch and a desk do in their own way. Items are theirs too: `item` is handed through, and
 * what returns true has filled it. */
struct stream_ways {
    int (*open)(struct stream *st, siaga_error *err); /* stream_ask(), or wait: stays LOST */
    void (*opened)(struct stream *st, const siaga_doc *done);
    void (*tend)(struct stream *st, int64_t now); /* LIVE: gives credit, says "still here" */
    /* The first of the notes, which is neither empty nor ENDED. */
    bool (*take)(struct stream *st, struct note *n, void *item);
    void (*lost)(struct stream *st, void *item);
    void (*found)(struct stream *st, void *item);
};

struct stream {
    struct stream *next;
    siaga_session *session;
    const struct stream_ways *ways;
    enum stream_state state;
    bool again;      /* it was open before */
    bool unreadable; /* a message could not be read: nothing behind it counts */
    struct exchange *opening;
    uint64_t rid;
    struct notes notes;
    uint64_t connections; /* of the session when it was opened */
    int64_t heard_at, said_at, again_at;
    siaga_error trouble;
};

/* Sends the question that opens it: OPENING. 0, or 65 when it is too large. */
int stream_ask(struct stream *st, enum verb verb, const siaga_map *request, siaga_error *err);

/* Joins the session and opens for the first time, waiting for the answer. Not 0: free it. */
int stream_begin(struct stream *st, siaga_session *s, const struct stream_ways *ways,
                 siaga_error *err);
void stream_anew(struct stream *st); /* tells siagad; the next step opens it again */
void stream_end(struct stream *st);  /* tells siagad; leaves the session */

/* CREDIT; true: it went out. */
bool stream_credit(struct stream *st, uint64_t add);
bool stream_quiet(const struct stream *st, int64_t now); /* time to say "still here" */

/* Waits up to timeout_ms (-1: for ever) for the next item. *ret_given false: nothing. Not 0: it is
 * over, for a reason that a new try will not mend. */
int stream_next(struct stream *st, int timeout_ms, void *item, bool *ret_given, siaga_error *err);

/* For session.c: a message that is no answer. */
void stream_hear(siaga_session *s, uint64_t rid, uint8_t code, const void *body, size_t n);

#endif
