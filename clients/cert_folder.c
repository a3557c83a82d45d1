#include "cert_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define FILE_MAX (16u << 20)
#define BESIDE ".siaga-cert.new" /* siagad reads no file that begins with a dot */

/* ---- reading ---- */

static int cannot_read(struct tool *t, const char *folder, const char *name)
{
    return tool_complain(t, EX_NOINPUT, "%s%s%s cannot be read: %s", folder, *folder ? "/" : "",
                         name, strerror(errno));
}

/* The whole of an open file, NUL behind it. */
static bool read_all(int fd, struct people_file *f)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || st.st_size > FILE_MAX) {
        errno = errno ? errno : EFBIG;
        return false;
    }
    size_t room = (size_t)st.st_size + 1;
    f->text = malloc(room);
    if (!f->text)
        abort();
    ssize_t n = 1;
    while (f->n < room - 1 && (n = read(fd, f->text + f->n, room - 1 - f->n)) > 0)
        f->n += (size_t)n;
    f->text[f->n] = '\0';
    return n >= 0;
}

static int load(struct tool *t, int folder, const char *path, const char *name,
                struct people_file *f)
{
    errno = 0;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool fine = fd >= 0 && read_all(fd, f);
    int code = fine ? 0 : cannot_read(t, path, name);
    if (fd >= 0)
        close(fd);
    if (fine)
        cert_people_scan(f);
    return code;
}

int cert_folder_read(struct tool *t, const char *path, struct people_file *ret_file)
{
    *ret_file = (struct people_file){.text = NULL};
    return load(t, AT_FDCWD, "", path, ret_file);
}

static int is_yaml(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

static struct people_file *add_file(struct cert_folder *f, const char *name)
{
    f->files = realloc(f->files, (f->n + 1) * sizeof(*f->files));
    if (!f->files)
        abort();
    struct people_file *file = &f->files[f->n++];
    *file = (struct people_file){.text = NULL};
    snprintf(file->name, sizeof(file->name), "%s", name);
    return file;
}

static int read_files(struct tool *t, struct cert_folder *f)
{
    struct dirent **names = NULL;
    int n = scandirat(f->fd, ".", &names, is_yaml, alphasort), code = 0;
    if (n < 0)
        return cannot_read(t, f->path, "");
    for (int i = 0; i < n; i++) {
        if (!code)
            code = load(t, f->fd, f->path, names[i]->d_name, add_file(f, names[i]->d_name));
        free(names[i]);
    }
    free(names);
    return code;
}

int cert_folder_open(struct tool *t, const char *path, bool change, struct cert_folder *ret_folder)
{
    struct cert_folder *f = ret_folder;
    *f = (struct cert_folder){.path = path};
    f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->fd < 0)
        return tool_complain(t, EX_NOINPUT, "the folder %s cannot be opened: %s; use --people",
                             path, strerror(errno));
    if (change && flock(f->fd, LOCK_EX | LOCK_NB) < 0)
        return tool_complain(t, EX_TEMPFAIL, "another siaga cert is changing %s; run it again",
                             path);
    return read_files(t, f);
}

void cert_folder_close(struct cert_folder *f)
{
    for (size_t i = 0; i < f->n; i++)
        cert_people_free(&f->files[i]);
    free(f->files);
    if (f->fd >= 0)
        close(f->fd);
}

/* ---- finding ---- */

struct people_file *cert_folder_file(struct cert_folder *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->files[i].name, name) == 0)
            return &f->files[i];
    return NULL;
}

struct people_row *cert_folder_row(struct cert_folder *f, const char *id,
                                   struct people_file **ret_file)
{
    for (size_t i = 0; i < f->n; i++)
        for (size_t k = 0; k < f->files[i].rows_n; k++)
            if (strcmp(f->files[i].rows[k].id, id) == 0) {
                *ret_file = &f->files[i];
                return &f->files[i].rows[k];
            }
    return NULL;
}

bool cert_folder_revoked(const struct cert_folder *f, const char *key)
{
    for (size_t i = 0; i < f->n; i++)
        for (size_t k = 0; k < f->files[i].revoked_n; k++)
            if (strcmp(f->files[i].revoked[k].key, key) == 0)
                return true;
    return false;
}

/* ---- writing ---- */

static bool write_whole(int fd, const char *text)
{
    for (size_t n = strlen(text); n;) {
        ssize_t written = write(fd, text, n);
        if (written < 0 && errno != EINTR)
            return false;
        text += written > 0 ? written : 0;
        n -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

/* `old` NULL: the file is new, and for siagad to read whatever the umask of who makes it. */
static bool replace(int folder, const char *name, const struct stat *old, const char *text)
{
    int fd = openat(folder, BESIDE, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    bool foreign = old && (old->st_uid != geteuid() || old->st_gid != getegid());
    bool fine = (!foreign || fchown(fd, old->st_uid, old->st_gid) == 0) &&
                fchmod(fd, old ? old->st_mode & 07777 : 0644) == 0 && write_whole(fd, text) &&
                fsync(fd) == 0;
    fine = close(fd) == 0 && fine;
    if (fine && renameat(folder, BESIDE, folder, name) == 0)
        return fsync(folder) == 0;
    int why = errno;
    unlinkat(folder, BESIDE, 0);
    errno = why;
    return false;
}

static void take_over(struct cert_folder *f, const char *name, char *text)
{
    struct people_file *file = cert_folder_file(f, name);
    if (!file)
        file = add_file(f, name);
    free(file->text);
    file->text = text;
    file->n = strlen(text);
    cert_people_scan(file);
}

int cert_folder_write(struct tool *t, struct cert_folder *f, const char *name, char *text)
{
    struct stat old;
    bool there = fstatat(f->fd, name, &old, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !S_ISREG(old.st_mode)) {
        free(text);
        return tool_complain(t, EX_CANTCREAT,
                             "%s/%s is no regular file and is left as it is; change the original",
                             f->path, name);
    }
    if (!replace(f->fd, name, there ? &old : NULL, text)) {
        free(text);
        return tool_complain(t, EX_CANTCREAT, "%s/%s cannot be written: %s", f->path, name,
                             strerror(errno));
    }
    take_over(f, name, text);
    return 0;
}
