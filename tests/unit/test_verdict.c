/* verdict: names, exit codes and hints; a list of faults that never outgrows its room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/verdict.h"

static void every_verdict_is_whole(void **state)
{
    (void)state;
    for (int v = 1; v < VERDICT_COUNT; v++) {
        if (v == 34) /* spent, see verdicts.def */
            continue;
        assert_memory_equal(verdict_name(v), "E_", 2);
        assert_int_equal(verdict_find(slice_from(verdict_name(v))), v);
        assert_true(strlen(verdict_hint(v, true)) > 10);
        assert_true(strlen(verdict_hint(v, false)) > 10);
        assert_true(verdict_exit(v) > 0 && verdict_exit(v) < 128);
    }
    assert_string_equal(verdict_name(E_KEY_REUSED), "E_KEY_REUSED");
    assert_int_equal(verdict_exit(E_BUSY), 75);
}

static void done_and_unknown_are_empty(void **state)
{
    (void)state;
    static const int none[] = {V_DONE, -1, VERDICT_COUNT, 100000, INT32_MIN};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_string_equal(verdict_name(none[i]), "");
        assert_string_equal(verdict_hint(none[i], true), "");
        assert_int_equal(verdict_exit(none[i]), 0);
    }
    assert_int_equal(verdict_find(SLICE_LIT("E_NONSENSE")), 0);
    assert_int_equal(verdict_find(SLICE_LIT("")), 0);
}

#define E5 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9" /* ten bytes */

static void seen_and_field_are_cut_and_cleaned(void **state)
{
    (void)state;
    static struct faults f;
    struct fault *a = faults_add(&f, E_TEXT, "title", 0, SLICE_LIT("a\x1b[31m\xff\xe2\x80\xae"));
    assert_string_equal(a->seen, "a?[31m??");
    a = faults_add(&f, E_FIELD, "a-field-name-that-is-much-too-long-to-keep", 0,
                   SLICE_LIT(E5 E5 E5 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9x\xc3\xa9x"));
    assert_int_equal(strlen(a->field), 32);
    assert_int_equal(strlen(a->seen), 39); /* the next character would end at 41 */
    a = faults_add(&f, E_FIELD, NULL, 0, (struct slice){0});
    assert_string_equal(a->field, "");
    assert_string_equal(a->seen, "");
}

static void the_worst_names_the_refusal(void **state)
{
    (void)state;
    static struct faults f;
    f.count = 0;
    assert_int_equal(faults_worst(&f), V_DONE);
    faults_add(&f, E_LIMIT, "title", 120, (struct slice){0});
    faults_add(&f, E_FIELD, "key", 0, (struct slice){0});
    assert_int_equal(faults_worst(&f), E_LIMIT);
    faults_add(&f, E_GEO, "lat", 0, (struct slice){0});
    faults_add(&f, E_TEXT, "body", 0, (struct slice){0});
    assert_int_equal(faults_worst(&f), E_GEO);
}

static void too_many_faults_are_counted_not_kept(void **state)
{
    (void)state;
    static struct {
        struct faults f;
        char guard[64];
    } room;
    memset(room.guard, 0x5A, sizeof(room.guard));
    room.f.count = 0;
    for (int i = 0; i < 1000; i++)
        faults_add(&room.f, E_FIELD, "x", 0, SLICE_LIT("y"))->hint_en = "own";
    assert_int_equal(room.f.count, 1000);
    for (size_t i = 0; i < sizeof(room.guard); i++)
        assert_int_equal(room.guard[i], 0x5A);
    assert_int_equal(faults_worst(&room.f), E_FIELD);

    static uint8_t m[65536];
    struct writer w;
    writer_init(&w, m, sizeof(m));
    faults_pack(&w, &room.f);
    assert_int_equal(w.err, 0);
    struct reader r = reader_over(m, w.n);
    assert_int_equal(reader_array(&r), FAULTS_MAX);
}

static void packs_as_the_spec_says(void **state)
{
    (void)state;
    static struct faults f;
    f.count = 0;
    faults_add(&f, E_LIMIT, "title", 120, SLICE_LIT("long"));
    struct fault *own = faults_add(&f, E_FIELD, "key", 0, (struct slice){0});
    own->hint_id = "satu";
    own->hint_en = "one";

    uint8_t m[1024];
    struct writer w;
    writer_init(&w, m, sizeof(m));
    faults_pack(&w, &f);
    struct reader r = reader_over(m, w.n);
    assert_int_equal(reader_array(&r), 2);
    assert_int_equal(reader_map(&r), 5);
    static const char *const want[] = {"code", "E_LIMIT", "field", "title", "limit"};
    for (size_t i = 0; i < 5; i++)
        assert_true(slice_is(reader_str(&r), want[i]));
    assert_int_equal(reader_int(&r), 120);
    assert_true(slice_is(reader_str(&r), "seen"));
    assert_true(slice_is(reader_str(&r), "long"));
    assert_true(slice_is(reader_str(&r), "hint"));
    assert_int_equal(reader_map(&r), 2);
    assert_true(slice_is(reader_str(&r), "id"));
    assert_true(slice_is(reader_str(&r), verdict_hint(E_LIMIT, false)));
    assert_true(slice_is(reader_str(&r), "en"));
    assert_true(slice_is(reader_str(&r), verdict_hint(E_LIMIT, true)));
    assert_int_equal(reader_map(&r), 3);
    for (int i = 0; i < 5; i++)
        reader_str(&r);
    assert_int_equal(reader_map(&r), 2);
    assert_true(slice_is(reader_str(&r), "id"));
    assert_true(slice_is(reader_str(&r), "satu"));
    assert_true(slice_is(reader_str(&r), "en"));
    assert_true(slice_is(reader_str(&r), "one"));
    assert_int_equal(r.err, 0);
    assert_ptr_equal(r.p, r.end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verdict_is_whole),
        cmocka_unit_test(done_and_unknown_are_empty),
        cmocka_unit_test(seen_and_field_are_cut_and_cleaned),
        cmocka_unit_test(the_worst_names_the_refusal),
        cmocka_unit_test(too_many_faults_are_counted_not_kept),
        cmocka_unit_test(packs_as_the_spec_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
