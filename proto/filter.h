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
    /* what the asker may see */
    struct slice own;    /* cases this SKPD owns, owned or supports ... */
    struct slice sender; /* ... or that this source sent; both "": all */
    uint32_t entries;    /* mask 1 << enum entry_kind; 0: all */
    bool public_only;
};

/* What a filter looks at. An entry that changed state or owner also has those before, so that who
 * follows them hears of what leaves. */
struct filter_subject {
    uint8_t kind, severity, state, state_before;
    struct slice owner, owner_before, kecamatan;
    struct slice helpers;  /* joined by commas */
    struct slice reporter; /* the source that sent the event */
    uint8_t entry;         /* enum entry_kind; 0: a case, no entry */
    bool public;           /* the public hears of it */
};

/* Takes one pair of a request when its name belongs to a filter. Returns 1 taken, 0 not a filter's
 * name; faults are added for what is wrong in it. */
int filter_take(struct filter *f, struct slice name, struct reader *r, struct arena *arena,
                struct faults *faults);

bool filter_passes(const struct filter *f, const struct filter_subject *s);
/* Whether the asker may hear of an entry of a case that is in his sight. */
bool filter_hears(const struct filter *f, const struct filter_subject *s);
bool filter_empty(const struct filter *f);
void filter_copy(struct filter *ret_copy, const struct filter *f, struct arena *arena);

#endif
