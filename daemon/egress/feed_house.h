/* feed_house: the inside of the feed. Inside egress/ only. */
#ifndef SIAGA_EGRESS_FEED_HOUSE_H
#define SIAGA_EGRESS_FEED_HOUSE_H

#include "cursor.h"

struct feed {
    struct feed_parts parts;
    struct cursor *cursors;
    uint32_t count;
    uint32_t cases; /* held by snapshots under way */
    uint64_t oldest, head;
    uint8_t *scratch; /* one row, packed once for all cursors */
};

#endif
