/* begin: how a target starts under libFuzzer. SIAGA_FUZZ_SEEDS=FOLDER: it writes its seeds there,
 * prints the most bytes of an input, and ends. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

struct writing {
    const char *folder;
    unsigned count;
};

static void write_seed(void *self, const void *bytes, size_t n)
{
    struct writing *w = self;
    char path[4096];
    snprintf(path, sizeof path, "%s/seed-%04u", w->folder, w->count++);
    FILE *f = fopen(path, "w");
    if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct writing w = {.folder = getenv("SIAGA_FUZZ_SEEDS")};
    (void)argc;
    (void)argv;
    if (w.folder == NULL)
        return 0;
    fuzz_target.seeds(write_seed, &w);
    printf("%zu\n", fuzz_target.most);
    exit(0);
}
