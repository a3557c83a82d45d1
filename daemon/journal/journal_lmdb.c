/* The local form: a log in the store's own environment, and the thread that writes it.
 *
 * A round of the thread: take what waits; apply each entry in the open views transaction, which
 * gives verdict and number; put the row into the log; commit the log (its fsync is the moment of
 * acknowledgement); hand the groups back. All that waits goes into one commit, at once; there is no
 * timer to wait for more, the commit in flight is the collecting delay. The views are committed
 * behind that, after a bounded number of entries or milliseconds, or when a question waits for
 * them; after a crash they are short of a few entries, which journal_follow() applies again.
 *
 * An emergency does not wait for a large group: while the bulk lane is being applied the urgent
 * lane is looked at every SLICE entries; what came there is applied next and the commit happens
 * there and then, with the part of the bulk group that is in, and the rest goes on in the following
 * round.
 *
 * A failed commit is the end: whether the group is on the disk is unknown, so nothing is
 * acknowledged, the group goes back as J_BROKEN and the reactor ends the process. A full map is no
 * failure, nor is a disk without room for the pages of a commit: the round is undone, its groups go
 * back as J_FULL. The views, which had unwritten entries of earlier rounds, are then caught up from
 * the log; as long as they find no room for that, all that comes is J_FULL. */
#include "journal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "apart.h"
#include "catch_up.h"
#include "daemon/base/control.h"
#include "daemon/base/handover.h"
#include "daemon/views/rows.h"
#include "proto/verdict.h"
#include "room.h"
#include "timed.h"

#define SLICE 32u          /* bulk entries between two looks at the urgent lane */
#define BESIDE_URGENT 32u  /* bulk entries that may share a commit with urgent ones */
#define VIEWS_EVERY 2048u  /* entries, or */
#define VIEWS_AFTER_MS 100 /* milliseconds, until the views are committed */
#define CATCH_UP_EVERY 4096u
#define CATCH_UP_TIGHT 64u /* a commit of few entries needs few spare pages */

struct round { /* what one commit of the log will decide */
    struct jgroup *group[LANES];
    uint32_t from[LANES]; /* first entry of the group that this round put in */
};

struct lmdb_journal {
    struct journal base;
    struct store *store;
    struct views *views;
    struct clock *clock; /* its monotonic side, to know when the views are due */
    struct jcalls calls;
    struct apart apart;
    struct room room;
    struct jstate known; /* the reactor's */
    struct handover in[LANES], out;
    pthread_t thread;
    bool running;

    /* the thread's */
    struct jgroup *current[LANES];
    uint64_t head, rounds, view_commits;
    uint32_t views_pending;
    int64_t views_pending_since_ms;
    struct timed timed;
    bool broken, stopping;
    bool wiping; /* pages of what was destroyed are still being read */
    bool behind; /* the views found no room for what the log has: nothing is taken until they do */
    struct jgroup last_word; /* tells the reactor that the thread has ended */
};

static int64_t now_ms(const struct lmdb_journal *j)
{
    return clock_mono(j->clock) / 1000;
}

/* ---- one entry ---- */

static void keep_row(struct outcome *o, struct arena *arena, struct slice row)
{
    o->row = arena_copy(arena, row.p, row.n);
}

static bool put_one(struct lmdb_journal *j, struct txn *log, struct jgroup *g, uint32_t i)
{
    struct entry *e = g->entries[i];
    struct outcome *o = &g->outcomes[i];
    if (views_apply(j->views, e, o) != 0)
        return false;
    if (o->verdict == V_DONE && !o->duplicate) {
        uint32_t n = (uint32_t)entry_row_size(e, &o->facts);
        uint8_t *row = arena_open(g->arena, n);
        entry_row_write(row, e, &o->facts);
        o->row = arena_close(g->arena, n);
        entry_facts_into(&o->facts, o->row); /* their names lived in the views */
        struct rowkey k = rowkey_seq(o->facts.seq);
        (control("memory_seq") ? txn_put : txn_append)(log, TABLE_LOG, &k, row, n);
        j->views_pending++;
        return apart_entry(&j->apart, log, e, &o->facts, &g->err) && log->rc == 0;
    }
    struct slice other;
    o->facts.owner = o->facts.kecamatan = (struct slice){0};
    if (o->other_seq != 0 && rows_at(log, o->other_seq, &other))
        keep_row(o, g->arena, other);
    return log->rc == 0;
}

/* ---- rounds ---- */

static void give_back(struct lmdb_journal *j, enum lane lane, enum jrc rc)
{
    struct jgroup *g = j->current[lane];
    g->rc = rc;
    g->head = j->head;
    g->views_at = views_seq(j->views) - j->views_pending;
    g->open_cases = views_open_cases(j->views);
    g->rounds = j->rounds;
    g->view_commits = j->view_commits;
    g->commits = j->timed.all;
    g->longest_us = j->timed.longest_us;
    j->timed.longest_us = 0;
    j->current[lane] = NULL;
    handover_give(&j->out, g);
}

static void take(struct lmdb_journal *j, enum lane lane)
{
    if (j->current[lane] == NULL)
        j->current[lane] = handover_take(&j->in[lane]);
    const struct jgroup *g = j->current[lane];
    if (g != NULL && g->tag == j) { /* our own word: the end */
        j->stopping = true;
        j->current[lane] = NULL;
    } else if (g != NULL && g->count == 0 && !g->commit_views) {
        give_back(j, lane, J_OK); /* we live */
    }
}

static bool put_group(struct lmdb_journal *j, struct txn *log, struct round *r, enum lane lane,
                      bool yielding)
{
    struct jgroup *g = j->current[lane];
    if (g == NULL || r->group[lane] != NULL)
        return true;
    r->group[lane] = g;
    r->from[lane] = g->done;
    uint32_t most = yielding && r->group[LANE_URGENT] != NULL ? g->done + BESIDE_URGENT : g->count;
    if (g->done < g->count && room_one_by_one(&j->room, g->entries[g->done]))
        most = g->done + 1;
    while (g->done < g->count && g->done < most) {
        if (!put_one(j, log, g, g->done))
            return false;
        g->done++;
        if (yielding && r->group[LANE_URGENT] == NULL && g->done % SLICE == 0) {
            take(j, LANE_URGENT);
            if (j->current[LANE_URGENT] != NULL)
                return put_group(j, log, r, LANE_URGENT, false);
        }
    }
    return true;
}

/* Drops the open transaction of the views and applies what the log has of it in small steps, which
 * need less room. */
static bool views_again(struct lmdb_journal *j, struct err *err)
{
    views_abandon(j->views);
    j->views_pending = 0;
    return catch_up(j->store, j->views, j->head, CATCH_UP_TIGHT, err) == J_OK;
}

static void bring_on_views(struct lmdb_journal *j, struct err *err)
{
    j->behind = false;
    if (views_again(j, err))
        return;
    j->behind = txn_full(views_txn(j->views));
    j->broken = !j->behind;
}

/* Rows of the views that are not what was written: they are made again at the next start. */
static void condemn(struct lmdb_journal *j)
{
    if (txn_damaged(views_txn(j->views)))
        store_condemn_views(store_dir(j->store));
}

/* The map was full, or the disk failed: what this round put in is not there. */
static void undo(struct lmdb_journal *j, struct txn *log, struct round *r, const struct txn *failed)
{
    bool full = txn_full(failed);
    struct err err = {""};
    if (failed->rc != 0)
        err_set(&err, ERR_FATAL, "%s/%s: %s", store_dir(j->store), store_env_name(failed->env),
                txn_error(failed));
    condemn(j);
    txn_abort(log);
    full = apart_undo(&j->apart, j->head) && full;
    if (full)
        bring_on_views(j, &err);
    else
        j->broken = true;
    for (int lane = 0; lane < LANES; lane++) {
        if (r->group[lane] == NULL || j->current[lane] == NULL)
            continue;
        r->group[lane]->done = r->from[lane];
        if (err.text[0] != '\0') /* else the group has it already */
            r->group[lane]->err = err;
        give_back(j, (enum lane)lane, j->broken ? J_BROKEN : J_FULL);
    }
}

static void commit_views(struct lmdb_journal *j)
{
    struct err *err = &j->last_word.err;
    int rc = views_commit(j->views, err);
    if (rc != 0 && txn_full(views_txn(j->views))) {
        bring_on_views(j, err);
    } else if (rc != 0) {
        condemn(j);
        j->broken = true;
    }
    j->views_pending = 0;
    j->view_commits++;
}

/* What is decided goes back; a group that also wanted the views committed only after that. */
static void give_back_done(struct lmdb_journal *j, const struct round *r, bool views_committed)
{
    for (int lane = 0; lane < LANES; lane++) {
        struct jgroup *g = j->current[lane];
        if (g != NULL && g == r->group[lane] && g->done == g->count &&
            g->commit_views == views_committed)
            give_back(j, (enum lane)lane, J_OK);
    }
}

static bool views_wanted(const struct lmdb_journal *j, const struct round *r)
{
    for (int lane = 0; lane < LANES; lane++)
        if (j->current[lane] != NULL && j->current[lane] == r->group[lane] &&
            j->current[lane]->commit_views && j->current[lane]->done == j->current[lane]->count)
            return true;
    return false;
}

static bool any_current(const struct lmdb_journal *j)
{
    return j->current[LANE_URGENT] != NULL || j->current[LANE_BULK] != NULL;
}

/* Whoever only waits for the views waits on while they are behind, unless siagad stops. */
static void refuse_for_room(struct lmdb_journal *j)
{
    room_count(&j->room, now_ms(j));
    bool swept = apart_sweep(&j->apart, j->head);
    for (int lane = 0; lane < LANES; lane++) {
        struct jgroup *g = j->current[lane];
        if (g == NULL || (g->count == 0 && !(j->behind && j->stopping)))
            continue;
        if (j->behind || !swept)
            err_set(&g->err, ERR_FATAL, "%s/%s: no room to bring it to what the journal has",
                    store_dir(j->store), j->behind ? "views" : "persons");
        else if (room_for(&j->room, g, &g->err))
            continue;
        give_back(j, (enum lane)lane, J_FULL);
    }
}

static void give_back_broken(struct lmdb_journal *j, const struct round *r, const struct err *err)
{
    for (int lane = 0; lane < LANES; lane++)
        if (r->group[lane] != NULL && j->current[lane] != NULL) {
            r->group[lane]->err = *err;
            r->group[lane]->done = r->from[lane];
            give_back(j, (enum lane)lane, J_BROKEN);
        }
    j->last_word.err = *err;
    j->broken = true;
}

static void play_round(struct lmdb_journal *j)
{
    struct round r = {{NULL}, {0}};
    struct txn log;
    if (j->views_pending == 0)
        j->views_pending_since_ms = now_ms(j);
    views_begin(j->views);
    txn_begin(&log, j->store, STORE_JOURNAL, true);
    if (!put_group(j, &log, &r, LANE_URGENT, false) || !put_group(j, &log, &r, LANE_BULK, true)) {
        bool persons = j->apart.begun && j->apart.persons.rc != 0;
        undo(j, &log, &r, persons ? &j->apart.persons : log.rc != 0 ? &log : views_txn(j->views));
        return;
    }
    if (control("early_ack"))
        give_back_done(j, &r, false);
    struct err err = {""};
    bool persons = apart_commit(&j->apart, j->head, &err),
         fine = persons && timed_commit(&j->timed, j->clock, j->store, &log, &err) == 0;
    const struct txn *failed = persons ? &log : &j->apart.persons;
    if (!fine && txn_full(failed)) { /* nothing of it was promised */
        undo(j, &log, &r, failed);
        return;
    }
    if (!fine) {
        give_back_broken(j, &r, &err);
        txn_abort(&log);
        return;
    }
    j->head = views_seq(j->views);
    j->rounds++;
    give_back_done(j, &r, false);
    if (views_wanted(j, &r)) {
        commit_views(j);
        give_back_done(j, &r, true);
    }
    j->wiping = apart_wipe(&j->apart);
}

static bool views_due(const struct lmdb_journal *j)
{
    return j->views_pending >= VIEWS_EVERY || (j->views_pending > 0 && room_tight(&j->room)) ||
           (j->views_pending > 0 && now_ms(j) - j->views_pending_since_ms >= VIEWS_AFTER_MS);
}

static void wait_for_work(struct lmdb_journal *j)
{
    struct pollfd fds[LANES];
    for (int lane = 0; lane < LANES; lane++)
        fds[lane] = (struct pollfd){j->in[lane].read_fd, POLLIN, 0};
    int64_t left = j->views_pending_since_ms + VIEWS_AFTER_MS - now_ms(j);
    if (j->behind)
        poll(fds, any_current(j) ? 0 : LANES, j->stopping ? 0 : VIEWS_AFTER_MS);
    else if (!any_current(j) && !j->stopping)
        poll(fds, LANES,
             j->views_pending == 0 ? (j->wiping ? VIEWS_AFTER_MS : -1)
             : left > 0            ? (int)left
                                   : 0);
}

static void take_all(struct lmdb_journal *j)
{
    for (int lane = 0; lane < LANES; lane++)
        take(j, (enum lane)lane);
}

static void *run(void *p)
{
    struct lmdb_journal *j = p;
    while (!j->broken) {
        wait_for_work(j);
        take_all(j);
        if (!any_current(j) && j->stopping)
            break;
        if (j->behind)
            bring_on_views(j, &j->last_word.err);
        if (!j->broken && any_current(j))
            refuse_for_room(j);
        if (!j->broken && !j->behind && any_current(j))
            play_round(j);
        if (!j->broken && !j->behind && views_due(j))
            commit_views(j);
        if (!j->broken && j->wiping && j->views_pending == 0)
            j->wiping = apart_wipe(&j->apart);
    }
    if (!j->broken && !j->behind)
        commit_views(j);
    if (j->broken) {
        j->last_word.rc = J_BROKEN;
        handover_give(&j->out, &j->last_word);
    }
    return NULL;
}

/* ---- the interface, on the reactor's thread ---- */

/* The fullest of the maps decides: an entry may need room in all. */
static void note_room(struct lmdb_journal *j)
{
    j->known.used_percent = 0;
    for (int e = 0; e < STORE_ENVS; e++) {
        uint64_t used, size;
        store_room(j->store, (enum store_env)e, &used, &size);
        unsigned percent = (unsigned)(used * 100 / size);
        if (percent > j->known.used_percent)
            j->known.used_percent = percent;
    }
}

static int lmdb_fd(struct journal *base)
{
    return ((struct lmdb_journal *)base)->out.read_fd;
}

static void lmdb_work(struct journal *base)
{
    struct lmdb_journal *j = (struct lmdb_journal *)base;
    struct jgroup *g;
    while ((g = handover_take(&j->out)) != NULL) {
        j->known.head = g->head;
        if (j->known.oldest == 0 && g->head > 0)
            j->known.oldest = 1;
        j->known.views_at = g->views_at;
        j->known.open_cases = g->open_cases;
        j->known.rounds = g->rounds;
        j->known.view_commits = g->view_commits;
        j->calls.settled(j->calls.self, g);
    }
}

static enum jrc lmdb_append(struct journal *base, struct jgroup *group)
{
    struct lmdb_journal *j = (struct lmdb_journal *)base;
    group->done = 0;
    group->rc = J_OK;
    handover_give(&j->in[group->lane], group);
    return J_OK;
}

static enum jrc lmdb_follow(struct journal *base, uint64_t after, const uint8_t *hash_at_after,
                            struct err *err)
{
    struct lmdb_journal *j = (struct lmdb_journal *)base;
    enum jrc rc = catch_up_place(j->store, after, hash_at_after, &j->known, err);
    /* the control: what the views lack is forgotten */
    j->head = control("memory_seq") ? after : j->known.head;
    if (rc == J_OK && !control("memory_seq"))
        rc = catch_up(j->store, j->views, j->head, CATCH_UP_EVERY, err);
    if (rc == J_BROKEN && txn_full(views_txn(j->views)) && views_again(j, err))
        rc = J_OK;
    if (rc == J_BROKEN && txn_damaged(views_txn(j->views)))
        rc = J_DIVERGED; /* they can be made again */
    if (rc == J_OK && apart_open(&j->apart, &j->head, err) != 0)
        rc = J_BROKEN;
    if (rc != J_OK)
        return rc;
    j->known.head = j->head;
    j->known.views_at = views_seq(j->views);
    j->known.open_cases = views_open_cases(j->views);
    room_count(&j->room, now_ms(j));
    j->running = pthread_create(&j->thread, NULL, run, j) == 0;
    return j->running ? J_OK : J_BROKEN;
}

static void lmdb_state(struct journal *base, struct jstate *ret_state)
{
    struct lmdb_journal *j = (struct lmdb_journal *)base;
    note_room(j);
    *ret_state = j->known;
}

static void lmdb_close(struct journal *base)
{
    struct lmdb_journal *j = (struct lmdb_journal *)base;
    struct jgroup last = {.tag = j};
    if (j->running) {
        handover_give(&j->in[LANE_URGENT], &last);
        pthread_join(j->thread, NULL);
        lmdb_work(base);
    }
    for (int lane = 0; lane < LANES; lane++)
        handover_close(&j->in[lane]);
    handover_close(&j->out);
    free(j);
}

static const struct journal_ops OPS = {lmdb_fd,     lmdb_work,  lmdb_append,
                                       lmdb_follow, lmdb_state, lmdb_close};

int journal_lmdb_open(struct journal **ret_journal, struct store *store, struct views *views,
                      const struct journal_beside *beside, struct clock *clock,
                      const struct jcalls *calls, struct err *err)
{
    struct lmdb_journal *j = calloc(1, sizeof *j);
    if (j == NULL)
        abort();
    j->base.ops = &OPS;
    j->store = store;
    j->views = views;
    j->clock = clock;
    j->calls = *calls;
    j->apart = (struct apart){.store = store, .views = views, .beside = *beside, .clock = clock};
    j->room = (struct room){.store = store};
    if (!handover_open(&j->in[LANE_URGENT]) || !handover_open(&j->in[LANE_BULK]) ||
        !handover_open(&j->out)) {
        free(j);
        return err_set(err, ERR_FATAL, "no descriptors left for the journal; raise LimitNOFILE");
    }
    *ret_journal = &j->base;
    return 0;
}
