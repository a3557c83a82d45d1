/* top_case: one open case as `siaga top` knows it, from rows of the feed, of lists and of GET.
 * Pure, as top_model is. */
#ifndef SIAGA_CLIENTS_TOP_CASE_H
#define SIAGA_CLIENTS_TOP_CASE_H

#include "siaga.h"

enum {
    TOP_SEVERITIES = 5,   /* 0 extreme .. 3 minor, 4 not judged */
    TOP_TEXT_BYTES = 256, /* a title, a line of the feed */
};

struct top_case {
    uint64_t number, seq; /* of the last entry that spoke of it */
    int64_t version;
    char ticket[24], state[24], owner[32], kecamatan[32], title[TOP_TEXT_BYTES];
    unsigned severity;
    char mode[16];  /* "": as a matter of fact; else "exercise", "test" ... */
    char judge[24]; /* the milestone that ends the time to resolve; "": the resolution does */
    bool told;      /* its own row came, not only later entries */
    int64_t at;
    int64_t ack_from, ack_due, resolve_from, resolve_due; /* by the clock of siagad; 0: none */
    uint64_t round;                                       /* the snapshot it was last told in */
};

bool top_case_waiting(const struct top_case *c); /* nobody has acknowledged it */
/* Percent of the target used at that time of siagad: to acknowledge while it waits, then to
 * resolve. -1: there is none, or its clock stands still. */
int top_case_share(const struct top_case *c, int64_t clock);

unsigned top_severity(const char *word);          /* 0 extreme .. 4 */
const char *top_severity_word(unsigned severity); /* "extreme" .. "unknown" */

/* What any row about a case says of it; what an event's own row says (in LIST and GET with its
 * times as of now); what siagad says when it counts a part's times anew. Texts are made harmless.
 */
void top_case_work(struct top_case *c, const siaga_doc *row);
void top_case_event(struct top_case *c, const siaga_doc *row);
void top_case_clock(struct top_case *c, const siaga_doc *row);
/* What an act did beside the state: a milestone may be what the target was for. */
void top_case_move(struct top_case *c, const siaga_doc *row);

bool top_one_of(const char *text, const char *const words[]); /* NULL-terminated */

#endif
