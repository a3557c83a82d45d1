/* last_word: what siagad says when a signal ends it, and what it leaves behind for the next start.
 * A page that cannot be read (a file cut short, a disk that fails) comes as SIGBUS, a page that is
 * not what was written may end LMDB in any way. Nothing in flight is acknowledged then; the next
 * start looks at the store before it opens it (daemon/doubt.h). */
#ifndef SIAGA_LAST_WORD_H
#define SIAGA_LAST_WORD_H

#include <stdbool.h>

void last_word_arm(const char *store_dir); /* once, before the store is opened */
/* How many times one was left here since it was forgotten. */
unsigned last_word_left(const char *store_dir);
void last_word_forget(const char *store_dir);

#endif
