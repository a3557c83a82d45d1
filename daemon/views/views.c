/* The order of steps in an apply is the order of the tables in the store: keys say whether the
 * entry is new, cases say whether it may be, then everything is written. Nothing is written before
 * all verdicts are known, so a refused entry leaves no trace. */
#include "views.h"

#include <stdlib.h>

#include "cases.h"
#include "index.h"
#include "moves.h"
#include "proto/stamp.h"
#include "proto/verdict.h"

#define KEYS_KEPT_US (400 * STAMP_DAY)
#define REACHED_BYTES 60u /* format u32, seq u64, time u64, open cases u64, hash 32 */

/* The last counter of one kind and day, kept until the commit. */
struct tally {
    uint32_t day, counter;
    bool loaded, dirty;
};

struct reached {
    uint32_t format;
    uint64_t seq, open;
    int64_t time_us;
    uint8_t hash[ENTRY_HASH_BYTES];
};

struct views {
    struct store *store;
    struct txn txn;
    bool begun;
    struct reached now, committed;
    struct tally tally[KIND_COUNT];
    struct index *index;
    char held[3][64]; /* names of the case at hand: what LMDB shows moves with the next write */
};

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
    struct txn t;
    txn_begin(&t, store, STORE_VIEWS, false);
    reached_read(&t, &v->committed);
    index_load(v->index, &t);
    v->now = v->committed;
    int rc = t.rc == 0 ? 0
                       : err_set(err, ERR_FATAL, "%s/views cannot be read: %s", store_dir(store),
                                 txn_error(&t));
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

static uint32_t next_counter(struct views *v, uint8_t kind, uint32_t day)
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
    t->dirty = true;
    return ++t->counter;
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
    if (!txn_get(&v->txn, TABLE_KEYS, &k, &value) || value.n != 16 + ENTRY_DIGEST_BYTES)
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

/* ---- the index and the count of open cases follow a case ---- */

static void index_case(struct views *v, const struct case_row *c,
                       void (*change)(struct index *, struct txn *, uint64_t, enum index_dimension,
                                      struct slice))
{
    const char class = (char)(c->kind << 4 | c->severity), state = (char)c->state;
    change(v->index, &v->txn, c->seq, INDEX_CLASS, (struct slice){&class, 1});
    change(v->index, &v->txn, c->seq, INDEX_STATE, (struct slice){&state, 1});
    change(v->index, &v->txn, c->seq, INDEX_OWNER, c->owner);
    change(v->index, &v->txn, c->seq, INDEX_KECAMATAN, c->kecamatan);
}

static void count_open(struct views *v, uint8_t before, uint8_t after)
{
    v->now.open += words_state_open(after);
    v->now.open -= words_state_open(before);
}

/* ---- one function for each kind of entry: judge, then write. They return a verdict; the facts are
 * complete only on V_DONE ---- */

static uint8_t first_state(uint8_t kind, uint8_t call_class)
{
    if (call_class != CALL_CLASS_REAL)
        return STATE_CLOSED;
    return kind == KIND_EMERGENCY ? STATE_ASSIGNED : STATE_RECEIVED;
}

static int apply_event(struct views *v, const struct entry *e, struct outcome *o)
{
    struct facts *f = &o->facts;
    for (unsigned i = 0; i < e->refs_n; i++)
        if (cases_by_ticket(&v->txn, e->refs[i]) == 0) {
            if (e->kind != KIND_EMERGENCY)
                return E_REF;
            f->flags |= FLAG_REF_DROPPED;
        }
    bool real = e->call_class == CALL_CLASS_REAL;
    f->case_seq = f->seq;
    f->version = 1;
    f->kind = e->kind;
    f->severity = e->severity;
    f->mode = e->mode;
    f->call_class = e->call_class;
    f->state = first_state(e->kind, e->call_class);
    f->owner = real ? e->owner : e->desk;
    f->kecamatan = e->kecamatan;
    f->flags |= e->flags;
    f->day = e->day;
    f->counter = next_counter(v, e->kind, e->day);

    struct case_row c = {.seq = f->seq,
                         .last_seq = f->seq,
                         .version = 1,
                         .flags = f->flags,
                         .day = f->day,
                         .counter = f->counter,
                         .kind = f->kind,
                         .severity = f->severity,
                         .state = f->state,
                         .mode = f->mode,
                         .call_class = f->call_class,
                         .owner = f->owner,
                         .routed = real ? (struct slice){0} : e->owner,
                         .kecamatan = f->kecamatan};
    cases_put(&v->txn, &c, true);
    index_case(v, &c, index_add);
    count_open(v, 0, c.state);

    struct rowkey k = rowkey_new(), value = rowkey_seq(f->seq);
    rowkey_u32(rowkey_u32(rowkey_u8(&k, f->kind), f->day), f->counter);
    txn_put(&v->txn, TABLE_TICKETS, &k, value.b, value.n);
    return V_DONE;
}

static struct slice hold(struct views *v, unsigned i, struct slice name)
{
    uint32_t n = name.n < sizeof v->held[i] ? name.n : (uint32_t)sizeof v->held[i];
    if (n > 0)
        memcpy(v->held[i], name.p, n);
    return (struct slice){v->held[i], n};
}

/* The case an entry speaks of. The facts take over what the case says of itself, also for a refusal
 * to tell. */
static int find_case(struct views *v, const struct entry *e, struct outcome *o, struct case_row *c)
{
    struct facts *f = &o->facts;
    uint64_t seq = e->case_seq != 0 ? e->case_seq : cases_by_ticket(&v->txn, e->ticket);
    if (seq == 0 || !cases_get(&v->txn, seq, c))
        return E_REF;
    c->owner = hold(v, 0, c->owner);
    c->kecamatan = hold(v, 1, c->kecamatan);
    c->routed = hold(v, 2, c->routed);
    o->other_seq = c->last_seq;
    f->case_seq = c->seq;
    f->version = c->version;
    f->flags = c->flags;
    f->day = c->day;
    f->counter = c->counter;
    f->kind = c->kind;
    f->severity = c->severity;
    f->mode = c->mode;
    f->call_class = c->call_class;
    f->state = f->from = c->state;
    f->owner = c->owner;
    f->kecamatan = c->kecamatan;
    return e->version != 0 && e->version != c->version ? E_STALE : V_DONE;
}

/* Takes the case from what it was to what the facts say. */
static void change_case(struct views *v, struct facts *f, const struct case_row *was,
                        struct slice routed)
{
    struct case_row after = *was;
    after.routed = routed;
    after.owner = f->owner;
    after.state = f->state;
    after.call_class = f->call_class;
    after.version = f->version;
    after.last_seq = f->seq;
    index_case(v, was, index_remove);
    index_case(v, &after, index_add);
    count_open(v, was->state, after.state);
    cases_put(&v->txn, &after, false);

    struct rowkey k = rowkey_seq(f->case_seq);
    rowkey_u64(&k, f->seq);
    txn_put(&v->txn, TABLE_HISTORY, &k, "", 0);
}

static int apply_move(struct views *v, const struct entry *e, struct outcome *o)
{
    struct facts *f = &o->facts;
    struct case_row c;
    int verdict = find_case(v, e, o, &c);
    if (verdict != V_DONE)
        return verdict;
    const struct move *m = moves_find(c.state, e->to);
    if (m == NULL)
        return E_STATE;
    if (!(m->roles >> e->role & 1) || (e->role == ROLE_HANDLER && !slice_same(c.owner, e->desk)))
        return E_ROLE;
    f->state = e->to;
    f->version = c.version + 1;
    change_case(v, f, &c, c.routed);
    return V_DONE;
}

static int apply_reclass(struct views *v, const struct entry *e, struct outcome *o)
{
    struct facts *f = &o->facts;
    struct case_row c;
    int verdict = find_case(v, e, o, &c);
    if (verdict != V_DONE)
        return verdict;
    bool was_real = c.call_class == CALL_CLASS_REAL, real = e->call_class == CALL_CLASS_REAL;
    if (c.call_class == e->call_class)
        return E_STATE;
    struct slice routed = was_real ? c.owner : c.routed;
    f->call_class = e->call_class;
    f->owner = real ? routed : e->desk;
    f->state = first_state(c.kind, e->call_class);
    f->version = c.version + 1;
    change_case(v, f, &c, real ? (struct slice){0} : routed);
    return V_DONE;
}

typedef int apply_fn(struct views *, const struct entry *, struct outcome *);
static apply_fn *const APPLY[] = {
    [ENTRY_EVENT] = apply_event, [ENTRY_MOVE] = apply_move, [ENTRY_RECLASS] = apply_reclass};

int views_apply(struct views *v, const struct entry *e, struct outcome *o)
{
    *o = (struct outcome){0};
    struct facts *f = &o->facts;
    f->seq = v->now.seq + 1;
    f->what = e->what;
    f->at_us = e->at_us > v->now.time_us ? e->at_us : v->now.time_us;
    o->verdict = look_up_key(v, e, f->at_us, o);
    if (o->verdict == V_DONE && !o->duplicate)
        o->verdict = e->unless_known;
    if (o->verdict != V_DONE || o->duplicate)
        return v->txn.rc == 0 ? 0 : ERR_FATAL;
    o->verdict = APPLY[e->what](v, e, o);
    if (o->verdict == V_DONE) {
        o->other_seq = 0;
        remember_key(v, e, f);
        entry_chain(v->now.hash, e, f);
        v->now.seq = f->seq;
        v->now.time_us = f->at_us;
        memcpy(v->now.hash, f->hash, ENTRY_HASH_BYTES);
    }
    return v->txn.rc == 0 ? 0 : ERR_FATAL;
}

int views_commit(struct views *v, struct err *err)
{
    if (!v->begun)
        return 0;
    if (v->now.seq == v->committed.seq) { /* nothing was applied */
        views_abandon(v);
        return 0;
    }
    index_flush(v->index, &v->txn);
    for (uint8_t kind = 0; kind < KIND_COUNT; kind++)
        tally_flush(v, kind);
    v->now.format = VIEWS_FORMAT;
    reached_write(&v->txn, &v->now);
    int rc = txn_commit(&v->txn, err);
    if (rc != 0)
        return rc;
    v->begun = false;
    v->committed = v->now;
    return 0;
}

void views_abandon(struct views *v)
{
    if (!v->begun)
        return;
    txn_abort(&v->txn);
    v->begun = false;
    v->now = v->committed;
    memset(v->tally, 0, sizeof v->tally);
    struct txn t;
    txn_begin(&t, v->store, STORE_VIEWS, false);
    index_load(v->index, &t);
    txn_abort(&t);
}
