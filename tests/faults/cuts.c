/* The power goes. Of what shim.c has recorded of a siagad at work, states are made that its disk
 * may hold at a point of the record: what was synced, and of the rest anything, page by page,
 * sector by sector, in any order. Each is opened by siagad's own code as a start would, and asked:
 * is every entry there that somebody was told is stored, with what it had; is what was erased gone;
 * is all that is there sound; does it go on?
 *
 *   cuts RECORD FOLDER MIB STATES [SEED]   FOLDER in memory if there is some; MIB: size of each map
 *
 * A write is durable when its file was synced after it, or, where it is its own sync, when it has
 * returned. Prints what it found; 0: nothing, 1: something, 2: it could not be tried.
 */
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/journal/journal.h"
#include "daemon/persons/persons.h"
#include "daemon/views/chain.h"
#include "daemon/views/rows.h"
#include "proto/verdict.h"
#include "record.h"
#include "tests/support/entries.h"

#define FILES STORE_ENVS
#define PENDING_MOST 65536u
#define ERASED_MOST 4096u
#define ENTRIES_MOST (1u << 20)
#define PAGE 4096u
#define SECTOR 512u
#define PATIENCE_S 60u

enum verdict_of_a_state { FINE, MORE, LOST, BROUGHT_BACK, UNSOUND, UNOPENED, STUCK, DIED, STATES };
static const char *const WORDS[STATES] = {
    "whole",          "whole, with a group nobody was told of",
    "ENTRIES LOST",   "ERASED AND THERE",
    "NOT SOUND",      "DOES NOT OPEN",
    "DOES NOT GO ON", "ENDED BY A SIGNAL"};

enum shape { NOTHING, ALL, PAGES, SECTORS, LAST, SHAPES };
static const char *const SHAPE_NAMES[SHAPES] = {"nothing unsynced", "all unsynced",
                                                "some pages unsynced", "some sectors unsynced",
                                                "only the last write"};

struct pending {
    uint64_t at;
    uint32_t n;
    const uint8_t *bytes;
};

static struct disk {
    uint8_t *synced, *image;
    struct pending pending[PENDING_MOST];
    uint32_t pending_n;
} disks[FILES];
static enum store_env file_of[256]; /* number in the record -> environment */
static size_t map_bytes;
static const char *folder;
static uint64_t seed, acked, erased[ERASED_MOST];
static unsigned erased_n;
static uint8_t (*hashes)[ENTRY_HASH_BYTES]; /* of the whole record, shared with the children */
static unsigned found[STATES];

static void give_up(const char *what)
{
    fprintf(stderr, "cuts: %s\n", what);
    exit(2);
}

/* ---- a store, as a start finds it ---- */

static struct store *store;
static struct views *views;
static struct journal *journal;
static struct jgroup *settled;

static void note(void *self, struct jgroup *g)
{
    (void)self;
    settled = g;
}

static bool open_all(struct clock *clock)
{
    struct store_conf conf = {.dir = folder, .bytes = {map_bytes, map_bytes, map_bytes}};
    struct jcalls calls = {note, NULL};
    struct err err = {""};
    bool fine = store_open(&store, &conf, &err) == 0 && !store_forgot_views(store) &&
                views_open(&views, store, &err) == 0 && !views_foreign(views) &&
                journal_lmdb_open(&journal, store, views, NULL, clock, &calls, &err) == 0 &&
                journal_follow(journal, views_seq(views), views_hash(views), &err) == J_OK;
    if (!fine)
        printf("  %s\n", err.text);
    return fine;
}

static bool read_row(struct txn *log, uint64_t seq, struct facts *f, struct entry *e)
{
    struct slice row;
    return rows_at(log, seq, &row) && entry_row_read(seq, row, f, e) == ENTRY_FINE;
}

static bool has_text(const struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    bool any = false;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        reader_str(&r);
        any = any || reader_peek(&r) == PACK_STR;
        reader_skip(&r);
    }
    return any;
}

static bool stays_erased(struct txn *log)
{
    struct txn persons;
    bool gone = true;
    txn_begin(&persons, store, STORE_PERSONS, false);
    for (unsigned i = 0; i < erased_n && gone; i++) {
        struct facts f;
        struct entry e;
        gone = read_row(log, erased[i], &f, &e) && !has_text(&e) &&
               !(e.has_person && persons_sound(&persons, e.person));
    }
    txn_abort(&persons);
    return gone;
}

static enum verdict_of_a_state look(void)
{
    struct txn log;
    struct chain c;
    struct facts f;
    txn_begin(&log, store, STORE_JOURNAL, false);
    enum chain_state state = chain_begin(&c, &log, 0);
    while (state == CHAIN_FINE && c.next <= rows_newest(&log))
        if ((state = chain_walk(&c, &log, 0, 4096)) == CHAIN_MORE)
            state = CHAIN_FINE;
    uint64_t newest = rows_newest(&log);
    enum verdict_of_a_state v = state != CHAIN_FINE || log.rc != 0 || views_seq(views) != newest
                                    ? UNSOUND
                                : newest < acked ? LOST
                                : newest > acked ? MORE
                                                 : FINE;
    if (v <= MORE && acked > 0 &&
        (!read_row(&log, acked, &f, NULL) || memcmp(f.hash, hashes[acked], sizeof f.hash) != 0))
        v = LOST;
    if (v <= MORE && !stays_erased(&log))
        v = BROUGHT_BACK;
    txn_abort(&log);
    return v;
}

/* One group more, as for anybody. */
static bool goes_on(void)
{
    struct arena a = {0}, rows = {0};
    struct entry *e = entries_event(&a, &(struct wish){.kind = KIND_EMERGENCY, .key = "behind"});
    struct outcome o = {0};
    struct jgroup g = {.count = 1, .entries = &e, .outcomes = &o, .arena = &rows};
    settled = NULL;
    if (journal_append(journal, &g) != J_OK)
        return false;
    while (settled == NULL) {
        struct pollfd fd = {journal_fd(journal), POLLIN, 0};
        if (poll(&fd, 1, 1000 * (int)PATIENCE_S) != 1)
            return false;
        journal_work(journal);
    }
    journal_close(&journal);
    return g.rc == J_OK && o.verdict == V_DONE && !o.duplicate;
}

static enum verdict_of_a_state try_it(void)
{
    struct clock clock;
    clock_system(&clock);
    if (!open_all(&clock))
        return UNOPENED;
    enum verdict_of_a_state v = look();
    return v <= MORE && !goes_on() ? STUCK : v;
}

/* ---- a state ---- */

static void write_image(enum store_env e)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/%s", folder, store_env_name(e));
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s/lock.mdb", folder, store_env_name(e));
    unlink(path);
    snprintf(path, sizeof path, "%s/%s/data.mdb", folder, store_env_name(e));
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)map_bytes) != 0 ||
        pwrite(fd, disks[e].image, map_bytes, 0) != (ssize_t)map_bytes)
        give_up("the folder cannot be written");
    close(fd);
}

static void apply(uint8_t *to, const struct pending *p, uint32_t from, uint32_t n)
{
    if (p->at + p->n > map_bytes)
        give_up("a write beyond the map; is MIB that of the siagad?");
    memcpy(to + p->at + from, p->bytes + from, n);
}

/* Each piece of what is not synced may be there or not. */
static void apply_some(struct disk *d, uint32_t piece, uint32_t eighths)
{
    for (uint32_t i = 0; i < d->pending_n; i++) {
        const struct pending *p = &d->pending[i];
        for (uint32_t from = 0, n; from < p->n; from += n) {
            n = piece - (uint32_t)((p->at + from) % piece);
            n = n < p->n - from ? n : p->n - from;
            if (entries_random(&seed) % 8 < eighths)
                apply(d->image, p, from, n);
        }
    }
}

static void shape_image(struct disk *d, enum shape shape)
{
    memcpy(d->image, d->synced, map_bytes);
    if (d->pending_n == 0)
        return;
    const struct pending *last = &d->pending[d->pending_n - 1];
    uint32_t eighths = 1 + (uint32_t)(entries_random(&seed) % 7);
    if (shape == ALL)
        apply_some(d, PAGE, 8);
    else if (shape == PAGES || shape == SECTORS)
        apply_some(d, shape == PAGES ? PAGE : SECTOR, eighths);
    else if (shape == LAST)
        apply(d->image, last, 0, last->n);
}

static void try_state(enum shape shape, size_t point)
{
    for (int e = 0; e < FILES; e++) {
        shape_image(&disks[e], shape);
        write_image((enum store_env)e);
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE_S);
        _exit((int)try_it());
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        give_up("no process");
    enum verdict_of_a_state v = WIFEXITED(status) && WEXITSTATUS(status) < STATES
                                    ? (enum verdict_of_a_state)WEXITSTATUS(status)
                                    : DIED;
    if (v > MORE && found[v]++ < 3)
        printf("  at %zu, acknowledged to %llu, %s: %s\n", point, (unsigned long long)acked,
               SHAPE_NAMES[shape], WORDS[v]);
    else if (v <= MORE)
        found[v]++;
}

/* ---- the record ---- */

static void take_file(const struct record *r, const uint8_t *path)
{
    for (int e = 0; e < FILES; e++) {
        char part[64];
        snprintf(part, sizeof part, "/%s/data.mdb", store_env_name((enum store_env)e));
        if (memmem(path, r->n, part, strlen(part)) != NULL)
            file_of[r->file] = (enum store_env)e;
    }
}

static void make_durable(struct disk *d, uint32_t from)
{
    for (uint32_t i = from; i < d->pending_n; i++)
        apply(d->synced, &d->pending[i], 0, d->pending[i].n);
    d->pending_n = from;
}

static void take(const struct record *r, const uint8_t *bytes)
{
    struct disk *d = &disks[file_of[r->file]];
    switch (r->what) {
    case RECORD_FILE:
        take_file(r, bytes);
        break;
    case RECORD_WRITE:
        if (d->pending_n == PENDING_MOST)
            give_up("too much that was never synced");
        d->pending[d->pending_n++] = (struct pending){r->at, r->n, bytes};
        break;
    case RECORD_DURABLE:
        make_durable(d, d->pending_n - 1);
        break;
    case RECORD_SYNC:
        make_durable(d, 0);
        break;
    case RECORD_ACKED:
        acked = r->at > acked ? r->at : acked;
        break;
    case RECORD_ERASED:
        if (erased_n < ERASED_MOST)
            erased[erased_n++] = r->at;
        break;
    default:
        give_up("the record is torn");
    }
}

/* Calls `each` behind every record; returns how many came behind the first acknowledgement. */
static size_t play(const uint8_t *record, size_t n, void (*each)(size_t point))
{
    size_t points = 0, head = sizeof(struct record);
    for (size_t at = 0; at + head <= n;) {
        struct record r;
        memcpy(&r, record + at, head);
        if (at + head + r.n > n)
            give_up("the record is torn");
        take(&r, record + at + head);
        at += head + r.n;
        if (acked > 0)
            each(points++);
    }
    return points;
}

static void forget_all(void)
{
    acked = erased_n = 0;
    for (int e = 0; e < FILES; e++) {
        disks[e].pending_n = 0;
        memset(disks[e].synced, 0, map_bytes);
    }
}

static void nothing(size_t point)
{
    (void)point;
}

static double states_a_point, due;

static void some_states(size_t point)
{
    for (due += states_a_point; due >= 1; due -= 1)
        try_state((enum shape)(entries_random(&seed) % SHAPES), point);
}

/* The whole record, with all of it on the disk, says which entry has which hash. */
static int learn(void)
{
    struct clock clock;
    struct txn log;
    struct facts f;
    clock_system(&clock);
    if (!open_all(&clock))
        return 1;
    txn_begin(&log, store, STORE_JOURNAL, false);
    for (uint64_t seq = 1; seq <= acked && seq < ENTRIES_MOST; seq++)
        if (read_row(&log, seq, &f, NULL)) /* else it was lost before the power went */
            memcpy(hashes[seq], f.hash, sizeof f.hash);
    txn_abort(&log);
    return acked < ENTRIES_MOST ? 0 : 1;
}

static void learn_hashes(void)
{
    int status;
    for (int e = 0; e < FILES; e++) {
        shape_image(&disks[e], ALL);
        write_image((enum store_env)e);
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(learn());
    if (waitpid(child, &status, 0) != child || status != 0)
        give_up("the whole record is no store; was everything recorded?");
}

static const uint8_t *map_record(const char *path, size_t *ret_n)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        give_up("no record");
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (p == MAP_FAILED)
        give_up("the record cannot be read");
    *ret_n = (size_t)st.st_size;
    return p;
}

static int tell(size_t points)
{
    unsigned tried = 0, bad = 0;
    for (int v = 0; v < STATES; v++) {
        tried += found[v];
        bad += v > MORE ? found[v] : 0;
    }
    printf("%u states at %zu points, %llu entries acknowledged, %u erased: ", tried, points,
           (unsigned long long)acked, erased_n);
    for (int v = 0; v < STATES; v++)
        if (found[v] > 0)
            printf("%u %s; ", found[v], WORDS[v]);
    printf("%u bad\n", bad);
    return bad > 0;
}

int main(int argc, char **argv)
{
    size_t n;
    if (argc < 5 || sodium_init() < 0)
        give_up("cuts RECORD FOLDER MIB STATES [SEED]");
    log_open(LOG_ERROR);
    const uint8_t *record = map_record(argv[1], &n);
    folder = argv[2];
    map_bytes = strtoul(argv[3], NULL, 10) << 20;
    seed = argc > 5 ? strtoull(argv[5], NULL, 10) : 1;
    hashes = mmap(NULL, sizeof *hashes * ENTRIES_MOST, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (int e = 0; e < FILES; e++) {
        disks[e].synced = calloc(1, map_bytes);
        disks[e].image = calloc(1, map_bytes);
    }
    mkdir(folder, 0700);
    size_t points = play(record, n, nothing);
    if (points == 0)
        give_up("nothing was acknowledged");
    learn_hashes();
    forget_all();
    states_a_point = strtod(argv[4], NULL) / (double)points;
    play(record, n, some_states);
    return tell(points);
}
