/* vectors: every recorded body of proto/vectors (or $SIAGA_VECTORS), as its README says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>
#include <unistd.h>

#include "pack_json.h"
#include "proto/event.h"
#include "proto/stamp.h"

#define NOW 1795489200000000ll /* 2026-11-24T03:00:00Z */

struct vector {
    char name[64];
    uint8_t *bytes; /* of exact size */
    size_t n;
    json_t *json, *expect; /* NULL: no such file */
};

static const char *folder(void)
{
    const char *named = getenv("SIAGA_VECTORS");
    return named ? named : "proto/vectors";
}

static json_t *load_json(const char *name, const char *end)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s%s", folder(), name, end);
    if (access(path, F_OK) != 0)
        return NULL;
    json_error_t error;
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return json;
}

static void load(struct vector *v, const char *path)
{
    const char *slash = strrchr(path, '/');
    snprintf(v->name, sizeof(v->name), "%.*s", (int)(strlen(slash + 1) - strlen(".msgpack")),
             slash + 1);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    static uint8_t room[PACK_MAX_BYTES + 1];
    v->n = fread(room, 1, sizeof(room), f);
    fclose(f);
    v->bytes = malloc(v->n ? v->n : 1);
    memcpy(v->bytes, room, v->n);
    v->json = load_json(v->name, ".json");
    v->expect = load_json(v->name, ".expect.json");
}

static void drop(struct vector *v)
{
    free(v->bytes);
    json_decref(v->json);
    json_decref(v->expect);
}

/* --- comparing --- */

static void must_equal(const char *name, const char *what, const json_t *got, const json_t *want)
{
    if (json_equal(got, want))
        return;
    char *g = json_dumps(got, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *w = json_dumps(want, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    fail_msg("%s: %s\n  is  %s\n  not %s", name, what, g, w);
}

/* "" in the fault is no key at all in the answer; the vector may then say null. */
static json_t *text_or_null(const char *text)
{
    return text[0] ? json_string(text) : json_null();
}

/* The fault with those keys that the vector names. */
static json_t *fault_json(const struct fault *f, const json_t *want)
{
    json_t *all = json_object(), *got = json_object();
    json_object_set_new(all, "code", json_string(verdict_name(f->verdict)));
    json_object_set_new(all, "field", json_string(f->field));
    json_object_set_new(all, "limit", f->limit ? json_integer(f->limit) : json_null());
    json_object_set_new(all, "seen", text_or_null(f->seen));
    for (void *i = json_object_iter(all); i; i = json_object_iter_next(all, i)) {
        const char *key = json_object_iter_key(i);
        if (json_object_get(want, key))
            json_object_set(got, key, json_object_iter_value(i));
    }
    json_decref(all);
    return got;
}

static json_t *faults_json(const struct faults *faults, const json_t *want)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < faults->count && i < FAULTS_MAX; i++)
        json_array_append_new(list, fault_json(&faults->at[i], json_array_get(want, i)));
    return list;
}

static uint32_t flags_of(const json_t *list)
{
    uint32_t flags = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = json_string_value(json_array_get(list, i));
        int bit = words_flag_bit(slice_from(word));
        if (bit < 0)
            fail_msg("no such flag: %s", word);
        flags |= 1u << bit;
    }
    return flags;
}

static json_t *event_json(const struct event *e)
{
    static uint8_t room[4 * PACK_MAX_BYTES];
    struct writer w;
    writer_init(&w, room, sizeof(room));
    size_t map = writer_open_map(&w);
    writer_close_map(&w, map, event_pack(&w, e, true));
    assert_int_equal(w.err, 0);
    struct reader r = reader_over(room, w.n);
    json_t *json = unpack_json(&r);
    assert_non_null(json);
    return json;
}

/* --- the three forms --- */

static int32_t e7(const json_t *bounds, size_t i)
{
    double degrees = json_number_value(json_array_get(bounds, i));
    return (int32_t)(degrees * 1e7 + (degrees < 0 ? -0.5 : 0.5));
}

static struct event_rules rules_of(const json_t *given)
{
    struct event_rules rules = {.now_us = NOW};
    rules.registered = json_is_true(json_object_get(given, "registered"));
    rules.importer = json_is_true(json_object_get(given, "importer"));
    rules.late_after_us = json_integer_value(json_object_get(given, "late_after_s")) * STAMP_SECOND;
    const json_t *bounds = json_object_get(given, "bounds");
    if (json_is_array(bounds)) {
        rules.has_bounds = true;
        rules.south = e7(bounds, 0);
        rules.west = e7(bounds, 1);
        rules.north = e7(bounds, 2);
        rules.east = e7(bounds, 3);
    }
    return rules;
}

static void check_event(const struct vector *v)
{
    const struct event_rules rules = rules_of(json_object_get(v->expect, "rules"));
    static struct faults faults;
    struct arena arena = {0};
    struct event e;
    struct reader r = reader_over(v->bytes, v->n);
    int verdict = event_decode(&r, &rules, &arena, &e, &faults);

    const char *want = json_string_value(json_object_get(v->expect, "verdict"));
    if (strcmp(verdict_name(verdict), want) != 0)
        fail_msg("%s: verdict is %s (%s), not %s", v->name, verdict_name(verdict),
                 faults.count ? faults.at[0].field : "", want);
    json_t *want_faults = json_object_get(v->expect, "faults");
    json_t *got = want[0] ? faults_json(&faults, want_faults) : event_json(&e);
    if (want[0]) {
        must_equal(v->name, "faults", got, want_faults);
    } else {
        must_equal(v->name, "event", got, json_object_get(v->expect, "event"));
        uint32_t flags = flags_of(json_object_get(v->expect, "flags"));
        if (flags != e.flags)
            fail_msg("%s: flags are %x, not %x", v->name, e.flags, flags);
    }
    json_decref(got);
    arena_drop(&arena);
}

static void check(const struct vector *v)
{
    const json_t *scan = json_object_get(v->expect, "scan");
    const char *want = scan ? json_string_value(scan) : "fine";
    const char *got = pack_scan_name(pack_scan(v->bytes, v->n));
    if (strcmp(got, want) != 0)
        fail_msg("%s: scan says %s, not %s", v->name, got, want);
    if (v->json) {
        struct reader r = reader_over(v->bytes, v->n);
        json_t *value = unpack_json(&r);
        assert_ptr_equal(r.p, r.end);
        must_equal(v->name, "value", value, v->json);
        json_decref(value);
    }
    if (v->expect && !scan)
        check_event(v);
    if (!v->expect && !v->json)
        fail_msg("%s: nothing to compare it with", v->name);
}

static void every_vector_holds(void **state)
{
    (void)state;
    char pattern[512];
    glob_t found;
    snprintf(pattern, sizeof(pattern), "%s/*.msgpack", folder());
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct vector v = {0};
        load(&v, found.gl_pathv[i]);
        check(&v);
        drop(&v);
    }
    assert_true(found.gl_pathc >= 25);
    globfree(&found);
}

/* A JSON file without its bytes would never be looked at. */
static void no_vector_is_without_bytes(void **state)
{
    (void)state;
    char pattern[512];
    glob_t found;
    snprintf(pattern, sizeof(pattern), "%s/*.json", folder());
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i], *base = strrchr(path, '/') + 1;
        char bytes[512];
        snprintf(bytes, sizeof(bytes), "%.*s.msgpack", (int)(base - path) + (int)strcspn(base, "."),
                 path);
        if (access(bytes, F_OK) != 0)
            fail_msg("%s has no .msgpack", path);
    }
    globfree(&found);
}

/* Every event that is taken, cut at each byte, is refused by the scan. */
static void every_cut_is_refused(void **state)
{
    (void)state;
    char pattern[512];
    glob_t found;
    snprintf(pattern, sizeof(pattern), "%s/*-full.msgpack", folder());
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct vector v = {0};
        load(&v, found.gl_pathv[i]);
        for (size_t n = 0; n < v.n; n++) {
            uint8_t *cut = malloc(n ? n : 1);
            memcpy(cut, v.bytes, n);
            assert_int_not_equal(pack_scan(cut, n), PACK_FINE);
            free(cut);
        }
        drop(&v);
    }
    assert_true(found.gl_pathc > 0);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_holds),
        cmocka_unit_test(no_vector_is_without_bytes),
        cmocka_unit_test(every_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
