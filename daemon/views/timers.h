/* timers: what siagad will have to do with a part of a case, and when. A row a timer, in the order
 * of time; the case has the same times (struct part), so that a row can be found and taken away.
 * A timer that is due comes back as an entry that names it (timer, timer_at): the first one
 * applies, and with that the row is gone or set anew. */
#ifndef SIAGA_VIEWS_TIMERS_H
#define SIAGA_VIEWS_TIMERS_H

#include "cases.h"

struct timer_row {
    int64_t at_us;
    uint64_t case_seq;
    uint8_t part, timer; /* timer: enum case_timer */
};

/* Takes away the rows `was` has and `now` has not, puts those it is missing. Returns the earliest
 * time that is new; 0: none. */
int64_t timers_follow(struct txn *t, const struct case_row *was, const struct case_row *now);

enum late_what { LATE_ACK = 1, LATE_RESOLVE = 2 };
/* What a part still owes: its acknowledge or resolve time while that runs; 0: nothing. */
int64_t timers_owed(const struct part *p, enum late_what what);
/* The same for what is late (TABLE_LATE, rows of the same form, `timer` being enum late_what). */
void timers_follow_late(struct txn *t, const struct case_row *was, const struct case_row *now);

/* The first row at or after another; `from` NULL: the first of all. A walk left early is closed by
 * walk_close(). */
bool timers_from(struct walk *w, struct txn *t, enum store_table table,
                 const struct timer_row *from, struct timer_row *ret_row);
bool timers_next(struct walk *w, struct timer_row *ret_row);

#endif
