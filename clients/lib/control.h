/* control: parts of libsiaga that a build for tests alone can switch off, one by one, to show that
 * the tests would notice: what daemon/base/control.h is to siagad, which no client may include. */
#ifndef SIAGA_CLIENTS_LIB_CONTROL_H
#define SIAGA_CLIENTS_LIB_CONTROL_H

#include <stdbool.h>

#ifdef SIAGA_CONTROLS
#include <stdlib.h>
#include <string.h>

/* SIAGA_BREAK is one name. What there is: `git grep 'control("'`. */
static inline bool control(const char *name)
{
    const char *broken = getenv("SIAGA_BREAK");
    return broken && strcmp(broken, name) == 0;
}
#else
static inline bool control(const char *name)
{
    (void)name;
    return false;
}
#endif

#endif
