/* city.yaml: the name of the city, its clock, its box on the map, its kecamatan, its working
 * hours. */
#include "load.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void read_name(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct load *l = into;
    load_pair(l, doc, n, &l->city->name_id, &l->city->name_en);
}

static void read_poc(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct load *l = into;
    l->poc = (struct load_node){doc, n};
}

/* ---- timezone ---- */

static void read_zone_name(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct city_settings *s = &((struct load *)into)->city->settings;
    const char *text;
    if (conf_text(doc, n, sizeof s->tz_name - 1, &text))
        snprintf(s->tz_name, sizeof s->tz_name, "%s", text);
}

static void read_zone_offset(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct load *l = into;
    const char *text;
    if (!conf_text(doc, n, 16, &text))
        return;
    bool formed = (text[0] == '+' || text[0] == '-') && strlen(text) == 6;
    int minutes = formed ? hours_clock(text + 1) : -1;
    if (minutes < 0 || minutes > 14 * 60) {
        conf_error(doc, n, "'%s' is not an offset; write \"+07:00\"", text);
        return;
    }
    l->city->settings.tz_offset_s = (text[0] == '-' ? -60 : 60) * minutes;
}

static void read_timezone(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {{"name", true, read_zone_name},
                                               {"offset", true, read_zone_offset}};
    conf_map(doc, n, fields, COUNT(fields), into);
}

/* ---- bounds ---- */

static int32_t read_degree(struct conf_doc *doc, const struct conf_node *n, double most)
{
    double value;
    if (!conf_decimal(doc, n, -most, most, &value))
        return 0;
    return (int32_t)(value * 1e7 + (value < 0 ? -0.5 : 0.5));
}

static void read_south(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    ((struct load *)into)->city->south = read_degree(doc, n, 90);
}

static void read_west(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    ((struct load *)into)->city->west = read_degree(doc, n, 180);
}

static void read_north(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    ((struct load *)into)->city->north = read_degree(doc, n, 90);
}

static void read_east(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    ((struct load *)into)->city->east = read_degree(doc, n, 180);
}

static void read_bounds(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"south", true, read_south},
        {"west", true, read_west},
        {"north", true, read_north},
        {"east", true, read_east},
    };
    struct city *c = ((struct load *)into)->city;
    if (!conf_map(doc, n, fields, COUNT(fields), into))
        return;
    if (c->south >= c->north || c->west >= c->east)
        conf_error(doc, n,
                   "the box has no inside; south must be below north and west left of east");
    c->has_bounds = true;
}

/* ---- kecamatan ---- */

struct kecamatan_reading {
    struct load *load;
    struct kecamatan k;
    const struct conf_node *id_at;
};

static void read_kecamatan_id(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct kecamatan_reading *r = into;
    const char *text;
    if (!conf_text(doc, n, CODE_MAX_BYTES, &text))
        return;
    if (!key_code_valid(slice_from(text)) || strcmp(text, "any") == 0)
        conf_error(doc, n, "'%s' is no id; use a-z, 0-9 and dash, not the word any", text);
    else
        r->k.id = load_keep(r->load, text);
    r->id_at = n;
}

static void read_kecamatan_name(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct kecamatan_reading *r = into;
    load_text(r->load, doc, n, 80, &r->k.name);
}

static void read_kecamatan_code(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct kecamatan_reading *r = into;
    load_text(r->load, doc, n, CODE_MAX_BYTES, &r->k.code);
}

/* An id or code that stands already. */
static bool is_taken(const struct load *l, const char *word)
{
    for (unsigned i = 0; word && i < l->city->kecamatan_n; i++)
        if (strcmp(l->kecamatan[i].id, word) == 0 ||
            (l->kecamatan[i].code && strcmp(l->kecamatan[i].code, word) == 0))
            return true;
    return false;
}

static void read_one_kecamatan(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"id", true, read_kecamatan_id},
        {"name", true, read_kecamatan_name},
        {"code", false, read_kecamatan_code},
    };
    struct load *l = into;
    struct kecamatan_reading r = {.load = l};
    conf_map(doc, n, fields, COUNT(fields), &r);
    if (!r.k.id)
        return;
    if (is_taken(l, r.k.id) || is_taken(l, r.k.code))
        conf_error(doc, r.id_at, "kecamatan '%s' or its code stands here twice; keep one", r.k.id);
    else
        *load_add(l->kecamatan, l->city->kecamatan_n) = r.k;
}

static int by_id(const void *a, const void *b)
{
    const struct kecamatan *ka = a, *kb = b;
    return city_order(slice_from(ka->id), kb->id);
}

static void read_kecamatan(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct load *l = into;
    conf_list(doc, n, read_one_kecamatan, l);
    if (l->city->kecamatan_n > 0)
        qsort(l->kecamatan, l->city->kecamatan_n, sizeof *l->kecamatan, by_id);
}

static void read_hours(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct load *l = into;
    l->hours = (struct load_node){doc, n};
    hours_read(doc, n, l->city->calendar.week);
}

void place_read(struct load *l, const char *path)
{
    static const struct conf_field fields[] = {
        {"name", true, read_name},
        {"poc", true, read_poc},
        {"timezone", false, read_timezone},
        {"bounds", false, read_bounds},
        {"kecamatan", false, read_kecamatan},
        {"hours", true, read_hours},
        {"secretariat", false, rules_secretariat},
        {"waiting", false, rules_waiting},
        {"after", false, rules_after},
        {"media", false, disclosure_media},
        {"retention", false, disclosure_retention},
        {"work", false, rules_work},
        {"silence", false, rules_silence},
        {"escalation", false, ladder_escalation},
        {"drill_levels", false, ladder_drill_levels},
    };
    rules_defaults(&l->city->rules);
    l->town = conf_open(path, l->report);
    if (l->town)
        conf_map(l->town, conf_root(l->town), fields, COUNT(fields), l);

    struct city *c = l->city;
    c->calendar.tz_offset_s = c->settings.tz_offset_s;
    c->always = (struct calendar){.tz_offset_s = c->settings.tz_offset_s, .always = true};
    c->kecamatan = load_keep_rows(l, l->kecamatan, c->kecamatan_n * sizeof *c->kecamatan);
}
