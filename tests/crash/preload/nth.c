/* Lets one allocation fail, the n-th that the program itself asks for: LD_PRELOAD with NTH_FAILS=n.
 * With NTH_COUNT=FILE it writes how many there were at the end. Those of libraries are not counted:
 * what becomes of a program whose libzmq or libc has no memory is theirs to say. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static atomic_long made;
static long fails;
static uintptr_t low = UINTPTR_MAX, high; /* where the program itself lies */

static int take_program(struct dl_phdr_info *info, size_t size, void *self)
{
    (void)size;
    (void)self;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        uintptr_t to = from + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        low = from < low ? from : low;
        high = to > high ? to : high;
    }
    return 1; /* the first one is the program */
}

__attribute__((constructor)) static void begin(void)
{
    const char *n = getenv("NTH_FAILS");
    fails = n != NULL ? atol(n) : 0;
    dl_iterate_phdr(take_program, NULL);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("NTH_COUNT");
    int fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (fd >= 0)
        dprintf(fd, "%ld\n", atomic_load(&made));
}

static bool refused(const void *caller)
{
    if ((uintptr_t)caller < low || (uintptr_t)caller >= high || ++made != fails)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}
