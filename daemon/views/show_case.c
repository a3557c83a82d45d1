/* What a case is now: clocks, parts, milestones, what the reporter said. SPEC 6.1. */
#include "proto/pairs.h"
#include "show.h"

static uint32_t pair_seconds(struct writer *w, const char *name, int64_t us)
{
    return pair_uint_if(w, name, us > 0 ? (uint64_t)(us / 1000000) : 0);
}

static uint32_t show_milestones(struct writer *w, const struct part *p)
{
    uint32_t pairs = 0;
    size_t undo = w->n;
    writer_text(w, "milestones");
    size_t at = writer_open_map(w);
    for (uint8_t m = 1; m < MILESTONE_COUNT; m++)
        if (m != MILESTONE_TICKETED) /* that is the receipt */
            pairs += pair_time(w, words_wire(WORDS_MILESTONE, m), p->milestone[m]);
    writer_close_map(w, at, pairs);
    if (pairs == 0)
        w->n = undo;
    return pairs > 0;
}

/* What owner and supporting SKPD have alike. */
static uint32_t show_part(struct writer *w, const struct part *p)
{
    uint32_t pairs =
        pair_time(w, "ack_due", p->ack_due) + pair_time(w, "resolve_due", p->resolve_due);
    if (p->resolve_due != 0)
        pairs += pair_text(w, "clock", p->working ? "working" : "calendar");
    pairs += pair_str(w, "ack_target", p->ack_target);
    pairs += pair_str(w, "resolve_target", p->resolve_target);
    pairs += pair_str(w, "target_date", p->target_date);
    pairs += pair_word(w, "judged_by", WORDS_MILESTONE, p->judge);
    pairs += pair_time(w, "acknowledged_at", p->acked_us);
    pairs += pair_time(w, "receipt_at", p->receipt_us);
    pairs += pair_time(w, "waiting_since", p->waiting_us);
    pairs += pair_seconds(w, "waited_s", p->waited_us);
    pairs += pair_word(w, "level", WORDS_LEVEL, p->level);
    pairs += pair_word(w, "outcome", WORDS_OUTCOME, p->outcome);
    if (p->overdue)
        pairs += pair_bool(w, "overdue", true);
    if (p->dead)
        pairs += pair_bool(w, "dead", true);
    return pairs + show_milestones(w, p);
}

static uint32_t show_tasks(struct writer *w, const struct case_row *c)
{
    if (c->parts_n < 2)
        return 0;
    writer_text(w, "tasks");
    writer_array(w, c->parts_n - 1u);
    for (unsigned i = 1; i < c->parts_n; i++) {
        size_t at = writer_open_map(w);
        uint32_t pairs = pair_str(w, "skpd", c->parts[i].skpd);
        pairs += pair_word(w, "state", WORDS_STATE, c->parts[i].state);
        pairs += show_part(w, &c->parts[i]);
        writer_close_map(w, at, pairs);
    }
    return 1;
}

/* The time the owner is judged by; 0: not yet. */
static int64_t judged_at(const struct case_row *c)
{
    const struct part *p = &c->parts[0];
    return p->judge != 0 ? p->milestone[p->judge] : c->resolved_us;
}

static uint32_t show_judgement(struct writer *w, const struct case_row *c)
{
    const struct part *p = &c->parts[0];
    int64_t scene = p->milestone[MILESTONE_ON_SCENE], judged = judged_at(c);
    uint32_t pairs = 0;
    if (scene != 0)
        pairs +=
            pair_uint(w, "response_s",
                      scene > c->received_us ? (uint64_t)(scene - c->received_us) / 1000000 : 0);
    if (judged != 0 && p->resolve_due != 0)
        pairs += pair_bool(w, "in_target", judged <= p->resolve_due);
    return pairs;
}

static uint32_t show_rating(struct writer *w, const struct case_row *c)
{
    if (c->rated == 0)
        return 0;
    writer_text(w, "rating");
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_bool(w, "done", c->rated == 2) + pair_uint_if(w, "stars", c->stars);
    writer_close_map(w, at, pairs);
    return 1;
}

uint32_t show_case(struct writer *w, const struct case_row *c)
{
    uint32_t pairs = show_part(w, &c->parts[0]);
    pairs += pair_uint_if(w, "forwards", c->forwards);
    pairs += pair_time(w, "resolved_at", c->resolved_us);
    pairs += show_judgement(w, c);
    pairs += show_rating(w, c);
    if (c->into.kind != 0) {
        char ticket[TICKET_BYTES];
        ticket_write(c->into, ticket);
        pairs += pair_text(w, "into", ticket);
    }
    return pairs + show_tasks(w, c);
}
