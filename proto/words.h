/* words: the enumerations of kinds.def as numbers, wire words and labels in two languages. 0 is
 * always "not given". */
#ifndef SIAGA_PROTO_WORDS_H
#define SIAGA_PROTO_WORDS_H

#include <stdint.h>

#include "slice.h"

#define KIND(n, NAME, ...) KIND_##NAME = n,
enum kind {
#include "kinds.def"
    KIND_COUNT
};
#define SUBKIND(n, NAME, ...) SUBKIND_##NAME = n,
enum subkind {
#include "kinds.def"
};
#define CALL_CLASS(n, NAME, ...) CALL_CLASS_##NAME = n,
enum call_class {
#include "kinds.def"
};
#define MODE(n, NAME, ...) MODE_##NAME = n,
enum mode {
#include "kinds.def"
};
#define CHANNEL(n, NAME, ...) CHANNEL_##NAME = n,
enum channel {
#include "kinds.def"
};
#define SEVERITY(n, NAME, ...) SEVERITY_##NAME = n,
enum severity {
#include "kinds.def"
    SEVERITY_COUNT
};
#define URGENCY(n, NAME, ...) URGENCY_##NAME = n,
enum urgency {
#include "kinds.def"
};
#define CERTAINTY(n, NAME, ...) CERTAINTY_##NAME = n,
enum certainty {
#include "kinds.def"
};
#define VISIBILITY(n, NAME, ...) VISIBILITY_##NAME = n,
enum visibility {
#include "kinds.def"
};
#define LANGUAGE(n, NAME, ...) LANGUAGE_##NAME = n,
enum language {
#include "kinds.def"
};
#define REF_TYPE(n, NAME, ...) REF_##NAME = n,
enum ref_type {
#include "kinds.def"
};
#define STATE(n, NAME, ...) STATE_##NAME = n,
enum state {
#include "kinds.def"
    STATE_COUNT
};
#define OUTCOME(n, NAME, ...) OUTCOME_##NAME = n,
enum outcome_code {
#include "kinds.def"
};
#define ROLE(n, NAME, ...) ROLE_##NAME = n,
enum role {
#include "kinds.def"
    ROLE_COUNT
};
#define FLAG(bit, NAME, ...) FLAG_##NAME = 1u << bit,
enum flag {
#include "kinds.def"
};
#define ENTRY(n, NAME, ...) ENTRY_##NAME = n,
enum entry_kind {
#include "kinds.def"
    ENTRY_COUNT
};
#define ACT(n, NAME, ...) ACT_##NAME = n,
enum act {
#include "kinds.def"
    ACT_COUNT
};
#define MILESTONE(n, NAME, ...) MILESTONE_##NAME = n,
enum milestone {
#include "kinds.def"
    MILESTONE_COUNT
};
#define WORK(n, NAME, ...) WORK_##NAME = n,
enum work_act {
#include "kinds.def"
    WORK_COUNT
};
#define LEVEL(n, NAME, ...) LEVEL_##NAME = n,
enum level {
#include "kinds.def"
    LEVEL_COUNT
};
#define ALARM(n, NAME, ...) ALARM_##NAME = n,
enum alarm {
#include "kinds.def"
    ALARM_COUNT
};
#define PUBLICITY(n, NAME, ...) PUBLICITY_##NAME = n,
enum publicity {
#include "kinds.def"
};
#define ACCESS(n, NAME, ...) ACCESS_##NAME = n,
enum access {
#include "kinds.def"
};
#define ERASURE(n, NAME, ...) ERASURE_##NAME = n,
enum erasure {
#include "kinds.def"
};
#define HEALTH(n, NAME, ...) HEALTH_##NAME = n,
enum health_word {
#include "kinds.def"
};
#define HOLD(n, NAME, ...) HOLD_##NAME = n,
enum hold {
#include "kinds.def"
};
#define FIGURE(n, NAME, ...) FIGURE_##NAME = n,
enum figure {
#include "kinds.def"
    FIGURE_COUNT
};

/* One row of a group. */
struct word {
    uint8_t number; /* for FLAG the bit */
    const char *wire, *id, *en;
};

enum word_group {
    WORDS_KIND,
    WORDS_SUBKIND,
    WORDS_CALL_CLASS,
    WORDS_MODE,
    WORDS_CHANNEL,
    WORDS_SEVERITY,
    WORDS_URGENCY,
    WORDS_CERTAINTY,
    WORDS_VISIBILITY,
    WORDS_LANGUAGE,
    WORDS_REF_TYPE,
    WORDS_STATE,
    WORDS_OUTCOME,
    WORDS_ROLE,
    WORDS_FLAG,
    WORDS_ENTRY,
    WORDS_ACT,
    WORDS_MILESTONE,
    WORDS_WORK,
    WORDS_LEVEL,
    WORDS_ALARM,
    WORDS_PUBLICITY,
    WORDS_ACCESS,
    WORDS_ERASURE,
    WORDS_HEALTH,
    WORDS_HOLD,
    WORDS_FIGURE,
    WORDS_GROUPS
};

const struct word *words_rows(enum word_group g,
                              uint32_t *ret_count); /* in the order of kinds.def */
uint8_t
words_find(enum word_group g,
           struct slice wire); /* its number; 0 if unknown (CERTAINTY also takes "very likely") */
const char *words_wire(enum word_group g, uint8_t number); /* "" if unknown */
const char *words_label(enum word_group g, uint8_t number, bool english);
int words_flag_bit(
    struct slice wire); /* -1 if unknown: bit 0 is a flag, so words_find() cannot say it */
bool words_state_open(uint8_t state);        /* somebody owes work */
bool words_state_waits(uint8_t state);       /* and the resolve clock stands still */
uint8_t words_subkind_kind(uint8_t subkind); /* the kind a subkind belongs to */

#endif
