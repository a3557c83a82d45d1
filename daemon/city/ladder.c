/* ladder: who is told when nobody acknowledges. Reads `escalation` and `drill_levels` of city.yaml
 * and answers step by step. */
#include "load.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* ---- one step: "section_head 2m" ---- */

struct ladder_reading {
    struct load *load;
    struct ladder_row row;
    int64_t weight; /* of the step in front; -1: none yet */
};

static bool parse_step(const char *text, uint8_t *ret_level, const char **ret_limit,
                       int64_t *ret_weight)
{
    const char *space = strchr(text, ' ');
    struct limit limit = {0};
    if (!space)
        return false;
    *ret_level = words_find(WORDS_LEVEL, (struct slice){text, (uint32_t)(space - text)});
    *ret_limit = space + 1;
    if (strcmp(*ret_limit, "0m") != 0 && !limit_parse(slice_from(*ret_limit), &limit))
        return false;
    *ret_weight = limit_weight(limit);
    return *ret_level != 0;
}

/* Levels rise strictly, so there are never more of them than there is room. */
static void read_step(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct ladder_reading *r = into;
    struct ladder_row *row = &r->row;
    const struct ladder_step *before = row->steps_n > 0 ? &row->steps[row->steps_n - 1] : NULL;
    const char *text, *limit;
    uint8_t level;
    int64_t weight;
    if (!conf_text(doc, n, 40, &text))
        return;
    if (!parse_step(text, &level, &limit, &weight))
        conf_error(doc, n,
                   "'%s' is no step; write LEVEL LIMIT, as in section_head 2m (operator, "
                   "section_head, skpd_head, secretary, mayor)",
                   text);
    else if (before && level <= before->level)
        conf_error(doc, n, "'%s' is not above '%s' in front of it; order the steps from below",
                   words_wire(WORDS_LEVEL, level), words_wire(WORDS_LEVEL, before->level));
    else if (before && weight <= r->weight)
        conf_error(doc, n, "%s is not later than %s in front of it; each step waits longer", limit,
                   before->limit);
    else {
        row->steps[row->steps_n++] = (struct ladder_step){level, load_keep(r->load, limit)};
        r->weight = weight;
    }
}

/* ---- one line ---- */

static void read_kind(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    load_kind(doc, n, &((struct ladder_reading *)into)->row.scope.kind);
}

static void read_category(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct ladder_reading *r = into;
    load_pattern(r->load, doc, n, &r->row.scope.category);
}

static void read_severity(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    load_word(doc, n, WORDS_SEVERITY, &((struct ladder_reading *)into)->row.scope.severity);
}

static void read_steps(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    if (conf_list(doc, n, read_step, into) && ((struct ladder_reading *)into)->row.steps_n == 0)
        conf_error(doc, n, "'steps' is empty; name one level at least");
}

static void read_line(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {{"kind", true, read_kind},
                                               {"category", true, read_category},
                                               {"severity", false, read_severity},
                                               {"steps", true, read_steps}};
    struct load *l = into;
    unsigned *count = &l->city->rules.ladders_n;
    struct ladder_reading r = {.load = l, .row.line = conf_line(n)};
    if (!conf_map(doc, n, fields, COUNT(fields), &r))
        return;
    for (unsigned i = 0; i < *count; i++)
        if (scope_same(&l->ladders[i].scope, &r.row.scope)) {
            conf_error(doc, n, "the same ladder stands in line %u; keep one", l->ladders[i].line);
            return;
        }
    *load_add(l->ladders, *count) = r.row;
}

/* Lines name categories: they are read when those are known. */
void ladder_escalation(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    ((struct load *)into)->escalation = (struct load_node){doc, n};
}

static void read_drill_level(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    uint8_t level;
    if (load_word(doc, n, WORDS_LEVEL, &level))
        *(uint32_t *)into |= 1u << level;
}

void ladder_drill_levels(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    uint32_t *levels = &((struct load *)into)->city->rules.drill_levels;
    *levels = 0;
    conf_list(doc, n, read_drill_level, levels);
}

static int by_precedence(const void *a, const void *b)
{
    const struct ladder_row *la = a, *lb = b;
    int order = scope_order(&la->scope, &lb->scope);
    return order ? order : (int)la->line - (int)lb->line;
}

void ladder_seal(struct load *l)
{
    struct rules *r = &l->city->rules;
    if (l->escalation.node)
        conf_list(l->escalation.doc, l->escalation.node, read_line, l);
    if (r->ladders_n > 0)
        qsort(l->ladders, r->ladders_n, sizeof *l->ladders, by_precedence);
    r->ladders = load_keep_rows(l, l->ladders, r->ladders_n * sizeof *r->ladders);
}

/* ---- asking ---- */

static const struct ladder_row *find_row(const struct rules *r, uint8_t kind, struct slice category,
                                         uint8_t severity)
{
    for (unsigned i = 0; i < r->ladders_n; i++)
        if (scope_covers(&r->ladders[i].scope, kind, category, severity))
            return &r->ladders[i];
    return NULL;
}

bool city_ladder(const struct city *c, uint8_t kind, struct slice category, uint8_t severity,
                 bool drill, unsigned n, uint8_t *ret_level, struct slice *ret_limit)
{
    const struct ladder_row *row = find_row(&c->rules, kind, category, severity);
    for (unsigned i = 0; row && i < row->steps_n; i++) {
        const struct ladder_step *step = &row->steps[i];
        if (drill && !(c->rules.drill_levels >> step->level & 1))
            continue;
        if (n-- > 0)
            continue;
        *ret_level = step->level;
        *ret_limit = slice_from(step->limit);
        return true;
    }
    return false;
}
