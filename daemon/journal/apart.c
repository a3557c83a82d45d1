#include "apart.h"

#include <stdlib.h>

#include "daemon/base/log.h"
#include "daemon/persons/persons.h"
#include "daemon/views/rows.h"
#include "lost.h"

#define ENTRIES_AT_ONCE 64u

static struct txn *persons(struct apart *a)
{
    if (!a->begun)
        txn_begin(&a->persons, a->store, STORE_PERSONS, true);
    a->begun = true;
    return &a->persons;
}

/* ---- texts ---- */

/* The row again, with digests in place of its texts: its hash stays what it was. */
static void erase_row(struct txn *log, uint64_t seq)
{
    struct arena arena = {0};
    struct facts f;
    struct entry e;
    struct slice row;
    if (rows_at(log, seq, &row)) {
        row = arena_copy(&arena, row.p, row.n); /* what LMDB shows moves with the write */
        if (entry_row_read(seq, row, &f, &e) == ENTRY_FINE) {
            e.texts = entry_erased_texts(&e, &arena);
            uint32_t n = (uint32_t)entry_row_size(&e, &f);
            uint8_t *out = arena_open(&arena, n);
            entry_row_write(out, &e, &f);
            arena_close(&arena, n);
            struct rowkey k = rowkey_seq(seq);
            txn_blank(log, TABLE_LOG, &k);
            txn_put(log, TABLE_LOG, &k, out, n);
        }
    }
    arena_drop(&arena);
}

static void erase_texts(struct apart *a, struct txn *log, uint64_t case_seq)
{
    uint64_t seqs[ENTRIES_AT_ONCE], after = 0;
    unsigned n;
    erase_row(log, case_seq);
    while ((n = views_entries(a->views, case_seq, after, seqs, ENTRIES_AT_ONCE)) > 0) {
        for (unsigned i = 0; i < n; i++)
            erase_row(log, seqs[i]);
        after = seqs[n - 1];
    }
    a->wipe[STORE_JOURNAL] = a->wipe[STORE_VIEWS] = true;
}

/* ---- one entry ---- */

static bool read_facts(struct txn *log, uint64_t seq, struct facts *ret)
{
    struct slice row;
    return rows_at(log, seq, &row) && entry_row_read(seq, row, ret, NULL) == ENTRY_FINE;
}

static bool erase(struct apart *a, struct txn *log, const struct entry *e, const struct facts *f,
                  struct err *err)
{
    uint8_t id[ENTRY_PERSON_BYTES];
    if (e->act == ERASURE_TEXTS) {
        struct facts event;
        erase_texts(a, log, f->case_seq);
        return a->beside.erasures == NULL || !read_facts(log, f->case_seq, &event) ||
               erasures_add(a->beside.erasures, false, event.hash, f->case_seq, err) == 0;
    }
    if (!views_person(a->views, f->case_seq, id))
        return true;
    persons_erase(persons(a), id);
    a->wipe[STORE_PERSONS] = true;
    return a->beside.erasures == NULL ||
           erasures_add(a->beside.erasures, true, id, f->case_seq, err) == 0;
}

static void note_numbers(struct numbers *n, const struct facts *f)
{
    struct ticket t = {f->kind, f->day, f->counter};
    numbers_entry(n, f->seq);
    if (f->what == ENTRY_EVENT)
        numbers_ticket(n, &t);
}

bool apart_entry(struct apart *a, struct txn *log, const struct entry *e, const struct facts *f,
                 struct err *err)
{
    if (a->beside.numbers != NULL)
        note_numbers(a->beside.numbers, f);
    if (e->sealed != NULL)
        persons_put(persons(a), f->seq, e->sealed);
    if (e->what == ENTRY_ERASE && !erase(a, log, e, f, err))
        return false;
    return log->rc == 0 && (!a->begun || a->persons.rc == 0);
}

bool apart_commit(struct apart *a, uint64_t head, struct err *err)
{
    if (a->beside.numbers != NULL && numbers_cover(a->beside.numbers, head, a->clock, err) != 0)
        return false;
    if (!a->begun)
        return true;
    a->begun = false;
    return txn_commit(&a->persons, err) == 0;
}

/* Records that were committed for entries that did not come are nobody's: they go before the next
 * number is given. Without room for that, there is none for a next one either. */
bool apart_undo(struct apart *a, uint64_t head)
{
    struct err err = {""};
    if (a->begun)
        txn_abort(&a->persons);
    a->begun = false;
    a->orphans = persons_sweep(persons(a), head) > 0;
    bool fine = apart_commit(a, head, &err);
    a->orphans = a->orphans && !fine;
    return fine || txn_full(&a->persons);
}

bool apart_sweep(struct apart *a, uint64_t head)
{
    return !a->orphans || (apart_undo(a, head) && !a->orphans);
}

bool apart_wipe(struct apart *a)
{
    bool again = false;
    for (int e = 0; e < STORE_ENVS; e++) {
        struct err err = {""};
        uint64_t left = 0;
        if (!a->wipe[e])
            continue;
        if (e == STORE_VIEWS && !views_idle(a->views)) { /* they are committed behind the log */
            again = true;
            continue;
        }
        if (store_wipe_free(a->store, (enum store_env)e, &left, &err) != 0)
            log_error("%s: what was destroyed may still lie in freed pages", err.text);
        a->wipe[e] = left > 0;
        again = again || left > 0;
    }
    return again;
}

/* ---- start ---- */

struct again {
    struct apart *a;
    struct txn *log;
    unsigned persons, texts, all;
};

/* Texts that are gone are not written again, so that a start changes nothing when all is well; and
 * only those of the entry that was meant. */
static bool has_texts(struct txn *log, const uint8_t *hash, uint64_t seq)
{
    struct facts f;
    struct entry e;
    struct slice row;
    if (!rows_at(log, seq, &row) || entry_row_read(seq, row, &f, &e) != ENTRY_FINE ||
        memcmp(f.hash, hash, ERASURES_ID_BYTES) != 0)
        return false;
    struct reader r = reader_over(e.texts.p, e.texts.n);
    bool found = false;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        reader_str(&r);
        found = found || reader_peek(&r) == PACK_STR;
        reader_skip(&r);
    }
    return found;
}

static void erase_again(void *self, bool person, const uint8_t *id, uint64_t seq)
{
    struct again *again = self;
    again->all++;
    if (person && persons_erase(persons(again->a), id)) {
        again->persons++;
    } else if (!person && has_texts(again->log, id, seq)) {
        erase_texts(again->a, again->log, seq);
        views_forget_words(again->a->views, seq);
        again->texts++;
    }
}

int apart_open(struct apart *a, uint64_t *head, struct err *err)
{
    struct txn log;
    struct again again = {a, &log, 0, 0, 0};
    views_begin(a->views);
    txn_begin(&log, a->store, STORE_JOURNAL, true);
    uint64_t orphans = persons_sweep(persons(a), *head);
    if (a->beside.erasures != NULL)
        erasures_each(a->beside.erasures, erase_again, &again);
    bool changed = again.texts > 0;
    bool fine = apart_commit(a, *head, err);
    if (!changed)
        txn_abort(&log);
    else if (txn_commit(&log, err) != 0 || views_commit(a->views, err) != 0)
        fine = false;
    views_abandon(a->views); /* the thread that will write begins its own */
    if (again.persons + again.texts > 0)
        log_warn(
            "%s: an older copy brought back what was erased: erased again: %u persons, texts of "
            "%u cases",
            store_dir(a->store), again.persons, again.texts);
    if (orphans > 0)
        log_note("%llu records of persons had no entry; dropped", (unsigned long long)orphans);
    if (again.all > 0) /* the last wipe may have been cut short */
        a->wipe[STORE_JOURNAL] = a->wipe[STORE_VIEWS] = a->wipe[STORE_PERSONS] = true;
    apart_wipe(a);
    if (fine && a->beside.numbers != NULL)
        fine = lost_declare(a->store, a->views, &a->beside, a->clock, head, err) == 0;
    return fine ? 0 : ERR_FATAL;
}
