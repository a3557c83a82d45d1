/* key: the names of things. Idempotency keys, UUIDv7, source names, category codes, tickets. */
#ifndef SIAGA_PROTO_KEY_H
#define SIAGA_PROTO_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

#define KEY_MAX_BYTES 64u
#define SOURCE_MAX_BYTES 48u
#define CODE_MAX_BYTES 32u
#define TICKET_BYTES 24 /* a ticket as text, NUL included */

bool key_valid(struct slice s);        /* 1-64 of A-Z a-z 0-9 . _ : - */
bool key_source_valid(struct slice s); /* 1-48 of a-z 0-9 - */
bool key_code_valid(struct slice s);   /* 1-32 of a-z 0-9 . _ - */
bool key_skpd_valid(struct slice s);   /* 1-24 of a-z 0-9 - */

/* UUIDv7 (RFC 9562) as 36 characters + NUL. Rises within one process also inside a millisecond:
 * 12-bit counter, seeded. `now_us` UTC; random from getrandom(2). */
void key_uuid7(char out[37], int64_t now_us);

/* A ticket: kind letter, local day, counter, check character: E-261124-0042-K. The counter has at
 * least four digits. The check character is computed over letter, day and counter digits with
 * weights modulo 23 (alphabet without I, O, S), so that one wrong character or two swapped
 * neighbours are noticed. The check separates what was typed or heard from what exists. */
struct ticket {
    uint8_t kind;     /* enum kind */
    uint32_t day;     /* days since 1970, local */
    uint32_t counter; /* from 1 */
};

void ticket_write(struct ticket t, char out[TICKET_BYTES]);
enum ticket_read { TICKET_FINE, TICKET_BAD_FORM, TICKET_BAD_CHECK };
enum ticket_read
ticket_read(struct slice text,
            struct ticket *ret_ticket); /* lower case and spaces for dashes are taken too */

#endif
