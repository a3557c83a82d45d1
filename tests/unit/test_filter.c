/* filter: read from a request, every mistake named; lists are OR inside, AND between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/filter.h"

static struct arena a, message;
static struct filter f;
static struct faults faults;
static uint8_t bytes[64];

static int fresh(void **state)
{
    (void)state;
    a = (struct arena){0};
    f = (struct filter){0};
    faults = (struct faults){0};
    return 0;
}

static int drop(void **state)
{
    (void)state;
    arena_drop(&a);
    arena_drop(&message);
    return 0;
}

/* One pair: a name and a list of words. */
static int take(const char *name, unsigned n, const char *const words[])
{
    struct writer w;
    uint8_t *list = arena_alloc(&message, 4096); /* names point into the message */
    writer_init(&w, list, 4096);
    writer_array(&w, n);
    for (unsigned i = 0; i < n; i++)
        writer_text(&w, words[i]);
    struct reader r = reader_over(list, w.n);
    int taken = filter_take(&f, slice_from(name), &r, &a, &faults);
    if (taken) {
        assert_int_equal(r.err, 0);
        assert_ptr_equal(r.p, r.end);
    }
    return taken;
}

#define LIST(...)                                                                        \
    (unsigned)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), (const char *[]) \
    {                                                                                    \
        __VA_ARGS__                                                                      \
    }

static bool passes(uint8_t kind, uint8_t severity, uint8_t state, const char *owner,
                   const char *kecamatan)
{
    struct filter_subject subject = {.kind = kind,
                                     .severity = severity,
                                     .state = state,
                                     .owner = slice_from(owner),
                                     .kecamatan = slice_from(kecamatan)};
    return filter_passes(&f, &subject);
}

static void an_empty_filter_lets_everything_through(void **state)
{
    (void)state;
    assert_true(filter_empty(&f));
    assert_true(passes(KIND_REPORT, SEVERITY_MINOR, STATE_CLOSED, "poc", ""));
    assert_int_equal(take("kind", 0, NULL), 1); /* an empty list too */
    assert_true(filter_empty(&f));
    assert_int_equal(faults.count, 0);
}

static void values_are_joined_by_or_and_lists_by_and(void **state)
{
    (void)state;
    take("kind", LIST("emergency", "report"));
    take("severity", LIST("severe", "extreme"));
    take("state", LIST("assigned"));
    take("skpd", LIST("damkar", "pupr"));
    take("kecamatan", LIST("utara"));
    assert_int_equal(faults.count, 0);
    assert_false(filter_empty(&f));
    assert_true(passes(KIND_EMERGENCY, SEVERITY_SEVERE, STATE_ASSIGNED, "damkar", "utara"));
    assert_true(passes(KIND_REPORT, SEVERITY_EXTREME, STATE_ASSIGNED, "pupr", "utara"));
    assert_false(passes(KIND_COMPLAINT, SEVERITY_SEVERE, STATE_ASSIGNED, "damkar", "utara"));
    assert_false(passes(KIND_EMERGENCY, SEVERITY_MINOR, STATE_ASSIGNED, "damkar", "utara"));
    assert_false(passes(KIND_EMERGENCY, SEVERITY_SEVERE, STATE_CLOSED, "damkar", "utara"));
    assert_false(passes(KIND_EMERGENCY, SEVERITY_SEVERE, STATE_ASSIGNED, "dinkes", "utara"));
    assert_false(passes(KIND_EMERGENCY, SEVERITY_SEVERE, STATE_ASSIGNED, "damkar", "selatan"));
    assert_false(passes(KIND_EMERGENCY, SEVERITY_SEVERE, STATE_ASSIGNED, "damkar", ""));
    assert_false(passes(KIND_EMERGENCY, SEVERITY_SEVERE, STATE_ASSIGNED, "damka", "utara"));
}

static void another_name_is_not_taken(void **state)
{
    (void)state;
    assert_int_equal(take("from", LIST("x")), 0);
    assert_int_equal(take("kinds", LIST("x")), 0);
    assert_int_equal(faults.count, 0);
    assert_true(filter_empty(&f));
}

static void every_unknown_word_is_named(void **state)
{
    (void)state;
    take("kind", LIST("emergency", "emergenci", "x"));
    take("state", LIST("open"));
    take("skpd", LIST("damkar", "a b", ""));
    assert_int_equal(faults.count, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(faults.at[i].verdict, E_FIELD);
    assert_string_equal(faults.at[0].field, "kind");
    assert_string_equal(faults.at[0].seen, "emergenci");
    assert_string_equal(faults.at[2].field, "state");
    assert_string_equal(faults.at[3].field, "skpd");
}

static void what_is_no_list_or_holds_no_text_is_a_fault(void **state)
{
    (void)state;
    static const char *const names[] = {"kind", "severity", "state", "skpd", "kecamatan"};
    for (size_t i = 0; i < 5; i++) {
        struct writer w;
        writer_init(&w, bytes, sizeof bytes);
        writer_text(&w, "emergency");
        struct reader r = reader_over(bytes, w.n);
        assert_int_equal(filter_take(&f, slice_from(names[i]), &r, &a, &faults), 1);
        assert_ptr_equal(r.p, r.end);
        writer_init(&w, bytes, sizeof bytes);
        writer_array(&w, 1);
        writer_uint(&w, 1);
        r = reader_over(bytes, w.n);
        assert_int_equal(filter_take(&f, slice_from(names[i]), &r, &a, &faults), 1);
        assert_ptr_equal(r.p, r.end);
        assert_int_equal(faults.count, 2 * (i + 1));
    }
}

static void sixty_four_names_pass_and_no_more(void **state)
{
    (void)state;
    static char text[FILTER_NAMES_MAX + 1][8];
    const char *names[FILTER_NAMES_MAX + 1];
    for (unsigned i = 0; i <= FILTER_NAMES_MAX; i++) {
        snprintf(text[i], sizeof text[i], "n%u", i);
        names[i] = text[i];
    }
    take("skpd", FILTER_NAMES_MAX, names);
    assert_int_equal(faults.count, 0);
    assert_int_equal(f.skpd_n, FILTER_NAMES_MAX);
    assert_true(passes(KIND_REPORT, 1, 1, "n63", ""));
    take("kecamatan", FILTER_NAMES_MAX + 1, names);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.at[0].verdict, E_LIMIT);
    assert_int_equal(faults.at[0].limit, FILTER_NAMES_MAX);
}

/* Who follows a state or an owner also hears of what leaves it. */
static void what_leaves_passes_too(void **state)
{
    (void)state;
    struct filter_subject s = {KIND_REPORT,
                               1,
                               STATE_ACKNOWLEDGED,
                               STATE_ASSIGNED,
                               .owner = SLICE_LIT("pupr"),
                               .owner_before = SLICE_LIT("damkar")};
    take("state", LIST("assigned"));
    take("skpd", LIST("damkar"));
    assert_true(filter_passes(&f, &s));
    s.state_before = STATE_RECEIVED;
    assert_false(filter_passes(&f, &s));
    s.state_before = STATE_ASSIGNED;
    s.owner_before = (struct slice){0};
    assert_false(filter_passes(&f, &s));
    s.owner = SLICE_LIT("damkar");
    assert_true(filter_passes(&f, &s));
}

static void an_skpd_sees_what_it_owns_owned_or_supports(void **state)
{
    (void)state;
    struct filter_subject s = {KIND_REPORT,
                               1,
                               STATE_ASSIGNED,
                               0,
                               .owner = SLICE_LIT("damkar"),
                               .helpers = SLICE_LIT("dinkes,pupr,polres")};
    static const struct {
        const char *own;
        bool passes;
    } cases[] = {{"damkar", true}, {"dinkes", true}, {"pupr", true},        {"polres", true},
                 {"pol", false},   {"poc", false},   {"dinkes,pupr", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        f.own = slice_from(cases[i].own);
        assert_false(filter_empty(&f));
        assert_int_equal(filter_passes(&f, &s), cases[i].passes);
    }
    f.own = SLICE_LIT("poc");
    s.owner_before = SLICE_LIT("poc");
    assert_true(filter_passes(&f, &s));
}

/* A watch keeps its filter long after the message is gone. */
static void a_copy_outlives_what_it_was_read_from(void **state)
{
    (void)state;
    struct arena own = {0};
    struct filter copy;
    take("skpd", LIST("damkar"));
    take("kecamatan", LIST("utara", "selatan"));
    filter_copy(&copy, &f, &own);
    arena_drop(&message);
    arena_drop(&a);
    struct filter_subject its = {KIND_REPORT,
                                 1,
                                 1,
                                 0,
                                 .owner = SLICE_LIT("damkar"),
                                 .kecamatan = SLICE_LIT("utara")},
                          other = its;
    other.owner = SLICE_LIT("poc");
    assert_true(filter_passes(&copy, &its));
    assert_false(filter_passes(&copy, &other));
    arena_drop(&own);
}

#define with_filter(test) cmocka_unit_test_setup_teardown(test, fresh, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_filter(an_empty_filter_lets_everything_through),
        with_filter(values_are_joined_by_or_and_lists_by_and),
        with_filter(another_name_is_not_taken),
        with_filter(every_unknown_word_is_named),
        with_filter(what_is_no_list_or_holds_no_text_is_a_fault),
        with_filter(sixty_four_names_pass_and_no_more),
        with_filter(what_leaves_passes_too),
        with_filter(an_skpd_sees_what_it_owns_owned_or_supports),
        with_filter(a_copy_outlives_what_it_was_read_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
