/* conf: what it says about broken files, word for word; what it takes and refuses as values;
 * that no damage to a file makes it crash or hang. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/city/city.h"
#include "daemon/city/conf.h"
#include "proto/stamp.h"
#include "tests/support/small_city.h"
#include "tests/unit/conf/goldens.h"
#include "tests/unit/conf/goldens_city.h"
#include "tests/unit/conf/goldens_people.h"
#include "tests/unit/conf/values.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct folder
    home; /* the working folder of every test here: messages begin with the file's name */

static int enter_folder(void **state)
{
    (void)state;
    folder_make(&home);
    return chdir(home.path);
}

static int leave_folder(void **state)
{
    (void)state;
    int left = chdir("/");
    folder_drop(&home);
    return left;
}

/* Loads the city of the working folder; gives what was printed, to be freed. */
static char *load_as_of(const char *path, int64_t now_us, struct conf_report *ret_report)
{
    char *said = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&said, &n);
    *ret_report = (struct conf_report){.out = out, .strict = true};
    struct city *c = city_load(path, now_us, NULL, ret_report);
    assert_true((c == NULL) == (ret_report->errors > 0));
    city_unref(&c);
    fclose(out);
    return said;
}

static char *load_and_listen(const char *path, struct conf_report *ret_report)
{
    return load_as_of(path, SMALL_CITY_AT, ret_report);
}

/* Writes the small city with the golden's lines replaced. */
static void write_golden(const struct golden *g)
{
    small_city_write(&home);
    for (size_t i = 0; i < COUNT(small_city); i++) {
        const char *text = small_city[i].text, *at = strstr(text, g->find);
        char changed[4096];
        if (strcmp(small_city[i].rel, g->rel) != 0)
            continue;
        assert_non_null(at);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, g->put,
                 at + strlen(g->find));
        folder_text(&home, g->rel, changed);
    }
}

static void check_goldens(const struct golden *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct conf_report report;
        write_golden(&rows[i]);
        char *said = load_and_listen("siagad.yaml", &report);
        if (strcmp(said, rows[i].said) != 0)
            print_error("case %s\n", rows[i].name);
        assert_string_equal(said, rows[i].said);
        assert_true(report.errors + report.warnings > 0);
        assert_null(strchr(said, '\033'));
        free(said);
    }
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    check_goldens(goldens, COUNT(goldens));
    check_goldens(city_goldens, COUNT(city_goldens));
    check_goldens(people_goldens, COUNT(people_goldens));
}

static void is_silent_about_a_good_city(void **state)
{
    (void)state;
    struct conf_report report;
    small_city_write(&home);
    char *said = load_and_listen("siagad.yaml", &report);
    assert_string_equal(said, "");
    assert_int_equal(report.errors + report.warnings, 0);
    assert_string_equal(report.first, "");
    free(said);
}

static void puts_the_folder_before_the_name(void **state)
{
    (void)state;
    struct conf_report report;
    char path[128], want[512];
    small_city_write(&home);
    folder_text(&home, "people.d/skpd.yaml", "people: [{id: a, role: none}]\n");
    snprintf(path, sizeof path, "%s/siagad.yaml", home.path);
    snprintf(want, sizeof want, "%s/people.d/skpd.yaml:1:24: error: unknown word 'none'",
             home.path);
    char *said = load_and_listen(path, &report);
    assert_int_equal(strncmp(said, want, strlen(want)), 0);
    assert_int_equal(strncmp(report.first, want, strlen(want)), 0);
    assert_null(strchr(report.first, '\n'));
    free(said);
}

static void prints_twenty_and_counts_all(void **state)
{
    (void)state;
    struct conf_report report;
    char text[4096] = "people:\n";
    small_city_write(&home);
    for (int i = 0; i < 33; i++)
        strcat(text, "  - {id: \"A B\", role: field}\n");
    folder_text(&home, "people.d/skpd.yaml", text);
    char *said = load_and_listen("siagad.yaml", &report);
    unsigned lines = 0;
    for (const char *p = said; (p = strstr(p, ": error: ")); p++)
        lines++;
    assert_int_equal(lines, CONF_REPORT_MAX);
    assert_int_equal(report.errors, 33);
    assert_non_null(strstr(said, "33 errors and 0 warnings in all; the first 20 are shown\n"));
    free(said);
}

static void reports_without_a_stream(void **state)
{
    (void)state;
    struct conf_report report = {.out = NULL};
    small_city_write(&home);
    folder_text(&home, "city.yaml", "poc: poc\n");
    assert_null(city_load("siagad.yaml", SMALL_CITY_AT, NULL, &report));
    assert_int_equal(report.errors, 3); /* name, hours, and a route into a kecamatan */
    assert_string_equal(report.first,
                        "city.yaml:1:1: error: 'name' is missing here; add 'name: ...'");
}

/* ---- files that are none ---- */

static const char *first_about(const char *path)
{
    static struct conf_report report;
    report = (struct conf_report){.out = NULL};
    struct conf_doc *doc = conf_open(path, &report);
    assert_null(doc);
    assert_int_equal(report.errors, 1);
    return report.first;
}

static void opens_regular_files_only(void **state)
{
    (void)state;
    char *big = malloc((4 << 20) + 1);
    assert_non_null(big);
    memset(big, '#', (4 << 20) + 1);
    folder_write(&home, "big.yaml", big, (4 << 20) + 1);
    big[4 << 20] = '\0';
    memcpy(big, "a: b\n", 5);
    folder_write(&home, "full.yaml", big, 4 << 20);
    free(big);
    assert_int_equal(mkfifo("pipe.yaml", 0600), 0);

    assert_non_null(strstr(first_about("big.yaml"), "is larger than 4 MiB"));
    assert_non_null(strstr(first_about("pipe.yaml"), "is not a regular file"));
    assert_non_null(strstr(first_about("skpd.d"), "is not a regular file"));
    assert_non_null(
        strstr(first_about("nowhere.yaml"), "nowhere.yaml:1:1: error: cannot be opened: No such"));

    struct conf_report report = {.out = NULL};
    struct conf_doc *doc = conf_open("full.yaml", &report);
    assert_non_null(doc);
    assert_string_equal(conf_path(doc), "full.yaml");
    assert_int_equal(conf_line(conf_root(doc)), 1);
    conf_close(&doc);
    assert_null(doc);
}

static void ignores_other_names(void **state)
{
    (void)state;
    struct conf_report report;
    small_city_write(&home);
    folder_text(&home, "skpd.d/notes.txt", "{{{");
    folder_text(&home, "skpd.d/.hidden.yaml", "{{{");
    folder_text(&home, "skpd.d/poc.yaml~", "{{{");
    char *said = load_and_listen("siagad.yaml", &report);
    assert_string_equal(said, "");
    free(said);
}

static void needs_an_skpd_folder_but_no_people(void **state)
{
    (void)state;
    struct folder lone;
    char path[128];
    folder_make(&lone);
    folder_text(&lone, "siagad.yaml", small_city[0].text);
    folder_text(&lone, "city.yaml", small_city[1].text);
    folder_text(&lone, small_city[2].rel, small_city[2].text); /* the calendar */
    snprintf(path, sizeof path, "%s/siagad.yaml", lone.path);
    struct conf_report report = {.out = NULL};
    assert_null(city_load(path, SMALL_CITY_AT, NULL, &report));
    assert_non_null(strstr(report.first, "skpd.d:1:1: error: cannot be opened"));
    folder_text(&lone, "skpd.d/poc.yaml", "id: poc\nname: {id: POC}\nshort: POC\n");
    report = (struct conf_report){.out = NULL};
    struct city *c = city_load(path, SMALL_CITY_AT, NULL, &report);
    assert_non_null(c);
    city_unref(&c);
    folder_drop(&lone);
}

/* ---- the calendar of the year ---- */

static const char THIS_YEAR_MISSING[] =
    "city.yaml:8:1: error: calendar.d/2026.yaml is missing; write the holidays of the year's joint "
    "decree into it, working time depends on them\n"
    "hours:\n"
    "^\n";
static const char NEXT_YEAR_MISSING[] =
    "city.yaml:8:1: warning: calendar.d/2027.yaml is missing; due times in 2027 know no holidays, "
    "and from 1 January on siagad asks for it\n"
    "hours:\n"
    "^\n";

static const char CLOCK_LOST[] =
    "city.yaml:8:1: warning: the clock of this machine says 1970, before the first file of "
    "calendar.d/; set it\n"
    "hours:\n"
    "^\n";

static const struct {
    const char *file, *now; /* the only file of calendar.d/; when it is read */
    const char *said;
} years[] = {
    {"2026", "2026-01-01T00:00:00+07:00", ""},
    {"2026", "2026-11-30T23:59:59+07:00", ""},
    {"2026", "2026-12-01T00:00:00+07:00", NEXT_YEAR_MISSING}, /* still November in UTC */
    {"2026", "2026-12-31T23:59:59+07:00", NEXT_YEAR_MISSING},
    {"2025", "2026-01-01T00:00:00+07:00", THIS_YEAR_MISSING}, /* still 2025 in UTC */
    {"2025", "2026-06-01T00:00:00+07:00", THIS_YEAR_MISSING},
    {"2027", "1970-01-02T00:00:00Z", CLOCK_LOST}, /* siagad starts all the same */
    {"2025", "1970-01-01T00:00:00Z", ""},         /* no time given: no year is asked for */
};

static void asks_for_the_calendar_of_the_year(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(years); i++) {
        struct folder lone;
        char rel[32], text[64];
        int64_t now_us = 1;
        folder_make(&lone);
        assert_int_equal(chdir(lone.path), 0);
        for (size_t k = 0; k < COUNT(small_city); k++)
            if (strncmp(small_city[k].rel, "calendar.d", 10) != 0)
                folder_text(&lone, small_city[k].rel, small_city[k].text);
        snprintf(rel, sizeof rel, "calendar.d/%s.yaml", years[i].file);
        snprintf(text, sizeof text, "year: %s\ndecree: SKB\nholidays: []\n", years[i].file);
        folder_text(&lone, rel, text);
        assert_true(stamp_parse(slice_from(years[i].now), &now_us));
        struct conf_report report;
        char *said = load_as_of("siagad.yaml", now_us, &report);
        assert_string_equal(said, years[i].said);
        free(said);
        assert_int_equal(chdir(home.path), 0);
        folder_drop(&lone);
    }
}

/* ---- values ---- */

struct value_reading {
    enum reader reader;
    int64_t value;
};

static void read_value(struct conf_doc *doc, const struct conf_node *n, void *into)
{
    struct value_reading *r = into;
    uint64_t size = 0;
    uint32_t day = 0;
    double decimal = 0;
    bool yes = false, fine = false;
    const char *text = "";
    switch (r->reader) {
    case AS_INT:
        fine = conf_int(doc, n, INT64_MIN + 2, INT64_MAX, &r->value);
        break;
    case AS_DECIMAL_E7:
        fine = conf_decimal(doc, n, -180, 180, &decimal);
        r->value = (int64_t)(decimal * 1e7 + (decimal < 0 ? -0.5 : 0.5));
        break;
    case AS_BOOL:
        fine = conf_bool(doc, n, &yes);
        r->value = yes;
        break;
    case AS_DURATION:
        fine = conf_duration(doc, n, 0, INT64_MAX, &r->value);
        break;
    case AS_SIZE:
        fine = conf_size(doc, n, 0, INT64_MAX, &size);
        r->value = (int64_t)size;
        break;
    case AS_DATE:
        fine = conf_date(doc, n, &day);
        r->value = day;
        break;
    case AS_TEXT:
        fine = conf_text(doc, n, 8, &text);
        r->value = (int64_t)strlen(text);
        break;
    }
    if (!fine)
        r->value = INT64_MIN;
}

static void reads_values(void **state)
{
    (void)state;
    static const struct conf_field fields[] = {{"value", true, read_value}};
    for (size_t i = 0; i < COUNT(values); i++) {
        char text[128];
        snprintf(text, sizeof text, "value: %s\n", values[i].yaml);
        folder_text(&home, "value.yaml", text);
        struct conf_report report = {.out = NULL};
        struct conf_doc *doc = conf_open("value.yaml", &report);
        assert_non_null(doc);
        struct value_reading r = {.reader = values[i].reader};
        assert_true(conf_map(doc, conf_root(doc), fields, 1, &r) == (values[i].want != INT64_MIN));
        if (r.value != values[i].want)
            print_error("%s read %s\n", values[i].yaml, report.first);
        assert_true(r.value == values[i].want);
        assert_int_equal(report.errors, values[i].want == INT64_MIN);
        conf_close(&doc);
    }
}

/* ---- damage ---- */

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* One to four wounds: a byte changed, a sign of YAML put in, a stretch cut out or doubled, the
 * end cut off. */
static size_t damage(char *text, size_t n, size_t cap, uint32_t *seed)
{
    static const char signs[] = "{}[]:,-#&*!|>'\"%@`? \t\n\r\\~\xff\xc3.0";
    for (uint32_t wounds = 1 + next_random(seed) % 4; wounds > 0 && n > 8; wounds--) {
        size_t at = next_random(seed) % (n - 4), stretch = 1 + next_random(seed) % 40;
        if (stretch > n - at)
            stretch = n - at;
        switch (next_random(seed) % 5) {
        case 0:
            text[at] = (char)next_random(seed);
            break;
        case 1:
            text[at] = signs[next_random(seed) % (sizeof signs - 1)];
            break;
        case 2:
            memmove(text + at, text + at + stretch, n - at - stretch);
            n -= stretch;
            break;
        case 3:
            if (n + stretch > cap)
                break;
            memmove(text + at + stretch, text + at, n - at);
            n += stretch;
            break;
        default:
            n = next_random(seed) % 8 ? n : at;
            break;
        }
    }
    return n;
}

static void survives_damage(void **state)
{
    (void)state;
    uint32_t seed = 20261124;
    unsigned refused = 0;
    small_city_write(&home);
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    alarm(300); /* a hang ends the test */
    for (int i = 0; i < 2000; i++) {
        char text[4096];
        const struct small_city_file *f = &small_city[(size_t)i % COUNT(small_city)];
        size_t n = strlen(f->text);
        memcpy(text, f->text, n);
        folder_write(&home, f->rel, text, damage(text, n, sizeof text, &seed));
        struct conf_report report = {.out = nowhere};
        struct city *c = city_load("siagad.yaml", SMALL_CITY_AT, NULL, &report);
        assert_true((c == NULL) == (report.errors > 0));
        refused += c == NULL;
        city_unref(&c);
        folder_text(&home, f->rel, f->text);
    }
    alarm(0);
    fclose(nowhere);
    assert_true(refused > 1000); /* most damage is noticed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(is_silent_about_a_good_city),
        cmocka_unit_test(puts_the_folder_before_the_name),
        cmocka_unit_test(prints_twenty_and_counts_all),
        cmocka_unit_test(reports_without_a_stream),
        cmocka_unit_test(opens_regular_files_only),
        cmocka_unit_test(ignores_other_names),
        cmocka_unit_test(needs_an_skpd_folder_but_no_people),
        cmocka_unit_test(asks_for_the_calendar_of_the_year),
        cmocka_unit_test(reads_values),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
