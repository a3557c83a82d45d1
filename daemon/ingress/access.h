/* access: from the files of people to who may come in. A key that is given, changed or taken back
 * is an entry of the journal like everything else that happened; connections it no longer carries
 * are cut. */
#ifndef SIAGA_INGRESS_ACCESS_H
#define SIAGA_INGRESS_ACCESS_H

#include "daemon/net/zap.h"
#include "door.h"
#include "links.h"

/* What the handler of handshakes decides by; the caller's (router_people() takes it). */
struct zap_table *access_table(const struct city *c);

/* Whether a connection that came in under this name and key may stay: they still belong together,
 * and are valid now. */
bool access_holds(const struct city *c, struct slice source, struct slice key, int64_t now_us);

/* New files are in force: what has changed for each name becomes an entry. */
void access_follow(struct door *d, const struct city *before, const struct city *now);
/* Cuts the connections whose key does not hold any more: taken back, replaced, of another role or
 * SKPD than before, or out of date. before NULL: only what the clock has ended. */
void access_judge(struct door *d, const struct city *before, const struct city *now);

/* One key came in from two addresses within a minute. */
/* To the POC at once: somebody was turned away at the door; a key sends what cannot be read. */
void access_turned_away(struct door *d, const struct turned *t);
void access_unreadable(struct door *d, struct slice source);
void access_two_places(struct door *d, struct slice source, struct slice here, const char *there);

#endif
