/* show: a row as the wire tells it, SPEC 6.1. The one place where rows become words; what a role
 * may not see is left out here. */
#ifndef SIAGA_VIEWS_SHOW_H
#define SIAGA_VIEWS_SHOW_H

#include "cases.h"
#include "entry.h"
#include "proto/filter.h"
#include "proto/pack.h"

/* What a case is now, or was at the number of a snapshot. */
struct show_now {
    uint32_t version;
    uint8_t state, severity, call_class;
    struct slice owner;
    const struct case_row *whole; /* NULL: only the above is known */
};
struct show_now show_now_of(const struct case_row *c);

/* Writes one map, of what this role sees (proto/rights.def). `now` replaces state, version, owner,
 * severity and call class by those of the case, and with `whole` tells of its parts, clocks and
 * milestones; NULL: as they were right after the entry. */
void show_row(struct writer *w, uint8_t role, const struct facts *f, const struct entry *e,
              const struct show_now *now);

/* The same with the map left open, for more pairs: writer_close_map(w, at, *ret_pairs + more). */
size_t show_open_row(struct writer *w, uint8_t role, const struct facts *f, const struct entry *e,
                     const struct show_now *now, uint32_t *ret_pairs);

/* The pairs that tell of a case as it is now (show_case.c); returns how many. */
uint32_t show_case(struct writer *w, const struct case_row *c);

/* A text of the shown map by name; "" when it is not there. */
struct slice show_value(const struct entry *e, const char *name);

/* Whether the role is told who made this entry; also what a refusal tells of it. */
bool show_names_sender(uint8_t role, const struct facts *f, const struct entry *e);

/* What a filter looks at in an entry, and in a case. */
struct filter_subject show_subject(const struct facts *f);
struct filter_subject show_subject_of(const struct case_row *c,
                                      char ret_helpers[CASES_HELPERS_BYTES]);

/* What was promised for a real call (helpers, due times) and is silent while it is not one. */
bool show_is_promise(struct slice name);

/* The pair `full` of GET: texts that show_row() cut. Nothing is written, and 0 returned, when none
 * was, or the role does not see them. */
uint32_t show_full(struct writer *w, uint8_t role, const struct facts *f, const struct entry *e);

/* Whether the role sees acts, parts, clocks and links of the case. */
bool show_life(uint8_t role, const struct facts *f);

#endif
