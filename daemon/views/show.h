/* show: a row as the wire tells it, SPEC 6.1. The one place where rows become words; what a role
 * may not see is left out here. */
#ifndef SIAGA_VIEWS_SHOW_H
#define SIAGA_VIEWS_SHOW_H

#include "cases.h"
#include "entry.h"
#include "proto/pack.h"

/* Writes one map. `now` replaces state, version, owner, severity and call class by those of the
 * case; NULL: as they were right after the entry. */
void show_row(struct writer *w, const struct facts *f, const struct entry *e,
              const struct case_row *now);

/* What was promised for a real call (helpers, due times) and is silent while it is not one. */
bool show_is_promise(struct slice name);

/* The pair `full` of GET: texts that show_row() cut. Nothing is written, and 0 returned, when none
 * was. */
uint32_t show_full(struct writer *w, const struct entry *e);

#endif
