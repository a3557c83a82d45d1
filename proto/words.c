#include "words.h"

#include <stdbool.h>
#include <stddef.h>

/* One array per group, filled from kinds.def. */
#define KIND(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word kinds[] = {
#include "kinds.def"
};
#define SUBKIND(n, NAME, KIND_NAME, wire, id, en) {n, wire, id, en},
static const struct word subkinds[] = {
#include "kinds.def"
};
#define CALL_CLASS(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word call_classes[] = {
#include "kinds.def"
};
#define MODE(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word modes[] = {
#include "kinds.def"
};
#define CHANNEL(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word channels[] = {
#include "kinds.def"
};
#define SEVERITY(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word severities[] = {
#include "kinds.def"
};
#define URGENCY(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word urgencies[] = {
#include "kinds.def"
};
#define CERTAINTY(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word certainties[] = {
#include "kinds.def"
};
#define VISIBILITY(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word visibilities[] = {
#include "kinds.def"
};
#define LANGUAGE(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word languages[] = {
#include "kinds.def"
};
#define REF_TYPE(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word ref_types[] = {
#include "kinds.def"
};
#define STATE(n, NAME, wire, id, en, open) {n, wire, id, en},
static const struct word states[] = {
#include "kinds.def"
};
#define OUTCOME(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word outcomes[] = {
#include "kinds.def"
};
#define ROLE(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word roles[] = {
#include "kinds.def"
};
#define FLAG(bit, NAME, wire, id, en) {bit, wire, id, en},
static const struct word flags[] = {
#include "kinds.def"
};
#define ENTRY(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word entries[] = {
#include "kinds.def"
};
#define ACT(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word acts[] = {
#include "kinds.def"
};
#define MILESTONE(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word milestones[] = {
#include "kinds.def"
};
#define WORK(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word works[] = {
#include "kinds.def"
};
#define LEVEL(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word levels[] = {
#include "kinds.def"
};
#define ALARM(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word alarms[] = {
#include "kinds.def"
};
#define PUBLICITY(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word publicities[] = {
#include "kinds.def"
};
#define ACCESS(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word accesses[] = {
#include "kinds.def"
};
#define ERASURE(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word erasures[] = {
#include "kinds.def"
};
#define HEALTH(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word healths[] = {
#include "kinds.def"
};
#define HOLD(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word holds[] = {
#include "kinds.def"
};
#define FIGURE(n, NAME, wire, id, en) {n, wire, id, en},
static const struct word figures[] = {
#include "kinds.def"
};

#define ROWS(array) .rows = array, .count = sizeof(array) / sizeof((array)[0])
static const struct {
    const struct word *rows;
    uint32_t count;
} groups[WORDS_GROUPS] = {
    [WORDS_KIND] = {ROWS(kinds)},
    [WORDS_SUBKIND] = {ROWS(subkinds)},
    [WORDS_CALL_CLASS] = {ROWS(call_classes)},
    [WORDS_MODE] = {ROWS(modes)},
    [WORDS_CHANNEL] = {ROWS(channels)},
    [WORDS_SEVERITY] = {ROWS(severities)},
    [WORDS_URGENCY] = {ROWS(urgencies)},
    [WORDS_CERTAINTY] = {ROWS(certainties)},
    [WORDS_VISIBILITY] = {ROWS(visibilities)},
    [WORDS_LANGUAGE] = {ROWS(languages)},
    [WORDS_REF_TYPE] = {ROWS(ref_types)},
    [WORDS_STATE] = {ROWS(states)},
    [WORDS_OUTCOME] = {ROWS(outcomes)},
    [WORDS_ROLE] = {ROWS(roles)},
    [WORDS_FLAG] = {ROWS(flags)},
    [WORDS_ENTRY] = {ROWS(entries)},
    [WORDS_ACT] = {ROWS(acts)},
    [WORDS_MILESTONE] = {ROWS(milestones)},
    [WORDS_WORK] = {ROWS(works)},
    [WORDS_LEVEL] = {ROWS(levels)},
    [WORDS_ALARM] = {ROWS(alarms)},
    [WORDS_PUBLICITY] = {ROWS(publicities)},
    [WORDS_ACCESS] = {ROWS(accesses)},
    [WORDS_ERASURE] = {ROWS(erasures)},
    [WORDS_HEALTH] = {ROWS(healths)},
    [WORDS_HOLD] = {ROWS(holds)},
    [WORDS_FIGURE] = {ROWS(figures)},
};

/* What a row knows beyond its word, indexed by its number. */
#define SUBKIND(n, NAME, KIND_NAME, ...) [n] = KIND_##KIND_NAME,
static const uint8_t subkind_kinds[] = {
#include "kinds.def"
};
#define STATE(n, NAME, wire, id, en, open) [n] = (open),
static const bool state_opens[] = {
#include "kinds.def"
};

const struct word *words_rows(enum word_group g, uint32_t *ret_count)
{
    *ret_count = groups[g].count;
    return groups[g].rows;
}

static const struct word *by_wire(enum word_group g, struct slice wire)
{
    for (uint32_t i = 0; i < groups[g].count; i++) {
        if (slice_is(wire, groups[g].rows[i].wire))
            return &groups[g].rows[i];
    }
    return NULL;
}

/* Most tables begin at 1 and leave none out, so that a row stands where its number says. */
static const struct word *by_number(enum word_group g, uint8_t number)
{
    if (number > 0 && number <= groups[g].count && groups[g].rows[number - 1].number == number)
        return &groups[g].rows[number - 1];
    for (uint32_t i = 0; i < groups[g].count; i++) {
        if (groups[g].rows[i].number == number)
            return &groups[g].rows[i];
    }
    return NULL;
}

uint8_t words_find(enum word_group g, struct slice wire)
{
    /* CAP 1.0 said "very likely"; CAP 1.2 asks readers to take it as "likely". */
    if (g == WORDS_CERTAINTY && slice_is(wire, "very likely"))
        return CERTAINTY_LIKELY;
    const struct word *w = by_wire(g, wire);
    return w ? w->number : 0;
}

const char *words_wire(enum word_group g, uint8_t number)
{
    const struct word *w = by_number(g, number);
    return w ? w->wire : "";
}

const char *words_label(enum word_group g, uint8_t number, bool english)
{
    const struct word *w = by_number(g, number);
    if (!w)
        return "";
    return english ? w->en : w->id;
}

int words_flag_bit(struct slice wire)
{
    const struct word *w = by_wire(WORDS_FLAG, wire);
    return w ? w->number : -1;
}

bool words_state_open(uint8_t state)
{
    return state < sizeof(state_opens) && state_opens[state];
}

bool words_state_waits(uint8_t state)
{
    return state == STATE_WAITING_REPORTER || state == STATE_WAITING_THIRD_PARTY ||
           state == STATE_WAITING_BUDGET;
}

uint8_t words_subkind_kind(uint8_t subkind)
{
    return subkind < sizeof(subkind_kinds) ? subkind_kinds[subkind] : 0;
}
