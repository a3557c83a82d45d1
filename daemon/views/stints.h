/* stints: who owned a case from when to when, and how that went. A stint ends when the case goes to
 * another SKPD or ends; one begins with the event, with a case taken over, and with one reopened.
 * A call that turns out real, or not, is judged as if it had been so from the start. */
#ifndef SIAGA_VIEWS_STINTS_H
#define SIAGA_VIEWS_STINTS_H

#include "cases.h"

struct stint stints_last(const struct case_row *c); /* the owner's, which may be over */
/* Of a case that goes from one state to another: keeps the stint that is over, begins the next. */
void stints_follow(const struct case_row *was, struct case_row *now, int64_t at_us);

#endif
