#include "figures_of.h"

#include "proto/stamp.h"
#include "proto/words.h"
#include "stints.h"

#define HOUR_US (60 * STAMP_MINUTE)
#define MS_US 1000
#define RATIO_MOST 100000000ll /* a hundred thousand times the time promised */

uint32_t figures_day(int64_t us)
{
    return us > 0 ? stamp_day(us, FIGURES_OFFSET_S) : 0;
}

uint32_t figures_month(uint32_t day)
{
    int y, m, d;
    stamp_day_parts(day, &y, &m, &d);
    return (uint32_t)(y * 12 + m - 1);
}

static void add(struct addends *a, struct addend addend)
{
    if (a->n < ADDENDS_MOST)
        a->at[a->n++] = addend;
}

static void count_many(struct addends *a, uint8_t figure, struct slice skpd, int64_t at_us,
                       uint64_t amount)
{
    if (amount > 0)
        add(a, (struct addend){.kind = ADDEND_COUNT,
                               .what = figure,
                               .day = figures_day(at_us),
                               .skpd = skpd,
                               .amount = amount,
                               .at_us = at_us});
}

static void count(struct addends *a, uint8_t figure, struct slice skpd, int64_t at_us)
{
    count_many(a, figure, skpd, at_us, 1);
}

static uint64_t positive(int64_t us)
{
    return us > 0 ? (uint64_t)us : 0;
}

static void took(struct addends *a, uint8_t time, struct slice skpd, int64_t at_us, int64_t took_us)
{
    add(a, (struct addend){.kind = ADDEND_TIME,
                           .what = time,
                           .day = figures_day(at_us),
                           .skpd = skpd,
                           .amount = positive(took_us) / MS_US});
}

/* ---- one stint ---- */

static void add_beginning(struct addends *a, const struct case_row *c, const struct stint *s)
{
    static const uint8_t figures[] = {
        [STINT_IN] = FIGURE_IN, [STINT_GIVEN] = FIGURE_GIVEN, [STINT_REOPENED] = FIGURE_REOPENED};
    count(a, figures[s->began % 3], s->skpd, s->from_us);
    add(a,
        (struct addend){.kind = ADDEND_OPEN,
                        .day = s->ended == STINT_LASTS ? FIGURES_LASTS : figures_day(s->until_us),
                        .second = figures_day(c->received_us),
                        .third = figures_day(s->from_us),
                        .skpd = s->skpd,
                        .amount = 1});
}

static void add_answer(struct addends *a, const struct case_row *c, const struct stint *s)
{
    if (s->acked_us != 0) {
        count(a, FIGURE_ACKED, s->skpd, s->acked_us);
        took(a, FIGURES_ACK, s->skpd, s->acked_us, s->acked_us - s->from_us);
    }
    if (s->late_us != 0)
        count(a, FIGURE_LATE_ACK, s->skpd, s->late_us);
    if (s->scene_us != 0)
        took(a, FIGURES_RESPONSE, s->skpd, s->scene_us,
             s->scene_us - (s->began == STINT_REOPENED ? s->from_us : c->received_us));
    if (s->raised_us == 0)
        return;
    for (uint8_t level = LEVEL_SECTION_HEAD; level <= s->level && level <= LEVEL_MAYOR; level++)
        count(a, (uint8_t)(FIGURE_ESCALATED + level - LEVEL_SECTION_HEAD), s->skpd, s->raised_us);
}

static int64_t base_of(const struct case_row *c, const struct stint *s)
{
    return s->began == STINT_REOPENED ? s->from_us : c->received_us;
}

static void add_rank(struct addends *a, const struct case_row *c, const struct stint *s,
                     unsigned place)
{
    int64_t promised = s->due_us - base_of(c, s), taken = s->judged_us - base_of(c, s);
    if (s->ended != STINT_DONE || promised <= 0)
        return;
    int64_t ratio = taken <= 0 ? 0 : taken / (promised / 1000 + 1);
    add(a, (struct addend){.kind = ADDEND_RANK,
                           .day = figures_day(s->until_us),
                           .second = place,
                           .skpd = s->skpd,
                           .amount = positive(ratio < RATIO_MOST ? ratio : RATIO_MOST)});
}

static void add_target(struct addends *a, const struct case_row *c, const struct stint *s,
                       unsigned place)
{
    if (s->broken_us != 0)
        count(a, FIGURE_BROKEN, s->skpd, s->broken_us);
    if (s->due_us == 0)
        return;
    int64_t settled = s->judged_us != 0 ? s->judged_us : s->until_us;
    uint32_t day = settled != 0 ? figures_day(settled) : FIGURES_LASTS;
    if (s->broken_us != 0)
        add(a, (struct addend){.kind = ADDEND_LATE,
                               .day = day,
                               .second = figures_day(s->broken_us),
                               .skpd = s->skpd,
                               .amount = 1});
    add(a, (struct addend){.kind = ADDEND_OWED,
                           .day = day,
                           .second = figures_day(s->due_us),
                           .third = figures_day(s->from_us),
                           .skpd = s->skpd,
                           .amount = 1});
    if (s->judged_us == 0)
        return;
    if (s->broken_us == 0)
        count(a, FIGURE_KEPT, s->skpd, s->judged_us);
    add_rank(a, c, s, place);
}

static void add_end(struct addends *a, const struct case_row *c, const struct stint *s)
{
    static const uint8_t figures[] = {[STINT_AWAY] = FIGURE_FORWARDED,
                                      [STINT_DONE] = FIGURE_DONE,
                                      [STINT_DROPPED] = FIGURE_DROPPED};
    if (s->ended == STINT_LASTS)
        return;
    int64_t held = s->until_us - s->from_us - s->waited_us;
    count(a, figures[s->ended % 4], s->skpd, s->until_us);
    count(a, FIGURE_HELD, s->skpd, s->until_us);
    count_many(a, FIGURE_HELD_S, s->skpd, s->until_us, positive(held) / STAMP_SECOND);
    count_many(a, FIGURE_WAITED_S, s->skpd, s->until_us, positive(s->waited_us) / STAMP_SECOND);
    took(a, FIGURES_HOLD, s->skpd, s->until_us, held);
    if (s->ended == STINT_DONE)
        took(a, FIGURES_RESOLVE, s->skpd, s->until_us, s->until_us - base_of(c, s) - s->waited_us);
    if (s->rated == 0)
        return;
    count(a, s->rated == 2 ? FIGURE_RATED_DONE : FIGURE_RATED_NOT_DONE, s->skpd, s->rated_us);
    if (s->stars >= 1 && s->stars <= 5)
        count(a, (uint8_t)(FIGURE_STARS_1 + s->stars - 1), s->skpd, s->rated_us);
}

static void add_stint(struct addends *a, const struct case_row *c, const struct stint *s,
                      unsigned place)
{
    add_beginning(a, c, s);
    add_answer(a, c, s);
    add_target(a, c, s, place);
    add_end(a, c, s);
}

/* ---- the case ---- */

static void add_hour(struct addends *a, const struct stint *first)
{
    int64_t local = first->from_us + FIGURES_OFFSET_S * STAMP_SECOND;
    uint32_t hour = (uint32_t)(local / HOUR_US % 24);
    for (uint8_t late = 0; late <= (first->late_us != 0); late++)
        add(a, (struct addend){.kind = ADDEND_HOUR,
                               .what = late,
                               .day = figures_day(first->from_us),
                               .second = hour,
                               .skpd = first->skpd,
                               .amount = 1});
}

static void add_instruction(struct addends *a, const struct case_row *c, const struct stint *last)
{
    count(a, FIGURE_INSTRUCTED, last->skpd, c->received_us);
    if (last->ended == STINT_DONE)
        count(a, FIGURE_INSTRUCTED_DONE, last->skpd, last->until_us);
    add(a, (struct addend){.kind = ADDEND_ORDER, .day = figures_day(c->received_us), .amount = 1});
}

static void add_case(struct addends *a, const struct case_row *c, const struct stint *last)
{
    const struct stint *first = c->stints_n > 0 ? &c->stints[0] : last;
    for (unsigned i = 0; i < c->stints_n; i++)
        add_stint(a, c, &c->stints[i], i);
    add_stint(a, c, last, c->stints_n);
    add_hour(a, first);
    add(a, (struct addend){.kind = ADDEND_STATE,
                           .what = c->state,
                           .day = figures_day(c->received_us),
                           .skpd = last->skpd,
                           .amount = 1});
    if (c->subkind == SUBKIND_INSTRUCTION)
        add_instruction(a, c, last);
    for (unsigned i = 1; i < c->parts_n; i++)
        count(a, FIGURE_SUPPORTED, c->parts[i].skpd, c->parts[i].since_us);
}

void figures_of(const struct case_row *c, struct addends *a)
{
    a->n = 0;
    if (c->mode != MODE_ACTUAL)
        return;
    struct stint last = stints_last(c);
    struct slice first = c->stints_n > 0 ? c->stints[0].skpd : last.skpd;
    if (c->call_class != CALL_CLASS_REAL) {
        count(a, FIGURE_NOISE, last.skpd, c->received_us);
        return;
    }
    count(a, FIGURE_REPORTS, first, c->received_us);
    if (c->into.kind == 0)
        add_case(a, c, &last);
}
