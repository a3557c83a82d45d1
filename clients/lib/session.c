#include "clients/lib/session.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>
#include <time.h>
#include <zmq.h>

#include "clients/lib/error.h"
#include "clients/lib/exchange.h"
#include "clients/lib/keyfile.h"
#include "clients/lib/mem.h"
#include "clients/lib/stream.h"
#include "clients/lib/submit.h"
#include "proto/frame.h"
#include "proto/key.h"

#define RECONNECT_MS 100
#define RECONNECT_MAX_MS 2000
#define HANDSHAKE_MS 2000
#define HEARTBEAT_MS 2000
#define HEARTBEAT_TIMEOUT_MS 6000
#define ROTATE_US (1000 * SESSION_MS)       /* patience with one endpoint of several */
#define ROTATE_FAILED_US (100 * SESSION_MS) /* and when it said no */
#define HUNG_UP_MAX 3u                      /* handshakes broken off in a row are no accident */

int64_t session_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

uint64_t session_rid(siaga_session *s)
{
    return ++s->last_rid;
}

/* ---- the socket ---- */

static void set(void *sock, int option, int value)
{
    zmq_setsockopt(sock, option, &value, sizeof(value));
}

/* What the monitor tells: only what decides between "not reachable" and "no answer". */
#define MONITORED                                                                \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | \
     ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |          \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

static bool open_monitor(siaga_session *s)
{
    char address[64];
    snprintf(address, sizeof(address), "inproc://siaga-monitor-%u", s->sockets);
    if (zmq_socket_monitor(s->sock, address, MONITORED) < 0)
        return false;
    s->monitor = zmq_socket(s->ctx, ZMQ_PAIR);
    if (!s->monitor)
        return false;
    set(s->monitor, ZMQ_LINGER, 0);
    return zmq_connect(s->monitor, address) == 0;
}

static bool is_local(const char *endpoint)
{
    return strncmp(endpoint, "ipc://", 6) == 0;
}

/* Without all three the socket would speak in the clear: it is not used then. */
static bool set_keys(siaga_session *s)
{
    const struct cert *c = s->cert;
    return zmq_setsockopt(s->sock, ZMQ_CURVE_SERVERKEY, c->server_key, CERT_KEY_BYTES) == 0 &&
           zmq_setsockopt(s->sock, ZMQ_CURVE_PUBLICKEY, c->public_key, CERT_KEY_BYTES) == 0 &&
           zmq_setsockopt(s->sock, ZMQ_CURVE_SECRETKEY, c->secret_key, CERT_KEY_BYTES) == 0;
}

static bool open_socket(siaga_session *s)
{
    const char *endpoint = s->endpoints[s->current];
    s->sockets++;
    s->connected = s->failed = false;
    s->opened_at = session_clock();
    s->sock = zmq_socket(s->ctx, ZMQ_DEALER);
    if (!s->sock)
        return false;
    set(s->sock, ZMQ_LINGER, 0);
    set(s->sock, ZMQ_IMMEDIATE, 1); /* nothing queues up for a peer that is not there */
    set(s->sock, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    set(s->sock, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
    set(s->sock, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    set(s->sock, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
    set(s->sock, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
    int64_t most = FRAME_ANSWER_MAX_BYTES;
    zmq_setsockopt(s->sock, ZMQ_MAXMSGSIZE, &most, sizeof(most));
    return (is_local(endpoint) || set_keys(s)) && open_monitor(s) &&
           zmq_connect(s->sock, endpoint) == 0;
}

static void close_socket(siaga_session *s)
{
    if (s->sock) {
        zmq_socket_monitor(s->sock, NULL, 0);
        zmq_close(s->sock);
    }
    if (s->monitor)
        zmq_close(s->monitor);
    s->sock = s->monitor = NULL;
}

/* Stays here, or goes to the next endpoint that did not turn us away. false: all did. */
static bool choose(siaga_session *s, bool next)
{
    for (unsigned i = next; i <= s->endpoints_n; i++) {
        unsigned at = (s->current + i) % s->endpoints_n;
        if (s->barred[at])
            continue;
        s->current = at;
        return true;
    }
    return false;
}

void session_renew(siaga_session *s, bool next)
{
    if (s->connected)
        s->since = session_clock();
    close_socket(s);
    s->connected = false;
    if (choose(s, next))
        open_socket(s); /* an endpoint that cannot be opened counts as one that does not answer */
    exchange_unsent(s);
}

bool session_send(siaga_session *s, const void *message, size_t n)
{
    return s->sock && zmq_send(s->sock, message, n, ZMQ_DONTWAIT) >= 0;
}

/* ---- life ---- */

static bool add_endpoints(siaga_session *s, const char *list)
{
    char *copy = mem_text(list), *rest = copy, *one;
    while ((one = strsep(&rest, ", ")))
        if (*one && s->endpoints_n < SESSION_ENDPOINTS_MAX)
            s->endpoints[s->endpoints_n++] = mem_text(one);
    free(copy);
    return s->endpoints_n > 0;
}

/* A host and a port; for ipc a socket of its own says whether libzmq takes the path. */
static bool understood(siaga_session *s, const char *endpoint)
{
    if (!is_local(endpoint)) {
        const char *colon = strrchr(endpoint, ':');
        size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
        return strncmp(endpoint, "tcp://", 6) == 0 && colon > endpoint + 6 && digits > 0 &&
               digits < 6 && !colon[1 + digits];
    }
    void *sock = zmq_socket(s->ctx, ZMQ_DEALER);
    if (!sock)
        return false;
    set(sock, ZMQ_LINGER, 0);
    bool fine = zmq_connect(sock, endpoint) == 0;
    zmq_close(sock);
    return fine;
}

static int check_endpoints(siaga_session *s, siaga_error *err)
{
    for (unsigned i = 0; i < s->endpoints_n; i++)
        if (!understood(s, s->endpoints[i]))
            return error_at(err, EX_USAGE, s->endpoints[i],
                            "alamat tidak sah; contoh tcp://127.0.0.1:5570 atau ipc:///jalur",
                            "not an address; such as tcp://127.0.0.1:5570 or ipc:///path");
    return 0;
}

/* Only tcp needs keys, and then it must have them. */
static int load_keys(siaga_session *s, siaga_error *err)
{
    unsigned i = 0;
    while (i < s->endpoints_n && is_local(s->endpoints[i]))
        i++;
    if (i == s->endpoints_n)
        return 0;
    if (!s->cert_path)
        return error_at(err, EX_CONFIG, s->endpoints[i],
                        "perlu berkas kunci; sebut dengan --cert atau SIAGA_CERT (dibuat dengan "
                        "siaga cert new)",
                        "a key file is needed; name it with --cert or SIAGA_CERT (made by siaga "
                        "cert new)");
    s->cert = mem_zero(sizeof(*s->cert));
    return keyfile_read(s->cert_path, s->cert, err);
}

static int open_all(siaga_session *s, siaga_error *err)
{
    if (*s->source && !siaga_source_valid(s->source))
        return error_at(err, EX_USAGE, s->source,
                        "nama sumber tidak sah; pakai 1-48 dari a-z 0-9 - (SIAGA_SOURCE)",
                        "not a source name; use 1-48 of a-z 0-9 - (SIAGA_SOURCE)");
    s->ctx = zmq_ctx_new();
    if (!s->ctx)
        return error_at(err, EX_OSERR, "", "ZeroMQ tidak dapat dimulai", "cannot start ZeroMQ");
    int code = check_endpoints(s, err);
    if (!code)
        code = load_keys(s, err);
    if (code)
        return code;
    if (!open_socket(s))
        return error_at(err, EX_OSERR, s->endpoints[0], zmq_strerror(errno), zmq_strerror(errno));
    s->since = s->opened_at;
    return 0;
}

static int or_default(int given, int otherwise)
{
    return given > 0 ? given : otherwise;
}

int siaga_session_new(const siaga_options *options, siaga_session **ret_session, siaga_error *err)
{
    static const siaga_options none;
    const siaga_options *o = options ? options : &none;
    error_clear(err);
    siaga_session *s = mem_zero(sizeof(*s));
    s->cert_path = o->cert && *o->cert ? mem_text(o->cert) : NULL;
    s->source = mem_text(o->source ? o->source : "");
    s->client = mem_text(o->client ? o->client : "libsiaga " SIAGA_VERSION);
    s->english = o->language && strcmp(o->language, "en") == 0;
    s->connect_ms = or_default(o->connect_ms, 3000);
    s->answer_ms = or_default(o->answer_ms, 3000);
    s->deadline_ms = or_default(o->deadline_ms, 15000);
    s->patience_ms = or_default(o->patience_ms, s->deadline_ms);
    s->window = o->window ? o->window : 16;
    s->last_rid = (uint64_t)session_clock() << 16;
    const char *list = o->endpoints ? o->endpoints : SIAGA_DEFAULT_SERVER;
    int code = add_endpoints(s, list) ? open_all(s, err)
                                      : error_at(err, EX_USAGE, list, "tidak ada alamat siagad",
                                                 "no address of siagad");
    if (code) {
        siaga_session_free(s);
        return code;
    }
    *ret_session = s;
    return 0;
}

void siaga_session_free(siaga_session *s)
{
    if (!s)
        return;
    submit_drop_all(s);
    exchange_drop_all(s);
    if (s->sock && s->connected)
        set(s->sock, ZMQ_LINGER, 50); /* a last UNWATCH may still be on its way */
    close_socket(s);
    if (s->ctx)
        zmq_ctx_term(s->ctx);
    for (unsigned i = 0; i < s->endpoints_n; i++)
        free(s->endpoints[i]);
    if (s->cert)
        explicit_bzero(s->cert, sizeof(*s->cert));
    free(s->cert);
    free(s->cert_path);
    free(s->source);
    free(s->client);
    free(s);
}

const char *siaga_session_endpoint(const siaga_session *s)
{
    return s->endpoints[s->current];
}

const char *siaga_session_source(const siaga_session *s)
{
    return *s->source || !s->cert ? s->source : s->cert->name;
}

const char *siaga_error_text(const siaga_session *s, const siaga_error *err)
{
    return s && s->english ? err->text_en : err->text_id;
}

/* ---- the pump ---- */

static void connected(siaga_session *s)
{
    s->connected = true;
    s->failed = false;
    s->since = session_clock();
    s->connections++;
}

static void disconnected(siaga_session *s)
{
    s->failed = true;
    if (!s->connected)
        return;
    s->connected = false;
    s->since = session_clock();
    s->news = true;
    exchange_unsent(s);
}

/* This endpoint does not want us, and will not for being asked again. */
static void bar(siaga_session *s, int what)
{
    siaga_error why;
    const char *endpoint = s->endpoints[s->current];
    if (what == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        error_unwanted(&why, endpoint, is_local(endpoint) ? NULL : s->cert_path);
    else
        error_foreign(&why, endpoint);
    s->barred[s->current] = true;
    session_renew(s, true);
    if (!s->sock && s->barred[s->current])
        s->refusal = why;
    s->news = true;
}

bool session_stranger(const siaga_session *s)
{
    return !is_local(s->endpoints[s->current]) && s->hung_up[s->current] >= HUNG_UP_MAX;
}

/* One event; true: the endpoint turned us away, and that is how. */
static bool heard(siaga_session *s, int what, uint32_t value)
{
    unsigned *hung_up = &s->hung_up[s->current];
    if (what == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || what == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        return true;
    if (what == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        *hung_up = 0;
        connected(s);
    } else if (what == ZMQ_EVENT_CLOSED || what == ZMQ_EVENT_CONNECT_RETRIED) {
        *hung_up = what == ZMQ_EVENT_CLOSED ? 0 : *hung_up;
        s->failed = !s->connected;
    } else {
        *hung_up += what == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL && value != EAGAIN;
        disconnected(s);
    }
    return false;
}

/* The monitor sends two frames an event: its number and value, the endpoint. */
static void hear_monitor(siaga_session *s)
{
    uint8_t event[6];
    char address[256];
    while (s->monitor &&
           zmq_recv(s->monitor, event, sizeof(event), ZMQ_DONTWAIT) == (int)sizeof(event)) {
        uint16_t what;
        uint32_t value;
        memcpy(&what, event, sizeof(what));
        memcpy(&value, event + sizeof(what), sizeof(value));
        zmq_recv(s->monitor, address, sizeof(address), ZMQ_DONTWAIT);
        if (heard(s, what, value))
            bar(s, what);
    }
}

/* Anything that is no frame of ours, or answers nothing we asked, is passed over. */
static void hear_socket(siaga_session *s)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, s->sock, ZMQ_DONTWAIT) >= 0) {
        const uint8_t *bytes = zmq_msg_data(&message);
        size_t n = zmq_msg_size(&message);
        struct frame frame;
        if (zmq_msg_more(&message) || !frame_read(bytes, n, &frame) ||
            frame.version != FRAME_VERSION)
            continue;
        if (frame.code == ANSWER_DONE || frame.code == ANSWER_REFUSED)
            exchange_answer(s, frame.rid, frame.code, bytes + FRAME_BYTES, n - FRAME_BYTES);
        else
            stream_hear(s, frame.rid, frame.code, bytes + FRAME_BYTES, n - FRAME_BYTES);
    }
    zmq_msg_close(&message);
}

/* With several endpoints one that is not there is left for the next. */
static int64_t rotate(siaga_session *s, int64_t now)
{
    if (s->endpoints_n < 2 || s->connected || s->refusal.code)
        return SESSION_NEVER;
    int64_t at = s->opened_at + (s->failed || !s->sock ? ROTATE_FAILED_US : ROTATE_US);
    if (now < at)
        return at;
    session_renew(s, true);
    return s->opened_at + ROTATE_FAILED_US;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void session_pump(siaga_session *s, int64_t until)
{
    s->interrupted = s->news = false;
    int64_t now = session_clock();
    hear_monitor(s);
    int64_t wake = least(least(until, rotate(s, now)), exchange_tend(s, now));
    int64_t left_us = s->news || wake <= now ? 0 : wake - now;
    zmq_pollitem_t items[] = {
        {s->sock, 0, (short)(ZMQ_POLLIN | (exchange_due(s, now) ? ZMQ_POLLOUT : 0)), 0},
        {s->monitor, 0, ZMQ_POLLIN, 0},
    };
    long timeout = wake == SESSION_NEVER ? -1 : (long)((left_us + SESSION_MS - 1) / SESSION_MS);
    if (s->news)
        timeout = 0;
    if (zmq_poll(items, s->sock && s->monitor ? 2 : 0, timeout) < 0) {
        s->interrupted = errno == EINTR;
        return;
    }
    hear_monitor(s);
    if (items[0].revents & ZMQ_POLLIN)
        hear_socket(s);
}
