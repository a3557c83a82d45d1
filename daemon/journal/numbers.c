#include "numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/control.h"
#include "daemon/base/crc32c.h"
#include "daemon/base/folder.h"
#include "daemon/base/log.h"

#define HEADER "siaga-numbers-1"
#define PLACE_BYTES 512u /* one sector: it is written whole or not at all */
#define PLACES_APART 4096
#define STORE_ID_BYTES 16u
#define ENTRIES_AHEAD 1024u
#define TICKETS_AHEAD 100u
#define HASTE 16u /* when the last block lasted less than a second, the next is so much larger */
#define HASTE_US 1000000

struct numbers {
    char path[4300], store[2 * STORE_ID_BYTES + 1];
    int fd;
    const struct identity *identity;
    struct numbers_known known;                         /* what the file says */
    unsigned long long turn;                            /* how often it was written */
    uint64_t seq;                                       /* the highest number asked for, */
    struct ticket tickets[NUMBERS_KINDS][NUMBERS_DAYS]; /* and tickets */
    int64_t written_us;
};

/* ---- one place ---- */

/* "siaga-numbers-1 TURN STORE BOOT STORED SEQ", day and counter of each kind twice, and the
 * checksum of all that; zeros behind it. */
static void place_write(const struct numbers *n, char out[PLACE_BYTES])
{
    const struct numbers_known *k = &n->known;
    memset(out, 0, PLACE_BYTES);
    int at = snprintf(out, PLACE_BYTES, HEADER " %llu %s %u %llu %llu", n->turn, n->store, k->boot,
                      (unsigned long long)k->stored, (unsigned long long)k->seq);
    for (unsigned i = 0; i < NUMBERS_KINDS * NUMBERS_DAYS; i++) {
        const struct ticket *t = &k->tickets[i / NUMBERS_DAYS][i % NUMBERS_DAYS];
        at += snprintf(out + at, PLACE_BYTES - (size_t)at, " %u %u", t->day, t->counter);
    }
    snprintf(out + at, PLACE_BYTES - (size_t)at, " %08x\n", crc32c(out, (size_t)at));
}

/* A text that, read and written again, is the same: so nothing about it needs to be judged. */
static bool place_read(const struct numbers *n, const char *in, unsigned long long *ret_turn,
                       struct numbers_known *ret)
{
    struct numbers again = {.known = {.any = true}};
    char text[PLACE_BYTES + 1], out[PLACE_BYTES];
    unsigned long long stored, seq;
    int at;
    memcpy(text, in, PLACE_BYTES);
    text[PLACE_BYTES] = '\0';
    if (sscanf(text, HEADER " %llu %32s %u %llu %llu%n", &again.turn, again.store,
               &again.known.boot, &stored, &seq, &at) != 5)
        return false;
    again.known.stored = stored;
    again.known.seq = seq;
    for (unsigned i = 0; i < NUMBERS_KINDS * NUMBERS_DAYS; i++) {
        struct ticket *t = &again.known.tickets[i / NUMBERS_DAYS][i % NUMBERS_DAYS];
        int more;
        if (sscanf(text + at, " %u %u%n", &t->day, &t->counter, &more) != 2)
            return false;
        t->kind = (uint8_t)(1 + i / NUMBERS_DAYS);
        at += more;
    }
    place_write(&again, out);
    *ret_turn = again.turn;
    *ret = again.known;
    ret->any = strcmp(again.store, n->store) == 0;
    return memcmp(out, in, PLACE_BYTES) == 0;
}

/* ---- the file ---- */

static int write_place(struct numbers *n, struct err *err)
{
    char place[PLACE_BYTES];
    n->turn++;
    place_write(n, place);
    off_t at = (off_t)(n->turn % 2) * PLACES_APART;
    ssize_t done = pwrite(n->fd, place, sizeof place, at);
    if (done != (ssize_t)sizeof place || fdatasync(n->fd) != 0)
        return err_set(err, ERR_FATAL, "%s: %s; numbers that are not noted are not given", n->path,
                       strerror(done < 0 || errno != 0 ? errno : EIO));
    return 0;
}

static void read_places(struct numbers *n)
{
    char bytes[PLACES_APART + PLACE_BYTES] = {0};
    unsigned readable = 0;
    ssize_t got = pread(n->fd, bytes, sizeof bytes, 0);
    for (int place = 0; place < 2; place++) {
        struct numbers_known known;
        unsigned long long turn;
        if (!place_read(n, bytes + place * PLACES_APART, &turn, &known))
            continue;
        readable++;
        if (turn > n->turn) {
            n->turn = turn;
            n->known = known;
        }
    }
    bool blank = true;
    for (ssize_t i = 0; i < got; i++)
        blank = blank && bytes[i] == '\0';
    if (readable == 0 && !blank)
        log_warn("%s is damaged: which numbers were given cannot be told from it; it begins anew",
                 n->path);
    if (!n->known.any)
        n->known = (struct numbers_known){.any = false};
}

/* Somebody started siagad where its store was lost: it must be said before it is believed. */
static void warn_of_another(const char *dir)
{
    char pattern[4300];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/numbers-*", dir);
    if (glob(pattern, 0, NULL, &found) == 0)
        log_warn("this store is new, but %s is of another: if that one was lost, stop siagad now "
                 "and restore a backup of it",
                 found.gl_pathv[0]);
    globfree(&found);
}

static int make_file(struct numbers *n, const char *dir, struct err *err)
{
    static const char zeros[PLACES_APART + PLACE_BYTES];
    struct stat st;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return err_set(err, ERR_CONFIG, "%s: %s; make the folder and give it to the user of siagad",
                       dir, strerror(errno));
    if (access(n->path, F_OK) != 0)
        warn_of_another(dir);
    n->fd = open(n->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (n->fd < 0 || fstat(n->fd, &st) != 0)
        return err_set(err, ERR_CONFIG, "%s: %s", n->path, strerror(errno));
    if (st.st_size >= (off_t)sizeof zeros)
        return 0;
    ssize_t done = pwrite(n->fd, zeros + st.st_size, sizeof zeros - (size_t)st.st_size, st.st_size);
    bool fine =
        done == (ssize_t)sizeof zeros - st.st_size && fsync(n->fd) == 0 && folder_sync(dir) == 0;
    return fine ? 0 : err_set(err, ERR_CONFIG, "%s: %s; make room", n->path, strerror(errno));
}

int numbers_open(struct numbers **ret, const char *dir, const struct identity *identity,
                 struct err *err)
{
    struct numbers *n = calloc(1, sizeof *n);
    uint8_t id[STORE_ID_BYTES];
    if (n == NULL)
        abort();
    n->identity = identity;
    n->fd = -1;
    crypto_generichash(id, sizeof id, (const uint8_t *)HEADER, strlen(HEADER), identity->digest_key,
                       sizeof identity->digest_key);
    sodium_bin2hex(n->store, sizeof n->store, id, sizeof id);
    snprintf(n->path, sizeof n->path, "%s/numbers-%.8s", dir, n->store);
    int rc = make_file(n, dir, err);
    if (rc == 0)
        read_places(n);
    if (rc != 0)
        numbers_close(&n);
    else
        *ret = n;
    return rc;
}

void numbers_close(struct numbers **n)
{
    if (*n == NULL)
        return;
    if ((*n)->fd >= 0)
        close((*n)->fd);
    free(*n);
    *n = NULL;
}

const char *numbers_path(const struct numbers *n)
{
    return n->path;
}

const struct numbers_known *numbers_known(const struct numbers *n)
{
    return &n->known;
}

int numbers_begin(struct numbers *n, uint64_t head, struct err *err)
{
    n->known.any = true;
    n->known.boot = n->identity->boot;
    n->known.stored = head;
    if (n->known.seq < head)
        n->known.seq = head;
    memcpy(n->tickets, n->known.tickets, sizeof n->tickets);
    return write_place(n, err);
}

/* ---- before a commit ---- */

void numbers_entry(struct numbers *n, uint64_t seq)
{
    n->seq = seq;
}

/* The day of the ticket takes the place of the older of the two. */
void numbers_ticket(struct numbers *n, const struct ticket *t)
{
    struct ticket *days = n->tickets[t->kind - 1];
    unsigned at = days[0].day == t->day       ? 0
                  : days[1].day == t->day     ? 1
                  : days[0].day < days[1].day ? 0
                                              : 1;
    if (days[at].day < t->day)
        days[at] = *t;
    else if (days[at].day == t->day && days[at].counter < t->counter)
        days[at].counter = t->counter;
}

static uint32_t reserved(const struct numbers *n, unsigned kind, uint32_t day)
{
    for (unsigned i = 0; i < NUMBERS_DAYS; i++)
        if (n->known.tickets[kind][i].day == day)
            return n->known.tickets[kind][i].counter;
    return 0;
}

static bool foreseen(const struct numbers *n)
{
    bool fine = n->seq <= n->known.seq;
    for (unsigned kind = 0; kind < NUMBERS_KINDS; kind++)
        for (unsigned i = 0; i < NUMBERS_DAYS; i++) {
            const struct ticket *t = &n->tickets[kind][i];
            fine = fine && t->counter <= reserved(n, kind, t->day);
        }
    return fine;
}

static void foresee(struct numbers *n, unsigned haste)
{
    struct numbers_known next = n->known;
    if (next.seq < n->seq + ENTRIES_AHEAD * haste)
        next.seq = n->seq + ENTRIES_AHEAD * haste;
    for (unsigned kind = 0; kind < NUMBERS_KINDS; kind++)
        for (unsigned i = 0; i < NUMBERS_DAYS; i++) {
            struct ticket *t = &next.tickets[kind][i];
            *t = n->tickets[kind][i];
            uint32_t so_far = reserved(n, kind, t->day);
            t->counter = t->counter <= so_far ? so_far : t->counter + TICKETS_AHEAD * haste;
        }
    n->known = next;
}

int numbers_cover(struct numbers *n, uint64_t head, struct clock *clock, struct err *err)
{
    if (foreseen(n) || control("numbers"))
        return 0;
    int64_t now = clock_mono(clock);
    foresee(n, n->written_us != 0 && now - n->written_us < HASTE_US ? HASTE : 1);
    n->written_us = now;
    n->known.stored = head;
    return write_place(n, err);
}
