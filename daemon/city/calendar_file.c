/* calendar.d/YEAR.yaml: the days off of one year with the decrees that say so, and its Ramadan. */
#include "load.h"

#include <inttypes.h>

#include "proto/stamp.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define DECEMBER 12
#define DAYS_MOST 366
#define RAMADAN_DAYS_MOST 31 /* longer: a month was mistyped */

struct year_reading {
    struct load *load;
    const struct load_file *file;
    struct calendar_year year;
    const struct conf_node *holidays, *joint_leave, *ramadan;
    unsigned lines[DAYS_MOST]; /* where each day off stands */
};

/* ---- the top ---- */

static void read_year(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct year_reading *r = into;
    char stem[24];
    int64_t number;
    if (!conf_int(doc, n, 1970, 2199, &number))
        return;
    snprintf(stem, sizeof stem, "%" PRId64, number);
    if (strcmp(stem, r->file->stem) != 0) {
        conf_error(doc, n, "the year is %s but the file is %s; name the file %s.yaml", stem,
                   r->file->rel, stem);
        return;
    }
    r->year.year = (int)number;
    r->year.first = stamp_day_of(r->year.year, 1, 1);
    r->year.days = stamp_day_of(r->year.year + 1, 1, 1) - r->year.first;
}

/* For the people who keep the file, and for those who ask why. */
static void read_remark(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    const char *text;
    (void)into;
    conf_text(doc, n, LOAD_TEXT_MAX, &text);
}

/* Days mean something only when the year is known, wherever it stands. */
static void keep_holidays(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    (void)doc;
    ((struct year_reading *)into)->holidays = n;
}

static void keep_joint_leave(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    (void)doc;
    ((struct year_reading *)into)->joint_leave = n;
}

static void keep_ramadan(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    (void)doc;
    ((struct year_reading *)into)->ramadan = n;
}

/* ---- days off ---- */

static void report_other_year(struct conf_doc *doc, const struct conf_node *n, uint32_t day,
                              int year)
{
    int y, m, d;
    stamp_day_parts(day, &y, &m, &d);
    conf_error(doc, n, "%04d-%02d-%02d is not in %d; it belongs into calendar.d/%d.yaml", y, m, d,
               year, y);
}

static void read_date(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct year_reading *r = into;
    uint32_t day;
    if (!conf_date(doc, n, &day))
        return;
    if (!calendar_in_year(&r->year, day)) {
        report_other_year(doc, n, day, r->year.year);
        return;
    }
    unsigned *line = &r->lines[day - r->year.first];
    if (*line > 0)
        conf_error(doc, n, "this day is off already by line %u; keep one", *line);
    *line = conf_line(n);
    calendar_set_off(&r->year, day);
}

static void read_day(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    static const struct conf_field fields[] = {
        {"date", true, read_date}, {"name", true, read_remark}, {"decree", false, read_remark}};
    conf_map(doc, n, fields, COUNT(fields), into);
}

/* ---- Ramadan ---- */

struct ramadan_reading {
    struct calendar_year *year;
    const struct conf_node *from_at, *until_at;
};

static void read_from(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct ramadan_reading *r = into;
    if (conf_date(doc, n, &r->year->ramadan_from))
        r->from_at = n;
}

static void read_until(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct ramadan_reading *r = into;
    if (conf_date(doc, n, &r->year->ramadan_until))
        r->until_at = n;
}

static void read_hours(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    hours_read(doc, n, ((struct ramadan_reading *)into)->year->ramadan);
}

static void read_ramadan(struct conf_doc *doc, const struct conf_node *n, struct calendar_year *y)
{
    static const struct conf_field fields[] = {
        {"from", true, read_from}, {"until", true, read_until}, {"hours", true, read_hours}};
    struct ramadan_reading r = {.year = y};
    conf_map(doc, n, fields, COUNT(fields), &r);
    if (!r.from_at || !r.until_at)
        return;
    if (y->ramadan_until <= y->ramadan_from)
        conf_error(doc, r.until_at,
                   "'until' is not after 'from'; it is the first day after Ramadan");
    else if (y->ramadan_until - y->ramadan_from > RAMADAN_DAYS_MOST)
        conf_error(doc, r.until_at, "Ramadan has %u days here; at most %d",
                   y->ramadan_until - y->ramadan_from, RAMADAN_DAYS_MOST);
    else if (!calendar_in_year(y, y->ramadan_until - 1))
        report_other_year(doc, r.until_at, y->ramadan_until - 1, y->year);
}

/* ---- one file ---- */

void calendar_read(struct load *l, struct load_file *f)
{
    static const struct conf_field fields[] = {
        {"year", true, read_year},         {"decree", true, read_remark},
        {"holidays", true, keep_holidays}, {"joint_leave", false, keep_joint_leave},
        {"ramadan", false, keep_ramadan},
    };
    struct year_reading r = {.load = l, .file = f};
    if (!f->doc)
        return;
    conf_map(f->doc, conf_root(f->doc), fields, COUNT(fields), &r);
    if (r.year.days == 0)
        return;
    if (r.holidays)
        conf_list(f->doc, r.holidays, read_day, &r);
    if (r.joint_leave)
        conf_list(f->doc, r.joint_leave, read_day, &r);
    if (r.ramadan)
        read_ramadan(f->doc, r.ramadan, &r.year);
    *load_add(l->years, l->city->calendar.years_n) = r.year;
}

/* ---- the years that must be there ---- */

/* A file of that name, good or bad: what is wrong with it has been said. */
static bool has_file(const struct load *l, int year)
{
    char stem[16];
    snprintf(stem, sizeof stem, "%d", year);
    for (unsigned i = 0; i < l->calendar_files_n; i++)
        if (strcmp(l->calendar_files[i].stem, stem) == 0)
            return true;
    return false;
}

/* A clock that was lost says a year long past: 112 must start all the same. */
static bool before_all(const struct load *l, int year)
{
    for (unsigned i = 0; i < l->city->calendar.years_n; i++)
        if (l->years[i].year <= year)
            return false;
    return l->city->calendar.years_n > 0;
}

static void demand_years(struct load *l)
{
    int y, m, d;
    if (l->now_us == 0 || !l->hours.node)
        return;
    const struct conf_node *at = conf_key(l->hours.doc, l->hours.node);
    stamp_day_parts(stamp_day(l->now_us, l->city->settings.tz_offset_s), &y, &m, &d);
    if (before_all(l, y))
        conf_warn(l->hours.doc, at,
                  "the clock of this machine says %d, before the first file of calendar.d/; set it",
                  y);
    else if (!has_file(l, y))
        conf_error(l->hours.doc, at,
                   "calendar.d/%d.yaml is missing; write the holidays of the year's joint decree "
                   "into it, working time depends on them",
                   y);
    if (m == DECEMBER && !has_file(l, y + 1))
        conf_warn(l->hours.doc, at,
                  "calendar.d/%d.yaml is missing; due times in %d know no holidays, and from "
                  "1 January on siagad asks for it",
                  y + 1, y + 1);
}

void calendar_seal(struct load *l)
{
    struct calendar *c = &l->city->calendar;
    demand_years(l);
    c->years = load_keep_rows(l, l->years, c->years_n * sizeof *c->years);
}
