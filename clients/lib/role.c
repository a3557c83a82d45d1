/* What each role may ask and see, from the tables that siagad itself obeys. */
#include <string.h>

#include "proto/frame.h"
#include "proto/rights.h"
#include "proto/words.h"
#include "siaga.h"

#define VERB(number, NAME, name, roles, ...) {name, roles},
static const struct {
    const char *name;
    uint32_t roles;
} verbs[] = {
#include "proto/verbs.def"
};

static uint8_t number(const char *role)
{
    return words_find(WORDS_ROLE, slice_from(role));
}

bool siaga_role_may(const char *role, const char *verb)
{
    uint8_t r = number(role);
    for (size_t i = 0; r && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].name, verb) == 0)
            return verbs[i].roles >> r & 1;
    return false;
}

bool siaga_role_sees(const char *role, const char *field, bool secret)
{
    uint8_t r = number(role);
    return r && rights_sees_named(r, slice_from(field), secret);
}

bool siaga_role_hears(const char *role, const char *entry)
{
    uint8_t r = number(role), what = words_find(WORDS_ENTRY, slice_from(entry));
    return r && what && rights_entries(r) >> what & 1;
}
