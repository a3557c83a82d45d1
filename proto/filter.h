/* filter: which entries somebody wants, as SPEC 5.6 has it. An empty list lets everything through;
 * lists are joined by AND, values of one list by OR. */
#ifndef SIAGA_PROTO_FILTER_H
#define SIAGA_PROTO_FILTER_H

#include "arena.h"
#include "pack.h"
#include "slice.h"
#include "verdict.h"
#include "words.h"

#define FILTER_NAMES_MAX 64u

struct filter {
    uint32_t kinds, severities, states; /* masks 1 << number; 0: all */
    uint8_t skpd_n, kecamatan_n;
    struct slice *skpd, *kecamatan; /* in the arena */
};

/* Takes one pair of a request when its name belongs to a filter. Returns 1 taken, 0 not a filter's
 * name; faults are added for what is wrong in it. */
int filter_take(struct filter *f, struct slice name, struct reader *r, struct arena *arena,
                struct faults *faults);

bool filter_passes(const struct filter *f, uint8_t kind, uint8_t severity, uint8_t state,
                   struct slice owner, struct slice kecamatan);
bool filter_empty(const struct filter *f);
void filter_copy(struct filter *ret_copy, const struct filter *f, struct arena *arena);

#endif
