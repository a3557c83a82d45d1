/* What becomes public by itself, and how long what is kept: city.yaml and the categories. And the
 * settings of siagad.yaml about who comes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/city/city.h"
#include "proto/stamp.h"
#include "tests/support/small_city.h"

static struct folder home;

static int open_home(void **state)
{
    (void)state;
    folder_make(&home);
    small_city_write(&home);
    return 0;
}

static int close_home(void **state)
{
    (void)state;
    folder_drop(&home);
    return 0;
}

static struct slice s(const char *text)
{
    return slice_from(text);
}

/* Puts lines behind those of a file of the small city. */
static void add(const char *rel, const char *more)
{
    for (size_t i = 0; i < sizeof small_city / sizeof *small_city; i++)
        if (strcmp(small_city[i].rel, rel) == 0) {
            char text[4096];
            snprintf(text, sizeof text, "%s%s", small_city[i].text, more);
            folder_text(&home, rel, text);
        }
}

static struct city *load(void)
{
    char path[128];
    struct conf_report report = {.out = NULL};
    snprintf(path, sizeof path, "%s/siagad.yaml", home.path);
    struct city *c = city_load(path, SMALL_CITY_AT, NULL, &report);
    if (c == NULL)
        fail_msg("%s", report.first);
    return c;
}

#define HEAPS                                                                                      \
    "id: dlh\nname: {id: Lingkungan}\nshort: DLH\ncategories:\n"                                   \
    "  - {id: waste.heap, title: {id: A}, cap: Env, kinds: [report]}\n"                            \
    "  - {id: waste.slow, title: {id: B}, cap: Env, kinds: [report], public_after: 2h}\n"          \
    "  - {id: waste.never, title: {id: C}, cap: Env, kinds: [report], public_after: "              \
    "never}\n"                                                                                     \
    "  - {id: waste.secret, title: {id: D}, cap: Env, kinds: [report], public_after: 2h, secret: " \
    "true}\n"

static void tells_when_an_event_becomes_public(void **state)
{
    (void)state;
    folder_text(&home, "skpd.d/dlh.yaml", HEAPS);
    add("city.yaml", "media: {delay: 30m}\n");
    struct city *c = load();
    assert_true(city_public_after(c, s("waste.heap")) == 30 * STAMP_MINUTE);
    assert_true(city_public_after(c, s("waste.slow")) == 120 * STAMP_MINUTE);
    assert_true(city_public_after(c, s("waste.never")) == -1);
    assert_true(city_public_after(c, s("waste.secret")) == -1);
    assert_true(city_public_after(c, s("waste.unknown")) == -1);
    assert_true(city_public_after(c, s("")) == -1);
    city_unref(&c);
}

static void without_the_section_nothing_becomes_public(void **state)
{
    (void)state;
    folder_text(&home, "skpd.d/dlh.yaml", HEAPS);
    struct city *c = load();
    assert_true(city_public_after(c, s("waste.heap")) == -1);
    assert_true(city_public_after(c, s("waste.slow")) == -1);
    city_unref(&c);
}

static void the_first_line_of_the_schedule_wins(void **state)
{
    (void)state;
    add("city.yaml", "retention:\n"
                     "  - {match: fire.land, persons: forever, texts: 1d}\n"
                     "  - {match: \"fire.*\", persons: 365d, texts: forever}\n"
                     "  - {match: fire.building, persons: 2d, texts: 2d}\n"
                     "  - {match: road.pothole, persons: 3d, texts: 1825d}\n");
    struct city *c = load();
    int64_t persons = -7, texts = -7;
    assert_true(city_retention(c, s("fire.land"), &persons, &texts));
    assert_true(persons == 0 && texts == STAMP_DAY);
    assert_true(city_retention(c, s("fire.building"), &persons, &texts));
    assert_true(persons == 365 * STAMP_DAY && texts == 0);
    assert_true(city_retention(c, s("road.pothole"), &persons, &texts));
    assert_true(persons == 3 * STAMP_DAY && texts == 1825 * STAMP_DAY);
    persons = texts = -7;
    assert_false(city_retention(c, s("crime.theft"), &persons, &texts));
    assert_true(persons == -7 && texts == -7);
    city_unref(&c);
}

static void knows_who_comes_in_unless_told(void **state)
{
    (void)state;
    struct city *c = load();
    const struct city_settings *set = city_settings(c);
    const struct city_quota usual = {100, 2000, 16 << 20, 32, 4096, 500, 600};
    assert_false(set->ipc_claimed);
    assert_string_equal(set->server_key, "");
    assert_string_equal(set->erasures, "/tmp/store-erased");
    assert_true(set->persons_bytes == 256ull << 20);
    assert_memory_equal(&set->quota, &usual, sizeof usual);
    city_practise(c);
    assert_true(set->ipc_claimed);
    city_unref(&c);

    folder_text(&home, "siagad.yaml",
                "listen: [ipc:///tmp/s]\nstore: /tmp/store\nipc: claimed\nserver_key: /etc/k\n"
                "erasures: /srv/e\npersons_size: 8MiB\nlimits: {per_minute: 1, messages: 2, "
                "in_flight: 1MiB, watches: 3, credit: 4, rows: 5, handshakes: 6}\n");
    c = load();
    set = city_settings(c);
    const struct city_quota told = {1, 2, 1 << 20, 3, 4, 5, 6};
    assert_true(set->ipc_claimed);
    assert_string_equal(set->server_key, "/etc/k");
    assert_string_equal(set->erasures, "/srv/e");
    assert_true(set->persons_bytes == 8ull << 20);
    assert_memory_equal(&set->quota, &told, sizeof told);
    city_unref(&c);

    folder_text(&home, "siagad.yaml", "listen: [ipc:///tmp/s]\nstore: /tmp/store\nipc: users\n");
    c = load();
    assert_false(city_settings(c)->ipc_claimed);
    city_unref(&c);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, open_home, close_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(tells_when_an_event_becomes_public),
        EACH(without_the_section_nothing_becomes_public),
        EACH(the_first_line_of_the_schedule_wins),
        EACH(knows_who_comes_in_unless_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
