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
    bool stopping, broken;
    int64_t next_tick_us, stop_by_us;
    unsigned ticks;
};

/* Each returns 0 or an exit code; the message is in the log. */
int rooms_make(struct siagad *s);
void rooms_unmake(struct siagad *s);

#endif
