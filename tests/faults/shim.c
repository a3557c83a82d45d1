/* shim: a disk that fails, is full, is slow, or remembers, between a program and its files. Goes
 * in front of the calls by which siagad writes (LD_PRELOAD); what is to happen stands in the
 * environment, and without it every call goes on as it is.
 *
 *   FAULT_FILE    of whose path it is a part; default data.mdb
 *   FAULT_CALL    sync     fdatasync, fsync
 *                 pages    a write of pages; FAULT_SHORT: of so many bytes only
 *                 root     a write that is its own sync: LMDB's root
 *                 write    another write to a file
 *                 open     to write, rename
 *                 memory   malloc, calloc, realloc (of any file)
 *   FAULT_FROM    the first call of that sort that fails, from 1; FAULT_TIMES so many; 0: for ever
 *   FAULT_ERRNO   its error; default 5, EIO
 *   FAULT_WHEN    only while this file exists: calls are counted from then on
 *   FAULT_HIT     a file that is made when it happens
 *   FAULT_SLOW_MS every sync takes so long
 *   FAULT_RECORD  a file into which all that is written and synced goes, for cuts.c
 *   FAULT_BEFORE  a folder: for each file what stood where something was written since its last
 *                 sync, so that a power cut can take it back; power.py does
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "record.h"

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FILES_MOST 8u

static atomic_uint calls;
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER; /* a write and its record at a time */

static const char *setting(const char *name, const char *otherwise)
{
    const char *s = getenv(name);
    return s != NULL ? s : otherwise;
}

static unsigned long number(const char *name, unsigned long otherwise)
{
    const char *s = getenv(name);
    return s != NULL ? strtoul(s, NULL, 10) : otherwise;
}

/* ---- which calls ---- */

static bool ours(int fd, char path[512])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, 511);
    path[n > 0 ? n : 0] = '\0';
    return n > 0 && strstr(path, setting("FAULT_FILE", "data.mdb")) != NULL;
}

static bool own_sync(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & (O_DSYNC | O_SYNC)) != 0;
}

static bool hit(const char *call)
{
    const char *wanted = getenv("FAULT_CALL"), *when = getenv("FAULT_WHEN");
    if (wanted == NULL || strcmp(wanted, call) != 0 || (when != NULL && access(when, F_OK) != 0))
        return false;
    unsigned long n = atomic_fetch_add(&calls, 1) + 1, from = number("FAULT_FROM", 1),
                  times = number("FAULT_TIMES", 1);
    if (n < from || (times != 0 && n >= from + times))
        return false;
    const char *mark = getenv("FAULT_HIT");
    int fd = mark != NULL ? REAL(open)(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0)
        close(fd);
    errno = (int)number("FAULT_ERRNO", EIO);
    return true;
}

/* ---- what is remembered ---- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *old, size_t n);

static int record_fd(void)
{
    static int fd = -2;
    const char *path = getenv("FAULT_RECORD");
    if (fd == -2)
        fd = path == NULL ? -1 : REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return fd;
}

static void put(int fd, char what, uint8_t file, uint64_t at, const void *bytes, size_t n)
{
    struct record r = {.what = what, .file = file, .n = (uint32_t)n, .at = at};
    struct iovec parts[] = {{&r, sizeof r}, {(void *)bytes, n}};
    if (fd >= 0 && REAL(writev)(fd, parts, 2) != (ssize_t)(sizeof r + n))
        abort();
}

static int before_fds[FILES_MOST];

static int open_before(uint8_t file, const char *path)
{
    char name[600];
    if (getenv("FAULT_BEFORE") == NULL)
        return -1;
    snprintf(name, sizeof name, "%s/%u", getenv("FAULT_BEFORE"), file);
    int fd = REAL(open)(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        abort();
    put(fd, RECORD_FILE, file, 0, path, strlen(path));
    return fd;
}

/* The number of a file, told with its path when it is new. */
static uint8_t file_of(const char *path)
{
    static char known[FILES_MOST][512];
    uint8_t i = 0;
    while (i < FILES_MOST && known[i][0] != '\0' && strcmp(known[i], path) != 0)
        i++;
    if (i == FILES_MOST)
        abort();
    if (known[i][0] == '\0') {
        snprintf(known[i], sizeof known[i], "%s", path);
        put(record_fd(), RECORD_FILE, i, 0, path, strlen(path));
        before_fds[i] = open_before(i, path);
    }
    return i;
}

/* What stands there now, which is nothing behind the end of the file. */
static void keep_before(int fd, uint8_t file, const struct iovec *parts, int n, off_t at)
{
    size_t bytes = 0;
    for (int i = 0; i < n; i++)
        bytes += parts[i].iov_len;
    char *old = before_fds[file] >= 0 ? __libc_calloc(1, bytes) : NULL;
    if (old != NULL && pread(fd, old, bytes, at) >= 0)
        put(before_fds[file], RECORD_WRITE, file, (uint64_t)at, old, bytes);
    free(old);
}

static void forget_before(uint8_t file, const char *path)
{
    off_t head = (off_t)(sizeof(struct record) + strlen(path));
    if (before_fds[file] >= 0 && ftruncate(before_fds[file], head) != 0)
        abort();
}

static void begun(uint8_t file, const struct iovec *parts, int n, off_t at)
{
    for (int i = 0; i < n; i++) {
        put(record_fd(), RECORD_WRITE, file, (uint64_t)at, parts[i].iov_base, parts[i].iov_len);
        at += (off_t)parts[i].iov_len;
    }
}

/* ---- writes ---- */

typedef ssize_t vector_fn(int fd, const struct iovec *parts, int n, off_t at, int flags);

static ssize_t part_of(vector_fn *real, int fd, const struct iovec *parts, off_t at, int flags)
{
    size_t most = number("FAULT_SHORT", 0);
    struct iovec first = {parts[0].iov_base, most < parts[0].iov_len ? most : parts[0].iov_len};
    return real(fd, &first, 1, at, flags);
}

static ssize_t watched(vector_fn *real, int fd, const struct iovec *parts, int n, off_t at,
                       int flags)
{
    char path[512];
    if (!ours(fd, path))
        return real(fd, parts, n, at, flags);
    bool root = own_sync(fd);
    if (hit(root ? "root" : "pages"))
        return getenv("FAULT_SHORT") != NULL ? part_of(real, fd, parts, at, flags) : -1;
    pthread_mutex_lock(&one);
    off_t from = at >= 0 ? at : lseek(fd, 0, SEEK_CUR);
    uint8_t file = file_of(path);
    if (record_fd() >= 0)
        begun(file, parts, n, from);
    if (!root)
        keep_before(fd, file, parts, n, from);
    ssize_t done = real(fd, parts, n, at, flags);
    if (root && done >= 0)
        put(record_fd(), RECORD_DURABLE, file, 0, "", 0);
    pthread_mutex_unlock(&one);
    return done;
}

static ssize_t real_pwritev2(int fd, const struct iovec *parts, int n, off_t at, int flags)
{
    return REAL(pwritev2)(fd, parts, n, at, flags);
}

static ssize_t real_pwritev(int fd, const struct iovec *parts, int n, off_t at, int flags)
{
    (void)flags;
    return REAL(pwritev)(fd, parts, n, at);
}

ssize_t pwritev2(int fd, const struct iovec *parts, int n, off_t at, int flags)
{
    return watched(real_pwritev2, fd, parts, n, at, flags);
}

ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t at)
{
    return watched(real_pwritev, fd, parts, n, at, 0);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    char path[512];
    if (getenv("FAULT_CALL") != NULL && ours(fd, path) && hit("write"))
        return -1;
    return REAL(write)(fd, bytes, n);
}

/* ---- syncs ---- */

static int sync_of(int (*real)(int), int fd)
{
    char path[512];
    if (!ours(fd, path))
        return real(fd);
    struct timespec slow = {0, (long)number("FAULT_SLOW_MS", 0) * 1000000};
    if (slow.tv_nsec > 0)
        nanosleep(&slow, NULL);
    if (hit("sync"))
        return -1;
    pthread_mutex_lock(&one);
    int rc = real(fd);
    if (rc == 0) {
        uint8_t file = file_of(path);
        put(record_fd(), RECORD_SYNC, file, 0, "", 0);
        forget_before(file, path);
    }
    pthread_mutex_unlock(&one);
    return rc;
}

int fdatasync(int fd)
{
    return sync_of(REAL(fdatasync), fd);
}

int fsync(int fd)
{
    return sync_of(REAL(fsync), fd);
}

/* ---- names, memory ---- */

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if ((flags & O_ACCMODE) != O_RDONLY && hit("open"))
        return -1;
    return REAL(open)(path, flags, mode);
}

int rename(const char *from, const char *to)
{
    return hit("open") ? -1 : REAL(rename)(from, to);
}

static bool no_memory(void)
{
    static __thread bool inside; /* what hit() calls may ask for memory itself */
    if (inside)
        return false;
    inside = true;
    bool none = hit("memory");
    inside = false;
    if (none)
        errno = ENOMEM;
    return none;
}

void *malloc(size_t n)
{
    return no_memory() ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    return no_memory() ? NULL : __libc_calloc(count, n);
}

void *realloc(void *old, size_t n)
{
    return no_memory() ? NULL : __libc_realloc(old, n);
}
