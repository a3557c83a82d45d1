/* scope: which events a line of `targets` or `escalation` means. Inside city/ only. */
#ifndef SIAGA_CITY_SCOPE_H
#define SIAGA_CITY_SCOPE_H

#include "pattern.h"

struct scope {
    struct pattern category;
    uint8_t kind, severity; /* 0 any */
};

/* Order of precedence, signed as strcmp: category, then a named kind, then a named severity. */
int scope_order(const struct scope *a, const struct scope *b);
bool scope_same(const struct scope *a, const struct scope *b);
/* An emergency nobody has weighed yet is severe until somebody does. */
bool scope_covers(const struct scope *s, uint8_t kind, struct slice category, uint8_t severity);

#endif
