#include "ask.h"

#include <stdlib.h>

struct waiting {
    struct waiting *next;
    struct question *q;
    uint64_t needs; /* number the views must have reached */
};

struct ask {
    struct query *query;
    struct pipeline *pipeline;
    struct waiting *first, **end;
};

struct ask *ask_new(struct query *query, struct pipeline *pipeline)
{
    struct ask *a = calloc(1, sizeof *a);
    if (a == NULL)
        abort();
    a->query = query;
    a->pipeline = pipeline;
    a->end = &a->first;
    return a;
}

static struct question *pop(struct ask *a)
{
    struct waiting *w = a->first;
    struct question *q = w->q;
    a->first = w->next;
    if (a->first == NULL)
        a->end = &a->first;
    free(w);
    return q;
}

void ask_free(struct ask **a)
{
    if (*a == NULL)
        return;
    while ((*a)->first != NULL) {
        struct question *q = pop(*a);
        question_free(&q);
    }
    free(*a);
    *a = NULL;
}

void ask_put(struct ask *a, struct question *q, bool views)
{
    uint64_t needs = pipeline_head(a->pipeline);
    if (!views || pipeline_views_at(a->pipeline) >= needs) {
        query_ask(a->query, q);
        return;
    }
    struct waiting *w = calloc(1, sizeof *w);
    if (w == NULL)
        abort();
    w->q = q;
    w->needs = needs;
    *a->end = w;
    a->end = &w->next;
    pipeline_hurry_views(a->pipeline);
}

void ask_views_moved(struct ask *a, uint64_t views_at)
{
    while (a->first != NULL && a->first->needs <= views_at)
        query_ask(a->query, pop(a));
    if (a->first != NULL)
        pipeline_hurry_views(a->pipeline);
}

bool ask_idle(const struct ask *a)
{
    return a->first == NULL;
}
