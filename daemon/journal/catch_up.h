/* catch_up: the views follow the rows of the log. Inside journal/ only. */
#ifndef SIAGA_JOURNAL_CATCH_UP_H
#define SIAGA_JOURNAL_CATCH_UP_H

#include "journal.h"

/* Whether views at this number, with this hash, are of this log; what the log holds. J_GONE,
 * J_LOST, J_DIVERGED, J_DAMAGED, J_BROKEN with a text. */
enum jrc catch_up_place(struct store *s, uint64_t after, const uint8_t *hash, struct jstate *ret,
                        struct err *err);

/* Applies what comes after the views' number, up to `head`, and commits them each so many entries.
 * J_DIVERGED: an entry does not follow from those before it. J_DAMAGED: one is missing, or
 * not what was written. J_BROKEN: the disk failed, or the views have no room, or a damaged row. */
enum jrc catch_up(struct store *s, struct views *v, uint64_t head, uint32_t commit_every,
                  struct err *err);

/* One row likewise, in the open transaction; what it was made of lies in the row. */
enum jrc catch_up_row(struct store *s, struct views *v, uint64_t seq, struct slice row,
                      struct facts *ret_facts, struct entry *ret_entry, struct err *err);

#endif
