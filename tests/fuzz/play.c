/* play: a target without libFuzzer. Plays the seeds and mutations of them; SIAGA_SEED says which,
 * SIAGA_MODEL_ROUNDS how many times more of them. With files as arguments it plays those. The input
 * at hand lies in PROGRAM.input, so that the one that ended the program is still there after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "tests/support/entries.h"
#include "tests/support/rounds.h"

#define SEEDS_MOST 1024u
#define BROKEN_EXIT "99" /* what a sanitizer ends with in the control */

static struct seed {
    uint8_t *bytes;
    size_t n;
} seeds[SEEDS_MOST];
static size_t seeds_n;
static char *program;
static char kept[4096];
static uint8_t *shown; /* PROGRAM.input, of fuzz_target.most bytes; NULL: none is kept */
static int shown_fd = -1;

static void note_seed(void *self, const void *bytes, size_t n)
{
    (void)self;
    if (seeds_n == SEEDS_MOST || n > fuzz_target.most)
        abort();
    struct seed *s = &seeds[seeds_n++];
    s->bytes = malloc(n);
    s->n = n;
    memcpy(s->bytes, bytes, n);
}

/* A copy of exact size, so that a sanitizer sees one byte too many. */
static void play(const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n > 0 ? n : 1);
    if (exact == NULL)
        abort();
    memcpy(exact, bytes, n);
    if (shown != NULL) {
        if (ftruncate(shown_fd, (off_t)n) != 0)
            abort();
        memcpy(shown, bytes, n);
    }
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static void keep_open(void)
{
    snprintf(kept, sizeof kept, "%s.input", program);
    shown_fd = open(kept, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (shown_fd < 0 || ftruncate(shown_fd, (off_t)fuzz_target.most) != 0)
        return;
    void *p = mmap(NULL, fuzz_target.most, PROT_READ | PROT_WRITE, MAP_SHARED, shown_fd, 0);
    shown = p != MAP_FAILED ? p : NULL;
    printf("play one again: %s %s\n", program, kept);
    fflush(stdout);
}

/* ---- mutations ---- */

struct input {
    uint8_t *bytes; /* fuzz_target.most of room */
    size_t n;
};

static const uint8_t TELLING[] = {0,    1,    '\n', ' ',  '"',  '#',  '-',  ':',  '[',  '{',  0x7f,
                                  0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xca, 0xcb,
                                  0xcf, 0xd3, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xfe, 0xff};

static void cut_out(struct input *in, uint64_t *dice)
{
    size_t at = entries_below(dice, (uint32_t)in->n), most = in->n - at;
    size_t n = 1 + entries_below(dice, most < 16 ? (uint32_t)most : 16);
    n = n < most ? n : most;
    memmove(in->bytes + at, in->bytes + at + n, in->n - at - n);
    in->n -= n;
}

static void put_in(struct input *in, uint64_t *dice, const uint8_t *from, size_t n)
{
    size_t at = entries_below(dice, (uint32_t)in->n + 1);
    if (n > fuzz_target.most - in->n)
        return;
    memmove(in->bytes + at + n, in->bytes + at, in->n - at);
    memcpy(in->bytes + at, from, n);
    in->n += n;
}

/* A piece of any seed, its own too. */
static void take_piece(struct input *in, uint64_t *dice)
{
    const struct seed *s = &seeds[entries_below(dice, (uint32_t)seeds_n)];
    if (s->n == 0)
        return;
    size_t at = entries_below(dice, (uint32_t)s->n), most = s->n - at;
    put_in(in, dice, s->bytes + at,
           1 + entries_below(dice, most < 48 ? (uint32_t)most : 48) % most);
}

static void mutate(struct input *in, uint64_t *dice)
{
    uint8_t one = TELLING[entries_below(dice, sizeof TELLING)];
    size_t at = in->n > 0 ? entries_below(dice, (uint32_t)in->n) : 0;
    switch (in->n == 0 ? 3 : entries_below(dice, 6)) {
    case 0:
        in->bytes[at] ^= (uint8_t)(1u << entries_below(dice, 8));
        break;
    case 1:
        in->bytes[at] = one;
        break;
    case 2:
        cut_out(in, dice);
        break;
    case 3:
        put_in(in, dice, &one, 1);
        break;
    case 4:
        in->bytes[at] = (uint8_t)(in->bytes[at] + (entries_below(dice, 2) == 0 ? 1 : 255));
        break;
    default:
        take_piece(in, dice);
    }
}

static void play_mutations(uint32_t rounds, uint64_t dice)
{
    struct input in = {.bytes = malloc(fuzz_target.most)};
    if (in.bytes == NULL)
        abort();
    for (uint32_t i = 0; i < rounds; i++) {
        const struct seed *s = &seeds[entries_below(&dice, (uint32_t)seeds_n)];
        memcpy(in.bytes, s->bytes, in.n = s->n);
        for (uint32_t times = 1 + entries_below(&dice, 4); times > 0; times--)
            mutate(&in, &dice);
        play(in.bytes, in.n);
    }
    free(in.bytes);
}

static void play_seeds(void)
{
    for (size_t i = 0; i < seeds_n; i++)
        play(seeds[i].bytes, seeds[i].n);
}

/* ---- the tests ---- */

/* cmocka would go on behind a bad address; a sanitizer says where it was and ends. */
static const int BAD[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction sanitizer[sizeof BAD / sizeof *BAD];

static void leave_signals(void)
{
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        sigaction(BAD[i], NULL, &sanitizer[i]);
}

static void bring_signals(void)
{
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        sigaction(BAD[i], &sanitizer[i], NULL);
}

static void every_seed_holds(void **state)
{
    (void)state;
    bring_signals();
    assert_true(seeds_n > 1);
    play_seeds();
}

static void every_mutation_holds(void **state)
{
    (void)state;
    bring_signals();
    setenv("SIAGA_SEED", "112", 0); /* the same every time unless told */
    uint32_t rounds = rounds_of(fuzz_target.rounds);
    play_mutations(rounds, rounds_seed());
    printf("%s: %u mutations of %zu seeds\n", fuzz_target.name, rounds, seeds_n);
}

/* In a process of its own, which is meant to end badly. */
static void break_and_play(void)
{
    int nowhere = open("/dev/null", O_WRONLY);
    setenv("SIAGA_BREAK", fuzz_target.name, 1);
    setenv("ASAN_OPTIONS", "log_path=stderr:detect_leaks=0:exitcode=" BROKEN_EXIT, 1);
    setenv("UBSAN_OPTIONS", "log_path=stderr:exitcode=" BROKEN_EXIT, 1);
    dup2(nowhere, STDERR_FILENO);
    execl(program, program, "--seeds", (char *)NULL);
    _exit(0);
}

static void control_a_broken_bound_is_caught(void **state)
{
    (void)state;
#ifndef __SANITIZE_ADDRESS__
    skip(); /* it takes one to see it */
#endif
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        break_and_play();
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    if (WIFEXITED(how))
        assert_int_equal(WEXITSTATUS(how), atoi(BROKEN_EXIT));
    else
        assert_int_equal(WTERMSIG(how), SIGABRT);
}

/* ---- what is played ---- */

static int play_file(const char *path)
{
    uint8_t *room = malloc(fuzz_target.most);
    FILE *f = fopen(path, "r");
    if (f == NULL || room == NULL) {
        perror(path);
        return 1;
    }
    size_t n = fread(room, 1, fuzz_target.most, f);
    fclose(f);
    play(room, n);
    free(room);
    printf("%s: %zu bytes held\n", path, n);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_seed_holds),
        cmocka_unit_test(every_mutation_holds),
        cmocka_unit_test(control_a_broken_bound_is_caught),
    };
    int rc = 0;
    program = argv[0];
    fuzz_target.seeds(note_seed, NULL);
    if (argc > 1 && strcmp(argv[1], "--seeds") == 0) {
        play_seeds();
    } else if (argc > 1) {
        for (int i = 1; i < argc && rc == 0; i++)
            rc = play_file(argv[i]);
    } else {
        keep_open();
        leave_signals();
        rc = cmocka_run_group_tests_name(fuzz_target.name, tests, NULL, NULL);
        if (rc == 0)
            unlink(kept);
    }
    for (size_t i = 0; i < seeds_n; i++)
        free(seeds[i].bytes);
    return rc;
}
