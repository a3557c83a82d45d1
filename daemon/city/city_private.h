/* city_private: the snapshot from inside, shared by the files of this room and nobody else.
 * Filled by the load_*, never changed after. */
#ifndef SIAGA_CITY_CITY_PRIVATE_H
#define SIAGA_CITY_CITY_PRIVATE_H

#include <stdatomic.h>

#include "proto/arena.h"
#include "proto/key.h"
#include "proto/words.h"
#include "calendar.h"
#include "city.h"
#include "limit.h"
#include "scope.h"

#define CITY_KECAMATAN_ANY UINT16_MAX
#define CITY_DAY_FOREVER UINT32_MAX

struct kecamatan {
    const char *id, *name, *code;
};

/* One line of `routes`. */
struct route_row {
    struct pattern category;
    uint8_t kind;       /* 0 any */
    uint16_t kecamatan; /* number in city.kecamatan, or CITY_KECAMATAN_ANY */
    uint32_t from, until;
    struct route answer; /* as city_route() gives it */
};

/* One line of `targets`. */
struct target_row {
    struct scope scope;
    uint32_t from, until;
    struct limit ack, resolve;
    struct target answer; /* as city_target() gives it, due times still 0 */
};

struct ladder_step {
    uint8_t level;
    const char *limit; /* "0m", "1wd" */
};

/* One line of `escalation`. */
struct ladder_row {
    struct scope scope;
    unsigned line, steps_n;
    struct ladder_step steps[LEVEL_COUNT];
};

/* What city.yaml says of the life of a case. */
#define RULE_LIMIT_BYTES 16
struct rules {
    const struct skpd_entry *secretariat; /* NULL: none */
    char wait_reporter[RULE_LIMIT_BYTES], wait_third_party[RULE_LIMIT_BYTES],
        wait_budget[RULE_LIMIT_BYTES];
    char close_after[RULE_LIMIT_BYTES], reopen_within[RULE_LIMIT_BYTES];
    struct city_work work;
    int64_t silence_us;
    uint32_t drill_levels;            /* mask 1 << enum level */
    const struct ladder_row *ladders; /* specific before general */
    unsigned ladders_n;
};

struct skpd_entry {
    struct skpd open;                 /* first: a struct skpd is found inside its entry */
    unsigned line;                    /* of its id */
    const struct target_row *targets; /* specific before general */
    unsigned targets_n;
};

struct category_entry {
    struct category open;
    const uint16_t *routes; /* rows of city.routes that can match it, best first */
    unsigned routes_n;
};

struct person {
    char source[SOURCE_MAX_BYTES + 1];
    struct person_role role;
    const char *file; /* "people.d/poc.yaml" */
    const char *public_key, *user;
    int64_t from_us, until_us;
    uint32_t quota_given; /* mask: what of the quota is its own */
};

/* A key that never comes in again. */
struct revoked_key {
    const char *key, *file;
};

/* One line of `retention`. */
struct retention_row {
    struct pattern category;
    int64_t persons_us, texts_us; /* 0: for ever */
};

struct city {
    atomic_uint refs;
    struct arena mem;   /* everything below points into it, or into that of `under` */
    struct city *under; /* NULL, or the snapshot of which this one has all but its people */
    const char *source, *name_id, *name_en;
    struct city_settings settings;
    bool has_bounds;
    int32_t south, west, north, east;
    struct calendar calendar, always; /* of offices; of those on duty around the clock */
    struct rules rules;
    const struct skpd_entry *poc;
    struct route unrouted;    /* the POC's answer */
    struct skpd_entry **skpd; /* by id */
    unsigned skpd_n;
    struct category_entry *categories; /* by id */
    unsigned categories_n;
    struct kecamatan *kecamatan; /* by id */
    unsigned kecamatan_n;
    struct route_row *routes; /* best first */
    unsigned routes_n;
    unsigned routes_exact_n; /* of them for one category only: they come first */
    struct person *people;   /* by source */
    struct city_key *keys;   /* the same, for who decides who comes in */
    unsigned people_n;
    const struct revoked_key *revoked; /* by key */
    unsigned revoked_n;
    const char *people_error;              /* "" */
    int64_t media_delay_us;                /* -1: nothing becomes public by itself */
    const struct retention_row *retention; /* in the order written */
    unsigned retention_n;
};

/* The hours of an SKPD; NULL: those of offices. */
const struct calendar *city_calendar_of(const struct city *c, const struct skpd *whose);
/* Bytes, then length: the order of every table above. */
int city_order(struct slice a, const char *b);
struct category_entry *city_category_entry(const struct city *c, struct slice id);
/* By id or by official code; CITY_KECAMATAN_ANY if unknown. */
uint16_t city_kecamatan_number(const struct city *c, struct slice code);

#endif
