/* control: parts of siagad that a build for tests alone can switch off, one by one, to show that
 * the tests would notice. In any other build control() is false and nothing of it is there. */
#ifndef SIAGA_BASE_CONTROL_H
#define SIAGA_BASE_CONTROL_H

#include <stdbool.h>

#ifdef SIAGA_CONTROLS
#include <stdlib.h>
#include <string.h>

/* SIAGA_BREAK names what is broken: "zap,proof". What there is: `git grep 'control("'`. */
static inline bool control(const char *name)
{
    const char *at = getenv("SIAGA_BREAK");
    size_t n = strlen(name);
    while (at != NULL) {
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0'))
            return true;
        at = strchr(at, ',');
        at += at != NULL;
    }
    return false;
}
#else
static inline bool control(const char *name)
{
    (void)name;
    return false;
}
#endif

#endif
