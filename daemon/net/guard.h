/* guard: what libzmq does not bound. A message of ever more parts is gathered in memory until its
 * last part comes, and no limit of a socket counts it. So a thread of its own compares what the
 * kernel received on each connection with what the router has taken from it, and ends the one that
 * is too far ahead. Inside net/ only. */
#ifndef SIAGA_NET_GUARD_H
#define SIAGA_NET_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/err.h"

#define GUARD_FDS 65536

struct guard;
/* Watches the accepted connections of these sockets. Before they bind. */
int guard_open(struct guard **ret_guard, void *context, void *const *sockets, unsigned n,
               struct err *err);
void guard_close(struct guard **g);
void guard_took(struct guard *g, int fd, uint64_t bytes); /* the router took so much from it */

/* The connection behind a descriptor, to tell it from a later one with the same number; 0: none. */
uint64_t guard_inode(int fd);
bool guard_shut(int fd, uint64_t inode); /* ends that connection, if it still is that one */

void guard_figures(struct guard *g, uint64_t *ret_accepted, uint64_t *ret_cut,
                   uint32_t *ret_connections);

#endif
