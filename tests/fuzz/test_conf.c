/* conf: the files of a city, one of them wrong in any way. They are refused with a reason, or give
 * a city that can be asked; the same files say the same twice. */
#include <stdlib.h>

#include "daemon/city/city.h"
#include "fuzz.h"
#include "proto/words.h"
#include "tests/support/small_city.h"
#include "tests/unit/conf/goldens.h"
#include "tests/unit/conf/goldens_city.h"
#include "tests/unit/conf/goldens_people.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum { TWICE = 0x80 }; /* of the first byte: else it is the place of the file in small_city */

static struct folder home;
static char yaml[128];

static void leave(void)
{
    folder_drop(&home);
}

static void enter(void)
{
    folder_make(&home);
    small_city_write(&home);
    snprintf(yaml, sizeof yaml, "%s/siagad.yaml", home.path);
    atexit(leave);
}

static struct city *load(char **ret_said)
{
    size_t n = 0;
    FILE *out = open_memstream(ret_said, &n);
    struct conf_report report = {.out = out, .strict = true};
    struct city *c = city_load(yaml, SMALL_CITY_AT, NULL, &report);
    fclose(out);
    fuzz_must((c == NULL) == (report.errors > 0), "a city is refused when there is an error");
    fuzz_must((report.errors + report.warnings == 0) == (n == 0), "what is wrong is said");
    fuzz_must(report.errors == 0 || report.first[0] != '\0', "the first error is known");
    return c;
}

static void check_city(const struct city *c)
{
    static const char *const categories[] = {"fire.building", "road.pothole", "none.such"};
    fuzz_must(city_poc(c) != NULL && city_name(c, true)[0] != '\0', "a city has a name and a POC");
    for (uint8_t kind = 1; kind < KIND_COUNT; kind++)
        for (size_t i = 0; i < COUNT(categories); i++) {
            struct slice category = slice_from(categories[i]);
            struct route route;
            struct target target;
            city_route(c, kind, category, SLICE_LIT("utara"), 20781, &route);
            fuzz_must(route.owner != NULL && route.helpers_n <= 8, "every event has an owner");
            city_target(c, route.owner, kind, category, SEVERITY_SEVERE, SMALL_CITY_AT, &target);
            fuzz_must(target.ack_due == 0 || target.ack_due >= SMALL_CITY_AT,
                      "no promise is due before it is made");
        }
    const struct city_key *rows;
    for (unsigned i = 0, n = city_keys(c, &rows); i < n; i++) {
        struct person_role who;
        city_person(c, slice_from(rows[i].source), &who);
        fuzz_must(who.registered && who.role == rows[i].role, "who has a key is known");
    }
    city_after(c, NULL, SLICE_LIT("14wd"), SMALL_CITY_AT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 1)
        return 0;
    if (home.path[0] == '\0')
        enter();
    const struct small_city_file *f = &small_city[(data[0] & ~TWICE) % (int)COUNT(small_city)];
    char *said = NULL, *again = NULL;
    folder_write(&home, f->rel, data + 1, n - 1);
    struct city *c = load(&said);
    if (c != NULL)
        check_city(c);
    else
        fuzz_must(!fuzz_broken(), "a city that is refused is taken"); /* the control */
    city_unref(&c);
    if (data[0] & TWICE) {
        c = load(&again);
        city_unref(&c);
        fuzz_must(strcmp(said, again) == 0, "the same files say the same");
    }
    free(said);
    free(again);
    folder_text(&home, f->rel, f->text);
    return 0;
}

/* ---- seeds: the small city's files, and each golden in its file ---- */

static void give_goldens(fuzz_give_fn *give, void *self, const struct golden *rows, size_t count)
{
    for (size_t g = 0; g < count; g++)
        for (size_t i = 0; i < COUNT(small_city); i++) {
            const char *text = small_city[i].text, *at = strstr(text, rows[g].find);
            char changed[8192];
            if (strcmp(small_city[i].rel, rows[g].rel) != 0 || at == NULL)
                continue;
            int n = snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text,
                             rows[g].put, at + strlen(rows[g].find));
            fuzz_give(give, self, (uint8_t)i, changed, (size_t)n);
        }
}

static void seeds(fuzz_give_fn *give, void *self)
{
    static const char deep[] = "[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]\n"; /* one less than is too deep */
    for (size_t i = 0; i < COUNT(small_city); i++)
        fuzz_give(give, self, (uint8_t)(i | TWICE), small_city[i].text, strlen(small_city[i].text));
    give_goldens(give, self, goldens, COUNT(goldens));
    give_goldens(give, self, city_goldens, COUNT(city_goldens));
    give_goldens(give, self, people_goldens, COUNT(people_goldens));
    fuzz_give(give, self, 0, deep, strlen(deep));
}

const struct fuzz_target fuzz_target = {"conf", 8192, 500, seeds};
