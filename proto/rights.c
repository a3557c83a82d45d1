#include "rights.h"

#include "words.h"

#define SEES(NAME, name, open, secret, id, en) {name, id, en, open, secret},
#define SEES_ENTRY(...)
static const struct rights_row ROWS[] = {
#include "rights.def"
};

/* Their lengths, so that a name is compared with those alone that could be it. */
#define SEES(NAME, name, ...) sizeof(name) - 1,
#define SEES_ENTRY(...)
static const uint8_t LENGTHS[] = {
#include "rights.def"
};

#define SEES(...)
#define SEES_ENTRY(NAME, roles) [ENTRY_##NAME] = (roles),
static const uint32_t ENTRIES[ENTRY_COUNT] = {
#include "rights.def"
};

bool rights_sees(uint8_t role, enum rights_field field, bool secret)
{
    return (secret ? ROWS[field].secret : ROWS[field].open) >> role & 1;
}

bool rights_sees_named(uint8_t role, struct slice field, bool secret)
{
    for (unsigned i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (LENGTHS[i] == field.n && memcmp(ROWS[i].name, field.p, field.n) == 0)
            return rights_sees(role, (enum rights_field)i, secret);
    return false;
}

uint32_t rights_entries(uint8_t role)
{
    uint32_t mask = 0;
    for (unsigned what = 1; what < ENTRY_COUNT; what++)
        mask |= (ENTRIES[what] >> role & 1) << what;
    return mask;
}

bool rights_sees_sender(uint8_t role)
{
    return role == ROLE_OPERATOR || role == ROLE_AUDITOR || role == ROLE_SYSTEM;
}

bool rights_own_only(uint8_t role)
{
    return role == ROLE_HANDLER || role == ROLE_FIELD;
}

bool rights_public_only(uint8_t role)
{
    return role == ROLE_HUMAS || role == ROLE_MEDIA;
}

const struct rights_row *rights_rows(uint32_t *ret_count)
{
    *ret_count = sizeof ROWS / sizeof *ROWS;
    return ROWS;
}
