#include "pattern.h"

#include <stdio.h>

bool pattern_parse(const char *text, struct pattern *ret_pattern)
{
    struct slice s = slice_from(text);
    struct pattern p = {.form = PATTERN_EXACT};
    if (slice_is(s, "*")) {
        *ret_pattern = (struct pattern){.form = PATTERN_ANY};
        return true;
    }
    struct slice name = s;
    if (s.n > 2 && memcmp(s.p + s.n - 2, ".*", 2) == 0) {
        p.form = PATTERN_FAMILY;
        s.n -= 1;
        name.n -= 2;
    }
    if (!key_code_valid(name))
        return false;
    p.n = (uint8_t)s.n;
    memcpy(p.text, s.p, s.n);
    *ret_pattern = p;
    return true;
}

bool pattern_matches(const struct pattern *p, struct slice category)
{
    if (p->form == PATTERN_EXACT)
        return category.n == p->n && memcmp(category.p, p->text, p->n) == 0;
    return category.n >= p->n && (p->n == 0 || memcmp(category.p, p->text, p->n) == 0);
}

int pattern_order(const struct pattern *a, const struct pattern *b)
{
    if (a->form != b->form)
        return a->form < b->form ? -1 : 1;
    if (a->form == PATTERN_FAMILY && a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return 0;
}

const char *pattern_text(const struct pattern *p, char out[CODE_MAX_BYTES + 3])
{
    snprintf(out, CODE_MAX_BYTES + 3, "%s%s", p->text, p->form == PATTERN_EXACT ? "" : "*");
    return out;
}
