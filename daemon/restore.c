#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/backup/reading.h"
#include "daemon/base/log.h"
#include "daemon/journal/lost.h"
#include "daemon/store/lock.h"
#include "house.h"

#define PATH_BYTES 4300
#define COMMIT_EVERY 4096u
#define COMMIT_BYTES (16u << 20)

typedef unsigned long long number;

struct restore {
    struct siagad s;
    const char *file;
    uint32_t lost;
    struct backup_sum sum;
    struct txn log, persons;
    bool log_begun, persons_begun;
    uint32_t pending, pending_bytes;
    unsigned erased; /* lines that the list beside the store did not have */
};

static int say(int rc, const struct err *err)
{
    if (rc != 0)
        log_error("%s", err->text);
    return rc == 0 ? 0 : rc == ERR_CONFIG ? EX_DATAERR : EX_SOFTWARE;
}

/* ---- the mark of a store that is not one yet: a file that lies beside its environments ---- */

static const char *mark_path(const char *dir, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s/restoring", dir);
    return out;
}

bool restore_unfinished(const char *dir)
{
    char path[PATH_BYTES];
    return access(mark_path(dir, path), F_OK) == 0;
}

static int sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int complain(const char *path, int code)
{
    log_error("%s: %s; nothing was restored", path, strerror(errno));
    return code;
}

static int put_mark(const char *dir)
{
    char path[PATH_BYTES];
    int fd = open(mark_path(dir, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || fsync(fd) != 0 || sync_folder(dir) != 0) {
        int code = complain(path, EX_CANTCREAT);
        if (fd >= 0)
            close(fd);
        return code;
    }
    close(fd);
    return 0;
}

/* From here on it is a store. */
static int drop_mark(const char *dir)
{
    char path[PATH_BYTES];
    if (unlink(mark_path(dir, path)) != 0 || sync_folder(dir) != 0)
        return complain(path, EX_SOFTWARE);
    return 0;
}

/* Files of a store; each may be missing. */
static const char *const FILES[] = {"journal/data.mdb", "journal/lock.mdb", "views/data.mdb",
                                    "views/lock.mdb",   "persons/data.mdb", "persons/lock.mdb"};

static bool any_file(const char *dir)
{
    bool any = false;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", dir, FILES[i]);
        any = any || access(path, F_OK) == 0;
    }
    return any;
}

static int drop_files(const char *dir)
{
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", dir, FILES[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return complain(path, EX_CANTCREAT);
    }
    return 0;
}

/* Half a restore is nobody's and goes; anything else stays. */
static int make_room(const char *dir)
{
    struct err err = {""};
    int lock = -1, code = 0;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return complain(dir, EX_CANTCREAT);
    if (lock_take(dir, &lock, &err) != 0) {
        log_error("%s", err.text);
        return EX_CONFIG;
    }
    if (restore_unfinished(dir)) {
        code = drop_files(dir);
    } else if (any_file(dir)) {
        log_error("%s: there is a store here; nothing was changed: move it away (mv %s %s.old), "
                  "then restore",
                  dir, dir, dir);
        code = EX_CANTCREAT;
    }
    lock_drop(&lock);
    return code == 0 ? put_mark(dir) : code;
}

/* ---- what comes out of the file ---- */

static int commit(struct restore *r, struct err *err)
{
    int rc = 0;
    if (r->log_begun)
        rc = txn_commit(&r->log, err);
    if (rc == 0 && r->persons_begun)
        rc = txn_commit(&r->persons, err);
    else if (r->persons_begun)
        txn_abort(&r->persons);
    if (rc != 0 && (txn_full(&r->log) || txn_full(&r->persons)))
        err_set(err, ERR_FATAL,
                "%s is too small for this backup; raise journal_size or "
                "persons_size in %s and try again",
                store_dir(r->s.store), r->s.options->config);
    r->log_begun = r->persons_begun = false;
    r->pending = r->pending_bytes = 0;
    return rc;
}

static struct txn *open_txn(struct restore *r, struct txn *t, enum store_env e, bool *begun)
{
    if (!*begun)
        txn_begin(t, r->s.store, e, true);
    *begun = true;
    return t;
}

static int put_so_much(struct restore *r, uint32_t bytes, struct err *err)
{
    r->pending_bytes += bytes;
    return ++r->pending >= COMMIT_EVERY || r->pending_bytes >= COMMIT_BYTES ? commit(r, err) : 0;
}

static int begin(void *self, const struct backup_sum *sum, struct err *err)
{
    struct restore *r = self;
    struct rowkey k = rowkey_new();
    struct txn *log = open_txn(r, &r->log, STORE_JOURNAL, &r->log_begun);
    rowkey_bytes(&k, "identity", 8);
    txn_put(log, TABLE_STORE, &k, sum->identity, sum->identity_n);
    return commit(r, err);
}

static int put_row(void *self, uint64_t seq, struct slice row, struct err *err)
{
    struct restore *r = self;
    struct rowkey k = rowkey_seq(seq);
    txn_append(open_txn(r, &r->log, STORE_JOURNAL, &r->log_begun), TABLE_LOG, &k, row.p, row.n);
    return put_so_much(r, row.n, err);
}

static int put_person(void *self, const struct persons_record *record, struct err *err)
{
    struct restore *r = self;
    if (!persons_bring(open_txn(r, &r->persons, STORE_PERSONS, &r->persons_begun), record))
        return err_set(err, ERR_CONFIG, "%s: the record of a person cannot be read", r->file);
    return put_so_much(r, record->row.n, err);
}

static int put_erased(void *self, struct slice lines, struct err *err)
{
    struct restore *r = self;
    unsigned added = 0;
    int rc = erasures_take(r->s.erasures, lines.p, lines.n, &added, err);
    r->erased += added;
    return rc;
}

static int fill(struct restore *r)
{
    struct backup_taker taker = {begin, put_row, put_person, put_erased, r};
    struct err err = {""};
    int rc = backup_read(r->file, &taker, &r->sum, &err);
    if (rc == 0) {
        lost_expect(open_txn(r, &r->log, STORE_JOURNAL, &r->log_begun),
                    r->lost > 0 ? r->lost : LOST_MARGIN);
        rc = commit(r, &err);
    }
    if (rc != 0 && r->log_begun)
        txn_abort(&r->log);
    if (rc != 0 && r->persons_begun)
        txn_abort(&r->persons);
    return say(rc, &err);
}

/* ---- what came of it ---- */

static void print_sum(const char *file, const struct backup_sum *sum)
{
    printf("%s: made %s by siagad %s: %llu entries, persons of %llu; head ", file, sum->at,
           sum->version, (number)sum->entries, (number)sum->persons);
    for (unsigned i = 0; i < sizeof sum->hash; i++)
        printf("%02x", sum->hash[i]);
    putchar('\n');
}

static void print_store(const struct restore *r)
{
    number head = views_seq(r->s.views), upto = r->sum.upto;
    printf("%s: restored up to entry %llu", store_dir(r->s.store), upto);
    if (head > upto)
        printf("; numbers %llu to %llu may have been given since and are not given again", upto + 1,
               head);
    printf("; the next entry is %llu\n", head + 1);
    if (r->erased > 0)
        printf("what was erased is erased again: %u that the list beside the store did not name\n",
               r->erased);
}

int restore_look(const char *file)
{
    struct backup_sum sum;
    struct err err = {""};
    int code = say(backup_read(file, NULL, &sum, &err), &err);
    if (code == 0)
        print_sum(file, &sum);
    return code;
}

/* Rows first; then what every start does: views, erasing again, the numbers that were given. */
static int restore(struct restore *r)
{
    int code = make_room(rooms_store_dir(&r->s));
    if (code == 0)
        code = rooms_store(&r->s);
    if (code == 0)
        code = fill(r);
    if (code == 0)
        code = rooms_identity(&r->s);
    if (code == 0)
        code = rooms_journal(&r->s);
    journal_close(&r->s.journal);
    return code == 0 ? drop_mark(rooms_store_dir(&r->s)) : code;
}

int restore_run(const struct siagad_options *options, const char *file, uint32_t lost)
{
    struct restore r = {.file = file, .lost = lost};
    r.s.options = options;
    r.s.signals = -1;
    r.s.restoring = true;
    clock_system(&r.s.clock);
    int code = rooms_city(&r.s);
    if (code == 0)
        code = restore_look(file);
    if (code == 0)
        code = restore(&r);
    if (code == 0)
        print_store(&r);
    rooms_unmake(&r.s);
    return code;
}
