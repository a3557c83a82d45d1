/* reading: what every kind of question reads with. Inside query/ only. */
#ifndef SIAGA_QUERY_READING_H
#define SIAGA_QUERY_READING_H

#include "daemon/store/txn.h"
#include "daemon/views/cases.h"
#include "daemon/views/entry.h"
#include "proto/pack.h"
#include "query.h"

/* Two read transactions opened together: the views first, so that the log holds at least every
 * entry they speak of. */
struct reading {
    struct txn views, log, persons;
    struct walk log_at, cases_at; /* where the last row of each was found */
    uint8_t *buffer;              /* QUERY_ANSWER_BYTES, the thread's */
};

typedef int answer_fn(struct reading *r, struct question *q); /* a verdict */
answer_fn get_answer, list_answer, since_answer, snapshot_answer, snapshot_rows_answer,
    replay_answer, due_answer, dead_answer, work_answer, timers_answer, sweep_answer, where_answer,
    person_answer, find_person_answer, persons_answer, retention_answer, verify_answer, head_answer,
    backup_answer, export_answer, digest_answer, explain_answer, scrub_answer, measures_answer;

/* One row of the log, as far as it is told (entry_row_told()). False: it is not there, or damaged;
 * then q->damaged says so. */
bool reading_row(struct reading *r, struct question *q, uint64_t seq, struct facts *ret_facts,
                 struct entry *ret_entry);
/* What the row read last says beside its facts, for whoever looked at those alone (entry NULL). */
bool reading_rest(struct reading *r, struct question *q, const struct facts *f,
                  struct entry *ret_entry);
/* The same with all that the entry says. */
bool reading_entry(struct reading *r, struct question *q, uint64_t seq, struct facts *ret_facts,
                   struct entry *ret_entry);
bool reading_case(struct reading *r, uint64_t seq, struct case_row *ret_case);
uint64_t reading_views_at(struct reading *r);
struct slice reading_keep(struct question *q,
                          const struct writer *w); /* what was written, into the question's arena */

/* Who held a case how long, added up entry by entry (get_life.c). */
#define HELD_MOST 64u
struct holding {
    char skpd[25];
    int64_t from_us, until_us; /* until 0: still */
    int64_t waiting_us, waited_us;
};
struct held {
    unsigned count;
    struct holding at[HELD_MOST];
};
void held_take(struct held *held, const struct facts *f);
uint32_t held_show(struct writer *w, const struct held *held, int64_t now_us); /* a pair */
uint32_t links_show(struct reading *r, const struct question *q, struct writer *w,
                    const struct case_row *c); /* pairs: reports, incident */

/* The cases of a chunk that pass a filter (and are open, if asked). */
struct index_set;
void reading_match(struct reading *r, const struct filter *f, bool open, uint32_t chunk,
                   struct index_set *ret_set);
/* Leaves in the set what the asker may see at all. */
void reading_sight(struct reading *r, const struct filter *f, uint32_t chunk,
                   struct index_set *set);

#endif
