/* query: questions, answered from what was committed, in a thread of their own.
 *
 * Called by ingress and egress (ask), siagad (work). Read transactions only, each at most 1,000
 * rows or a page of bytes; longer answers continue from a number. A digest reads the rows of its
 * days. One alone is longer: the snapshot
 * of a watch notes every open case at one number, some 1 ms for each thousand. Never writes, never
 * sends: an answer goes back to the reactor, which knows who asked. A question must not be asked
 * before the views have reached what its asker has seen acknowledged (ingress/ask.c keeps it until
 * then).
 */
#ifndef SIAGA_QUERY_QUERY_H
#define SIAGA_QUERY_QUERY_H

#include "daemon/base/err.h"
#include "daemon/store/store.h"
#include "daemon/views/cases.h"
#include "daemon/views/timers.h"
#include "proto/arena.h"
#include "proto/filter.h"
#include "proto/key.h"
#include "proto/where.h"

#define QUERY_ANSWER_BYTES (1000u << 10) /* an answer has at most 1 MiB */
#define QUERY_ROWS_MAX 500u

enum question_kind {
    QUESTION_GET,
    QUESTION_LIST,
    QUESTION_SINCE,
    QUESTION_SNAPSHOT,
    QUESTION_SNAPSHOT_ROWS,
    QUESTION_REPLAY,
    QUESTION_DUE,
    QUESTION_DEAD,
    QUESTION_WORK,
    QUESTION_TIMERS,
    QUESTION_SWEEP,
    QUESTION_WHERE,
    QUESTION_PERSON,
    QUESTION_FIND_PERSON,
    QUESTION_PERSONS,
    QUESTION_RETENTION,
    QUESTION_VERIFY,
    QUESTION_HEAD,
    QUESTION_BACKUP,
    QUESTION_EXPORT,
    QUESTION_DIGEST,
    QUESTION_EXPLAIN,
    QUESTION_MEASURES,
    QUESTION_SCRUB,
    QUESTIONS
};

/* One open case at a number, as the snapshot of a watch keeps it. */
struct snapshot_case {
    uint64_t seq, last_seq;
    uint32_t version;
    uint8_t state, severity, call_class;
    char owner[25];
};

/* A part of a case about whose times siagad has to decide something: a timer that is due, or an
 * open part of a sweep. */
#define DUE_WAITS_MOST 64u
struct due_part {
    struct timer_row timer; /* of a sweep: case and part alone */
    struct case_row c;
    struct slice category, kelurahan;
    uint32_t attempt;   /* of its lease, while a desk has it */
    int64_t ordered_us; /* new targets were ordered, and not counted since; 0: not */
    unsigned waits_n;   /* times it waited, since its resolve time counts */
    int64_t wait_from[DUE_WAITS_MOST], wait_to[DUE_WAITS_MOST];
};

/* What a digest is to tell besides the figures. */
enum digest_with {
    DIGEST_CATEGORIES = 1,
    DIGEST_PLACES = 2,
    DIGEST_CLASSES = 4,
    DIGEST_STATES = 8,
    DIGEST_HOURS = 16,
    DIGEST_RUNS = 32,  /* days without a missed target */
    DIGEST_CASES = 64, /* the worst and the best, what is due, instructions */
};
struct digest_wish {
    uint32_t from, until; /* days, both inside */
    struct slice skpd;    /* "": the city */
    uint32_t with;        /* mask of enum digest_with */
    uint8_t figure;       /* EXPLAIN: enum figure */
    struct slice names;   /* packed: what the answer tells of SKPD and categories; "": nothing */
};

/* A case that has ended, for the schedule of what is destroyed. */
struct expired {
    struct ticket ticket;
    struct slice category;
    int64_t ended_us;
    bool person, texts, hold; /* there is a reporter's data, there are texts; nothing may go */
};

/* An item that a desk may take. */
struct desk_item {
    uint64_t case_seq, queued;
    uint8_t part;
    uint32_t attempt; /* number of its last lease */
    struct slice row; /* the event as it is now, packed */
};

/* What is counted for the figures: of the slice of cases asked for, and with the last slice of the
 * queues. */
#define FIGURES_QUEUES 128u
struct measures_queue {
    char skpd[25];
    uint32_t items;
    int64_t since_us; /* when the oldest of them was put there */
};
struct measures_found {
    uint64_t unacknowledged;         /* emergencies */
    int64_t unacknowledged_since_us; /* the oldest of them; 0: none */
    uint64_t dead;
    struct measures_queue queues[FIGURES_QUEUES]; /* those that are not empty */
    unsigned queues_n;
};

struct scrub;
struct question {
    enum question_kind kind;
    void *tag; /* the asker's */
    void (*answered)(
        void *self,
        struct question *q); /* on the reactor's thread; the question is the asker's again */
    void *self;
    struct arena arena; /* filter, answer; dropped by question_free() */

    /* what is asked; times in us UTC, 0: open end */
    struct filter filter; /* GET, LIST: what the asker may see */
    struct where where;   /* LIST: what a case must be; its leaves are numbered */
    uint64_t as_of;       /* LIST: as it was at this number; 0: now */
    int64_t as_of_us;     /* LIST: as it was at this time */
    uint64_t counted_to;  /* LIST with count: counting goes on behind it */
    uint8_t role;         /* enum role whose eyes the answer is for */
    struct ticket ticket; /* GET: kind 0 = by seq */
    uint64_t seq; /* SWEEP: after this case. GET: any entry of the case; LIST: after this number (0:
                     from the end); REPLAY: first number wanted */
    uint64_t began; /* EXPORT: the first number of all its slices; 0: this one's */
    uint64_t upto;  /* REPLAY, EXPORT: last number wanted; EXPORT: 0: the newest */
    int64_t since_us, until_us;
    int64_t now_us;       /* GET, WORK, TIMERS */
    const char *erasures; /* BACKUP: folder of the list of what was erased */
    const char *signer;   /* VERIFY: who signs heads, hex, joined by commas; NULL: any */
    uint8_t find;         /* FIND_PERSON: enum person_field */
    struct slice value;   /* and what to look for; VERIFY: the hash before, or "";
                             BACKUP: the place to go on at, or "" */
    struct slice kept;    /* VERIFY: a head kept elsewhere, alone to be checked; "": none */
    uint8_t find_key[32];
    struct scrub *scrub;       /* SCRUB: where it is, and what was found; the asker's */
    struct digest_wish digest; /* DIGEST, EXPLAIN (with seq: after this one) */
    bool reverse, count, explain;
    bool log_alone; /* it reads no view: nothing has to be waited for */
    uint32_t limit;

    /* the answer */
    int verdict;        /* V_DONE, E_NOT_FOUND, E_CORRUPT, E_BUG */
    uint64_t damaged;   /* a record that could not be read; 0: none */
    bool views_damaged; /* a row of the views is not what was written */
    struct slice
        body; /* GET, LIST: the map of SPEC; SNAPSHOT_ROWS, REPLAY: packed rows one after another */
    uint64_t lost_upto; /* REPLAY: the numbers from `next` to here were lost; 0: none were */
    uint32_t rows;      /* rows in body */
    uint32_t taken;     /* SNAPSHOT_ROWS: cases looked at, told or damaged */
    uint64_t next;   /* REPLAY: number to go on with; SINCE: the number found; SWEEP: case to go on
                        after, 0: that was all */
    int64_t next_us; /* WORK, TIMERS: when there is more to do; 0: nothing in sight */
    struct due_part **due;           /* TIMERS, SWEEP: in the arena */
    struct desk_item *items;         /* WORK: in the arena */
    struct expired *expired;         /* RETENTION: in the arena */
    struct measures_found *measures; /* MEASURES: in the arena; `seq` asks from a chunk on, `next`
                                      is the chunk to go on with, 0: that was all */
    uint32_t found;                  /* how many of them */
    uint64_t at;                     /* SNAPSHOT: the number it was taken at */
    struct snapshot_case *cases; /* SNAPSHOT: malloc'ed, becomes the asker's; SNAPSHOT_ROWS: which
                                    ones, from the asker */
    uint32_t cases_n;
    int64_t held_us; /* for how long its reading kept the store from using pages again */
};

struct question *question_new(enum question_kind kind);
void question_free(struct question **q); /* frees cases too */

struct query;
int query_open(struct query **ret_query, struct store *store, struct err *err);
/* What was asked is answered first; what its askers ask on then is refused with E_STOPPING. */
void query_close(struct query **q);
void query_ask(struct query *q,
               struct question *question); /* the question is query's until answered */
int query_fd(const struct query *q);
void query_work(struct query *q); /* calls answered() for what is ready */

#define QUERY_LONG_US \
    50000 /* a read transaction should be over by then: the store grows meanwhile */
struct query_reads {
    uint64_t longest_ms, over; /* since start; how many were longer than QUERY_LONG_US */
};
struct query_reads query_reads(const struct query *q); /* of what query_work() has handed back */

#endif
