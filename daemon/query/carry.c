/* What leaves the store whole, a slice at a time: the blocks of a backup, the entries of an export.
 */
#include <stdio.h>

#include "daemon/backup/copy.h"
#include "daemon/views/rows.h"
#include "daemon/views/show.h"
#include "proto/pairs.h"
#include "proto/verdict.h"
#include "reading.h"

#define EXPORT_ROWS 500u
#define EXPORT_BYTES (384u << 10)

/* ---- BACKUP ---- */

int backup_answer(struct reading *r, struct question *q)
{
    struct copy_place place = copy_begin();
    struct copy_source source = {&r->log, &r->persons, q->erasures, q->now_us};
    char next[COPY_PLACE_DIGITS + 1];
    struct writer w;
    size_t n;
    int verdict;
    if (q->value.n > 0 && !copy_place_read(q->value, &place))
        return E_FIELD;
    uint8_t *bytes = arena_open(&q->arena, COPY_MOST);
    bool more = copy_block(&source, &place, bytes, &n, &verdict, &q->damaged);
    arena_close(&q->arena, n);
    if (verdict != V_DONE)
        return verdict;
    copy_place_write(&place, next);
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_uint(&w, "upto", place.upto) + pair_uint(&w, "entries", place.entries);
    pairs += pair_uint(&w, "persons", place.persons);
    if (more)
        pairs += pair_text(&w, "place", next);
    writer_text(&w, "bytes");
    writer_bin(&w, bytes, (uint32_t)n);
    writer_close_map(&w, at, pairs + 1);
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}

/* ---- EXPORT ---- */

static uint32_t pair_hash(struct writer *w, const char *name, const uint8_t *hash)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * ENTRY_HASH_BYTES + 1] = "";
    for (unsigned i = 0; i < ENTRY_HASH_BYTES; i++) {
        hex[2 * i] = digits[hash[i] >> 4];
        hex[2 * i + 1] = digits[hash[i] & 15];
    }
    return pair_text(w, name, hex);
}

/* The hash of the chain at a number; zeros before the first. */
static bool hash_at(struct reading *r, struct question *q, uint64_t seq, struct facts *ret)
{
    *ret = (struct facts){.seq = seq};
    return seq == 0 || reading_row(r, q, seq, ret, NULL);
}

static void put_begin(struct writer *w, const struct question *q, const struct facts *before)
{
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_uint(w, "siaga_export", 1) + pair_uint(w, "from", q->seq);
    pairs += pair_uint(w, "upto", q->upto) + pair_hash(w, "before", before->hash);
    writer_close_map(w, at, pairs + pair_time(w, "at", q->now_us));
}

static void put_entry(struct writer *w, const struct question *q, struct slice row,
                      const struct facts *f, const struct entry *e)
{
    size_t at = writer_open_map(w);
    pair_uint(w, "seq", f->seq);
    writer_text(w, "row");
    writer_bin(w, row.p, row.n);
    writer_text(w, "told");
    show_row(w, q->role, f, e, NULL);
    writer_close_map(w, at, 3);
}

static void put_end(struct writer *w, const struct question *q, const struct facts *last)
{
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_uint(w, "end", q->upto) + pair_hash(w, "hash", last->hash);
    writer_close_map(w, at, pairs + pair_uint(w, "entries", q->upto - q->began + 1));
}

/* The lines of this slice: what it is before the first, the entries, and what it was behind the
 * last. */
static bool put_lines(struct reading *r, struct question *q, struct writer *w)
{
    struct facts f;
    struct entry e;
    struct slice row;
    size_t lines = writer_open_array(w);
    uint32_t n = 0;
    if (!hash_at(r, q, q->seq - 1, &f))
        return false;
    if (q->began == 0) {
        q->began = q->seq;
        put_begin(w, q, &f);
        n++;
    }
    for (q->next = q->seq; q->next <= q->upto && n < EXPORT_ROWS && w->n < EXPORT_BYTES; n++) {
        if (!rows_at(&r->log, q->next, &row) || !reading_row(r, q, q->next, &f, &e))
            return false;
        put_entry(w, q, row, &f, &e);
        q->next++;
    }
    if (q->next > q->upto) {
        put_end(w, q, &f);
        n++;
    }
    writer_close_array(w, lines, n);
    return true;
}

int export_answer(struct reading *r, struct question *q)
{
    uint64_t newest = rows_newest(&r->log);
    struct writer w;
    if (q->upto == 0)
        q->upto = newest;
    if (q->upto > newest || q->seq > q->upto + 1)
        return E_RANGE;
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&w);
    writer_text(&w, "lines");
    if (!put_lines(r, q, &w))
        return E_CORRUPT;
    uint32_t pairs = 1 + pair_uint(&w, "upto", q->upto) + pair_uint(&w, "began", q->began);
    if (q->next <= q->upto)
        pairs += pair_uint(&w, "next", q->next);
    writer_close_map(&w, at, pairs);
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}
