/* cases: where each case stands. One row a case: what it is, and a part for each SKPD that works on
 * it, the owner's first. The texts are in the journal. */
#ifndef SIAGA_VIEWS_CASES_H
#define SIAGA_VIEWS_CASES_H

#include "daemon/store/txn.h"
#include "entry.h"

/* What siagad itself will do with a part at a time (views/timers.h). A number is in the store. */
enum case_timer {
    TIMER_NONE,
    TIMER_ALARM,   /* nobody acknowledged: the next step of the ladder */
    TIMER_OVERDUE, /* the resolve time has passed */
    TIMER_SILENCE, /* no desk took an emergency */
    TIMER_CLOCK,   /* due times must be counted anew */
    TIMER_CAP,     /* a wait has lasted as long as it may */
    TIMER_CLOSE,   /* silence after the resolution closes */
    TIMER_LEASE,   /* a desk's lease runs out */
    TIMER_PUBLISH, /* the public may hear of it; of the owner's part, whatever becomes of that */
    CASE_TIMERS
};

struct part {
    struct slice skpd;
    uint8_t state, judge, level, outcome; /* level: the alarm reached; judge: as in entry_part */
    bool outside, working, dead;
    bool ack_late, overdue;                  /* the due time has passed and siagad said so */
    struct slice ack_target, resolve_target; /* as promised: "1m", "15m on_scene" */
    struct slice target_date;                /* from when that is the city's target: "2026-11-24" */
    int64_t since_us;              /* it came to this SKPD: the acknowledge time counts from here */
    int64_t raised_us;             /* the ladder left the POC's operator */
    int64_t base_us;               /* the resolve time counts from here */
    int64_t receipt_us, acked_us;  /* a desk's program had it; a person acknowledged */
    int64_t ack_due, resolve_due;  /* 0: none */
    int64_t waiting_us, waited_us; /* waits since (0: does not wait); all waits before */
    int64_t silence_from;          /* as promised, for when the part begins to run */
    int64_t timer[CASE_TIMERS];    /* 0: not set */
    int64_t milestone[MILESTONE_COUNT]; /* as claimed; 0: not yet */
    uint64_t queued;                    /* number that put it into its desk's queue; 0: not there */
};

/* How an SKPD came to a case, and how its time with it ended. Numbers are in the store. */
enum stint_began { STINT_IN, STINT_GIVEN, STINT_REOPENED };
enum stint_ended { STINT_LASTS, STINT_AWAY, STINT_DONE, STINT_DROPPED };

/* An owner's time with a case, from its coming to its going, with what figures need of it
 * (figures_of.h). Those that are over stand in the row; the last one is told by the row itself. */
struct stint {
    struct slice skpd;
    uint8_t began, ended, level, stars, rated; /* rated: as in the case */
    int64_t from_us, until_us;                 /* until 0: it lasts */
    int64_t acked_us, late_us; /* acknowledged; should have been and was not: when; 0: not */
    int64_t due_us, judged_us; /* what was promised; when the target was reached; 0: not */
    int64_t broken_us;         /* the target was missed: when; 0: not */
    int64_t scene_us, waited_us, raised_us, rated_us;
};
#define STINTS_MAX \
    16u /* kept; a case that changes hands more often loses the latest ones that ended */

enum case_public { /* what the public has heard of a case; a number is in the store */
                   CASE_UNTOLD,
                   CASE_PUBLIC,
                   CASE_WITHDRAWN
};

struct case_row {
    uint64_t seq;      /* of its event */
    uint64_t last_seq; /* of its last entry that raised the version */
    uint32_t version, flags, day, counter;
    uint32_t attempts; /* the highest number of a lease so far: none is used twice */
    uint8_t kind, severity, state, mode, call_class;
    uint8_t forwards, stars, rated; /* rated: 0 not yet, 1 not done, 2 done */
    int64_t received_us;
    int64_t resolved_us, until_us;  /* until: resolved: the reporter may reopen; closed: the POC */
    struct ticket into;             /* merged into it; kind 0: not */
    struct slice routed, kecamatan; /* routed: whom it goes to once its call is real */
    struct slice source;            /* who reported it */
    uint8_t visibility, public, erased; /* enum visibility, case_public; mask 1 << enum erasure */
    bool hold;                          /* nothing of it may be destroyed */
    int64_t public_at;                  /* when the public may hear of it; 0: only by Humas */
    bool has_person;
    uint8_t person[ENTRY_PERSON_BYTES]; /* points to the record kept apart */
    struct slice category;
    uint8_t subkind;
    int64_t ended_us, rated_us; /* it left the open states; the reporter said how it was; 0: not */
    int64_t stint_us;           /* the owner's stint began, in the way of enum stint_began */
    uint8_t stint_began, stints_n;
    uint8_t parts_n;                 /* at least 1 */
    struct stint stints[STINTS_MAX]; /* before that stint, oldest first; what is behind stints_n */
    struct part parts[ENTRY_PARTS_MAX]; /* and parts_n was never written and is never read */
};

/* A case that says nothing yet; five sixths of a row are stints and parts it does not have. */
static inline void cases_clear(struct case_row *c)
{
    memset(c, 0, offsetof(struct case_row, stints));
}

static inline struct slice cases_owner(const struct case_row *c)
{
    return c->parts[0].skpd;
}

#define CASES_ROW_MAX 8192u /* bytes */
#define CASES_HELPERS_BYTES 256u

bool cases_get(struct txn *t, uint64_t seq,
               struct case_row *ret_case); /* slices live as long as the row in the transaction */
bool cases_read(uint64_t seq, struct slice row, struct case_row *ret_case);
void cases_put(struct txn *t, const struct case_row *c,
               bool fresh); /* fresh: its number is the largest yet */
bool cases_row(struct txn *t, uint64_t seq, struct slice *ret_row); /* as it lies there */
uint64_t cases_by_ticket(struct txn *t, struct ticket ticket);      /* 0: none */
/* The part of an SKPD; -1: it has none. */
int cases_part_of(const struct case_row *c, struct slice skpd);
bool cases_part_open(const struct part *p);
/* When the public hears of it by itself; 0: not, or it has. Never of what is secret, no real call,
 * an exercise, part of another case, or turned away. */
int64_t cases_publish_at(const struct case_row *c);
bool cases_may_be_public(const struct case_row *c);
/* SKPD with a supporting part, joined by commas, for those who filter rows. */
struct slice cases_helpers(const struct case_row *c, char out[CASES_HELPERS_BYTES]);

#endif
