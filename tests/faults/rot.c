/* What a disk changes. One bit of a store that lies still is turned over, in the rows or in the
 * heads of pages, or a file is cut short; then it is opened and read in whole by siagad's own code,
 * as a start and a scrub would. A row that is told and is not what was written is wrong; one that
 * is missing without a word is silent. All else is as it should be: named, or without effect.
 *
 *   rot STORE SCRATCH rows|heads|short TIMES [SEED]     SCRATCH in memory if there is some
 *
 * Prints what became of them; 0: journal and persons never wrong nor silent, the views hardly ever,
 * no siagad dies again and again; 1: otherwise; 2: it could not be tried.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/doubt.h"
#include "daemon/journal/journal.h"
#include "daemon/persons/persons.h"
#include "daemon/views/chain.h"
#include "daemon/views/rows.h"
#include "tests/support/entries.h"

#define PAGE 4096u
#define HEAD 16u
#define HEAD_READ 10u /* before it stand a number and a pad, which LMDB does not look at */
#define PATIENCE_S 60u

enum fate { UNTOUCHED, REFUSED, NAMED, MADE_AGAIN, DIED, SILENT, LOOP, WRONG, FATES };
static const char *const FATE_NAMES[FATES] = {
    "without effect",
    "refused at the start",
    "named by what reads it",
    "views made again",
    "ended by a signal; the next start refuses it or makes it again",
    "SILENTLY MISSING",
    "DIES AGAIN AND AGAIN",
    "WRONG"};

static struct image {
    uint8_t *bytes;
    size_t n, used; /* used: up to the last page with anything in it */
} images[STORE_ENVS];
static const char *scratch;
static uint64_t seed;
static uint8_t (*sums)[TABLE_COUNT][32]; /* of every table as it was; shared with the children */
static uint64_t (*counts)[TABLE_COUNT];

static void give_up(const char *what)
{
    fprintf(stderr, "rot: %s\n", what);
    exit(2);
}

/* ---- images ---- */

static void path_of(const char *dir, enum store_env e, const char *file, char out[4300])
{
    snprintf(out, 4300, "%s/%s/%s", dir, store_env_name(e), file);
}

static void read_image(const char *dir, enum store_env e)
{
    char path[4300];
    struct stat st;
    path_of(dir, e, "data.mdb", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        give_up("no store there");
    struct image *i = &images[e];
    i->n = (size_t)st.st_size;
    i->bytes = malloc(i->n);
    if (i->bytes == NULL || read(fd, i->bytes, i->n) != (ssize_t)i->n)
        give_up("the store cannot be read");
    close(fd);
    for (i->used = i->n; i->used > 0 && i->bytes[i->used - 1] == 0; i->used--)
        ;
}

static void write_image(enum store_env e, size_t n)
{
    char path[4300];
    path_of(scratch, e, "", path);
    mkdir(path, 0700);
    path_of(scratch, e, "lock.mdb", path);
    unlink(path);
    path_of(scratch, e, "condemned", path);
    unlink(path);
    path_of(scratch, e, "data.mdb", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, images[e].bytes, n) != (ssize_t)n)
        give_up("the scratch folder cannot be written");
    close(fd);
}

/* ---- reading all of it ---- */

static struct store *store;
static struct views *views;

static void no_word(void *self, struct jgroup *g)
{
    (void)self;
    (void)g;
}

static int open_all(struct err *err)
{
    struct clock clock;
    struct journal *journal = NULL;
    struct jcalls calls = {no_word, NULL};
    const struct journal_beside alone = {0}; /* nothing lies outside the store */
    struct store_conf conf = {.dir = scratch, .bytes = {images[0].n, images[1].n, images[2].n}};
    clock_system(&clock);
    if (store_open(&store, &conf, err) != 0 || views_open(&views, store, err) != 0)
        return -1;
    if (store_forgot_views(store) || views_foreign(views))
        return MADE_AGAIN;
    if (journal_lmdb_open(&journal, store, views, &alone, &clock, &calls, err) != 0)
        return -1;
    enum jrc rc = journal_follow(journal, views_seq(views), views_hash(views), err);
    journal_close(&journal);
    return rc == J_OK ? UNTOUCHED : rc == J_DIVERGED ? MADE_AGAIN : -1;
}

/* A table's rows one after another; false: something on the way says it is damaged. */
static bool sum_of(struct txn *t, enum store_table table, uint8_t sum[32], uint64_t *ret_count)
{
    crypto_generichash_state s;
    struct rowkey first = rowkey_new();
    struct walk w;
    bool fine = true;
    *ret_count = 0;
    crypto_generichash_init(&s, NULL, 0, 32);
    for (bool more = walk_from(&w, t, table, &first); more; more = walk_next(&w)) {
        struct facts f;
        struct entry e;
        if (table == TABLE_LOG && (w.key.n != 8 || entry_row_read(rowkey_read_u64(w.key.p), w.value,
                                                                  &f, &e) != ENTRY_FINE))
            fine = false;
        if (table == TABLE_PERSON_BOXES &&
            (w.key.n != PERSONS_ID_BYTES || !persons_sound(t, (const uint8_t *)w.key.p)))
            fine = false;
        if (!fine) {
            walk_close(&w);
            break;
        }
        crypto_generichash_update(&s, (const uint8_t *)w.key.p, w.key.n);
        crypto_generichash_update(&s, (const uint8_t *)w.value.p, w.value.n);
        ++*ret_count;
    }
    crypto_generichash_final(&s, sum, 32);
    return fine && t->rc == 0 && *ret_count == txn_rows(t, table);
}

/* Tables that have their own witness: the others are read beside them. */
static bool witnessed(enum store_table table)
{
    return store_table_env(table) == STORE_VIEWS || table == TABLE_LOG ||
           table == TABLE_PERSON_BOXES;
}

static enum fate read_all(void)
{
    struct err err = {""};
    int opened = open_all(&err);
    enum fate worst = UNTOUCHED;
    if (opened < 0 && getenv("ROT_SAY") != NULL)
        printf("  %s\n", err.text);
    if (opened != UNTOUCHED)
        return opened < 0 ? REFUSED : MADE_AGAIN;
    for (int table = 0; table < TABLE_COUNT; table++) {
        struct txn t;
        uint8_t sum[32];
        uint64_t count;
        if (!witnessed((enum store_table)table))
            continue;
        txn_begin(&t, store, store_table_env((enum store_table)table), false);
        bool fine = sum_of(&t, (enum store_table)table, sum, &count);
        txn_abort(&t);
        enum fate fate = !fine                                  ? NAMED
                         : memcmp(sum, (*sums)[table], 32) == 0 ? UNTOUCHED
                         : count < (*counts)[table]             ? SILENT
                                                                : WRONG;
        if (fate == SILENT && table == TABLE_LOG) /* the chain knows */
            fate = NAMED;
        worst = fate > worst ? fate : worst;
    }
    return worst;
}

static enum fate in_child(enum fate (*work)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE_S);
        _exit((int)work());
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        give_up("no process");
    return WIFEXITED(status) && WEXITSTATUS(status) < FATES ? (enum fate)WEXITSTATUS(status) : DIED;
}

static enum fate learn(void)
{
    struct err err = {""};
    if (open_all(&err) != UNTOUCHED)
        return WRONG;
    for (int table = 0; table < TABLE_COUNT; table++) {
        struct txn t;
        txn_begin(&t, store, store_table_env((enum store_table)table), false);
        sum_of(&t, (enum store_table)table, (*sums)[table], &(*counts)[table]);
        txn_abort(&t);
    }
    return UNTOUCHED;
}

/* What the next start does where a signal has ended one: it looks at all of it first. */
static enum fate start_again(void)
{
    bool unfinished = false;
    if (doubt_store(scratch, 0, &unfinished) != 0)
        return REFUSED;
    return read_all() == MADE_AGAIN ? MADE_AGAIN : LOOP;
}

/* ---- what is changed ---- */

static bool holds(const uint8_t *page)
{
    for (unsigned i = 0; i < PAGE; i++)
        if (page[i] != 0)
            return true;
    return false;
}

/* A bit of a page that holds something. */
static size_t flip(struct image *i, bool head)
{
    for (;;) {
        size_t page = entries_random(&seed) % ((i->used + PAGE - 1) / PAGE) * PAGE;
        size_t at = head ? HEAD_READ + entries_random(&seed) % (HEAD - HEAD_READ)
                         : HEAD + entries_random(&seed) % (PAGE - HEAD);
        if (page + PAGE > i->n || !holds(i->bytes + page) ||
            (!head && i->bytes[page + at] == 0)) /* between the rows lie zeros */
            continue;
        i->bytes[page + at] ^= (uint8_t)(1u << entries_random(&seed) % 8);
        return page + at;
    }
}

static enum fate try_one(const char *what, enum store_env e)
{
    size_t n = images[e].n, at = 0;
    uint8_t *before = malloc(n);
    if (before == NULL)
        give_up("no memory");
    memcpy(before, images[e].bytes, n);
    if (strcmp(what, "short") == 0)
        n = images[e].used * (5 + entries_random(&seed) % 91) / 100 / PAGE * PAGE;
    else
        at = flip(&images[e], strcmp(what, "heads") == 0);
    for (int other = 0; other < STORE_ENVS; other++)
        write_image((enum store_env)other, other == (int)e ? n : images[other].n);
    enum fate fate = in_child(read_all);
    if (fate == DIED && in_child(start_again) >= DIED)
        fate = LOOP;
    if (fate >= SILENT)
        printf("  %s, byte %zu: %s\n", store_env_name(e), at, FATE_NAMES[fate]);
    memcpy(images[e].bytes, before, images[e].n);
    free(before);
    return fate;
}

/* Of the views a few may pass: LMDB's own pointers have no checksum, and one that is turned may
 * lead to an older page whose rows are right in themselves. */
static bool bad(enum store_env e, const unsigned fates[FATES])
{
    unsigned all = 0, passed = fates[SILENT] + fates[WRONG];
    for (int fate = 0; fate < FATES; fate++)
        all += fates[fate];
    return fates[LOOP] > 0 || passed > (e == STORE_VIEWS ? 1 + all / 50 : 0);
}

static int tell(const char *what, const unsigned fates[STORE_ENVS][FATES])
{
    bool any = false;
    for (int e = 0; e < STORE_ENVS; e++) {
        printf("%s, %s:", what, store_env_name((enum store_env)e));
        for (int fate = 0; fate < FATES; fate++)
            if (fates[e][fate] > 0)
                printf(" %u %s;", fates[e][fate], FATE_NAMES[fate]);
        printf("\n");
        any = any || bad((enum store_env)e, fates[e]);
    }
    return any;
}

int main(int argc, char **argv)
{
    static unsigned fates[STORE_ENVS][FATES];
    if (argc < 5 || sodium_init() < 0)
        give_up("rot STORE SCRATCH rows|heads|short TIMES [SEED]");
    log_open(LOG_ERROR);
    scratch = argv[2];
    seed = argc > 5 ? strtoull(argv[5], NULL, 10) : 1;
    mkdir(scratch, 0700);
    sums = mmap(NULL, sizeof *sums + sizeof *counts, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    counts = (void *)(sums + 1);
    for (int e = 0; e < STORE_ENVS; e++)
        read_image(argv[1], (enum store_env)e);
    for (int e = 0; e < STORE_ENVS; e++)
        write_image((enum store_env)e, images[e].n);
    if (in_child(learn) != UNTOUCHED)
        give_up("the store is not sound to begin with");
    for (unsigned long i = 0, n = strtoul(argv[4], NULL, 10); i < n; i++) {
        enum store_env e = (enum store_env)(i % STORE_ENVS);
        fates[e][try_one(argv[3], e)]++;
    }
    return tell(argv[3], fates);
}
