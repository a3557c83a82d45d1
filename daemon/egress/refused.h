/* refused: nothing is turned away in silence. Counts by verdict, and a list kept 90 days, without
 * personal data: when, who, what verb, why, which fields.
 *
 * The list is one file a day, STORE/refused/YYYY-MM-DD.jsonl (UTC). It is written behind, not
 * synced: it explains, it proves nothing. Values seen are not in it. */
#ifndef SIAGA_EGRESS_REFUSED_H
#define SIAGA_EGRESS_REFUSED_H

#include "proto/slice.h"
#include "proto/verdict.h"

struct refused;
struct refused *refused_new(const char *store_dir); /* NULL: count only, keep no list */
void refused_free(struct refused **r);
void refused_note(struct refused *r, int64_t now_us, struct slice source, uint8_t verb, int verdict,
                  const struct faults *faults);
void refused_tally(struct refused *r, int verdict); /* counted, not listed: siagad's own proposal */
void refused_flush(struct refused *r);              /* once a second */
uint64_t refused_count(const struct refused *r, int verdict);

#endif
