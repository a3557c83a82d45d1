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

/* A last line without its end was being written when the power went: its erasure was not
 * acknowledged. It is cut off, so that the next line stands alone. */
static int read_all(struct erasures *e, const char *text, size_t n, struct err *err)
{
    const char *p = text, *end = text + n;
    for (unsigned line = 1; p < end; line++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        struct erasure one;
        if (stop == NULL)
            break;
        bool fine = line == 1 ? (size_t)(stop + 1 - p) == strlen(HEADER) &&
                                    memcmp(p, HEADER, strlen(HEADER)) == 0
                              : read_line(p, (size_t)(stop - p), &one);
        if (!fine)
            return err_set(err, ERR_CONFIG,
                           "%s:%u is damaged: what was erased cannot be told; bring back a copy of "
                           "this file that is at least as new as the store",
                           e->path, line);
        if (line > 1)
            remember(e, &one);
        p = stop + 1;
    }
    if (p < end && ftruncate(e->fd, (off_t)(p - text)) != 0)
        return err_set(err, ERR_CONFIG, "%s: %s", e->path, strerror(errno));
    return 0;
}

static int put(struct erasures *e, const char *text, size_t n, struct err *err)
{
    if (write(e->fd, text, n) != (ssize_t)n || fdatasync(e->fd) != 0)
        return err_set(err, ERR_FATAL, "%s: %s; the erasure was not done", e->path,
                       strerror(errno));
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
    int rc = n < 0 ? err_set(err, ERR_CONFIG, "%s: %s", e->path, strerror(errno))
                   : read_all(e, text, (size_t)n, err);
    free(text);
    if (rc == 0 && (fstat(e->fd, &st) != 0 || st.st_size == 0))
        rc = put(e, HEADER, strlen(HEADER), err);
    return rc;
}

/* The name of a new file is on the disk when its folder is. */
static void sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

int erasures_open(struct erasures **ret, const char *dir, struct err *err)
{
    struct erasures *e = calloc(1, sizeof *e);
    if (e == NULL)
        abort();
    int rc = 0;
    snprintf(e->path, sizeof e->path, "%s/erased.list", dir);
    e->fd = -1;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        rc = err_set(err, ERR_CONFIG, "%s: %s; make the folder and give it to the user of siagad",
                     dir, strerror(errno));
    if (rc == 0 && (e->fd = open(e->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
        rc = err_set(err, ERR_CONFIG, "%s: %s", e->path, strerror(errno));
    if (rc == 0)
        rc = load(e, err);
    if (rc != 0) {
        erasures_close(&e);
        return rc;
    }
    sync_folder(dir);
    *ret = e;
    return 0;
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
