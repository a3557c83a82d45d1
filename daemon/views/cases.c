#include "cases.h"

#include "proto/pack.h"
#include "proto/uncleared.h"
#include "proto/words.h"

#define HEAD_ITEMS 37u
#define STINT_ITEMS 17u
#define PART_ITEMS 13u
#define PART_TIMES 10u

enum part_bit {
    PART_OUTSIDE = 1,
    PART_WORKING = 2,
    PART_OVERDUE = 4,
    PART_DEAD = 8,
    PART_ACK_LATE = 16
};

/* ---- times of a part that are mostly not set: a list of number, time, number, time ---- */

static void times_write(struct writer *w, const int64_t *times, unsigned count)
{
    uint32_t set = 0;
    for (unsigned i = 0; i < count; i++)
        set += times[i] != 0;
    writer_array(w, 2 * set);
    for (unsigned i = 0; i < count; i++)
        if (times[i] != 0) {
            writer_uint(w, i);
            writer_int(w, times[i]);
        }
}

static void times_read(struct reader *r, int64_t *times, unsigned count)
{
    for (uint32_t n = reader_array(r) / 2; n > 0 && r->err == 0; n--) {
        uint64_t i = reader_uint(r);
        int64_t us = reader_int(r);
        if (i < count)
            times[i] = us;
        else
            r->err = 1;
    }
}

/* ---- a part ---- */

static void part_write(struct writer *w, const struct part *p)
{
    writer_str(w, p->skpd);
    writer_uint(w, p->state);
    writer_uint(w, p->judge);
    writer_uint(w, p->level);
    writer_uint(w, p->outcome);
    writer_uint(w, (p->outside ? PART_OUTSIDE : 0u) | (p->working ? PART_WORKING : 0u) |
                       (p->overdue ? PART_OVERDUE : 0u) | (p->dead ? PART_DEAD : 0u) |
                       (p->ack_late ? PART_ACK_LATE : 0u));
    const int64_t times[PART_TIMES] = {p->since_us,     p->receipt_us, p->acked_us,  p->ack_due,
                                       p->resolve_due,  p->waiting_us, p->waited_us, p->base_us,
                                       p->silence_from, p->raised_us};
    times_write(w, times, PART_TIMES);
    times_write(w, p->timer, CASE_TIMERS);
    times_write(w, p->milestone, MILESTONE_COUNT);
    writer_uint(w, p->queued);
    writer_str(w, p->ack_target);
    writer_str(w, p->resolve_target);
    writer_str(w, p->target_date);
}

static void part_read(struct reader *r, struct part *p)
{
    *p = (struct part){.skpd = reader_str(r)};
    uint8_t *const small[] = {&p->state, &p->judge, &p->level, &p->outcome};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        *small[i] = (uint8_t)reader_uint(r);
    uint64_t bits = reader_uint(r);
    p->outside = bits & PART_OUTSIDE;
    p->working = bits & PART_WORKING;
    p->overdue = bits & PART_OVERDUE;
    p->dead = bits & PART_DEAD;
    p->ack_late = bits & PART_ACK_LATE;
    int64_t times[PART_TIMES] = {0};
    times_read(r, times, PART_TIMES);
    int64_t *const into[PART_TIMES] = {&p->since_us,     &p->receipt_us, &p->acked_us,  &p->ack_due,
                                       &p->resolve_due,  &p->waiting_us, &p->waited_us, &p->base_us,
                                       &p->silence_from, &p->raised_us};
    for (unsigned i = 0; i < PART_TIMES; i++)
        *into[i] = times[i];
    times_read(r, p->timer, CASE_TIMERS);
    times_read(r, p->milestone, MILESTONE_COUNT);
    p->queued = reader_uint(r);
    p->ack_target = reader_str(r);
    p->resolve_target = reader_str(r);
    p->target_date = reader_str(r);
}

/* ---- stints that are over ---- */

static void stint_write(struct writer *w, const struct stint *s)
{
    writer_str(w, s->skpd);
    const uint8_t small[] = {s->began, s->ended, s->level, s->stars, s->rated};
    for (size_t i = 0; i < sizeof small; i++)
        writer_uint(w, small[i]);
    const int64_t times[] = {s->from_us,   s->until_us,  s->acked_us,  s->late_us,
                             s->due_us,    s->judged_us, s->broken_us, s->scene_us,
                             s->waited_us, s->raised_us, s->rated_us};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        writer_int(w, times[i]);
}

static void stint_read(struct reader *r, struct stint *s)
{
    s->skpd = reader_str(r);
    uint8_t *const small[] = {&s->began, &s->ended, &s->level, &s->stars, &s->rated};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        *small[i] = (uint8_t)reader_uint(r);
    int64_t *const times[] = {&s->from_us,   &s->until_us,  &s->acked_us,  &s->late_us,
                              &s->due_us,    &s->judged_us, &s->broken_us, &s->scene_us,
                              &s->waited_us, &s->raised_us, &s->rated_us};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        *times[i] = reader_int(r);
}

static void stints_read(struct reader *r, struct case_row *c)
{
    uint32_t n = reader_array(r) / STINT_ITEMS;
    if (n > STINTS_MAX)
        r->err = 1;
    for (c->stints_n = 0; c->stints_n < n && r->err == 0; c->stints_n++)
        stint_read(r, &c->stints[c->stints_n]);
}

/* ---- the row ---- */

static void person_read(struct reader *r, struct case_row *c)
{
    struct slice id = reader_bin(r);
    c->has_person = id.n == ENTRY_PERSON_BYTES;
    if (c->has_person)
        memcpy(c->person, id.p, id.n);
}

bool cases_read(uint64_t seq, struct slice row, struct case_row *c)
{
    struct reader r = reader_over(row.p, row.n);
    reader_array(&r);
    cases_clear(c);
    c->seq = seq;
    c->last_seq = reader_uint(&r);
    uint32_t *const numbers[] = {&c->version, &c->flags, &c->day, &c->counter, &c->attempts};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = (uint32_t)reader_uint(&r);
    uint8_t *const small[] = {&c->kind,       &c->severity, &c->state, &c->mode,
                              &c->call_class, &c->forwards, &c->stars, &c->rated};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        *small[i] = (uint8_t)reader_uint(&r);
    c->received_us = reader_int(&r);
    c->resolved_us = reader_int(&r);
    c->until_us = reader_int(&r);
    c->into.kind = (uint8_t)reader_uint(&r);
    c->into.day = (uint32_t)reader_uint(&r);
    c->into.counter = (uint32_t)reader_uint(&r);
    c->routed = reader_str(&r);
    c->kecamatan = reader_str(&r);
    c->source = reader_str(&r);
    c->visibility = (uint8_t)reader_uint(&r);
    c->public = (uint8_t)reader_uint(&r);
    c->erased = (uint8_t)reader_uint(&r);
    c->hold = reader_uint(&r) != 0;
    c->public_at = reader_int(&r);
    person_read(&r, c);
    c->category = reader_str(&r);
    c->subkind = (uint8_t)reader_uint(&r);
    c->ended_us = reader_int(&r);
    c->rated_us = reader_int(&r);
    c->stint_us = reader_int(&r);
    c->stint_began = (uint8_t)reader_uint(&r);
    stints_read(&r, c);
    uint64_t parts = reader_uint(&r);
    if (parts == 0 || parts > ENTRY_PARTS_MAX)
        return false;
    for (c->parts_n = 0; c->parts_n < parts && r.err == 0; c->parts_n++)
        part_read(&r, &c->parts[c->parts_n]);
    return r.err == 0;
}

bool cases_row(struct txn *t, uint64_t seq, struct slice *ret_row)
{
    struct rowkey k = rowkey_seq(seq);
    return txn_get(t, TABLE_CASES, &k, ret_row);
}

bool cases_get(struct txn *t, uint64_t seq, struct case_row *ret_case)
{
    struct slice row;
    return cases_row(t, seq, &row) && cases_read(seq, row, ret_case);
}

void cases_put(struct txn *t, const struct case_row *c, bool fresh)
{
    uint8_t row[CASES_ROW_MAX] UNCLEARED;
    struct writer w;
    writer_init(&w, row, sizeof row);
    size_t at = writer_open_array(&w);
    writer_uint(&w, c->last_seq);
    const uint32_t numbers[] = {c->version, c->flags, c->day, c->counter, c->attempts};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        writer_uint(&w, numbers[i]);
    const uint8_t small[] = {c->kind,       c->severity, c->state, c->mode,
                             c->call_class, c->forwards, c->stars, c->rated};
    for (size_t i = 0; i < sizeof small; i++)
        writer_uint(&w, small[i]);
    writer_int(&w, c->received_us);
    writer_int(&w, c->resolved_us);
    writer_int(&w, c->until_us);
    writer_uint(&w, c->into.kind);
    writer_uint(&w, c->into.day);
    writer_uint(&w, c->into.counter);
    writer_str(&w, c->routed);
    writer_str(&w, c->kecamatan);
    writer_str(&w, c->source);
    writer_uint(&w, c->visibility);
    writer_uint(&w, c->public);
    writer_uint(&w, c->erased);
    writer_uint(&w, c->hold);
    writer_int(&w, c->public_at);
    writer_bin(&w, c->person, c->has_person ? ENTRY_PERSON_BYTES : 0);
    writer_str(&w, c->category);
    writer_uint(&w, c->subkind);
    writer_int(&w, c->ended_us);
    writer_int(&w, c->rated_us);
    writer_int(&w, c->stint_us);
    writer_uint(&w, c->stint_began);
    writer_array(&w, c->stints_n * STINT_ITEMS);
    for (unsigned i = 0; i < c->stints_n; i++)
        stint_write(&w, &c->stints[i]);
    writer_uint(&w, c->parts_n);
    for (unsigned i = 0; i < c->parts_n; i++)
        part_write(&w, &c->parts[i]);
    writer_close_array(&w, at, HEAD_ITEMS + c->parts_n * PART_ITEMS);
    struct rowkey k = rowkey_seq(c->seq);
    (fresh ? txn_append : txn_put)(t, TABLE_CASES, &k, row, w.n);
}

uint64_t cases_by_ticket(struct txn *t, struct ticket ticket)
{
    struct rowkey k = rowkey_new();
    struct slice v;
    rowkey_u32(rowkey_u32(rowkey_u8(&k, ticket.kind), ticket.day), ticket.counter);
    return txn_get(t, TABLE_TICKETS, &k, &v) && v.n == 8 ? rowkey_read_u64(v.p) : 0;
}

int cases_part_of(const struct case_row *c, struct slice skpd)
{
    for (int i = 0; i < c->parts_n; i++)
        if (slice_same(c->parts[i].skpd, skpd))
            return i;
    return -1;
}

bool cases_part_open(const struct part *p)
{
    return words_state_open(p->state);
}

bool cases_may_be_public(const struct case_row *c)
{
    return c->visibility != VISIBILITY_SECRET && c->call_class == CALL_CLASS_REAL &&
           c->mode == MODE_ACTUAL && c->state != STATE_MERGED && c->state != STATE_REJECTED &&
           c->state != STATE_CANCELLED;
}

int64_t cases_publish_at(const struct case_row *c)
{
    return c->public == CASE_UNTOLD && cases_may_be_public(c) ? c->public_at : 0;
}

struct slice cases_helpers(const struct case_row *c, char out[CASES_HELPERS_BYTES])
{
    uint32_t n = 0;
    for (unsigned i = 1; i < c->parts_n; i++) {
        struct slice s = c->parts[i].skpd;
        if (n + s.n + 1 >= CASES_HELPERS_BYTES)
            break;
        if (n > 0)
            out[n++] = ',';
        memcpy(out + n, s.p, s.n);
        n += s.n;
    }
    return (struct slice){out, n};
}
