/* check: what the files of `siaga check` share. */
#ifndef SIAGA_CLIENTS_CHECK_H
#define SIAGA_CLIENTS_CHECK_H

#include "tool.h"

/* The figures as Prometheus reads them (text format 0.0.4); `status` NULL: siagad does not answer.
 */
void check_prometheus(const siaga_doc *status);

#endif
