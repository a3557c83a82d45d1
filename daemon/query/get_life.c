/* What the history of a case adds up to: who held it how long, and what it is linked with. */
#include "daemon/views/show.h"
#include "proto/pairs.h"
#include "reading.h"

#define REPORTS_MOST 1000u
#define MERGES_MOST 16u /* links followed to the incident that lives on */

/* ---- who held it ---- */

static void close_holding(struct holding *h, int64_t at_us)
{
    if (h->waiting_us != 0)
        h->waited_us += at_us - h->waiting_us;
    h->waiting_us = 0;
    h->until_us = at_us;
}

void held_take(struct held *held, const struct facts *f)
{
    struct holding *last = held->count > 0 ? &held->at[held->count - 1] : NULL;
    if (last == NULL || f->before.n > 0) {
        if (last != NULL)
            close_holding(last, f->at_us);
        if (held->count == HELD_MOST)
            return;
        last = &held->at[held->count++];
        *last = (struct holding){.from_us = f->at_us};
        snprintf(last->skpd, sizeof last->skpd, SLICE_FMT, SLICE_ARG(f->owner));
    }
    if (words_state_waits(f->state) && last->waiting_us == 0)
        last->waiting_us = f->at_us;
    if (!words_state_waits(f->state) && last->waiting_us != 0) {
        last->waited_us += f->at_us - last->waiting_us;
        last->waiting_us = 0;
    }
    if (words_state_open(f->state))
        last->until_us = 0;
    else if (last->until_us == 0)
        close_holding(last, f->at_us);
}

uint32_t held_show(struct writer *w, const struct held *held, int64_t now_us)
{
    writer_text(w, "held");
    writer_array(w, held->count);
    for (unsigned i = 0; i < held->count; i++) {
        const struct holding *h = &held->at[i];
        int64_t until = h->until_us != 0 ? h->until_us : now_us;
        int64_t waited = h->waited_us + (h->waiting_us != 0 ? until - h->waiting_us : 0);
        size_t at = writer_open_map(w);
        uint32_t pairs = pair_text(w, "skpd", h->skpd);
        pairs += pair_time(w, "from", h->from_us) + pair_time(w, "until", h->until_us);
        int64_t held_us = until - h->from_us - waited;
        pairs += pair_uint(w, "held_s", held_us > 0 ? (uint64_t)held_us / 1000000 : 0);
        pairs += pair_uint(w, "waited_s", waited > 0 ? (uint64_t)waited / 1000000 : 0);
        writer_close_map(w, at, pairs);
    }
    return 1;
}

/* ---- what it is linked with ---- */

static void ticket_of(const struct case_row *c, char out[TICKET_BYTES])
{
    ticket_write((struct ticket){c->kind, c->day, c->counter}, out);
}

/* A secret case that the asker would not find is not told of beside another one either. */
static bool hidden(const struct question *q, const struct case_row *c)
{
    char helpers[CASES_HELPERS_BYTES];
    struct filter_subject subject = show_subject_of(c, helpers);
    return c->visibility == VISIBILITY_SECRET && !filter_passes(&q->filter, &subject);
}

static uint32_t show_reports(struct reading *r, const struct question *q, struct writer *w,
                             const struct case_row *c)
{
    struct rowkey from = rowkey_seq(c->seq);
    struct walk walk;
    uint32_t count = 0;
    size_t undo = w->n;
    writer_text(w, "reports");
    size_t at = writer_open_array(w);
    bool more = walk_from(&walk, &r->views, TABLE_LINKS, &from);
    for (; more && rowkey_read_u64(walk.key.p) == c->seq && count < REPORTS_MOST;
         more = walk_next(&walk)) {
        struct case_row report;
        char ticket[TICKET_BYTES];
        if (!reading_case(r, rowkey_read_u64(walk.key.p + 8), &report) || hidden(q, &report))
            continue;
        ticket_of(&report, ticket);
        writer_text(w, ticket);
        count++;
    }
    if (more)
        walk_close(&walk);
    writer_close_array(w, at, count);
    if (count == 0)
        w->n = undo;
    return count > 0;
}

/* The incident that lives on may itself have been merged meanwhile. */
static bool find_incident(struct reading *r, const struct case_row *c, struct case_row *ret)
{
    struct ticket into = c->into;
    for (unsigned i = 0; i < MERGES_MOST && into.kind != 0; i++) {
        uint64_t seq = cases_by_ticket(&r->views, into);
        if (seq == 0 || !reading_case(r, seq, ret))
            return false;
        into = ret->into;
    }
    return into.kind == 0;
}

static uint32_t show_incident(struct reading *r, const struct question *q, struct writer *w,
                              const struct case_row *c)
{
    struct case_row incident;
    char ticket[TICKET_BYTES];
    if (c->into.kind == 0 || !find_incident(r, c, &incident) || hidden(q, &incident))
        return 0;
    ticket_of(&incident, ticket);
    writer_text(w, "incident");
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "ticket", ticket);
    pairs += pair_word(w, "state", WORDS_STATE, incident.state);
    pairs += pair_str(w, "owner", cases_owner(&incident));
    pairs += pair_word(w, "outcome", WORDS_OUTCOME, incident.parts[0].outcome);
    writer_close_map(w, at, pairs);
    return 1;
}

uint32_t links_show(struct reading *r, const struct question *q, struct writer *w,
                    const struct case_row *c)
{
    return show_reports(r, q, w, c) + show_incident(r, q, w, c);
}
