/* folder: a folder under $TMPDIR or /tmp for one test, with files written into it. */
#ifndef SIAGA_TESTS_FOLDER_H
#define SIAGA_TESTS_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
    char path[64];
};

static inline void folder_make(struct folder *f)
{
    const char *tmp = getenv("TMPDIR");
    if (!tmp || tmp[0] != '/' || strlen(tmp) > 40) /* short enough for the name of a socket in it */
        tmp = "/tmp";
    snprintf(f->path, sizeof f->path, "%.40s/siaga-test-XXXXXX", tmp);
    if (!mkdtemp(f->path))
        abort();
}

/* rel may be one folder deep, which is made when missing. */
static inline void folder_write(const struct folder *f, const char *rel, const void *bytes,
                                size_t n)
{
    char path[512];
    const char *slash = strchr(rel, '/');
    snprintf(path, sizeof path, "%s/%.*s", f->path, slash ? (int)(slash - rel) : 0, rel);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s", f->path, rel);
    FILE *out = fopen(path, "w");
    if (!out || fwrite(bytes, 1, n, out) != n || fclose(out) != 0)
        abort();
}

static inline void folder_text(const struct folder *f, const char *rel, const char *text)
{
    folder_write(f, rel, text, strlen(text));
}

static inline int folder_remove_one(const char *path, const struct stat *st, int kind,
                                    struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void folder_drop(struct folder *f)
{
    nftw(f->path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
    f->path[0] = '\0';
}

#endif
