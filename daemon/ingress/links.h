/* links: which connection belongs to whom. So that a key that is taken back can be cut off on every
 * connection at once, and one key in two places is seen.
 *
 * Called by door (note), siagad (cut after the files of people changed). Bounded: the connection
 * not heard of for the longest is forgotten first; its next message is judged anew all the same. */
#ifndef SIAGA_INGRESS_LINKS_H
#define SIAGA_INGRESS_LINKS_H

#include "daemon/net/router.h"
#include "proto/slice.h"

#define LINKS_MOST 16384u
#define LINK_PEER_BYTES 64u

struct links;
struct links *links_new(void);
void links_free(struct links **l);

/* A message came. True when this key has been heard from another address within the last minute,
 * and that is news; ret_other is that address. */
bool links_note(struct links *l, const struct parcel *parcel, struct slice source, int64_t mono_us,
                char ret_other[LINK_PEER_BYTES]);

/* Calls cut() for every connection that judge() does not keep, and forgets it; how many. */
unsigned links_judge(struct links *l,
                     bool (*keep)(void *self, struct slice source, struct slice key),
                     void (*cut)(void *self, const struct address *to), void *self);
uint32_t links_count(const struct links *l);

#endif
