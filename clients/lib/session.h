/* session: one DEALER socket at one endpoint of a list, and who waits for what comes in on it.
 *
 * Everything waiting is driven by session_pump(): it sends what is due (exchange.c), receives, and
 * hands each message to the exchange or stream of its request-id. Called by exchange, request,
 * submit and stream; knows neither events nor documents. Clocks here are monotonic microseconds. */
#ifndef SIAGA_CLIENTS_LIB_SESSION_H
#define SIAGA_CLIENTS_LIB_SESSION_H

#include "siaga.h"

#define SESSION_ENDPOINTS_MAX 8u
#define SESSION_MS 1000ll /* one millisecond */
#define SESSION_NEVER INT64_MAX

struct cert;
struct exchange;
struct stream;
struct batch;

struct siaga_session {
    void *ctx, *sock, *monitor;
    char *endpoints[SESSION_ENDPOINTS_MAX];
    unsigned endpoints_n, current;
    char *cert_path;
    struct cert *cert;                       /* the keys for tcp; NULL: every endpoint is local */
    bool barred[SESSION_ENDPOINTS_MAX];      /* turned us away: not tried again */
    unsigned hung_up[SESSION_ENDPOINTS_MAX]; /* handshakes in a row that it broke off */
    siaga_error refusal;                     /* code not 0: all are barred, and why the last one */
    char *source, *client;                   /* source "" if none */
    bool english;
    int connect_ms, answer_ms, deadline_ms, patience_ms;
    unsigned window;
    unsigned sockets;  /* opened so far: names the monitors */
    uint64_t last_rid; /* request-ids rise, from a random start */
    bool connected;
    bool failed;          /* this endpoint was tried and did not answer */
    int64_t since;        /* connected, or without connection, since then */
    int64_t opened_at;    /* the socket was made */
    uint64_t connections; /* made so far: who remembers the number sees a new one */
    bool slow;            /* too many a minute: what holds no emergency goes one by one ... */
    int64_t slow_until;   /* ... and not before this */
    bool interrupted;     /* the last wait ended by a signal */
    bool news;            /* something was finished or came in during this pump */
    struct exchange *exchanges;
    struct stream *streams; /* watches and desks */
    struct batch *batches;
};

int64_t session_clock(void);
uint64_t session_rid(siaga_session *s); /* the next free one */

/* Waits at most until `until` for anything to happen and handles it. May return early. */
void session_pump(siaga_session *s, int64_t until);

bool session_send(siaga_session *s, const void *message, size_t n); /* false: not now */

/* The endpoint in use is there, but does not prove to be the siagad of the key file. */
bool session_stranger(const siaga_session *s);

/* A new socket, at the next endpoint of the list when `next`; what was in flight is sent again.
 * None when all are barred. */
void session_renew(siaga_session *s, bool next);

#endif
