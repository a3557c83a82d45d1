/* city: what the city decided, read from its files into one immutable snapshot.
 *
 * Keeps: settings of the daemon, SKPD, categories, routes, targets, working hours, people. Called
 * by siagad (load, swap on SIGHUP), pipeline, ingress, egress, query (look up). Never touches net
 * or store, never changes after city_load() gave it. What outlives a
 * request copies the names it keeps, so that a new snapshot may take the place of the old at once.
 */
#ifndef SIAGA_CITY_CITY_H
#define SIAGA_CITY_CITY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/slice.h"
#include "conf.h"

struct city;

/* What one identity may cost. */
struct city_quota {
    uint32_t per_minute;      /* events before E_RATE; emergencies are never refused by it */
    uint32_t messages_per_s;  /* of any kind before E_RATE */
    uint32_t in_flight_bytes; /* asked and not answered, before E_BUSY */
    uint32_t watches;         /* at one time */
    uint32_t credit;          /* of one watch */
    uint32_t rows;            /* of one answer */
    uint32_t handshakes_per_minute;
};

/* ---- settings of the daemon (siagad.yaml) ---- */
#define CITY_LISTEN_MAX 8
struct city_settings {
    char listen[CITY_LISTEN_MAX][128]; /* "ipc:///run/siaga/siagad.sock", "tcp://127.0.0.1:5570" */
    unsigned listen_n;
    char store[256];          /* folder of the store */
    char node[33];            /* name of this node, default "node-1" */
    uint64_t journal_bytes;   /* fixed size of the journal's map, default 4 GiB */
    uint64_t views_bytes;     /* fixed size of the views' map, default 4 GiB */
    uint8_t open_role;        /* enum role of a source that is not in people.d; default field */
    int64_t late_after_us;    /* default 60m */
    uint32_t waiting_max;     /* events gathering before E_BUSY; default 16384 */
    unsigned reserve_percent; /* of the journal kept for emergencies; default 5 */
    int64_t scrub_every_us;   /* the whole store is checked; default 7d */
    uint32_t scrub_rows;      /* a second, meanwhile; default 5000 */
    uint64_t persons_bytes;   /* fixed size of the persons' map, default 256 MiB */
    char server_key[256];     /* file with this server's secrets; "" none is named */
    bool ipc_claimed;         /* root and our own user say themselves who they are over ipc */
    char erasures[272];       /* folder of the list of what was erased, default STORE-erased */
    struct city_quota quota;  /* of an identity that people.d gives none of its own */
    int tz_offset_s;          /* local time of the city, default +07:00 */
    char tz_name[8];          /* "WIB" */
};

/* ---- SKPD, categories, routes: tupoksi ---- */
struct skpd {
    char id[25];
    const char *name_id, *name_en, *short_name, *duty_id,
        *duty_en;          /* duty: one sentence of tupoksi */
    bool around_the_clock; /* duty hours 24x7 */
    bool outside;          /* a body outside the city's command */
    const char *file;      /* as read, relative to the city's folder: "skpd.d/disdamkarmat.yaml" */
};

struct category {
    char id[33];
    const char *title_id, *title_en;
    const char *cap;         /* CAP category word: Fire, Met, ... */
    uint8_t severity;        /* default severity, 0 = none */
    uint8_t kinds;           /* mask 1 << enum kind of the kinds that use it */
    bool secret;             /* forces visibility secret */
    bool proof;              /* resolving it needs a proof */
    int64_t public_after_us; /* -1: never by itself; 0: as the city says for all */
    const struct skpd *home; /* in whose file it stands */
    unsigned line;
};

/* Who owns an event, and the line that says so. */
struct route {
    const struct skpd *owner;
    const struct skpd *helpers[8];
    unsigned helpers_n;
    bool found;       /* false: nothing matched, the POC holds it */
    const char *file; /* the line that decided; the POC's own file when nothing did */
    unsigned line;
    const char *rule; /* the rule in words: "emergency fire.* in any kecamatan" */
};

/* What the city promised for it: a renja target. */
struct target {
    bool found;
    char ack[32], resolve[64];    /* as written: "1m", "5wd answer, 14wd resolved" */
    int64_t ack_due, resolve_due; /* us UTC, 0 = none */
    bool working;                 /* the resolve clock counts working time */
    uint8_t judge;                /* enum milestone that ends it; 0: the resolution */
    char since[11];               /* "2025-01-01": from when this line is valid; "" always */
    const char *file;
    unsigned line;
};

/* Reads DIR/siagad.yaml given by path, and beside it city.yaml, calendar.d/, skpd.d/, people.d/.
 * All mistakes of all files in one run. Returns NULL when any error was reported. now_us: the
 * calendar of its year must be there, and from December on that of the next is missed; 0: none
 * must. */
/* before: the snapshot in force, NULL at the start: the people of a file that has a mistake now
 * stay as they are there. */
struct city *city_load(const char *siagad_yaml, int64_t now_us, const struct city *before,
                       struct conf_report *report);
/* `before` with the people as their files are now, for when city_load() gave NULL: a mistake
 * elsewhere must not keep a key in force that was taken back. Never NULL. */
struct city *city_with_people(struct city *before);
void city_practise(struct city *c); /* ipc: claimed, whatever the file says; before it is shared */
struct city *city_ref(struct city *c);
void city_unref(struct city **c);

const struct city_settings *city_settings(const struct city *c);
const char *city_name(const struct city *c, bool english);
const char *city_source(const struct city *c); /* path it was read from */
bool city_bounds(const struct city *c, int32_t *ret_south, int32_t *ret_west, int32_t *ret_north,
                 int32_t *ret_east); /* 1e-7 degree; false: no box given */

const struct skpd *city_poc(const struct city *c);                   /* never NULL */
const struct skpd *city_skpd(const struct city *c, struct slice id); /* NULL if unknown */
const struct category *city_category(const struct city *c,
                                     struct slice id); /* NULL if unknown or retired */
/* All of them, by id; NULL after the last. */
const struct skpd *city_skpd_at(const struct city *c, unsigned i);
const struct category *city_category_at(const struct city *c, unsigned i);
const char *city_kecamatan_at(const struct city *c, unsigned i, const char **ret_name);
bool city_kecamatan(const struct city *c, struct slice code); /* known? */
unsigned city_nearest_category(const struct city *c, struct slice id,
                               const char *ret_ids[3]); /* by edit distance and shared prefix */
unsigned city_nearest_kecamatan(const struct city *c, struct slice id, const char *ret_ids[3]);
/* The n-th id of each (from 0), in order; NULL after the last. */
const char *city_nth_skpd(const struct city *c, unsigned n);
const char *city_nth_category(const struct city *c, unsigned n);
const char *city_nth_kecamatan(const struct city *c, unsigned n);

/* tupoksi: the most specific valid route wins: exact category before prefix (fire.*) before any
 * (*), then named kecamatan before any, then named kind before any, then the one with the later
 * `from`. Two equally specific ones are an error of the files. `day` is the local day. */
void city_route(const struct city *c, uint8_t kind, struct slice category, struct slice kecamatan,
                uint32_t day, struct route *ret_route);

/* renja: the target of `owner` for the event, due times counted from received_us. Specific before
 * general: category exact, prefix, any; then kind; then severity; then the later `from` of the
 * lines valid on the local day. Working time is that of `owner`. */
void city_target(const struct city *c, const struct skpd *owner, uint8_t kind,
                 struct slice category, uint8_t severity, int64_t received_us,
                 struct target *ret_target);

/* ---- time as the city counts it ----
 * A limit is a number with m h d mo (calendar) or wm wh wd (working): "15m", "14wd". `whose` says
 * by whose hours: an SKPD's, NULL those of offices. docs/WORKTIME.md tells how it is counted. */

bool city_limit_valid(struct slice limit);
/* The moment `limit` after from_us; "0m" is from_us itself. 0: it is no limit. */
int64_t city_after(const struct city *c, const struct skpd *whose, struct slice limit,
                   int64_t from_us);
/* Working time between two moments, us. */
int64_t city_worked(const struct city *c, const struct skpd *whose, int64_t from_us, int64_t to_us);
/* due_us moved on by the time between from_us and to_us, in which the clock stood still: by
 * calendar time, or by the working time that passed. */
int64_t city_moved_on(const struct city *c, const struct skpd *whose, bool working, int64_t due_us,
                      int64_t from_us, int64_t to_us);

/* The year whose file of calendar.d/ is missed: this one, or in December the next; 0: none. */
int city_year_missing(const struct city *c, int64_t now_us);

/* What the last step of a resolve text promises ("5wd answer, 14wd resolved"). */
struct promise_due {
    int64_t due_us; /* 0: no time (referred) */
    bool working;
    uint8_t judge; /* enum milestone that keeps it; 0: the resolution */
};
/* False: it is no resolve text; *ret is zero. */
bool city_resolve_due(const struct city *c, const struct skpd *whose, struct slice resolve,
                      int64_t from_us, struct promise_due *ret);

/* ---- the life of a case: city.yaml ---- */

struct city_work { /* of desks */
    int64_t lease_us, backoff_us;
    unsigned attempts; /* how often an item may fail */
};

/* Gets every third forward of a case; NULL: none named. */
const struct skpd *city_secretariat(const struct city *c);
/* How long a waiting state may stop the clock: "10wd". Empty for any other state. */
struct slice city_wait_cap(const struct city *c, uint8_t state);
struct slice city_close_after(const struct city *c);   /* a resolved case closes */
struct slice city_reopen_within(const struct city *c); /* the POC may reopen a closed one */
const struct city_work *city_work(const struct city *c);
int64_t city_silence_us(const struct city *c); /* an emergency nobody took; 0: not watched */
/* The n-th step (from 0) of the ladder when nobody acknowledges; its limit counts from the time to
 * acknowledge by. An exercise passes over levels that are not in drill_levels: they are not
 * counted. False: there is no such step. */
bool city_ladder(const struct city *c, uint8_t kind, struct slice category, uint8_t severity,
                 bool drill, unsigned n, uint8_t *ret_level, struct slice *ret_limit);

/* people: who a source is. Not in people.d: role open_role, registered false. */
struct person_role {
    uint8_t role; /* enum role */
    bool registered;
    bool drill;       /* a drill source: mode must be exercise */
    const char *skpd; /* "" when none */
    struct city_quota quota;
};
void city_person(const struct city *c, struct slice source, struct person_role *ret_role);

/* By what somebody comes in: a public key, or a user of this machine. */
struct city_key {
    const char *source, *public_key, *user; /* "" when none */
    int64_t from_us, until_us;              /* 0: always */
    uint8_t role;
    const char *skpd;
    uint32_t handshakes_per_minute;
};
unsigned city_keys(const struct city *c, const struct city_key **ret_rows);    /* by name */
const struct city_key *city_key_of(const struct city *c, struct slice source); /* NULL: unknown */
/* "" or the first mistake in a file of people.d, whose people are as they were before, or left out.
 */
const char *city_people_error(const struct city *c);
/* Changes whenever a file of people.d is written, replaced, added or removed: also by one of the
 * same size and time. Looks at the folder, opens no file. */
uint64_t city_people_stamp(const char *siagad_yaml);

/* How long after it came in an event of the category becomes public by itself; -1: never. */
int64_t city_public_after(const struct city *c, struct slice category);
/* How long after the end of a case the reporter's data and the texts are kept; 0: for ever. False:
 * no line of the schedule is about it. */
bool city_retention(const struct city *c, struct slice category, int64_t *ret_persons_us,
                    int64_t *ret_texts_us);

#endif
