/* watch: what session.c hands to a watch. The rest is in siaga.h. */
#ifndef SIAGA_CLIENTS_LIB_WATCH_H
#define SIAGA_CLIENTS_LIB_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "siaga.h"

void watch_hear(siaga_session *s, uint64_t rid, uint8_t code, const void *body, size_t n);

#endif
