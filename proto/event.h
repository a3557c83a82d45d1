/* event: what a client sends, decoded and judged in one pass.
 *
 * Called by ingress (to take it in) and by whoever reads an event back. Knows the fields, their
 * limits and the rule that an emergency is bent rather than refused. Does not know the city:
 * whether a category or kecamatan exists is the pipeline's to say. */
#ifndef SIAGA_PROTO_EVENT_H
#define SIAGA_PROTO_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "pack.h"
#include "slice.h"
#include "verdict.h"
#include "words.h"

#define EVENT_REFS_MAX 16u
#define EVENT_TAGS_MAX 16u
#define EVENT_EXTRA_MAX 32u
#define EVENT_ATTACH_MAX 8u
#define EVENT_PEOPLE_UNKNOWN 65535u
#define EVENT_TITLE_BYTES 120u
#define EVENT_BODY_BYTES 8000u

struct person; /* proto/person.h */

struct event_ref {
    uint8_t type; /* enum ref_type */
    struct slice id;
};

struct event_pair {
    struct slice name, value;
};

struct event_attach {
    struct slice sha256, type, name;
    uint64_t size_bytes;
};

/* What became of an event that was recorded elsewhere, us UTC; 0: not said. `received` makes it
 * one.
 */
struct past {
    int64_t received, acknowledged, dispatched, en_route, on_scene, contained, cleared, resolved;
    uint8_t outcome; /* enum outcome_code */
};

/* Slices point into the message or into the arena given to event_decode(). Absent: 0 or an empty
 * slice. */
struct event {
    uint8_t kind, subkind, call_class, mode, channel, severity, urgency, certainty, visibility,
        language;
    bool has_point, severity_given; /* given: the severity is no default */
    struct slice asked;             /* an instruction: the SKPD it is for */
    int64_t due_by;                 /* an instruction: until when, us UTC */
    struct slice source, key, category, title, body, kelurahan, kecamatan, address, landmark;
    uint32_t title_shown,
        body_shown; /* bytes of title and body to show; less than n only with FLAG_OVER_LIMIT */
    int64_t occurred_at, sent_at; /* us UTC, 0 = not given */
    struct past past;
    int32_t lat, lon; /* 1e-7 degree, WGS 84; valid with has_point */
    uint32_t accuracy_m;
    uint16_t people_harmed, people_at_risk; /* EVENT_PEOPLE_UNKNOWN when not given */
    uint8_t refs_n, tags_n, extra_n, attach_n;
    struct event_ref *refs; /* in the arena */
    struct slice *tags;
    struct event_pair *extra;
    struct event_attach *attach;
    uint32_t flags;              /* enum flag, those the decoder sets */
    const struct person *person; /* who reported it, in the arena; NULL: not said. Kept apart */
};

/* What the decoder must know of its surroundings. */
struct event_rules {
    int64_t now_us;        /* the server's clock */
    int64_t sent_us;       /* the sender's, when the message left it; 0: not said */
    int64_t late_after_us; /* occurred longer ago than this: FLAG_LATE; 0: never */
    bool importer;         /* role importer: old events are welcome */
    bool registered;       /* unknown fields go to extra */
    bool has_bounds;       /* the city's box, 1e-7 degree */
    int32_t south, west, north, east;
};

/* Decodes one event (a map) at the reader and judges every field by fields.def and mission rules
 * (SPEC 6). Defaults are applied: mode actual, language id, call_class real, visibility open,
 * subkind the first of its kind. The geo rules: lat and lon both or neither; 0,0 is refused;
 * swapped values (the point lies in the city's box only when exchanged) are refused with the guess;
 * outside the box sets FLAG_OUTSIDE_CITY. An emergency without point, kelurahan and address gets
 * FLAG_NO_PLACE. Returns V_DONE, or the verdict with all faults in ret_faults. On an emergency that
 * can be read (kind and key), only E_KEY.. faults of `key` itself refuse it. The reader always ends
 * after the map, whatever was found. Also when refused, ret_event holds what could be read: a
 * caller may look there whether an event that is too old by now (E_TIME_STALE) is only a repeat of
 * one it has. */
int event_decode(struct reader *r, const struct event_rules *rules, struct arena *arena,
                 struct event *ret_event, struct faults *ret_faults);

/* Writes the event's fields as map pairs, canonical order (that of fields.def), absent ones left
 * out; returns the number of pairs. `texts` also writes title, body, address, landmark. Shown
 * lengths apply to title and body. The map head is the caller's. source, key and sent_at are
 * included. */
uint32_t event_pack(struct writer *w, const struct event *e, bool texts);

/* Feeds every field that makes "the same content" (all but source, key, sent_at, and flags) to a
 * hash, unambiguously (packed pairs of name and value, in pieces), in canonical order; texts in
 * full. */
typedef void event_hash_fn(void *state, const void *bytes, size_t n);
void event_content(const struct event *e, event_hash_fn *hash, void *state);

#endif
