/* zap_judge: the decisions of the ZAP handler, without its sockets. Inside net/ only. */
#ifndef SIAGA_NET_ZAP_JUDGE_H
#define SIAGA_NET_ZAP_JUDGE_H

#include "daemon/base/clock.h"
#include "zap.h"

struct verdict {
    bool in, slowed; /* slowed: refused without a look, its address knocked too often */
    char name[ZAP_NAME_BYTES], key[48]; /* of who is turned away: as far as known */
};

struct judge;
struct judge *judge_new(struct zap_table *table, const struct clock *clock); /* takes the table */
void judge_free(struct judge **j);
/* What was counted so far goes on: a new table is no new start for who knocks too often. */
void judge_inherit(struct judge *fresh, const struct judge *old);

void judge_key(struct judge *j, const uint8_t key[32], const char *address, struct verdict *ret);
void judge_user(struct judge *j, const char *address, struct verdict *ret); /* host:uid:gid:pid */

/* Whether the handler lives, as it looks to who asks each second: three looks without a beat, so
 * siagad ends within five seconds. A look counts for little more than that second, because who was
 * paused himself knows nothing of the time between. */
#define PULSE_LOOK_MS 1200
#define PULSE_DEAD_MS 2500
struct pulse {
    int64_t beat_ms, asked_ms, silent_ms;
};
bool pulse_alive(struct pulse *p, int64_t beat_ms, int64_t now_ms);

#endif
