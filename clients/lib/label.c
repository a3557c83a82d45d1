/* The words of the protocol for people: labels, tickets, times. */
#include <string.h>
#include <time.h>

#include "proto/frame.h"
#include "proto/key.h"
#include "proto/stamp.h"
#include "proto/verdict.h"
#include "proto/words.h"
#include "siaga.h"

_Static_assert(SIAGA_KEY_BYTES == KEY_MAX_BYTES + 1, "key");
_Static_assert(SIAGA_SOURCE_BYTES == SOURCE_MAX_BYTES + 1, "source");
_Static_assert(SIAGA_TIME_BYTES >= STAMP_BYTES, "time");

const char *siaga_version(void)
{
    return SIAGA_VERSION;
}

/* ---- groups ---- */

static const char PERSONAL[] = ""; /* known by its address */

/* A row of any group; `type` is for fields only. */
struct row {
    const char *wire, *id, *en, *type;
};

#define TYPE_CLIENT(type) #type
#define TYPE_SERVER(type) ""
#define TYPE_PERSONAL(type) PERSONAL
#define FIELD(NAME, wire, type, limit, setter, id, en) {wire, id, en, TYPE_##setter(type)},
static const struct row fields[] = {
#include "proto/fields.def"
};
#define SEES(NAME, wire, open, secret, id, en) {wire, id, en, ""},
#define SEES_ENTRY(...)
static const struct row rights[] = {
#include "proto/rights.def"
};
#define WHERE(NAME, wire, field, form, group, changes, id, en) {wire, id, en, ""},
static const struct row wheres[] = {
#include "proto/where.def"
};
#define VERB(number, NAME, wire, roles, bytes, id, en) {wire, id, en, ""},
static const struct row verbs[] = {
#include "proto/verbs.def"
};
#define VERDICT(number, NAME, exit_code, id, en) {#NAME, id, en, ""},
static const struct row verdicts[] = {
#include "proto/verdicts.def"
};

static const char *const words_names[WORDS_GROUPS] = {
    [WORDS_KIND] = "kind",
    [WORDS_SUBKIND] = "subkind",
    [WORDS_CALL_CLASS] = "call_class",
    [WORDS_MODE] = "mode",
    [WORDS_CHANNEL] = "channel",
    [WORDS_SEVERITY] = "severity",
    [WORDS_URGENCY] = "urgency",
    [WORDS_CERTAINTY] = "certainty",
    [WORDS_VISIBILITY] = "visibility",
    [WORDS_LANGUAGE] = "language",
    [WORDS_REF_TYPE] = "ref_type",
    [WORDS_STATE] = "state",
    [WORDS_OUTCOME] = "outcome",
    [WORDS_ROLE] = "role",
    [WORDS_FLAG] = "flag",
    [WORDS_ENTRY] = "entry",
    [WORDS_ACT] = "act",
    [WORDS_MILESTONE] = "milestone",
    [WORDS_WORK] = "work",
    [WORDS_LEVEL] = "level",
    [WORDS_ALARM] = "alarm",
    [WORDS_PUBLICITY] = "publicity",
    [WORDS_ACCESS] = "access",
    [WORDS_ERASURE] = "erasure",
    [WORDS_HEALTH] = "health",
    [WORDS_HOLD] = "hold",
    [WORDS_FIGURE] = "figure",
};

static const struct {
    const char *name;
    const struct row *rows;
    size_t count;
} tables[] = {
    {"field", fields, sizeof(fields) / sizeof(fields[0])},
    {"right", rights, sizeof(rights) / sizeof(rights[0])},
    {"where", wheres, sizeof(wheres) / sizeof(wheres[0])},
    {"verb", verbs, sizeof(verbs) / sizeof(verbs[0])},
    {"verdict", verdicts, sizeof(verdicts) / sizeof(verdicts[0])},
};

/* The i-th row of a group, whatever table it stands in; wire NULL after the last. */
static struct row row_at(const char *group, size_t i)
{
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
        if (strcmp(tables[t].name, group) == 0)
            return i < tables[t].count ? tables[t].rows[i] : (struct row){0};
    for (int g = 0; g < WORDS_GROUPS; g++) {
        if (strcmp(words_names[g], group) != 0)
            continue;
        uint32_t count;
        const struct word *w = words_rows((enum word_group)g, &count);
        return i < count ? (struct row){w[i].wire, w[i].id, w[i].en, ""} : (struct row){0};
    }
    return (struct row){0};
}

static struct row row_of(const char *group, const char *word)
{
    struct row r;
    for (size_t i = 0; (r = row_at(group, i)).wire; i++)
        if (strcmp(r.wire, word) == 0)
            return r;
    return (struct row){0};
}

const char *siaga_label(const char *group, const char *word, bool english)
{
    struct row r = row_of(group, word);
    return !r.wire ? word : english ? r.en : r.id;
}

const char *siaga_word(const char *group, size_t i)
{
    return row_at(group, i).wire;
}

bool siaga_word_known(const char *group, const char *word)
{
    return row_of(group, word).wire != NULL;
}

bool siaga_state_open(const char *state)
{
    return words_state_open(words_find(WORDS_STATE, slice_from(state)));
}

int siaga_verdict_exit(const char *verdict)
{
    int v = verdict_find(slice_from(verdict));
    return v ? verdict_exit(v) : 70;
}

const char *siaga_field_type(const char *field)
{
    struct row r = row_of("field", field);
    return r.wire ? r.type : "";
}

bool siaga_field_personal(const char *field)
{
    return row_of("field", field).type == PERSONAL;
}

/* ---- tickets, names, times ---- */

siaga_ticket_state siaga_ticket_read(const char *text, char out[24])
{
    _Static_assert(TICKET_BYTES == 24, "the caller's room");
    struct ticket ticket;
    enum ticket_read found = ticket_read(slice_from(text), &ticket);
    if (found == TICKET_FINE)
        ticket_write(ticket, out);
    return found == TICKET_FINE        ? SIAGA_TICKET_FINE
           : found == TICKET_BAD_CHECK ? SIAGA_TICKET_BAD_CHECK
                                       : SIAGA_TICKET_BAD_FORM;
}

bool siaga_source_valid(const char *name)
{
    return key_source_valid(slice_from(name));
}

int64_t siaga_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * STAMP_SECOND + now.tv_nsec / 1000;
}

bool siaga_time_parse(const char *rfc3339, int64_t *ret_us)
{
    return stamp_parse(slice_from(rfc3339), ret_us);
}

void siaga_time_format(int64_t us, int offset_s, char out[SIAGA_TIME_BYTES])
{
    if (offset_s)
        stamp_offset(us, offset_s, out);
    else
        stamp_utc(us, out);
    char *fraction = strchr(out, '.');
    if (fraction && strncmp(fraction, ".000000", 7) == 0)
        memmove(fraction, fraction + 7, strlen(fraction + 7) + 1);
}
