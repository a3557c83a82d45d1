/* withheld: refusals whose time could tell more than their words.
 *
 * Who may not see a case is told the same as if it were not there; the work behind it differs by a
 * few microseconds. So such a refusal waits a time of chance, up to WITHHELD_US: to tell the
 * difference from chance takes millions of tries, each of which is counted and recorded
 * (bench/inference.py). In no order: answers are told apart by their request. When too many wait,
 * the one that is due first goes at once.
 */
#ifndef SIAGA_EGRESS_WITHHELD_H
#define SIAGA_EGRESS_WITHHELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/net/router.h"

#define WITHHELD_US 4000
#define WITHHELD_MOST 1024u

struct withheld;

/* Sends one whole message; it may be gone or stalled, which is the callee's to count. */
typedef void withheld_send_fn(void *self, const struct address *to, const void *message, size_t n);

struct withheld *withheld_new(withheld_send_fn *send, void *self);
void withheld_free(struct withheld **w); /* what waits is dropped */

bool withheld_wants(int verdict);
void withheld_keep(struct withheld *w, int64_t now_us, const struct address *to,
                   const void *message, size_t n);     /* copied */
void withheld_due(struct withheld *w, int64_t now_us); /* sends what is due; INT64_MAX: all */
int64_t withheld_next_us(const struct withheld *w);    /* 0: nothing waits */

#endif
