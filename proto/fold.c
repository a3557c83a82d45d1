#include "fold.h"

#include <utf8proc.h>

#define ONE_MOST 32 /* what one character may become: U+FDFA has 18 */

static const utf8proc_option_t OPTIONS =
    UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK;

enum part { PARTS, BELONGS, SILENT }; /* silent: a mark that is dropped inside a word */

static enum part part_of(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return BELONGS;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return SILENT;
    default:
        return PARTS;
    }
}

/* What does not fit any more is left out: the word is cut. */
static void add(struct fold_word *w, const utf8proc_uint8_t *bytes, utf8proc_ssize_t n)
{
    if (w->n + (uint32_t)n > FOLD_WORD_BYTES)
        return;
    memcpy(w->text + w->n, bytes, (size_t)n);
    w->n += (uint32_t)n;
}

static void add_folded(struct fold_word *w, utf8proc_int32_t c)
{
    utf8proc_int32_t parts[ONE_MOST];
    utf8proc_uint8_t bytes[4];
    int last = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(c, parts, ONE_MOST, OPTIONS, &last);
    for (utf8proc_ssize_t i = 0; i < n && i < ONE_MOST; i++)
        if (part_of(parts[i]) == BELONGS)
            add(w, bytes, utf8proc_encode_char(parts[i], bytes));
}

static bool ascii_belongs(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* One character from the front: what it is, and added when it belongs. */
static enum part take(struct slice *rest, struct fold_word *w)
{
    uint8_t first = (uint8_t)rest->p[0];
    utf8proc_int32_t c;
    utf8proc_ssize_t n = 1;
    enum part part;
    if (first < 0x80) {
        part = ascii_belongs(first) ? BELONGS : PARTS;
        utf8proc_uint8_t small = first | (first >= 'A' && first <= 'Z' ? 0x20 : 0);
        if (part == BELONGS)
            add(w, &small, 1);
    } else if ((n = utf8proc_iterate((const utf8proc_uint8_t *)rest->p, rest->n, &c)) <= 0) {
        n = rest->n;
        part = PARTS;
    } else if ((part = part_of(c)) == BELONGS) {
        add_folded(w, c);
    }
    rest->p += n;
    rest->n -= (uint32_t)n;
    return part;
}

bool fold_next(struct slice *rest, struct fold_word *ret_word)
{
    ret_word->n = 0;
    while (rest->n > 0)
        if (take(rest, ret_word) == PARTS && ret_word->n > 0)
            return true;
    return ret_word->n > 0;
}
