/* ask: questions on their way to query. A question must see everything that was acknowledged before
 * it: until the committed views have come so far it waits here. */
#ifndef SIAGA_INGRESS_ASK_H
#define SIAGA_INGRESS_ASK_H

#include "daemon/pipeline/pipeline.h"
#include "daemon/query/query.h"

struct ask;
struct ask *ask_new(struct query *query, struct pipeline *pipeline);
void ask_free(struct ask **a);
void ask_put(struct ask *a, struct question *q, bool views); /* views: it reads them */
void ask_views_moved(struct ask *a, uint64_t views_at);
bool ask_idle(const struct ask *a);

#endif
