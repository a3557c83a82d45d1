/* zap: who may come in. The handler of ZeroMQ's handshakes (ZAP, RFC 27), in a thread of its own.
 *
 * Keeps: a table of keys and of local users, swapped whole. Called by router (open, use). It
 * touches no file and waits for nobody, so it cannot hang; that it lives is looked at each second.
 * ZeroMQ lets everybody in where no handler answers: the router sets a domain and demands one on
 * every socket, and tries a stranger's key before it says it is ready.
 */
#ifndef SIAGA_NET_ZAP_H
#define SIAGA_NET_ZAP_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/err.h"

#define ZAP_DOMAIN_KEYS "siaga"        /* CURVE: a key decides */
#define ZAP_DOMAIN_LOCAL "siaga-local" /* NULL over ipc: the unix user decides */
#define ZAP_NAME_BYTES 49
#define ZAP_KEY_BYTES 41 /* Z85 of 32 bytes, and a NUL */
#define ZAP_CLAIMS "?"   /* the User-Id of who says himself who he is */

struct zap_key {
    char public_key[ZAP_KEY_BYTES], name[ZAP_NAME_BYTES];
    int64_t from_us, until_us;      /* 0: always */
    uint32_t handshakes_per_minute; /* 0: any number */
};

struct zap_user {
    uint32_t uid;
    char name[ZAP_NAME_BYTES];
};

struct zap_table {
    struct zap_key *keys;
    struct zap_user *users;
    unsigned keys_n, users_n;
    bool claimed; /* root and our own user come in over ipc and claim their names */
};
struct zap_table *zap_table_new(unsigned keys, unsigned users); /* zeroed, both full */
void zap_table_free(struct zap_table **t);

/* One that was turned away since it was asked last; name: whose key it was, "" of a stranger. */
#define TURNED_MOST 32u
struct turned {
    char address[64], name[ZAP_NAME_BYTES];
    uint32_t count;
};

struct zap;
/* Binds before anything else may; takes the table. ERR_FATAL. */
int zap_open(struct zap **ret_zap, void *context, struct zap_table *table, struct err *err);
void zap_close(struct zap **z);
void zap_use(struct zap *z,
             struct zap_table *table); /* takes it; in force for the next handshake */
bool zap_alive(struct zap *z); /* it has shown itself lately (PULSE_DEAD_MS); asked each second */
void zap_figures(struct zap *z, uint64_t *ret_refused, uint64_t *ret_slowed);
unsigned zap_turned(struct zap *z, struct turned ret[TURNED_MOST]); /* how many; forgets them */
void zap_stop(struct zap *z); /* for tests: the thread ends as if it had died */

#endif
