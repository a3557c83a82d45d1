/* mem: memory of libsiaga. Running out of it ends the process: nothing useful can be said without.
 */
#ifndef SIAGA_CLIENTS_LIB_MEM_H
#define SIAGA_CLIENTS_LIB_MEM_H

#include <stdlib.h>
#include <string.h>

static inline void *mem_grow(void *old, size_t n)
{
    void *p = realloc(old, n ? n : 1);
    if (!p)
        abort();
    return p;
}

static inline void *mem_zero(size_t n)
{
    return memset(mem_grow(NULL, n), 0, n ? n : 1);
}

static inline void *mem_copy(const void *bytes, size_t n)
{
    void *p = mem_grow(NULL, n);
    return n ? memcpy(p, bytes, n) : p;
}

static inline char *mem_text(const char *text) /* NULL stays NULL */
{
    return text ? mem_copy(text, strlen(text) + 1) : NULL;
}

#endif
