/* control: parts of siagad that a build for tests alone can switch off, one by one, to show that
 * the tests would notice. In any other build control() is false and nothing of it is there. */
#ifndef SIAGA_BASE_CONTROL_H
#define SIAGA_BASE_CONTROL_H

#include <stdbool.h>

#ifdef SIAGA_CONTROLS
#include <stdlib.h>
#include <string.h>

/* SIAGA_BREAK names what is broken: "chain,zap". */
static inline bool control(const char *name)
{
    const char *broken = getenv("SIAGA_BREAK");
    return broken != NULL && strstr(broken, name) != NULL;
}
#else
static inline bool control(const char *name)
{
    (void)name;
    return false;
}
#endif

#endif
