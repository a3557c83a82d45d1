/* What a watch reads from the disk: where a time begins, the open cases at one number, rows by
 * number. */
#include <stdlib.h>

#include "daemon/views/index.h"
#include "daemon/views/rows.h"
#include "daemon/views/show.h"
#include "proto/verdict.h"
#include "reading.h"

#define REPLAY_ROWS_MAX 1000u
#define REPLAY_LOOKED_MAX 20000u /* rows read for one answer, passed or not */
#define REPLAY_BYTES (96u << 10)

int since_answer(struct reading *r, struct question *q)
{
    q->next = rows_since(&r->log, q->since_us);
    return V_DONE;
}

static void keep_case(struct reading *r, struct question *q, uint64_t seq, uint32_t *room)
{
    struct case_row c UNCLEARED;
    if (!reading_case(r, seq, &c))
        return;
    if (q->cases_n == *room) {
        *room = *room == 0 ? 256 : *room * 2;
        q->cases = realloc(q->cases, *room * sizeof *q->cases);
        if (q->cases == NULL)
            abort();
    }
    struct snapshot_case *s = &q->cases[q->cases_n++];
    *s = (struct snapshot_case){.seq = seq,
                                .last_seq = c.last_seq,
                                .version = c.version,
                                .state = c.state,
                                .severity = c.severity,
                                .call_class = c.call_class};
    struct slice owner = cases_owner(&c);
    memcpy(s->owner, owner.p, owner.n < sizeof s->owner ? owner.n : sizeof s->owner - 1);
}

/* One read transaction sees one number: every open case is noted in it, small, and its texts are
 * read later from rows that never change. */
int snapshot_answer(struct reading *r, struct question *q)
{
    bool any;
    uint32_t newest = index_newest_chunk(&r->views, &any), room = 0;
    q->at = reading_views_at(r);
    for (uint32_t chunk = 0; any && chunk <= newest; chunk++) {
        struct index_set set;
        reading_match(r, &q->filter, true, chunk, &set);
        for (uint32_t i = 0; i < INDEX_WORDS; i++)
            for (uint64_t rest = set.word[i]; rest != 0; rest &= rest - 1)
                keep_case(r, q,
                          (uint64_t)chunk * INDEX_CHUNK + i * 64 + (uint32_t)__builtin_ctzll(rest),
                          &room);
    }
    return V_DONE;
}

int snapshot_rows_answer(struct reading *r, struct question *q)
{
    struct writer w;
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    for (; q->taken < q->cases_n && q->taken < q->limit && w.n < REPLAY_BYTES; q->taken++) {
        const struct snapshot_case *s = &q->cases[q->taken];
        struct show_now now = {.version = s->version,
                               .state = s->state,
                               .severity = s->severity,
                               .call_class = s->call_class,
                               .owner = slice_from(s->owner)};
        struct facts f;
        struct entry e UNCLEARED;
        if (!reading_row(r, q, s->seq, &f, &e))
            continue;
        show_row(&w, q->role, &f, &e, &now);
        q->rows++;
    }
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}

/* The last of the numbers that were lost with this one. */
static uint64_t lost_upto(const struct entry *e, uint64_t seq)
{
    struct slice text = show_value(e, "upto");
    uint64_t upto = 0;
    for (uint32_t i = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++)
        upto = upto * 10 + (uint64_t)(text.p[i] - '0');
    return upto > seq ? upto : seq;
}

int replay_answer(struct reading *r, struct question *q)
{
    struct writer w;
    uint64_t seq = q->seq;
    writer_init(&w, r->buffer, QUERY_ANSWER_BYTES);
    uint32_t most = q->limit < REPLAY_ROWS_MAX ? q->limit : REPLAY_ROWS_MAX;
    for (uint32_t looked = 0; seq <= q->upto && looked < REPLAY_LOOKED_MAX && w.n < REPLAY_BYTES;
         looked++) {
        struct facts f;
        struct entry e UNCLEARED;
        if (!reading_row(r, q, seq, &f, NULL))
            break;                  /* what comes before it is told first */
        if (f.what == ENTRY_LOST) { /* whoever comes by here has seen another journal, or not all */
            if (reading_rest(r, q, &f, &e))
                q->lost_upto = lost_upto(&e, seq);
            break;
        }
        struct filter_subject subject = show_subject(&f);
        if (filter_passes(&q->filter, &subject)) {
            if (q->rows == most || !reading_rest(r, q, &f, &e))
                break;
            show_row(&w, q->role, &f, &e, NULL);
            q->rows++;
        }
        seq++;
    }
    q->next = seq;
    q->body = reading_keep(q, &w);
    return w.err == 0 ? V_DONE : E_BUG;
}
