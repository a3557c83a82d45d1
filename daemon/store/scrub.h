/* scrub: what goes to the disk with a page.
 *
 * LMDB makes pages in buffers that it uses again and again, and moves rows about in them. Between
 * the rows of a page, and behind a value that has pages of its own, there lie pieces of other rows,
 * some of them deleted long ago, and it writes them along. It has no option against that with a map
 * that is only read. So the two calls by which it writes pages, pwrite and writev, are answered
 * here, for the whole process: pages on their way to a file that is watched are cleaned; all else
 * is passed on as it is. store_wipe_free() proves each time that LMDB still comes this way.
 */
#ifndef SIAGA_STORE_SCRUB_H
#define SIAGA_STORE_SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool scrub_watch(int fd, size_t page_bytes); /* by one thread at a time; false: too many files */
void scrub_forget(int fd);                   /* before it is closed */
uint64_t scrub_pages(int fd);                /* that LMDB wrote to it while it was watched */
bool scrub_full(int fd); /* there was no room on the disk for a page since this was last asked */

/* Has a value of this size pages of its own? Then what lies behind it on the last of them is made
 * zeros when LMDB has just given room for it: only the store knows how long it is. */
bool scrub_apart(size_t key_n, size_t value_n, size_t page_bytes);
void scrub_behind(void *value, size_t n, size_t page_bytes);

#endif
