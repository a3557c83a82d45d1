/* figures: sums over all cases by day (WIB), kept beside them, so that a report walks a few rows
 * and never the journal.
 *
 * A row is named by dimension, day, SKPD and a value, so a span of days of one dimension is a short
 * walk. It holds counts by number (a figure, a bucket of a spread, an hour), those above zero
 * alone: the same cases give the same bytes, in whatever order they came. Rows are changed in
 * memory and written by figures_flush(); each commit touches a row once, however many entries it
 * holds.
 */
#ifndef SIAGA_VIEWS_FIGURES_H
#define SIAGA_VIEWS_FIGURES_H

#include "cases.h"
#include "daemon/store/txn.h"
#include "figures_of.h"

/* A dimension's number is in the store: never reuse one. */
enum figures_dimension {
    FIGURES_WHOLE = 1,     /* day, SKPD -> counts by enum figure */
    FIGURES_CATEGORY = 2,  /* day, SKPD, category -> the same */
    FIGURES_KECAMATAN = 3, /* day, SKPD, kecamatan -> the same */
    FIGURES_CLASS = 4,     /* day, SKPD, kind << 4 | severity -> the same */
    FIGURES_STATE = 5,     /* day of the receipt, SKPD -> counts by state now */
    FIGURES_SPREAD = 6,    /* day, SKPD, kind u8, enum figures_time u8 -> a spread */
    FIGURES_OPEN = 7,      /* last day (or FIGURES_LASTS), SKPD, day received u32, first day u32 */
    FIGURES_OWED = 8,      /* day settled (or FIGURES_LASTS), SKPD, day due u32, first day u32 */
    FIGURES_HOUR = 9,      /* day, SKPD -> counts by 2 * hour + 1 if not acknowledged in time */
    FIGURES_RANK = 10,     /* month, ratio u32, case seq u64, place of the stint u8 */
    FIGURES_ORDER = 11,    /* month, case seq u64: instructions */
    FIGURES_LATE = 12      /* day settled (or FIGURES_LASTS), SKPD, day missed u32 */
};

struct figures;

struct figures *figures_new(void);
void figures_free(struct figures **f);
/* Takes away what the case added as it was, adds what it adds now; was NULL: it is new. */
void figures_follow(struct figures *f, struct txn *t, const struct case_row *was,
                    const struct case_row *now);
void figures_flush(struct figures *f, struct txn *t); /* before every commit */
void figures_forget(struct figures *f);               /* what was not written is not to be */

/* Reading, from what was committed. */
struct figures_count {
    uint32_t number;
    uint64_t count;
};
struct figures_row {
    uint32_t day;
    struct slice skpd, value; /* value: what stands behind the SKPD */
    struct slice counts;      /* for figures_next() */
};
/* Rows of a dimension from one day to another, both inside. A walk left early is closed. */
bool figures_from(struct walk *w, struct txn *t, enum figures_dimension d, uint32_t from,
                  uint32_t until, struct figures_row *ret_row);
bool figures_next_row(struct walk *w, enum figures_dimension d, uint32_t until,
                      struct figures_row *ret_row);
/* One count after another of a row; false at its end. */
bool figures_next(struct slice *counts, struct figures_count *ret_count);

#endif
