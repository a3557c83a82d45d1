#include "figures.h"

#include <stdlib.h>

#include "daemon/base/control.h"
#include "proto/uncleared.h"
#include "spread.h"

#define SLOTS 8192u      /* of the hash of rows; a power of two */
#define ROWS_KEPT 16384u /* in memory from commit to commit; more are forgotten when written */
#define ROW_BYTES 32768u /* a spread of 2,176 buckets with two long numbers each fits */
#define ONE 0u           /* the number of the count of a row that has only one */

/* A row in memory. */
struct line {
    struct line *next; /* in its slot */
    struct line *next_dirty;
    bool dirty;
    uint8_t key_n, key[111];
    uint32_t n, room;
    struct tally_count {
        uint32_t number;
        int64_t count;
    } * counts; /* rising numbers */
};

struct figures {
    struct line *slot[SLOTS];
    struct line *dirty;
    uint32_t lines;
    struct addends was, now; /* of the case at hand */
};

/* ---- the form of a row: numbers as distances from the one before, and counts, both as LEB128 ----
 */

static uint8_t *put_number(uint8_t *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p++ = (uint8_t)v;
    return p;
}

static bool get_number(struct slice *from, uint64_t *ret)
{
    uint64_t v = 0;
    for (unsigned shift = 0; from->n > 0 && shift < 64; shift += 7) {
        uint8_t b = (uint8_t)*from->p;
        from->p++;
        from->n--;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *ret = v;
            return true;
        }
    }
    return false;
}

bool figures_next(struct slice *counts, struct figures_count *c)
{
    uint64_t distance, count;
    if (!get_number(counts, &distance) || !get_number(counts, &count))
        return false;
    c->number += (uint32_t)distance;
    c->count = count;
    return true;
}

/* ---- rows in memory ---- */

struct figures *figures_new(void)
{
    struct figures *f = calloc(1, sizeof *f);
    if (f == NULL)
        abort();
    return f;
}

void figures_forget(struct figures *f)
{
    for (unsigned i = 0; f->lines > 0 && i < SLOTS; i++)
        for (struct line *l = f->slot[i]; l != NULL; l = f->slot[i]) {
            f->slot[i] = l->next;
            free(l->counts);
            free(l);
            f->lines--;
        }
    f->dirty = NULL;
}

void figures_free(struct figures **f)
{
    if (*f == NULL)
        return;
    figures_forget(*f);
    free(*f);
    *f = NULL;
}

static void line_add(struct line *l, uint32_t number, int64_t by)
{
    uint32_t i = l->n;
    while (i > 0 && l->counts[i - 1].number >= number)
        i--;
    if (i < l->n && l->counts[i].number == number) {
        l->counts[i].count += by;
        return;
    }
    if (l->n == l->room) {
        l->room = l->room == 0 ? 4 : 2 * l->room;
        l->counts = realloc(l->counts, l->room * sizeof *l->counts);
        if (l->counts == NULL)
            abort();
    }
    memmove(l->counts + i + 1, l->counts + i, (l->n - i) * sizeof *l->counts);
    l->counts[i] = (struct tally_count){number, by};
    l->n++;
}

static void line_load(struct line *l, struct txn *t, const struct rowkey *k)
{
    struct slice row;
    struct figures_count c = {0};
    if (!txn_get(t, TABLE_FIGURES, k, &row))
        return;
    while (figures_next(&row, &c))
        line_add(l, c.number, (int64_t)c.count);
}

static struct line *line_of(struct figures *f, struct txn *t, const struct rowkey *k)
{
    uint32_t h = slice_hash((struct slice){(const char *)k->b, k->n});
    struct line **slot = &f->slot[(h ^ h >> 15) % SLOTS];
    for (struct line *l = *slot; l != NULL; l = l->next)
        if (l->key_n == k->n && memcmp(l->key, k->b, k->n) == 0)
            return l;
    struct line *l = calloc(1, sizeof *l);
    if (l == NULL || k->n > sizeof l->key)
        abort();
    l->key_n = (uint8_t)k->n;
    memcpy(l->key, k->b, k->n);
    line_load(l, t, k);
    l->next = *slot;
    *slot = l;
    f->lines++;
    return l;
}

static void change(struct figures *f, struct txn *t, const struct rowkey *k, uint32_t number,
                   int64_t by)
{
    struct line *l = line_of(f, t, k);
    line_add(l, number, by);
    if (!l->dirty) {
        l->dirty = true;
        l->next_dirty = f->dirty;
        f->dirty = l;
    }
}

static void write_line(struct txn *t, struct line *l)
{
    uint8_t row[ROW_BYTES] UNCLEARED, *p = row;
    struct rowkey k = rowkey_new();
    uint32_t last = 0, kept = 0;
    rowkey_bytes(&k, l->key, l->key_n);
    for (uint32_t i = 0; i < l->n; i++) {
        if (l->counts[i].count == 0)
            continue;
        p = put_number(p, l->counts[i].number - last);
        p = put_number(p, (uint64_t)l->counts[i].count);
        last = l->counts[i].number;
        l->counts[kept++] = l->counts[i];
    }
    l->n = kept;
    if (kept > 0)
        txn_put(t, TABLE_FIGURES, &k, row, (size_t)(p - row));
    else
        txn_del(t, TABLE_FIGURES, &k);
}

void figures_flush(struct figures *f, struct txn *t)
{
    while (f->dirty != NULL) {
        struct line *l = f->dirty;
        f->dirty = l->next_dirty;
        l->dirty = false;
        write_line(t, l);
    }
    if (f->lines > ROWS_KEPT)
        figures_forget(f);
}

/* ---- addends and rows ---- */

static struct rowkey row_key(uint8_t d, uint32_t day, struct slice skpd)
{
    struct rowkey k = rowkey_new();
    rowkey_u32(rowkey_u8(&k, d), day);
    rowkey_u8(rowkey_bytes(&k, skpd.p, skpd.n), 0);
    return k;
}

static void add_count(struct figures *f, struct txn *t, const struct case_row *c,
                      const struct addend *a, int64_t by)
{
    const uint8_t class = (uint8_t)(c->kind << 4 | c->severity);
    const struct {
        enum figures_dimension d;
        struct slice value;
    } rows[] = {{FIGURES_WHOLE, {0}},
                {FIGURES_CATEGORY, c->category},
                {FIGURES_KECAMATAN, c->kecamatan},
                {FIGURES_CLASS, {(const char *)&class, 1}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rowkey k = row_key(rows[i].d, a->day, a->skpd);
        rowkey_bytes(&k, rows[i].value.p, rows[i].value.n);
        change(f, t, &k, a->what, by);
    }
}

static void add_time(struct figures *f, struct txn *t, const struct case_row *c,
                     const struct addend *a, int64_t by)
{
    struct rowkey k = row_key(FIGURES_SPREAD, a->day, a->skpd);
    rowkey_u8(rowkey_u8(&k, c->kind), a->what);
    change(f, t, &k, spread_bucket(a->amount), by);
}

static void add_span(struct figures *f, struct txn *t, const struct case_row *c,
                     const struct addend *a, int64_t by)
{
    static const uint8_t dimensions[] = {
        [ADDEND_OPEN] = FIGURES_OPEN, [ADDEND_OWED] = FIGURES_OWED, [ADDEND_LATE] = FIGURES_LATE};
    struct rowkey k = row_key(dimensions[a->kind], a->day, a->skpd);
    (void)c;
    rowkey_u32(&k, a->second);
    if (a->kind != ADDEND_LATE)
        rowkey_u32(&k, a->third);
    change(f, t, &k, ONE, by);
}

static void add_hour(struct figures *f, struct txn *t, const struct case_row *c,
                     const struct addend *a, int64_t by)
{
    struct rowkey k = row_key(FIGURES_HOUR, a->day, a->skpd);
    (void)c;
    change(f, t, &k, 2 * a->second + a->what, by);
}

static void add_state(struct figures *f, struct txn *t, const struct case_row *c,
                      const struct addend *a, int64_t by)
{
    struct rowkey k = row_key(FIGURES_STATE, a->day, a->skpd);
    (void)c;
    change(f, t, &k, a->what, by);
}

/* Rows of one case each, there or not: they are written at once. */
static void set_row(struct txn *t, const struct rowkey *k, int64_t by)
{
    static const uint8_t one[] = {ONE, 1};
    if (by > 0)
        txn_put(t, TABLE_FIGURES, k, one, sizeof one);
    else
        txn_del(t, TABLE_FIGURES, k);
}

static void add_rank(struct figures *f, struct txn *t, const struct case_row *c,
                     const struct addend *a, int64_t by)
{
    struct rowkey k = rowkey_new();
    (void)f;
    rowkey_u32(rowkey_u8(&k, FIGURES_RANK), figures_month(a->day));
    rowkey_u64(rowkey_u32(&k, (uint32_t)a->amount), c->seq);
    rowkey_u8(&k, (uint8_t)a->second);
    set_row(t, &k, by);
}

static void add_order(struct figures *f, struct txn *t, const struct case_row *c,
                      const struct addend *a, int64_t by)
{
    struct rowkey k = rowkey_new();
    (void)f;
    rowkey_u32(rowkey_u8(&k, FIGURES_ORDER), figures_month(a->day));
    rowkey_u64(&k, c->seq);
    set_row(t, &k, by);
}

typedef void add_fn(struct figures *, struct txn *, const struct case_row *, const struct addend *,
                    int64_t);
static add_fn *const ADD[] = {
    [ADDEND_COUNT] = add_count, [ADDEND_TIME] = add_time, [ADDEND_OPEN] = add_span,
    [ADDEND_OWED] = add_span,   [ADDEND_LATE] = add_span, [ADDEND_HOUR] = add_hour,
    [ADDEND_STATE] = add_state, [ADDEND_RANK] = add_rank, [ADDEND_ORDER] = add_order};

static void add_some(struct figures *f, struct txn *t, const struct case_row *c,
                     const struct addend *a, unsigned n, int sign)
{
    for (unsigned i = 0; i < n; i++) {
        bool many = a[i].kind != ADDEND_TIME && a[i].kind != ADDEND_RANK;
        ADD[a[i].kind](f, t, c, &a[i], sign * (many ? (int64_t)a[i].amount : 1));
    }
}

static bool same_addend(const struct addend *a, const struct addend *b)
{
    return a->kind == b->kind && a->what == b->what && a->day == b->day && a->second == b->second &&
           a->third == b->third && a->amount == b->amount && slice_same(a->skpd, b->skpd);
}

static bool same_place(const struct case_row *a, const struct case_row *b)
{
    return a->kind == b->kind && a->severity == b->severity &&
           slice_same(a->category, b->category) && slice_same(a->kecamatan, b->kecamatan);
}

/* What both begin and end with stays. The control "figures": what a case added once is never taken
 * away. */
void figures_follow(struct figures *f, struct txn *t, const struct case_row *was,
                    const struct case_row *now)
{
    struct addends *a = &f->was, *b = &f->now;
    unsigned head = 0, tail = 0;
    a->n = 0;
    if (was != NULL)
        figures_of(was, a);
    figures_of(now, b);
    if (was != NULL && same_place(was, now)) {
        unsigned least = a->n < b->n ? a->n : b->n;
        while (head < least && same_addend(&a->at[head], &b->at[head]))
            head++;
        while (tail < least - head && same_addend(&a->at[a->n - 1 - tail], &b->at[b->n - 1 - tail]))
            tail++;
    }
    if (was != NULL && !control("figures"))
        add_some(f, t, was, a->at + head, a->n - head - tail, -1);
    add_some(f, t, now, b->at + head, b->n - head - tail, 1);
}

/* ---- reading ---- */

static bool read_row(struct walk *w, bool found, enum figures_dimension d, uint32_t until,
                     struct figures_row *r)
{
    if (!found)
        return false;
    const char *end = w->key.p + w->key.n;
    const char *zero = w->key.n > 5 ? memchr(w->key.p + 5, 0, w->key.n - 5) : NULL;
    uint32_t day = w->key.n > 5 ? rowkey_read_u32(w->key.p + 1) : 0;
    if (zero == NULL || (uint8_t)*w->key.p != d || day > until) {
        walk_close(w);
        return false;
    }
    *r = (struct figures_row){.day = day,
                              .skpd = {w->key.p + 5, (uint32_t)(zero - w->key.p - 5)},
                              .value = {zero + 1, (uint32_t)(end - zero - 1)},
                              .counts = w->value};
    return true;
}

bool figures_from(struct walk *w, struct txn *t, enum figures_dimension d, uint32_t from,
                  uint32_t until, struct figures_row *ret_row)
{
    struct rowkey k = rowkey_new();
    rowkey_u32(rowkey_u8(&k, (uint8_t)d), from);
    return read_row(w, walk_from(w, t, TABLE_FIGURES, &k), d, until, ret_row);
}

bool figures_next_row(struct walk *w, enum figures_dimension d, uint32_t until,
                      struct figures_row *ret_row)
{
    return read_row(w, walk_next(w), d, until, ret_row);
}
