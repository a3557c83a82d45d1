/* notice: what goes wrong again and again at the door, made into few words: each name is told at
 * most once in ten minutes, all of them together only so often a minute, so that whoever floods
 * the door does not fill the journal with it. What is not told is counted and told the next time.
 *
 * Called by access (addresses that are turned away) and door (messages that cannot be read). */
#ifndef SIAGA_INGRESS_NOTICE_H
#define SIAGA_INGRESS_NOTICE_H

#include <stdint.h>

#include "proto/slice.h"

struct notice;
/* least: so often must it happen within ten minutes before a word is said of it. */
struct notice *notice_new(uint32_t least, uint32_t told_a_minute);
void notice_free(struct notice **n);

/* It happened `count` times more. 0, or how often it has happened that nobody was told of: tell it
 * now. mono_us: monotonic. */
uint32_t notice_count(struct notice *n, struct slice name, uint32_t count, int64_t mono_us);

#endif
