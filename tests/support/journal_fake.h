/* journal_fake: a journal that misbehaves on order, as a replicated log may. It applies to real
 * views and writes a real log, so its outcomes are real; everything it says it says from
 * journal_work(). No thread. */
#ifndef SIAGA_TESTS_JOURNAL_FAKE_H
#define SIAGA_TESTS_JOURNAL_FAKE_H

#include "daemon/journal/journal.h"

struct journal_fake_plan { /* may be changed at any time; counts for what comes after */
    unsigned delay;        /* calls of journal_work() that a group waits through */
    bool twice;            /* what was stored comes a second time, long after it was answered */

    /* the next `times` groups are answered with `rc` */
    enum jrc rc; /* J_BUSY is said by journal_append() itself */
    unsigned times;
    unsigned first;      /* of such a group so many entries are stored before */
    bool late;           /* J_UNKNOWN: the group is stored after all, ... */
    unsigned late_after; /* ... so many calls later */

    enum jrc follow;       /* J_OK: looks; else what journal_follow() says */
    unsigned used_percent; /* of the room, as journal_state() tells it */
};

struct journal_fake_seen {
    unsigned appends;   /* groups taken */
    unsigned again;     /* entries that came a second time */
    unsigned again_new; /* of them: became a second entry; must stay 0 */
    unsigned late;      /* entries stored after an unknown outcome */
    unsigned waiting;   /* groups inside */
};

void journal_fake_open(struct journal **ret_journal, struct store *store, struct views *views,
                       const struct jcalls *calls);
struct journal_fake_plan *journal_fake_plan(struct journal *j);
const struct journal_fake_seen *journal_fake_seen(struct journal *j);

#endif
