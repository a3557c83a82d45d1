/* room: whether there is room for what waits, before the log promises it. The log cannot be taken
 * back, so what a commit of the views will need must be there when the log's is done: a margin of
 * each map stays free. What makes room, an erasure, may use it, and nothing else: at 100 % what was
 * stored can still be destroyed.
 *
 * Called by the journal's thread alone. */
#ifndef SIAGA_JOURNAL_ROOM_H
#define SIAGA_JOURNAL_ROOM_H

#include "journal.h"

struct room {
    struct store *store;
    int64_t counted_ms; /* when freed pages were counted last */
};

void room_count(struct room *r, int64_t now_ms); /* now and then, and always when room is short */
bool room_tight(const struct room *r);           /* the views had better be committed often */
/* Erasures touch many pages for the few they free: near the end each has a commit of its own. */
bool room_one_by_one(const struct room *r, const struct entry *next);
/* Whether a group may be tried; else err says which map is full and what to do. */
bool room_for(const struct room *r, const struct jgroup *g, struct err *err);

#endif
