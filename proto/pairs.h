/* pairs: one pair of a map, name and value, in one call. Each returns how many pairs it wrote, so
 * that a map's count is a sum. */
#ifndef SIAGA_PROTO_PAIRS_H
#define SIAGA_PROTO_PAIRS_H

#include "pack.h"
#include "slice.h"
#include "words.h"

/* Inline, so that the length of a literal name is known. */
static inline uint32_t pair_str(struct writer *w, const char *name, struct slice value)
{
    if (value.n == 0) /* nothing when empty */
        return 0;
    writer_text(w, name);
    writer_str(w, value);
    return 1;
}

static inline uint32_t pair_text(struct writer *w, const char *name, const char *value)
{
    return pair_str(w, name, slice_from(value)); /* nothing when NULL or "" */
}

static inline uint32_t pair_word(struct writer *w, const char *name, enum word_group g,
                                 uint8_t number)
{
    return pair_text(w, name, words_wire(g, number)); /* nothing when unknown */
}

static inline uint32_t pair_uint(struct writer *w, const char *name, uint64_t value)
{
    writer_text(w, name);
    writer_uint(w, value);
    return 1;
}

static inline uint32_t pair_bool(struct writer *w, const char *name, bool value)
{
    writer_text(w, name);
    writer_bool(w, value);
    return 1;
}

uint32_t pair_uint_if(struct writer *w, const char *name, uint64_t value); /* nothing when 0 */
uint32_t pair_time(struct writer *w, const char *name,
                   int64_t us);                        /* RFC 3339 in UTC; nothing when 0 */
uint32_t pair_flags(struct writer *w, uint32_t flags); /* "flags": their words, [] for none */
uint32_t pair_both(struct writer *w, const char *name, const char *id,
                   const char *en);                /* {"id":, "en":} */
uint32_t pair_hint(struct writer *w, int verdict); /* "hint" of a verdict */

#endif
