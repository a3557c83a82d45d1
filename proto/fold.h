/* fold: the words of a text, in the form in which they are looked for. Letters and digits make a
 * word, everything else parts words; compatibility forms are taken apart, case is folded and
 * accents are dropped (utf8proc), so that "Jl. JUANDA", "jl juanda" and "Jl. Juánda" are the same
 * two words. A word of more than FOLD_WORD_BYTES is cut at a character. */
#ifndef SIAGA_PROTO_FOLD_H
#define SIAGA_PROTO_FOLD_H

#include <stdbool.h>

#include "slice.h"

#define FOLD_WORD_BYTES 24u

struct fold_word {
    char text[FOLD_WORD_BYTES];
    uint32_t n;
};

/* The next word of the text; *rest goes on behind it. False: there is none. The text is valid
 * UTF-8, or ends where it stops being so. */
bool fold_next(struct slice *rest, struct fold_word *ret_word);

#endif
