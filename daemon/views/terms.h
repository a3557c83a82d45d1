/* terms: what a case is found by besides its state: category, kelurahan, place, and the words of
 * its texts. They come with the event and do not change; words go when the texts are destroyed. */
#ifndef SIAGA_VIEWS_TERMS_H
#define SIAGA_VIEWS_TERMS_H

#include "cases.h"
#include "entry.h"
#include "index.h"

#define TERMS_WORDS_MAX 256u /* of one event: title first, then body, address, landmark */

/* What the shown part of an event says that its facts do not, read in one go; empty: nothing. */
struct terms {
    struct slice category, subkind, kelurahan;
    struct slice target_date; /* the first part's promise is the city's of that day */
    bool has_point;
    int32_t lat_e7, lon_e7;
};
void terms_read(const struct entry *e, struct terms *ret);

void terms_add(struct index *ix, struct txn *t, const struct case_row *c, const struct entry *e,
               const struct terms *terms);
void terms_forget_words(struct index *ix, struct txn *t, uint64_t seq);

#endif
