/* siaga: one program, one table of verbs. `siaga VERB ...`, or a link named siaga-VERB. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "tool_options.h"

/* clang-format off */
#define VERBS                                                                                      \
    X(report) X(emergency) X(complaint) X(list) X(watch) X(show)                                   \
    X(ack) X(start) X(milestone) X(wait) X(resume) X(resolve) X(close) X(note)                     \
    X(verify) X(reject) X(assign) X(forward) X(refuse) X(support) X(merge)                         \
    X(cancel) X(reopen) X(appeal) X(rate) X(retarget) X(move) X(reclass)                           \
    X(top) X(due) X(instruct) X(handle) X(dead) X(digest)                                                 \
    X(import) X(outbox) X(flush) X(route) X(status) X(check) X(person) X(erase) X(hold) X(retention)  \
    X(backup) X(export) X(release) X(correct) X(withdraw) X(head) X(cert) X(roles) X(bench) \
    X(init) X(completion) X(config) X(errors) X(cheat)
/* clang-format on */

#define X(name) extern const struct verb name##_verb;
VERBS
#undef X

#define X(name) &name##_verb,
static const struct verb *const verbs[] = {VERBS NULL};
#undef X

#define VERBS_N (sizeof(verbs) / sizeof(verbs[0]) - 1)
#define NEWCOMER_N 6u /* the first six are what a newcomer needs */

static const struct verb *find(const char *name)
{
    for (size_t i = 0; i < VERBS_N; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static void print_verbs(const struct tool *t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("  %-10s %s\n", verbs[i]->name, tool_text(t, verbs[i]->summary));
}

static void welcome(const struct tool *t, bool all)
{
    printf("%s\n\n", tool_text(t, "Usage: siaga VERB [OPTIONS] ..."));
    print_verbs(t, all ? VERBS_N : NEWCOMER_N);
    puts(tool_text(t, "\nHelp: 'siaga VERB --help'; all verbs: 'siaga help'.\n"
                      "No siagad yet? One to be tried on this machine: 'siaga init'."));
}

static int unknown(struct tool *t, const char *name)
{
    const char *names[VERBS_N + 1] = {NULL};
    char shown[64];
    for (size_t i = 0; i < VERBS_N; i++)
        names[i] = verbs[i]->name;
    const char *near = tool_nearest(name, names);
    tool_clean(name, shown, sizeof(shown));
    if (near)
        return tool_complain(t, EX_USAGE, "unknown verb '%s'; did you mean 'siaga %s'?", shown,
                             near);
    return tool_complain(t, EX_USAGE, "unknown verb '%s'; see 'siaga help'", shown);
}

/* Runs a verb and sees that what it printed really went out. */
static int run(struct tool *t, const struct verb *verb, int argc, char **argv)
{
    t->verb = verb;
    int code = verb->run(t, argc, argv);
    siaga_session_free(t->session);
    siaga_map_free(t->request);
    free(t->fields_text);
    if (tool_pager_end()) /* whoever closes it has seen enough */
        return code;
    if ((fflush(stdout) != 0 || ferror(stdout)) && !code)
        code = tool_complain(t, EX_IOERR, "the output cannot be written");
    return code;
}

/* The index of the first argument from `at` on that is no global option nor its value. */
static int after_globals(int argc, char **argv, int at)
{
    int step;
    while (at < argc && (step = tool_leading(argv + at)))
        at += step;
    return at;
}

/* Global options may also stand before the verb: they are moved behind it. */
static void move_leading(int argc, char **argv)
{
    int at = after_globals(argc, argv, 1);
    if (at >= argc)
        return;
    char *verb = argv[at];
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof(*argv));
    argv[1] = verb;
}

static int help(struct tool *t, const char *name)
{
    const struct verb *verb = name ? find(name) : NULL;
    char flag[] = "--help", *argv[] = {t->program, flag, NULL};
    if (verb)
        return run(t, verb, 2, argv);
    if (name)
        return unknown(t, name);
    welcome(t, true);
    return 0;
}

static bool is(const char *arg, const char *a, const char *b)
{
    return strcmp(arg, a) == 0 || strcmp(arg, b) == 0;
}

/* Who calls abort() has no memory left, or met what cannot be. */
static void last_word(int signal)
{
    static const char word[] =
        "siaga: memori habis, atau kesalahan program; belum pasti apakah tersimpan, periksa dulu\n"
        "siaga: no memory is left, or a fault of the program; look first whether it was stored\n";
    (void)signal;
    _exit(write(STDERR_FILENO, word, sizeof(word) - 1) < 0 ? EX_SOFTWARE : EX_OSERR);
}

int main(int argc, char **argv)
{
    struct tool t = {.program = argv[0], .verbs = verbs};
    const char *slash = strrchr(argv[0], '/'), *base = slash ? slash + 1 : argv[0];
    signal(SIGABRT, last_word);
    setlocale(LC_CTYPE, "C.UTF-8"); /* what siaga prints is UTF-8 whatever LANG says */
    int code = tool_begin(&t, argc, argv);
    if (code)
        return code;
    if (strncmp(base, "siaga-", 6) == 0)
        return find(base + 6) ? run(&t, find(base + 6), argc, argv) : unknown(&t, base + 6);
    move_leading(argc, argv);
    if (after_globals(argc, argv, 1) >= argc) {
        welcome(&t, false);
        return 0;
    }
    if (is(argv[1], "help", "--help") || is(argv[1], "-h", "-?")) {
        int at = after_globals(argc, argv, 2);
        return help(&t, at < argc ? argv[at] : NULL);
    }
    if (is(argv[1], "version", "--version")) {
        printf("siaga %s\n", siaga_version());
        return 0;
    }
    const struct verb *verb = find(argv[1]);
    return verb ? run(&t, verb, argc - 1, argv + 1) : unknown(&t, argv[1]);
}
