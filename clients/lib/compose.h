/* compose: an event on its way to the wire. */
#ifndef SIAGA_CLIENTS_LIB_COMPOSE_H
#define SIAGA_CLIENTS_LIB_COMPOSE_H

#include "proto/pack.h"
#include "siaga.h"

/* An event that was packed before, to be sent byte for byte as it was. Kind and key can be asked;
 * nothing can be set any more. */
siaga_event *compose_again(const siaga_doc *event);

void compose_pack(const siaga_event *ev, struct writer *w);

#endif
