/* renja: what was promised. Reads the targets of the files and counts due times from them. */
#include "load.h"

#include <stdlib.h>

#include "proto/stamp.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define LIMIT_MOST_DAYS 3660 /* ten years: beyond it somebody mistyped */

/* ---- LIMIT and LIMIT MILESTONE ---- */

struct limit_unit {
    const char *name;
    struct limit one;
    int64_t per_day; /* how many make up a day, for the bound above */
};

static const struct limit_unit limit_units[] = {
    {"m", {LIMIT_PLAIN, STAMP_MINUTE}, 1440}, {"h", {LIMIT_PLAIN, 60 * STAMP_MINUTE}, 24},
    {"d", {LIMIT_PLAIN, STAMP_DAY}, 1},       {"mo", {LIMIT_PLAIN, 30 * STAMP_DAY}, 1},
    {"wm", {LIMIT_WORK_MINUTES, 1}, 1440},    {"wh", {LIMIT_WORK_MINUTES, 60}, 24},
    {"wd", {LIMIT_WORK_DAYS, 1}, 1},
};

/* "15m", "14wd" */
static bool parse_limit(struct slice s, struct limit *ret_limit)
{
    int64_t number = 0;
    uint32_t at = 0;
    for (; at < s.n && s.p[at] >= '0' && s.p[at] <= '9' && number < 10000000; at++)
        number = number * 10 + s.p[at] - '0';
    if (at == 0 || s.p[0] == '0')
        return false;
    struct slice unit = {s.p + at, s.n - at};
    for (size_t i = 0; i < COUNT(limit_units); i++) {
        const struct limit_unit *u = &limit_units[i];
        if (!slice_is(unit, u->name) || number > u->per_day * LIMIT_MOST_DAYS)
            continue;
        *ret_limit = (struct limit){u->one.form, u->one.amount * number};
        return true;
    }
    return false;
}

static bool is_milestone(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if ((s.p[i] < 'a' || s.p[i] > 'z') && s.p[i] != '_')
            return false;
    return s.n > 0;
}

static struct slice trim(struct slice s)
{
    while (s.n > 0 && s.p[0] == ' ')
        s = (struct slice){s.p + 1, s.n - 1};
    while (s.n > 0 && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

/* One step: a limit, a space, a milestone. */
static bool parse_step(struct slice s, struct limit *ret_limit)
{
    const char *space = s.n ? memchr(s.p, ' ', s.n) : NULL;
    if (!space)
        return false;
    struct slice limit = {s.p, (uint32_t)(space - s.p)};
    struct slice milestone = trim((struct slice){space, s.n - limit.n});
    return parse_limit(limit, ret_limit) && is_milestone(milestone);
}

/* Steps between commas; the last one counts. `referred` alone promises no time. */
static bool parse_resolve(const char *text, struct limit *ret_limit, struct slice *ret_wrong)
{
    struct slice rest = slice_from(text);
    if (slice_is(trim(rest), "referred")) {
        *ret_limit = (struct limit){LIMIT_NONE, 0};
        return true;
    }
    for (;;) {
        const char *comma = rest.n ? memchr(rest.p, ',', rest.n) : NULL;
        struct slice step = {rest.p, comma ? (uint32_t)(comma - rest.p) : rest.n};
        *ret_wrong = trim(step);
        if (!parse_step(*ret_wrong, ret_limit))
            return false;
        if (!comma)
            return true;
        rest = (struct slice){comma + 1, rest.n - step.n - 1};
    }
}

/* ---- one line of `targets` ---- */

struct target_reading {
    struct load *load;
    struct target_row row;
};

static void read_kind(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    load_kind(doc, n, &((struct target_reading *)into)->row.kind);
}

static void read_category(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct target_reading *r = into;
    load_pattern(r->load, doc, n, &r->row.category);
}

static void read_severity(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    load_word(doc, n, WORDS_SEVERITY, &((struct target_reading *)into)->row.severity);
}

static void read_ack(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct target_row *row = &((struct target_reading *)into)->row;
    const char *text;
    if (!conf_text(doc, n, sizeof row->answer.ack - 1, &text))
        return;
    if (parse_limit(slice_from(text), &row->ack))
        snprintf(row->answer.ack, sizeof row->answer.ack, "%s", text);
    else
        conf_error(doc, n,
                   "'%s' is no limit; write a number with m, h, d, mo, wm, wh or wd, as in 450wm",
                   text);
}

static void read_resolve(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct target_row *row = &((struct target_reading *)into)->row;
    struct slice wrong = {0};
    const char *text;
    if (!conf_text(doc, n, sizeof row->answer.resolve - 1, &text))
        return;
    if (parse_resolve(text, &row->resolve, &wrong))
        snprintf(row->answer.resolve, sizeof row->answer.resolve, "%s", text);
    else
        conf_error(doc, n,
                   "'" SLICE_FMT "' is no step; write LIMIT MILESTONE, as in "
                   "\"5wd answer, 14wd resolved\" (m, h, d, mo, wm, wh, wd), or referred",
                   SLICE_ARG(wrong));
}

static void read_source(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    const char *text;
    (void)into; /* for the people who keep the file */
    conf_text(doc, n, LOAD_TEXT_MAX, &text);
}

/* The targets of one file while they are read. */
struct target_list {
    struct load *load;
    const struct load_file *file;
    struct target_row *rows;
    unsigned rows_n;
};

static const struct target_row *same_target(const struct target_list *list,
                                            const struct target_row *row)
{
    for (unsigned i = 0; i < list->rows_n; i++) {
        const struct target_row *other = &list->rows[i];
        if (other->kind == row->kind && other->severity == row->severity &&
            other->category.form == row->category.form &&
            strcmp(other->category.text, row->category.text) == 0)
            return other;
    }
    return NULL;
}

static void read_target(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"kind", true, read_kind},          {"category", true, read_category},
        {"severity", false, read_severity}, {"ack", false, read_ack},
        {"resolve", false, read_resolve},   {"source", false, read_source},
    };
    struct target_list *list = into;
    struct target_reading r = {.load = list->load};
    if (!conf_map(doc, n, fields, COUNT(fields), &r))
        return;

    const struct target_row *other = same_target(list, &r.row);
    if (!r.row.answer.ack[0] && !r.row.answer.resolve[0])
        conf_error(doc, n, "this target promises nothing; add 'ack: ...', 'resolve: ...' or both");
    if (other) {
        conf_error(doc, n, "the same target stands in line %u; keep one", other->answer.line);
        return;
    }
    r.row.answer.found = true;
    r.row.answer.file = list->file->rel;
    r.row.answer.line = conf_line(n);
    r.row.answer.working =
        r.row.resolve.form == LIMIT_WORK_MINUTES || r.row.resolve.form == LIMIT_WORK_DAYS;
    *load_add(list->rows, list->rows_n) = r.row;
}

/* Category, then kind, then severity: the order city.h promises. */
static int by_precedence(const void *a, const void *b)
{
    const struct target_row *ta = a, *tb = b;
    int order = pattern_order(&ta->category, &tb->category);
    if (order)
        return order;
    if ((ta->kind == 0) != (tb->kind == 0))
        return ta->kind == 0 ? 1 : -1;
    if ((ta->severity == 0) != (tb->severity == 0))
        return ta->severity == 0 ? 1 : -1;
    return (int)ta->answer.line - (int)tb->answer.line;
}

void renja_read(struct load *l, struct load_file *f)
{
    struct target_list list = {.load = l, .file = f};
    if (!f->targets || !f->skpd)
        return;
    conf_list(f->doc, f->targets, read_target, &list);
    if (list.rows_n > 0)
        qsort(list.rows, list.rows_n, sizeof *list.rows, by_precedence);
    f->skpd->targets = load_keep_rows(l, list.rows, list.rows_n * sizeof *list.rows);
    f->skpd->targets_n = list.rows_n;
    free(list.rows);
}

/* ---- asking ---- */

static int64_t due(const struct calendar *c, struct limit limit, int64_t received_us)
{
    switch (limit.form) {
    case LIMIT_PLAIN:
        return received_us + limit.amount;
    case LIMIT_WORK_MINUTES:
        return calendar_add_minutes(c, received_us, limit.amount);
    case LIMIT_WORK_DAYS:
        return calendar_add_days(c, received_us, limit.amount);
    default:
        return 0;
    }
}

void city_target(const struct city *c, const struct skpd *owner, uint8_t kind,
                 struct slice category, uint8_t severity, int64_t received_us,
                 struct target *ret_target)
{
    /* an emergency nobody has weighed yet is severe until somebody does */
    bool unweighed = kind == KIND_EMERGENCY && (severity == 0 || severity == SEVERITY_UNKNOWN);
    const struct skpd_entry *e = (const struct skpd_entry *)owner;
    *ret_target = (struct target){.file = ""};
    for (unsigned i = 0; i < e->targets_n; i++) {
        const struct target_row *row = &e->targets[i];
        bool heavy = row->severity == 0 || row->severity == severity ||
                     (unweighed && row->severity == SEVERITY_SEVERE);
        if ((row->kind != 0 && row->kind != kind) || !heavy ||
            !pattern_matches(&row->category, category))
            continue;
        *ret_target = row->answer;
        ret_target->ack_due = due(&c->calendar, row->ack, received_us);
        ret_target->resolve_due = due(&c->calendar, row->resolve, received_us);
        return;
    }
}
