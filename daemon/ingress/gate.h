/* gate: what one identity may cost at one time: messages a second, bytes asked and not answered.
 * Whoever is over it is told to wait; the others do not notice. The order in which siagad sheds
 * load is the table shed.def.
 *
 * Called by door and by the files of the verbs. The POC's emergencies are never asked. */
#ifndef SIAGA_INGRESS_GATE_H
#define SIAGA_INGRESS_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/slice.h"

struct gate;
struct gate *gate_new(void);
void gate_free(struct gate **g);

/* One message came. 0, or the seconds to wait. mono_us: monotonic. */
uint32_t gate_message(struct gate *g, struct slice source, uint32_t per_second, int64_t mono_us);
/* So much is asked now, and not answered: false when it does not fit under `most`. */
bool gate_hold(struct gate *g, struct slice source, uint32_t bytes, uint32_t most);
void gate_release(struct gate *g, struct slice source, uint32_t bytes);

#endif
