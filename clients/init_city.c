#include "init.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define USUAL_PORT 5570
#define PORTS 100 /* looked at from there on */

bool init_empty(const char *folder)
{
    DIR *d = opendir(folder);
    int n = 0;
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n == 2; /* itself and the one above */
}

bool init_is_city(const char *folder)
{
    char path[INIT_PATH];
    return (size_t)snprintf(path, sizeof(path), "%s/city.yaml", folder) < sizeof(path) &&
           access(path, R_OK) == 0;
}

const char *init_example(char *out, size_t size)
{
    static const char *const places[] = {
        "../share/siaga/etc/bekasi", "../etc/bekasi",
        "../../etc/bekasi"}; /* installed; built; with a sanitizer */
    char own[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
    char *slash = n > 0 ? memrchr(own, '/', (size_t)n) : NULL;
    if (!slash)
        return NULL;
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        snprintf(out, size, "%.*s/%s", (int)(slash - own), own, places[i]);
        if (init_is_city(out))
            return out;
    }
    return NULL;
}

/* ---- copying ---- */

static bool copy_bytes(int from, int to)
{
    ssize_t n;
    while ((n = sendfile(to, from, NULL, 1 << 20)) > 0)
        ;
    return n == 0;
}

/* `to` is a path in a buffer, so that it can be told. */
static bool copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in >= 0 ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    bool fine = out >= 0 && copy_bytes(in, out);
    int why = errno;
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) != 0 && fine) {
        why = errno;
        fine = false;
    }
    errno = why;
    return fine;
}

static bool is_yaml(const char *name)
{
    size_t n = strlen(name);
    return *name != '.' && n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

/* The *.yaml of a folder of the city; one that is not there is left out. */
static bool copy_folder(const char *from, const char *to, char *out, size_t size)
{
    char source[2 * INIT_PATH];
    DIR *d = opendir(from);
    snprintf(out, size, "%s", to);
    if (!d)
        return errno == ENOENT;
    bool fine = mkdir(to, 0700) == 0;
    for (struct dirent *e; fine && (e = readdir(d));) {
        if (!is_yaml(e->d_name))
            continue;
        snprintf(source, sizeof(source), "%s/%s", from, e->d_name);
        snprintf(out, size, "%s/%s", to, e->d_name);
        fine = copy_file(source, out);
    }
    int why = errno;
    closedir(d);
    errno = why;
    return fine;
}

const char *init_copy_city(const char *from, const char *to, char *out, size_t size)
{
    static const char *const folders[] = {"skpd.d", "people.d", "calendar.d"};
    char source[INIT_PATH + 32], copy[INIT_PATH + 32], given[INIT_PATH];
    snprintf(given, sizeof(given), "%s", from); /* `from` may be what `out` holds */
    snprintf(source, sizeof(source), "%s/city.yaml", given);
    snprintf(out, size, "%s/city.yaml", to);
    bool fine = copy_file(source, out);
    for (size_t i = 0; fine && i < sizeof(folders) / sizeof(*folders); i++) {
        snprintf(source, sizeof(source), "%s/%s", given, folders[i]);
        snprintf(copy, sizeof(copy), "%s/%s", to, folders[i]);
        fine = copy_folder(source, copy, out, size);
    }
    return fine ? NULL : out;
}

/* ---- the port ---- */

static bool is_free(int64_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool fine = s >= 0 && setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
                bind(s, (struct sockaddr *)&at, sizeof(at)) == 0;
    if (s >= 0)
        close(s);
    return fine;
}

bool init_port(int64_t *port)
{
    if (*port)
        return is_free(*port);
    *port = USUAL_PORT;
    for (int64_t p = USUAL_PORT; p < USUAL_PORT + PORTS; p++)
        if (is_free(p)) {
            *port = p;
            return true;
        }
    return false;
}
