/* nth: the n-th call of a program fails, or kills it, or all calls are written down.
 *
 * LD_PRELOAD=nth.so, for programs with one thread that matters. It looks at the calls that put
 * files on a disk: open write fsync rename unlink mkdir flock, of files whose path holds NTH_PATH.
 *   NTH_CALL=fsync     only this one is counted; without it all are
 *   NTH=3              the third one is hit: it fails with NTH_ERRNO (5), or with NTH_KILL=1 the
 *                      program is gone before it happens; without NTH none is hit
 *   NTH_EVER=1         that one and all after it
 *   NTH_LOG=FILE       one line a call that came off: `fsync PATH`, `rename FROM TO`; `say` when
 *                      standard output is flushed. `hit CALL` is the one that did not
 * What a power cut would leave can be told from the log: tests/crash/outbox.py. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static void note(const char *text)
{
    static int fd = -1;
    const char *log = setting("NTH_LOG");
    if (!log)
        return;
    if (fd < 0)
        fd = NEXT(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (NEXT(write)(fd, text, strlen(text)) < 0)
        abort();
}

static void log_call(const char *call, const char *a, const char *b)
{
    char line[3 * PATH_BYTES];
    snprintf(line, sizeof(line), "%s %s%s%s\n", call, a, *b ? " " : "", b);
    note(line);
}

/* The path of a name below a folder, or of an open file. */
static const char *path_at(int folder, const char *name, char out[PATH_BYTES])
{
    char link[64], at[PATH_BYTES / 2] = "";
    snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
    ssize_t n = folder == AT_FDCWD || *name == '/' ? 0 : readlink(link, at, sizeof(at) - 1);
    at[n > 0 ? n : 0] = '\0';
    snprintf(out, PATH_BYTES, "%s%s%.2000s", at, *at && *name ? "/" : "", name);
    return out;
}

/* Whether this call is the one: errno is set, or nothing comes after it. */
static bool hit(const char *call, const char *path)
{
    static long count;
    const char *only = setting("NTH_CALL"), *nth = setting("NTH"), *part = setting("NTH_PATH");
    const char *why = setting("NTH_ERRNO");
    if (!nth || (part && !strstr(path, part)) || (only && strcmp(only, call) != 0))
        return false;
    long n = strtol(nth, NULL, 10);
    count++;
    if (count < n || (count > n && !setting("NTH_EVER")))
        return false;
    log_call("hit", call, "");
    if (setting("NTH_KILL"))
        kill(getpid(), SIGKILL);
    errno = why ? atoi(why) : EIO;
    return true;
}

/* What came off is written down, if it is about a file that counts. */
static void came_off(bool fine, const char *call, const char *a, const char *b)
{
    int kept = errno;
    const char *part = setting("NTH_PATH");
    if (fine && (!part || strstr(a, part) || strstr(b, part)))
        log_call(call, a, b);
    errno = kept;
}

static int open_it(int folder, const char *name, int flags, mode_t mode)
{
    char path[PATH_BYTES];
    path_at(folder, name, path);
    if (hit("open", path))
        return -1;
    int fd = NEXT(openat)(folder, name, flags, mode);
    came_off(fd >= 0 && (flags & O_CREAT), "create", path, "");
    return fd;
}

static mode_t mode_of(int flags, va_list args)
{
    return flags & O_CREAT ? va_arg(args, mode_t) : 0;
}

int open(const char *name, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_it(AT_FDCWD, name, flags, mode);
}

int openat(int folder, const char *name, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_of(flags, args);
    va_end(args);
    return open_it(folder, name, flags, mode);
}

/* What the fortified library makes of the two when there is no mode. */
int __open_2(const char *name, int flags);
int __openat_2(int folder, const char *name, int flags);

int __open_2(const char *name, int flags)
{
    return open_it(AT_FDCWD, name, flags, 0);
}

int __openat_2(int folder, const char *name, int flags)
{
    return open_it(folder, name, flags, 0);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    char path[PATH_BYTES];
    path_at(fd, "", path);
    if (*path == '/' && hit("write", path))
        return -1;
    ssize_t done = NEXT(write)(fd, bytes, n);
    came_off(done >= 0 && *path == '/', "write", path, "");
    return done;
}

int fsync(int fd)
{
    char path[PATH_BYTES];
    path_at(fd, "", path);
    if (hit("fsync", path))
        return -1;
    int rc = NEXT(fsync)(fd);
    came_off(rc == 0, "fsync", path, "");
    return rc;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    char a[PATH_BYTES], b[PATH_BYTES];
    if (hit("rename", path_at(from_folder, from, a)))
        return -1;
    int rc = NEXT(renameat)(from_folder, from, to_folder, to);
    came_off(rc == 0, "rename", a, path_at(to_folder, to, b));
    return rc;
}

int unlinkat(int folder, const char *name, int flags)
{
    char path[PATH_BYTES];
    if (hit("unlink", path_at(folder, name, path)))
        return -1;
    int rc = NEXT(unlinkat)(folder, name, flags);
    came_off(rc == 0, "unlink", path, "");
    return rc;
}

int mkdir(const char *path, mode_t mode)
{
    if (hit("mkdir", path))
        return -1;
    int rc = NEXT(mkdir)(path, mode);
    came_off(rc == 0, "mkdir", path, "");
    return rc;
}

int flock(int fd, int how)
{
    char path[PATH_BYTES];
    if (!(how & LOCK_UN) && hit("flock", path_at(fd, "", path)))
        return -1;
    return NEXT(flock)(fd, how);
}

int fflush(FILE *out)
{
    int rc = NEXT(fflush)(out);
    if (out == stdout)
        note("say\n");
    return rc;
}
