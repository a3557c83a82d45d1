/* rights: who sees what, from rights.def. No I/O; the same table for siagad and for `siaga roles`.
 */
#ifndef SIAGA_PROTO_RIGHTS_H
#define SIAGA_PROTO_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

#define SEES(NAME, ...) RIGHTS_##NAME,
#define SEES_ENTRY(...)
enum rights_field {
#include "rights.def"
    RIGHTS_FIELDS
};

bool rights_sees(uint8_t role, enum rights_field field, bool secret); /* secret: the case is */
/* The row of a name; RIGHTS_FIELDS: it has none, and is seen by nobody. */
enum rights_field rights_named(struct slice name);
bool rights_sees_named(uint8_t role, struct slice field, bool secret);
/* Mask 1 << enum entry_kind of the journal entries the role hears of. */
uint32_t rights_entries(uint8_t role);

bool rights_sees_sender(uint8_t role); /* of an anonymous case: whose key sent it */
bool rights_own_only(uint8_t role);    /* handler, field staff: cases of their own */
bool rights_public_only(uint8_t role); /* Humas, media: what is public */

struct rights_row {
    const char *name, *id, *en;
    uint32_t open, secret; /* masks of roles */
};
const struct rights_row *rights_rows(uint32_t *ret_count);

#endif
