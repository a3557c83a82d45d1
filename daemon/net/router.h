/* router: the sockets of the daemon. Messages in, messages out, and the wait of the reactor.
 *
 * Keeps: a ROUTER with CURVE for every tcp endpoint, another for ipc, and the handler that decides
 * who may come in (zap.h). Called by siagad (wait, receive, cut), egress (send). Never looks into a
 * message and never blocks in a send. Who sent a message: `identity` is the User-Id that the
 * handler gave to the peer, read from the payload frame (the frame of the routing id has none in
 * libzmq 4.3.4); what a peer says of itself is never believed.
 */
#ifndef SIAGA_NET_ROUTER_H
#define SIAGA_NET_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/err.h"
#include "proto/slice.h"
#include "zap.h"

#define ROUTER_ID_BYTES 15

struct router;

/* Where an answer goes: which socket, and the routing id there. Good as long as the peer is
 * connected; a new connection is a new address. */
struct address {
    uint8_t n;
    uint8_t id[ROUTER_ID_BYTES];
};

/* One message that came in. Lives until the next router_receive(). */
struct parcel {
    struct address from;
    struct slice identity; /* "" when the peer claims its own name */
    struct slice key;      /* the public key it came in with, Z85, or "uid:N" */
    struct slice peer;     /* its address: "192.0.2.1", or "local" */
    bool claims;           /* it may say who it is (ipc: claimed) */
    struct slice bytes;    /* of the one frame a message has */
    unsigned frames;       /* how many it really had */
};

struct router_conf {
    const char (*endpoints)[128];
    const int *fds; /* of each: the descriptor that listens there already, -1: none; NULL: none at
                       all */
    unsigned n;
    const char *secret_key;  /* of this server, Z85; NULL: no tcp */
    struct zap_table *table; /* taken */
};

/* ERR_CONFIG names a tcp endpoint while there is no key. Before anything is made. */
int router_check(const char (*endpoints)[128], unsigned n, bool has_key, struct err *err);

/* Binds all endpoints. ERR_CONFIG names the one that cannot be bound. The table is taken also when
 * it fails. */
int router_open(struct router **ret_router, const struct router_conf *conf, struct err *err);
void router_close(struct router **r);

/* A stranger's key, and a peer without any, try every endpoint with keys and must be refused; 0 or
 * ERR_FATAL. Takes up to three seconds when something is wrong. */
int router_prove(struct router *r, struct err *err);
bool router_alive(struct router *r); /* somebody still decides who may come in */

void router_people(struct router *r, struct zap_table *table); /* taken */
bool router_secure(const struct router *r);                    /* it has an endpoint with keys */
const char *router_bound(
    const struct router *r,
    unsigned i); /* the endpoint as bound: port 0 has become a number; NULL after the last */

#define ROUTER_WAIT_FDS 4
/* Waits for messages or for one of the descriptors, at most timeout_ms (-1: for ever).
 * ret_ready[i]: descriptor i. True: messages wait. */
bool router_wait(struct router *r, const int *fds, unsigned n, int timeout_ms, bool *ret_ready);
bool router_receive(struct router *r, struct parcel *ret_parcel); /* false: dry */

enum router_sent {
    ROUTER_SENT,
    ROUTER_GONE /* the peer has left */,
    ROUTER_STALLED /* its queue is full; nothing was sent */
};
enum router_sent router_send(struct router *r, const struct address *to, const void *bytes,
                             size_t n);

/* Ends one connection; the others do not notice. */
void router_cut(struct router *r, const struct address *to);

struct router_figures {
    uint64_t accepted; /* connections since the start */
    uint64_t refused;  /* handshakes: unknown, expired, revoked keys */
    uint64_t slowed;   /* of them: refused without a look */
    uint64_t cut;      /* connections that sent without end */
    uint32_t connections;
};
void router_figures(struct router *r, struct router_figures *ret);
unsigned router_turned(struct router *r, struct turned ret[TURNED_MOST]); /* zap_turned() */

#endif
