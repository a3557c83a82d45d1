/* work: how a desk takes an item. Handed to egress/desk as a function. */
#ifndef SIAGA_INGRESS_WORK_H
#define SIAGA_INGRESS_WORK_H

#include "daemon/egress/desk.h"

void work_take(void *door, const struct desk_take *take);

#endif
