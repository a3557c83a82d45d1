/* city: a small made-up city read from files. Settings and names, routing by precedence and
 * date, targets and their due times, people, near names, the life of a snapshot. */
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
static struct city *town;

/* Reads the small city, with one file replaced unless rel is NULL. It must be good. */
static struct city *load(const char *rel, const char *text)
{
    char path[128];
    struct conf_report report = {.out = stderr};
    small_city_write(&home);
    if (rel)
        folder_text(&home, rel, text);
    snprintf(path, sizeof path, "%s/siagad.yaml", home.path);
    struct city *c = city_load(path, SMALL_CITY_AT, NULL, &report);
    assert_int_equal(report.errors, 0);
    assert_non_null(c);
    return c;
}

static int open_town(void **state)
{
    (void)state;
    folder_make(&home);
    town = load(NULL, NULL);
    return 0;
}

static int close_town(void **state)
{
    (void)state;
    city_unref(&town);
    folder_drop(&home);
    return 0;
}

static uint32_t day(const char *date)
{
    int y, m, d;
    assert_int_equal(sscanf(date, "%d-%d-%d", &y, &m, &d), 3);
    return stamp_day_of(y, m, d);
}

static int64_t at(const char *stamp)
{
    int64_t us = 0;
    assert_true(stamp_parse(slice_from(stamp), &us));
    return us;
}

static struct slice s(const char *text)
{
    return slice_from(text);
}

/* ---- settings and names ---- */

static void keeps_the_settings(void **state)
{
    (void)state;
    const struct city_settings *set = city_settings(town);
    assert_int_equal(set->listen_n, 2);
    assert_string_equal(set->listen[0], "ipc:///tmp/siagad.sock");
    assert_string_equal(set->listen[1], "tcp://127.0.0.1:5570");
    assert_string_equal(set->store, "/tmp/store");
    assert_string_equal(set->node, "kota-1");
    assert_int_equal(set->journal_bytes, 64 << 20);
    assert_int_equal(set->views_bytes, 32 << 20);
    assert_int_equal(set->open_role, ROLE_OPERATOR);
    assert_true(set->late_after_us == 45 * STAMP_MINUTE);
    assert_int_equal(set->quota.per_minute, 100);
    assert_int_equal(set->waiting_max, 256);
    assert_int_equal(set->reserve_percent, 10);
    assert_int_equal(set->tz_offset_s, 7 * 3600);
    assert_string_equal(set->tz_name, "WIB");
}

static void fills_in_what_is_left_out(void **state)
{
    (void)state;
    struct city *c = load("siagad.yaml", "listen: [tcp://127.0.0.1:5570]\nstore: /tmp/store\n");
    const struct city_settings *set = city_settings(c);
    assert_string_equal(set->node, "node-1");
    assert_true(set->journal_bytes == 4ull << 30 && set->views_bytes == 4ull << 30);
    assert_int_equal(set->open_role, ROLE_FIELD);
    assert_true(set->late_after_us == 60 * STAMP_MINUTE);
    assert_int_equal(set->quota.per_minute, 6000);
    assert_int_equal(set->waiting_max, 16384);
    assert_int_equal(set->reserve_percent, 5);
    city_unref(&c);
}

static void tells_names_and_bounds(void **state)
{
    (void)state;
    int32_t south, west, north, east;
    assert_string_equal(city_name(town, false), "Kota Contoh");
    assert_string_equal(city_name(town, true), "Sample City");
    assert_non_null(strstr(city_source(town), "/siagad.yaml"));
    assert_true(city_bounds(town, &south, &west, &north, &east));
    assert_int_equal(south, -64000000);
    assert_int_equal(west, 1068800000);
    assert_int_equal(north, -61500000);
    assert_int_equal(east, 1070500000);

    struct city *c =
        load("city.yaml", "name: {id: Kota}\npoc: poc\nkecamatan: [{id: utara, name: U}]\n"
                          "hours: {monday: [\"08:00-12:00\"]}\n");
    assert_false(city_bounds(c, &south, &west, &north, &east));
    assert_string_equal(city_name(c, true), "Kota");
    city_unref(&c);
}

static void knows_skpd_and_categories(void **state)
{
    (void)state;
    const struct skpd *damkar = city_skpd(town, s("damkar"));
    assert_non_null(damkar);
    assert_string_equal(damkar->name_en, "Fire Service");
    assert_string_equal(damkar->short_name, "Damkar");
    assert_string_equal(damkar->duty_id, "Memadamkan api.");
    assert_string_equal(damkar->file, "skpd.d/damkar.yaml");
    assert_true(damkar->around_the_clock && !damkar->outside);
    assert_true(city_skpd(town, s("polres"))->outside);
    assert_string_equal(city_skpd(town, s("pupr"))->duty_en, "");
    assert_string_equal(city_poc(town)->id, "poc");
    assert_null(city_skpd(town, s("damka")));
    assert_null(city_skpd(town, s("")));
    assert_null(city_skpd(town, (struct slice){"damkarX", 7}));
    assert_ptr_equal(city_skpd(town, (struct slice){"damkarX", 6}), damkar);

    const struct category *violence = city_category(town, s("health.violence"));
    assert_true(violence->secret);
    assert_int_equal(violence->kinds, 1 << KIND_COMPLAINT);
    assert_int_equal(violence->severity, 0);
    assert_string_equal(violence->title_en, "Kekerasan");
    assert_string_equal(violence->home->id, "dinkes");
    assert_int_equal(violence->line, 5);
    assert_string_equal(city_category(town, s("road.pothole"))->cap, "Infra");
    assert_int_equal(city_category(town, s("road.pothole"))->severity, SEVERITY_MINOR);
    assert_null(city_category(town, s("road")));
    assert_null(city_category(town, s("")));
    assert_true(city_kecamatan(town, s("utara")) && city_kecamatan(town, s("32.01.02")));
    assert_false(city_kecamatan(town, s("barat")) || city_kecamatan(town, s("")));
}

/* All names, each once and in order, for who picks one: what they name is there. */
static void names_all_it_has(void **state)
{
    (void)state;
    const char *before = "", *id;
    unsigned skpd = 0, categories = 0, kecamatan = 0;
    for (; (id = city_nth_skpd(town, skpd)); before = id, skpd++)
        assert_true(strcmp(before, id) < 0 && city_skpd(town, s(id)) != NULL);
    for (before = ""; (id = city_nth_category(town, categories)); before = id, categories++)
        assert_true(strcmp(before, id) < 0 && city_category(town, s(id)) != NULL);
    for (before = ""; (id = city_nth_kecamatan(town, kecamatan)); before = id, kecamatan++)
        assert_true(strcmp(before, id) < 0 && city_kecamatan(town, s(id)));
    assert_true(skpd >= 5 && categories >= 4 && kecamatan >= 2);
    assert_null(city_nth_skpd(town, 1000000));
}

/* ---- tupoksi ---- */

struct route_row {
    uint8_t kind;
    const char *category, *kecamatan, *date, *owner;
    unsigned helpers_n, line;
    const char *rule;
};

static void check_routes(const struct city *c, const struct route_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct route r;
        const struct route_row *w = &rows[i];
        city_route(c, w->kind, s(w->category), s(w->kecamatan), day(w->date), &r);
        if (r.line != w->line || strcmp(r.owner->id, w->owner) != 0)
            print_error("row %zu: %s by %s:%u (%s)\n", i, r.owner->id, r.file, r.line, r.rule);
        assert_string_equal(r.owner->id, w->owner);
        assert_int_equal(r.helpers_n, w->helpers_n);
        assert_int_equal(r.line, w->line);
        assert_string_equal(r.rule, w->rule);
        assert_int_equal(r.found, strcmp(r.file, "skpd.d/poc.yaml") != 0);
    }
}

static void routes_by_kind_place_and_date(void **state)
{
    (void)state;
    static const char nobody[] = "no route matched; the POC holds it";
    static const struct route_row rows[] = {
        {KIND_EMERGENCY, "fire.building", "", "2026-11-24", "damkar", 2, 11,
         "emergency fire.building in any kecamatan"},
        {KIND_EMERGENCY, "fire.building", "selatan", "2025-06-01", "damkar", 2, 11,
         "emergency fire.building in any kecamatan"},
        {KIND_EMERGENCY, "fire.building", "utara", "2025-06-01", "damkar", 1, 12,
         "emergency fire.building in kecamatan utara"},
        {KIND_EMERGENCY, "fire.building", "32.01.01", "2025-12-31", "damkar", 1, 12,
         "emergency fire.building in kecamatan utara"},
        {KIND_EMERGENCY, "fire.building", "utara", "2026-01-01", "damkar", 2, 11,
         "emergency fire.building in any kecamatan"},
        {KIND_EMERGENCY, "fire.building", "utara", "2024-12-31", "damkar", 0, 10,
         "any kind fire.* in any kecamatan"},
        {KIND_REPORT, "fire.building", "utara", "2025-06-01", "damkar", 0, 10,
         "any kind fire.* in any kecamatan"},
        {KIND_EMERGENCY, "fire.unheard_of", "", "2026-11-24", "damkar", 0, 10,
         "any kind fire.* in any kecamatan"},
        {KIND_COMPLAINT, "health.violence", "", "2025-12-31", "dinkes", 0, 7,
         "complaint health.* in any kecamatan"},
        {KIND_COMPLAINT, "health.violence", "", "2026-03-01", "pupr", 0, 8,
         "complaint health.* in any kecamatan"},
        {KIND_COMPLAINT, "health.violence", "", "2026-12-01", "pupr", 0, 8,
         "complaint health.* in any kecamatan"},
        {KIND_EMERGENCY, "health.violence", "", "2026-11-24", "poc", 0, 1, nobody},
        {KIND_EMERGENCY, "crime.theft", "", "2026-11-24", "poc", 0, 1, nobody},
        {KIND_EMERGENCY, "", "", "2026-11-24", "poc", 0, 1, nobody},
        {KIND_EMERGENCY, "fire", "", "2026-11-24", "poc", 0, 1, nobody},
        {KIND_EMERGENCY, "fire.", "", "2026-11-24", "damkar", 0, 10,
         "any kind fire.* in any kecamatan"},
        {KIND_EMERGENCY, "a-very-long-category-nobody-has-ever-written-anywhere", "", "2026-11-24",
         "poc", 0, 1, nobody},
    };
    check_routes(town, rows, COUNT(rows));
}

/* Every pair of forms, written worst first: the order of the lines must not matter. */
static void prefers_the_more_specific(void **state)
{
    (void)state;
    struct city *c = load(
        "skpd.d/pupr.yaml",
        "id: pupr\n"
        "name: {id: Pekerjaan Umum}\n"
        "short: PUPR\n"
        "categories:\n"
        "  - {id: road.hole.deep, title: {id: Lubang}, cap: Infra, kinds: [report, complaint]}\n"
        "  - {id: road.sign, title: {id: Rambu}, cap: Infra, kinds: [report, complaint]}\n"
        "routes:\n"
        "  - {kind: any, category: \"*\", primary: pupr}\n"                            /* 8 */
        "  - {kind: report, category: \"*\", primary: pupr}\n"                         /* 9 */
        "  - {kind: any, category: \"*\", kecamatan: utara, primary: pupr}\n"          /* 10 */
        "  - {kind: report, category: \"road.*\", kecamatan: utara, primary: pupr}\n"  /* 11 */
        "  - {kind: any, category: \"road.hole.*\", primary: pupr}\n"                  /* 12 */
        "  - {kind: any, category: road.hole.deep, primary: pupr}\n"                   /* 13 */
        "  - {kind: report, category: road.hole.deep, primary: pupr}\n"                /* 14 */
        "  - {kind: any, category: road.hole.deep, kecamatan: utara, primary: pupr}\n" /* 15 */
        "  - {kind: report, category: road.sign, primary: pupr, from: 2026-01-01}\n"   /* 16 */
        "  - {kind: report, category: road.sign, primary: pupr, from: 2026-06-01,"
        " until: 2026-07-01}\n" /* 17 */);
    static const struct {
        uint8_t kind;
        const char *category, *kecamatan, *date;
        unsigned line;
    } rows[] = {
        {KIND_REPORT, "road.hole.deep", "utara", "2026-11-24", 15},   /* a place beats a kind */
        {KIND_REPORT, "road.hole.deep", "selatan", "2026-11-24", 14}, /* a kind beats any */
        {KIND_COMPLAINT, "road.hole.deep", "", "2026-11-24", 13},     /* exact beats a family */
        {KIND_REPORT, "road.hole.wide", "utara", "2026-11-24",
         12}, /* the longer family, even against a place */
        {KIND_REPORT, "road.edge", "utara", "2026-11-24", 11}, /* a family beats * */
        {KIND_COMPLAINT, "road.edge", "utara", "2026-11-24", 10},
        {KIND_REPORT, "road.edge", "selatan", "2026-11-24", 9},
        {KIND_COMPLAINT, "road.edge", "selatan", "2026-11-24", 8},
        {KIND_COMPLAINT, "", "", "2026-11-24", 8},
        {KIND_REPORT, "road.sign", "", "2026-05-31", 16},
        {KIND_REPORT, "road.sign", "", "2026-06-01", 17}, /* the later from */
        {KIND_REPORT, "road.sign", "", "2026-06-30", 17},
        {KIND_REPORT, "road.sign", "", "2026-07-01", 16}, /* until is exclusive */
        {KIND_REPORT, "road.sign", "", "2025-12-31", 9},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct route r;
        city_route(c, rows[i].kind, s(rows[i].category), s(rows[i].kecamatan), day(rows[i].date),
                   &r);
        if (r.line != rows[i].line)
            print_error("row %zu decided by line %u\n", i, r.line);
        assert_int_equal(r.line, rows[i].line);
    }
    city_unref(&c);
}

/* ---- renja ---- */

static void sets_due_times(void **state)
{
    (void)state;
    const struct skpd *damkar = city_skpd(town, s("damkar")), *pupr = city_skpd(town, s("pupr"));
    struct target t;
    int64_t tuesday = at("2026-11-24T10:00:00+07:00");

    city_target(town, damkar, KIND_EMERGENCY, s("fire.building"), SEVERITY_SEVERE, tuesday, &t);
    assert_true(t.found && !t.working);
    assert_string_equal(t.ack, "1m");
    assert_string_equal(t.resolve, "15m on_scene");
    assert_true(t.ack_due == tuesday + STAMP_MINUTE &&
                t.resolve_due == tuesday + 15 * STAMP_MINUTE);
    assert_string_equal(t.file, "skpd.d/damkar.yaml");
    assert_int_equal(t.line, 15);

    city_target(town, damkar, KIND_EMERGENCY, s("fire.land"), SEVERITY_EXTREME, tuesday, &t);
    assert_int_equal(t.line, 16);
    assert_true(t.resolve_due == tuesday + 10 * STAMP_MINUTE);

    city_target(town, damkar, KIND_COMPLAINT, s("fire.building"), SEVERITY_MINOR, tuesday, &t);
    assert_int_equal(t.line, 17);
    assert_true(t.working);
    /* on duty around the clock: 450 minutes are 450 minutes, a working day is any day */
    assert_true(t.ack_due == at("2026-11-24T17:30:00+07:00"));
    assert_true(t.resolve_due == at("2026-12-09T00:00:00+07:00"));

    city_target(town, damkar, KIND_REPORT, s(""), 0, tuesday, &t);
    assert_int_equal(t.line, 14);
    assert_string_equal(t.resolve, "");
    assert_true(t.resolve_due == 0 && !t.working);

    city_target(town, pupr, KIND_REPORT, s("road.pothole"), 0, tuesday, &t);
    assert_string_equal(t.resolve, "referred");
    assert_true(t.ack_due == at("2026-11-24T12:00:00+07:00") && t.resolve_due == 0);

    city_target(town, pupr, KIND_COMPLAINT, s("road.pothole"), 0, tuesday, &t);
    assert_true(t.ack_due == 0 && t.resolve_due == tuesday + 30 * STAMP_DAY && !t.working);

    city_target(town, city_poc(town), KIND_EMERGENCY, s("fire.building"), 0, tuesday, &t);
    assert_true(!t.found && t.ack_due == 0 && t.resolve_due == 0 && t.line == 0);
    assert_string_equal(t.file, "");
    assert_string_equal(t.ack, "");
}

/* An emergency nobody has weighed is severe; nothing else is. */
static void takes_an_unweighed_emergency_as_severe(void **state)
{
    (void)state;
    struct city *c = load("skpd.d/poc.yaml",
                          "id: poc\nname: {id: POC}\nshort: POC\n"
                          "targets:\n"
                          "  - {kind: any, category: \"*\", ack: 9m}\n"                     /* 5 */
                          "  - {kind: any, category: \"*\", severity: severe, ack: 2m}\n"); /* 6 */
    struct target t;
    static const struct {
        uint8_t kind, severity;
        unsigned line;
    } rows[] = {
        {KIND_EMERGENCY, 0, 6},
        {KIND_EMERGENCY, SEVERITY_UNKNOWN, 6},
        {KIND_EMERGENCY, SEVERITY_SEVERE, 6},
        {KIND_EMERGENCY, SEVERITY_MINOR, 5},
        {KIND_COMPLAINT, SEVERITY_UNKNOWN, 5},
        {KIND_COMPLAINT, SEVERITY_SEVERE, 6},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        city_target(c, city_poc(c), rows[i].kind, s("x"), rows[i].severity, STAMP_DAY, &t);
        assert_int_equal(t.line, rows[i].line);
    }
    city_unref(&c);
}

/* ---- people ---- */

static void knows_people(void **state)
{
    (void)state;
    struct person_role p;
    city_person(town, s("meja-1"), &p);
    assert_true(p.registered && !p.drill);
    assert_int_equal(p.role, ROLE_OPERATOR);
    assert_string_equal(p.skpd, "poc");
    city_person(town, s("latihan-1"), &p);
    assert_true(p.registered && p.drill);
    assert_string_equal(p.skpd, "");
    city_person(town, s("damkar-1"), &p);
    assert_int_equal(p.role, ROLE_HANDLER);
    city_person(town, s("petugas-7"), &p);
    assert_int_equal(p.role, ROLE_FIELD);
    city_person(town, s("petugas-8"), &p);
    assert_true(!p.registered && !p.drill);
    assert_int_equal(p.role, ROLE_OPERATOR); /* open_role */
    assert_string_equal(p.skpd, "");
    city_person(town, s(""), &p);
    assert_false(p.registered);
}

/* ---- near names ---- */

static void suggests_near_names(void **state)
{
    (void)state;
    const char *ids[3];
    assert_true(city_nearest_category(town, s("fire.bilding"), ids) >= 1);
    assert_string_equal(ids[0], "fire.building");
    assert_true(city_nearest_category(town, s("raod.pothole"), ids) >= 1);
    assert_string_equal(ids[0], "road.pothole");
    assert_int_equal(city_nearest_category(town, s("road.flooded"), ids),
                     2); /* of the same family */
    assert_int_equal(city_nearest_category(town, s("qqqqqqqq"), ids), 0);
    assert_int_equal(city_nearest_category(town, s(""), ids), 0);
    assert_int_equal(city_nearest_kecamatan(town, s("utra"), ids), 1);
    assert_string_equal(ids[0], "utara");
    char long_name[300];
    memset(long_name, 'f', sizeof long_name);
    assert_int_equal(city_nearest_category(town, (struct slice){long_name, sizeof long_name}, ids),
                     0);
}

/* ---- the snapshot ---- */

static void lives_as_long_as_somebody_holds_it(void **state)
{
    (void)state;
    struct city *mine = load(NULL, NULL), *theirs = city_ref(mine);
    assert_ptr_equal(mine, theirs);
    city_unref(&mine);
    assert_null(mine);
    city_unref(&mine); /* nothing to let go */
    assert_string_equal(city_skpd(theirs, s("pupr"))->short_name, "PUPR");
    city_unref(&theirs);
    assert_null(theirs);
}

static void reads_the_same_twice(void **state)
{
    (void)state;
    struct city *again = load(NULL, NULL);
    static const char *const categories[] = {"fire.building", "fire.land", "road.blocked", "x"};
    for (size_t i = 0; i < COUNT(categories); i++)
        for (uint8_t kind = 1; kind < KIND_COUNT; kind++) {
            struct route a, b;
            city_route(town, kind, s(categories[i]), s("utara"), 20000, &a);
            city_route(again, kind, s(categories[i]), s("utara"), 20000, &b);
            assert_int_equal(a.line, b.line);
            assert_string_equal(a.file, b.file);
        }
    city_unref(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_settings),
        cmocka_unit_test(fills_in_what_is_left_out),
        cmocka_unit_test(tells_names_and_bounds),
        cmocka_unit_test(knows_skpd_and_categories),
        cmocka_unit_test(names_all_it_has),
        cmocka_unit_test(routes_by_kind_place_and_date),
        cmocka_unit_test(prefers_the_more_specific),
        cmocka_unit_test(sets_due_times),
        cmocka_unit_test(takes_an_unweighed_emergency_as_severe),
        cmocka_unit_test(knows_people),
        cmocka_unit_test(suggests_near_names),
        cmocka_unit_test(lives_as_long_as_somebody_holds_it),
        cmocka_unit_test(reads_the_same_twice),
    };
    return cmocka_run_group_tests(tests, open_town, close_town);
}
