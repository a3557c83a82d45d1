#include "scope.h"

#include <string.h>

#include "proto/words.h"

/* Named before any. */
static int named_first(uint8_t a, uint8_t b)
{
    return (a == 0) - (b == 0);
}

int scope_order(const struct scope *a, const struct scope *b)
{
    int order = pattern_order(&a->category, &b->category);
    if (!order)
        order = named_first(a->kind, b->kind);
    return order ? order : named_first(a->severity, b->severity);
}

bool scope_same(const struct scope *a, const struct scope *b)
{
    return a->kind == b->kind && a->severity == b->severity &&
           a->category.form == b->category.form && strcmp(a->category.text, b->category.text) == 0;
}

bool scope_covers(const struct scope *s, uint8_t kind, struct slice category, uint8_t severity)
{
    bool unweighed = kind == KIND_EMERGENCY && (severity == 0 || severity == SEVERITY_UNKNOWN);
    bool heavy = s->severity == 0 || s->severity == severity ||
                 (unweighed && s->severity == SEVERITY_SEVERE);
    return heavy && (s->kind == 0 || s->kind == kind) && pattern_matches(&s->category, category);
}
