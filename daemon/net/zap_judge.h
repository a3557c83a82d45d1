/* zap_judge: the decisions of the ZAP handler, without its sockets. Inside net/ only. */
#ifndef SIAGA_NET_ZAP_JUDGE_H
#define SIAGA_NET_ZAP_JUDGE_H

#include "zap.h"

struct verdict {
    bool in, slowed; /* slowed: refused without a look, its address knocked too often */
    char name[ZAP_NAME_BYTES], key[48]; /* of who is turned away: as far as known */
};

struct judge;
struct judge *judge_new(struct zap_table *table); /* takes it */
void judge_free(struct judge **j);
/* What was counted so far goes on: a new table is no new start for who knocks too often. */
void judge_inherit(struct judge *fresh, const struct judge *old);

void judge_key(struct judge *j, const uint8_t key[32], const char *address, struct verdict *ret);
void judge_user(struct judge *j, const char *address, struct verdict *ret); /* host:uid:gid:pid */

#endif
