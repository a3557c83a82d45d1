/* The proof before READY: a stranger is refused at every endpoint with keys. ZeroMQ lets him in
 * when no handler answers, and says nothing. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/control.h"
#include "router_inside.h"

#define PATIENCE_MS 3000
#define WATCHED                                                                   \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |            \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | \
     ZMQ_EVENT_DISCONNECTED)

enum outcome { REFUSED, ADMITTED, UNDECIDED };

/* 0.0.0.0 is everywhere, also here. */
static void reachable(const char *endpoint, char *out, size_t size)
{
    static const char everywhere[] = "tcp://0.0.0.0:", everywhere6[] = "tcp://[::]:";
    if (strncmp(endpoint, everywhere, strlen(everywhere)) == 0)
        snprintf(out, size, "tcp://127.0.0.1:%s", endpoint + strlen(everywhere));
    else if (strncmp(endpoint, everywhere6, strlen(everywhere6)) == 0)
        snprintf(out, size, "tcp://[::1]:%s", endpoint + strlen(everywhere6));
    else
        snprintf(out, size, "%s", endpoint);
}

/* The first thing that becomes of the handshake. */
static enum outcome first_event(void *monitor)
{
    zmq_pollitem_t item = {monitor, 0, ZMQ_POLLIN, 0};
    uint8_t event[8], endpoint[256];
    uint16_t what;
    if (zmq_poll(&item, 1, PATIENCE_MS) <= 0 || zmq_recv(monitor, event, sizeof event, 0) < 6)
        return UNDECIDED;
    zmq_recv(monitor, endpoint, sizeof endpoint, 0);
    memcpy(&what, event, sizeof what);
    return what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? ADMITTED : REFUSED;
}

static void put_text(void *socket, int option, const char *text)
{
    zmq_setsockopt(socket, option, text, strlen(text) + 1);
}

/* A fresh key, or none at all. */
static enum outcome knock(struct router *r, const char *endpoint, bool with_key)
{
    static unsigned knocks; /* libzmq frees a monitor's name a little later */
    char public_key[41], secret_key[41], address[300], events[32];
    int zero = 0, never = -1;
    enum outcome outcome = UNDECIDED;
    void *stranger = zmq_socket(r->context, ZMQ_DEALER),
         *monitor = zmq_socket(r->context, ZMQ_PAIR);
    zmq_setsockopt(stranger, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(monitor, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(stranger, ZMQ_RECONNECT_IVL, &never, sizeof never);
    if (with_key && zmq_curve_keypair(public_key, secret_key) == 0) {
        put_text(stranger, ZMQ_CURVE_SERVERKEY, r->public_key);
        put_text(stranger, ZMQ_CURVE_PUBLICKEY, public_key);
        put_text(stranger, ZMQ_CURVE_SECRETKEY, secret_key);
    }
    reachable(endpoint, address, sizeof address);
    snprintf(events, sizeof events, "inproc://knock-%u", knocks++);
    if (zmq_socket_monitor(stranger, events, WATCHED) == 0 && zmq_connect(monitor, events) == 0 &&
        zmq_connect(stranger, address) == 0)
        outcome = first_event(monitor);
    zmq_socket_monitor(stranger, NULL, 0);
    zmq_close(stranger);
    zmq_close(monitor);
    return outcome;
}

/* A siagad that was handed its sockets may sit where no tcp connection can be made at all. The door
 * is the socket of ZeroMQ, not the way to it: it gets one more way for as long as it is tried. */
static enum outcome knock_at(struct router *r, unsigned i, bool with_key)
{
    char aside[64];
    void *door = r->socket[ROUTER_KEYS];
    int none = -1;
    if (!r->adopted[i])
        return knock(r, r->endpoint[i], with_key);
    snprintf(aside, sizeof aside, "ipc://@siaga-proof-%d-%u-%d", (int)getpid(), i, with_key);
    zmq_setsockopt(door, ZMQ_USE_FD, &none, sizeof none);
    if (zmq_bind(door, aside) != 0)
        return UNDECIDED;
    enum outcome o = knock(r, aside, with_key);
    zmq_unbind(door, aside);
    return o;
}

int router_prove(struct router *r, struct err *err)
{
    if (r->socket[ROUTER_KEYS] == NULL || control("proof"))
        return 0;
    for (unsigned i = 0; i < r->endpoints_n; i++)
        for (int with_key = 0; with_key < 2; with_key++) {
            if (strncmp(r->endpoint[i], "tcp://", 6) != 0)
                continue;
            enum outcome o = knock_at(r, i, with_key);
            if (o != REFUSED)
                return err_set(err, ERR_FATAL,
                               o == ADMITTED
                                   ? "%s: a stranger's key was let in: siagad does not start"
                                   : "%s: a stranger's key was not refused in time: nobody decides "
                                     "who may come in; siagad does not start",
                               r->endpoint[i]);
        }
    router_turned(r, (struct turned[TURNED_MOST]){{.count = 0}}); /* our own knocks are no news */
    return 0;
}
