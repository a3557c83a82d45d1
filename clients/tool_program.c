#include "tool.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool on_path(const char *name)
{
    const char *path = getenv("PATH");
    char *copy = strdup(path ? path : ""), *rest = copy, *folder, whole[PATH_MAX];
    bool found = false;
    while (!found && (folder = strsep(&rest, ":"))) {
        snprintf(whole, sizeof(whole), "%s/%s", folder, name);
        found = *folder && access(whole, X_OK) == 0;
    }
    free(copy);
    return found;
}

/* Built it lies beside us, installed in sbin, which is not on everybody's PATH. */
static bool near_us(char *out, size_t size)
{
    static const char *const places[] = {"siagad", "../sbin/siagad"};
    char own[PATH_MAX], place[PATH_MAX + 32], whole[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
    char *slash = n > 0 ? memrchr(own, '/', (size_t)n) : NULL;
    for (size_t i = 0; slash && i < sizeof(places) / sizeof(*places); i++) {
        snprintf(place, sizeof(place), "%.*s/%s", (int)(slash - own), own, places[i]);
        if (access(place, X_OK) == 0 && realpath(place, whole)) {
            snprintf(out, size, "%s", whole);
            return true;
        }
    }
    return false;
}

/* Who typed a path for this program gets one of that form. */
const char *tool_siagad(const struct tool *t, char *out, size_t size)
{
    const char *slash = strrchr(t->program, '/');
    if (slash) {
        snprintf(out, size, "%.*s/siagad", (int)(slash - t->program), t->program);
        if (access(out, X_OK) == 0)
            return out;
    }
    if (on_path("siagad") || !near_us(out, size))
        snprintf(out, size, "siagad");
    return out;
}
