/* made_city: what comes in in a made-up month and becomes of it, where, and who is slow. Inside
 * made_month.c only. */
#ifndef SIAGA_TESTS_MADE_CITY_H
#define SIAGA_TESTS_MADE_CITY_H

#include "daemon/city/city.h"
#include "proto/key.h"
#include "proto/words.h"

/* What comes in, and how often. */
static const struct {
    uint8_t kind;
    const char *category;
    uint8_t severity, often, hours; /* hours: the work itself, about */
} SORTS[] = {
    {KIND_EMERGENCY, "accident.injury", SEVERITY_SEVERE, 12, 2},
    {KIND_EMERGENCY, "medical.emergency", SEVERITY_SEVERE, 9, 2},
    {KIND_EMERGENCY, "fire.building", SEVERITY_EXTREME, 3, 3},
    {KIND_EMERGENCY, "fire.electrical", SEVERITY_SEVERE, 3, 2},
    {KIND_EMERGENCY, "wasp_nest", SEVERITY_MODERATE, 5, 2},
    {KIND_EMERGENCY, "animal.dangerous", SEVERITY_MODERATE, 4, 1},
    {KIND_EMERGENCY, "fallen_tree", SEVERITY_MODERATE, 3, 3},
    {KIND_EMERGENCY, "public_order", SEVERITY_MODERATE, 3, 2},
    {KIND_COMPLAINT, "road.pothole", SEVERITY_MODERATE, 14, 90},
    {KIND_COMPLAINT, "drainage.blocked", SEVERITY_MODERATE, 8, 80},
    {KIND_COMPLAINT, "waste.uncollected", SEVERITY_MINOR, 12, 40},
    {KIND_COMPLAINT, "traffic.light", SEVERITY_MODERATE, 5, 20},
    {KIND_COMPLAINT, "street_light.contested", SEVERITY_MINOR, 4, 120},
    {KIND_COMPLAINT, "id_card", SEVERITY_MINOR, 7, 60},
    {KIND_COMPLAINT, "puskesmas.queue", SEVERITY_MINOR, 4, 70},
    {KIND_COMPLAINT, "school.fee", SEVERITY_MINOR, 3, 110},
    {KIND_REPORT, "flood.pump", SEVERITY_MODERATE, 4, 6},
    {KIND_REPORT, "local.situation", SEVERITY_MINOR, 6, 3},
};
static const char *const PLACES[] = {"bekasi-timur",   "bekasi-barat", "bekasi-utara",
                                     "bekasi-selatan", "rawalumbu",    "medan-satria",
                                     "bantargebang",   "pondok-gede",  "jatiasih",
                                     "jatisampurna",   "mustikajaya",  "pondok-melati"};
#define NIGHT 6 /* o'clock; before that few people are there */
/* Where what an SKPD refuses goes, and who is slow at night. */
static const char *const OTHERS[] = {"dbmsda", "dishub", "dlh", "disperkimtan"};
static const char *const SLOW[] = {"dinkes", "dishub", "dbmsda"};

struct made {
    uint64_t seq;
    struct ticket ticket;
    const struct skpd *owner;
    uint8_t kind, severity;
    const char *category;
    int64_t received;
    struct target target;
    unsigned stint, sloppy; /* which owner's turn; rounds of reopening */
};

#endif
