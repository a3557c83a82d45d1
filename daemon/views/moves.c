#include "moves.h"

#include <stddef.h>

#include "proto/words.h"

#define NOTHING MOVE_NOTHING
#define REASON MOVE_REASON
#define OUTCOME MOVE_OUTCOME
#define TARGET MOVE_TARGET
#define INTO MOVE_INTO
#define RATING MOVE_RATING
static const struct move MOVES[] = {
#define MILESTONE MOVE_MILESTONE
#define MOVE(FROM, DO, roles, needs, NEXT) {STATE_##FROM, ACT_##DO, STATE_##NEXT, roles, needs},
#include "proto/moves.def"
};

#define MOVES_COUNT (sizeof MOVES / sizeof *MOVES)

const struct move *moves_find(uint8_t from, uint8_t act)
{
    for (size_t i = 0; i < MOVES_COUNT; i++)
        if (MOVES[i].from == from && MOVES[i].act == act)
            return &MOVES[i];
    return NULL;
}

/* Acts that take more than a word: a target, another case, a milestone, a rating. */
static bool plain(const struct move *m)
{
    return m->from != m->next &&
           (m->needs & (MOVE_TARGET | MOVE_INTO | MOVE_MILESTONE | MOVE_RATING)) == 0 &&
           m->act != ACT_REFUSE;
}

uint8_t moves_act_to(uint8_t from, uint8_t to)
{
    for (size_t i = 0; i < MOVES_COUNT; i++)
        if (MOVES[i].from == from && MOVES[i].next == to && plain(&MOVES[i]))
            return MOVES[i].act;
    return 0;
}

unsigned moves_needs(uint8_t act)
{
    unsigned needs = ~0u;
    bool any = false;
    for (size_t i = 0; i < MOVES_COUNT; i++)
        if (MOVES[i].act == act) {
            needs &= MOVES[i].needs;
            any = true;
        }
    return any ? needs : MOVE_NOTHING;
}

unsigned moves_needs_to(uint8_t to)
{
    unsigned needs = ~0u;
    bool any = false;
    for (size_t i = 0; i < MOVES_COUNT; i++)
        if (MOVES[i].next == to && plain(&MOVES[i])) {
            needs &= MOVES[i].needs;
            any = true;
        }
    return any ? needs : MOVE_NOTHING;
}

unsigned moves_from(uint8_t from, uint8_t role, uint8_t ret_acts[16])
{
    unsigned n = 0;
    for (size_t i = 0; i < MOVES_COUNT && n < 16; i++)
        if (MOVES[i].from == from && (MOVES[i].roles >> role & 1))
            ret_acts[n++] = MOVES[i].act;
    return n;
}

bool moves_whole(uint8_t act)
{
    static const uint8_t whole[] = {ACT_VERIFY, ACT_ASSIGN,  ACT_CLOSE, ACT_REOPEN,  ACT_REJECT,
                                    ACT_APPEAL, ACT_FORWARD, ACT_MERGE, ACT_SUPPORT, ACT_RATE};
    for (size_t i = 0; i < sizeof whole; i++)
        if (whole[i] == act)
            return true;
    return false;
}
