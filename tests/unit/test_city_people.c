/* people.d: by which key or user somebody comes in, what it may cost; what a broken file changes
 * and what not; how a change is noticed. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "daemon/city/city.h"
#include "proto/stamp.h"
#include "proto/words.h"
#include "tests/support/small_city.h"

#define K1 "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define K2 "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define K3 "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"
#define BROKEN "people:\n  - {id: x, role: none}\n"

static struct folder home;
static char yaml[128];

static int open_home(void **state)
{
    (void)state;
    folder_make(&home);
    small_city_write(&home);
    snprintf(yaml, sizeof yaml, "%s/siagad.yaml", home.path);
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

static void put(const char *name, const char *text)
{
    char rel[64];
    snprintf(rel, sizeof rel, "people.d/%s", name);
    folder_text(&home, rel, text);
}

static void path_of(const char *rel, char path[static 192])
{
    snprintf(path, 192, "%s/%s", home.path, rel);
}

static struct city *load(const struct city *before)
{
    struct conf_report report = {.out = NULL};
    struct city *c = city_load(yaml, SMALL_CITY_AT, before, &report);
    if (c == NULL)
        fail_msg("%s", report.first);
    return c;
}

/* The next snapshot in the place of *c. */
static void reload(struct city **c)
{
    struct city *fresh = load(*c);
    city_unref(c);
    *c = fresh;
}

static const char *key_of(const struct city *c, const char *source)
{
    const struct city_key *k = city_key_of(c, s(source));
    return k != NULL ? k->public_key : "(nobody)";
}

/* The mistake is told, with these words in it. */
static void says(const struct city *c, const char *words)
{
    if (strstr(city_people_error(c), words) == NULL)
        fail_msg("'%s' is not in '%s'", words, city_people_error(c));
}

static int64_t at(const char *stamp)
{
    int64_t us;
    assert_true(stamp_parse(s(stamp), &us));
    return us;
}

static void tells_by_what_somebody_comes_in(void **state)
{
    (void)state;
    put("trust.yaml", "people:\n"
                      "  - {id: z-1, role: handler, skpd: damkar, public: \"" K1
                      "\", from: 2026-11-01, until: 2026-11-30, quota: {handshakes: 7}}\n"
                      "  - {id: a-1, role: admin, user: root, until: "
                      "\"2026-11-24T08:00:00+07:00\"}\n"
                      "  - {id: a-2, role: media}\n");
    struct city *c = load(NULL);
    const struct city_key *rows, *k;
    unsigned n = city_keys(c, &rows);
    assert_int_equal(n, 7); /* with the four of the small city */
    for (unsigned i = 1; i < n; i++)
        assert_true(strcmp(rows[i - 1].source, rows[i].source) < 0);

    k = city_key_of(c, s("z-1"));
    assert_string_equal(k->public_key, K1);
    assert_string_equal(k->user, "");
    assert_string_equal(k->skpd, "damkar");
    assert_int_equal(k->role, ROLE_HANDLER);
    assert_int_equal(k->handshakes_per_minute, 7);
    assert_true(k->from_us == at("2026-11-01T00:00:00+07:00"));
    assert_true(k->until_us == at("2026-12-01T00:00:00+07:00")); /* the whole last day */

    k = city_key_of(c, s("a-1"));
    assert_string_equal(k->public_key, "");
    assert_string_equal(k->user, "root");
    assert_int_equal(k->handshakes_per_minute, 600);
    assert_true(k->from_us == 0 && k->until_us == at("2026-11-24T01:00:00Z"));

    k = city_key_of(c, s("a-2"));
    assert_true(k->public_key[0] == '\0' && k->user[0] == '\0');
    assert_null(city_key_of(c, s("a-")));
    assert_null(city_key_of(c, s("a-22")));
    assert_string_equal(city_people_error(c), "");
    city_unref(&c);
}

static void gives_each_its_quota(void **state)
{
    (void)state;
    put("trust.yaml", "people:\n"
                      "  - {id: q-1, role: field, quota: {per_minute: 1, messages: 2, in_flight: "
                      "1MiB, watches: 3, credit: 4, rows: 5, handshakes: 6}}\n"
                      "  - {id: q-2, role: field, quota: {watches: 1}}\n");
    struct city *c = load(NULL);
    struct person_role own, some, none;
    city_person(c, s("q-1"), &own);
    const struct city_quota want = {1, 2, 1 << 20, 3, 4, 5, 6};
    assert_memory_equal(&own.quota, &want, sizeof want);
    city_person(c, s("q-2"), &some);
    const struct city_quota rest = {100, 2000, 16 << 20, 1, 4096, 500, 600};
    assert_memory_equal(&some.quota, &rest, sizeof rest);
    city_person(c, s("unknown"), &none);
    assert_memory_equal(&none.quota, &city_settings(c)->quota, sizeof rest);
    city_unref(&c);
}

/* ---- a file with a mistake ---- */

static void a_broken_file_leaves_the_others(void **state)
{
    (void)state;
    struct person_role p;
    put("good.yaml", "people:\n  - {id: g-1, role: field, public: \"" K1 "\"}\n");
    put("bad.yaml",
        "people:\n  - {id: b-1, role: field, public: \"" K2 "\"}\n  - {id: b-2, role: boss}\n");
    struct city *c = load(NULL);
    assert_string_equal(key_of(c, "g-1"), K1);
    assert_string_equal(key_of(c, "b-1"), "(nobody)");
    city_person(c, s("b-1"), &p);
    assert_false(p.registered);
    says(c, "people.d/bad.yaml:3:");

    put("good.yaml", "people: [\n"); /* not even YAML */
    put("bad.yaml", "people:\n  - {id: b-1, role: field, public: \"" K2 "\"}\n");
    reload(&c);
    assert_string_equal(key_of(c, "g-1"), K1); /* as it was last read */
    assert_string_equal(key_of(c, "b-1"), K2);
    says(c, "people.d/good.yaml");
    reload(&c); /* and from one snapshot to the next */
    assert_string_equal(key_of(c, "g-1"), K1);

    put("good.yaml", "people:\n  - {id: g-1, role: media, public: \"" K3 "\"}\n");
    reload(&c);
    assert_string_equal(key_of(c, "g-1"), K3);
    assert_string_equal(city_people_error(c), "");
    city_unref(&c);
}

static void who_only_checks_hears_of_it(void **state)
{
    (void)state;
    struct conf_report report = {.strict = true};
    put("bad.yaml", BROKEN);
    assert_null(city_load(yaml, SMALL_CITY_AT, NULL, &report));
    assert_int_equal(report.errors, 1);
    assert_non_null(strstr(report.first, "people.d/bad.yaml:2:"));
}

static void what_is_kept_has_the_limits_of_today(void **state)
{
    (void)state;
    struct person_role p;
    put("some.yaml", "people:\n  - {id: q-2, role: field, quota: {watches: 1}}\n");
    struct city *c = load(NULL);
    put("some.yaml", BROKEN);
    folder_text(&home, "siagad.yaml",
                "listen: [ipc:///tmp/s]\nstore: /tmp/store\nlimits: {rows: 9, watches: 8}\n");
    reload(&c);
    city_person(c, s("q-2"), &p);
    assert_int_equal(p.quota.watches, 1);
    assert_int_equal(p.quota.rows, 9);
    city_unref(&c);
}

static void a_file_that_went_takes_its_people_along(void **state)
{
    (void)state;
    char path[192];
    put("gone.yaml", "people:\n  - {id: g-1, role: field, public: \"" K1 "\"}\n");
    struct city *c = load(NULL);
    path_of("people.d/gone.yaml", path);
    assert_int_equal(unlink(path), 0);
    reload(&c);
    assert_string_equal(key_of(c, "g-1"), "(nobody)");
    city_unref(&c);
}

static void a_folder_that_cannot_be_read_takes_nobody_along(void **state)
{
    (void)state;
    char path[192], aside[192];
    put("some.yaml", "people:\n  - {id: g-1, role: field, public: \"" K1 "\"}\n");
    struct city *c = load(NULL);
    path_of("people.d", path);
    path_of("aside", aside);
    assert_int_equal(rename(path, aside), 0);
    int fd = open(path, O_CREAT | O_WRONLY, 0600); /* no folder */
    assert_true(fd >= 0);
    close(fd);
    reload(&c);
    assert_string_equal(key_of(c, "g-1"), K1);
    assert_string_equal(key_of(c, "meja-1"), "");
    says(c, "people.d");

    assert_int_equal(unlink(path), 0); /* nothing there at all: nobody, and no mistake */
    reload(&c);
    assert_string_equal(key_of(c, "g-1"), "(nobody)");
    assert_string_equal(city_people_error(c), "");
    city_unref(&c);
}

/* A mistake in any other file: the whole set is refused, but not what people.d says. */
static void a_mistake_elsewhere_keeps_no_key_in_force(void **state)
{
    (void)state;
    struct conf_report report = {.out = NULL};
    struct person_role p;
    put("a.yaml", "people:\n  - {id: g-1, role: handler, skpd: damkar, public: \"" K1 "\"}\n"
                  "  - {id: g-2, role: field, public: \"" K2 "\"}\n");
    struct city *c = load(NULL);
    folder_text(&home, "city.yaml", "name: [\n");
    put("a.yaml", "people:\n  - {id: g-1, role: handler, skpd: damkar, public: \"" K1 "\"}\n"
                  "  - {id: g-3, role: handler, skpd: pupr, public: \"" K3 "\"}\n"
                  "revoked: [\"" K2 "\"]\n");
    assert_null(city_load(yaml, SMALL_CITY_AT, c, &report));
    for (unsigned i = 0; i < 3; i++) { /* again and again: nothing piles up, nothing is lost */
        struct city *fresh = city_with_people(c);
        city_unref(&c);
        c = fresh;
        assert_string_equal(key_of(c, "g-1"), K1);
        assert_string_equal(key_of(c, "g-2"), "(nobody)");
        assert_string_equal(key_of(c, "g-3"), K3);
        city_person(c, s("g-3"), &p);
        assert_string_equal(p.skpd, "pupr");
        assert_non_null(city_skpd(c, s("damkar")));
        assert_string_equal(city_people_error(c), "");
    }

    put("a.yaml", BROKEN); /* a broken file stays as it was here, too */
    struct city *fresh = city_with_people(c);
    city_unref(&c);
    c = fresh;
    assert_string_equal(key_of(c, "g-3"), K3);
    says(c, "people.d/a.yaml:2:");
    city_unref(&c);
}

/* ---- keys across the files ---- */

static void a_revoked_key_never_comes_back(void **state)
{
    (void)state;
    put("a.yaml", "people: []\nrevoked: [\"" K1 "\", \"" K3 "\"]\n");
    put("b.yaml", "people:\n  - {id: r-1, role: field, public: \"" K2 "\"}\n");
    struct city *c = load(NULL);
    put("b.yaml", "people:\n  - {id: r-1, role: field, public: \"" K1 "\"}\n");
    reload(&c);
    assert_string_equal(key_of(c, "r-1"), "");
    says(c, "was revoked in people.d/a.yaml:2;");

    put("a.yaml",
        "people: []\nrevoked: [\n"); /* what a file revoked stays so while it cannot be read */
    reload(&c);
    assert_string_equal(key_of(c, "r-1"), "");
    put("a.yaml",
        "people: []\nrevoked: [\"" K2 "\", oops]\n"); /* and what it revokes now counts at once */
    put("c.yaml", "people:\n  - {id: r-2, role: field, public: \"" K2 "\"}\n");
    reload(&c);
    assert_string_equal(key_of(c, "r-1"), "");
    assert_string_equal(key_of(c, "r-2"), "");

    put("a.yaml", "people: []\nrevoked: [\"" K3 "\"]\n");
    reload(&c);
    assert_string_equal(key_of(c, "r-1"), K1); /* the control: nothing else held it back */
    assert_string_equal(key_of(c, "r-2"), K2);
    city_unref(&c);
}

static void a_key_and_a_user_are_one_persons(void **state)
{
    (void)state;
    put("b.yaml", "people:\n  - {id: o-9, role: field, public: \"" K1 "\", user: u}\n");
    struct city *c = load(NULL);
    /* a newcomer before it by name and by file does not take them */
    put("a.yaml", "people:\n  - {id: o-1, role: admin, public: \"" K1 "\"}\n"
                  "  - {id: o-2, role: admin, user: u}\n");
    reload(&c);
    assert_string_equal(key_of(c, "o-9"), K1);
    assert_string_equal(key_of(c, "o-1"), "");
    assert_string_equal(city_key_of(c, s("o-9"))->user, "u");
    assert_string_equal(city_key_of(c, s("o-2"))->user, "");
    says(c, "people.d/a.yaml:2:");
    city_unref(&c);

    c = load(NULL); /* where nobody had it, the first by name has it */
    assert_string_equal(key_of(c, "o-1"), K1);
    assert_string_equal(key_of(c, "o-9"), "");
    city_unref(&c);
}

/* ---- what has changed ---- */

static void set_modified(const char *path, struct timespec when)
{
    const struct timespec times[2] = {when, when};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Writes the file anew in place until the kernel's clock has moved on: its size and time stay. */
static void rewrite_in_place(const char *path, const char *text)
{
    struct stat before, after;
    assert_int_equal(stat(path, &before), 0);
    do {
        int fd = open(path, O_WRONLY);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        close(fd);
        set_modified(path, before.st_mtim);
        assert_int_equal(stat(path, &after), 0);
    } while (after.st_ctim.tv_sec == before.st_ctim.tv_sec &&
             after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
    assert_true(after.st_size == before.st_size && after.st_ino == before.st_ino);
}

static void notices_every_change(void **state)
{
    (void)state;
    char path[192], other[192];
    struct stat st;
    put("x.yaml", "people: []  # 1\n");
    path_of("people.d/x.yaml", path);
    path_of("people.d/other", other);
    uint64_t first = city_people_stamp(yaml);
    assert_true(first != 0);
    assert_true(city_people_stamp(yaml) == first);

    rewrite_in_place(path, "people: []  # 2\n");
    uint64_t in_place = city_people_stamp(yaml);
    assert_true(in_place != first);

    assert_int_equal(stat(path, &st), 0);
    put("other", "people: []  # 3\n"); /* of no matter until it takes the name */
    assert_true(city_people_stamp(yaml) == in_place);
    set_modified(other, st.st_mtim);
    assert_int_equal(rename(other, path), 0);
    uint64_t replaced = city_people_stamp(yaml);
    assert_true(replaced != in_place);

    put("y.yaml", "people: []\n");
    uint64_t added = city_people_stamp(yaml);
    assert_true(added != replaced);
    assert_int_equal(unlink(path), 0);
    assert_true(city_people_stamp(yaml) != added);
    assert_true(city_people_stamp("/nowhere/siagad.yaml") == 0);
}

/* ---- many ---- */

#define MANY 5000

/* A key of its own for each: eight characters count, the rest is filled up. */
static void print_person(char *out, size_t size, unsigned i)
{
    snprintf(out, size,
             "  - {id: laptop-%u, role: field, skpd: pupr, public: \"%08u%032u\", from: "
             "2026-11-01, until: 2027-10-31, quota: {per_minute: 600, messages: 50, "
             "in_flight: 1MiB, watches: 8, credit: 1024, rows: 500, handshakes: 60}, note: "
             "\"regu jalan dan drainase\"}\n",
             i, i, 0u);
}

static void load_many(const char *where)
{
    struct timespec a, b;
    const struct city_key *rows;
    clock_gettime(CLOCK_MONOTONIC, &a);
    struct city *c = load(NULL);
    clock_gettime(CLOCK_MONOTONIC, &b);
    assert_string_equal(city_people_error(c), "");
    assert_int_equal(city_keys(c, &rows), MANY + 4);
    assert_string_equal(key_of(c, "laptop-4999"), "0000499900000000000000000000000000000000");
    print_message("%d people in %s: %.0f ms\n", MANY, where,
                  (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6);
    city_unref(&c);
}

static void loads_many_from_one_file(void **state)
{
    (void)state;
    char *text = NULL, row[512];
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    fputs("people:\n", out);
    for (unsigned i = 0; i < MANY; i++) {
        print_person(row, sizeof row, i);
        fputs(row, out);
    }
    fclose(out);
    assert_true(n > 1 << 20); /* more than a file was once allowed */
    put("many.yaml", text);
    free(text);
    load_many("one file");
}

static void loads_many_from_many_files(void **state)
{
    (void)state;
    char name[32], text[512] = "people:\n";
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "p%u.yaml", i);
        print_person(text + 8, sizeof text - 8, i);
        put(name, text);
    }
    load_many("as many files");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, open_home, close_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(tells_by_what_somebody_comes_in),
        EACH(gives_each_its_quota),
        EACH(a_broken_file_leaves_the_others),
        EACH(who_only_checks_hears_of_it),
        EACH(what_is_kept_has_the_limits_of_today),
        EACH(a_file_that_went_takes_its_people_along),
        EACH(a_folder_that_cannot_be_read_takes_nobody_along),
        EACH(a_mistake_elsewhere_keeps_no_key_in_force),
        EACH(a_revoked_key_never_comes_back),
        EACH(a_key_and_a_user_are_one_persons),
        EACH(notices_every_change),
        EACH(loads_many_from_one_file),
        EACH(loads_many_from_many_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
