/* fuzz: the bytes of strangers against everything that reads them (D22).
 *
 * A target is one file test_*.c: it reads what it is given as siaga does, writes it again where
 * siaga can write it, and compares. The same file is played in two ways:
 *   make fuzz    with begin.c under libFuzzer of clang, which looks for new ways through the code
 *   make check   with play.c: the seeds and a number of mutations of them, the same every time
 * Seeds are made when a program starts, of what the other tests have: vectors, goldens, the small
 * city, sealed entries. Whatever a target does with one input depends on that input alone.
 *
 * Controls: SIAGA_BREAK=NAME breaks a bound on purpose. For the target's own name the reader is
 * told of one byte that is not there; other names stand in the code (daemon/base/control.h) and
 * work in the tree of `make fuzz` alone. Each must be caught, or the target looks at nothing. */
#ifndef SIAGA_TESTS_FUZZ_H
#define SIAGA_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void fuzz_give_fn(void *self, const void *bytes, size_t n);

struct fuzz_target {
    const char *name;
    size_t most;     /* bytes of an input */
    uint32_t rounds; /* mutations in make check: about a second of them */
    void (*seeds)(fuzz_give_fn *give, void *self);
};
extern const struct fuzz_target fuzz_target; /* each test_*.c has one, and the function below */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

void fuzz_must(bool fine, const char *what); /* else says so and aborts */
bool fuzz_broken(void);                      /* the control of this target is on */
size_t fuzz_told(size_t n);                  /* bytes the reader is told of: one more if so */

/* Seeds: an input of a first byte, which chooses how it is read, and what follows. */
void fuzz_give(fuzz_give_fn *give, void *self, uint8_t first, const void *bytes, size_t n);
/* The same for every file of a pattern, from the root of the tree. */
void fuzz_give_files(fuzz_give_fn *give, void *self, uint8_t first, const char *pattern);

#endif
