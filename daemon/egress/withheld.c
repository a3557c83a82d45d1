#include "withheld.h"

#include <stdlib.h>
#include <string.h>

#include "proto/verdict.h"

struct kept {
    int64_t due_us;
    struct address to;
    size_t n;
    uint8_t message[];
};

struct withheld {
    withheld_send_fn *send;
    void *self;
    unsigned n;
    struct kept *kept[WITHHELD_MOST]; /* in no order */
};

struct withheld *withheld_new(withheld_send_fn *send, void *self)
{
    struct withheld *w = calloc(1, sizeof *w);
    if (w == NULL)
        abort();
    w->send = send;
    w->self = self;
    return w;
}

void withheld_free(struct withheld **w)
{
    if (*w == NULL)
        return;
    for (unsigned i = 0; i < (*w)->n; i++)
        free((*w)->kept[i]);
    free(*w);
    *w = NULL;
}

bool withheld_wants(int verdict)
{
    return verdict == E_NOT_FOUND || verdict == E_ROLE || verdict == E_REF;
}

static unsigned first_due(const struct withheld *w)
{
    unsigned first = 0;
    for (unsigned i = 1; i < w->n; i++)
        if (w->kept[i]->due_us < w->kept[first]->due_us)
            first = i;
    return first;
}

static void release(struct withheld *w, unsigned i)
{
    struct kept *k = w->kept[i];
    w->kept[i] = w->kept[--w->n];
    w->send(w->self, &k->to, k->message, k->n);
    free(k);
}

void withheld_keep(struct withheld *w, int64_t now_us, const struct address *to,
                   const void *message, size_t n)
{
    struct kept *k = malloc(sizeof *k + n);
    if (k == NULL)
        abort();
    k->due_us = now_us + arc4random_uniform(WITHHELD_US);
    k->to = *to;
    k->n = n;
    memcpy(k->message, message, n);
    if (w->n == WITHHELD_MOST)
        release(w, first_due(w));
    w->kept[w->n++] = k;
}

void withheld_due(struct withheld *w, int64_t now_us)
{
    for (unsigned i = w->n; i-- > 0;) /* backwards: the last takes the place of one that goes */
        if (w->kept[i]->due_us <= now_us)
            release(w, i);
}

int64_t withheld_next_us(const struct withheld *w)
{
    return w->n == 0 ? 0 : w->kept[first_due(w)]->due_us;
}
