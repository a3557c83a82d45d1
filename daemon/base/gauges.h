/* gauges: what siagad measures of itself, from gauges.def. Filled in when somebody asks
 * (ingress/measures.c). */
#ifndef SIAGA_BASE_GAUGES_H
#define SIAGA_BASE_GAUGES_H

#include <stdint.h>

#define GAUGE(NAME, ...) GAUGE_##NAME,
enum gauge {
#include "daemon/base/gauges.def"
    GAUGES
};

struct gauges {
    uint64_t at[GAUGES];
};

const char *gauges_name(enum gauge g);
const char *gauges_sentence(enum gauge g);

#endif
