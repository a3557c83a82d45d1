/* renja: what was promised. Reads the targets of the files and counts due times from them. */
#include "load.h"

#include <stdlib.h>

#include "proto/stamp.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* ---- one line of `targets` ---- */

struct target_reading {
    struct load *load;
    struct target_row row;
    const struct conf_node *until_at;
};

static void read_kind(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    load_kind(doc, n, &((struct target_reading *)into)->row.scope.kind);
}

static void read_category(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct target_reading *r = into;
    load_pattern(r->load, doc, n, &r->row.scope.category);
}

static void read_severity(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    load_word(doc, n, WORDS_SEVERITY, &((struct target_reading *)into)->row.scope.severity);
}

static void read_ack(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct target_row *row = &((struct target_reading *)into)->row;
    const char *text;
    if (!conf_text(doc, n, sizeof row->answer.ack - 1, &text))
        return;
    if (limit_parse(slice_from(text), &row->ack))
        snprintf(row->answer.ack, sizeof row->answer.ack, "%s", text);
    else
        conf_error(doc, n,
                   "'%s' is no limit; write a number with m, h, d, mo, wm, wh or wd, as in 450wm",
                   text);
}

static void read_resolve(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct target_row *row = &((struct target_reading *)into)->row;
    struct slice wrong = {0}, milestone;
    const char *text;
    if (!conf_text(doc, n, sizeof row->answer.resolve - 1, &text))
        return;
    if (limit_parse_steps(slice_from(text), &row->resolve, &milestone, &wrong)) {
        snprintf(row->answer.resolve, sizeof row->answer.resolve, "%s", text);
        row->answer.judge = words_find(WORDS_MILESTONE, milestone);
    } else
        conf_error(doc, n,
                   "'" SLICE_FMT "' is no step; write LIMIT MILESTONE, as in "
                   "\"5wd answer, 14wd resolved\" (m, h, d, mo, wm, wh, wd), or referred",
                   SLICE_ARG(wrong));
}

static void read_from(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct target_row *row = &((struct target_reading *)into)->row;
    const char *text;
    if (conf_date(doc, n, &row->from) && conf_text(doc, n, sizeof row->answer.since - 1, &text))
        snprintf(row->answer.since, sizeof row->answer.since, "%s", text);
}

static void read_until(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct target_reading *r = into;
    if (conf_date(doc, n, &r->row.until))
        r->until_at = n;
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
        if (scope_same(&other->scope, &row->scope) && other->from == row->from)
            return other;
    }
    return NULL;
}

static void read_target(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"kind", true, read_kind},          {"category", true, read_category},
        {"severity", false, read_severity}, {"ack", false, read_ack},
        {"resolve", false, read_resolve},   {"from", false, read_from},
        {"until", false, read_until},       {"source", false, read_source},
    };
    struct target_list *list = into;
    struct target_reading r = {.load = list->load, .row.until = CITY_DAY_FOREVER};
    bool fine = conf_map(doc, n, fields, COUNT(fields), &r);
    load_check_until(doc, r.until_at, r.row.from, r.row.until);
    if (!fine)
        return;

    const struct target_row *other = same_target(list, &r.row);
    if (!r.row.answer.ack[0] && !r.row.answer.resolve[0])
        conf_error(doc, n, "this target promises nothing; add 'ack: ...', 'resolve: ...' or both");
    if (other) {
        conf_error(doc, n,
                   "the same target stands in line %u; keep one, or give the newer a later 'from'",
                   other->answer.line);
        return;
    }
    r.row.answer.found = true;
    r.row.answer.file = list->file->rel;
    r.row.answer.line = conf_line(n);
    r.row.answer.working = limit_working(r.row.resolve);
    *load_add(list->rows, list->rows_n) = r.row;
}

/* Category, then kind, then severity, then the later date: the order city.h promises. */
static int by_precedence(const void *a, const void *b)
{
    const struct target_row *ta = a, *tb = b;
    int order = scope_order(&ta->scope, &tb->scope);
    if (order)
        return order;
    if (ta->from != tb->from)
        return ta->from < tb->from ? 1 : -1;
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

void city_target(const struct city *c, const struct skpd *owner, uint8_t kind,
                 struct slice category, uint8_t severity, int64_t received_us,
                 struct target *ret_target)
{
    const struct skpd_entry *e = (const struct skpd_entry *)owner;
    const struct calendar *calendar = city_calendar_of(c, owner);
    uint32_t day = stamp_day(received_us, c->settings.tz_offset_s);
    *ret_target = (struct target){.file = ""};
    for (unsigned i = 0; i < e->targets_n; i++) {
        const struct target_row *row = &e->targets[i];
        if (day < row->from || day >= row->until ||
            !scope_covers(&row->scope, kind, category, severity))
            continue;
        *ret_target = row->answer;
        ret_target->ack_due = limit_after(calendar, row->ack, received_us);
        ret_target->resolve_due = limit_after(calendar, row->resolve, received_us);
        return;
    }
}
