/* inside: what the files that apply entries share. Inside views/ only. */
#ifndef SIAGA_VIEWS_INSIDE_H
#define SIAGA_VIEWS_INSIDE_H

#include "figures.h"
#include "proto/uncleared.h"
#include "index.h"
#include "queue.h"
#include "views.h"

/* The last counter of one kind and day, kept until the commit. */
struct tally {
    uint32_t day, counter;
    bool loaded, dirty;
};

struct reached {
    uint32_t format;
    uint64_t seq, open;
    int64_t time_us;
    uint8_t hash[ENTRY_HASH_BYTES];
};

struct views {
    struct store *store;
    struct txn txn;
    bool begun, forgot; /* forgot: words went without an entry */
    struct reached now, committed;
    struct tally tally[KIND_COUNT];
    struct index *index;
    struct figures *figures;
    uint8_t held[CASES_ROW_MAX]; /* the case at hand: what LMDB shows moves with the next write */
    char helpers[CASES_HELPERS_BYTES]; /* of the facts at hand */
};

/* The case an entry speaks of: as it was, and as it is to be. Judged first, then changed. */
struct doing {
    struct views *v;
    const struct entry *e;
    struct outcome *o;
    struct case_row was, now;
    unsigned part; /* whose part is meant */
};

static inline void doing_begin(struct doing *d, struct views *v, const struct entry *e,
                               struct outcome *o)
{
    d->v = v;
    d->e = e;
    d->o = o;
    d->part = 0;
    cases_clear(&d->was);
    cases_clear(&d->now);
}

typedef int apply_fn(struct views *, const struct entry *, struct outcome *);
apply_fn apply_event, apply_reclass, apply_move, apply_work, apply_alarm, apply_clock, apply_note,
    apply_read, apply_erase, apply_public, apply_hold, apply_lost;

/* Finds the case, and fills the facts with what it says of itself, also for a refusal to tell.
 * V_DONE, E_REF, E_STALE. */
int inside_find(struct doing *d);
/* The part an entry of siagad or of a desk means; E_STALE: the SKPD has none any more, or the timer
 * is not the one that was set. */
int inside_find_part(struct doing *d);
/* Writes what has changed: row, index, timers, history, the count of open cases, and the facts.
 * raises: the version rises. */
void inside_change(struct doing *d, bool raises);
bool inside_counts(const struct case_row *c); /* it is open, and no exercise: for the figures */
void inside_facts(struct views *v, struct facts *f, const struct case_row *c);
void inside_index(struct views *v, const struct case_row *c, bool add);
uint32_t inside_counter(struct views *v, uint8_t kind, uint32_t day); /* the next ticket's */
void inside_pass(struct views *v, const struct ticket *t); /* the next one is behind this */

/* ---- the life of a part (life.c); all of them change `now` alone, but for the queue ---- */
int64_t life_at(const struct doing *d);
void life_enter(struct doing *d, unsigned part, uint8_t state);
/* Another SKPD has it from now on, and none of the old times hold. */
void life_hand_over(struct doing *d, unsigned part, const struct entry_part *to, struct slice skpd,
                    uint8_t state);
void life_end_all(struct doing *d, uint8_t state); /* every open part */
uint8_t life_state(const struct case_row *c);      /* of the case, from those of its parts */
void life_begin(struct doing *d, unsigned part);   /* its clocks start as they were promised */
void life_forget(struct part *p); /* nobody has acknowledged, taken or answered it yet */
/* All over again from now on: its due times are counted anew. */
void life_renew(struct doing *d, unsigned part);
void life_unqueue(struct doing *d, unsigned part);

#endif
