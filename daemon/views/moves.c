#include "moves.h"

#include <stddef.h>

#include "proto/words.h"

static const struct move MOVES[] = {
#define MOVE(FROM, TO, roles, needs) {STATE_##FROM, STATE_##TO, roles, MOVE_NEEDS_##needs},
#include "proto/moves.def"
};

#define MOVES_COUNT (sizeof MOVES / sizeof *MOVES)

const struct move *moves_find(uint8_t from, uint8_t to)
{
    for (size_t i = 0; i < MOVES_COUNT; i++)
        if (MOVES[i].from == from && MOVES[i].to == to)
            return &MOVES[i];
    return NULL;
}

enum move_needs moves_needs(uint8_t to)
{
    for (size_t i = 0; i < MOVES_COUNT; i++)
        if (MOVES[i].to == to && MOVES[i].needs != MOVE_NEEDS_NOTHING)
            return MOVES[i].needs;
    return MOVE_NEEDS_NOTHING;
}

unsigned moves_from(uint8_t from, uint8_t role, uint8_t ret_to[16])
{
    unsigned n = 0;
    for (size_t i = 0; i < MOVES_COUNT && n < 16; i++)
        if (MOVES[i].from == from && (MOVES[i].roles >> role & 1))
            ret_to[n++] = MOVES[i].to;
    return n;
}
