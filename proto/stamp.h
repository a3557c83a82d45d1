/* stamp: points in time. Inside siaga a time is microseconds since 1970 in UTC (int64, 0 = not
 * given); at the edges it is RFC 3339. */
#ifndef SIAGA_PROTO_STAMP_H
#define SIAGA_PROTO_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

#define STAMP_BYTES 40 /* enough for any text made here, NUL included */
#define STAMP_SECOND 1000000ll
#define STAMP_MINUTE (60 * STAMP_SECOND)
#define STAMP_DAY (86400 * STAMP_SECOND)

bool stamp_parse(
    struct slice text,
    int64_t *ret_us); /* RFC 3339 with an offset or Z, years 1970..2200; fraction up to 9 digits,
                         cut to us; leap second :60 read as :59; a space for the T as `date
                         --rfc-3339` writes it; nothing before 1970 in UTC */
void stamp_utc(int64_t us, char out[STAMP_BYTES]); /* 2026-11-24T03:05:06.123456Z */
void stamp_offset(int64_t us, int offset_s,
                  char out[STAMP_BYTES]);             /* 2026-11-24T10:05:06.123456+07:00 */
uint32_t stamp_day(int64_t us, int offset_s);         /* days since 1970 at that offset */
void stamp_date(uint32_t day, char out[STAMP_BYTES]); /* 2026-11-24 */
void stamp_day_parts(uint32_t day, int *ret_y, int *ret_m, int *ret_d);
uint32_t stamp_day_of(int y, int m, int d); /* inverse; proleptic Gregorian, no checks */
uint8_t stamp_weekday(uint32_t day);        /* 0 Sunday .. 6 Saturday */

#endif
