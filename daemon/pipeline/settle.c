/* After the disk. The one place where a change is acknowledged: what the journal said of each
 * proposal becomes the answer of its errand, then the feeds and the desks hear of it. */
#include "house.h"
#include "proto/frame.h"
#include "proto/pairs.h"

/* Reasons of the moment: the same request may pass a little later. */
static bool of_the_moment(int verdict)
{
    static const int moment[] = {E_BUSY, E_RATE, E_FULL, E_STOPPING, E_UNKNOWN};
    for (size_t i = 0; i < sizeof moment / sizeof *moment; i++)
        if (verdict == moment[i])
            return true;
    return false;
}

static void ticket_text(const struct facts *f, char out[TICKET_BYTES])
{
    ticket_write((struct ticket){f->kind, f->day, f->counter}, out);
}

/* helpers and due times stand in the row as they were promised; a repeat is told the same. */
static uint32_t pack_promised(struct writer *w, const struct entry *e)
{
    static const char *const names[] = {"helpers", "ack_due", "resolve_due", "clock"};
    struct reader r = reader_over(e->shown.p, e->shown.n);
    uint32_t pairs = 0;
    bool helpers = false;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r), value = reader_skip(&r);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (slice_is(name, names[i])) {
                helpers = helpers || i == 0;
                writer_str(w, name);
                writer_raw(w, value.p, value.n);
                pairs++;
            }
    }
    if (!helpers) {
        writer_text(w, "helpers");
        writer_array(w, 0);
        pairs++;
    }
    return pairs;
}

static void pack_receipt(struct writer *w, const struct outcome *o)
{
    struct facts f;
    struct entry e;
    char ticket[TICKET_BYTES];
    entry_row_read(o->duplicate ? o->other_seq : o->facts.seq, o->row, &f, &e);
    ticket_text(&f, ticket);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "ticket", ticket);
    pairs += pair_uint(w, "seq", f.seq);
    pairs += pair_str(w, "owner", f.owner);
    pairs += pair_word(w, "state", WORDS_STATE, f.state);
    pairs += pair_time(w, "received_at", f.at_us);
    pairs += pack_promised(w, &e);
    pairs += pair_flags(w, f.flags);
    pairs += pair_bool(w, "duplicate", o->duplicate);
    writer_close_map(w, at, pairs);
}

static void pack_moved(struct writer *w, const struct outcome *o)
{
    struct facts f;
    char ticket[TICKET_BYTES];
    entry_row_read(o->duplicate ? o->other_seq : o->facts.seq, o->row, &f, NULL);
    ticket_text(&f, ticket);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "ticket", ticket);
    pairs += pair_uint(w, "case", f.case_seq);
    pairs += pair_uint(w, "seq", f.seq);
    pairs += pair_word(w, "state", WORDS_STATE, f.state);
    pairs += pair_uint(w, "version", f.version);
    pairs += pair_str(w, "owner", f.owner);
    pairs += pair_time(w, "at", f.at_us);
    pairs += pair_bool(w, "duplicate", o->duplicate);
    writer_close_map(w, at, pairs);
}

/* What a refusal tells of the case or the entry it met. */
static void tell_other(struct refusal *r, const struct outcome *o, char ticket[TICKET_BYTES])
{
    struct facts f;
    struct entry e;
    if (o == NULL || o->row.n == 0 || entry_row_read(o->other_seq, o->row, &f, &e) != ENTRY_FINE)
        return;
    ticket_text(&f, ticket);
    r->ticket = slice_from(ticket);
    if (r->verdict != E_STATE && r->verdict != E_STALE)
        return;
    r->state = o->facts.state;
    r->version = o->facts.version;
    r->changed_by = e.source;
    r->changed_at = f.at_us;
}

static void pack_refused(struct pipeline *p, struct writer *w, const struct proposal *proposal)
{
    char ticket[TICKET_BYTES];
    struct refusal r = {.verdict = proposal->verdict,
                        .faults = proposal->faults,
                        .wait_s = proposal->wait_s,
                        .role = proposal->who.role,
                        .nearest_n = proposal->nearest_n};
    memcpy(r.nearest, proposal->nearest, sizeof r.nearest);
    if (r.verdict == E_TIME_FUTURE)
        r.now_us = clock_now(p->parts.clock);
    tell_other(&r, proposal->outcome, ticket);
    ack_pack_refusal(w, &r);
}

static int shared_reason(const struct errand *e)
{
    int first = e->proposals[0]->verdict;
    for (uint32_t i = 1; i < e->count; i++)
        if (e->proposals[i]->verdict != first)
            return V_DONE;
    return of_the_moment(first) || e->verb != VERB_SUBMIT ? first : V_DONE;
}

static void count_one(struct pipeline *p, const struct proposal *proposal)
{
    uint64_t *at = p->parts.counters->at;
    if (proposal->verdict == V_DONE) {
        at[proposal->outcome->duplicate ? COUNT_DUPLICATE : COUNT_STORED]++;
        return;
    }
    at[COUNT_REFUSED]++;
    refused_note(p->parts.refused, clock_now(p->parts.clock), proposal->entry.source,
                 proposal->errand->verb, proposal->verdict, proposal->faults);
}

void settle_errand(struct pipeline *p, struct errand *e)
{
    struct ack *ack = p->parts.ack;
    for (uint32_t i = 0; i < e->count; i++)
        count_one(p, e->proposals[i]);
    struct writer *w = ack_open(ack);
    if (shared_reason(e) != V_DONE) {
        pack_refused(p, w, e->proposals[0]);
        ack_refuse_open(ack, &e->to);
        return;
    }
    if (e->verb != VERB_SUBMIT) {
        pack_moved(w, e->proposals[0]->outcome);
        ack_done(ack, &e->to);
        return;
    }
    writer_map(w, 1);
    writer_text(w, "results");
    writer_array(w, e->count);
    for (uint32_t i = 0; i < e->count; i++)
        if (e->proposals[i]->verdict == V_DONE)
            pack_receipt(w, e->proposals[i]->outcome);
        else
            pack_refused(p, w, e->proposals[i]);
    ack_done(ack, &e->to);
}

static int undecided(enum jrc rc)
{
    static const int verdicts[] = {
        [J_UNKNOWN] = E_UNKNOWN, [J_FULL] = E_FULL, [J_BUSY] = E_BUSY, [J_NO_QUORUM] = E_BUSY};
    return rc < sizeof verdicts / sizeof *verdicts && verdicts[rc] != 0 ? verdicts[rc] : E_UNKNOWN;
}

void settle_batch(struct pipeline *p, struct batch *b)
{
    for (uint32_t i = 0; i < b->group.count; i++) {
        struct proposal *one = b->proposals[i];
        if (i < b->group.done) {
            one->outcome = &b->group.outcomes[i];
            one->verdict = one->outcome->verdict;
        } else {
            one->verdict = undecided(b->group.rc);
        }
        if (++one->errand->decided == one->errand->count)
            settle_errand(p, one->errand);
    }
    feed_head(p->parts.feed, b->group.head);
    for (uint32_t i = 0; i < b->group.done; i++)
        if (b->group.outcomes[i].verdict == V_DONE && !b->group.outcomes[i].duplicate)
            feed_entry(p->parts.feed, b->group.outcomes[i].facts.seq, b->group.outcomes[i].row);
    feed_flush(p->parts.feed);
}
