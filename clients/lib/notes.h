/* notes: the messages of a stream that were not yet given out, in the order they came. */
#ifndef SIAGA_CLIENTS_LIB_NOTES_H
#define SIAGA_CLIENTS_LIB_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "siaga.h"

struct note {
    struct note *next;
    uint8_t code; /* enum answer */
    siaga_doc *body;
};

struct notes {
    struct note *first, **last;
    size_t row;       /* the next row of the first one */
    siaga_doc *given; /* body of the one dropped last: what was just given out may point into it */
};

void notes_init(struct notes *q);
void notes_add(struct notes *q, uint8_t code, siaga_doc *body); /* takes the body over */
void notes_drop(struct notes *q);                               /* the first one */
void notes_drop_all(struct notes *q);
void notes_free(struct notes *q); /* and what was given out */

/* The next row of the first note, of its list `rows`; NULL when all were given out. */
const siaga_doc *notes_row(struct notes *q);

#endif
