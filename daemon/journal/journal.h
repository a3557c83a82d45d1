/* journal: the one ordered log, and its promise: what it hands back as stored is on the disk and
 * stays in that order for ever.
 *
 * Keeps: the log. Called by the pipeline (append), siagad (open, follow, work, close). Never knows
 * of clients, roles or the configuration.
 *
 * Calls are asynchronous in every form of it: a group given to journal_append() belongs to the
 * journal until `settled` gets it back, on the thread that calls journal_work(), whenever
 * journal_fd() is readable. Groups of the urgent lane overtake those of the bulk lane, also one
 * that is being worked on; inside a lane order is kept. What the journal says of each entry is in
 * its outcome, and of the whole group in its `rc`.
 *
 * Forms: journal_lmdb.c (a log in the store's own environment); a replicated log later;
 * tests/support/journal_fake.c.
 */
#ifndef SIAGA_JOURNAL_JOURNAL_H
#define SIAGA_JOURNAL_JOURNAL_H

#include "daemon/base/clock.h"
#include "daemon/base/err.h"
#include "daemon/base/histogram.h"
#include "daemon/store/store.h"
#include "daemon/views/views.h"
#include "beside.h"

enum jrc {
    J_OK,        /* settled: look at the outcomes */
    J_UNKNOWN,   /* may be stored now or later: the client repeats the same key */
    J_BUSY,      /* nothing of it was tried */
    J_FULL,      /* no room; nothing of it was stored */
    J_NO_QUORUM, /* a replicated log cannot decide now */
    J_GONE,      /* follow: the log no longer goes back so far */
    J_DIVERGED,  /* follow: the views have seen another log */
    J_LOST, /* follow: the log ends before what the views have seen: acknowledged entries are gone
             */
    J_DAMAGED, /* follow: an entry of the log is not what was written */
    J_BROKEN   /* the log cannot be trusted: the process ends */
};
const char *journal_rc_name(enum jrc rc);

enum lane { LANE_URGENT, LANE_BULK, LANES };

/* What travels. Entries, outcomes and rows live in the arena; who gathered the group owns it again
 * once it is settled. */
struct jgroup {
    enum lane lane;
    bool commit_views; /* also commit the views; may come without entries */
                       /* neither entries nor this: asks whether commits get anywhere, and comes
                          back as soon as the one under way is through */
    uint32_t count;
    struct entry **entries;
    struct outcome *outcomes; /* set by the journal */
    struct arena *arena;      /* the journal puts rows there */
    void *tag;                /* the gatherer's */

    /* set by the journal */
    enum jrc rc;
    uint32_t done;     /* entries decided so far */
    uint64_t head;     /* number of the last entry that is durable */
    uint64_t views_at; /* number the committed views have reached */
    uint64_t open_cases, rounds, view_commits;
    struct histogram commits; /* how long commits of the log took, since the start */
    int64_t longest_us;       /* the longest since the last group that came back */
    struct err err;           /* text for J_FULL and J_BROKEN */
};

struct jcalls {
    void (*settled)(void *self, struct jgroup *group); /* on the thread of journal_work() */
    void *self;
};

struct jstate {
    uint64_t oldest, head; /* numbers of the first and last entry kept; head 0: empty */
    int64_t time_us;       /* of the last entry */
    uint64_t views_at, open_cases;
    unsigned used_percent;         /* of the room log and views have, the fuller one */
    uint64_t rounds, view_commits; /* commits of the log and of the views since start */
};

struct journal;
struct journal_ops { /* a form of the journal */
    int (*fd)(struct journal *j);
    void (*work)(struct journal *j);
    enum jrc (*append)(struct journal *j, struct jgroup *group);
    enum jrc (*follow)(struct journal *j, uint64_t after,
                       const uint8_t hash_at_after[ENTRY_HASH_BYTES], struct err *err);
    void (*state)(struct journal *j, struct jstate *ret_state);
    void (*close)(struct journal *j);
};
struct journal {
    const struct journal_ops *ops;
};

/* Opens the local form. No thread runs before journal_follow() has said J_OK. */
int journal_lmdb_open(struct journal **ret_journal, struct store *store, struct views *views,
                      const struct journal_beside *beside, struct clock *clock,
                      const struct jcalls *calls, struct err *err);

/* Brings the views from `after` to the end of the log, then takes appends. `hash_at_after` is what
 * the views have reached; another hash there is J_DIVERGED. */
static inline enum jrc journal_follow(struct journal *j, uint64_t after,
                                      const uint8_t *hash_at_after, struct err *err)
{
    return j->ops->follow(j, after, hash_at_after, err);
}

static inline int journal_fd(struct journal *j)
{
    return j->ops->fd(j);
}

static inline void journal_work(struct journal *j)
{
    j->ops->work(j);
}

/* J_OK: the group is the journal's now. J_BUSY: it is not, try later. */
static inline enum jrc journal_append(struct journal *j, struct jgroup *group)
{
    return j->ops->append(j, group);
}

static inline void journal_state(struct journal *j, struct jstate *ret_state)
{
    j->ops->state(j, ret_state);
}

/* Groups still inside are settled first, as far as they were decided. */
static inline void journal_close(struct journal **j)
{
    if (*j != NULL)
        (*j)->ops->close(*j);
    *j = NULL;
}

#endif
