/* event_private: what the files event*.c share; nobody else includes it.
 *
 * event.c drives and judges what needs several fields, event_fields.c reads one field,
 * event_lists.c lists and maps, event_pack.c writes. A field of fields.def is a row of
 * event_fields[]; its reader and its writer go by its TYPE. */
#ifndef SIAGA_PROTO_EVENT_PRIVATE_H
#define SIAGA_PROTO_EVENT_PRIVATE_H

#include "event.h"

#define FIELD(NAME, ...) FIELD_##NAME,
enum event_field {
#include "fields.def"
    EVENT_FIELDS
};

enum event_setter { SETTER_CLIENT, SETTER_SERVER, SETTER_PERSONAL };

/* Sentences for one kind of fault, more telling than that of the verdict. */
enum event_hint {
    HINT_VERDICT, /* the verdict's own */
    HINT_MISSING,
    HINT_TYPE,
    HINT_WORD,
    HINT_SUBKIND,
    HINT_KEY,
    HINT_ID,
    HINT_CODE,
    HINT_TIME,
    HINT_COUNT,
    HINT_BROKEN,
    HINT_CONTROL,
    HINT_LONG,
    HINT_ITEMS,
    HINT_EXTRA_BYTES,
    HINT_TWICE,
    HINT_SHA256,
    HINT_SERVER,
    HINT_PERSONAL,
    HINT_PERSON,
    HINT_UNKNOWN,
    HINT_GEO_PAIR,
    HINT_GEO_ZERO,
    HINT_GEO_SWAPPED,
    HINT_GEO_RANGE,
    HINTS
};

/* One event on its way from bytes to struct event. */
struct decode {
    const struct event_rules *rules;
    struct arena *arena;
    struct event *e;
    struct faults *faults;
    bool emergency;                 /* bend from here on */
    bool strangers;                 /* there are names that fields.def does not know */
    struct slice raw[EVENT_FIELDS]; /* the packed value; empty: absent or nil */
    bool given[EVENT_FIELDS];       /* has a value, good or blamed */
    bool lat_read, lon_read;
    double lat, lon;
    uint32_t extra_bytes;
    bool extra_full;
};

/* Reads one value into the event. Returns false when there was nothing in it (an empty text). */
struct field;
typedef bool event_read_fn(struct decode *d, const struct field *f, struct reader r);

struct field {
    const char *name;
    uint32_t name_n, limit;
    enum event_setter setter;
    event_read_fn *read;
};
extern const struct field event_fields[EVENT_FIELDS];

/* Where a field lives in struct event; size 0: nowhere. */
struct place {
    uint16_t at, size;
    uint16_t shown_at; /* TEXT, LONG: its shown length; 0: none */
    uint8_t group;     /* WORD: enum word_group */
};
extern const struct place event_places[EVENT_FIELDS];

static inline const struct place *event_place(const struct field *f)
{
    return &event_places[f - event_fields];
}

/* A fault to tell or, in an emergency, a flag to set instead (bend; 0: FLAG_FIELD_DROPPED). */
struct blame {
    const char *field;
    int verdict;
    enum event_hint hint;
    int64_t limit;
    struct slice seen;
    uint32_t bend;
};
void event_blame(struct decode *d, struct blame b);

struct slice event_show(struct arena *a, struct reader r); /* a value as text, for `seen` */
bool event_number(struct arena *a, struct reader r, struct slice *ret_text); /* false: no number */

/* Makes text ready to keep: checked (repaired in an emergency), NFC. False: blamed. */
bool event_text(struct decode *d, const char *field, bool lines, struct slice *text);

event_read_fn event_read_list, event_read_extra, event_read_person;
bool event_is_personal(struct slice name);
void event_unknown(struct decode *d, struct slice name, struct reader value);
void event_sort_extra(struct event *e);

#endif
