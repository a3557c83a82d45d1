#include "rights.h"

#include <assert.h>
#include <pthread.h>

#include "words.h"

#define SLOTS 256u /* a power of two, more than twice the rows */

#define SEES(NAME, name, open, secret, id, en) {name, id, en, open, secret},
#define SEES_ENTRY(...)
static const struct rights_row ROWS[RIGHTS_FIELDS] = {
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

/* Every row told asks for each of its names: a name is compared with one row or two. */
static uint8_t slots[SLOTS]; /* row + 1 */

static unsigned slot_of(const char *name, uint32_t n)
{
    return (n * 37u + (uint8_t)name[0] * 11u + (uint8_t)name[n - 1] * 5u + (uint8_t)name[n / 2]) %
           SLOTS;
}

static void fill_slots(void)
{
    static_assert(2 * RIGHTS_FIELDS < SLOTS, "room for every name, and as much again");
    for (unsigned i = 0; i < RIGHTS_FIELDS; i++) {
        unsigned at = slot_of(ROWS[i].name, LENGTHS[i]);
        while (slots[at] != 0)
            at = (at + 1) % SLOTS;
        slots[at] = (uint8_t)(i + 1);
    }
}

enum rights_field rights_named(struct slice name)
{
    static pthread_once_t filled = PTHREAD_ONCE_INIT;
    pthread_once(&filled, fill_slots);
    if (name.n == 0)
        return RIGHTS_FIELDS;
    for (unsigned at = slot_of(name.p, name.n); slots[at] != 0; at = (at + 1) % SLOTS) {
        unsigned i = slots[at] - 1u;
        if (LENGTHS[i] == name.n && memcmp(ROWS[i].name, name.p, name.n) == 0)
            return (enum rights_field)i;
    }
    return RIGHTS_FIELDS;
}

bool rights_sees_named(uint8_t role, struct slice field, bool secret)
{
    enum rights_field row = rights_named(field);
    return row != RIGHTS_FIELDS && rights_sees(role, row, secret);
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
