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
#include "tests/support/small_city.h"
#include "tests/unit/conf/goldens.h"

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
static char *load_and_listen(const char *path, struct conf_report *ret_report)
{
    char *said = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&said, &n);
    *ret_report = (struct conf_report){.out = out};
    struct city *c = city_load(path, ret_report);
    assert_true((c == NULL) == (ret_report->errors > 0));
    city_unref(&c);
    fclose(out);
    return said;
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

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(goldens); i++) {
        const struct golden *g = &goldens[i];
        struct conf_report report;
        write_golden(g);
        char *said = load_and_listen("siagad.yaml", &report);
        if (strcmp(said, g->said) != 0)
            print_error("case %s\n", g->name);
        assert_string_equal(said, g->said);
        assert_true(report.errors + report.warnings > 0);
        assert_null(strchr(said, '\033'));
        free(said);
    }
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
    assert_null(city_load("siagad.yaml", &report));
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
    char *big = malloc((1 << 20) + 1);
    assert_non_null(big);
    memset(big, '#', (1 << 20) + 1);
    folder_write(&home, "big.yaml", big, (1 << 20) + 1);
    big[1 << 20] = '\0';
    memcpy(big, "a: b\n", 5);
    folder_write(&home, "full.yaml", big, 1 << 20);
    free(big);
    assert_int_equal(mkfifo("pipe.yaml", 0600), 0);

    assert_non_null(strstr(first_about("big.yaml"), "is larger than 1 MiB"));
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
    snprintf(path, sizeof path, "%s/siagad.yaml", lone.path);
    struct conf_report report = {.out = NULL};
    assert_null(city_load(path, &report));
    assert_non_null(strstr(report.first, "skpd.d:1:1: error: cannot be opened"));
    folder_text(&lone, "skpd.d/poc.yaml", "id: poc\nname: {id: POC}\nshort: POC\n");
    report = (struct conf_report){.out = NULL};
    struct city *c = city_load(path, &report);
    assert_non_null(c);
    city_unref(&c);
    folder_drop(&lone);
}

/* ---- values ---- */

/* What each reader makes of one text, as one number; INT64_MIN when refused. */
enum reader { AS_INT, AS_DECIMAL_E7, AS_BOOL, AS_DURATION, AS_SIZE, AS_DATE, AS_TEXT };

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

static const struct {
    enum reader reader;
    const char *yaml;
    int64_t want;
} values[] = {
    {AS_INT, "0", 0},
    {AS_INT, "-12", -12},
    {AS_INT, "\"12\"", 12},
    {AS_INT, "9223372036854775807", INT64_MAX},
    {AS_INT, "9223372036854775808", INT64_MIN},
    {AS_INT, "18446744073709551617", INT64_MIN},
    {AS_INT, "+1", INT64_MIN},
    {AS_INT, "010", INT64_MIN},
    {AS_INT, "0x10", INT64_MIN},
    {AS_INT, "1_000", INT64_MIN},
    {AS_INT, "15m", INT64_MIN},
    {AS_INT, "\"-\"", INT64_MIN},
    {AS_DECIMAL_E7, "-6.25", -62500000},
    {AS_DECIMAL_E7, "106.8812345", 1068812345},
    {AS_DECIMAL_E7, "7", 70000000},
    {AS_DECIMAL_E7, "6,25", INT64_MIN},
    {AS_DECIMAL_E7, "1e2", INT64_MIN},
    {AS_DECIMAL_E7, "6.", INT64_MIN},
    {AS_DECIMAL_E7, ".5", INT64_MIN},
    {AS_DECIMAL_E7, "nan", INT64_MIN},
    {AS_DECIMAL_E7, "180.1", INT64_MIN},
    {AS_BOOL, "true", 1},
    {AS_BOOL, "false", 0},
    {AS_BOOL, "no", INT64_MIN},
    {AS_BOOL, "True", INT64_MIN},
    {AS_DURATION, "500ms", 500000},
    {AS_DURATION, "15s", 15000000},
    {AS_DURATION, "15m", 900000000},
    {AS_DURATION, "4h", 14400000000},
    {AS_DURATION, "2d", 172800000000},
    {AS_DURATION, "15", INT64_MIN},
    {AS_DURATION, "15 m", INT64_MIN},
    {AS_DURATION, "1.5h", INT64_MIN},
    {AS_DURATION, "-1s", INT64_MIN},
    {AS_DURATION, "99999999999999999999d", INT64_MIN},
    {AS_DURATION, "18446744073709551d", INT64_MIN},
    {AS_SIZE, "64KiB", 65536},
    {AS_SIZE, "4GiB", 4294967296},
    {AS_SIZE, "4GB", INT64_MIN},
    {AS_SIZE, "4294967296", INT64_MIN},
    {AS_SIZE, "17179869184GiB", INT64_MIN},
    {AS_DATE, "1970-01-02", 1},
    {AS_DATE, "2026-11-24", 20781},
    {AS_DATE, "2024-02-29", 19782},
    {AS_DATE, "2026-02-29", INT64_MIN},
    {AS_DATE, "2026-13-01", INT64_MIN},
    {AS_DATE, "26-11-24", INT64_MIN},
    {AS_DATE, "2026-11-24T", INT64_MIN},
    {AS_TEXT, "no", 2},
    {AS_TEXT, "\"\"", INT64_MIN},
    {AS_TEXT, "null", 4},
    {AS_TEXT, "12345678", 8},
    {AS_TEXT, "123456789", INT64_MIN},
    {AS_TEXT, ">\n  one\n  two\n", 7},
    {AS_TEXT, "|\n  one\n  two\n", INT64_MIN},
    {AS_TEXT, "\"a\\tb\"", INT64_MIN},
    {AS_TEXT, "{a: b}", INT64_MIN},
};

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
        struct city *c = city_load("siagad.yaml", &report);
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
        cmocka_unit_test(reads_values),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
