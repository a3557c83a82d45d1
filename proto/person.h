/* person: what is known of a reporter. It travels with an event and is kept apart from it.
 *
 * Limits are bytes of UTF-8 after NFC (mission 4.1): name 80, phone 20, mail 120, address 200, note
 * 200. A phone number is kept as E.164. A NIK is never taken. */
#ifndef SIAGA_PROTO_PERSON_H
#define SIAGA_PROTO_PERSON_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "pack.h"
#include "verdict.h"

enum person_field {
    PERSON_NONE,
    PERSON_NAME,
    PERSON_PHONE,
    PERSON_MAIL,
    PERSON_ADDRESS,
    PERSON_NOTE,
    PERSON_FIELDS
};

struct person {
    struct slice field[PERSON_FIELDS]; /* by enum person_field; [0] is unused */
};

#define PERSON_SEARCH_BYTES 256u

/* Reads the map at the reader; slices point into it or into the arena. bend: a wrong field is
 * mended or dropped (*ret_dropped) instead of refused. V_DONE or the first of the faults added;
 * nobody's data is repeated in them. */
int person_decode(struct reader *r, struct arena *a, bool bend, struct person *ret,
                  struct faults *faults, bool *ret_dropped);
uint32_t person_pack(struct writer *w, const struct person *p); /* pairs; the map is the caller's */
bool person_unpack(struct slice map, struct person *ret);       /* slices point into it */
bool person_empty(const struct person *p);

/* The form by which a value is found again: E.164, mail in small letters, names folded. Bytes
 * written, 0: nothing to look for. */
size_t person_search(enum person_field f, struct slice value, char out[PERSON_SEARCH_BYTES]);

#endif
