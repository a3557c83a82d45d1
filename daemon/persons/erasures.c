#include "erasures.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/crc32c.h"

#define HEADER "siaga-erased-1\n"
#define LINE_MOST 96u

struct erasure {
    bool person;
    uint8_t id[ERASURES_ID_BYTES];
    uint64_t seq;
};

struct erasures {
    char path[4300];
    int fd;
    struct erasure *at;
    size_t count, room;
};

static void remember(struct erasures *e, const struct erasure *one)
{
    if (e->count == e->room) {
        e->room = e->room == 0 ? 64 : e->room * 2;
        e->at = realloc(e->at, e->room * sizeof *e->at);
        if (e->at == NULL)
            abort();
    }
    e->at[e->count++] = *one;
}

/* "person <32 hex> <seq> <crc>" or "texts ...", the checksum over all before it. */
static size_t line_of(const struct erasure *one, char out[LINE_MOST])
{
    char id[2 * ERASURES_ID_BYTES + 1];
    sodium_bin2hex(id, sizeof id, one->id, sizeof one->id);
    int n = snprintf(out, LINE_MOST, "%s %s %llu ", one->person ? "person" : "texts", id,
                     (unsigned long long)one->seq);
    n += snprintf(out + n, LINE_MOST - (size_t)n, "%08x\n", crc32c(out, (size_t)n));
    return (size_t)n;
}

static bool read_line(const char *line, size_t n, struct erasure *ret)
{
    char text[LINE_MOST], what[8], id[2 * ERASURES_ID_BYTES + 1], again[LINE_MOST];
    unsigned long long seq;
    size_t bytes;
    if (n >= sizeof text)
        return false;
    memcpy(text, line, n);
    text[n] = '\0';
    if (sscanf(text, "%7s %32s %llu", what, id, &seq) != 3 ||
        sodium_hex2bin(ret->id, sizeof ret->id, id, strlen(id), NULL, &bytes, NULL) != 0)
        return false;
    ret->person = strcmp(what, "person") == 0;
    ret->seq = seq;
    return line_of(ret, again) == n + 1 && memcmp(again, line, n) == 0;
}

/* All or nothing: a piece of a line would stand before the next and damage the list. */
static int put(struct erasures *e, const char *text, size_t n, struct err *err)
{
    off_t end = lseek(e->fd, 0, SEEK_END);
    ssize_t done = write(e->fd, text, n);
    if (done == (ssize_t)n && fdatasync(e->fd) == 0)
        return 0;
    const char *why = done >= 0 && done < (ssize_t)n ? strerror(ENOSPC) : strerror(errno);
    int rc = err_set(err, ERR_FATAL, "%s: %s; the erasure was not done", e->path, why);
    if (end < 0 || ftruncate(e->fd, end) != 0)
        err_set(err, ERR_FATAL, "%s: %s; its last line is cut off", e->path, why);
    return rc;
}

static bool is_header(const char *line, size_t n)
{
    return n + 1 == strlen(HEADER) && memcmp(line, HEADER, n) == 0;
}

/* A last line without its end was being written when the power went. Is it whole but for that, it
 * counts; else its erasure was not acknowledged, and it is cut off, so that the next stands alone.
 */
static int read_last(struct erasures *e, const char *text, const char *line, size_t n,
                     struct err *err)
{
    struct erasure one;
    if (line != text && read_line(line, n, &one)) {
        remember(e, &one);
        return put(e, "\n", 1, err);
    }
    if (ftruncate(e->fd, (off_t)(line - text)) != 0)
        return err_set(err, ERR_CONFIG, "%s: %s", e->path, strerror(errno));
    return 0;
}

static int read_all(struct erasures *e, const char *text, size_t n, struct err *err)
{
    const char *p = text, *end = text + n, *stop;
    for (unsigned line = 1; p < end; line++, p = stop + 1) {
        struct erasure one;
        stop = memchr(p, '\n', (size_t)(end - p));
        if (stop == NULL)
            return read_last(e, text, p, (size_t)(end - p), err);
        size_t length = (size_t)(stop - p);
        if (line == 1 ? !is_header(p, length) : !read_line(p, length, &one))
            return err_set(err, ERR_CONFIG,
                           "%s:%u is damaged: what was erased cannot be told; bring back a copy of "
                           "this file that is at least as new as the store",
                           e->path, line);
        if (line > 1)
            remember(e, &one);
    }
    return 0;
}

static int load(struct erasures *e, struct err *err)
{
    struct stat st;
    if (fstat(e->fd, &st) != 0)
        return err_set(err, ERR_CONFIG, "%s: %s", e->path, strerror(errno));
    char *text = malloc((size_t)st.st_size + 1);
    if (text == NULL)
        abort();
    ssize_t n = pread(e->fd, text, (size_t)st.st_size, 0);
    int rc = n < st.st_size
                 ? err_set(err, ERR_CONFIG, "%s: %s", e->path, strerror(n < 0 ? errno : EIO))
                 : read_all(e, text, (size_t)n, err);
    free(text);
    if (rc == 0 && lseek(e->fd, 0, SEEK_END) == 0)
        rc = put(e, HEADER, strlen(HEADER), err);
    return rc;
}

static int make_folder(const char *dir, struct err *err)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return err_set(err, ERR_CONFIG, "%s: %s; make the folder and give it to the user of siagad",
                       dir, strerror(errno));
    return 0;
}

static int sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* The name of a new file is on the disk when its folder is, and that when the one it lies in is;
 * that one may be nobody's to read. */
static int sync_names(const char *dir, struct err *err)
{
    char above[4400];
    snprintf(above, sizeof above, "%s/..", dir);
    sync_folder(above);
    if (sync_folder(dir) != 0)
        return err_set(err, ERR_CONFIG, "%s: %s; the folder must be on the disk", dir,
                       strerror(errno));
    return 0;
}

int erasures_open(struct erasures **ret, const char *dir, struct err *err)
{
    struct erasures *e = calloc(1, sizeof *e);
    if (e == NULL)
        abort();
    snprintf(e->path, sizeof e->path, "%s/erased.list", dir);
    e->fd = -1;
    int rc = make_folder(dir, err);
    if (rc == 0 && (e->fd = open(e->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
        rc = err_set(err, ERR_CONFIG, "%s: %s", e->path, strerror(errno));
    if (rc == 0)
        rc = load(e, err);
    if (rc == 0)
        rc = sync_names(dir, err);
    if (rc != 0)
        erasures_close(&e);
    else
        *ret = e;
    return rc;
}

void erasures_close(struct erasures **e)
{
    if (*e == NULL)
        return;
    if ((*e)->fd >= 0)
        close((*e)->fd);
    free((*e)->at);
    free(*e);
    *e = NULL;
}

int erasures_add(struct erasures *e, bool person, const uint8_t id[ERASURES_ID_BYTES], uint64_t seq,
                 struct err *err)
{
    struct erasure one = {.person = person, .seq = seq};
    char line[LINE_MOST];
    memcpy(one.id, id, sizeof one.id);
    int rc = put(e, line, line_of(&one, line), err);
    if (rc == 0)
        remember(e, &one);
    return rc;
}

void erasures_each(const struct erasures *e,
                   void (*f)(void *self, bool person, const uint8_t *id, uint64_t seq), void *self)
{
    for (size_t i = 0; i < e->count; i++)
        f(self, e->at[i].person, e->at[i].id, e->at[i].seq);
}

/* ---- carrying ---- */

int erasures_lines(const char *dir, uint64_t from, char *out, size_t most, size_t *ret_n,
                   struct err *err)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/erased.list", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        *ret_n = 0;
        return 0;
    }
    ssize_t n = fd < 0 ? -1 : pread(fd, out, most, (off_t)(from + strlen(HEADER)));
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return err_set(err, ERR_FATAL, "%s: %s", path, strerror(why));
    const char *last = n > 0 ? memrchr(out, '\n', (size_t)n) : NULL; /* what follows is not done */
    *ret_n = last == NULL ? 0 : (size_t)(last + 1 - out);
    return 0;
}

static bool has(const struct erasures *e, const struct erasure *one)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->at[i].seq == one->seq && e->at[i].person == one->person &&
            memcmp(e->at[i].id, one->id, sizeof one->id) == 0)
            return true;
    return false;
}

/* One line of `lines`; false at their end or when it cannot be read. */
static bool next_line(const char **lines, size_t *n, struct erasure *ret)
{
    const char *stop = memchr(*lines, '\n', *n);
    if (stop == NULL || !read_line(*lines, (size_t)(stop - *lines), ret))
        return false;
    *n -= (size_t)(stop + 1 - *lines);
    *lines = stop + 1;
    return true;
}

int erasures_take(struct erasures *e, const char *lines, size_t n, unsigned *ret_new,
                  struct err *err)
{
    struct erasure one;
    const char *at = lines;
    size_t left = n;
    unsigned added = 0;
    while (next_line(&at, &left, &one))
        ;
    if (left > 0)
        return err_set(err, ERR_CONFIG, "a line of what was erased cannot be read");
    at = lines;
    left = n;
    while (e != NULL && next_line(&at, &left, &one))
        if (!has(e, &one)) {
            int rc = erasures_add(e, one.person, one.id, one.seq, err);
            if (rc != 0)
                return rc;
            added++;
        }
    *ret_new = added;
    return 0;
}
