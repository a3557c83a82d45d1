/* house: siagad from inside: every room, and what the loop remembers. rooms.c makes and unmakes
 * them in order, siagad.c is the loop. */
#ifndef SIAGA_HOUSE_H
#define SIAGA_HOUSE_H

#include "daemon/heads.h"
#include "daemon/ingress/backlog.h"
#include "daemon/ingress/door.h"
#include "daemon/ingress/health.h"
#include "daemon/ingress/tick.h"
#include "daemon/server_key.h"
#include "siagad.h"

struct siagad {
    const struct siagad_options *options;
    struct clock clock;
    struct counters counters;
    struct city *city;
    struct cert key; /* of this server; erased once the rooms have what they need */
    bool has_key;
    uint64_t people_stamp, cut_n;
    struct store *store;
    struct erasures *erasures;
    struct numbers *numbers;
    struct identity identity;
    char listen[CITY_LISTEN_MAX][128], erasures_dir[4200];
    int listen_fd[CITY_LISTEN_MAX]; /* -1: siagad opens it itself */
    unsigned listen_n;
    struct views *views;
    struct journal *journal;
    struct router *router;
    struct ack *ack;
    struct refused *refused;
    struct query *query;
    struct feed *feed;
    struct desks *desks;
    struct tick *tick;
    struct heads *heads;
    struct health *health;
    struct pipeline *pipeline;
    struct ask *ask;
    struct door door;
    struct backlog *backlog;
    int signals;
    int exit_code;
    bool stopping, broken, restoring;
    bool in_doubt; /* a siagad died over the store, and not all of it was looked at since */
    int64_t next_tick_us, stop_by_us;
    unsigned ticks, clock_told; /* seconds since start; when a wrong clock was told */
    uint32_t asked_day;         /* local day on which the calendar was last looked for */
};

/* Each returns 0 or an exit code; the message is in the log. */
int rooms_make(struct siagad *s);
/* Some of them alone, in this order, for a store that is not served: the city's files; store and
 * list of erasures; what the store knows of itself; the journal, followed to its end. */
int rooms_city(struct siagad *s);
int rooms_store(struct siagad *s);
int rooms_identity(struct siagad *s);
int rooms_journal(struct siagad *s);
const char *rooms_store_dir(const struct siagad *s);
void rooms_unmake(struct siagad *s);

#endif
