/* export_file: what `siaga export` wrote, read back: a line of JSON or a msgpack map for each
 * entry, one before them that says what they join, one behind them that says what they come to.
 *
 * Only the number and the bytes of an entry count; what the line tells of it in words is for other
 * readers. Called by siagad --import.
 */
#ifndef SIAGA_DAEMON_EXPORT_FILE_H
#define SIAGA_DAEMON_EXPORT_FILE_H

#include "daemon/views/entry.h"

struct export_sum {
    uint64_t from, upto;                                      /* upto from - 1: it holds nothing */
    uint8_t before[ENTRY_HASH_BYTES], hash[ENTRY_HASH_BYTES]; /* of the chain before and behind */
};

/* Reads all of it, whole and in order, with every entry's checksum and the chain through them.
 * take NULL: it is only looked at; else it gets entry after entry, and what is not 0 ends the
 * reading. ERR_CONFIG: what is wrong, and in which line (of msgpack: at which byte). */
struct err;
int export_file_read(const char *path,
                     int (*take)(void *self, uint64_t seq, struct slice row, struct err *err),
                     void *self, struct export_sum *ret_sum, struct err *err);

#endif
