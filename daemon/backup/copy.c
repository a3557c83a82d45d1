#include "copy.h"

#include <sodium.h>
#include <string.h>

#include "daemon/base/control.h"
#include "daemon/base/crc32c.h"
#include "daemon/base/log.h"
#include "daemon/persons/erasures.h"
#include "daemon/persons/persons.h"
#include "daemon/views/rows.h"
#include "proto/pairs.h"
#include "proto/verdict.h"

#define ROWS_AT_ONCE 1000u
#define ENOUGH_BYTES (384u << 10) /* of rows in a block; the last one may be large */
#define PLACE_BYTES (COPY_PLACE_DIGITS / 2)
#define PERSON_HEAD 60u

/* ---- the place ---- */

struct copy_place copy_begin(void)
{
    return (struct copy_place){.part = FORM_BEGIN, .first = true};
}

void copy_place_write(const struct copy_place *p, char out[COPY_PLACE_DIGITS + 1])
{
    const uint64_t numbers[] = {p->upto, p->next, p->entries, p->persons, p->erased};
    uint8_t bytes[PLACE_BYTES] = {p->part}, *at = bytes + 8;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++, at += 8)
        form_put64(at, numbers[i]);
    memcpy(at, p->id, sizeof p->id);
    memcpy(at + sizeof p->id, p->hash, sizeof p->hash);
    sodium_bin2hex(out, COPY_PLACE_DIGITS + 1, bytes, sizeof bytes);
}

bool copy_place_read(struct slice text, struct copy_place *ret)
{
    struct copy_place p = {.first = false};
    uint64_t *const numbers[] = {&p.upto, &p.next, &p.entries, &p.persons, &p.erased};
    uint8_t bytes[PLACE_BYTES], *at = bytes + 8;
    size_t n = 0;
    if (text.n != COPY_PLACE_DIGITS ||
        sodium_hex2bin(bytes, sizeof bytes, text.p, text.n, NULL, &n, NULL) != 0 ||
        n != sizeof bytes || bytes[0] <= FORM_BEGIN || bytes[0] >= FORM_BLOCKS)
        return false;
    p.part = bytes[0];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++, at += 8)
        *numbers[i] = form_get64(at);
    memcpy(p.id, at, sizeof p.id);
    memcpy(p.hash, at + sizeof p.id, sizeof p.hash);
    *ret = p;
    return true;
}

static void turn_to(struct copy_place *p, enum form_block part, uint64_t next)
{
    p->part = (uint8_t)part;
    p->next = next;
}

/* ---- the parts: each writes a payload, at most FORM_PAYLOAD_MOST, and says where to go on ---- */

struct step {
    const struct copy_source *source;
    struct copy_place *place;
    uint8_t *out;
    size_t n;
    int verdict;
    uint64_t damaged;
};

static void begin_part(struct step *s)
{
    struct copy_place *p = s->place;
    struct rowkey k = rowkey_new();
    struct slice identity = {0};
    struct writer w;
    rowkey_bytes(&k, "identity", 8);
    if (!txn_get(s->source->log, TABLE_STORE, &k, &identity))
        s->verdict = E_BUG;
    p->upto = rows_newest(s->source->log);
    if (control("short_copy") && p->upto > 0)
        p->upto--;
    writer_init(&w, s->out, FORM_PAYLOAD_MOST);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_uint(&w, "upto", p->upto) + pair_time(&w, "at", s->source->now_us);
    pairs += pair_text(&w, "version", SIAGA_DAEMON_VERSION);
    writer_text(&w, "identity");
    writer_bin(&w, identity.p, identity.n);
    writer_close_map(&w, at, pairs + 1);
    s->n = w.n;
    turn_to(p, FORM_LOG, control("late_copy") ? 2 : 1);
}

static bool put_row(struct step *s, uint64_t seq)
{
    struct slice row;
    struct facts f;
    if (!rows_at(s->source->log, seq, &row) || entry_row_read(seq, row, &f, NULL) != ENTRY_FINE) {
        s->damaged = seq;
        s->verdict = E_CORRUPT;
        return false;
    }
    uint8_t *p = s->out + s->n;
    form_put64(p, seq);
    form_put32(p + 8, row.n);
    memcpy(p + 12, row.p, row.n);
    s->n += 12 + row.n;
    return true;
}

static void log_part(struct step *s)
{
    struct copy_place *p = s->place;
    for (unsigned i = 0; i < ROWS_AT_ONCE && s->n < ENOUGH_BYTES && p->next <= p->upto; i++) {
        if (!put_row(s, p->next))
            return;
        p->next++;
        p->entries++;
    }
    if (p->next > p->upto)
        turn_to(p, FORM_PERSONS, 0);
}

static void put_person(struct step *s, const struct persons_record *r)
{
    uint8_t *p = s->out + s->n;
    form_put64(p, r->seq);
    memcpy(p + 8, r->id, sizeof r->id);
    memcpy(p + 24, r->key, sizeof r->key);
    form_put32(p + 56, r->row.n);
    memcpy(p + PERSON_HEAD, r->row.p, r->row.n);
    size_t n = PERSON_HEAD + r->row.n;
    form_put32(p + n, crc32c(p, n));
    s->n += n + 4;
}

static void persons_part(struct step *s)
{
    struct copy_place *p = s->place;
    struct persons_record r;
    bool more = true;
    for (unsigned i = 0; i < ROWS_AT_ONCE && s->n < ENOUGH_BYTES && more; i++) {
        more = persons_next(s->source->persons, p->next, p->id, &r) && r.seq <= p->upto;
        if (more) {
            put_person(s, &r);
            p->next = r.seq;
            memcpy(p->id, r.id, sizeof p->id);
            p->persons++;
        }
    }
    if (!more)
        turn_to(p, FORM_ERASED, 0);
}

static void erased_part(struct step *s)
{
    struct err err = {""};
    struct copy_place *p = s->place;
    if (erasures_lines(s->source->erasures, p->next, (char *)s->out, ENOUGH_BYTES, &s->n, &err) !=
        0) {
        log_error("%s; a backup cannot do without it", err.text);
        s->verdict = E_BUG;
    }
    p->next += s->n;
    p->erased += s->n;
    if (s->n == 0)
        turn_to(p, FORM_END, 0);
}

static void end_part(struct step *s)
{
    struct copy_place *p = s->place;
    struct slice row;
    struct facts f = {.seq = 0};
    if (p->upto > 0 && (!rows_at(s->source->log, p->upto, &row) ||
                        entry_row_read(p->upto, row, &f, NULL) != ENTRY_FINE)) {
        s->damaged = p->upto;
        s->verdict = E_CORRUPT;
    }
    form_put64(s->out, p->entries);
    form_put64(s->out + 8, p->persons);
    form_put64(s->out + 16, p->erased);
    memcpy(s->out + 24, f.hash, sizeof f.hash);
    s->n = FORM_END_BYTES;
    turn_to(p, FORM_BLOCKS, 0);
}

static void (*const PARTS[FORM_BLOCKS])(struct step *) = {[FORM_BEGIN] = begin_part,
                                                          [FORM_LOG] = log_part,
                                                          [FORM_PERSONS] = persons_part,
                                                          [FORM_ERASED] = erased_part,
                                                          [FORM_END] = end_part};

bool copy_block(const struct copy_source *source, struct copy_place *p, uint8_t *out, size_t *ret_n,
                int *ret_verdict, uint64_t *ret_damaged)
{
    enum form_block part = (enum form_block)p->part;
    size_t line = p->first ? strlen(FORM_HEADER) : 0;
    memcpy(out, FORM_HEADER, line);
    struct step s = {.source = source, .place = p, .out = out + line + FORM_HEAD_BYTES};
    s.verdict = V_DONE;
    PARTS[part](&s);
    *ret_n = line + form_close(out + line, part, s.n, p->hash);
    *ret_verdict = s.verdict;
    *ret_damaged = s.damaged;
    p->first = false;
    return p->part < FORM_BLOCKS;
}
