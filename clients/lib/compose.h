/* compose: an event on its way to the wire. */
#ifndef SIAGA_CLIENTS_LIB_COMPOSE_H
#define SIAGA_CLIENTS_LIB_COMPOSE_H

#include "proto/pack.h"
#include "siaga.h"

void compose_pack(const siaga_event *ev, struct writer *w);

#endif
