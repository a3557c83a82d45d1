/* quota: how much each source may send. A bucket of tokens a source, filled with time; everything
 * that asks for a change takes one. */
#ifndef SIAGA_PIPELINE_QUOTA_H
#define SIAGA_PIPELINE_QUOTA_H

#include <stdint.h>

#include "proto/slice.h"

struct quota;
struct quota *quota_new(void);
void quota_free(struct quota **q);

/* Takes one token of `source`; per_minute is also the size of the bucket. Returns 0, or the seconds
 * to wait when there was none. now_us: monotonic. */
uint32_t quota_take(struct quota *q, struct slice source, uint32_t per_minute, int64_t now_us);

#endif
