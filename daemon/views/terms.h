/* terms: what a case is found by besides its state: category, kelurahan, place, and the words of
 * its texts. They come with the event and do not change; words go when the texts are destroyed. */
#ifndef SIAGA_VIEWS_TERMS_H
#define SIAGA_VIEWS_TERMS_H

#include "cases.h"
#include "entry.h"
#include "index.h"

#define TERMS_WORDS_MAX 256u /* of one event: title first, then body, address, landmark */

void terms_add(struct index *ix, struct txn *t, const struct case_row *c, const struct entry *e);
void terms_forget_words(struct index *ix, struct txn *t, uint64_t seq);

/* What an event says of its place. False: no point. */
bool terms_point(const struct entry *e, int32_t *ret_lat_e7, int32_t *ret_lon_e7);

#endif
