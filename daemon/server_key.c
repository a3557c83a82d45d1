#include "server_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST 4096u

/* systemd hands credentials over in a folder of its own, readable by the service alone. */
static bool find(const char *path, char *out, size_t size)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    if (path[0] != '\0')
        snprintf(out, size, "%s", path);
    else if (dir != NULL)
        snprintf(out, size, "%s/server.key", dir);
    else
        return false;
    return path[0] != '\0' || access(out, F_OK) == 0;
}

static int check(const char *path, int fd, struct err *err)
{
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return err_set(err, ERR_CONFIG,
                       "%s: %s; make the server's key with: siaga cert new siagad --role server",
                       path, strerror(errno));
    if (!S_ISREG(st.st_mode) || (st.st_uid != geteuid() && st.st_uid != 0))
        return err_set(err, ERR_CONFIG, "%s: not a file of siagad's user or of root; chown it",
                       path);
    if ((st.st_mode & 077) != 0)
        return err_set(err, ERR_CONFIG, "%s: others may read it (mode %03o); chmod 600 %s", path,
                       (unsigned)(st.st_mode & 0777), path);
    return 0;
}

static int parse(const char *path, const char *text, size_t n, struct cert *ret, struct err *err)
{
    static const char *const why[] = {[CERT_BAD_LINE] = "no 'name: value' line",
                                      [CERT_BAD_VALUE] = "a value that cannot be right",
                                      [CERT_UNKNOWN] = "an unknown name",
                                      [CERT_MISSING] = "something is missing"};
    unsigned line = 0;
    enum cert_read read = cert_read(text, n, ret, &line);
    if (read != CERT_FINE)
        return err_set(err, ERR_CONFIG,
                       "%s:%u: %s; make it anew: siaga cert new siagad --role server", path, line,
                       why[read]);
    if (ret->secret_key[0] == '\0' || ret->sign_seed[0] == '\0')
        return err_set(err, ERR_CONFIG,
                       "%s: no key of a server (secret and sign); make one with: siaga cert new "
                       "siagad --role server",
                       path);
    return 0;
}

int server_key_read(const char *path, struct cert *ret_cert, bool *ret_found, struct err *err)
{
    char name[4200], text[FILE_MOST];
    *ret_found = false;
    if (!find(path, name, sizeof name))
        return 0;
    int fd = open(name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int rc = check(name, fd, err);
    if (rc == 0) {
        ssize_t n = read(fd, text, sizeof text);
        rc = n < 0 ? err_set(err, ERR_CONFIG, "%s: %s", name, strerror(errno))
                   : parse(name, text, (size_t)n, ret_cert, err);
        explicit_bzero(text, sizeof text);
    }
    if (fd >= 0)
        close(fd);
    *ret_found = rc == 0;
    return rc;
}
