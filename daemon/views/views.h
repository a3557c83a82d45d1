/* views: everything that follows from the journal, written by views_apply() alone.
 *
 * Keeps: idempotency keys, cases (state, version, parts), tickets, history, links, timers, queues,
 * index, figures, and the number and chain hash it has reached. Called by the journal's thread,
 * entry by entry, inside one open write transaction; query reads what was committed. Never looks at
 * a clock, a configuration, a random number or anything but the entry and the store, so that the
 * same journal gives the same bytes anywhere. Returns: 0 with an outcome, or ERR_FATAL (the store
 * failed; the transaction is lost).
 */
#ifndef SIAGA_VIEWS_VIEWS_H
#define SIAGA_VIEWS_VIEWS_H

#include "daemon/base/err.h"
#include "daemon/store/txn.h"
#include "entry.h"

#define VIEWS_FORMAT 4u

/* What apply said to an entry. Slices in the facts live until the next apply. */
struct outcome {
    int verdict; /* V_DONE: stored, or known already; else E_KEY_REUSED, E_STATE, E_STALE, E_REF */
    bool duplicate;
    uint64_t other_seq; /* duplicate, E_KEY_REUSED: the entry that has the key; E_STATE, E_STALE,
                           E_ROLE: the case's last entry; else 0 */
    int64_t wake_us;    /* stored: the earliest time siagad has to do something about the case; 0 */
    struct facts facts; /* stored: of the entry; E_STATE, E_STALE, E_ROLE: what the case is now */
    struct slice
        row; /* filled by the journal: the row stored, or that of other_seq; empty if none */
};

struct views;

int views_open(struct views **ret_views, struct store *store,
               struct err *err); /* begins nothing; reads how far they are */
void views_close(struct views **v);
uint64_t views_seq(const struct views *v); /* number of the last entry applied, committed or not */
int64_t views_time(const struct views *v); /* its time */
uint64_t views_open_cases(const struct views *v); /* exercises apart */
const uint8_t *views_hash(const struct views *v); /* chain hash there */
bool views_foreign(const struct views *v); /* written by another format, or damaged: forget them and
                                              apply from 1 */

bool views_begin(struct views *v); /* opens the write transaction; nothing to do when it is open */
int views_apply(struct views *v, const struct entry *e, struct outcome *ret_outcome);
/* Of the open transaction: the entries of a case behind its event, after a number; and the name of
 * its reporter's record. */
unsigned views_entries(struct views *v, uint64_t case_seq, uint64_t after, uint64_t *ret_seqs,
                       unsigned most);
bool views_person(struct views *v, uint64_t case_seq, uint8_t ret_id[ENTRY_PERSON_BYTES]);
/* The texts of a case were destroyed, and no entry said so: its words go with the next commit. */
void views_forget_words(struct views *v, uint64_t case_seq);
bool views_idle(const struct views *v);                              /* no transaction is open */
uint32_t views_counter(struct views *v, uint8_t kind, uint32_t day); /* of its last ticket; 0 */
int views_commit(struct views *v,
                 struct err *err); /* 0 also when nothing was open; failed: abandon them */
void views_abandon(
    struct views *v); /* drops what was not committed; views_seq() is as after the last commit */
uint64_t views_reached(struct txn *t); /* number committed, as a read transaction sees it */
const struct txn *views_txn(const struct views *v); /* for the text of an error */

#endif
