/* exchange: one question on its way to its one answer: sent, sent again, waited out, or given up.
 */
#ifndef SIAGA_CLIENTS_LIB_EXCHANGE_H
#define SIAGA_CLIENTS_LIB_EXCHANGE_H

#include "clients/lib/session.h"
#include "proto/frame.h"

struct exchange {
    struct exchange *next;
    uint64_t rid;
    uint8_t *message; /* the whole frame */
    size_t n;
    int64_t begun_at, deadline_at, done_at;
    int64_t try_at; /* unsent: not before; sent: the answer is overdue then */
    unsigned tries;
    bool sent;      /* it is out on this connection */
    bool ever_sent; /* so siagad may have seen it */
    bool bulk;      /* has no emergency in it: heeds session->slow */
    bool once;      /* not twice on one connection (WATCH) */
    bool done;
    siaga_doc *body;   /* of `done` or of the last refusal; NULL: no answer at all */
    siaga_error error; /* code 0 when carried out */
};

/* Takes over `message` (malloc), FRAME_BYTES of room first; they are filled here. Not sent before
 * `after` (monotonic us); given up at `deadline_at`. The exchange is the caller's: exchange_end().
 */
struct exchange *exchange_begin(siaga_session *s, enum verb verb, uint8_t *message, size_t n,
                                int64_t after, int64_t deadline_at);

/* The same for a request map; adds `source` unless it has one. NULL map: no fields. NULL, with err
 * filled (65), when it is too large. */
struct exchange *exchange_ask(siaga_session *s, enum verb verb, const siaga_map *request,
                              siaga_error *err);

/* The deadline after siagad asked to come again at `again_at`: later than `deadline_at` as far as
 * the patience of the session reaches, counted from `begun_at`. Not after again_at: waiting is no
 * use. */
int64_t exchange_patience(const siaga_session *s, int64_t begun_at, int64_t deadline_at,
                          int64_t again_at);

/* siagad asked the sender of bulk to come again at `again_at`, or (0) has just taken some. */
void exchange_slow(siaga_session *s, int64_t again_at);

void exchange_wait(siaga_session *s, struct exchange *x);      /* until it is done */
siaga_doc *exchange_end(siaga_session *s, struct exchange *x); /* forgets it; gives the body */

/* For session.c */
int64_t exchange_tend(siaga_session *s, int64_t now);   /* sends what is due; when to come again */
bool exchange_due(const siaga_session *s, int64_t now); /* something waits for the socket */
void exchange_unsent(siaga_session *s);                 /* the connection is gone */
void exchange_answer(siaga_session *s, uint64_t rid, uint8_t code, const void *body, size_t n);
void exchange_drop_all(siaga_session *s);

#endif
