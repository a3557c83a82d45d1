/* router: the one ZeroMQ socket of the daemon. Messages in, messages out, and the wait of the
 * reactor.
 *
 * Keeps: a ROUTER bound to every endpoint. Called by siagad (wait, receive), egress (send). Never
 * looks into a message and never blocks in a send. Who sent a message: `identity` is the User-Id
 * the ZAP handler gave to the peer, read from the payload frame; without CURVE there is none and it
 * stays empty, whatever the peer claims in its handshake.
 */
#ifndef SIAGA_NET_ROUTER_H
#define SIAGA_NET_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/err.h"
#include "proto/slice.h"

#define ROUTER_ID_BYTES 15

struct router;

/* Where an answer goes. Good as long as the peer is connected; a new connection is a new address.
 */
struct address {
    uint8_t n;
    uint8_t id[ROUTER_ID_BYTES];
};

/* One message that came in. Lives until the next router_receive(). */
struct parcel {
    struct address from;
    struct slice identity; /* "" without CURVE */
    struct slice bytes;    /* of the one frame a message has */
    unsigned frames;       /* how many it really had */
};

bool router_endpoint_local(const char *endpoint); /* ipc, or tcp on a loopback address */

/* ERR_CONFIG names an endpoint that is not local while there are no keys. Before anything is made.
 */
int router_check(const char (*endpoints)[128], unsigned n, struct err *err);

/* Binds all endpoints. ERR_CONFIG names the one that cannot be bound, and every endpoint that is
 * not local while there are no keys. */
int router_open(struct router **ret_router, const char (*endpoints)[128], unsigned n,
                struct err *err);
void router_close(struct router **r);
bool router_secure(const struct router *r); /* peers are authenticated */
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

#endif
