/* moves: which change of state is allowed, by whom, and what it needs: proto/moves.def as a table.
 */
#ifndef SIAGA_VIEWS_MOVES_H
#define SIAGA_VIEWS_MOVES_H

#include <stdbool.h>
#include <stdint.h>

enum move_needs { MOVE_NEEDS_NOTHING, MOVE_NEEDS_REASON, MOVE_NEEDS_OUTCOME };

struct move {
    uint8_t from, to;
    uint32_t roles; /* mask 1 << enum role */
    enum move_needs needs;
};

const struct move *moves_find(uint8_t from, uint8_t to); /* NULL: not allowed */
enum move_needs moves_needs(uint8_t to); /* what a move to this state always needs */
unsigned moves_from(uint8_t from, uint8_t role,
                    uint8_t ret_to[16]); /* states this role may move to now */

#endif
