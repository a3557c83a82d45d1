/* calendar: the hours and days off of etc/bekasi against cases that were counted minute by minute
 * (calendar_golden.py). Some are counted twice: before and after a decree in the middle of the
 * year. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/city/city.h"
#include "proto/stamp.h"
#include "tests/support/folder.h"
#include "tests/unit/calendar_golden.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define WIB (7 * 3600)
#define BEKASI "etc/bekasi" /* tests run in the root of the tree */
#define YEAR_FILE "calendar.d/2026.yaml"

static struct folder amended; /* links to the files of Bekasi, and its year with the decree */
static struct city *cities[2];

/* "2026-11-24 10:05", with seconds or without; a Z behind it: UTC. */
static int64_t at(const char *text)
{
    char stamp[STAMP_BYTES];
    int64_t us = 0;
    size_t n = strlen(text);
    bool utc = text[n - 1] == 'Z';
    n -= utc;
    snprintf(stamp, sizeof stamp, "%.*s%s%s", (int)n, text, n == 16 ? ":00" : "",
             utc ? "Z" : "+07:00");
    assert_true(stamp_parse(slice_from(stamp), &us));
    return us;
}

static struct city *load(const char *dir)
{
    char path[128];
    struct conf_report report = {.out = stderr};
    snprintf(path, sizeof path, "%s/siagad.yaml", dir);
    struct city *c = city_load(path, at("2026-08-01 00:00"), NULL, &report);
    assert_int_equal(report.errors + report.warnings, 0);
    return c;
}

static void link_file(const char *name)
{
    char from[PATH_MAX], to[512];
    assert_non_null(realpath(BEKASI, from));
    assert_true(strlen(from) + strlen(name) + 1 < sizeof from);
    snprintf(from + strlen(from), sizeof from - strlen(from), "/%s", name);
    snprintf(to, sizeof to, "%s/%s", amended.path, name);
    assert_int_equal(symlink(from, to), 0);
}

static void write_amended_year(void)
{
    static const char head[] = "joint_leave:\n";
    char text[16384], changed[sizeof text + sizeof GOLDEN_DECREE];
    FILE *in = fopen(BEKASI "/" YEAR_FILE, "r");
    assert_non_null(in);
    size_t n = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    assert_true(n < sizeof text - 1);
    text[n] = '\0';
    const char *place = strstr(text, head);
    assert_non_null(place);
    place += strlen(head);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(place - text), text, GOLDEN_DECREE, place);
    folder_text(&amended, YEAR_FILE, changed);
}

static int open_cities(void **state)
{
    (void)state;
    static const char *const names[] = {"siagad.yaml", "city.yaml", "skpd.d", "people.d"};
    folder_make(&amended);
    for (size_t i = 0; i < COUNT(names); i++)
        link_file(names[i]);
    write_amended_year();
    cities[PRINTED] = load(BEKASI);
    cities[AMENDED] = load(amended.path);
    return !cities[PRINTED] || !cities[AMENDED];
}

static int close_cities(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cities); i++)
        city_unref(&cities[i]);
    folder_drop(&amended);
    return 0;
}

/* Whose hours a row means. Offices are asked by an SKPD of theirs; NULL must be the same. */
static const struct skpd *whose(const struct city *c, bool around_the_clock)
{
    const struct skpd *found =
        city_skpd(c, slice_from(around_the_clock ? "disdamkarmat" : "dbmsda"));
    assert_non_null(found);
    assert_int_equal(found->around_the_clock, around_the_clock);
    return found;
}

static void check_time(const char *name, int64_t got, const char *want)
{
    char text[STAMP_BYTES];
    stamp_offset(got, WIB, text);
    if (got != at(want))
        fail_msg("%s: gave %s, not %s", name, text, want);
}

static void ends_limits_where_a_slow_count_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(golden_limits); i++) {
        const struct golden_limit *g = &golden_limits[i];
        const struct city *c = cities[g->calendar];
        struct slice limit = slice_from(g->limit);
        check_time(g->name, city_after(c, whose(c, g->around_the_clock), limit, at(g->start)),
                   g->due);
        if (!g->around_the_clock)
            check_time(g->name, city_after(c, NULL, limit, at(g->start)), g->due);
    }
}

static void promises_what_the_limit_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(golden_limits); i++) {
        const struct golden_limit *g = &golden_limits[i];
        const struct city *c = cities[g->calendar];
        struct promise_due due;
        char resolve[64];
        snprintf(resolve, sizeof resolve, "1m dispatched, %s resolved", g->limit);
        assert_true(city_resolve_due(c, whose(c, g->around_the_clock), slice_from(resolve),
                                     at(g->start), &due));
        check_time(g->name, due.due_us, g->due);
        assert_int_equal(due.working, strchr(g->limit, 'w') != NULL);
    }
}

static void measures_what_a_slow_count_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(golden_sums); i++) {
        const struct golden_sum *g = &golden_sums[i];
        const struct city *c = cities[g->calendar];
        int64_t got =
            city_worked(c, whose(c, g->around_the_clock), at(g->start), at(g->end)) / STAMP_SECOND;
        if (got != g->seconds)
            fail_msg("%s: gave %lld seconds, not %d", g->name, (long long)got, g->seconds);
    }
}

static void moves_due_times_on_as_a_slow_count_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(golden_moves); i++) {
        const struct golden_move *g = &golden_moves[i];
        const struct city *c = cities[g->calendar];
        check_time(g->name,
                   city_moved_on(c, whose(c, g->around_the_clock), g->working, at(g->due),
                                 at(g->start), at(g->end)),
                   g->moved);
    }
}

/* ---- the page that explains it ---- */

static const struct golden_limit *limit_named(const char *name)
{
    for (size_t i = 0; i < COUNT(golden_limits); i++)
        if (strcmp(golden_limits[i].name, name) == 0)
            return &golden_limits[i];
    return NULL;
}

static const struct golden_move *move_named(const char *name)
{
    for (size_t i = 0; i < COUNT(golden_moves); i++)
        if (strcmp(golden_moves[i].name, name) == 0)
            return &golden_moves[i];
    return NULL;
}

/* The row as the page must show it; "" when it is none. */
static void page_row(const char *name, char *out, size_t size)
{
    const struct golden_limit *l = limit_named(name);
    const struct golden_move *m = move_named(name);
    *out = '\0';
    if (l)
        snprintf(out, size, "| %s | %s | %s | %s | %s |\n", l->name,
                 l->around_the_clock ? "24x7" : "office", l->start, l->limit, l->due);
    if (m)
        snprintf(out, size, "| %s | %s | %s | %s | %s | %s |\n", m->name,
                 m->working ? "working" : "calendar", m->due, m->start, m->end, m->moved);
}

static void is_explained_with_rows_that_are_true(void **state)
{
    (void)state;
    char line[4096], want[256], name[8];
    unsigned rows = 0;
    FILE *in = fopen("docs/WORKTIME.md", "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        if (sscanf(line, "| %7[A-Z0-9] |", name) != 1)
            continue;
        page_row(name, want, sizeof want);
        if (*want == '\0' || strcmp(line, want) != 0)
            fail_msg("docs/WORKTIME.md: no such row: %s", line);
        rows++;
    }
    fclose(in);
    assert_true(rows >= 8);
}

static void has_rows_enough(void **state)
{
    (void)state;
    assert_true(COUNT(golden_limits) + COUNT(golden_sums) + COUNT(golden_moves) >= 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_limits_where_a_slow_count_does),
        cmocka_unit_test(promises_what_the_limit_gives),
        cmocka_unit_test(measures_what_a_slow_count_does),
        cmocka_unit_test(moves_due_times_on_as_a_slow_count_does),
        cmocka_unit_test(is_explained_with_rows_that_are_true),
        cmocka_unit_test(has_rows_enough),
    };
    return cmocka_run_group_tests(tests, open_cities, close_cities);
}
