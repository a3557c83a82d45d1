/* where: what a case must be to be listed, as SPEC 5.6 has it: leaves joined by and, or, not. The
 * leaves are the rows of where.def. */
#ifndef SIAGA_PROTO_WHERE_H
#define SIAGA_PROTO_WHERE_H

#include "arena.h"
#include "filter.h"
#include "fold.h"
#include "key.h"
#include "rights.h"

#define WHERE_LEAVES_MAX 32u
#define WHERE_VALUES_MAX 64u
#define WHERE_RADIUS_MAX_M 100000u

#define WHERE(NAME, ...) WHERE_##NAME,
enum where_what {
    WHERE_ALL, /* true of every case: an `and` without anything */
#include "where.def"
    WHERE_AND,
    WHERE_OR,
    WHERE_NOT
};
#define WHERE_LEAF_KINDS WHERE_AND /* leaves are 1 to this, without it */
/* What the values of a leaf are; the fourth column of where.def. */
enum where_form {
    WHERE_AS_WORD,
    WHERE_AS_CODE,
    WHERE_AS_TEXT,
    WHERE_AS_BOX,
    WHERE_AS_NEAR,
    WHERE_AS_TICKET,
    WHERE_AS_KEY,
    WHERE_AS_FLAG
};

struct where {
    uint8_t what; /* enum where_what */
    uint8_t n;    /* parts of and, or, not; values of a leaf */
    uint8_t leaf; /* number of the leaf in the whole expression */
    bool prefix;  /* WORDS: the word is how one begins */
    struct where *parts;
    uint32_t mask;        /* a word group: 1 << number */
    struct slice *values; /* CODE, KEY (source/key); WORDS: one word, folded */
    struct ticket *tickets;
    int32_t south, west, north, east; /* BOX, 1e-7 degree; NEAR: the box around the circle */
    double lat, lon, radius_m;        /* NEAR */
};

/* Reads an expression: ["and" / "or", + expression], ["not", expression] or [name, + value]. What
 * is wrong in it is added to the faults under "where"; *ret_where is then of no use. Slices point
 * into the message, words into the arena. */
void where_take(struct where *ret_where, struct reader *r, struct arena *arena,
                struct faults *faults);

/* The lists of a filter, and `open`, joined by AND with an expression (NULL: none). */
struct where where_with_filter(const struct where *w, const struct filter *f, bool open,
                               struct arena *arena);

/* Numbers the leaves from 0, once the expression is whole; returns how many there are, or
 * WHERE_LEAVES_MAX + 1 when there are too many. */
unsigned where_number(struct where *w);

/* A copy that lives in another arena. */
struct where where_copy(const struct where *w, struct arena *arena);

static inline bool where_is_leaf(const struct where *w)
{
    return w->what > WHERE_ALL && w->what < WHERE_LEAF_KINDS;
}
const char *where_name(enum where_what leaf);
enum rights_field where_field(enum where_what leaf); /* who sees it may ask for it */
bool where_changes(enum where_what leaf); /* it may have been otherwise at an older number */
/* The first leaf whose field the role does not see even in open cases; NULL: it may ask all. */
const struct where *where_denied(const struct where *w, uint8_t role);
/* Calls `each` for every value of a leaf kind, for who knows the city's names. */
void where_each(const struct where *w, enum where_what leaf,
                void (*each)(void *self, struct slice value), void *self);

/* Metres between two points, degrees, on a sphere. */
double where_metres(double lat_a, double lon_a, double lat_b, double lon_b);

#endif
