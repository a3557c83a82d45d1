/* submit: what a session drops when it ends. The rest is in siaga.h. */
#ifndef SIAGA_CLIENTS_LIB_SUBMIT_H
#define SIAGA_CLIENTS_LIB_SUBMIT_H

#include "siaga.h"

void submit_drop_all(siaga_session *s);

#endif
