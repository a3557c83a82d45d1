#include "entry.h"

#include <sodium.h>

#include "daemon/base/control.h"
#include "daemon/base/crc32c.h"
#include "proto/pack.h"
#include "row_layout.h"

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 3; i >= 0; i--, v >>= 8)
        p[i] = (uint8_t)v;
}

static void put64(uint8_t *p, uint64_t v)
{
    put32(p, (uint32_t)(v >> 32));
    put32(p + 4, (uint32_t)v);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t get64(const uint8_t *p)
{
    return (uint64_t)get32(p) << 32 | get32(p + 4);
}

/* The fixed part of a row without its checksum; the hash is left to the caller. */
static void head_write(uint8_t *p, const struct facts *f)
{
    p[ROW_VERSION] = ENTRY_VERSION;
    p[ROW_WHAT] = f->what;
    p[ROW_SHARD] = p[ROW_SHARD + 1] = 0;
    put64(p + ROW_AT, (uint64_t)f->at_us);
    put64(p + ROW_CASE, f->case_seq);
    put32(p + ROW_CASE_VERSION, f->version);
    put32(p + ROW_FLAGS, f->flags);
    put32(p + ROW_DAY, f->day);
    put32(p + ROW_COUNTER, f->counter);
    p[ROW_KIND] = f->kind;
    p[ROW_SEVERITY] = f->severity;
    p[ROW_STATE] = f->state;
    p[ROW_MODE] = f->mode;
    p[ROW_CLASS] = f->call_class;
    p[ROW_FROM] = f->from;
    p[ROW_ACT] = f->act;
    p[ROW_PART] = f->part;
    p[ROW_PART_FROM] = f->part_from;
    p[ROW_PART_STATE] = f->part_state;
    const struct slice names[ROW_NAMES] = {f->owner, f->kecamatan, f->before,
                                           f->task,  f->helpers,   f->reporter};
    for (unsigned i = 0; i < ROW_NAMES; i++)
        p[ROW_NAMES_N + i] = (uint8_t)names[i].n;
    p[ROW_BITS] = f->bits;
}

static void text_digest(const struct entry *e, struct slice name, struct slice value,
                        uint8_t out[ENTRY_HASH_BYTES])
{
    crypto_generichash_state s;
    crypto_generichash_init(&s, NULL, 0, ENTRY_HASH_BYTES);
    crypto_generichash_update(&s, e->salt, sizeof e->salt);
    crypto_generichash_update(&s, (const uint8_t *)name.p, name.n);
    crypto_generichash_update(&s, (const uint8_t *)"", 1);
    crypto_generichash_update(&s, (const uint8_t *)value.p, value.n);
    crypto_generichash_final(&s, out, ENTRY_HASH_BYTES);
}

/* An erased text has left its digest behind as 32 bytes of bin; so the chain is the same before and
 * after. */
static void chain_texts(crypto_generichash_state *s, const struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        uint8_t digest[ENTRY_HASH_BYTES];
        if (slice_is(name, "salt")) {
            reader_skip(&r);
            continue;
        }
        if (reader_peek(&r) == PACK_BIN) {
            struct slice left = reader_bin(&r);
            memset(digest, 0, sizeof digest);
            memcpy(digest, left.p, left.n < sizeof digest ? left.n : sizeof digest);
        } else {
            text_digest(e, name, reader_skip(&r), digest);
        }
        crypto_generichash_update(s, (const uint8_t *)name.p, name.n);
        crypto_generichash_update(s, digest, sizeof digest);
    }
}

struct slice entry_erased_texts(const struct entry *e, struct arena *arena)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    uint32_t pairs = 0, n = reader_map(&r);
    size_t room = 64 + n * (ENTRY_HASH_BYTES + 32u);
    struct writer w;
    writer_init(&w, arena_open(arena, room), room);
    size_t at = writer_open_map(&w);
    for (; n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r), value = reader_skip(&r);
        uint8_t digest[ENTRY_HASH_BYTES];
        if (slice_is(name, "salt"))
            continue;
        writer_str(&w, name);
        struct reader left = reader_over(value.p, value.n);
        if (reader_peek(&left) == PACK_BIN) { /* erased before */
            writer_raw(&w, value.p, value.n);
        } else {
            text_digest(e, name, value, digest);
            writer_bin(&w, digest, sizeof digest);
        }
        pairs++;
    }
    writer_close_map(&w, at, pairs);
    return arena_close(arena, w.n);
}

void entry_chain(const uint8_t before[ENTRY_HASH_BYTES], const struct entry *e, struct facts *f)
{
    uint8_t head[ROW_HASH] = {0}, seq[8];
    head_write(head, f);
    put64(seq, f->seq);
    crypto_generichash_state s;
    crypto_generichash_init(&s, NULL, 0, ENTRY_HASH_BYTES);
    crypto_generichash_update(&s, before, ENTRY_HASH_BYTES);
    crypto_generichash_update(&s, seq, sizeof seq);
    crypto_generichash_update(&s, head + ROW_VERSION, ROW_HASH - ROW_VERSION);
    const struct slice names[ROW_NAMES] = {f->owner, f->kecamatan, f->before,
                                           f->task,  f->helpers,   f->reporter};
    for (unsigned i = 0; i < ROW_NAMES; i++)
        crypto_generichash_update(&s, (const uint8_t *)names[i].p, names[i].n);
    crypto_generichash_update(&s, (const uint8_t *)e->inner.p, e->inner.n);
    crypto_generichash_update(&s, (const uint8_t *)e->shown.p, e->shown.n);
    chain_texts(&s, e);
    crypto_generichash_final(&s, f->hash, ENTRY_HASH_BYTES);
}

size_t entry_row_size(const struct entry *e, const struct facts *f)
{
    return ROW_HEAD_BYTES + f->owner.n + f->kecamatan.n + f->before.n + f->task.n + f->helpers.n +
           f->reporter.n + e->inner.n + e->shown.n + e->texts.n;
}

/* With the number: a row that a turned pointer or key shows as another's is no such row. */
static uint32_t row_sum(uint64_t seq, const uint8_t *row, size_t n)
{
    uint8_t b[12];
    put64(b, seq);
    put32(b + 8, crc32c(row + ROW_VERSION, n - ROW_VERSION));
    return crc32c(b, sizeof b);
}

void entry_row_sum(uint64_t seq, uint8_t *row, size_t n)
{
    put32(row + ROW_CRC, row_sum(seq, row, n));
}

void entry_row_write(uint8_t *out, const struct entry *e, const struct facts *f)
{
    const struct slice parts[] = {f->owner,    f->kecamatan, f->before, f->task, f->helpers,
                                  f->reporter, e->inner,     e->shown,  e->texts};
    head_write(out, f);
    memcpy(out + ROW_HASH, f->hash, ENTRY_HASH_BYTES);
    uint8_t *p = out + ROW_HEAD_BYTES;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].n > 0)
            memcpy(p, parts[i].p, parts[i].n);
        p += parts[i].n;
    }
    entry_row_sum(f->seq, out, (size_t)(p - out));
}

void entry_facts_into(struct facts *f, struct slice row)
{
    struct slice *const names[ROW_NAMES] = {&f->owner, &f->kecamatan, &f->before,
                                            &f->task,  &f->helpers,   &f->reporter};
    const char *at = row.p + ROW_HEAD_BYTES;
    for (unsigned i = 0; i < ROW_NAMES; i++) {
        names[i]->p = at;
        at += names[i]->n;
    }
}

static uint32_t names_bytes(const uint8_t *row)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < ROW_NAMES; i++)
        n += row[ROW_NAMES_N + i];
    return n;
}

const char *entry_read_name(enum entry_read r)
{
    static const char *const names[] = {"fine", "cut short", "wrong checksum",
                                        "another format version", "unreadable body"};
    return names[r];
}

static void head_read(uint64_t seq, const uint8_t *p, struct facts *f)
{
    *f = (struct facts){.seq = seq,
                        .what = p[ROW_WHAT],
                        .at_us = (int64_t)get64(p + ROW_AT),
                        .case_seq = get64(p + ROW_CASE),
                        .version = get32(p + ROW_CASE_VERSION),
                        .flags = get32(p + ROW_FLAGS),
                        .day = get32(p + ROW_DAY),
                        .counter = get32(p + ROW_COUNTER),
                        .kind = p[ROW_KIND],
                        .severity = p[ROW_SEVERITY],
                        .state = p[ROW_STATE],
                        .mode = p[ROW_MODE],
                        .call_class = p[ROW_CLASS],
                        .from = p[ROW_FROM],
                        .act = p[ROW_ACT],
                        .part = p[ROW_PART],
                        .part_from = p[ROW_PART_FROM],
                        .part_state = p[ROW_PART_STATE],
                        .bits = p[ROW_BITS]};
    f->owner.n = p[ROW_NAMES_N];
    f->kecamatan.n = p[ROW_NAMES_N + 1];
    f->before.n = p[ROW_NAMES_N + 2];
    f->task.n = p[ROW_NAMES_N + 3];
    f->helpers.n = p[ROW_NAMES_N + 4];
    f->reporter.n = p[ROW_NAMES_N + 5];
    entry_facts_into(f, (struct slice){(const char *)p, 0});
    memcpy(f->hash, p + ROW_HASH, ENTRY_HASH_BYTES);
}

/* Work and alarms have acts of their own, and tables of functions by them. */
static bool act_known(const struct facts *f)
{
    uint8_t count = f->what == ENTRY_WORK    ? WORK_COUNT
                    : f->what == ENTRY_ALARM ? ALARM_COUNT
                                             : ACT_COUNT;
    return f->act < count && (f->act > 0 || count == ACT_COUNT);
}

/* Numbers that a later siagad may have added; tables are looked up by them. */
static bool numbers_known(const struct facts *f)
{
    return f->what >= ENTRY_EVENT && f->what < ENTRY_COUNT && f->kind < KIND_COUNT &&
           (f->kind > 0 || f->case_seq == 0) && f->severity < SEVERITY_COUNT &&
           f->state < STATE_COUNT && f->from < STATE_COUNT && f->part_from < STATE_COUNT &&
           f->part_state < STATE_COUNT && f->part < ENTRY_PARTS_MAX && act_known(f);
}

static void digest_read(struct reader *r, uint8_t out[ENTRY_DIGEST_BYTES])
{
    struct slice b = reader_bin(r);
    if (b.n == ENTRY_DIGEST_BYTES)
        memcpy(out, b.p, ENTRY_DIGEST_BYTES);
    else
        r->err = 1;
}

static void parts_read(struct reader *r, struct entry *e)
{
    uint32_t n = reader_array(r) / ENTRY_PART_ITEMS;
    if (n > ENTRY_PARTS_MAX)
        r->err = 1;
    for (uint32_t i = 0; i < n && r->err == 0; i++) {
        struct entry_part *part = &e->parts[i];
        part->skpd = reader_str(r);
        part->ack_due = reader_int(r);
        part->resolve_due = reader_int(r);
        part->silence_at = reader_int(r);
        part->ack_target = reader_str(r);
        part->resolve_target = reader_str(r);
        uint64_t judge = reader_uint(r);
        if (judge >= MILESTONE_COUNT)
            r->err = 1;
        part->judge = (uint8_t)judge;
        uint64_t bits = reader_uint(r);
        part->working = bits & 1;
        part->outside = bits & 2;
        e->parts_n = (uint8_t)(i + 1);
    }
}

static void change_read(struct reader *r, struct entry *e)
{
    if (reader_peek(r) == PACK_NIL) {
        reader_nil(r);
        return;
    }
    if (reader_array(r) != ENTRY_CHANGE_ITEMS)
        r->err = 1;
    e->own = reader_str(r);
    e->task = reader_str(r);
    e->secretariat = reader_str(r);
    e->into.kind = (uint8_t)reader_uint(r);
    e->into.day = (uint32_t)reader_uint(r);
    e->into.counter = (uint32_t)reader_uint(r);
    e->timer = (uint8_t)reader_uint(r);
    e->timer_at = reader_int(r);
    e->until_us = reader_int(r);
    e->claimed_us = reader_int(r);
    e->attempt = (uint32_t)reader_uint(r);
    uint8_t *const small[] = {&e->attempts_max, &e->level, &e->milestone,
                              &e->outcome,      &e->stars, &e->choices};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        *small[i] = (uint8_t)reader_uint(r);
}

static void person_read(struct reader *r, struct entry *e)
{
    e->has_person = reader_peek(r) != PACK_NIL;
    if (e->has_person)
        digest_read(r, e->person);
    else
        reader_nil(r);
}

/* The fixed-order array; entry_seal.c writes it. */
static void inner_read(struct entry *e)
{
    struct reader r = reader_over(e->inner.p, e->inner.n);
    if (reader_array(&r) != ENTRY_INNER_ITEMS)
        r.err = 1;
    e->node = reader_str(&r);
    e->boot = (uint32_t)reader_uint(&r);
    e->role = (uint8_t)reader_uint(&r);
    e->at_us = reader_int(&r);
    digest_read(&r, e->digest);
    e->owner = reader_str(&r);
    e->desk = reader_str(&r);
    e->flags = (uint32_t)reader_uint(&r);
    e->version = (uint32_t)reader_uint(&r);
    uint32_t refs = reader_array(&r) / 3;
    for (uint32_t i = 0; i < refs && i < EVENT_REFS_MAX && r.err == 0; i++) {
        e->refs[i].kind = (uint8_t)reader_uint(&r);
        e->refs[i].day = (uint32_t)reader_uint(&r);
        e->refs[i].counter = (uint32_t)reader_uint(&r);
        e->refs_n = (uint8_t)(i + 1);
    }
    e->visibility = (uint8_t)reader_uint(&r);
    e->public_at = reader_int(&r);
    person_read(&r, e);
    parts_read(&r, e);
    change_read(&r, e);
    if (r.err != 0 || r.p != r.end || e->role > 31) /* a bit of a mask */
        e->what = 0;
}

/* Who asked, under which key, and of a change why, stands in the shown map. */
static void shown_read(struct entry *e)
{
    struct reader r = reader_over(e->shown.p, e->shown.n);
    bool event = e->what == ENTRY_EVENT;
    for (uint32_t n = reader_map(&r);
         n > 0 && r.err == 0 && (!event || e->source.n == 0 || e->key.n == 0); n--) {
        struct slice name = reader_str(&r);
        if (slice_is(name, "source"))
            e->source = reader_str(&r);
        else if (slice_is(name, "key"))
            e->key = reader_str(&r);
        else if (!event && slice_is(name, "reason"))
            e->reason = reader_str(&r);
        else
            reader_skip(&r);
    }
    if (r.err != 0 || e->source.n == 0 || e->key.n == 0)
        e->what = 0;
}

static void salt_read(struct entry *e)
{
    struct reader r = reader_over(e->texts.p, e->texts.n);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--)
        if (slice_is(reader_str(&r), "salt"))
            digest_read(&r, e->salt);
        else
            reader_skip(&r);
    if (r.err != 0 || r.p != r.end)
        e->what = 0;
}

static bool body_read(struct slice body, const struct facts *f, struct entry *e, bool inner)
{
    struct reader r = reader_over(body.p, body.n);
    *e = (struct entry){.what = f->what,
                        .kind = f->kind,
                        .severity = f->severity,
                        .mode = f->mode,
                        .call_class = f->call_class,
                        .day = f->day,
                        .kecamatan = f->kecamatan,
                        .act = f->act};
    if (f->what != ENTRY_EVENT)
        e->case_seq = f->case_seq;
    e->inner = reader_skip(&r);
    e->shown = reader_skip(&r);
    e->texts = reader_skip(&r);
    if (r.err != 0 || r.p != r.end)
        return false;
    if (inner)
        inner_read(e);
    if (e->what != 0)
        shown_read(e);
    if (e->what != 0 && inner)
        salt_read(e);
    return e->what != 0;
}

static struct slice body_of(struct slice row)
{
    uint32_t used = ROW_HEAD_BYTES + names_bytes((const uint8_t *)row.p);
    return (struct slice){row.p + used, row.n - used};
}

static enum entry_read row_read(uint64_t seq, struct slice row, struct facts *ret_facts,
                                struct entry *ret_entry, bool inner)
{
    const uint8_t *p = (const uint8_t *)row.p;
    if (row.n < ROW_HEAD_BYTES)
        return ENTRY_CUT;
    if (row.n < ROW_HEAD_BYTES + names_bytes(p) && !control("row-names"))
        return ENTRY_CUT;
    if (get32(p + ROW_CRC) != row_sum(seq, p, row.n))
        return ENTRY_BAD_CRC;
    if (p[ROW_VERSION] != ENTRY_VERSION || (p[ROW_SHARD] | p[ROW_SHARD + 1]) != 0)
        return ENTRY_OTHER_VERSION;
    head_read(seq, p, ret_facts);
    if (!numbers_known(ret_facts))
        return ENTRY_OTHER_VERSION;
    if (ret_entry == NULL)
        return ENTRY_FINE;
    return body_read(body_of(row), ret_facts, ret_entry, inner) ? ENTRY_FINE : ENTRY_BAD_BODY;
}

enum entry_read entry_row_read(uint64_t seq, struct slice row, struct facts *ret_facts,
                               struct entry *ret_entry)
{
    return row_read(seq, row, ret_facts, ret_entry, true);
}

enum entry_read entry_row_told(uint64_t seq, struct slice row, struct facts *ret_facts,
                               struct entry *ret_entry)
{
    return row_read(seq, row, ret_facts, ret_entry, false);
}

enum entry_read entry_row_rest(struct slice row, const struct facts *f, struct entry *ret_entry)
{
    return body_read(body_of(row), f, ret_entry, false) ? ENTRY_FINE : ENTRY_BAD_BODY;
}
