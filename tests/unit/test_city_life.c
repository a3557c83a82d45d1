/* city: what city.yaml says of the life of a case, targets with dates and milestones, and whose
 * hours count. The small city with one file replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/city/city.h"
#include "proto/stamp.h"
#include "proto/words.h"
#include "tests/support/small_city.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct folder home;

static int make_home(void **state)
{
    (void)state;
    folder_make(&home);
    return 0;
}

static int drop_home(void **state)
{
    (void)state;
    folder_drop(&home);
    return 0;
}

/* The small city with `text` in the place of a file, or behind it. It must be good. */
static struct city *load(const char *rel, const char *text, bool behind)
{
    char path[128], whole[8192] = "";
    struct conf_report report = {.out = stderr};
    small_city_write(&home);
    for (size_t i = 0; i < COUNT(small_city) && behind; i++)
        if (strcmp(small_city[i].rel, rel) == 0)
            snprintf(whole, sizeof whole, "%s", small_city[i].text);
    snprintf(whole + strlen(whole), sizeof whole - strlen(whole), "%s", text);
    folder_text(&home, rel, whole);
    snprintf(path, sizeof path, "%s/siagad.yaml", home.path);
    struct city *c = city_load(path, SMALL_CITY_AT, NULL, &report);
    assert_int_equal(report.errors + report.warnings, 0);
    assert_non_null(c);
    return c;
}

static struct slice s(const char *text)
{
    return slice_from(text);
}

static int64_t at(const char *local)
{
    char text[40];
    int64_t us = 0;
    snprintf(text, sizeof text, "%.10sT%s:00+07:00", local, local + 11);
    assert_true(stamp_parse(slice_from(text), &us));
    return us;
}

static void is(struct slice got, const char *want)
{
    if (!slice_is(got, want))
        print_error("'" SLICE_FMT "', not '%s'\n", SLICE_ARG(got), want);
    assert_true(slice_is(got, want));
}

/* ---- city.yaml ---- */

static void fills_in_what_is_left_out(void **state)
{
    (void)state;
    struct city *c = load("city.yaml", "", true);
    uint8_t level;
    struct slice limit;
    assert_null(city_secretariat(c));
    is(city_wait_cap(c, STATE_WAITING_REPORTER), "10wd");
    is(city_wait_cap(c, STATE_WAITING_THIRD_PARTY), "30d");
    is(city_wait_cap(c, STATE_WAITING_BUDGET), "90d");
    is(city_wait_cap(c, STATE_IN_PROGRESS), "");
    is(city_wait_cap(c, 255), "");
    is(city_close_after(c), "10wd");
    is(city_reopen_within(c), "30d");
    assert_true(city_work(c)->lease_us == 2 * STAMP_MINUTE);
    assert_true(city_work(c)->backoff_us == 10 * STAMP_SECOND);
    assert_int_equal(city_work(c)->attempts, 5);
    assert_true(city_silence_us(c) == 0);
    assert_false(
        city_ladder(c, KIND_EMERGENCY, s("fire.land"), SEVERITY_EXTREME, false, 0, &level, &limit));
    assert_false(city_category(c, s("road.pothole"))->proof);
    city_unref(&c);
}

static void keeps_what_is_written(void **state)
{
    (void)state;
    struct city *c = load("city.yaml",
                          "secretariat: dinkes\n"
                          "waiting: {reporter: 3wd, third_party: 2mo, budget: 1d}\n"
                          "after: {close: 450wm, reopen: 8h}\n"
                          "work: {lease: 1s, attempts: 16, backoff: 100ms}\n"
                          "silence: 45s\n",
                          true);
    assert_string_equal(city_secretariat(c)->id, "dinkes");
    is(city_wait_cap(c, STATE_WAITING_REPORTER), "3wd");
    is(city_wait_cap(c, STATE_WAITING_THIRD_PARTY), "2mo");
    is(city_wait_cap(c, STATE_WAITING_BUDGET), "1d");
    is(city_close_after(c), "450wm");
    is(city_reopen_within(c), "8h");
    assert_true(city_work(c)->lease_us == STAMP_SECOND);
    assert_true(city_work(c)->backoff_us == 100000);
    assert_int_equal(city_work(c)->attempts, 16);
    assert_true(city_silence_us(c) == 45 * STAMP_SECOND);
    city_unref(&c);
}

/* ---- the ladder ---- */

static const char LADDERS[] =
    "escalation:\n"
    "  - {kind: any, category: \"*\", steps: [operator 0m, mayor 90d]}\n"
    "  - {kind: emergency, category: \"*\", steps: [operator 0m, section_head 2m, secretary 1h]}\n"
    "  - {kind: emergency, category: \"*\", severity: severe, steps: [skpd_head 5m, mayor 20m]}\n"
    "  - {kind: emergency, category: \"fire.*\", steps: [operator 1m, section_head 2m,"
    " skpd_head 3m, secretary 4m, mayor 5m]}\n"
    "  - {kind: complaint, category: \"*\", steps: [operator 0m, section_head 1wd,"
    " skpd_head 5wd]}\n"
    "drill_levels: [operator, skpd_head]\n";

/* The whole ladder as one text: "operator 0m, mayor 90d". */
static void climb(const struct city *c, uint8_t kind, const char *category, uint8_t severity,
                  bool drill, const char *want)
{
    char got[256] = "";
    uint8_t level;
    struct slice limit;
    for (unsigned n = 0;
         n < 8 && city_ladder(c, kind, s(category), severity, drill, n, &level, &limit); n++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s " SLICE_FMT, n ? ", " : "",
                 words_wire(WORDS_LEVEL, level), SLICE_ARG(limit));
    assert_string_equal(got, want);
}

static void climbs_the_most_specific_ladder(void **state)
{
    (void)state;
    struct city *c = load("city.yaml", LADDERS, true);
    static const char fire[] = "operator 1m, section_head 2m, skpd_head 3m, secretary 4m, mayor 5m";
    climb(c, KIND_REPORT, "road.blocked", 0, false, "operator 0m, mayor 90d");
    climb(c, KIND_COMPLAINT, "fire.land", 0, false, "operator 0m, section_head 1wd, skpd_head 5wd");
    climb(c, KIND_EMERGENCY, "road.blocked", SEVERITY_MINOR, false,
          "operator 0m, section_head 2m, secretary 1h");
    climb(c, KIND_EMERGENCY, "road.blocked", SEVERITY_SEVERE, false, "skpd_head 5m, mayor 20m");
    /* an emergency nobody has weighed is severe; nothing else is */
    climb(c, KIND_EMERGENCY, "road.blocked", SEVERITY_UNKNOWN, false, "skpd_head 5m, mayor 20m");
    climb(c, KIND_EMERGENCY, "", 0, false, "skpd_head 5m, mayor 20m");
    /* a category comes before a severity */
    climb(c, KIND_EMERGENCY, "fire.land", SEVERITY_SEVERE, false, fire);
    climb(c, KIND_EMERGENCY, "fire.unheard_of", SEVERITY_MINOR, false, fire);
    city_unref(&c);
}

static void an_exercise_passes_over_levels(void **state)
{
    (void)state;
    struct city *c = load("city.yaml", LADDERS, true);
    climb(c, KIND_EMERGENCY, "fire.land", 0, true, "operator 1m, skpd_head 3m");
    climb(c, KIND_EMERGENCY, "road.blocked", SEVERITY_SEVERE, true, "skpd_head 5m");
    climb(c, KIND_REPORT, "", 0, true, "operator 0m");
    city_unref(&c);

    c = load("city.yaml", "drill_levels: []\n", true);
    climb(c, KIND_EMERGENCY, "fire.land", 0, true, "");
    city_unref(&c);
}

/* ---- targets ---- */

static const char DATED[] =
    "id: pupr\nname: {id: PU}\nshort: PU\n"
    "categories:\n"
    "  - {id: road.pothole, title: {id: Lubang}, cap: Infra, kinds: [complaint, report],"
    " proof: true}\n"
    "  - {id: road.blocked, title: {id: Tertutup}, cap: Transport, kinds: [emergency, report]}\n"
    "routes:\n"
    "  - {kind: any, category: \"road.*\", primary: pupr}\n"
    "targets:\n"
    "  - {kind: any, category: \"*\", ack: 9m}\n"
    "  - {kind: complaint, category: \"*\", ack: 1m, until: 2026-07-01}\n"
    "  - {kind: complaint, category: \"*\", ack: 2m, from: 2026-07-01}\n"
    "  - {kind: complaint, category: \"*\", ack: 3m, from: 2026-08-01, until: 2026-09-01}\n"
    "  - {kind: report, category: \"*\", resolve: \"2m dispatched\", from: 2025-01-01}\n"
    "  - {kind: report, category: road.blocked, resolve: \"3m dispatched, 15m on_scene\"}\n"
    "  - {kind: report, category: road.pothole, resolve: \"15m on_scene, 5wd fixed\"}\n";

static void the_later_of_two_valid_targets_wins(void **state)
{
    (void)state;
    struct city *c = load("skpd.d/pupr.yaml", DATED, false);
    static const struct {
        const char *received, *ack, *since;
    } rows[] = {
        {"2026-06-30 23:59", "1m", ""}, /* the local day: still June here, and in UTC */
        {"2026-07-01 00:00", "2m", "2026-07-01"}, {"2026-07-31 23:59", "2m", "2026-07-01"},
        {"2026-08-01 00:00", "3m", "2026-08-01"}, {"2026-08-31 23:59", "3m", "2026-08-01"},
        {"2026-09-01 00:00", "2m", "2026-07-01"}, /* until is exclusive */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct target t;
        city_target(c, city_skpd(c, s("pupr")), KIND_COMPLAINT, s(""), 0, at(rows[i].received), &t);
        assert_string_equal(t.ack, rows[i].ack);
        assert_string_equal(t.since, rows[i].since);
    }
    assert_true(city_category(c, s("road.pothole"))->proof);
    assert_false(city_category(c, s("road.blocked"))->proof);
    city_unref(&c);
}

static void tells_the_milestone_that_judges(void **state)
{
    (void)state;
    struct city *c = load("skpd.d/pupr.yaml", DATED, false);
    const struct skpd *pupr = city_skpd(c, s("pupr"));
    struct target t;
    city_target(c, pupr, KIND_REPORT, s(""), 0, SMALL_CITY_AT, &t);
    assert_int_equal(t.judge, MILESTONE_DISPATCHED);
    city_target(c, pupr, KIND_REPORT, s("road.blocked"), 0, SMALL_CITY_AT, &t);
    assert_int_equal(t.judge, MILESTONE_ON_SCENE);
    assert_false(t.working);
    city_target(c, pupr, KIND_REPORT, s("road.pothole"), 0, SMALL_CITY_AT, &t);
    assert_int_equal(t.judge, 0);
    assert_true(t.working);
    city_unref(&c);
}

/* ---- time ---- */

static void knows_limits(void **state)
{
    (void)state;
    struct city *c = load("city.yaml", "", true);
    static const char *const good[] = {"1m",  "24h",  "30d",   "2mo",  "450wm",
                                       "8wh", "14wd", "3660d", "122mo"};
    static const char *const bad[] = {
        "",     "m",   "0m", "05m",   "1",     "1s",     "-1d",
        "1.5h", "1 d", "d1", "3661d", "123mo", "3661wd", "99999999999999999999m"};
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(city_limit_valid(s(good[i])) &&
                    city_after(c, NULL, s(good[i]), at("2026-11-24 10:00")) > 0);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(city_limit_valid(s(bad[i])));
    assert_true(city_after(c, NULL, s("0m"), 77) == 77);
    assert_true(city_after(c, NULL, s("soon"), 77) == 0);
    city_unref(&c);
}

static void counts_by_the_hours_of_the_owner(void **state)
{
    (void)state;
    struct city *c = load("city.yaml", "", true);
    const struct skpd *damkar = city_skpd(c, s("damkar")), *pupr = city_skpd(c, s("pupr"));
    int64_t eve = at("2026-12-23 15:30"); /* two days off and a weekend behind it */
    assert_true(city_after(c, pupr, s("1wh"), eve) == at("2026-12-28 08:00"));
    assert_true(city_after(c, NULL, s("1wh"), eve) == at("2026-12-28 08:00"));
    assert_true(city_after(c, damkar, s("1wh"), eve) == at("2026-12-23 16:30"));
    assert_true(city_after(c, pupr, s("1wd"), eve) == at("2026-12-28 16:00"));
    assert_true(city_after(c, damkar, s("1wd"), eve) == at("2026-12-25 00:00"));
    assert_true(city_after(c, pupr, s("1d"), eve) == at("2026-12-24 15:30"));

    int64_t after = at("2026-12-28 08:00");
    assert_true(city_worked(c, pupr, eve, after) == 60 * STAMP_MINUTE);
    assert_true(city_worked(c, damkar, eve, after) == after - eve);
    assert_true(city_worked(c, pupr, after, eve) == 0);
    city_unref(&c);
}

/* This year's file is missed at once, the next one's from December on by the local day; a clock
 * that was lost misses none. */
static void misses_the_file_of_a_year(void **state)
{
    (void)state;
    struct city *c = load("city.yaml", "", true);
    static const struct {
        const char *at;
        int missing;
    } days[] = {{"2026-01-01 00:00", 0},    {"2026-11-30 23:59", 0},    {"2026-12-01 00:00", 2027},
                {"2026-12-31 23:59", 2027}, {"2027-01-01 00:00", 2027}, {"2028-12-01 00:00", 2028},
                {"2025-12-31 23:59", 0},    {"1971-01-01 00:00", 0}};
    for (size_t i = 0; i < COUNT(days); i++)
        assert_int_equal(city_year_missing(c, at(days[i].at)), days[i].missing);
    city_unref(&c);
}

static void moves_on_by_what_was_worked(void **state)
{
    (void)state;
    struct city *c = load("city.yaml", "", true);
    const struct skpd *pupr = city_skpd(c, s("pupr"));
    int64_t due = at("2026-11-24 16:00"), from = at("2026-11-23 15:00");
    /* an hour on Monday, an hour on Tuesday */
    assert_true(city_moved_on(c, pupr, true, due, from, at("2026-11-24 08:30")) ==
                at("2026-11-25 09:30"));
    /* the night is not worked: a closing time stays one */
    assert_true(city_moved_on(c, pupr, true, due, at("2026-11-23 16:00"), at("2026-11-24 07:30")) ==
                due);
    assert_true(city_moved_on(c, pupr, false, due, from, from + STAMP_DAY) == due + STAMP_DAY);
    assert_true(city_moved_on(c, pupr, false, due, from, from - STAMP_DAY) == due);
    city_unref(&c);
}

static void reads_promises_as_stored(void **state)
{
    (void)state;
    struct city *c = load("city.yaml", "", true);
    const struct skpd *damkar = city_skpd(c, s("damkar")), *pupr = city_skpd(c, s("pupr"));
    int64_t from = at("2026-11-24 10:00");
    struct promise_due p;
    assert_true(city_resolve_due(c, pupr, s("5wd answer, 14wd resolved"), from, &p));
    assert_true(p.due_us == at("2026-12-14 16:00") && p.working && p.judge == 0);
    assert_true(city_resolve_due(c, damkar, s("5wd answer, 14wd resolved"), from, &p));
    assert_true(p.due_us == at("2026-12-09 00:00") && p.working);
    assert_true(city_resolve_due(c, damkar, s("15m on_scene"), from, &p));
    assert_true(p.due_us == from + 15 * STAMP_MINUTE && !p.working);
    assert_int_equal(p.judge, MILESTONE_ON_SCENE);
    assert_true(city_resolve_due(c, pupr, s("referred"), from, &p));
    assert_true(p.due_us == 0 && !p.working && p.judge == 0);
    static const char *const none[] = {"", "5wd", "5wd answer,", "soon on_scene", "0m on_scene"};
    for (size_t i = 0; i < COUNT(none); i++) {
        assert_false(city_resolve_due(c, pupr, s(none[i]), from, &p));
        assert_true(p.due_us == 0 && !p.working && p.judge == 0);
    }
    city_unref(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_in_what_is_left_out),
        cmocka_unit_test(keeps_what_is_written),
        cmocka_unit_test(climbs_the_most_specific_ladder),
        cmocka_unit_test(an_exercise_passes_over_levels),
        cmocka_unit_test(the_later_of_two_valid_targets_wins),
        cmocka_unit_test(tells_the_milestone_that_judges),
        cmocka_unit_test(knows_limits),
        cmocka_unit_test(counts_by_the_hours_of_the_owner),
        cmocka_unit_test(misses_the_file_of_a_year),
        cmocka_unit_test(moves_on_by_what_was_worked),
        cmocka_unit_test(reads_promises_as_stored),
    };
    return cmocka_run_group_tests(tests, make_home, drop_home);
}
