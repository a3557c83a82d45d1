#include "scrub.h"

#include "daemon/persons/persons.h"
#include "daemon/views/chain.h"
#include "daemon/views/rows.h"
#include "daemon/views/views.h"
#include "proto/verdict.h"
#include "reading.h"

static void found(struct scrub *s, enum store_env where, uint64_t number, const char *what)
{
    s->found = true;
    s->where = where;
    s->number = number;
    s->what = what;
    s->damaged++;
}

static void go_on(struct scrub *s, enum scrub_stage stage)
{
    s->stage = stage;
    s->table = 0;
    s->after = rowkey_new();
}

/* ---- when it was done last: siagad's own entries, under keys that rise with time ---- */

static void look_up(struct reading *r, struct scrub *s)
{
    static const char own[] = "siagad\0scrub.", behind[] = "siagad\0scrub/";
    struct rowkey k = rowkey_new();
    struct walk w;
    rowkey_bytes(&k, behind, sizeof behind - 1);
    bool any = walk_from(&w, &r->views, TABLE_KEYS, &k) ? walk_prev(&w)
                                                        : walk_last(&w, &r->views, TABLE_KEYS);
    if (any && w.key.n >= sizeof own && memcmp(w.key.p, own, sizeof own - 1) == 0 &&
        w.value.n >= 16)
        s->last_us = (int64_t)rowkey_read_u64(w.value.p + 8);
    if (any)
        walk_close(&w);
}

/* ---- entries ---- */

/* Behind a bad one the chain is taken up again one further: whose hash is before it is believed, if
 * its checksum is right. */
static void walk_journal(struct reading *r, struct scrub *s, uint32_t most)
{
    static const char *const words[CHAIN_STATES] = {[CHAIN_ALTERED] = "altered",
                                                    [CHAIN_MISSING] = "missing",
                                                    [CHAIN_REORDERED] = "reordered",
                                                    [CHAIN_HEAD] = "head"};
    struct chain c;
    if (s->seq > rows_newest(&r->log)) {
        go_on(s, SCRUB_PERSONS);
        return;
    }
    enum chain_state state = chain_begin(&c, &r->log, s->seq);
    uint64_t from = s->seq;
    if (state == CHAIN_FINE) {
        if (s->know)
            memcpy(c.hash, s->hash, sizeof c.hash);
        c.least = reading_views_at(r);
        state = chain_walk(&c, &r->log, 0, most);
    }
    s->entries += c.next > from ? c.next - from : 0;
    s->seq = c.next;
    s->know = state == CHAIN_MORE;
    memcpy(s->hash, c.hash, sizeof s->hash);
    if (state == CHAIN_FINE) {
        go_on(s, SCRUB_PERSONS);
    } else if (state != CHAIN_MORE) {
        found(s, STORE_JOURNAL, c.next, words[state] != NULL ? words[state] : "altered");
        s->seq = c.next + (state == CHAIN_HEAD ? 1 : 2);
    }
}

/* ---- rows of the other two ---- */

typedef bool row_fn(struct reading *r, struct scrub *s, const struct walk *w);

static bool person_sound(struct reading *r, struct scrub *s, const struct walk *w)
{
    uint64_t seq = w->value.n >= 8 ? rowkey_read_u64(w->value.p) : 0;
    s->persons++;
    if (w->key.n == PERSONS_ID_BYTES && persons_sound(&r->persons, (const uint8_t *)w->key.p))
        return true;
    found(s, STORE_PERSONS, seq, "altered");
    return false;
}

/* The entry that raised a case's version last says the same version of it. */
static bool case_sound(struct reading *r, struct scrub *s, const struct walk *w)
{
    struct case_row c;
    struct facts f;
    struct slice row;
    uint64_t seq = w->key.n == 8 ? rowkey_read_u64(w->key.p) : 0;
    if (seq != 0 && cases_read(seq, w->value, &c) && rows_at(&r->log, c.last_seq, &row) &&
        (entry_row_read(c.last_seq, row, &f, NULL) != ENTRY_FINE ||
         (f.case_seq == seq && f.version == c.version)))
        return true;
    found(s, STORE_VIEWS, seq, "altered");
    return false;
}

static bool row_sound(struct reading *r, struct scrub *s, const struct walk *w)
{
    s->rows++;
    s->table_rows++;
    return s->table != TABLE_CASES || case_sound(r, s, w);
}

/* Some rows behind the place; whether that was all of the table. */
static bool walk_table(struct reading *r, struct scrub *s, struct txn *t, row_fn *sound,
                       uint32_t most)
{
    struct walk w;
    uint32_t n = 0;
    bool more = walk_from(&w, t, s->table, &s->after);
    if (more && s->after.n > 0 && w.key.n == s->after.n &&
        memcmp(w.key.p, s->after.b, w.key.n) == 0) /* seen */
        more = walk_next(&w);
    for (; more && n < most && !s->found; more = walk_next(&w), n++) {
        s->after = rowkey_new();
        rowkey_bytes(&s->after, w.key.p, w.key.n < ROWKEY_BYTES ? w.key.n : ROWKEY_BYTES);
        if (!sound(r, s, &w))
            break;
    }
    if (more)
        walk_close(&w);
    return !more;
}

static void walk_persons(struct reading *r, struct scrub *s, uint32_t most)
{
    s->table = TABLE_PERSON_BOXES;
    bool over = walk_table(r, s, &r->persons, person_sound, most);
    if (txn_damaged(&r->persons))
        found(s, STORE_PERSONS, 0, "unreadable");
    if (over)
        go_on(s, SCRUB_VIEWS);
}

/* A row that a damaged page hides is missed: unless the views have moved on meanwhile, LMDB's own
 * count must be that of the rows. */
static bool all_seen(struct reading *r, const struct scrub *s)
{
    return s->table_at != reading_views_at(r) || s->table_rows == txn_rows(&r->views, s->table);
}

static void begin_table(struct reading *r, struct scrub *s)
{
    if (s->after.n > 0)
        return;
    s->table_rows = 0;
    s->table_at = reading_views_at(r);
}

/* One bad row is enough: they are made again as a whole. */
static void walk_views(struct reading *r, struct scrub *s, uint32_t most)
{
    while (s->table < TABLE_COUNT && store_table_env(s->table) != STORE_VIEWS)
        s->table++;
    if (s->table == TABLE_COUNT) {
        go_on(s, SCRUB_OVER);
        return;
    }
    begin_table(r, s);
    bool over = walk_table(r, s, &r->views, row_sound, most);
    if (txn_damaged(&r->views))
        found(s, STORE_VIEWS, 0, "unreadable");
    else if (over && !s->found && !all_seen(r, s))
        found(s, STORE_VIEWS, 0, "missing");
    if (s->found) {
        go_on(s, SCRUB_OVER);
    } else if (over) {
        s->table++;
        s->after = rowkey_new();
    }
}

int scrub_answer(struct reading *r, struct question *q)
{
    struct scrub *s = q->scrub;
    s->found = false;
    if (s->stage == SCRUB_LAST)
        look_up(r, s);
    else if (s->stage == SCRUB_JOURNAL)
        walk_journal(r, s, q->limit);
    else if (s->stage == SCRUB_PERSONS)
        walk_persons(r, s, q->limit);
    else
        walk_views(r, s, q->limit);
    if (!s->found && txn_damaged(&r->log)) /* no number can be told */
        found(s, STORE_JOURNAL, 0, "unreadable");
    return V_DONE;
}
