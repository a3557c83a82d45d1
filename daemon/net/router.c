#include "router.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#define ENDPOINTS_MAX 8
#define ID_LONGEST 255

struct router {
    void *context, *socket;
    zmq_msg_t body;
    bool holds; /* body is open */
    bool secure;
    unsigned endpoints_n;
    char endpoint[ENDPOINTS_MAX][256];
};

bool router_endpoint_local(const char *endpoint)
{
    static const char *const local[] = {"ipc://", "tcp://127.", "tcp://[::1]:", "tcp://localhost:"};
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        if (strncmp(endpoint, local[i], strlen(local[i])) == 0)
            return true;
    return false;
}

/* Set before the first bind: libzmq ignores some of them later. */
static int set_options(void *socket)
{
    static const struct {
        int option, value;
    } INTS[] = {{ZMQ_ROUTER_MANDATORY, 1}, {ZMQ_ROUTER_HANDOVER, 0},  {ZMQ_LINGER, 500},
                {ZMQ_SNDHWM, 20000},       {ZMQ_RCVHWM, 20000},       {ZMQ_BACKLOG, 1024},
                {ZMQ_HANDSHAKE_IVL, 2000}, {ZMQ_HEARTBEAT_IVL, 2000}, {ZMQ_HEARTBEAT_TIMEOUT, 8000},
                {ZMQ_TCP_KEEPALIVE, 1}};
    for (size_t i = 0; i < sizeof INTS / sizeof *INTS; i++)
        if (zmq_setsockopt(socket, INTS[i].option, &INTS[i].value, sizeof INTS[i].value) != 0)
            return -1;
    int64_t most = 1 << 20; /* larger than a message may be: one that is a little too big gets an
                               answer, not a cut line */
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
}

/* libzmq takes an ipc address over from whoever holds it; a living siagad would lose its clients
 * and not know. */
static bool held(const char *endpoint)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const char *path = endpoint + strlen("ipc://");
    if (strncmp(endpoint, "ipc://", 6) != 0 || *path == '@' || strlen(path) >= sizeof at.sun_path)
        return false;
    memcpy(at.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answered = fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    if (fd >= 0)
        close(fd);
    return answered;
}

int router_check(const char (*endpoints)[128], unsigned n, struct err *err)
{
    for (unsigned i = 0; i < n; i++)
        if (!router_endpoint_local(endpoints[i]))
            return err_set(err, ERR_CONFIG,
                           "%s: without keys siagad listens on ipc and loopback only; use ipc:// "
                           "or tcp://127.0.0.1",
                           endpoints[i]);
    return 0;
}

static int bind_one(struct router *r, const char *endpoint, struct err *err)
{
    bool taken = held(endpoint);
    if (taken || zmq_bind(r->socket, endpoint) != 0)
        return err_set(err, ERR_CONFIG,
                       "%s: cannot listen: %s; is another siagad running, does the folder exist?",
                       endpoint, zmq_strerror(taken ? EADDRINUSE : errno));
    size_t n = sizeof r->endpoint[0];
    zmq_getsockopt(r->socket, ZMQ_LAST_ENDPOINT, r->endpoint[r->endpoints_n], &n);
    if (strncmp(endpoint, "ipc://", 6) == 0 && endpoint[6] != '@')
        chmod(endpoint + 6, 0660);
    r->endpoints_n++;
    return 0;
}

int router_open(struct router **ret_router, const char (*endpoints)[128], unsigned n,
                struct err *err)
{
    struct router *r = calloc(1, sizeof *r);
    if (r == NULL)
        abort();
    r->context = zmq_ctx_new();
    zmq_ctx_set(r->context, ZMQ_MAX_SOCKETS, 64);
    r->socket = zmq_socket(r->context, ZMQ_ROUTER);
    int rc = router_check(endpoints, n, err);
    if (rc == 0 && (r->socket == NULL || set_options(r->socket) != 0))
        rc = err_set(err, ERR_FATAL, "a ROUTER socket cannot be made: %s", zmq_strerror(errno));
    for (unsigned i = 0; rc == 0 && i < n && i < ENDPOINTS_MAX; i++)
        rc = bind_one(r, endpoints[i], err);
    if (rc != 0)
        router_close(&r);
    else
        *ret_router = r;
    return rc;
}

void router_close(struct router **r)
{
    if (*r == NULL)
        return;
    if ((*r)->holds)
        zmq_msg_close(&(*r)->body);
    if ((*r)->socket != NULL)
        zmq_close((*r)->socket);
    zmq_ctx_term((*r)->context);
    free(*r);
    *r = NULL;
}

bool router_secure(const struct router *r)
{
    return r->secure;
}

const char *router_bound(const struct router *r, unsigned i)
{
    return i < r->endpoints_n ? r->endpoint[i] : NULL;
}

bool router_wait(struct router *r, const int *fds, unsigned n, int timeout_ms, bool *ret_ready)
{
    zmq_pollitem_t items[ROUTER_WAIT_FDS + 1] = {{r->socket, 0, ZMQ_POLLIN, 0}};
    for (unsigned i = 0; i < n; i++)
        items[i + 1] = (zmq_pollitem_t){NULL, fds[i], ZMQ_POLLIN, 0};
    int rc = zmq_poll(items, (int)n + 1, timeout_ms);
    for (unsigned i = 0; i < n; i++)
        ret_ready[i] = rc > 0 && items[i + 1].revents != 0;
    return rc > 0 && items[0].revents != 0;
}

/* Reads on to the end of a message that has more frames than one, keeping the last. */
static unsigned drain_frames(struct router *r)
{
    unsigned frames = 1;
    while (zmq_msg_more(&r->body)) {
        zmq_msg_close(&r->body);
        zmq_msg_init(&r->body);
        if (zmq_msg_recv(&r->body, r->socket, ZMQ_DONTWAIT) < 0)
            break;
        frames++;
    }
    return frames;
}

static struct slice identity_of(struct router *r)
{
    return slice_from(r->secure ? zmq_msg_gets(&r->body, "User-Id") : NULL);
}

bool router_receive(struct router *r, struct parcel *ret_parcel)
{
    uint8_t id[ID_LONGEST];
    int n = zmq_recv(r->socket, id, sizeof id, ZMQ_DONTWAIT);
    if (n < 0)
        return false;
    if (r->holds)
        zmq_msg_close(&r->body);
    zmq_msg_init(&r->body);
    r->holds = true;
    *ret_parcel = (struct parcel){.frames = 0};
    if (zmq_msg_recv(&r->body, r->socket, ZMQ_DONTWAIT) < 0)
        return true;
    ret_parcel->frames = drain_frames(r);
    if (n <= ROUTER_ID_BYTES) { /* a client that chose a longer id itself cannot be answered */
        ret_parcel->from.n = (uint8_t)n;
        memcpy(ret_parcel->from.id, id, (size_t)n);
    }
    ret_parcel->identity = identity_of(r);
    ret_parcel->bytes = (struct slice){zmq_msg_data(&r->body), (uint32_t)zmq_msg_size(&r->body)};
    return true;
}

enum router_sent router_send(struct router *r, const struct address *to, const void *bytes,
                             size_t n)
{
    if (to->n == 0)
        return ROUTER_GONE;
    if (zmq_send(r->socket, to->id, to->n, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
        return errno == EAGAIN ? ROUTER_STALLED : ROUTER_GONE;
    if (zmq_send(r->socket, bytes, n, ZMQ_DONTWAIT) < 0)
        return errno == EAGAIN ? ROUTER_STALLED : ROUTER_GONE;
    return ROUTER_SENT;
}
