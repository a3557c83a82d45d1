#include <argp.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sodium.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/base/control.h"
#include "daemon/base/log.h"
#include "daemon/city/city.h"
#include "import.h"
#include "restore.h"
#include "siagad.h"
#include "verify.h"
#include "verify_chain.h"

#define KEPT_BYTES (16 << 20) /* free memory that is not given back to the kernel */
#define APART_BYTES (1 << 20) /* a piece of this size is fetched and given back by itself */
#define LOST_MOST 100000000u  /* with more of them the journal would hold little else */

const char *argp_program_version = "siagad " SIAGA_DAEMON_VERSION;

enum {
    OPTION_STORE = 256,
    OPTION_LISTEN,
    OPTION_CHECK,
    OPTION_VERIFY,
    OPTION_CHAIN,
    OPTION_FROM,
    OPTION_TO,
    OPTION_HEAD,
    OPTION_SIGNER,
    OPTION_PRACTICE,
    OPTION_RESTORE,
    OPTION_LOST,
    OPTION_BACKUP,
    OPTION_IMPORT
};

static const struct argp_option OPTIONS[] = {
    {"config", 'c', "FILE", 0,
     "the city's siagad.yaml; city.yaml, skpd.d/ and people.d/ lie beside it", 0},
    {"store", OPTION_STORE, "DIR", 0,
     "keep the journal and the views in DIR instead of where FILE says", 0},
    {"listen", OPTION_LISTEN, "ENDPOINT", 0,
     "listen on ENDPOINT alone: ipc://PATH, or tcp://ADDRESS:PORT with a server key", 0},
    {"practice", OPTION_PRACTICE, NULL, 0,
     "believe programs of this user and of root who they say they are (ipc: claimed): to try it "
     "out",
     0},
    {"check-config", OPTION_CHECK, NULL, 0, "read the files, name every mistake, exit 0 or 78", 0},
    {"verify-store", OPTION_VERIFY, "DIR", 0,
     "walk the store in DIR (siagad stopped) and name the first bad record", 0},
    {"verify-chain", OPTION_CHAIN, "DIR", 0,
     "check the chain of the store in DIR (siagad stopped), name the first altered entry", 0},
    {"from", OPTION_FROM, "N", 0, "with --verify-chain: from entry N", 0},
    {"to", OPTION_TO, "N", 0, "with --verify-chain: to entry N", 0},
    {"head", OPTION_HEAD, "FILE", 0, "with --verify-chain: check the head kept in FILE", 0},
    {"signer", OPTION_SIGNER, "HEX", 0,
     "with --verify-chain: the key that signs heads; several are joined by commas", 0},
    {"restore", OPTION_RESTORE, "FILE", 0,
     "make a store of a backup (siaga backup), where there is none yet", 0},
    {"lost", OPTION_LOST, "N", 0,
     "with --restore: pass over N numbers, when the folder of erasures is lost, too (100000)", 0},
    {"verify-backup", OPTION_BACKUP, "FILE", 0, "check that a backup is whole, say what it holds",
     0},
    {"import", OPTION_IMPORT, "FILE", 0,
     "let the journal go on with what siaga export wrote (siagad stopped)", 0},
    {"verbose", 'v', NULL, 0, "say more", 0},
    {NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0},
    {0},
};

struct arguments {
    struct siagad_options options;
    const char *verify, *chain, *restore, *backup, *import;
    uint32_t lost;
    struct chain_wish wish;
    bool check, verbose;
};

static uint64_t take_number(const char *option, const char *arg, struct argp_state *state)
{
    char *end;
    uint64_t n = strtoull(arg, &end, 10);
    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || n == 0)
        argp_error(state, "%s takes the number of an entry, not '%s'", option, arg);
    return n;
}

static uint32_t take_lost(const char *arg, struct argp_state *state)
{
    uint64_t n = take_number("--lost", arg, state);
    if (n > LOST_MOST)
        argp_error(state, "--lost takes at most %u, not '%s'", LOST_MOST, arg);
    return (uint32_t)n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'c':
        a->options.config = arg;
        return 0;
    case OPTION_STORE:
        a->options.store = arg;
        return 0;
    case OPTION_LISTEN:
        a->options.listen = arg;
        return 0;
    case OPTION_CHECK:
        a->check = true;
        return 0;
    case OPTION_VERIFY:
        a->verify = arg;
        return 0;
    case OPTION_PRACTICE:
        a->options.practice = true;
        return 0;
    case OPTION_CHAIN:
        a->chain = arg;
        return 0;
    case OPTION_FROM:
        a->wish.from = take_number("--from", arg, state);
        return 0;
    case OPTION_TO:
        a->wish.upto = take_number("--to", arg, state);
        return 0;
    case OPTION_HEAD:
        a->wish.head = arg;
        return 0;
    case OPTION_SIGNER:
        a->wish.signer = arg;
        return 0;
    case OPTION_RESTORE:
        a->restore = arg;
        return 0;
    case OPTION_LOST:
        a->lost = take_lost(arg, state);
        return 0;
    case OPTION_BACKUP:
        a->backup = arg;
        return 0;
    case OPTION_IMPORT:
        a->import = arg;
        return 0;
    case 'v':
        a->verbose = true;
        return 0;
    case 'h':
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case ARGP_KEY_END:
        if (a->options.config == NULL && a->verify == NULL && a->chain == NULL && a->backup == NULL)
            argp_error(state, "no -c FILE given; try -c /etc/siaga/siagad.yaml");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int check_config(const char *path)
{
    struct conf_report report = {.out = stderr, .strict = true};
    struct clock clock;
    clock_system(&clock);
    int64_t now_us = clock_now(&clock);
    struct city *city = city_load(path, now_us, NULL, &report);
    fprintf(stderr, "%s: %u errors, %u warnings\n", path, report.errors, report.warnings);
    bool clean = city != NULL;
    city_unref(&city);
    return clean ? 0 : EX_CONFIG;
}

/* Until there is a store (last_word.h): who calls abort() has no memory left, or met what cannot
 * be. What was acknowledged is on the disk; a restart goes on from there. */
static void last_word(int signal)
{
    static const char word[] =
        "siagad: no memory is left, or a fault of its own: it ends, and begins "
        "anew when started\n";
    (void)signal;
    _exit(write(STDERR_FILENO, word, sizeof word - 1) < 0 ? EX_SOFTWARE : EX_OSERR);
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        OPTIONS,
        parse,
        "",
        "The event system of a city's operations centre: receives emergencies, complaints and "
        "reports, gives each an owner by the city's "
        "table of duties, and acknowledges what is on the disk.\v"
        "Examples:\n  siagad -c /etc/siaga/siagad.yaml\n"
        "  siagad -c etc/bekasi/siagad.yaml --store /tmp/siaga --listen ipc:///tmp/siaga.sock\n\n"
        "SIGHUP reads the files again. Exit codes: 0 stopped as asked, 64 usage, 65 a store with a "
        "bad record, or a file that is not whole, 70 the store or the disk failed, 71 no memory is "
        "left, 73 a store is in the way, 78 a mistake in the files, or a store that is held or "
        "damaged.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {.options.config = NULL};
    argp_err_exit_status = EX_USAGE;
    if (!control("silent"))
        signal(SIGABRT, last_word);
    if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
        abort();
    log_open(a.verbose ? LOG_INFO : LOG_NOTE);
    if (sodium_init() < 0) {
        log_error("libsodium cannot start");
        return EX_SOFTWARE;
    }
    if (a.verify != NULL)
        return verify_store(a.verify);
    if (a.chain != NULL)
        return verify_chain(a.chain, &a.wish);
    if (a.backup != NULL)
        return restore_look(a.backup);
    if (a.check)
        return check_config(a.options.config);
    if (a.restore != NULL)
        return restore_run(&a.options, a.restore, a.lost);
    if (a.import != NULL)
        return import_run(&a.options, a.import);
    /* else each large answer is given back by libzmq's thread and faulted in anew by ours */
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, APART_BYTES);
    return siagad_run(&a.options);
}
