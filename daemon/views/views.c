/* The order of steps in an apply is the order of the tables in the store: keys say whether the
 * entry is new, cases say whether it may be, then everything is written. Nothing is written before
 * all verdicts are known, so a refused entry leaves no trace. */
#include "views.h"

#include <stdlib.h>

#include "daemon/base/control.h"
#include "inside.h"
#include "proto/stamp.h"
#include "proto/verdict.h"
#include "terms.h"

#define KEYS_KEPT_US (400 * STAMP_DAY)
#define REACHED_BYTES 60u /* format u32, seq u64, time u64, open cases u64, hash 32 */

static struct rowkey reached_key(void)
{
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, "reached", 7);
    return k;
}

static void reached_read(struct txn *t, struct reached *ret)
{
    struct rowkey k = reached_key();
    struct slice v;
    *ret = (struct reached){.format = VIEWS_FORMAT};
    if (!txn_get(t, TABLE_AT, &k, &v))
        return;
    ret->format = v.n >= 4 ? rowkey_read_u32(v.p) : 0;
    if (v.n != REACHED_BYTES) {
        ret->format = 0;
        return;
    }
    ret->seq = rowkey_read_u64(v.p + 4);
    ret->time_us = (int64_t)rowkey_read_u64(v.p + 12);
    ret->open = rowkey_read_u64(v.p + 20);
    memcpy(ret->hash, v.p + 28, ENTRY_HASH_BYTES);
}

static void reached_write(struct txn *t, const struct reached *r)
{
    struct rowkey k = reached_key(), v = rowkey_new();
    rowkey_u32(&v, r->format);
    rowkey_u64(&v, r->seq);
    rowkey_u64(&v, (uint64_t)r->time_us);
    rowkey_u64(&v, r->open);
    rowkey_bytes(&v, r->hash, ENTRY_HASH_BYTES);
    txn_put(t, TABLE_AT, &k, v.b, v.n);
}

int views_open(struct views **ret_views, struct store *store, struct err *err)
{
    struct views *v = calloc(1, sizeof *v);
    if (v == NULL)
        abort();
    v->store = store;
    v->index = index_new();
    v->figures = figures_new();
    struct txn t;
    txn_begin(&t, store, STORE_VIEWS, false);
    reached_read(&t, &v->committed);
    index_load(v->index, &t);
    int rc = 0;
    if (txn_damaged(&t)) /* nothing in them is needed: the log has it all */
        v->committed = (struct reached){.format = 0};
    else if (t.rc != 0)
        rc =
            err_set(err, ERR_FATAL, "%s/views cannot be read: %s", store_dir(store), txn_error(&t));
    v->now = v->committed;
    txn_abort(&t);
    if (rc != 0)
        views_close(&v);
    else
        *ret_views = v;
    return rc;
}

void views_close(struct views **v)
{
    if (*v == NULL)
        return;
    views_abandon(*v);
    index_free(&(*v)->index);
    figures_free(&(*v)->figures);
    free(*v);
    *v = NULL;
}

uint64_t views_seq(const struct views *v)
{
    return v->now.seq;
}

int64_t views_time(const struct views *v)
{
    return v->now.time_us;
}

uint64_t views_open_cases(const struct views *v)
{
    return v->now.open;
}

const uint8_t *views_hash(const struct views *v)
{
    return v->now.hash;
}

bool views_foreign(const struct views *v)
{
    return v->committed.format != VIEWS_FORMAT;
}

const struct txn *views_txn(const struct views *v)
{
    return &v->txn;
}

uint64_t views_reached(struct txn *t)
{
    struct reached r;
    reached_read(t, &r);
    return r.seq;
}

bool views_begin(struct views *v)
{
    if (!v->begun) {
        txn_begin(&v->txn, v->store, STORE_VIEWS, true);
        v->begun = true;
    }
    return v->txn.rc == 0;
}

/* ---- tickets ---- */

static struct rowkey tally_key(uint8_t kind, uint32_t day)
{
    struct rowkey k = rowkey_new();
    rowkey_u32(rowkey_u8(&k, kind), day);
    return k;
}

static void tally_flush(struct views *v, uint8_t kind)
{
    struct tally *t = &v->tally[kind];
    if (!t->dirty)
        return;
    struct rowkey k = tally_key(kind, t->day), value = rowkey_new();
    rowkey_u32(&value, t->counter);
    txn_put(&v->txn, TABLE_TALLY, &k, value.b, value.n);
    t->dirty = false;
}

static struct tally *tally_of(struct views *v, uint8_t kind, uint32_t day)
{
    struct tally *t = &v->tally[kind];
    if (!t->loaded || t->day != day) {
        struct rowkey k = tally_key(kind, day);
        struct slice value;
        tally_flush(v, kind);
        t->day = day;
        t->counter = txn_get(&v->txn, TABLE_TALLY, &k, &value) ? rowkey_read_u32(value.p) : 0;
        t->loaded = true;
    }
    return t;
}

uint32_t inside_counter(struct views *v, uint8_t kind, uint32_t day)
{
    struct tally *t = tally_of(v, kind, day);
    t->dirty = true;
    return ++t->counter;
}

void inside_pass(struct views *v, const struct ticket *ticket)
{
    struct tally *t = tally_of(v, ticket->kind, ticket->day);
    if (t->counter >= ticket->counter)
        return;
    t->counter = ticket->counter;
    t->dirty = true;
}

uint32_t views_counter(struct views *v, uint8_t kind, uint32_t day)
{
    return tally_of(v, kind, day)->counter;
}

/* ---- keys ---- */

static struct rowkey idempotency_key(const struct entry *e)
{
    struct rowkey k = rowkey_new();
    rowkey_bytes(&k, e->source.p, e->source.n);
    rowkey_bytes(rowkey_u8(&k, 0), e->key.p, e->key.n);
    return k;
}

/* Says whether the entry is known: V_DONE with duplicate, E_KEY_REUSED, or V_DONE for a new one. */
static int look_up_key(struct views *v, const struct entry *e, int64_t at_us, struct outcome *o)
{
    struct rowkey k = idempotency_key(e);
    struct slice value;
    if (!txn_get(&v->txn, TABLE_KEYS, &k, &value) || value.n != 16 + ENTRY_DIGEST_BYTES ||
        control("nodedupe"))
        return V_DONE;
    if (at_us - (int64_t)rowkey_read_u64(value.p + 8) > KEYS_KEPT_US)
        return V_DONE;
    o->other_seq = rowkey_read_u64(value.p);
    if (memcmp(value.p + 16, e->digest, ENTRY_DIGEST_BYTES) != 0)
        return E_KEY_REUSED;
    o->duplicate = true;
    return V_DONE;
}

static void remember_key(struct views *v, const struct entry *e, const struct facts *f)
{
    struct rowkey k = idempotency_key(e), value = rowkey_new();
    rowkey_u64(rowkey_u64(&value, f->seq), (uint64_t)f->at_us);
    rowkey_bytes(&value, e->digest, ENTRY_DIGEST_BYTES);
    txn_put(&v->txn, TABLE_KEYS, &k, value.b, value.n);
}

static apply_fn *const APPLY[ENTRY_COUNT] = {
    [ENTRY_EVENT] = apply_event, [ENTRY_MOVE] = apply_move,     [ENTRY_RECLASS] = apply_reclass,
    [ENTRY_WORK] = apply_work,   [ENTRY_ALARM] = apply_alarm,   [ENTRY_CLOCK] = apply_clock,
    [ENTRY_HEAD] = apply_note,   [ENTRY_ACCESS] = apply_note,   [ENTRY_READ] = apply_read,
    [ENTRY_ERASE] = apply_erase, [ENTRY_PUBLIC] = apply_public, [ENTRY_HOLD] = apply_hold,
    [ENTRY_LOST] = apply_lost,   [ENTRY_STORE] = apply_note};

/* The control "no-views", for the bench: an event gets its number and ticket and nothing else
 * follows from it, so that what is left is the journal's cost. */
static int apply_nothing(struct views *v, const struct entry *e, struct outcome *o)
{
    o->facts.case_seq = o->facts.seq;
    o->facts.version = 1;
    o->facts.kind = e->kind;
    o->facts.severity = e->severity;
    o->facts.mode = e->mode;
    o->facts.call_class = e->call_class;
    o->facts.state = STATE_ASSIGNED;
    o->facts.owner = e->owner;
    o->facts.kecamatan = e->kecamatan;
    o->facts.reporter = e->source;
    o->facts.day = e->day;
    o->facts.counter = inside_counter(v, e->kind, e->day);
    return V_DONE;
}

int views_apply(struct views *v, const struct entry *e, struct outcome *o)
{
    const bool none = e->what == ENTRY_EVENT && control("no-views");
    *o = (struct outcome){0};
    struct facts *f = &o->facts;
    f->seq = v->now.seq + 1;
    f->what = e->what;
    f->at_us = e->at_us > v->now.time_us ? e->at_us : v->now.time_us;
    o->verdict = none ? V_DONE : look_up_key(v, e, f->at_us, o);
    if (o->verdict == V_DONE && !o->duplicate)
        o->verdict = e->unless_known;
    if (o->verdict != V_DONE || o->duplicate)
        return v->txn.rc == 0 ? 0 : ERR_FATAL;
    o->verdict = none ? apply_nothing(v, e, o) : APPLY[e->what](v, e, o);
    if (o->verdict == V_DONE) {
        o->other_seq = 0;
        if (!none)
            remember_key(v, e, f);
        entry_chain(v->now.hash, e, f);
        v->now.seq = f->seq;
        v->now.time_us = f->at_us;
        memcpy(v->now.hash, f->hash, ENTRY_HASH_BYTES);
    }
    return v->txn.rc == 0 ? 0 : ERR_FATAL;
}

unsigned views_entries(struct views *v, uint64_t case_seq, uint64_t after, uint64_t *ret_seqs,
                       unsigned most)
{
    struct rowkey from = rowkey_seq(case_seq);
    struct walk walk;
    unsigned n = 0;
    rowkey_u64(&from, after + 1);
    bool more = walk_from(&walk, &v->txn, TABLE_HISTORY, &from);
    for (; more && n < most && rowkey_read_u64(walk.key.p) == case_seq; more = walk_next(&walk))
        ret_seqs[n++] = rowkey_read_u64(walk.key.p + 8);
    if (more)
        walk_close(&walk);
    return n;
}

bool views_person(struct views *v, uint64_t case_seq, uint8_t ret_id[ENTRY_PERSON_BYTES])
{
    struct case_row c;
    if (!cases_get(&v->txn, case_seq, &c) || !c.has_person)
        return false;
    memcpy(ret_id, c.person, ENTRY_PERSON_BYTES);
    return true;
}

void views_forget_words(struct views *v, uint64_t case_seq)
{
    if (!views_begin(v))
        return;
    terms_forget_words(v->index, &v->txn, case_seq);
    v->forgot = true;
}

bool views_idle(const struct views *v)
{
    return !v->begun;
}

int views_commit(struct views *v, struct err *err)
{
    if (!v->begun)
        return 0;
    if (v->now.seq == v->committed.seq && !v->forgot) { /* nothing was applied */
        views_abandon(v);
        return 0;
    }
    index_flush(v->index, &v->txn);
    figures_flush(v->figures, &v->txn);
    for (uint8_t kind = 0; kind < KIND_COUNT; kind++)
        tally_flush(v, kind);
    v->now.format = VIEWS_FORMAT;
    reached_write(&v->txn, &v->now);
    int rc = txn_commit(&v->txn, err);
    if (rc != 0)
        return rc;
    v->begun = v->forgot = false;
    v->committed = v->now;
    return 0;
}

void views_abandon(struct views *v)
{
    if (!v->begun)
        return;
    txn_abort(&v->txn);
    v->begun = v->forgot = false;
    v->now = v->committed;
    memset(v->tally, 0, sizeof v->tally);
    figures_forget(v->figures);
    struct txn t;
    txn_begin(&t, v->store, STORE_VIEWS, false);
    index_load(v->index, &t);
    txn_abort(&t);
}
