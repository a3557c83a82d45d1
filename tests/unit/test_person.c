/* person: what a reporter may say of himself, in which form it is kept and found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pack_json.h"
#include "proto/event.h"
#include "proto/person.h"

static struct arena arena;
static struct person who;
static struct faults faults;
static bool dropped;

static int clean_up(void **state)
{
    (void)state;
    arena_drop(&arena);
    return 0;
}

/* ---- decoding ---- */

static int decode_bytes(const uint8_t *bytes, size_t n, bool bend)
{
    void *exact = arena_alloc(&arena, n); /* of its own, so that it lives as long as the person */
    memcpy(exact, bytes, n);
    struct reader r = reader_over(exact, n);
    faults = (struct faults){0};
    dropped = false;
    int verdict = person_decode(&r, &arena, bend, &who, &faults, &dropped);
    assert_int_equal(r.err, 0);
    assert_ptr_equal(r.p, r.end);
    return verdict;
}

static int decode(const char *json, bool bend)
{
    static uint8_t bytes[8192];
    return decode_bytes(bytes, pack_json_text(json, bytes, sizeof bytes), bend);
}

/* A map of one pair, its value byte for byte. */
static int decode_one(const char *name, struct slice value, bool bend)
{
    uint8_t bytes[2048];
    struct writer w;
    writer_init(&w, bytes, sizeof bytes);
    writer_map(&w, 1);
    writer_text(&w, name);
    writer_str(&w, value);
    return decode_bytes(bytes, w.n, bend);
}

static void is(enum person_field f, const char *text)
{
    if (!slice_is(who.field[f], text))
        fail_msg("%d: '" SLICE_FMT "', not '%s'", f, SLICE_ARG(who.field[f]), text);
}

static void every_field_is_kept(void **state)
{
    (void)state;
    assert_int_equal(decode("{'name':'Siti Aminah','phone':'0812-3456-7890','mail':'Siti@x.id',"
                            "'address':'Jl. Mawar 1','note':'telepon malam'}",
                            false),
                     V_DONE);
    is(PERSON_NAME, "Siti Aminah");
    is(PERSON_PHONE, "+6281234567890");
    is(PERSON_MAIL, "Siti@x.id");
    is(PERSON_ADDRESS, "Jl. Mawar 1");
    is(PERSON_NOTE, "telepon malam");
    assert_false(person_empty(&who));
    assert_false(dropped);
}

static void nothing_said_is_nobody(void **state)
{
    (void)state;
    assert_int_equal(decode("{}", false), V_DONE);
    assert_true(person_empty(&who));
    assert_int_equal(decode("{'name':'','phone':null,'mail':''}", false), V_DONE);
    assert_true(person_empty(&who));
}

static void a_number_is_kept_with_its_country(void **state)
{
    (void)state;
    static const char *const same[] = {
        "081234567890",     "0812-3456-7890",       "0812 3456 7890",  "6281234567890",
        "62 812 3456 7890", "+62 812-3456-7890",    "+62081234567890", "(+62) 812 3456 7890",
        "006281234567890",  "+62 (0)812.3456.7890", "81234567890",     " 0812/34567890 "};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_int_equal(decode_one("phone", slice_from(same[i]), false), V_DONE);
        is(PERSON_PHONE, "+6281234567890");
    }
    decode_one("phone", SLICE_LIT("+65 6123 4567"), false);
    is(PERSON_PHONE, "+6561234567");
    decode_one("phone", SLICE_LIT("021-8895 1234"), false);
    is(PERSON_PHONE, "+622188951234");
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const struct slice wrong[] = {SLICE_LIT("tanya tetangga"),
                                         SLICE_LIT("112"),
                                         SLICE_LIT("+"),
                                         SLICE_LIT("+62"),
                                         SLICE_LIT("0"),
                                         SLICE_LIT("0812+3456789"),
                                         SLICE_LIT("++62812345678"),
                                         SLICE_LIT("0812x34"),
                                         SLICE_LIT("0812345678901234567")};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(decode_one("phone", wrong[i], false), E_FIELD);
        assert_string_equal(faults.at[0].field, "person.phone");
        assert_non_null(strstr(faults.at[0].hint_en, "0812"));
        assert_non_null(faults.at[0].hint_id);
        assert_true(person_empty(&who));
    }
}

static void a_mail_address_has_one_at(void **state)
{
    (void)state;
    static const char *const wrong[] = {"siti", "@x.id", "siti@", "a@b@c", "@"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(decode_one("mail", slice_from(wrong[i]), false), E_FIELD);
        assert_string_equal(faults.at[0].field, "person.mail");
    }
    assert_int_equal(decode_one("mail", SLICE_LIT("a@b"), false), V_DONE);
}

/* A national id is never taken, under no name. */
static void only_the_five_fields_are_taken(void **state)
{
    (void)state;
    static const char *const wrong[] = {"nik", "NIK", "Name", "nama", "", "person"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(decode_one(wrong[i], SLICE_LIT("3275010101900001"), false), E_FIELD);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.at[0].field, "person");
        assert_true(person_empty(&who));
        assert_int_equal(decode_one(wrong[i], SLICE_LIT("3275010101900001"), true), V_DONE);
        assert_true(dropped);
        assert_true(person_empty(&who));
    }
    assert_int_equal(decode("{'name':7,'phone':[1],'note':{'a':1},'mail':true}", false), E_FIELD);
    assert_int_equal(faults.count, 4);
}

static void all_faults_are_told_and_nothing_of_the_person(void **state)
{
    (void)state;
    assert_int_equal(
        decode("{'name':'Siti\\u0007','phone':'rahasia','nik':'3275','mail':'salah'}", false),
        E_TEXT);
    assert_int_equal(faults.count, 4);
    for (uint32_t i = 0; i < faults.count; i++)
        assert_string_equal(faults.at[i].seen, "");
}

static void texts_have_limits_in_nfc(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum person_field f;
        uint32_t most;
    } fields[] = {
        {"name", PERSON_NAME, 80}, {"address", PERSON_ADDRESS, 200}, {"note", PERSON_NOTE, 200}};
    char text[256];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        uint32_t most = fields[i].most;
        assert_int_equal(decode_one(fields[i].name, (struct slice){text, most}, false), V_DONE);
        assert_int_equal(who.field[fields[i].f].n, most);
        assert_int_equal(decode_one(fields[i].name, (struct slice){text, most + 1}, false),
                         E_LIMIT);
        assert_int_equal(faults.at[0].limit, most);
    }
    memcpy(text, "a@", 2);
    assert_int_equal(decode_one("mail", (struct slice){text, 120}, false), V_DONE);
    assert_int_equal(decode_one("mail", (struct slice){text, 121}, false), E_LIMIT);
    for (uint32_t i = 0; i < 40; i++) /* 120 bytes, 80 when composed */
        memcpy(text + 3 * i, "e\xcc\x81", 3);
    assert_int_equal(decode_one("name", (struct slice){text, 120}, false), V_DONE);
    assert_int_equal(who.field[PERSON_NAME].n, 80);
}

static void broken_text_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"a\377b", "a\001b", "a\nb", "a\342\200\256b"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(decode_one("name", slice_from(wrong[i]), false), E_TEXT);
        assert_string_equal(faults.at[0].field, "person.name");
    }
    assert_int_equal(decode_one("name", SLICE_LIT("\xef\xbb\xbfSiti"), false), V_DONE);
    is(PERSON_NAME, "Siti");
}

/* Who cries for help is heard, and what can be kept of his name is. */
static void an_emergency_is_bent(void **state)
{
    (void)state;
    char text[256];
    memset(text, 'x', sizeof text);
    memcpy(text + 79, "\xc3\xa9", 2); /* lies across the limit */
    assert_int_equal(decode_one("name", (struct slice){text, 100}, true), V_DONE);
    assert_true(dropped);
    assert_int_equal(who.field[PERSON_NAME].n, 79);
    assert_int_equal(decode_one("name", SLICE_LIT("Siti\377"), true), V_DONE);
    assert_true(dropped);
    is(PERSON_NAME, "Siti\xef\xbf\xbd");
    assert_int_equal(decode("{'name':'Siti','phone':'tidak tahu','mail':'x','nik':'1'}", true),
                     V_DONE);
    assert_true(dropped);
    assert_int_equal(faults.count, 0);
    is(PERSON_NAME, "Siti");
    assert_int_equal(who.field[PERSON_PHONE].n + who.field[PERSON_MAIL].n, 0);
    assert_int_equal(decode("{'name':'Siti'}", true), V_DONE);
    assert_false(dropped);
}

/* ---- packing ---- */

static void what_is_packed_is_read_again(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct writer w;
    struct person again;
    decode("{'phone':'081234567890','note':'x','name':'Siti'}", false);
    writer_init(&w, bytes, sizeof bytes);
    size_t at = writer_open_map(&w);
    uint32_t pairs = person_pack(&w, &who);
    writer_close_map(&w, at, pairs);
    assert_int_equal(pairs, 3);
    assert_int_equal(pack_scan(bytes, w.n), PACK_FINE);
    assert_true(person_unpack((struct slice){(char *)bytes, (uint32_t)w.n}, &again));
    for (int f = 0; f < PERSON_FIELDS; f++)
        assert_true(slice_same(who.field[f], again.field[f]));
    for (uint32_t n = 0; n < w.n; n++)
        assert_false(person_unpack((struct slice){(char *)bytes, n}, &again));
}

/* ---- searching ---- */

static void searched(enum person_field f, const char *value, const char *want)
{
    char out[PERSON_SEARCH_BYTES];
    size_t n = person_search(f, slice_from(value), out);
    if (n != strlen(want) || memcmp(out, want, n) != 0)
        fail_msg("'%s' is looked for as '%.*s', not '%s'", value, (int)n, out, want);
}

static void a_value_is_looked_for_in_one_form(void **state)
{
    (void)state;
    searched(PERSON_NAME, "  Siti   AMINAH ", "siti aminah");
    searched(PERSON_NAME, "siti aminah", "siti aminah");
    searched(PERSON_NAME, "Jos\xc3\x89", "jos\xc3\xa9");
    searched(PERSON_NAME, "JOSE\xcc\x81", "jos\xc3\xa9");
    searched(PERSON_NAME, "   ", "");
    searched(PERSON_NAME, "", "");
    searched(PERSON_NAME, "a\377", "");
    searched(PERSON_MAIL, "Siti@Bekasi.GO.ID", "siti@bekasi.go.id");
    searched(PERSON_PHONE, "0812 3456 7890", "+6281234567890");
    searched(PERSON_PHONE, "siti", "");
}

static void the_longest_value_fits(void **state)
{
    (void)state;
    char text[241], out[PERSON_SEARCH_BYTES];
    for (size_t i = 0; i < 120; i++)
        memcpy(text + 2 * i, "\xc4\xb0", 2); /* grows when it is folded */
    assert_int_equal(person_search(PERSON_MAIL, (struct slice){text, 240}, out),
                     PERSON_SEARCH_BYTES);
}

/* ---- in an event ---- */

static int in_event(const char *json, struct event *e)
{
    static uint8_t bytes[8192];
    static const struct event_rules rules = {.now_us = 1795489200000000ll};
    struct reader r = reader_over(bytes, pack_json_text(json, bytes, sizeof bytes));
    faults = (struct faults){0};
    return event_decode(&r, &rules, &arena, e, &faults);
}

#define START "'key':'k','category':'c','title':'t','person':"

static void it_leaves_the_event_it_came_with(void **state)
{
    (void)state;
    struct event e;
    assert_int_equal(
        in_event("{'kind':'complaint'," START "{'name':'Siti','phone':'0812345678'}}", &e), V_DONE);
    assert_non_null(e.person);
    assert_true(slice_is(e.person->field[PERSON_NAME], "Siti"));
    assert_int_equal(in_event("{'kind':'complaint'," START "{}}", &e), V_DONE);
    assert_null(e.person);
    assert_int_equal(in_event("{'kind':'complaint'," START "'Siti'}", &e), E_FIELD);
    assert_int_equal(in_event("{'kind':'complaint'," START "{'nik':'3275'}}", &e), E_FIELD);
    assert_int_equal(in_event("{'kind':'emergency'," START "{'nik':'3275','name':'Siti'}}", &e),
                     V_DONE);
    assert_true(e.flags & FLAG_FIELD_DROPPED);
    assert_true(slice_is(e.person->field[PERSON_NAME], "Siti"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_kept),
        cmocka_unit_test(nothing_said_is_nobody),
        cmocka_unit_test(a_number_is_kept_with_its_country),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(a_mail_address_has_one_at),
        cmocka_unit_test(only_the_five_fields_are_taken),
        cmocka_unit_test(all_faults_are_told_and_nothing_of_the_person),
        cmocka_unit_test(texts_have_limits_in_nfc),
        cmocka_unit_test(broken_text_is_refused),
        cmocka_unit_test(an_emergency_is_bent),
        cmocka_unit_test(what_is_packed_is_read_again),
        cmocka_unit_test(a_value_is_looked_for_in_one_form),
        cmocka_unit_test(the_longest_value_fits),
        cmocka_unit_test(it_leaves_the_event_it_came_with),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
