/* The folder: where it is, whose it is, its locks and its names. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "clients/lib/error.h"
#include "clients/lib/mem.h"
#include "clients/lib/outbox.h"
#include "clients/lib/session.h"

#define PATH_BYTES 4096
#define LOOK_MS 20 /* between two tries for a lock */
#define NUMBER_DIGITS 10

/* ---- where it is ---- */

/* $XDG_STATE_HOME, else ~/.local/state; XDG wants a path that is not absolute to be passed over. */
static bool default_path(char out[PATH_BYTES])
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n;
    if (state && *state == '/') {
        n = snprintf(out, PATH_BYTES, "%s/siaga/outbox", state);
    } else {
        const struct passwd *user = home && *home == '/' ? NULL : getpwuid(geteuid());
        const char *at = user ? user->pw_dir : home;
        n = at && *at == '/' ? snprintf(out, PATH_BYTES, "%s/.local/state/siaga/outbox", at) : -1;
    }
    return n > 0 && n < PATH_BYTES;
}

/* Each missing folder of the path, for the user alone. */
static bool make_folders(char *path)
{
    for (char *at = strchr(path + 1, '/');; at = strchr(at + 1, '/')) {
        if (at)
            *at = '\0';
        bool fine = mkdir(path, 0700) == 0 || errno == EEXIST;
        if (at)
            *at = '/';
        if (!fine || !at)
            return fine;
    }
}

/* A folder's name is on the disk when the folder that has it is. As far up as they are the user's
 * own, and one more: one of them may have been made by a siaga that died before it got here. What
 * is not his he did not make; it may be closed to him, or of a kind that cannot be synced. */
static int sync_upwards(const siaga_outbox *o)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    struct stat st, below;
    int why = 0, fd = openat(o->folder, "..", flags);
    bool own = fstat(o->folder, &below) == 0;
    while (fd >= 0 && own && !why) {
        own = fstat(fd, &st) == 0 && st.st_uid == geteuid();
        bool top = own && st.st_ino == below.st_ino && st.st_dev == below.st_dev;
        why = fsync(fd) < 0 && own ? errno : 0;
        int up = own && !top ? openat(fd, "..", flags) : -1;
        close(fd);
        fd = up;
        below = st;
    }
    if (fd >= 0)
        close(fd);
    return why;
}

/* The lock is made after that, so where there is one it was done. */
static int sync_first(const siaga_outbox *o, siaga_error *err)
{
    int why = faccessat(o->folder, "lock", F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : sync_upwards(o);
    return why ? outbox_error(o, err, why, "folder antrean tidak dapat disimpan",
                              "the folder of the outbox cannot be synced")
               : 0;
}

static int check_folder(const siaga_outbox *o, siaga_error *err)
{
    struct stat st;
    char id[256], en[256];
    if (fstat(o->folder, &st) < 0)
        return outbox_error(o, err, errno, "folder antrean tidak terbaca",
                            "the folder of the outbox cannot be read");
    if (st.st_uid != geteuid())
        return error_at(err, EX_CONFIG, o->path,
                        "folder antrean ini milik pengguna lain; di dalamnya ada data pelapor: "
                        "pindahkan, siaga membuat yang baru",
                        "this folder of the outbox is another user's; it holds data of reporters: "
                        "move it away, siaga makes a new one");
    if (!(st.st_mode & 077))
        return sync_first(o, err);
    snprintf(id, sizeof(id),
             "folder antrean terbuka bagi orang lain (mode %04o), padahal ada data pelapor; "
             "jalankan: chmod 700 pada folder itu",
             (unsigned)(st.st_mode & 07777));
    snprintf(en, sizeof(en),
             "others may look into the outbox (mode %04o), and it holds data of reporters; run: "
             "chmod 700 on the folder",
             (unsigned)(st.st_mode & 07777));
    return error_at(err, EX_CONFIG, o->path, id, en);
}

int outbox_folder_open(siaga_outbox *o, const char *path, siaga_error *err)
{
    char found[PATH_BYTES];
    if (!path && !default_path(found))
        return error_at(err, EX_CONFIG, "HOME",
                        "tempat antrean tidak diketahui; setel HOME atau XDG_STATE_HOME",
                        "there is no place for the outbox; set HOME or XDG_STATE_HOME");
    o->path = mem_text(path ? path : found);
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    o->folder = open(o->path, flags);
    if (o->folder < 0 && errno == ENOENT && make_folders(o->path))
        o->folder = open(o->path, flags);
    if (o->folder < 0)
        return outbox_error(o, err, errno, "folder antrean tidak dapat dibuka",
                            "the folder of the outbox cannot be opened");
    return check_folder(o, err);
}

int outbox_error(const siaga_outbox *o, siaga_error *err, int why, const char *id, const char *en)
{
    char text_id[320], text_en[320];
    bool full = why == ENOSPC || why == EDQUOT || why == EFBIG;
    snprintf(text_id, sizeof(text_id), "%s (%s)%s", id, full ? "disk penuh" : strerror(why),
             full ? "; kosongkan disk ini" : "");
    snprintf(text_en, sizeof(text_en), "%s (%s)%s", en, full ? "the disk is full" : strerror(why),
             full ? "; make room on it" : "");
    return error_at(err, EX_IOERR, o->path, text_id, text_en);
}

/* ---- locks ---- */

int outbox_lock(siaga_outbox *o, int *fd, const char *name, int wait_ms, siaga_error *err)
{
    if (*fd < 0)
        *fd = openat(o->folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0)
        return outbox_error(o, err, errno, "kunci antrean tidak dapat dibuka",
                            "the lock of the outbox cannot be opened");
    int64_t until = session_clock() + wait_ms * SESSION_MS;
    while (flock(*fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return outbox_error(o, err, errno, "antrean tidak dapat dikunci",
                                "the outbox cannot be locked");
        if (session_clock() >= until)
            return error_at(err, EX_TEMPFAIL, o->path,
                            "siaga lain sedang memakai antrean ini; coba lagi sebentar",
                            "another siaga is at work on this outbox; try again in a moment");
        poll(NULL, 0, LOOK_MS);
    }
    return 0;
}

void outbox_unlock(int fd)
{
    flock(fd, LOCK_UN);
}

/* ---- names ---- */

static const char *const endings[] = {[OUTBOX_QUEUED] = ".event",
                                      [OUTBOX_REFUSED] = ".refused",
                                      [OUTBOX_ASIDE] = ".damaged",
                                      [OUTBOX_UNFINISHED] = ".new"};
#define ENDINGS_N (sizeof(endings) / sizeof(*endings))

const char *outbox_name(uint64_t number, enum outbox_state state, char out[OUTBOX_NAME_BYTES])
{
    snprintf(out, OUTBOX_NAME_BYTES, "%0*llu%s", NUMBER_DIGITS, (unsigned long long)number,
             endings[state]);
    return out;
}

/* false: a file that is none of ours. */
static bool read_name(const char *name, struct outbox_name *ret)
{
    uint64_t number = 0;
    for (int i = 0; i < NUMBER_DIGITS; i++) {
        if (!isdigit((unsigned char)name[i]))
            return false;
        number = number * 10 + (uint64_t)(name[i] - '0');
    }
    for (size_t i = 0; i < ENDINGS_N; i++)
        if (strcmp(name + NUMBER_DIGITS, endings[i]) == 0) {
            *ret = (struct outbox_name){number, (enum outbox_state)i};
            return number > 0;
        }
    return false;
}

static int in_order(const void *a, const void *b)
{
    const struct outbox_name *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return (int)x->state - (int)y->state;
}

/* Of one number the waiting file counts: the others are what a dying siaga left beside it. */
static size_t once_each(struct outbox_name *names, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool unfinished = names[i].state == OUTBOX_UNFINISHED;
        bool again = kept && !unfinished && names[kept - 1].number == names[i].number;
        if (!again)
            names[kept++] = names[i];
    }
    return kept;
}

int outbox_scan(const siaga_outbox *o, struct outbox_name **ret_names, size_t *ret_n)
{
    int fd = openat(o->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return why;
    }
    struct outbox_name *names = NULL, one;
    size_t n = 0, room = 0;
    const struct dirent *entry;
    while ((errno = 0, entry = readdir(folder))) {
        if (!read_name(entry->d_name, &one))
            continue;
        if (n == room)
            names = mem_grow(names, (room = room ? 2 * room : 64) * sizeof(*names));
        names[n++] = one;
    }
    int why = errno;
    closedir(folder);
    if (why) {
        free(names);
        return why;
    }
    if (n)
        qsort(names, n, sizeof(*names), in_order);
    *ret_names = names;
    *ret_n = once_each(names, n);
    return 0;
}
