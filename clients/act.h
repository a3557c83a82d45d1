/* act: what each of `siaga ack`, `assign`, `forward` ... takes, as a table for act.c. */
#ifndef SIAGA_CLIENTS_ACT_H
#define SIAGA_CLIENTS_ACT_H

#include "tool.h"

enum {
    KEY_REASON = 1000,
    KEY_TO,
    KEY_OUTCOME,
    KEY_PROOF,
    KEY_INTO,
    KEY_AT,
    KEY_CORRECT,
    KEY_DONE,
    KEY_NOT_DONE,
    KEY_STARS,
};

/* What an act takes: masks of options. */
enum {
    REASON = 1,
    TARGET = 2,
    OUTCOME = 4,
    INTO = 8,
    MILESTONE = 16,
    RATING = 32,
    NOTE = 64,
    TASK = 128,
};

/* What stands behind the tickets. */
enum act_word { ACT_NO_WORD, ACT_WAITING, ACT_MILESTONE };

struct act {
    const char *verb;
    unsigned takes, needs; /* masks */
    enum act_word word;
    const char *args;
    const char *examples[2];
};

extern const struct act act_all[];

/* The options of the acts: each belongs to those that take `of`. */
struct act_option {
    unsigned of;
    struct tool_option option;
};
extern const struct act_option act_options[];
extern const size_t act_options_n;

#endif
