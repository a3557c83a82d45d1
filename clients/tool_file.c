#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static int cannot(struct tool *t, int code, const char *name, const char *why)
{
    char shown[512];
    tool_clean(name, shown, sizeof(shown));
    return tool_complain(t, code, "%s: %s; it was not made", shown, why);
}

static int refuse_standing(struct tool *t, const char *name)
{
    return cannot(t, EX_CANTCREAT, name,
                  tool_text(t, "it is there already and is not written over; give another name"));
}

int tool_file_open(struct tool *t, struct tool_file *f, const char *name)
{
    *f = (struct tool_file){.name = name};
    if (access(name, F_OK) == 0)
        return refuse_standing(t, name);
    if (asprintf(&f->part, "%s.part", name) < 0)
        abort();
    int fd = open(f->part, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0;
    if (fd < 0 || held || fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0 ||
        !(f->out = fdopen(fd, "wb"))) {
        int code = cannot(t, EX_CANTCREAT, f->part,
                          held ? tool_text(t, "another siaga is writing it") : strerror(errno));
        if (fd >= 0)
            close(fd);
        free(f->part);
        return code;
    }
    return 0;
}

bool tool_file_settle(const char *path)
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

/* Written beside it and on the disk before it takes the name. */
bool tool_file_replace(const char *name, const char *text, size_t n, unsigned mode)
{
    char *beside;
    if (asprintf(&beside, "%s.tmp", name) < 0)
        abort();
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    bool fine = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    fine = fd >= 0 && close(fd) == 0 && fine;
    fine = fine && rename(beside, name) == 0;
    int why = errno;
    if (fine)
        tool_file_settle(name); /* without it a power cut leaves the old one, no more */
    else if (fd >= 0)
        unlink(beside);
    free(beside);
    errno = why;
    return fine;
}

int tool_file_close(struct tool *t, struct tool_file *f, int code)
{
    bool fine = fflush(f->out) == 0 && !ferror(f->out) && fsync(fileno(f->out)) == 0;
    if (!code && !fine)
        code = cannot(t, EX_IOERR, f->part, strerror(errno));
    if (!code && renameat2(AT_FDCWD, f->part, AT_FDCWD, f->name, RENAME_NOREPLACE) != 0)
        code = errno == EEXIST ? refuse_standing(t, f->name)
                               : cannot(t, EX_CANTCREAT, f->name, strerror(errno));
    else if (!code && !tool_file_settle(f->name))
        code = cannot(t, EX_IOERR, f->name, strerror(errno));
    if (code)
        unlink(f->part);
    fclose(f->out);
    free(f->part);
    return code;
}
