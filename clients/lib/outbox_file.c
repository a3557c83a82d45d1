#include "clients/lib/outbox_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/lib/control.h"
#include "clients/lib/document.h"
#include "clients/lib/map.h"
#include "clients/lib/mem.h"
#include "proto/key.h"

#define NAME "siaga-outbox "
#define FORM NAME "1\n"
#define FORM_BYTES (sizeof(FORM) - 1)
#define HASH_BYTES 16u
#define HEAD_BYTES (FORM_BYTES + HASH_BYTES)

/* ---- the bytes ---- */

static void hash(const uint8_t *body, size_t n, uint8_t out[HASH_BYTES])
{
    crypto_generichash(out, HASH_BYTES, body, n, NULL, 0);
}

uint8_t *outbox_seal(const siaga_map *m, size_t *ret_n)
{
    size_t room = map_bytes(m);
    uint8_t *bytes = mem_grow(NULL, HEAD_BYTES + room);
    struct writer w;
    memcpy(bytes, FORM, FORM_BYTES);
    writer_init(&w, bytes + HEAD_BYTES, room);
    map_pack(m, &w);
    hash(bytes + HEAD_BYTES, w.n, bytes + FORM_BYTES);
    *ret_n = HEAD_BYTES + w.n;
    return bytes;
}

/* Bytes that begin as ours do, but name another form. */
static bool is_newer(const char *bytes, size_t n)
{
    size_t name_n = sizeof(NAME) - 1;
    if (n < name_n || memcmp(bytes, NAME, name_n) != 0)
        return false;
    size_t digits = 0;
    while (name_n + digits < n && bytes[name_n + digits] >= '0' && bytes[name_n + digits] <= '9')
        digits++;
    return digits > 0 && digits <= 9 && bytes[name_n] != '0' && name_n + digits < n &&
           bytes[name_n + digits] == '\n';
}

siaga_doc *outbox_unseal(const void *bytes, size_t n, enum outbox_read *ret_read)
{
    const uint8_t *p = bytes;
    uint8_t sum[HASH_BYTES];
    *ret_read = OUTBOX_DAMAGED;
    if (n < FORM_BYTES || memcmp(p, FORM, FORM_BYTES) != 0) {
        *ret_read = is_newer(bytes, n) ? OUTBOX_NEWER : OUTBOX_DAMAGED;
        return NULL;
    }
    if (n < HEAD_BYTES || n > OUTBOX_FILE_MAX)
        return NULL;
    hash(p + HEAD_BYTES, n - HEAD_BYTES, sum);
    if (memcmp(sum, p + FORM_BYTES, HASH_BYTES) != 0 && !control("outbox-hash"))
        return NULL;
    siaga_doc *doc = siaga_doc_parse(p + HEAD_BYTES, n - HEAD_BYTES);
    *ret_read = doc ? OUTBOX_FINE : OUTBOX_DAMAGED;
    return doc;
}

static bool has_all(const siaga_doc *doc)
{
    const siaga_doc *event = siaga_doc_get(doc, "event"), *key = siaga_doc_get(event, "key");
    const char *source = siaga_text(doc, "source");
    return siaga_doc_type(event) == SIAGA_MAP && siaga_doc_type(key) == SIAGA_TEXT &&
           key_valid((struct slice){siaga_doc_text(key), (uint32_t)siaga_doc_size(key)}) &&
           siaga_word_known("kind", siaga_text(event, "kind")) && siaga_time(doc, "queued_at") &&
           *siaga_text(doc, "server") && (!*source || siaga_source_valid(source));
}

siaga_doc *outbox_unseal_event(const void *bytes, size_t n, enum outbox_read *ret_read)
{
    siaga_doc *doc = outbox_unseal(bytes, n, ret_read);
    if (!doc || has_all(doc))
        return doc;
    siaga_doc_free(doc);
    *ret_read = OUTBOX_DAMAGED;
    return NULL;
}

/* ---- reading ---- */

/* All of it, up to one byte more than a file may have. -1: errno. */
static ssize_t read_all(int fd, uint8_t *bytes)
{
    size_t n = 0;
    while (n <= OUTBOX_FILE_MAX) {
        ssize_t got = read(fd, bytes + n, OUTBOX_FILE_MAX + 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : (ssize_t)n;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static enum outbox_read judge(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return OUTBOX_TROUBLE;
    if (!S_ISREG(st.st_mode))
        return OUTBOX_DAMAGED;
    return st.st_uid != geteuid() || (st.st_mode & 077) ? OUTBOX_OPEN : OUTBOX_FINE;
}

static siaga_doc *load(int fd, bool event, enum outbox_read *ret_read)
{
    *ret_read = judge(fd);
    if (*ret_read != OUTBOX_FINE)
        return NULL;
    uint8_t *bytes = mem_grow(NULL, OUTBOX_FILE_MAX + 1);
    ssize_t n = read_all(fd, bytes);
    siaga_doc *doc = NULL;
    if (n < 0)
        *ret_read = OUTBOX_TROUBLE;
    else if (event)
        doc = outbox_unseal_event(bytes, (size_t)n, ret_read);
    else
        doc = outbox_unseal(bytes, (size_t)n, ret_read);
    explicit_bzero(bytes, n > 0 ? (size_t)n : 0);
    free(bytes);
    return doc;
}

/* O_NONBLOCK: a pipe must not hold us up before it is seen to be one. */
siaga_doc *outbox_load(int folder, const char *name, bool event, enum outbox_read *ret_read)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        *ret_read = errno == ENOENT  ? OUTBOX_GONE
                    : errno == ELOOP ? OUTBOX_DAMAGED
                                     : OUTBOX_TROUBLE;
        return NULL;
    }
    siaga_doc *doc = load(fd, event, ret_read);
    int why = errno;
    close(fd);
    errno = why;
    return doc;
}

const char *outbox_read_text(enum outbox_read read, bool english)
{
    static const char *const texts[][2] = {
        [OUTBOX_FINE] = {"utuh", "whole"},
        [OUTBOX_GONE] = {"tidak ada lagi", "not there any more"},
        [OUTBOX_TROUBLE] = {"tidak dapat dibaca sekarang", "cannot be read now"},
        [OUTBOX_NEWER] = {"bentuk lain, ditulis siaga yang lebih baru; perbarui alat siaga",
                          "another form, written by a newer siaga; update the siaga tools"},
        [OUTBOX_OPEN] = {"bukan milik Anda sendiri, atau terbuka bagi orang lain; chmod 600",
                         "not yours alone: another user's, or others may read it; chmod 600"},
        [OUTBOX_DAMAGED] = {"rusak: isinya bukan yang dulu ditulis",
                            "damaged: it does not hold what was written"},
    };
    return texts[read][english];
}

/* ---- writing ---- */

static int write_all(int fd, const uint8_t *bytes, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t done = write(fd, bytes + at, n - at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? errno : EIO;
        at += (size_t)done;
    }
    return 0;
}

static int write_synced(int fd, const uint8_t *bytes, size_t n)
{
    int why = write_all(fd, bytes, n);
    if (!why && !control("outbox-sync") && fsync(fd) < 0)
        why = errno;
    if (close(fd) < 0 && !why)
        why = errno;
    return why;
}

int outbox_store(int folder, const char *name, const char *beside, const siaga_map *m)
{
    int fd = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    size_t n;
    uint8_t *bytes = outbox_seal(m, &n);
    int why = n > OUTBOX_FILE_MAX ? EFBIG : 0;
    if (why)
        close(fd);
    else
        why = write_synced(fd, bytes, n);
    explicit_bzero(bytes, n);
    free(bytes);
    if (!why && renameat(folder, beside, folder, name) < 0)
        why = errno;
    if (why)
        unlinkat(folder, beside, 0);
    return why;
}

int outbox_sync(int folder)
{
    return !control("outbox-sync") && fsync(folder) < 0 ? errno : 0;
}
