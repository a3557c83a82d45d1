/* tupoksi: who owns what. Reads the routes of the files, puts them in order of precedence and
 * lists for every category the rows that can match it, for city_route(). */
#include "load.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* ---- one line of `routes` ---- */

struct route_reading {
    struct load *load;
    struct route_row row;
    const struct conf_node *until_at;
};

static void read_kind(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    load_kind(doc, n, &((struct route_reading *)into)->row.kind);
}

static void read_category(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct route_reading *r = into;
    load_pattern(r->load, doc, n, &r->row.category);
}

static void read_kecamatan(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct route_reading *r = into;
    const struct city *c = r->load->city;
    const char *text, *close[NEAREST_MAX];
    if (!conf_text(doc, n, CODE_MAX_BYTES, &text) || strcmp(text, "any") == 0)
        return;
    r->row.kecamatan = city_kecamatan_number(c, slice_from(text));
    if (r->row.kecamatan != CITY_KECAMATAN_ANY || !r->load->town)
        return;
    if (city_nearest_kecamatan(c, slice_from(text), close) > 0)
        conf_error(doc, n, "unknown kecamatan '%s'; did you mean '%s'?", text, close[0]);
    else
        conf_error(doc, n, "unknown kecamatan '%s'; write an id of city.yaml, or any", text);
}

static void read_primary(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct route_reading *r = into;
    struct skpd_entry *e;
    if (load_skpd(r->load, doc, n, &e))
        r->row.answer.owner = &e->open;
}

static void read_helper(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct route_reading *r = into;
    struct route *answer = &r->row.answer;
    struct skpd_entry *e;
    if (!load_skpd(r->load, doc, n, &e))
        return;
    for (unsigned i = 0; i < answer->helpers_n; i++)
        if (answer->helpers[i] == &e->open) {
            conf_error(doc, n, "'%s' supports twice; name it once", e->open.id);
            return;
        }
    if (answer->helpers_n == COUNT(answer->helpers))
        conf_error(doc, n, "too many supporting SKPD; at most %zu", COUNT(answer->helpers));
    else
        answer->helpers[answer->helpers_n++] = &e->open;
}

static void read_supporting(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_list(doc, n, read_helper, into);
}

static void read_from(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    conf_date(doc, n, &((struct route_reading *)into)->row.from);
}

static void read_until(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct route_reading *r = into;
    if (conf_date(doc, n, &r->row.until))
        r->until_at = n;
}

static void check_row(struct conf_doc *doc, const struct conf_node *n,
                      const struct route_reading *r)
{
    const struct route *answer = &r->row.answer;
    load_check_until(doc, r->until_at, r->row.from, r->row.until);
    for (unsigned i = 0; answer->owner && i < answer->helpers_n; i++)
        if (answer->helpers[i] == answer->owner)
            conf_error(doc, n, "'%s' is primary and supporting; take it out of supporting",
                       answer->owner->id);
}

/* "emergency fire.* in any kecamatan" */
static const char *rule_text(struct city *c, const struct route_row *row)
{
    char pattern[CODE_MAX_BYTES + 3];
    const char *kind = row->kind ? words_wire(WORDS_KIND, row->kind) : "any kind";
    pattern_text(&row->category, pattern);
    if (row->kecamatan == CITY_KECAMATAN_ANY)
        return arena_printf(&c->mem, "%s %s in any kecamatan", kind, pattern).p;
    const char *place = c->kecamatan[row->kecamatan].id;
    return arena_printf(&c->mem, "%s %s in kecamatan %s", kind, pattern, place).p;
}

struct file_reading {
    struct load *load;
    const struct load_file *file;
};

static void read_route(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"kind", true, read_kind},
        {"category", true, read_category},
        {"kecamatan", false, read_kecamatan},
        {"primary", true, read_primary},
        {"supporting", false, read_supporting},
        {"from", false, read_from},
        {"until", false, read_until},
    };
    const struct file_reading *f = into;
    struct load *l = f->load;
    struct route_reading r = {
        .load = l,
        .row = {.kecamatan = CITY_KECAMATAN_ANY, .until = CITY_DAY_FOREVER},
    };
    bool fine = conf_map(doc, n, fields, COUNT(fields), &r);
    check_row(doc, n, &r);
    if (!fine)
        return;

    r.row.answer.found = true;
    r.row.answer.file = f->file->rel;
    r.row.answer.line = conf_line(n);
    r.row.answer.rule = rule_text(l->city, &r.row);
    *load_add(l->routes, l->routes_n) = (struct load_route){.row = r.row, .at = {doc, n}};
}

void tupoksi_read(struct load *l, struct load_file *f)
{
    struct file_reading reading = {l, f};
    if (f->routes)
        conf_list(f->doc, f->routes, read_route, &reading);
}

/* ---- precedence ---- */

/* Named before any. */
static int named_first(bool a_any, bool b_any)
{
    return (int)a_any - (int)b_any;
}

/* Pattern, kecamatan, kind, the later `from`: the order city.h promises. The rest only puts
 * equals side by side. */
static int route_order(const struct route_row *a, const struct route_row *b)
{
    int order = pattern_order(&a->category, &b->category);
    if (!order)
        order = named_first(a->kecamatan == CITY_KECAMATAN_ANY, b->kecamatan == CITY_KECAMATAN_ANY);
    if (!order)
        order = named_first(a->kind == 0, b->kind == 0);
    if (!order)
        order = (a->from < b->from) - (a->from > b->from);
    if (!order)
        order = strcmp(a->category.text, b->category.text);
    if (!order)
        order = a->kecamatan - b->kecamatan;
    return order ? order : a->kind - b->kind;
}

static int by_precedence(const void *a, const void *b)
{
    const struct load_route *ra = a, *rb = b;
    int order = route_order(&ra->row, &rb->row);
    if (order)
        return order;
    int file = strcmp(ra->row.answer.file, rb->row.answer.file);
    if (file)
        return file;
    return (int)ra->row.answer.line - (int)rb->row.answer.line;
}

/* Two rows of the same precedence for the same events have both begun on the same day: neither
 * can win. */
static void check_ambiguous(struct load *l)
{
    for (unsigned i = 1; i < l->routes_n; i++) {
        const struct load_route *a = &l->routes[i - 1], *b = &l->routes[i];
        if (route_order(&a->row, &b->row) == 0)
            conf_error(
                b->at.doc, b->at.node,
                "the same route stands at %s:%u (%s); remove one, or give the newer a later 'from'",
                conf_path(a->at.doc), conf_line(a->at.node), b->row.answer.rule);
    }
}

/* ---- what is never reached ---- */

/* Some event of this category and kind would find an owner on some day. */
static bool is_reached(const struct city *c, const struct category_entry *e, uint8_t kind)
{
    for (unsigned i = 0; i < e->routes_n; i++) {
        const struct route_row *row = &c->routes[e->routes[i]];
        if (row->kind == 0 || row->kind == kind)
            return true;
    }
    return false;
}

static void warn_unreached(struct load *l)
{
    for (unsigned i = 0; i < l->categories_n; i++) {
        const struct category_entry *e = &l->city->categories[i];
        const struct load_node *at = &l->categories[i].at;
        char kinds[64] = "";
        for (uint8_t kind = 1; kind < KIND_COUNT; kind++) {
            size_t used = strlen(kinds);
            if ((e->open.kinds & 1u << kind) && !is_reached(l->city, e, kind))
                snprintf(kinds + used, sizeof kinds - used, "%s%s", used ? ", " : "",
                         words_wire(WORDS_KIND, kind));
        }
        if (kinds[0] && !e->open.home->outside)
            conf_warn(at->doc, at->node, "no route takes '%s' (%s); the POC will hold it",
                      e->open.id, kinds);
    }
}

/* A line whose categories are never used with its kind. */
static void warn_idle(struct load *l)
{
    for (unsigned i = 0; i < l->routes_n; i++) {
        const struct route_row *row = &l->routes[i].row;
        unsigned kinds = 0;
        char pattern[CODE_MAX_BYTES + 3];
        for (unsigned k = 0; k < l->city->categories_n; k++)
            if (pattern_matches(&row->category, slice_from(l->city->categories[k].open.id)))
                kinds |= l->city->categories[k].open.kinds;
        if (row->kind && kinds && !(kinds & 1u << row->kind))
            conf_warn(l->routes[i].at.doc, l->routes[i].at.node,
                      "'%s' has no %s among its kinds; this line never decides",
                      pattern_text(&row->category, pattern), words_wire(WORDS_KIND, row->kind));
    }
}

/* ---- the table ---- */

static void list_routes(struct load *l, struct category_entry *e, uint16_t *room)
{
    const struct city *c = l->city;
    for (unsigned i = 0; i < c->routes_n; i++)
        if (pattern_matches(&c->routes[i].category, slice_from(e->open.id)))
            room[e->routes_n++] = (uint16_t)i;
    e->routes = load_keep_rows(l, room, e->routes_n * sizeof *room);
}

void tupoksi_seal(struct load *l)
{
    struct city *c = l->city;
    if (l->routes_n > UINT16_MAX) {
        conf_error(l->routes[UINT16_MAX].at.doc, l->routes[UINT16_MAX].at.node,
                   "too many routes; at most 65535");
        return;
    }
    if (l->routes_n > 0)
        qsort(l->routes, l->routes_n, sizeof *l->routes, by_precedence);
    check_ambiguous(l);

    c->routes = arena_alloc(&c->mem, l->routes_n * sizeof *c->routes);
    c->routes_n = l->routes_n;
    for (unsigned i = 0; i < l->routes_n; i++) {
        c->routes[i] = l->routes[i].row;
        c->routes_exact_n += c->routes[i].category.form == PATTERN_EXACT;
    }
    uint16_t *room = arena_alloc(&c->mem, l->routes_n * sizeof *room);
    for (unsigned i = 0; i < c->categories_n; i++)
        list_routes(l, &c->categories[i], room);
    /* a line with a mistake is not in the table: what it misses would mislead */
    if (l->report->errors == l->errors_before) {
        warn_unreached(l);
        warn_idle(l);
    }
}

/* ---- asking ---- */

static bool applies(const struct route_row *row, uint8_t kind, uint16_t kecamatan, uint32_t day)
{
    return (row->kind == 0 || row->kind == kind) &&
           (row->kecamatan == CITY_KECAMATAN_ANY || row->kecamatan == kecamatan) &&
           row->from <= day && day < row->until;
}

/* A category nobody listed can still be of a listed family. */
static const struct route_row *find_unlisted(const struct city *c, uint8_t kind,
                                             struct slice category, uint16_t kecamatan,
                                             uint32_t day)
{
    for (unsigned i = c->routes_exact_n; i < c->routes_n; i++) {
        const struct route_row *row = &c->routes[i];
        if (applies(row, kind, kecamatan, day) && pattern_matches(&row->category, category))
            return row;
    }
    return NULL;
}

void city_route(const struct city *c, uint8_t kind, struct slice category, struct slice kecamatan,
                uint32_t day, struct route *ret_route)
{
    const struct category_entry *e = city_category_entry(c, category);
    uint16_t place = city_kecamatan_number(c, kecamatan);
    const struct route_row *found = e ? NULL : find_unlisted(c, kind, category, place, day);
    for (unsigned i = 0; e && i < e->routes_n && !found; i++)
        if (applies(&c->routes[e->routes[i]], kind, place, day))
            found = &c->routes[e->routes[i]];
    *ret_route = found ? found->answer : c->unrouted;
}
