/* stages: the functions of the pipeline's table. Each looks at one proposal and returns V_DONE or
 * the verdict that stops it. */
#ifndef SIAGA_PIPELINE_STAGES_H
#define SIAGA_PIPELINE_STAGES_H

#include "proposal.h"

struct pipeline;
typedef int stage_fn(struct pipeline *, struct proposal *);

stage_fn quota_stage;       /* is there room, is the source within its rate */
stage_fn digest_stage;      /* what tells this content from another */
stage_fn admit_event_stage; /* may this event come in, are its category and place the city's */
stage_fn admit_move_stage;  /* does the move bring what it needs */
stage_fn admit_work_stage;  /* the same of work of a desk */
stage_fn admit_trust_stage; /* who asks, of readings, erasures, holds and words to the public */
stage_fn route_stage;       /* who owns it, until when */
stage_fn seal_stage;        /* salt, and the bytes of the entry */

void admit_also(struct proposal *p); /* of an event refused already: what the city adds */

struct fault *stages_fault(struct proposal *p, int verdict, const char *field, int64_t limit,
                           struct slice seen); /* notes a fault */

#endif
