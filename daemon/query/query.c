#include "query.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "daemon/base/clock.h"
#include "daemon/base/handover.h"
#include "daemon/views/index.h"
#include "daemon/views/rows.h"
#include "daemon/views/views.h"
#include "proto/verdict.h"
#include "reading.h"

#define SPARE_MOST 256u
#define SPARE_BYTES (64u << 10)
#define TOGETHER_US 100

static answer_fn *const ANSWERS[QUESTIONS] = {
    [QUESTION_GET] = get_answer,
    [QUESTION_LIST] = list_answer,
    [QUESTION_SINCE] = since_answer,
    [QUESTION_SNAPSHOT] = snapshot_answer,
    [QUESTION_SNAPSHOT_ROWS] = snapshot_rows_answer,
    [QUESTION_REPLAY] = replay_answer,
    [QUESTION_DUE] = due_answer,
    [QUESTION_DEAD] = dead_answer,
    [QUESTION_WORK] = work_answer,
    [QUESTION_TIMERS] = timers_answer,
    [QUESTION_SWEEP] = sweep_answer,
    [QUESTION_WHERE] = where_answer,
    [QUESTION_PERSON] = person_answer,
    [QUESTION_FIND_PERSON] = find_person_answer,
    [QUESTION_PERSONS] = persons_answer,
    [QUESTION_RETENTION] = retention_answer,
    [QUESTION_VERIFY] = verify_answer,
    [QUESTION_HEAD] = head_answer,
    [QUESTION_BACKUP] = backup_answer,
    [QUESTION_EXPORT] = export_answer,
    [QUESTION_DIGEST] = digest_answer,
    [QUESTION_EXPLAIN] = explain_answer,
    [QUESTION_MEASURES] = measures_answer,
    [QUESTION_SCRUB] = scrub_answer,
};

struct query {
    struct handover in, out;
    pthread_t thread;
    bool running;

    /* the thread's */
    bool stop;
    int64_t unsaid_us; /* spent on answers whose asker was not woken yet */
    struct reading reading;
    struct clock clock;
    struct query_reads reads; /* the reactor's */
    struct question last;     /* handed over to end the thread */
};

/* Questions that were answered, to be asked with again: on the reactor's thread alone, which is
 * where questions are made and freed. */
static struct {
    struct question *at[SPARE_MOST];
    unsigned n;
} spare;

struct question *question_new(enum question_kind kind)
{
    struct question *q = spare.n > 0 ? spare.at[--spare.n] : calloc(1, sizeof *q);
    if (q == NULL)
        abort();
    *q = (struct question){.kind = kind, .arena = q->arena};
    return q;
}

static void drop(struct question *q)
{
    arena_drop(&q->arena);
    free(q);
}

void question_free(struct question **q)
{
    if (*q == NULL)
        return;
    free((*q)->cases);
    arena_reset(&(*q)->arena);
    if (spare.n < SPARE_MOST && (*q)->arena.kept_bytes <= SPARE_BYTES)
        spare.at[spare.n++] = *q;
    else
        drop(*q);
    *q = NULL;
}

/* ---- the thread ---- */

static void begin_reading(struct reading *r)
{
    txn_renew(&r->views);
    txn_renew(&r->log);
    txn_renew(&r->persons);
}

static void end_reading(struct reading *r)
{
    walk_close(&r->log_at);
    walk_close(&r->cases_at);
    txn_reset(&r->views);
    txn_reset(&r->log);
    txn_reset(&r->persons);
}

static struct question *next_question(struct query *query)
{
    struct question *q = handover_take(&query->in);
    query->stop = query->stop || q == &query->last;
    return q == &query->last ? NULL : q;
}

static void answer(struct query *query, struct question *q)
{
    struct reading *r = &query->reading;
    q->verdict = ANSWERS[q->kind](r, q);
    q->views_damaged = txn_damaged(&r->views);
    if (q->views_damaged || txn_damaged(&r->log) || txn_damaged(&r->persons))
        q->verdict = E_CORRUPT;
    else if (r->views.rc != 0 || r->log.rc != 0 || r->persons.rc != 0)
        q->verdict = E_BUG;
    else
        return;
    end_reading(r); /* what failed sticks to it; the next question begins anew */
}

/* A commit has failed and siagad ends: its last word is the only answer, since a watcher that is
 * told a bug would not come again. */
static bool over(const struct reading *r)
{
    return txn_dead(&r->views) || txn_dead(&r->log) || txn_dead(&r->persons);
}

/* Short questions that were taken over together are answered from one reading: it is not older
 * than any of them. */
static void answer_some(struct query *query, struct question *q)
{
    int64_t begun_us = clock_mono(&query->clock), us = 0;
    while (q != NULL) {
        begin_reading(&query->reading);
        if (over(&query->reading))
            return;
        answer(query, q);
        us = clock_mono(&query->clock) - begun_us;
        q->held_us = us;
        handover_put(&query->out, q);
        q = handover_left(&query->in) > 0 && us < TOGETHER_US ? next_question(query) : NULL;
    }
    end_reading(&query->reading);
    query->unsaid_us += us;
}

/* Whoever asked is woken once for all that was answered, but not kept waiting for it. */
static void *run(void *p)
{
    struct query *query = p;
    struct pollfd fd = {query->in.read_fd, POLLIN, 0};
    while (!query->stop) {
        struct question *q = next_question(query);
        if (q != NULL)
            answer_some(query, q);
        if (q == NULL || query->unsaid_us > TOGETHER_US) {
            handover_wake(&query->out);
            query->unsaid_us = 0;
        }
        if (q == NULL && !query->stop)
            poll(&fd, 1, -1);
    }
    return NULL;
}

int query_open(struct query **ret_query, struct store *store, struct err *err)
{
    struct query *q = calloc(1, sizeof *q);
    if (q == NULL || (q->reading.buffer = malloc(QUERY_ANSWER_BYTES)) == NULL)
        abort();
    clock_system(&q->clock);
    txn_begin(&q->reading.views, store, STORE_VIEWS, false);
    txn_begin(&q->reading.log, store, STORE_JOURNAL, false);
    txn_begin(&q->reading.persons, store, STORE_PERSONS, false);
    bool fine = q->reading.views.rc == 0 && q->reading.log.rc == 0 && q->reading.persons.rc == 0;
    txn_reset(&q->reading.views);
    txn_reset(&q->reading.log);
    txn_reset(&q->reading.persons);
    if (fine && handover_open(&q->in) && handover_open(&q->out))
        q->running = pthread_create(&q->thread, NULL, run, q) == 0;
    if (!q->running) {
        query_close(&q);
        return err_set(err, ERR_FATAL, "%s: the thread for questions cannot be started",
                       store_dir(store));
    }
    *ret_query = q;
    return 0;
}

/* An answer may ask on, but the thread is gone: nobody waits for ever, nothing is left behind. */
static void refuse_the_rest(struct query *query)
{
    struct question *q;
    query_work(query);
    while ((q = handover_take(&query->in)) != NULL) {
        q->verdict = E_STOPPING;
        q->answered(q->self, q);
    }
}

void query_close(struct query **q)
{
    if (*q == NULL)
        return;
    if ((*q)->running) {
        handover_give(&(*q)->in, &(*q)->last);
        pthread_join((*q)->thread, NULL);
        refuse_the_rest(*q);
    }
    txn_abort(&(*q)->reading.views);
    txn_abort(&(*q)->reading.log);
    txn_abort(&(*q)->reading.persons);
    handover_close(&(*q)->in);
    handover_close(&(*q)->out);
    free((*q)->reading.buffer);
    free(*q);
    *q = NULL;
}

void query_ask(struct query *q, struct question *question)
{
    handover_give(&q->in, question);
}

int query_fd(const struct query *q)
{
    return q->out.read_fd;
}

void query_work(struct query *q)
{
    struct question *question;
    while ((question = handover_take(&q->out)) != NULL) {
        uint64_t held_ms = (uint64_t)question->held_us / 1000;
        q->reads.over += question->held_us > QUERY_LONG_US;
        q->reads.longest_ms = held_ms > q->reads.longest_ms ? held_ms : q->reads.longest_ms;
        question->answered(question->self, question);
    }
}

struct query_reads query_reads(const struct query *q)
{
    return q->reads;
}

/* ---- what the kinds of questions share ---- */

/* Rows are mostly read in their order: the one behind the last is a step, not a search. */
static bool row_at(struct reading *r, uint64_t seq, struct slice *ret_row)
{
    struct walk *w = &r->log_at;
    struct rowkey k = rowkey_seq(seq);
    bool behind = w->mdb != NULL && w->key.n == k.n && rowkey_read_u64(w->key.p) + 1 == seq;
    if (!behind || !walk_next(w) || rowkey_read_u64(w->key.p) != seq)
        return walk_at(w, &r->log, TABLE_LOG, &k, ret_row);
    *ret_row = w->value;
    return true;
}

typedef enum entry_read row_reader(uint64_t seq, struct slice row, struct facts *ret_facts,
                                   struct entry *ret_entry);

static bool read_by(struct reading *r, struct question *q, uint64_t seq, row_reader *read,
                    struct facts *ret_facts, struct entry *ret_entry)
{
    struct slice row;
    if (!row_at(r, seq, &row))
        return false;
    if (read(seq, row, ret_facts, ret_entry) == ENTRY_FINE)
        return true;
    q->damaged = seq;
    return false;
}

bool reading_row(struct reading *r, struct question *q, uint64_t seq, struct facts *ret_facts,
                 struct entry *ret_entry)
{
    return read_by(r, q, seq, entry_row_told, ret_facts, ret_entry);
}

bool reading_rest(struct reading *r, struct question *q, const struct facts *f,
                  struct entry *ret_entry)
{
    if (entry_row_rest(r->log_at.value, f, ret_entry) == ENTRY_FINE)
        return true;
    q->damaged = f->seq;
    return false;
}

bool reading_entry(struct reading *r, struct question *q, uint64_t seq, struct facts *ret_facts,
                   struct entry *ret_entry)
{
    return read_by(r, q, seq, entry_row_read, ret_facts, ret_entry);
}

bool reading_case(struct reading *r, uint64_t seq, struct case_row *ret_case)
{
    struct slice row;
    struct rowkey k = rowkey_seq(seq);
    return walk_at(&r->cases_at, &r->views, TABLE_CASES, &k, &row) &&
           cases_read(seq, row, ret_case);
}

uint64_t reading_views_at(struct reading *r)
{
    return views_reached(&r->views);
}

struct slice reading_keep(struct question *q, const struct writer *w)
{
    return arena_copy(&q->arena, w->buf, w->n);
}

/* One dimension: the OR of its wanted values, ANDed into the set. */
static void match_states(struct reading *r, uint32_t chunk, uint32_t states, struct index_set *set)
{
    struct index_set any;
    if (states == 0)
        return;
    index_set_clear(&any);
    for (uint8_t s = 1; s < STATE_COUNT; s++) {
        const char value = (char)s;
        if (states >> s & 1)
            index_or(&r->views, chunk, INDEX_STATE, (struct slice){&value, 1}, &any);
    }
    index_set_and(set, &any);
}

static void match_names(struct reading *r, uint32_t chunk, enum index_dimension d,
                        const struct slice *names, unsigned n, struct index_set *set)
{
    struct index_set any;
    if (n == 0)
        return;
    index_set_clear(&any);
    for (unsigned i = 0; i < n; i++)
        index_or(&r->views, chunk, d, names[i], &any);
    index_set_and(set, &any);
}

void reading_sight(struct reading *r, const struct filter *f, uint32_t chunk, struct index_set *set)
{
    struct index_set any;
    index_set_clear(&any);
    if (f->own.n > 0) {
        index_or(&r->views, chunk, INDEX_OWNER, f->own, &any);
        index_or(&r->views, chunk, INDEX_HELPER, f->own, &any);
    }
    if (f->sender.n > 0)
        index_or(&r->views, chunk, INDEX_REPORTER, f->sender, &any);
    if (f->own.n + f->sender.n > 0)
        index_set_and(set, &any);
    index_set_clear(&any);
    if (f->public_only) {
        index_or(&r->views, chunk, INDEX_PUBLIC, (struct slice){0}, &any);
        index_set_and(set, &any);
    }
}

static void match_classes(struct reading *r, uint32_t chunk, const struct filter *f,
                          struct index_set *set)
{
    struct index_set any;
    if ((f->kinds | f->severities) == 0)
        return;
    index_set_clear(&any);
    for (uint8_t kind = 1; kind < KIND_COUNT; kind++)
        for (uint8_t severity = 1; severity < SEVERITY_COUNT; severity++) {
            const char value = (char)(kind << 4 | severity);
            if ((f->kinds == 0 || f->kinds >> kind & 1) &&
                (f->severities == 0 || f->severities >> severity & 1))
                index_or(&r->views, chunk, INDEX_CLASS, (struct slice){&value, 1}, &any);
        }
    index_set_and(set, &any);
}

void reading_match(struct reading *r, const struct filter *f, bool open, uint32_t chunk,
                   struct index_set *ret_set)
{
    index_set_clear(ret_set);
    index_or(&r->views, chunk, open ? INDEX_OPEN : INDEX_CASE, (struct slice){0}, ret_set);
    if (index_set_empty(ret_set))
        return;
    match_classes(r, chunk, f, ret_set);
    match_states(r, chunk, f->states, ret_set);
    match_names(r, chunk, INDEX_OWNER, f->skpd, f->skpd_n, ret_set);
    match_names(r, chunk, INDEX_KECAMATAN, f->kecamatan, f->kecamatan_n, ret_set);
    reading_sight(r, f, chunk, ret_set);
}
