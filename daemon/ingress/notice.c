#include "notice.h"

#include <stdio.h>
#include <stdlib.h>

#define PLACES 256u /* a name whose place is taken by another begins anew */
#define NAME_BYTES 64u
#define MINUTE_US 60000000ll
#define QUIET_US (10 * MINUTE_US)

struct place {
    char name[NAME_BYTES];
    int64_t since_us, told_us; /* of the count; 0: never told */
    uint32_t count;
};

struct notice {
    uint32_t least, a_minute, told;
    int64_t minute_us; /* when the minute of `told` began */
    struct place place[PLACES];
};

struct notice *notice_new(uint32_t least, uint32_t told_a_minute)
{
    struct notice *n = calloc(1, sizeof *n);
    if (n == NULL)
        abort();
    n->least = least;
    n->a_minute = told_a_minute;
    return n;
}

void notice_free(struct notice **n)
{
    free(*n);
    *n = NULL;
}

static struct place *place_of(struct notice *n, struct slice name, int64_t mono_us)
{
    name.n = name.n < NAME_BYTES ? name.n : NAME_BYTES - 1;
    struct place *p = &n->place[slice_hash(name) % PLACES];
    if (!slice_is(name, p->name)) {
        *p = (struct place){.since_us = mono_us};
        snprintf(p->name, sizeof p->name, SLICE_FMT, SLICE_ARG(name));
    }
    return p;
}

static bool may_tell(struct notice *n, int64_t mono_us)
{
    if (mono_us - n->minute_us >= MINUTE_US) {
        n->minute_us = mono_us;
        n->told = 0;
    }
    return n->told < n->a_minute;
}

uint32_t notice_count(struct notice *n, struct slice name, uint32_t count, int64_t mono_us)
{
    struct place *p = place_of(n, name, mono_us);
    if (p->told_us == 0 && mono_us - p->since_us >= QUIET_US) { /* too seldom to be told */
        p->count = 0;
        p->since_us = mono_us;
    }
    p->count = count < UINT32_MAX - p->count ? p->count + count : UINT32_MAX;
    if (p->count < n->least || (p->told_us != 0 && mono_us - p->told_us < QUIET_US) ||
        !may_tell(n, mono_us))
        return 0;
    uint32_t untold = p->count;
    p->told_us = p->since_us = mono_us;
    p->count = 0;
    n->told++;
    return untold;
}
