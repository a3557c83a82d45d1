#include "fuzz.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_must(bool fine, const char *what)
{
    if (fine)
        return;
    dprintf(STDERR_FILENO, "fuzz: %s: it does not hold that %s\n", fuzz_target.name, what);
    abort();
}

bool fuzz_broken(void)
{
    static int broken = -1;
    const char *name = getenv("SIAGA_BREAK");
    if (broken < 0)
        broken = name != NULL && strcmp(name, fuzz_target.name) == 0;
    return broken != 0;
}

size_t fuzz_told(size_t n)
{
    return n + (fuzz_broken() ? 1 : 0);
}

void fuzz_give(fuzz_give_fn *give, void *self, uint8_t first, const void *bytes, size_t n)
{
    uint8_t *input = malloc(n + 1);
    if (input == NULL)
        abort();
    input[0] = first;
    if (n > 0)
        memcpy(input + 1, bytes, n);
    give(self, input, n + 1);
    free(input);
}

void fuzz_give_files(fuzz_give_fn *give, void *self, uint8_t first, const char *pattern)
{
    glob_t found;
    static uint8_t room[1 << 17];
    if (glob(pattern, 0, NULL, &found) != 0) {
        fprintf(stderr, "fuzz: no %s; start it from the root of the tree\n", pattern);
        exit(1);
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *f = fopen(found.gl_pathv[i], "r");
        if (f == NULL)
            abort();
        size_t n = fread(room, 1, sizeof room, f);
        fclose(f);
        fuzz_give(give, self, first, room, n);
    }
    globfree(&found);
}
