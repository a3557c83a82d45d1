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

#include "daemon/base/control.h"
#include "guard.h"
#include "router_inside.h"

#define ID_LONGEST 255
#define FRAME_COST 64u /* bytes of a frame on the wire beside its body: CURVE, lengths */
#define SEEN_MOST 65536u

static bool is_ipc(const char *endpoint)
{
    return strncmp(endpoint, "ipc://", 6) == 0;
}

/* Set before the first bind: libzmq ignores some of them later. The domain makes the handler of
 * handshakes answer, and option 93 makes a handshake fail when there is none. */
static int set_options(void *socket, const char *domain)
{
    const struct {
        int option, value;
    } INTS[] = {{ZMQ_ROUTER_MANDATORY, 1},
                {ZMQ_ROUTER_HANDOVER, 0},
                {ZMQ_LINGER, 500},
                {ZMQ_SNDHWM, 20000},
                {ZMQ_RCVHWM, 256},
                {ZMQ_BACKLOG, 1024},
                {ZMQ_HANDSHAKE_IVL, 2000},
                {ZMQ_HEARTBEAT_IVL, 2000},
                {ZMQ_HEARTBEAT_TIMEOUT, 8000},
                {ZMQ_TCP_KEEPALIVE, 1},
                {ROUTER_ENFORCE_DOMAIN, !control("domain")}};
    if (zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) != 0)
        return -1;
    for (size_t i = 0; i < sizeof INTS / sizeof *INTS; i++)
        if (zmq_setsockopt(socket, INTS[i].option, &INTS[i].value, sizeof INTS[i].value) != 0)
            return -1;
    int64_t most = 1 << 20; /* larger than a message may be: one that is a little too big gets an
                               answer, not a cut line */
    return zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
}

static int set_keys(void *socket, const char *secret_key)
{
    int server = 1;
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &server, sizeof server) != 0)
        return -1;
    return zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret_key, 41);
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

int router_check(const char (*endpoints)[128], unsigned n, bool has_key, struct err *err)
{
    for (unsigned i = 0; i < n; i++)
        if (!is_ipc(endpoints[i]) && !has_key)
            return err_set(err, ERR_CONFIG,
                           "%s: tcp needs a key of this server: set server_key in siagad.yaml and "
                           "make one with: siaga cert new siagad --role server",
                           endpoints[i]);
    return 0;
}

/* With a descriptor that listens already the address is only looked at, so one is given that can
 * be read without IPv6 and without asking anybody. */
static int listen_at(void *socket, const char *endpoint, int fd)
{
    const char *name = fd >= 0 && !is_ipc(endpoint) ? "tcp://127.0.0.1:1" : endpoint;
    if (zmq_setsockopt(socket, ZMQ_USE_FD, &fd, sizeof fd) != 0)
        return -1;
    return zmq_bind(socket, name);
}

static int bind_one(struct router *r, const char *endpoint, int fd, struct err *err)
{
    bool taken = fd < 0 && is_ipc(endpoint) && held(endpoint);
    void *socket = r->socket[is_ipc(endpoint) ? ROUTER_LOCAL : ROUTER_KEYS];
    if (taken || listen_at(socket, endpoint, fd) != 0)
        return err_set(err, ERR_CONFIG,
                       "%s: cannot listen: %s; is another siagad running, does the folder exist?",
                       endpoint, zmq_strerror(taken ? EADDRINUSE : errno));
    size_t n = sizeof r->endpoint[0];
    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, r->endpoint[r->endpoints_n], &n);
    r->adopted[r->endpoints_n] = fd >= 0;
    if (fd < 0 && is_ipc(endpoint) && endpoint[6] != '@')
        chmod(endpoint + 6,
              0666); /* who may come in is decided by the unix user, not by the file */
    r->endpoints_n++;
    return 0;
}

static int make_socket(struct router *r, const char *secret_key, struct err *err)
{
    enum router_socket which = secret_key != NULL ? ROUTER_KEYS : ROUTER_LOCAL;
    if (r->socket[which] != NULL)
        return 0;
    void *socket = r->socket[which] = zmq_socket(r->context, ZMQ_ROUTER);
    if (socket == NULL ||
        set_options(socket, which == ROUTER_KEYS ? ZAP_DOMAIN_KEYS : ZAP_DOMAIN_LOCAL) != 0 ||
        (which == ROUTER_KEYS && set_keys(socket, secret_key) != 0))
        return err_set(err, ERR_FATAL, "a ROUTER socket cannot be made: %s", zmq_strerror(errno));
    return 0;
}

static int make_sockets(struct router *r, const struct router_conf *conf, struct err *err)
{
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < conf->n; i++)
        rc = make_socket(r, is_ipc(conf->endpoints[i]) ? NULL : conf->secret_key, err);
    if (rc == 0)
        rc = guard_open(&r->guard, r->context, r->socket, ROUTER_SOCKETS, err);
    for (unsigned i = 0; rc == 0 && i < conf->n && i < ROUTER_ENDPOINTS_MAX; i++)
        rc = bind_one(r, conf->endpoints[i], conf->fds != NULL ? conf->fds[i] : -1, err);
    return rc;
}

int router_open(struct router **ret_router, const struct router_conf *conf, struct err *err)
{
    struct router *r = calloc(1, sizeof *r);
    if (r == NULL || (r->seen = calloc(SEEN_MOST, sizeof *r->seen)) == NULL)
        abort();
    r->context = zmq_ctx_new();
    zmq_ctx_set(r->context, ZMQ_MAX_SOCKETS, 64);
    if (conf->secret_key != NULL)
        zmq_curve_public(r->public_key, conf->secret_key);
    int rc = router_check(conf->endpoints, conf->n, conf->secret_key != NULL, err);
    if (rc != 0) {
        struct zap_table *table = conf->table;
        zap_table_free(&table);
    } else { /* before anything is bound, somebody decides who may come in */
        rc = zap_open(&r->zap, r->context, conf->table, err);
    }
    if (rc == 0)
        rc = make_sockets(r, conf, err);
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
    guard_close(&(*r)->guard);
    for (unsigned i = 0; i < ROUTER_SOCKETS; i++)
        if ((*r)->socket[i] != NULL)
            zmq_close((*r)->socket[i]);
    zap_close(&(*r)->zap);
    zmq_ctx_term((*r)->context);
    free((*r)->seen);
    free(*r);
    *r = NULL;
}

bool router_secure(const struct router *r)
{
    return r->socket[ROUTER_KEYS] != NULL;
}

bool router_alive(struct router *r)
{
    return zap_alive(r->zap);
}

void router_people(struct router *r, struct zap_table *table)
{
    zap_use(r->zap, table);
}

void router_figures(struct router *r, struct router_figures *ret)
{
    zap_figures(r->zap, &ret->refused, &ret->slowed);
    guard_figures(r->guard, &ret->accepted, &ret->cut, &ret->connections);
}

unsigned router_turned(struct router *r, struct turned ret[TURNED_MOST])
{
    return zap_turned(r->zap, ret);
}

const char *router_bound(const struct router *r, unsigned i)
{
    return i < r->endpoints_n ? r->endpoint[i] : NULL;
}

bool router_wait(struct router *r, const int *fds, unsigned n, int timeout_ms, bool *ret_ready)
{
    zmq_pollitem_t items[ROUTER_WAIT_FDS + ROUTER_SOCKETS];
    unsigned sockets = 0;
    for (unsigned i = 0; i < ROUTER_SOCKETS; i++)
        if (r->socket[i] != NULL)
            items[sockets++] = (zmq_pollitem_t){r->socket[i], 0, ZMQ_POLLIN, 0};
    for (unsigned i = 0; i < n; i++)
        items[sockets + i] = (zmq_pollitem_t){NULL, fds[i], ZMQ_POLLIN, 0};
    int rc = zmq_poll(items, (int)(sockets + n), timeout_ms);
    for (unsigned i = 0; i < n; i++)
        ret_ready[i] = rc > 0 && items[sockets + i].revents != 0;
    bool any = false;
    for (unsigned i = 0; rc > 0 && i < sockets; i++)
        any = any || items[i].revents != 0;
    return any;
}

/* ---- receiving ---- */

static void took(struct router *r)
{
    guard_took(r->guard, zmq_msg_get(&r->body, ZMQ_SRCFD), zmq_msg_size(&r->body) + FRAME_COST);
}

/* Reads on to the end of a message that has more frames than one, keeping the last. */
static unsigned drain_frames(struct router *r, void *socket)
{
    unsigned frames = 1;
    took(r);
    while (zmq_msg_more(&r->body)) {
        zmq_msg_close(&r->body);
        zmq_msg_init(&r->body);
        if (zmq_msg_recv(&r->body, socket, ZMQ_DONTWAIT) < 0)
            break;
        frames++;
        took(r);
    }
    return frames;
}

/* Which connection this routing id is, to end it later. libzmq's own ids are a big endian number
 * that counts up, so a slot is one id's for long, and those of living connections lie together. */
static struct seen *seen_of(struct router *r, const struct address *at)
{
    uint32_t number = 0;
    for (unsigned i = at->n > 4 ? at->n - 4u : 0; i < at->n; i++)
        number = number << 8 | at->id[i];
    return &r->seen[number % SEEN_MOST];
}

static void remember(struct router *r, const struct address *from)
{
    struct seen *s = seen_of(r, from);
    if (s->at.n == from->n && memcmp(s->at.id, from->id, from->n) == 0)
        return;
    s->at = *from;
    s->fd = zmq_msg_get(&r->body, ZMQ_SRCFD);
    s->inode = guard_inode(s->fd);
}

void router_cut(struct router *r, const struct address *to)
{
    struct seen *s = seen_of(r, to);
    if (s->at.n == to->n && memcmp(s->at.id, to->id, to->n) == 0)
        guard_shut(s->fd, s->inode);
    s->at.n = 0;
}

static void identify(struct router *r, unsigned which, struct parcel *p)
{
    const char *name = zmq_msg_gets(&r->body, "User-Id");
    p->key = slice_from(zmq_msg_gets(&r->body, "Key"));
    p->peer = slice_from(which == ROUTER_LOCAL ? "local" : zmq_msg_gets(&r->body, "Peer-Address"));
    p->claims = which == ROUTER_LOCAL && name != NULL && strcmp(name, ZAP_CLAIMS) == 0;
    p->claims = p->claims || control("name");
    p->identity = p->claims ? (struct slice){0} : slice_from(name);
}

static bool receive_from(struct router *r, unsigned which, struct parcel *ret_parcel)
{
    uint8_t id[ID_LONGEST];
    void *socket = r->socket[which];
    int n = zmq_recv(socket, id, sizeof id, ZMQ_DONTWAIT);
    if (n < 0)
        return false;
    if (r->holds)
        zmq_msg_close(&r->body);
    zmq_msg_init(&r->body);
    r->holds = true;
    *ret_parcel = (struct parcel){.frames = 0};
    if (zmq_msg_recv(&r->body, socket, ZMQ_DONTWAIT) < 0)
        return true;
    ret_parcel->frames = drain_frames(r, socket);
    if (n < ROUTER_ID_BYTES) { /* a client that chose a longer id itself cannot be answered */
        ret_parcel->from.n = (uint8_t)(n + 1);
        ret_parcel->from.id[0] = (uint8_t)which;
        memcpy(ret_parcel->from.id + 1, id, (size_t)n);
        remember(r, &ret_parcel->from);
    }
    identify(r, which, ret_parcel);
    ret_parcel->bytes = (struct slice){zmq_msg_data(&r->body), (uint32_t)zmq_msg_size(&r->body)};
    return true;
}

/* In turn, so that neither door starves the other. */
bool router_receive(struct router *r, struct parcel *ret_parcel)
{
    for (unsigned i = 0; i < ROUTER_SOCKETS; i++) {
        r->turn = (r->turn + 1) % ROUTER_SOCKETS;
        if (r->socket[r->turn] != NULL && receive_from(r, r->turn, ret_parcel))
            return true;
    }
    return false;
}

enum router_sent router_send(struct router *r, const struct address *to, const void *bytes,
                             size_t n)
{
    if (to->n == 0)
        return ROUTER_GONE;
    void *socket = to->id[0] < ROUTER_SOCKETS ? r->socket[to->id[0]] : NULL;
    if (socket == NULL)
        return ROUTER_GONE;
    if (zmq_send(socket, to->id + 1, to->n - 1u, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
        return errno == EAGAIN ? ROUTER_STALLED : ROUTER_GONE;
    if (zmq_send(socket, bytes, n, ZMQ_DONTWAIT) < 0)
        return errno == EAGAIN ? ROUTER_STALLED : ROUTER_GONE;
    return ROUTER_SENT;
}
