/* record: what shim.c writes down and cuts.c reads: a head, then `n` bytes. A test adds what was
 * acknowledged, in the same form. */
#ifndef SIAGA_TESTS_RECORD_H
#define SIAGA_TESTS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

enum record_what {
    RECORD_FILE = 'F',    /* `file` is the number of this path */
    RECORD_WRITE = 'W',   /* begun; it may be there whole, in part or not at all */
    RECORD_DURABLE = 'D', /* the last write to the file was its own sync and has returned */
    RECORD_SYNC = 'S',    /* all before to this file is durable */
    RECORD_ACKED = 'A',   /* `at`: the number of an entry somebody was told is stored */
    RECORD_ERASED = 'E'   /* `at`: of an event whose person and texts somebody was told are gone */
};

struct record {
    char what;
    uint8_t file, pad[2];
    uint32_t n;
    uint64_t at;
};

#endif
