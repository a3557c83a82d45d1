#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/base/control.h"

/* ---- sockets ---- */

union address {
    struct sockaddr any;
    struct sockaddr_un un;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

/* The endpoint as people write it; false: neither tcp nor ipc. */
static bool name_of(const union address *a, socklen_t n, char *out, size_t size)
{
    char text[INET6_ADDRSTRLEN];
    int path = (int)n - (int)offsetof(struct sockaddr_un, sun_path);
    switch (a->any.sa_family) {
    case AF_UNIX:
        if (path < 2)
            return false;
        bool abstract = a->un.sun_path[0] == '\0'; /* its name has no NUL at the end */
        snprintf(out, size, "ipc://%s%.*s", abstract ? "@" : "", path - abstract,
                 a->un.sun_path + abstract);
        return true;
    case AF_INET:
        inet_ntop(AF_INET, &a->in.sin_addr, text, sizeof text);
        snprintf(out, size, "tcp://%s:%u", text, (unsigned)ntohs(a->in.sin_port));
        return true;
    case AF_INET6:
        inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof text);
        snprintf(out, size, "tcp://[%s]:%u", text, (unsigned)ntohs(a->in6.sin6_port));
        return true;
    default:
        return false;
    }
}

/* Not to wait in accept() for a client that has gone again. */
static int adopt(int fd, const char *name, struct service_socket *ret, struct err *err)
{
    union address a = {.any.sa_family = AF_UNSPEC};
    socklen_t n = sizeof a;
    if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0 || getsockname(fd, &a.any, &n) != 0 ||
        !name_of(&a, n, ret->endpoint, sizeof ret->endpoint))
        return err_set(err, ERR_CONFIG,
                       "descriptor %d (%s) from systemd is no listening socket of tcp or ipc; use "
                       "ListenStream= in the socket unit",
                       fd, name);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    ret->fd = fd;
    return 0;
}

int service_sockets(struct service_socket *ret, unsigned most, unsigned *ret_n, struct err *err)
{
    char **names = NULL;
    int n = sd_listen_fds_with_names(1, &names), rc = 0;
    *ret_n = 0;
    if (n < 0)
        return err_set(err, ERR_CONFIG, "LISTEN_FDS from systemd cannot be used: %s", strerror(-n));
    if ((unsigned)n > most)
        rc = err_set(err, ERR_CONFIG, "%d sockets from systemd, at most %u are served", n, most);
    for (int i = 0; rc == 0 && i < n; i++)
        rc = adopt(SD_LISTEN_FDS_START + i, names[i], &ret[i], err);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    *ret_n = rc == 0 ? (unsigned)n : 0;
    return rc;
}

/* ---- words ---- */

void service_patience(void)
{
    sd_notify(0, "EXTEND_TIMEOUT_USEC=3600000000");
}

void service_ready(void)
{
    sd_notify(0, "READY=1");
}

void service_reloading(int64_t mono_us)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)mono_us);
}

void service_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}

/* sd_notify() waits while systemd does not listen, and with it would everybody who has an
 * emergency. What is said each second may be lost. */
static void say_now(const char *text)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t n = path != NULL ? strlen(path) : 0;
    if (n < 2 || n >= sizeof to.sun_path)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    memcpy(to.sun_path, path, n);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    if (fd < 0)
        return;
    sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
    close(fd);
}

void service_tick(const struct service_state *s)
{
    char text[256];
    const char *food = s->committing || control("watchdog") ? "WATCHDOG=1\n" : "";
    if (!s->committing)
        snprintf(text, sizeof text,
                 "%sSTATUS=nothing is committed: the disk has not answered for %lld s", food,
                 (long long)(s->silent_us / 1000000));
    else
        snprintf(text, sizeof text,
                 "%sSTATUS=%llu entries, %llu open cases, %u watches, fullest map %u %%", food,
                 (unsigned long long)s->entries, (unsigned long long)s->open_cases, s->watches,
                 s->used_percent);
    say_now(text);
}
