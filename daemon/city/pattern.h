/* pattern: which categories a line means: one (fire.building), a family (fire.*), all (*). */
#ifndef SIAGA_CITY_PATTERN_H
#define SIAGA_CITY_PATTERN_H

#include "proto/key.h"

/* Specific before general. */
enum pattern_form { PATTERN_EXACT, PATTERN_FAMILY, PATTERN_ANY };

struct pattern {
    enum pattern_form form;
    uint8_t n;                     /* bytes of text */
    char text[CODE_MAX_BYTES + 2]; /* the family with its dot and without its star */
};

/* False: none of the three. */
bool pattern_parse(const char *text, struct pattern *ret_pattern);
bool pattern_matches(const struct pattern *p, struct slice category);
/* Order of precedence, signed as strcmp: exact, then families (the longer first), then any. Two
 * exact ones are on a par. */
int pattern_order(const struct pattern *a, const struct pattern *b);
/* As it was written. */
const char *pattern_text(const struct pattern *p, char out[CODE_MAX_BYTES + 3]);

#endif
