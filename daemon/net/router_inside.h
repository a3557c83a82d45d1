/* router_inside: what the files of the router share. Inside net/ only. */
#ifndef SIAGA_NET_ROUTER_INSIDE_H
#define SIAGA_NET_ROUTER_INSIDE_H

#include <zmq.h>

#include "router.h"

#define ROUTER_ENDPOINTS_MAX 8
#define ROUTER_ENFORCE_DOMAIN \
    93 /* ZMQ_ZAP_ENFORCE_DOMAIN; behind the draft fence of zmq.h, obeyed */

enum router_socket { ROUTER_LOCAL, ROUTER_KEYS, ROUTER_SOCKETS };

struct guard;
struct seen { /* a connection, by its routing id */
    struct address at;
    int fd;
    uint64_t inode;
};

struct router {
    void *context, *socket[ROUTER_SOCKETS];
    struct zap *zap;
    struct guard *guard;
    zmq_msg_t body;
    bool holds; /* body is open */
    unsigned turn, endpoints_n;
    char endpoint[ROUTER_ENDPOINTS_MAX][256];
    bool adopted[ROUTER_ENDPOINTS_MAX]; /* its descriptor was there before us */
    char public_key[41];                /* of this server; "" without one */
    struct seen *seen;
};

#endif
