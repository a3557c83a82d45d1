/* Whether a file of people.d has changed, without opening one: every write or replacement gives a
 * file another change time or another inode, whatever its size and time say. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "city.h"

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 1099511628211u; /* FNV-1a */
    return h;
}

static uint64_t of_file(int dir, const char *name)
{
    struct stat st;
    uint64_t h = mix(14695981039346656037u, name, strlen(name));
    if (fstatat(dir, name, &st, 0) != 0)
        return h;
    h = mix(h, &st.st_ino, sizeof st.st_ino);
    h = mix(h, &st.st_size, sizeof st.st_size);
    h = mix(h, &st.st_mtim, sizeof st.st_mtim);
    return mix(h, &st.st_ctim, sizeof st.st_ctim);
}

/* A sum, since a folder is read in no order. */
uint64_t city_people_stamp(const char *siagad_yaml)
{
    char path[4300];
    const char *slash = strrchr(siagad_yaml, '/');
    snprintf(path, sizeof path, "%.*speople.d", slash ? (int)(slash + 1 - siagad_yaml) : 0,
             siagad_yaml);
    uint64_t sum = 0;
    DIR *dir = opendir(path);
    if (dir == NULL)
        return 0;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        size_t n = strlen(e->d_name);
        if (n > 5 && e->d_name[0] != '.' && strcmp(e->d_name + n - 5, ".yaml") == 0)
            sum += of_file(dirfd(dir), e->d_name);
    }
    closedir(dir);
    return sum;
}
