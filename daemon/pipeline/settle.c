/* After the disk. The one place where a change is acknowledged: what the journal said of each
 * proposal becomes the answer of its errand, then the feeds and the desks hear of it. */
#include "daemon/base/control.h"
#include "daemon/base/log.h"
#include "daemon/views/show.h"
#include "house.h"
#include "proto/frame.h"
#include "proto/pairs.h"
#include "proto/rights.h"
#include "proto/uncleared.h"

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

/* helpers and due times stand in the entry as they were promised; a repeat is told the same. */
static uint32_t pack_promised(struct writer *w, const struct entry *e, bool real)
{
    struct reader r = reader_over(e->shown.p, e->shown.n);
    uint32_t pairs = 0;
    bool helpers = false;
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r), value = reader_skip(&r);
        if (!real || !show_is_promise(name))
            continue;
        helpers = helpers || name.p[0] == 'h';
        writer_str(w, name);
        writer_raw(w, value.p, value.n);
        pairs++;
    }
    if (!helpers) {
        writer_text(w, "helpers");
        writer_array(w, 0);
        pairs++;
    }
    return pairs;
}

/* What an answer tells of: the entry just stored, or the first one with its key, which is read into
 * `first`. */
struct told {
    const struct facts *facts;
    const struct entry *entry;
    struct facts first_facts;
    struct entry first_entry;
};

static void find_told(const struct proposal *p, struct told *t)
{
    const struct outcome *o = p->outcome;
    t->facts = &o->facts;
    t->entry = &p->entry;
    if (!o->duplicate)
        return;
    t->facts = &t->first_facts;
    t->entry = &t->first_entry;
    entry_row_read(o->other_seq, o->row, &t->first_facts, &t->first_entry);
}

static uint32_t pack_event_part(struct writer *w, const struct facts *f, const struct entry *e)
{
    uint32_t pairs = pair_time(w, "received_at", f->at_us);
    pairs += pack_promised(w, e, f->call_class == CALL_CLASS_REAL);
    return pairs + pair_flags(w, f->flags);
}

static uint32_t pack_change_part(struct writer *w, const struct facts *f, const struct entry *e)
{
    uint32_t pairs = pair_uint(w, "case", f->case_seq);
    pairs += pair_uint(w, "version", f->version);
    pairs += pair_time(w, "at", f->at_us) + pair_str(w, "task", f->task);
    if (f->task.n > 0)
        pairs += pair_word(w, "task_state", WORDS_STATE, f->part_state);
    if (f->bits & FACT_BY_RULE)
        pairs += pair_bool(w, "by_rule", true);
    if (f->what != ENTRY_WORK)
        return pairs;
    bool lease = f->act == WORK_TAKE || f->act == WORK_EXTEND;
    pairs += pair_uint_if(w, "attempt", e->attempt) + pair_bool(w, "dead", f->bits & FACT_DEAD);
    return pairs + (lease ? pair_time(w, "lease_until", e->until_us) : 0);
}

/* What became of a proposal: the receipt of an event, or the case after a change. */
static void pack_stored(struct writer *w, const struct proposal *p)
{
    struct told t UNCLEARED;
    char ticket[TICKET_BYTES];
    find_told(p, &t);
    const struct facts *f = t.facts;
    ticket_text(f, ticket);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "ticket", ticket);
    pairs += pair_uint(w, "seq", f->seq);
    if (rights_sees(p->who.role, RIGHTS_OWNER, false) || p->who.role == ROLE_IMPORTER)
        pairs += pair_str(w, "owner", f->owner);
    pairs += pair_word(w, "state", WORDS_STATE, f->state);
    pairs += p->event != NULL ? pack_event_part(w, f, t.entry) : pack_change_part(w, f, t.entry);
    pairs += pair_bool(w, "duplicate", p->outcome->duplicate);
    writer_close_map(w, at, pairs);
}

/* Who did what last; not who reported a case that is anonymous or secret. */
static void tell_change(struct refusal *r, const struct facts *f, const struct entry *e)
{
    bool move = f->what == ENTRY_MOVE;
    if (show_names_sender(r->role, f, e))
        r->changed_by = e->source;
    r->changed_at = f->at_us;
    r->changed_do = words_wire(move ? WORDS_ACT : WORDS_ENTRY, move ? f->act : f->what);
    r->changed_from = move ? f->from : 0;
    r->changed_task = f->task;
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
    r->part_state = o->facts.part_state;
    r->version = o->facts.version;
    tell_change(r, &f, &e);
}

/* The field whose reference the journal did not find: the case itself, or what is named beside it.
 */
static const char *led_nowhere(const struct proposal *p)
{
    if (p->event != NULL)
        return "refs";
    if (p->outcome == NULL || p->outcome->other_seq == 0)
        return "ticket";
    return p->entry.into.kind != 0 ? "into" : "task";
}

static void pack_refused(struct pipeline *p, struct writer *w, const struct proposal *proposal,
                         bool faults)
{
    char ticket[TICKET_BYTES];
    struct refusal r = {.verdict = proposal->verdict,
                        .faults = faults ? proposal->faults : NULL,
                        .wait_s = proposal->wait_s,
                        .role = proposal->who.role,
                        .nearest_n = proposal->nearest_n,
                        .versions = proposal->verdict == E_VERSION};
    struct faults nowhere = {.count = 0};
    memcpy(r.nearest, proposal->nearest, sizeof r.nearest);
    if (r.verdict == E_TIME_FUTURE)
        r.now_us = clock_now(p->parts.clock);
    if (r.verdict == E_REF && r.faults == NULL) { /* the journal says so, not a field's reader */
        faults_add(&nowhere, E_REF, led_nowhere(proposal), 0, (struct slice){0});
        r.faults = &nowhere;
    }
    if (r.verdict == E_FIELD && r.faults == NULL) { /* what the state it met needs besides */
        faults_add(&nowhere, E_FIELD, proposal->entry.act == ACT_ASSIGN ? "target" : "outcome", 0,
                   (struct slice){0});
        r.faults = &nowhere;
    }
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
    at[COUNT_REFUSED] += !control("uncounted");
    if (proposal->event != NULL && proposal->event->kind == KIND_EMERGENCY)
        log_message(MESSAGE_EMERGENCY_REFUSED,
                    "an emergency of %.*s was refused: %s; the POC should call back",
                    SLICE_ARG(proposal->entry.source), verdict_name(proposal->verdict));
    if (proposal->errand->told != NULL) {
        refused_tally(p->parts.refused, proposal->verdict);
        return;
    }
    at[COUNT_DENIED] += proposal->verdict == E_ROLE;
    refused_note(p->parts.refused, clock_now(p->parts.clock), proposal->entry.source,
                 proposal->errand->verb, proposal->verdict, proposal->faults);
}

static void pack_results(struct pipeline *p, struct writer *w, const struct errand *e, bool faults)
{
    writer_map(w, 1);
    writer_text(w, "results");
    writer_array(w, e->count);
    for (uint32_t i = 0; i < e->count; i++)
        if (e->proposals[i]->verdict == V_DONE)
            pack_stored(w, e->proposals[i]);
        else
            pack_refused(p, w, e->proposals[i], faults);
}

void settle_errand(struct pipeline *p, struct errand *e)
{
    struct ack *ack = p->parts.ack;
    for (uint32_t i = 0; i < e->count; i++)
        count_one(p, e->proposals[i]);
    if (e->charged > 0 && p->parts.answered != NULL)
        p->parts.answered(p->parts.self, e);
    if (e->told != NULL) {
        e->told(e->self, e);
        return;
    }
    struct writer *w = ack_open(ack);
    if (shared_reason(e) != V_DONE) {
        pack_refused(p, w, e->proposals[0], true);
        ack_refuse_open(ack, &e->to, e->proposals[0]->verdict);
        return;
    }
    if (e->verb != VERB_SUBMIT) {
        pack_stored(w, e->proposals[0]);
        ack_done(ack, &e->to);
        return;
    }
    pack_results(p, w, e, true);
    if (w->err != 0) /* more faults than an answer holds: the verdicts alone */
        pack_results(p, ack_open(ack), e, false);
    ack_done(ack, &e->to);
}

static int undecided(enum jrc rc)
{
    static const int verdicts[] = {
        [J_UNKNOWN] = E_UNKNOWN, [J_FULL] = E_FULL, [J_BUSY] = E_BUSY, [J_NO_QUORUM] = E_BUSY};
    return rc < sizeof verdicts / sizeof *verdicts && verdicts[rc] != 0 ? verdicts[rc] : E_UNKNOWN;
}

/* A repeat is answered from the first entry with its key; damaged, it is no answer. */
static bool readable(const struct outcome *o)
{
    struct facts f;
    struct entry e;
    if (!o->duplicate || entry_row_read(o->other_seq, o->row, &f, &e) == ENTRY_FINE)
        return true;
    log_message(MESSAGE_DAMAGED,
                "entry %llu of the journal is damaged; its repeat was not acknowledged; restore a "
                "backup",
                (unsigned long long)o->other_seq);
    return false;
}

static void tell_feeds(struct pipeline *p, const struct batch *b)
{
    feed_head(p->parts.feed, b->group.head);
    for (uint32_t i = 0; i < b->group.done; i++) {
        const struct outcome *o = &b->group.outcomes[i];
        if (o->verdict == V_DONE && !o->duplicate)
            feed_entry(p->parts.feed, o->facts.seq, o->row);
    }
    feed_flush(p->parts.feed);
}

void settle_some(struct pipeline *p, struct batch *b, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        struct proposal *one = b->proposals[i];
        if (i < b->group.done) {
            one->outcome = &b->group.outcomes[i];
            one->verdict = readable(one->outcome) ? one->outcome->verdict : E_CORRUPT;
        } else {
            one->verdict = undecided(b->group.rc);
            one->wait_s = one->verdict == E_FULL ? FULL_WAIT_S : 0;
        }
        if (one->verdict == V_DONE && !one->outcome->duplicate && p->parts.stored != NULL)
            p->parts.stored(p->parts.self, one);
        if (++one->errand->decided == one->errand->count)
            settle_errand(p, one->errand);
    }
    if (to == b->group.count)
        tell_feeds(p, b);
}
