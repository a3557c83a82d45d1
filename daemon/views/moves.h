/* moves: what may be done with a case, in which state, by whom, what it needs and where it leads:
 * proto/moves.def as a table. */
#ifndef SIAGA_VIEWS_MOVES_H
#define SIAGA_VIEWS_MOVES_H

#include <stdbool.h>
#include <stdint.h>

enum move_need {
    MOVE_NOTHING = 0,
    MOVE_REASON = 1,
    MOVE_OUTCOME = 2,
    MOVE_TARGET = 4,
    MOVE_INTO = 8,
    MOVE_MILESTONE = 16,
    MOVE_RATING = 32
};

struct move {
    uint8_t from, act, next;
    uint32_t roles; /* mask 1 << enum role */
    unsigned needs; /* mask of enum move_need */
};

const struct move *moves_find(uint8_t from, uint8_t act); /* NULL: not allowed */
/* The act that does nothing but change the state from one to another; 0: there is none. */
uint8_t moves_act_to(uint8_t from, uint8_t to);
unsigned moves_needs(uint8_t act);   /* what the act always needs, in whatever state */
unsigned moves_needs_to(uint8_t to); /* what every plain act that leads to this state needs */
/* The acts this role may do now. */
unsigned moves_from(uint8_t from, uint8_t role, uint8_t ret_acts[16]);
/* An act on the whole case, which only its owner's part can do. */
bool moves_whole(uint8_t act);

#endif
