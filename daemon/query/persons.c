/* Who stands behind a case, and what is to be destroyed. An answer here leaves only after its
 * reading was recorded (ingress/person.c). */
#include "daemon/persons/persons.h"
#include "daemon/views/index.h"
#include "daemon/views/rows.h"
#include "daemon/views/show.h"
#include "proto/pairs.h"
#include "proto/verdict.h"
#include "reading.h"

#define SCANNED_MOST 20000u /* cases looked at for one answer */

static void ticket_of(const struct case_row *c, char out[TICKET_BYTES])
{
    ticket_write((struct ticket){c->kind, c->day, c->counter}, out);
}

int person_answer(struct reading *r, struct question *q)
{
    struct case_row c;
    struct person who;
    struct writer w;
    char ticket[TICKET_BYTES];
    uint64_t seq;
    if (!reading_case(r, q->seq, &c) || !c.has_person)
        return E_NOT_FOUND;
    enum persons_read read = persons_open(&r->persons, c.person, &q->arena, &who, &seq);
    if (read != PERSONS_FINE)
        return read == PERSONS_GONE ? E_NOT_FOUND : E_CORRUPT;
    ticket_of(&c, ticket);
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t at = writer_open_map(&w);
    uint32_t pairs = pair_text(&w, "ticket", ticket) + pair_uint(&w, "case", c.seq);
    pairs += pair_word(&w, "visibility", WORDS_VISIBILITY, c.visibility);
    writer_text(&w, "person");
    size_t inner = writer_open_map(&w);
    writer_close_map(&w, inner, person_pack(&w, &who));
    writer_close_map(&w, at, pairs + 1);
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}

/* Which cases these numbers are; `after` when there may be more. */
static int tell_cases(struct reading *r, struct question *q, const uint64_t *seqs, unsigned count,
                      uint64_t after)
{
    struct writer w;
    uint32_t rows = 0;
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    size_t map = writer_open_map(&w);
    writer_text(&w, "cases");
    size_t at = writer_open_array(&w);
    for (unsigned i = 0; i < count; i++) {
        struct case_row c;
        char ticket[TICKET_BYTES];
        if (!reading_case(r, seqs[i], &c))
            continue;
        ticket_of(&c, ticket);
        size_t one = writer_open_map(&w);
        uint32_t pairs = pair_text(&w, "ticket", ticket) + pair_uint(&w, "case", c.seq);
        pairs += pair_time(&w, "received_at", c.received_us);
        writer_close_map(&w, one, pairs);
        rows++;
    }
    writer_close_array(&w, at, rows);
    writer_close_map(&w, map, 1 + pair_uint_if(&w, "after", after));
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}

int find_person_answer(struct reading *r, struct question *q)
{
    uint64_t seqs[QUERY_ROWS_MAX];
    unsigned n = persons_find(&r->persons, q->find, q->value, q->find_key, seqs, QUERY_ROWS_MAX);
    return tell_cases(r, q, seqs, n, 0);
}

int persons_answer(struct reading *r, struct question *q)
{
    uint64_t seqs[QUERY_ROWS_MAX];
    unsigned n = persons_page(&r->persons, q->seq, seqs, q->limit);
    return tell_cases(r, q, seqs, n, n == q->limit ? seqs[n - 1] : 0);
}

/* ---- what the schedule may want to destroy ---- */

static bool has_texts(const struct case_row *c)
{
    return !(c->erased >> ERASURE_TEXTS & 1);
}

static bool has_person(const struct case_row *c)
{
    return c->has_person && !(c->erased >> ERASURE_PERSON & 1);
}

static void take_expired(struct reading *r, struct question *q, uint64_t seq)
{
    struct case_row c;
    struct facts f, last;
    struct entry e;
    if (!reading_case(r, seq, &c) || words_state_open(c.state) ||
        (!has_texts(&c) && !has_person(&c)) || !reading_row(r, q, seq, &f, &e) ||
        !reading_row(r, q, c.last_seq, &last, NULL))
        return;
    struct slice category = show_value(&e, "category");
    q->expired[q->found++] =
        (struct expired){.ticket = {c.kind, c.day, c.counter},
                         .category = arena_copy(&q->arena, category.p, category.n),
                         .ended_us = last.at_us,
                         .person = has_person(&c),
                         .texts = has_texts(&c),
                         .hold = c.hold};
}

int retention_answer(struct reading *r, struct question *q)
{
    struct rowkey from = rowkey_seq(q->seq + 1);
    struct walk walk;
    unsigned looked = 0;
    q->expired = arena_alloc(&q->arena, (q->limit + 1) * sizeof *q->expired);
    bool more = walk_from(&walk, &r->views, TABLE_CASES, &from);
    for (; more && q->found < q->limit && looked < SCANNED_MOST;
         more = walk_next(&walk), looked++) {
        q->next = rowkey_read_u64(walk.key.p);
        take_expired(r, q, q->next);
    }
    if (more)
        walk_close(&walk);
    else
        q->next = 0;
    return V_DONE;
}
