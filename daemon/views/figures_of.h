/* figures_of: what one case adds to the figures, told from its row alone. So whatever changes a
 * case, figures follow it by taking away what it added before and adding what it adds now, and can
 * be added up anew at any time.
 *
 * A drill adds nothing. A call that is not real is counted as noise and nowhere else. A case merged
 * into another is a report of that incident, and no incident. Days are those of WIB, hours too.
 */
#ifndef SIAGA_VIEWS_FIGURES_OF_H
#define SIAGA_VIEWS_FIGURES_OF_H

#include "cases.h"

#define FIGURES_OFFSET_S (7 * 3600) /* WIB */
#define FIGURES_LASTS UINT32_MAX    /* the day of what has not come to an end */

enum figures_time {                   /* spreads; a number is in the store */
                    FIGURES_ACK,      /* from its coming until a person acknowledged */
                    FIGURES_RESPONSE, /* from the receipt until on scene */
                    FIGURES_RESOLVE,  /* from the receipt (or the reopening) until done, without
                                         waits */
                    FIGURES_HOLD,     /* of one SKPD, from its coming to its going, without waits */
                    FIGURES_TIMES
};

/* What is added, and to which rows of TABLE_FIGURES. */
enum addend_kind {
    ADDEND_COUNT, /* `what` a figure, so many of it on that day */
    ADDEND_TIME,  /* `what` enum figures_time; amount: milliseconds */
    ADDEND_OPEN,  /* a stint that ends on `day`, of a case received on `second`, begun on `third` */
    ADDEND_OWED,  /* a target settled on `day`, due on `second`, owed since `third` */
    ADDEND_LATE,  /* a target settled on `day`, missed on `second` */
    ADDEND_HOUR,  /* received in the hour `second`; what 1: and not acknowledged in time */
    ADDEND_STATE, /* received on `day`, `what` its state now */
    ADDEND_RANK,  /* done in the month of `day`; amount: time taken to time promised, in 1/1000;
                     `second` the place of the stint */
    ADDEND_ORDER, /* an instruction received on `day` */
};

struct addend {
    uint8_t kind, what;
    uint32_t day, second, third;
    struct slice skpd;
    uint64_t amount;
    int64_t at_us; /* of a count: the moment */
};

#define ADDENDS_MOST 448u

struct addends {
    unsigned n;
    struct addend at[ADDENDS_MOST];
};

uint32_t figures_day(int64_t us);
uint32_t figures_month(uint32_t day); /* year * 12 + month, January 0 */
void figures_of(const struct case_row *c, struct addends *ret);

#endif
