/* pairs: one pair of a map, name and value, in one call. Each returns how many pairs it wrote, so
 * that a map's count is a sum. */
#ifndef SIAGA_PROTO_PAIRS_H
#define SIAGA_PROTO_PAIRS_H

#include "pack.h"
#include "slice.h"
#include "words.h"

uint32_t pair_str(struct writer *w, const char *name, struct slice value); /* nothing when empty */
uint32_t pair_text(struct writer *w, const char *name,
                   const char *value); /* nothing when NULL or "" */
uint32_t pair_word(struct writer *w, const char *name, enum word_group g,
                   uint8_t number); /* nothing when unknown */
uint32_t pair_uint(struct writer *w, const char *name, uint64_t value);
uint32_t pair_uint_if(struct writer *w, const char *name, uint64_t value); /* nothing when 0 */
uint32_t pair_bool(struct writer *w, const char *name, bool value);
uint32_t pair_time(struct writer *w, const char *name,
                   int64_t us);                        /* RFC 3339 in UTC; nothing when 0 */
uint32_t pair_flags(struct writer *w, uint32_t flags); /* "flags": their words, [] for none */
uint32_t pair_both(struct writer *w, const char *name, const char *id,
                   const char *en);                /* {"id": .., "en": ..} */
uint32_t pair_hint(struct writer *w, int verdict); /* "hint" of a verdict in both languages */

#endif
