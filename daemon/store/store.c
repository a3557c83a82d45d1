#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/base/control.h"
#include "lock.h"
#include "scrub.h"
#include "store_env.h"
#include "txn.h"

#define STORE_READERS 64
#define PERSONS_BYTES (16ull << 20) /* when nobody says */
#define AHEAD_BYTES (256ull << 20)  /* some 300,000 entries of the journal, a second of a disk */

static const struct {
    const char *name, *holds;
    enum store_env env;
} TABLES[] = {
#define TABLE(NAME, ENVIRONMENT, name, holds) [TABLE_##NAME] = {name, holds, STORE_##ENVIRONMENT},
#include "schema.def"
};

static const char *const ENV_NAMES[] = {
    [STORE_JOURNAL] = "journal", [STORE_VIEWS] = "views", [STORE_PERSONS] = "persons"};

#define CONDEMNED "condemned" /* a file in views/ */

/* File systems that never write where they wrote before: room set aside is none. */
static const unsigned long COPYING[] = {0x9123683e /* btrfs */, 0x2fc12fc1 /* ZFS */,
                                        0xca451a4e /* bcachefs */};

/* File systems where LMDB's locks or its order of writes cannot be trusted. */
static const struct {
    unsigned long type;
    const char *name;
} UNSAFE[] = {{0x6969, "NFS"}, {0xff534d42, "CIFS"}, {0xfe534d42, "SMB2"},
              {0x517b, "SMB"}, {0x65735546, "FUSE"}, {0x01021997, "9p"}};

const char *store_table_name(enum store_table t)
{
    return TABLES[t].name;
}

enum store_env store_table_env(enum store_table t)
{
    return TABLES[t].env;
}

const char *store_dir(const struct store *s)
{
    return s->dir;
}

const char *store_env_name(enum store_env e)
{
    return ENV_NAMES[e];
}

bool store_forgot_views(const struct store *s)
{
    return s->forgotten;
}

static int make_dir(const char *path, struct err *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_set(err, ERR_CONFIG, "%s: %s; make the folder and give it to the user of siagad",
                       path, strerror(errno));
    return 0;
}

static int check_file_system(const char *dir, struct err *err)
{
    struct statfs fs;
    if (statfs(dir, &fs) != 0)
        return err_set(err, ERR_CONFIG, "%s: %s", dir, strerror(errno));
    for (size_t i = 0; i < sizeof UNSAFE / sizeof *UNSAFE; i++)
        if ((unsigned long)fs.f_type == UNSAFE[i].type)
            return err_set(err, ERR_CONFIG,
                           "%s lies on %s, where a write may be lost; put the store on a local "
                           "ext4 or XFS disk",
                           dir, UNSAFE[i].name);
    return 0;
}

/* Blocks that were set aside but never written cost the file system a commit of its own when LMDB
 * first writes them, twice the time and five times the tail of a commit. So zeros are written ahead
 * of what is in use, at start, while nobody else writes; SEEK_HOLE finds where the last start came
 * to. */
static int write_ahead(struct store *s, enum store_env e, int fd)
{
    static const uint8_t zeros[1 << 20];
    uint64_t used, size;
    store_room(s, e, &used, &size);
    uint64_t to = used + AHEAD_BYTES < s->bytes[e] ? used + AHEAD_BYTES : s->bytes[e];
    off_t hole = lseek(fd, (off_t)used, SEEK_HOLE);
    uint64_t from = hole < 0 ? used : (uint64_t)hole;
    bool any = from < to;
    while (from < to) {
        size_t n = to - from < sizeof zeros ? (size_t)(to - from) : sizeof zeros;
        ssize_t done = pwrite(fd, zeros, n, (off_t)from);
        if (done <= 0)
            return -1;
        from += (uint64_t)done;
    }
    return any ? fdatasync(fd) : 0;
}

/* The space is set aside at once, so that a full disk cannot surprise a commit later. */
static int set_aside(struct store *s, enum store_env e, const char *path, struct err *err)
{
    int fd;
    struct stat st;
    mdb_env_get_fd(s->env[e], &fd);
    if (fstat(fd, &st) == 0 && (uint64_t)st.st_size > s->bytes[e])
        return err_set(err, ERR_CONFIG,
                       "%s holds %lld bytes, more than the %llu configured; raise %s_size", path,
                       (long long)st.st_size, (unsigned long long)s->bytes[e], ENV_NAMES[e]);
    if (control("sparse"))
        return 0;
    int rc = posix_fallocate(fd, 0, (off_t)s->bytes[e]);
    if (rc != 0)
        return err_set(err, ERR_CONFIG,
                       "%s: %s; siagad sets %llu bytes aside at start: make room or lower %s_size",
                       path, strerror(rc), (unsigned long long)s->bytes[e], ENV_NAMES[e]);
    if (write_ahead(s, e, fd) != 0)
        return err_set(err, ERR_FATAL, "%s: %s; zeros could not be written ahead of its data", path,
                       strerror(errno));
    return 0;
}

static bool copying(int fd)
{
    struct statfs fs;
    bool found = false;
    for (size_t i = 0; fstatfs(fd, &fs) == 0 && i < sizeof COPYING / sizeof *COPYING; i++)
        found = found || (unsigned long)fs.f_type == COPYING[i];
    return found;
}

/* Whether a write may have to look for a block. */
static bool on_demand(int fd, uint64_t bytes)
{
    struct stat st;
    return fstat(fd, &st) == 0 &&
           ((uint64_t)st.st_size < bytes || (uint64_t)st.st_blocks * 512 < bytes || copying(fd));
}

static int not_as_written(struct err *err, const char *path, const char *why)
{
    return err_set(err, ERR_DAMAGED,
                   "%s/data.mdb is damaged: %s; siagad does not touch it: run siagad "
                   "--verify-store, restore a backup",
                   path, why);
}

static bool damage(int rc)
{
    const struct txn t = {.rc = rc};
    return txn_damaged(&t) || rc == MDB_VERSION_MISMATCH;
}

/* A page that is in use but not in the file would end the process when it is touched. */
static int check_length(struct store *s, enum store_env e, const char *path, struct err *err)
{
    int fd;
    struct stat st;
    MDB_envinfo info;
    mdb_env_get_fd(s->env[e], &fd);
    mdb_env_info(s->env[e], &info);
    uint64_t used = ((uint64_t)info.me_last_pgno + 1) * s->page_bytes;
    char why[96];
    if (fstat(fd, &st) != 0 || (uint64_t)st.st_size >= used)
        return 0;
    snprintf(why, sizeof why, "it is cut short, %lld bytes of the %llu in use",
             (long long)st.st_size, (unsigned long long)used);
    return not_as_written(err, path, why);
}

/* All of an environment's tables, or, in a new one, none: one that is not there was lost, and must
 * not come back empty. Whether it is new its root says, not the page of the tables. */
static int find_tables(struct store *s, enum store_env e, MDB_txn *txn)
{
    unsigned missing = 0;
    int rc = 0;
    for (int t = 0; rc == 0 && t < TABLE_COUNT; t++) {
        if (TABLES[t].env != e)
            continue;
        rc = mdb_dbi_open(txn, TABLES[t].name, 0, &s->dbi[t]);
        missing += rc == MDB_NOTFOUND;
        rc = rc == MDB_NOTFOUND ? 0 : rc;
    }
    if (rc != 0 || missing == 0)
        return rc;
    MDB_stat root;
    if (mdb_env_stat(s->env[e], &root) != 0 || root.ms_entries > 0)
        return MDB_CORRUPTED;
    for (int t = 0; rc == 0 && t < TABLE_COUNT; t++)
        if (TABLES[t].env == e)
            rc = mdb_dbi_open(txn, TABLES[t].name, MDB_CREATE, &s->dbi[t]);
    return rc;
}

static int open_tables(struct store *s, enum store_env e, const char *path, struct err *err)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(s->env[e], NULL, 0, &txn);
    bool begun = rc == 0;
    if (rc == 0)
        rc = find_tables(s, e, txn);
    if (begun && rc != 0)
        mdb_txn_abort(txn);
    if (rc == 0)
        rc = mdb_txn_commit(txn);
    if (damage(rc))
        return not_as_written(err, path, mdb_strerror(rc));
    if (rc != 0)
        return err_set(err, ERR_FATAL,
                       "%s: its tables cannot be opened: %s; run siagad --verify-store", path,
                       mdb_strerror(rc));
    return 0;
}

/* Before the first page goes to its disk. */
static int watch(struct store *s, enum store_env e, const char *path, struct err *err)
{
    int fd;
    MDB_stat st;
    mdb_env_get_fd(s->env[e], &fd);
    mdb_env_stat(s->env[e], &st);
    s->page_bytes = st.ms_psize;
    s->tail_wiped[e] = false;
    if (!scrub_watch(fd, s->page_bytes))
        return err_set(err, ERR_FATAL, "%s: too many stores are open in one process", path);
    return 0;
}

static void close_env(struct store *s, enum store_env e)
{
    int fd = -1;
    if (s->env[e] == NULL)
        return;
    mdb_env_get_fd(s->env[e], &fd);
    scrub_forget(fd);
    mdb_env_close(s->env[e]);
    s->env[e] = NULL;
}

/* No flag trades safety for speed, but in the controls of the tests. */
static unsigned env_flags(void)
{
    return MDB_NOTLS | MDB_NORDAHEAD | (control("nosync") ? MDB_NOSYNC : 0) |
           (control("nometasync") ? MDB_NOMETASYNC : 0);
}

static int open_env(struct store *s, enum store_env e, struct err *err)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", s->dir, ENV_NAMES[e]);
    int rc = make_dir(path, err);
    if (rc != 0)
        return rc;
    if ((rc = mdb_env_create(&s->env[e])) == 0 &&
        (rc = mdb_env_set_maxdbs(s->env[e], TABLE_COUNT)) == 0 &&
        (rc = mdb_env_set_maxreaders(s->env[e], STORE_READERS)) == 0 &&
        (rc = mdb_env_set_mapsize(s->env[e], s->bytes[e])) == 0)
        rc = mdb_env_open(s->env[e], path, env_flags(), 0600);
    if (damage(rc))
        return not_as_written(err, path, mdb_strerror(rc));
    if (rc != 0)
        return err_set(err, ERR_FATAL, "%s cannot be opened: %s; run siagad --verify-store", path,
                       mdb_strerror(rc));
    if ((rc = watch(s, e, path, err)) != 0 || (rc = check_length(s, e, path, err)) != 0)
        return rc;
    if (!s->as_it_is && (rc = set_aside(s, e, path, err)) != 0)
        return rc;
    int fd;
    mdb_env_get_fd(s->env[e], &fd);
    s->on_demand[e] = on_demand(fd, s->bytes[e]);
    return open_tables(s, e, path, err);
}

/* ---- the views, which can be made again ---- */

static void views_path(const char *dir, const char *file, char out[4200])
{
    snprintf(out, 4200, "%s/%s/%s", dir, ENV_NAMES[STORE_VIEWS], file);
}

static int unlink_views(struct store *s, struct err *err)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", CONDEMNED};
    close_env(s, STORE_VIEWS);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[4200];
        views_path(s->dir, files[i], path);
        if (unlink(path) != 0 && errno != ENOENT)
            return err_set(err, ERR_FATAL, "%s: %s; the views cannot be thrown away", path,
                           strerror(errno));
    }
    return 0;
}

int store_forget_views(struct store *s, struct err *err)
{
    int rc = unlink_views(s, err);
    return rc != 0 ? rc : open_env(s, STORE_VIEWS, err);
}

void store_condemn_views(const char *dir)
{
    char path[4200];
    views_path(dir, CONDEMNED, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

static int open_views(struct store *s, struct err *err)
{
    char path[4200];
    views_path(s->dir, CONDEMNED, path);
    bool condemned = !s->as_it_is && access(path, F_OK) == 0;
    int rc = condemned ? 0 : open_env(s, STORE_VIEWS, err);
    if (!condemned && (rc != ERR_DAMAGED || s->as_it_is))
        return rc;
    *err = (struct err){""};
    s->forgotten = true;
    return store_forget_views(s, err);
}

int store_open(struct store **ret_store, const struct store_conf *conf, struct err *err)
{
    struct store *s = calloc(1, sizeof *s);
    if (s == NULL)
        abort();
    s->lock_fd = -1;
    s->as_it_is = conf->as_it_is;
    snprintf(s->dir, sizeof s->dir, "%s", conf->dir);
    for (int e = 0; e < STORE_ENVS; e++)
        s->bytes[e] = (conf->bytes[e] + (1u << 20) - 1) >> 20 << 20;
    if (s->bytes[STORE_PERSONS] == 0)
        s->bytes[STORE_PERSONS] = PERSONS_BYTES;
    int rc = make_dir(s->dir, err);
    if (rc == 0)
        rc = check_file_system(s->dir, err);
    if (rc == 0)
        rc = lock_take(s->dir, &s->lock_fd, err);
    for (int e = 0; rc == 0 && e < STORE_ENVS; e++)
        if (!(conf->without >> e & 1))
            rc = e == STORE_VIEWS ? open_views(s, err) : open_env(s, (enum store_env)e, err);
    if (rc != 0) {
        store_close(&s);
        return rc;
    }
    store_sweep_readers(s);
    *ret_store = s;
    return 0;
}

void store_close(struct store **s)
{
    if (*s == NULL)
        return;
    for (int e = 0; e < STORE_ENVS; e++)
        close_env(*s, (enum store_env)e);
    lock_drop(&(*s)->lock_fd);
    free(*s);
    *s = NULL;
}

void store_disk(const struct store *s, uint64_t *ret_free_bytes, uint64_t *ret_size_bytes)
{
    struct statvfs fs;
    bool known = statvfs(s->dir, &fs) == 0;
    *ret_free_bytes = known ? (uint64_t)fs.f_bavail * fs.f_frsize : 0;
    *ret_size_bytes = known ? (uint64_t)fs.f_blocks * fs.f_frsize : 0;
}

void store_sweep_readers(struct store *s)
{
    int dead;
    for (int e = 0; e < STORE_ENVS; e++)
        mdb_reader_check(s->env[e], &dead);
}
