#include "clients/lib/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include <zmq.h>

#include "clients/lib/error.h"
#include "proto/key.h"

#define FILE_MAX 4096u
#define SEED_BYTES 32u
#define SERVER_NAME "siagad"
#define SERVER_ROLE "server"

_Static_assert(sizeof((siaga_cert *)0)->name == sizeof((struct cert *)0)->name &&
                   sizeof((siaga_cert *)0)->role == sizeof((struct cert *)0)->role &&
                   sizeof((siaga_cert *)0)->skpd == sizeof((struct cert *)0)->skpd &&
                   sizeof((siaga_cert *)0)->public_key == CERT_KEY_BYTES,
               "the public part");
_Static_assert(SIAGA_CERT_BYTES >= CERT_TEXT_BYTES, "the caller's room");

__attribute__((format(printf, 4, 6), format(printf, 5, 6))) static int
wrong(siaga_error *err, int code, const char *path, const char *id, const char *en, ...)
{
    char text_id[320], text_en[320];
    va_list args;
    va_start(args, en);
    vsnprintf(text_id, sizeof(text_id), id, args);
    va_end(args);
    va_start(args, en);
    vsnprintf(text_en, sizeof(text_en), en, args);
    va_end(args);
    return error_at(err, code, path, text_id, text_en);
}

/* ---- reading ---- */

static int cannot_open(const char *path, siaga_error *err)
{
    if (errno == ELOOP)
        return wrong(err, EX_CONFIG, path,
                     "ini tautan; sebut berkas kuncinya sendiri (--cert, SIAGA_CERT)",
                     "this is a link; name the key file itself (--cert, SIAGA_CERT)");
    return wrong(
        err, EX_CONFIG, path, "berkas kunci tidak dapat dibuka (%s); periksa --cert dan SIAGA_CERT",
        "the key file cannot be opened (%s); check --cert and SIAGA_CERT", strerror(errno));
}

/* Of a file with a secret: for its owner alone, and that is who asks, or root. */
static int check_private(const char *path, const struct stat *st, siaga_error *err)
{
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return wrong(err, EX_CONFIG, path,
                     "kunci rahasia ini milik pengguna lain (uid %u); jalankan: chown %u %s",
                     "this secret key belongs to another user (uid %u); run: chown %u %s",
                     (unsigned)st->st_uid, (unsigned)geteuid(), path);
    if (st->st_mode & 077)
        return wrong(err, EX_CONFIG, path,
                     "kunci rahasia ini terbuka bagi orang lain (mode %04o); jalankan: chmod 600 "
                     "%s; bila sudah terbaca orang, buat kunci baru",
                     "others may read this secret key (mode %04o); run: chmod 600 %s; if somebody "
                     "has read it, make a new key",
                     (unsigned)(st->st_mode & 07777), path);
    return 0;
}

static int parse(const char *path, const char *text, size_t n, struct cert *ret_cert,
                 siaga_error *err)
{
    static const char *const why[][2] = {
        [CERT_BAD_LINE] = {"bukan baris 'nama: nilai'", "no line 'name: value'"},
        [CERT_BAD_VALUE] = {"nilainya tidak sah", "the value is not valid"},
        [CERT_UNKNOWN] = {"nama tidak dikenal", "an unknown name"},
        [CERT_MISSING] = {"name atau public tidak ada", "name or public is missing"},
    };
    char id[160], en[160];
    unsigned line;
    if (n > FILE_MAX)
        return wrong(err, EX_CONFIG, path, "terlalu panjang; ini bukan berkas kunci",
                     "too long; this is no key file");
    enum cert_read read = cert_read(text, n, ret_cert, &line);
    if (read == CERT_FINE)
        return 0;
    snprintf(id, sizeof(id), "baris %u: %s; buat lagi dengan siaga cert new", line, why[read][0]);
    snprintf(en, sizeof(en), "line %u: %s; make it anew with siaga cert new", line, why[read][1]);
    return error_at(err, EX_CONFIG, path, id, en);
}

static int load(const char *path, int fd, struct cert *ret_cert, siaga_error *err)
{
    char text[FILE_MAX + 1];
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return cannot_open(path, err);
    if (!S_ISREG(st.st_mode))
        return wrong(err, EX_CONFIG, path, "ini bukan berkas biasa; sebut berkas kuncinya",
                     "this is no regular file; name the key file");
    ssize_t n = read(fd, text, sizeof(text));
    struct cert c = {.name = ""};
    int code = n < 0 ? cannot_open(path, err) : parse(path, text, (size_t)n, &c, err);
    explicit_bzero(text, sizeof(text));
    if (!code && *c.secret_key)
        code = check_private(path, &st, err);
    if (!code)
        *ret_cert = c;
    explicit_bzero(&c, sizeof(c));
    return code;
}

/* O_NONBLOCK: a pipe must not hold us up before it is seen to be one. */
static int load_path(const char *path, struct cert *ret_cert, siaga_error *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int code = load(path, fd, ret_cert, err);
    if (fd >= 0)
        close(fd);
    return code;
}

int keyfile_read(const char *path, struct cert *ret_cert, siaga_error *err)
{
    struct cert c;
    int code = load_path(path, &c, err);
    if (code)
        return code;
    if (!*c.secret_key)
        code = wrong(err, EX_CONFIG, path,
                     "tidak ada kunci rahasia di dalamnya; sebut berkas NAMA.key",
                     "there is no secret key in it; name the file NAME.key");
    else if (!*c.server_key)
        code = wrong(err, EX_CONFIG, path,
                     "kunci siagad belum ada; tambahkan baris 'server: KUNCI' dari server.pub",
                     "the key of siagad is missing; add the line 'server: KEY' from server.pub");
    else
        *ret_cert = c;
    explicit_bzero(&c, sizeof(c));
    return code;
}

static void give_public(const struct cert *c, siaga_cert *ret_cert)
{
    memset(ret_cert, 0, sizeof(*ret_cert));
    memcpy(ret_cert->name, c->name, sizeof(c->name));
    memcpy(ret_cert->role, c->role, sizeof(c->role));
    memcpy(ret_cert->skpd, c->skpd, sizeof(c->skpd));
    memcpy(ret_cert->public_key, c->public_key, sizeof(c->public_key));
    memcpy(ret_cert->server_key, c->server_key, sizeof(c->server_key));
}

int siaga_cert_read(const char *path, siaga_cert *ret_cert, siaga_error *err)
{
    struct cert c;
    error_clear(err);
    int code = load_path(path, &c, err);
    if (!code)
        give_public(&c, ret_cert);
    explicit_bzero(&c, sizeof(c));
    return code;
}

/* ---- making ---- */

static int check_wanted(const siaga_cert *w, siaga_error *err)
{
    bool server = strcmp(w->role, SERVER_ROLE) == 0;
    if (!siaga_source_valid(w->name))
        return wrong(err, EX_USAGE, w->name, "nama tidak sah; pakai 1-48 dari a-z 0-9 -",
                     "not a name; use 1-48 of a-z 0-9 -");
    if (server != (strcmp(w->name, SERVER_NAME) == 0))
        return wrong(err, EX_USAGE, w->name,
                     "peran server hanya untuk " SERVER_NAME ", dan itu perannya",
                     "the role server is for " SERVER_NAME " alone, and is its role");
    if (!server && (!siaga_word_known("role", w->role) || strcmp(w->role, "system") == 0))
        return wrong(err, EX_USAGE, w->role, "peran tidak dikenal", "not a known role");
    if (*w->skpd && !key_skpd_valid(slice_from(w->skpd)))
        return wrong(err, EX_USAGE, w->skpd, "SKPD tidak sah; pakai 1-24 dari a-z 0-9 -",
                     "not an SKPD; use 1-24 of a-z 0-9 -");
    if (*w->server_key && !cert_key_valid(w->server_key))
        return wrong(err, EX_USAGE, w->server_key, "bukan kunci umum (Z85, 40 karakter)",
                     "not a public key (Z85, 40 characters)");
    return 0;
}

static bool make_seed(char out[CERT_HEX_BYTES])
{
    uint8_t seed[SEED_BYTES];
    if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        return false;
    for (size_t i = 0; i < sizeof(seed); i++)
        snprintf(out + 2 * i, 3, "%02x", seed[i]);
    explicit_bzero(seed, sizeof(seed));
    return true;
}

/* The folder too, so that the new name is there after a power cut. */
static bool sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool fine = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    free(folder);
    return fine;
}

/* Whole and on the disk, or not there. */
static int write_private(const char *path, const char *text, size_t n, siaga_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return wrong(err, EX_CANTCREAT, path, "berkas sudah ada dan tidak ditimpa; pindahkan dulu",
                     "the file is there and is not written over; move it away first");
    if (fd < 0)
        return wrong(err, EX_CANTCREAT, path, "berkas tidak dapat dibuat (%s)",
                     "the file cannot be made (%s)", strerror(errno));
    bool fine = write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    fine = close(fd) == 0 && fine;
    if (fine && sync_folder(path))
        return 0;
    int why = errno;
    unlink(path);
    return wrong(err, EX_IOERR, path, "berkas tidak dapat ditulis (%s)",
                 "the file cannot be written (%s)", strerror(why));
}

static int write_key(const struct cert *c, const char *path, siaga_error *err)
{
    char text[CERT_TEXT_BYTES + 128];
    int head = snprintf(
        text, sizeof(text),
        "# The secret key of %s: for nobody else, mode 0600; never sent, never copied.\n", c->name);
    size_t n = (size_t)head + cert_write(c, true, text + head);
    int code = write_private(path, text, n, err);
    explicit_bzero(text, sizeof(text));
    return code;
}

int siaga_cert_make(const siaga_cert *wanted, const char *path, siaga_cert *ret_cert,
                    siaga_error *err)
{
    struct cert c = {.name = ""};
    error_clear(err);
    int code = check_wanted(wanted, err);
    if (code)
        return code;
    memcpy(c.name, wanted->name, sizeof(c.name));
    memcpy(c.role, wanted->role, sizeof(c.role));
    memcpy(c.skpd, wanted->skpd, sizeof(c.skpd));
    memcpy(c.server_key, wanted->server_key, sizeof(c.server_key));
    bool server = strcmp(c.role, SERVER_ROLE) == 0;
    if (zmq_curve_keypair(c.public_key, c.secret_key) != 0 || (server && !make_seed(c.sign_seed)))
        code = wrong(err, EX_OSERR, "", "kunci tidak dapat dibuat (%s)",
                     "a key cannot be made (%s)", strerror(errno));
    if (!code)
        code = write_key(&c, path, err);
    if (!code)
        give_public(&c, ret_cert);
    explicit_bzero(&c, sizeof(c));
    return code;
}

/* ---- the public part ---- */

const char *siaga_cert_text(const siaga_cert *c, char out[SIAGA_CERT_BYTES])
{
    struct cert all = {.name = ""};
    memcpy(all.name, c->name, sizeof(all.name));
    memcpy(all.role, c->role, sizeof(all.role));
    memcpy(all.skpd, c->skpd, sizeof(all.skpd));
    memcpy(all.public_key, c->public_key, sizeof(all.public_key));
    cert_write(&all, false, out);
    return out;
}

bool siaga_key_valid(const char *z85)
{
    return cert_key_valid(z85);
}
