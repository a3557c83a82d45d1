#include "nearest.h"

#include <stdio.h>

#define WORD_MAX 48

void nearest_start(struct nearest *n, struct slice want)
{
    *n = (struct nearest){.want = want};
    if (n->want.n > WORD_MAX)
        n->want.n = WORD_MAX;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment over three rows. */
static unsigned distance(struct slice a, struct slice b)
{
    unsigned rows[3][WORD_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (unsigned j = 0; j <= b.n; j++)
        above[j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned other = a.p[i - 1] != b.p[j - 1];
            row[j] = least(above[j - 1] + other, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b.n];
}

static unsigned shared_beginning(struct slice a, struct slice b)
{
    unsigned n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return n;
}

/* In codes such as fire.building the part before the dot is worth a suggestion of its own. */
static bool same_family(struct slice a, struct slice b, unsigned shared)
{
    const char *dot = memchr(a.p, '.', a.n);
    if (!dot)
        return shared == a.n && b.n > a.n && b.p[a.n] == '.';
    return shared > (size_t)(dot - a.p);
}

void nearest_offer(struct nearest *n, const char *name)
{
    struct slice b = slice_from(name);
    if (n->want.n == 0 || b.n == 0 || b.n > WORD_MAX)
        return;

    unsigned far = distance(n->want, b), shared = shared_beginning(n->want, b);
    unsigned allowed = n->want.n < 4 ? 1 : 1 + n->want.n / 4;
    if (far > allowed && !same_family(n->want, b, shared))
        return;

    unsigned score = far * 64 - shared;
    if (shared > far * 64)
        score = 0;
    unsigned at = n->count;
    while (at > 0 && score < n->score[at - 1])
        at--;
    if (at == NEAREST_MAX)
        return;
    if (n->count < NEAREST_MAX)
        n->count++;
    for (unsigned i = n->count - 1; i > at; i--) {
        n->best[i] = n->best[i - 1];
        n->score[i] = n->score[i - 1];
    }
    n->best[at] = name;
    n->score[at] = score;
}

const char *nearest_hint(const struct nearest *n, char out[NEAREST_HINT_BYTES])
{
    out[0] = '\0';
    if (n->count > 0)
        snprintf(out, NEAREST_HINT_BYTES, "; did you mean '%s'?", n->best[0]);
    return out;
}
