#include "zap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/base/clock.h"
#include "daemon/base/control.h"
#include "zap_judge.h"

#define ADDRESS "inproc://zeromq.zap.01"
#define BEAT_MS 250
#define FRAMES_MOST 8
#define FRAME_MOST 255u
#define CONTROL_ENDS 3u /* strangers, then the control "ends" has the thread die */

struct zap {
    void *socket;
    pthread_t thread;
    bool running;
    atomic_bool stop;
    _Atomic int64_t beat_ms;
    struct pulse pulse;
    struct clock clock;
    pthread_mutex_t lock; /* of judge: swapped by the reactor, asked by the thread */
    struct judge *judge;
    struct turned turned[TURNED_MOST]; /* under the lock, too */
    unsigned turned_n;
    _Atomic uint64_t refused, slowed;
};

static int64_t now_ms(void)
{
    struct clock clock;
    clock_system(&clock);
    return clock_mono(&clock) / 1000;
}

struct zap_table *zap_table_new(unsigned keys, unsigned users)
{
    struct zap_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        abort();
    t->keys = calloc(keys + 1u, sizeof *t->keys);
    t->users = calloc(users + 1u, sizeof *t->users);
    if (t->keys == NULL || t->users == NULL)
        abort();
    t->keys_n = keys;
    t->users_n = users;
    return t;
}

void zap_table_free(struct zap_table **t)
{
    if (*t == NULL)
        return;
    free((*t)->keys);
    free((*t)->users);
    free(*t);
    *t = NULL;
}

/* ---- one handshake: version, id, domain, address, routing id, mechanism, credentials ---- */

struct request {
    unsigned frames;
    uint8_t frame[FRAMES_MOST][FRAME_MOST + 1];
    size_t size[FRAMES_MOST];
};

enum { F_VERSION, F_ID, F_DOMAIN, F_ADDRESS, F_ROUTING_ID, F_MECHANISM, F_CREDENTIALS };

static bool receive(void *socket, struct request *r)
{
    int more = 1;
    size_t n = sizeof more;
    memset(r, 0, sizeof *r);
    while (more) {
        uint8_t spare[FRAME_MOST + 1], *into = spare;
        if (r->frames < FRAMES_MOST)
            into = r->frame[r->frames];
        int got = zmq_recv(socket, into, FRAME_MOST, 0);
        if (got < 0)
            return false;
        if (r->frames < FRAMES_MOST)
            r->size[r->frames++] = (size_t)got > FRAME_MOST ? FRAME_MOST : (size_t)got;
        zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &n);
    }
    return true;
}

static void say(void *socket, const void *text, size_t n, bool more)
{
    zmq_send(socket, text, n, more ? ZMQ_SNDMORE : 0);
}

static size_t property(uint8_t *out, const char *name, const char *value)
{
    size_t name_n = strlen(name), n = strlen(value);
    out[0] = (uint8_t)name_n;
    memcpy(out + 1, name, name_n);
    uint8_t *p = out + 1 + name_n;
    p[0] = p[1] = 0;
    p[2] = (uint8_t)(n >> 8);
    p[3] = (uint8_t)n;
    memcpy(p + 4, value, n);
    return 1 + name_n + 4 + n;
}

/* No reason is given to a stranger. */
static void answer(struct zap *z, const struct request *r, const struct verdict *v)
{
    uint8_t metadata[256];
    size_t n = v->in ? property(metadata, "Key", v->key) : 0;
    say(z->socket, "1.0", 3, true);
    say(z->socket, r->frame[F_ID], r->size[F_ID], true);
    say(z->socket, v->in ? "200" : "400", 3, true);
    say(z->socket, v->in ? "OK" : "no", 2, true);
    say(z->socket, v->name, v->in ? strlen(v->name) : 0, true);
    say(z->socket, metadata, n, false);
}

/* More addresses in one second than fit are in the figures alone. */
static void note_turned(struct zap *z, const char *address, const char *name)
{
    unsigned i = 0;
    while (i < z->turned_n &&
           (strcmp(z->turned[i].address, address) != 0 || strcmp(z->turned[i].name, name) != 0))
        i++;
    if (i == TURNED_MOST)
        return;
    struct turned *t = &z->turned[i];
    if (i == z->turned_n) {
        z->turned_n++;
        t->count = 0;
        snprintf(t->address, sizeof t->address, "%.*s", (int)sizeof t->address - 1, address);
        snprintf(t->name, sizeof t->name, "%s", name);
    }
    t->count++;
}

unsigned zap_turned(struct zap *z, struct turned ret[TURNED_MOST])
{
    pthread_mutex_lock(&z->lock);
    unsigned n = z->turned_n;
    memcpy(ret, z->turned, n * sizeof *ret);
    z->turned_n = 0;
    pthread_mutex_unlock(&z->lock);
    return n;
}

static void serve(struct zap *z)
{
    struct request r;
    struct verdict v = {.in = false};
    if (!receive(z->socket, &r))
        return;
    const char *domain = (const char *)r.frame[F_DOMAIN],
               *address = (const char *)r.frame[F_ADDRESS],
               *mechanism = (const char *)r.frame[F_MECHANISM];
    pthread_mutex_lock(&z->lock);
    if (strcmp((const char *)r.frame[F_VERSION], "1.0") != 0)
        v.in = false;
    else if (strcmp(domain, ZAP_DOMAIN_KEYS) == 0 && strcmp(mechanism, "CURVE") == 0 &&
             r.size[F_CREDENTIALS] == 32)
        judge_key(z->judge, r.frame[F_CREDENTIALS], address, &v);
    else if (strcmp(domain, ZAP_DOMAIN_LOCAL) == 0 && strcmp(mechanism, "NULL") == 0)
        judge_user(z->judge, address, &v);
    if (!v.in)
        note_turned(z, v.key[0] != '\0' ? v.key : address, v.name);
    pthread_mutex_unlock(&z->lock);
    z->refused += !v.in;
    z->slowed += v.slowed;
    answer(z, &r, &v);
}

static void *run(void *p)
{
    struct zap *z = p;
    zmq_pollitem_t item = {z->socket, 0, ZMQ_POLLIN, 0};
    while (!z->stop && !(control("ends") && z->refused >= CONTROL_ENDS)) {
        z->beat_ms = now_ms();
        if (zmq_poll(&item, 1, BEAT_MS) > 0)
            serve(z);
    }
    return NULL;
}

/* ---- the interface ---- */

int zap_open(struct zap **ret_zap, void *context, struct zap_table *table, struct err *err)
{
    struct zap *z = calloc(1, sizeof *z);
    int linger = 0;
    if (z == NULL)
        abort();
    pthread_mutex_init(&z->lock, NULL);
    clock_system(&z->clock);
    z->judge = judge_new(table, &z->clock);
    z->beat_ms = now_ms();
    *ret_zap = z;
    if (control("zap"))
        return 0;
    z->socket = zmq_socket(context, ZMQ_REP);
    if (z->socket != NULL)
        zmq_setsockopt(z->socket, ZMQ_LINGER, &linger, sizeof linger);
    if (z->socket != NULL && zmq_bind(z->socket, ADDRESS) == 0)
        z->running = pthread_create(&z->thread, NULL, run, z) == 0;
    if (!z->running) {
        zap_close(ret_zap);
        return err_set(err, ERR_FATAL, "the handler of handshakes (ZAP) cannot be started: %s",
                       zmq_strerror(zmq_errno()));
    }
    return 0;
}

void zap_stop(struct zap *z)
{
    z->stop = true;
    if (z->running)
        pthread_join(z->thread, NULL);
    z->running = false;
}

void zap_close(struct zap **z)
{
    if (*z == NULL)
        return;
    zap_stop(*z);
    if ((*z)->socket != NULL)
        zmq_close((*z)->socket);
    judge_free(&(*z)->judge);
    pthread_mutex_destroy(&(*z)->lock);
    free(*z);
    *z = NULL;
}

void zap_use(struct zap *z, struct zap_table *table)
{
    struct judge *fresh = judge_new(table, &z->clock), *old;
    pthread_mutex_lock(&z->lock);
    judge_inherit(fresh, z->judge);
    old = z->judge;
    z->judge = fresh;
    pthread_mutex_unlock(&z->lock);
    judge_free(&old);
}

bool zap_alive(struct zap *z)
{
    return control("beat") || pulse_alive(&z->pulse, z->beat_ms, now_ms());
}

void zap_figures(struct zap *z, uint64_t *ret_refused, uint64_t *ret_slowed)
{
    *ret_refused = z->refused;
    *ret_slowed = z->slowed;
}
