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

/* "hh:mm" of 5 characters; minutes, or -1. */
static int parse_clock(const char *p)
{
    for (int i = 0; i < 5; i++)
        if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
            return -1;
    int hours = (p[0] - '0') * 10 + p[1] - '0';
    int minutes = (p[3] - '0') * 10 + p[4] - '0';
    bool exists = hours < 24 ? minutes < 60 : hours == 24 && minutes == 0;
    return exists ? hours * 60 + minutes : -1;
}

static void read_zone_offset(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct load *l = into;
    const char *text;
    if (!conf_text(doc, n, 16, &text))
        return;
    bool formed = (text[0] == '+' || text[0] == '-') && strlen(text) == 6;
    int minutes = formed ? parse_clock(text + 1) : -1;
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

/* ---- hours ---- */

static void read_span(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct calendar_weekday *day = into;
    const char *text;
    if (!conf_text(doc, n, 32, &text))
        return;
    bool formed = strlen(text) == 11 && text[5] == '-';
    int from = formed ? parse_clock(text) : -1, to = formed ? parse_clock(text + 6) : -1;
    if (from < 0 || to < 0)
        conf_error(doc, n, "'%s' is no span of hours; write \"07:30-12:00\"", text);
    else if (from >= to)
        conf_error(doc, n, "'%s' ends before it begins; cut it at 24:00", text);
    else if (day->spans_n == CALENDAR_SPANS_MAX)
        conf_error(doc, n, "too many spans on one day; at most %d", CALENDAR_SPANS_MAX);
    else if (day->spans_n > 0 && from <= day->to[day->spans_n - 1])
        conf_error(doc, n,
                   "'%s' begins before the span in front of it has ended; order and join them",
                   text);
    else {
        day->from[day->spans_n] = (uint16_t)from;
        day->to[day->spans_n++] = (uint16_t)to;
    }
}

#define DAY_READER(name, number)                                                           \
    static void read_##name(struct conf_doc *doc, const struct conf_node *n, void *into)   \
    {                                                                                      \
        conf_list(doc, n, read_span, &((struct load *)into)->city->calendar.week[number]); \
    }
DAY_READER(sunday, 0)
DAY_READER(monday, 1)
DAY_READER(tuesday, 2)
DAY_READER(wednesday, 3)
DAY_READER(thursday, 4)
DAY_READER(friday, 5)
DAY_READER(saturday, 6)

static void read_hours(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"sunday", false, read_sunday},     {"monday", false, read_monday},
        {"tuesday", false, read_tuesday},   {"wednesday", false, read_wednesday},
        {"thursday", false, read_thursday}, {"friday", false, read_friday},
        {"saturday", false, read_saturday},
    };
    const struct calendar *c = &((struct load *)into)->city->calendar;
    if (!conf_map(doc, n, fields, COUNT(fields), into))
        return;
    for (unsigned d = 0; d < 7; d++)
        if (c->week[d].spans_n > 0)
            return;
    conf_error(doc, n, "no day has working hours; write monday: [\"07:30-16:00\"] at least");
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
    };
    l->town = conf_open(path, l->report);
    if (l->town)
        conf_map(l->town, conf_root(l->town), fields, COUNT(fields), l);

    struct city *c = l->city;
    c->calendar.tz_offset_s = c->settings.tz_offset_s;
    c->kecamatan = load_keep_rows(l, l->kecamatan, c->kecamatan_n * sizeof *c->kecamatan);
}
