#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/base/clock.h"
#include "daemon/base/control.h"
#include "daemon/base/log.h"

#define LOOK_MS 25
#define LOOK_ALL_MS 1000
#define GROWN_BYTES (16ull << 20) /* since the last look: look at every connection now */
#define AHEAD_MOST \
    (24ull << 20) /* received and not taken: 256 waiting messages of 64 KiB, and some */
#define SOCKETS_MOST 4u
#define SILENT_MS 100 /* whoever wants something sends his greeting with the connection */
#define OWN_FDS 40u   /* descriptors siagad has without any connection */
#define SPARE_FDS 8u  /* those kept for files that are read again */
#define FULL_MS 1     /* between two looks whether a descriptor is free again */
#define TOLD_EVERY_MS 60000

struct guard {
    void *context;
    void *watched[SOCKETS_MOST], *monitor[SOCKETS_MOST];
    unsigned monitors;
    pthread_t thread;
    bool running;
    atomic_bool stop;
    int statm;
    uint64_t rss_bytes;
    int64_t all_ms;
    int fd_most;     /* the highest number accepted so far */
    uint32_t many;   /* more connections than this: descriptors may run out */
    uint32_t silent; /* cut since that was last told */
    int64_t told_ms;
    _Atomic uint64_t accepted, cut;
    _Atomic uint32_t connections;
    _Atomic uint8_t open[GUARD_FDS]; /* accepted and not closed */
    _Atomic uint64_t taken[GUARD_FDS];
    int64_t since_ms[GUARD_FDS];
};

static int64_t now_ms(void)
{
    struct clock clock;
    clock_system(&clock);
    return clock_mono(&clock) / 1000;
}

uint64_t guard_inode(int fd)
{
    struct stat st;
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

static uint32_t fds_most(void)
{
    struct rlimit limit = {.rlim_cur = GUARD_FDS};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < GUARD_FDS ? (uint32_t)limit.rlim_cur : GUARD_FDS;
}

/* libc's, as libzmq finds it: siagad's own comes before. Without a descriptor left libzmq ends the
 * process when somebody knocks over ipc (ipc_listener.cpp has no EMFILE), and siagad could open no
 * file. Here the last descriptors are not given away; who knocks waits in the kernel's queue. libzmq
 * comes back at once for as long as he knocks, hence the pause: it would take a processor. */
int accept4(int listener, struct sockaddr *address, socklen_t *n, int flags)
{
    int next = fcntl(listener, F_DUPFD_CLOEXEC, 0);
    if (next >= 0)
        close(next);
    if ((next < 0 || (uint32_t)next + SPARE_FDS >= fds_most()) && !control("spare")) {
        poll(NULL, 0, FULL_MS);
        errno = ENFILE;
        return -1;
    }
    return (int)syscall(SYS_accept4, listener, address, n, flags);
}

bool guard_shut(int fd, uint64_t inode)
{
    return inode != 0 && guard_inode(fd) == inode && shutdown(fd, SHUT_RDWR) == 0;
}

void guard_took(struct guard *g, int fd, uint64_t bytes)
{
    if (fd >= 0 && fd < GUARD_FDS)
        g->taken[fd] += bytes;
}

/* ---- the thread ---- */

static uint64_t rss_now(struct guard *g)
{
    char text[128];
    unsigned long pages = 0;
    ssize_t n = pread(g->statm, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    sscanf(text, "%*u %lu", &pages);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* False: it is no tcp connection, or gone. */
static bool received(int fd, uint64_t *ret_bytes)
{
    struct tcp_info info;
    socklen_t n = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0 ||
        n < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
        return false;
    *ret_bytes = info.tcpi_bytes_received;
    return true;
}

static bool cut(struct guard *g, int fd)
{
    if (!guard_shut(fd, guard_inode(fd)))
        return false;
    g->cut++;
    g->connections--;
    g->open[fd] = false; /* libzmq's own word of it comes later and finds it told */
    return true;
}

static void judge(struct guard *g, int fd)
{
    uint64_t in, out = g->taken[fd];
    if (!received(fd, &in) || in < out + AHEAD_MOST || !cut(g, fd))
        return;
    log_message(MESSAGE_ENDLESS,
                "connection %d sent %llu bytes of a message without end; it was cut", fd,
                (unsigned long long)(in - out));
}

static void judge_all(struct guard *g)
{
    uint64_t cut = g->cut;
    for (int fd = 0; fd <= g->fd_most; fd++)
        if (g->open[fd])
            judge(g, fd);
    if (g->cut != cut)
        malloc_trim(0);
    g->rss_bytes = rss_now(g);
    g->all_ms = now_ms();
}

/* Those who connect and say nothing keep a descriptor until libzmq's patience with handshakes is
 * over. While many are connected they have less, so that who has a key finds a place. */
static void judge_silent(struct guard *g)
{
    int64_t now = now_ms();
    uint64_t in;
    for (int fd = 0; fd <= g->fd_most && g->connections > g->many; fd++)
        if (g->open[fd] && now - g->since_ms[fd] > SILENT_MS && received(fd, &in) && in == 0)
            g->silent += cut(g, fd);
    if (g->silent == 0 || now - g->told_ms < TOLD_EVERY_MS)
        return;
    log_warn("%u connections that said nothing were cut, there are places for %u; bound new "
             "connections of an address, or raise LimitNOFILE",
             g->silent, 2 * g->many);
    g->silent = 0;
    g->told_ms = now;
}

/* An event: number u16, value u32; then a frame with the endpoint. */
static void take_event(struct guard *g, void *monitor)
{
    uint8_t event[8], endpoint[256];
    uint16_t what;
    uint32_t value;
    if (zmq_recv(monitor, event, sizeof event, ZMQ_DONTWAIT) < 6 ||
        zmq_recv(monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT) < 0)
        return;
    memcpy(&what, event, sizeof what);
    memcpy(&value, event + 2, sizeof value);
    if (value >= GUARD_FDS)
        return;
    if (what == ZMQ_EVENT_ACCEPTED) {
        g->accepted++;
        g->connections++;
        g->taken[value] = 0;
        g->since_ms[value] = now_ms();
        g->open[value] = true;
        if ((int)value > g->fd_most)
            g->fd_most = (int)value;
    } else if (g->open[value]) {
        g->open[value] = false;
        g->connections--;
    }
}

static void *run(void *p)
{
    struct guard *g = p;
    zmq_pollitem_t items[SOCKETS_MOST];
    for (unsigned i = 0; i < g->monitors; i++)
        items[i] = (zmq_pollitem_t){g->monitor[i], 0, ZMQ_POLLIN, 0};
    while (!g->stop) {
        int ready = zmq_poll(items, (int)g->monitors, LOOK_MS);
        for (unsigned i = 0; ready > 0 && i < g->monitors; i++)
            if (items[i].revents != 0)
                take_event(g, g->monitor[i]);
        if (rss_now(g) > g->rss_bytes + GROWN_BYTES || now_ms() - g->all_ms > LOOK_ALL_MS)
            judge_all(g);
        if (g->connections > g->many)
            judge_silent(g);
    }
    return NULL;
}

/* ---- the interface ---- */

static bool watch(struct guard *g, void *socket)
{
    char address[64];
    int linger = 0;
    unsigned i = g->monitors;
    snprintf(address, sizeof address, "inproc://guard-%p-%u", (void *)g, i);
    if (zmq_socket_monitor(socket, address,
                           ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED) != 0)
        return false;
    g->monitor[i] = zmq_socket(g->context, ZMQ_PAIR);
    if (g->monitor[i] == NULL)
        return false;
    g->watched[i] = socket;
    g->monitors++;
    zmq_setsockopt(g->monitor[i], ZMQ_LINGER, &linger, sizeof linger);
    return zmq_connect(g->monitor[i], address) == 0;
}

int guard_open(struct guard **ret_guard, void *context, void *const *sockets, unsigned n,
               struct err *err)
{
    struct guard *g = calloc(1, sizeof *g);
    bool fine = g != NULL;
    if (g == NULL)
        abort();
    g->context = context;
    g->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    g->rss_bytes = rss_now(g);
    uint32_t own = OWN_FDS + SPARE_FDS, most = fds_most();
    g->many = most > own ? (most - own) / 2 : 0;
    g->told_ms = now_ms() - TOLD_EVERY_MS;
    for (unsigned i = 0; i < n && fine; i++)
        fine = sockets[i] == NULL || watch(g, sockets[i]);
    if (fine)
        g->running = pthread_create(&g->thread, NULL, run, g) == 0;
    if (!g->running) {
        guard_close(&g);
        return err_set(err, ERR_FATAL, "the watch over connections cannot be started: %s",
                       zmq_strerror(zmq_errno()));
    }
    *ret_guard = g;
    return 0;
}

void guard_close(struct guard **g)
{
    if (*g == NULL)
        return;
    (*g)->stop = true;
    if ((*g)->running)
        pthread_join((*g)->thread, NULL);
    for (unsigned i = 0; i < (*g)->monitors; i++) { /* what nobody reads, libzmq does not free */
        char rest[256];
        zmq_socket_monitor((*g)->watched[i], NULL, 0);
        while (zmq_recv((*g)->monitor[i], rest, sizeof rest, ZMQ_DONTWAIT) >= 0)
            continue;
        zmq_close((*g)->monitor[i]);
    }
    if ((*g)->statm >= 0)
        close((*g)->statm);
    free(*g);
    *g = NULL;
}

void guard_figures(struct guard *g, uint64_t *ret_accepted, uint64_t *ret_cut,
                   uint32_t *ret_connections)
{
    *ret_accepted = g->accepted;
    *ret_cut = g->cut;
    *ret_connections = g->connections;
}
