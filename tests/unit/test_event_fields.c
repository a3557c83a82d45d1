/* event: texts, points and times judged, emergencies bent, and what is no event. */
#include "event_ground.h"

/* --- text --- */

static void text_has_limits_in_nfc(void **state)
{
    (void)state;
    char json[20000], text[9000];
    for (int n = 119; n <= 121; n++) {
        memset(text, 'x', sizeof(text));
        text[n] = 0;
        snprintf(json, sizeof(json), "{'kind':'report','key':'k','category':'c','title':'%s'}",
                 text);
        refused(json, &plain, n > 120 ? "E_LIMIT title" : "");
    }
    assert_int_equal(faults.at[0].limit, 120);
    assert_int_equal(strlen(faults.at[0].seen), 40);

    /* 60 decomposed letters are 180 bytes, and 120 after NFC. */
    for (int i = 0; i < 60; i++)
        memcpy(text + 3 * i, "e\xcc\x81", 3);
    text[180] = 0;
    snprintf(json, sizeof(json), "{'kind':'report','key':'k','category':'c','title':'%s'}", text);
    taken(json, &plain, 0);
    assert_int_equal(e.title.n, 120);

    memset(text, 'x', sizeof(text));
    text[8001] = 0;
    snprintf(json, sizeof(json), COMPLAINT "'body':'%s'}", text);
    refused(json, &plain, "E_LIMIT body");
    snprintf(json, sizeof(json), COMPLAINT "'address':'%.201s','landmark':'%.121s'}", text, text);
    refused(json, &plain, "E_LIMIT address, E_LIMIT landmark");
}

static void long_texts_of_an_emergency_are_kept(void **state)
{
    (void)state;
    char json[20000], text[9001];
    memset(text, 'x', sizeof(text));
    memcpy(text + 119, "\xc3\xa9", 2); /* lies across the limit */
    text[9000] = 0;
    snprintf(json, sizeof(json), EMERGENCY "'address':'%.300s','title':'%.200s','body':'%s'}",
             text + 200, text, text);
    taken(json, &plain, FLAG_OVER_LIMIT);
    assert_int_equal(e.title.n, 200);
    assert_int_equal(e.title_shown, 119);
    assert_int_equal(e.body.n, 9000);
    assert_int_equal(e.body_shown, 8000);
    assert_int_equal(e.address.n, 200);

    struct writer w;
    static uint8_t out[20000];
    writer_init(&w, out, sizeof(out));
    size_t map = writer_open_map(&w);
    writer_close_map(&w, map, event_pack(&w, &e, true));
    struct reader r = reader_over(out, w.n);
    json_t *shown = unpack_json(&r);
    assert_int_equal(json_string_length(json_object_get(shown, "title")), 119);
    assert_int_equal(json_string_length(json_object_get(shown, "body")), 8000);
    json_decref(shown);
}

/* An event with one text as given, byte for byte. */
static int decode_text(const char *kind, const char *field, struct slice text)
{
    struct writer w;
    writer_init(&w, buf, sizeof(buf));
    writer_map(&w, strcmp(field, "title") ? 5 : 4);
    writer_text(&w, "kind");
    writer_text(&w, kind);
    writer_text(&w, "key");
    writer_text(&w, "k");
    writer_text(&w, "category");
    writer_text(&w, "c");
    if (strcmp(field, "title")) {
        writer_text(&w, "title");
        writer_text(&w, "t");
    }
    writer_text(&w, field);
    writer_str(&w, text);
    assert_int_equal(w.err, 0);
    assert_int_equal(pack_scan(buf, w.n), PACK_FINE);
    return decode_bytes(buf, w.n, &plain);
}

static void broken_text_is_refused_or_repaired(void **state)
{
    (void)state;
    static const char *const texts[] = {"a\377b", "a\001b", "a\342\200\256b", "a\355\240\200b"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct slice text = slice_from(texts[i]);
        assert_int_equal(decode_text("complaint", "title", text), E_TEXT);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.at[0].field, "title");
        assert_int_equal(decode_text("complaint", "body", text), E_TEXT);
        assert_int_equal(decode_text("emergency", "title", text), V_DONE);
        assert_int_equal(e.flags, FLAG_TEXT_REPAIRED | FLAG_NO_PLACE);
        assert_true(slice_is(e.title, "a\357\277\275b"));
    }
    assert_int_equal(decode_text("report", "body", SLICE_LIT("a\nb\tc")), V_DONE);
    assert_int_equal(decode_text("report", "title", SLICE_LIT("a\nb")), E_TEXT);
    assert_int_equal(decode_text("report", "title", SLICE_LIT("\xef\xbb\xbfJalan")), V_DONE);
    assert_true(slice_is(e.title, "Jalan")); /* the mark in front is no text */
    assert_int_equal(decode_text("report", "title", SLICE_LIT("\xef\xbb\xbf")), E_FIELD);
}

/* --- place --- */

static void points_are_checked(void **state)
{
    (void)state;
    taken(COMPLAINT "'lat':-6.2382,'lon':106.9756}", &city, 0);
    taken(COMPLAINT "'lat':-6,'lon':107}", &city, FLAG_OUTSIDE_CITY);
    assert_int_equal(e.lat, -60000000);
    assert_int_equal(e.lon, 1070000000);
    taken(COMPLAINT "'lat':90,'lon':-180}", &plain, 0);
    assert_int_equal(e.lon, -1800000000);
    taken(COMPLAINT "'lat':0,'lon':107}", &plain, 0);

    refused(COMPLAINT "'lat':-6.2}", &city, "E_GEO lon");
    refused(COMPLAINT "'lon':107.0}", &city, "E_GEO lat");
    refused(COMPLAINT "'lat':0,'lon':0}", &city, "E_GEO lat");
    refused(COMPLAINT "'lat':0.00000001,'lon':-0.0}", &plain, "E_GEO lat");
    refused(COMPLAINT "'lat':90.1,'lon':0}", &city, "E_GEO lat");
    assert_int_equal(faults.at[0].limit, 90);
    refused(COMPLAINT "'lat':1,'lon':-180.00001}", &city, "E_GEO lon");
    refused(COMPLAINT "'lat':1e300,'lon':-1e300}", &plain, "E_GEO lat");

    /* Swapped: told with the guess, with a box and (only when beyond the pole) without. */
    refused(COMPLAINT "'lat':106.9756,'lon':-6.2382}", &city, "E_GEO lat");
    assert_string_equal(faults.at[0].seen, "lat -6.2382000, lon 106.9756000");
    assert_non_null(strstr(faults.at[0].hint_en, "swapped"));
    refused(COMPLAINT "'lat':106.9756,'lon':-6.2382}", &plain, "E_GEO lat");
    assert_string_equal(faults.at[0].seen, "lat -6.2382000, lon 106.9756000");
    /* Beyond the pole, but not in the city when exchanged: no guess. */
    refused(COMPLAINT "'lat':120,'lon':-6.2382}", &city, "E_GEO lat");
    assert_string_equal(faults.at[0].seen, "120");
}

static void swapped_is_found_where_both_could_be(void **state)
{
    (void)state;
    /* A made-up city where latitude and longitude are both small. */
    const struct event_rules small = {.now_us = NOW,
                                      .has_bounds = true,
                                      .south = 10000000,
                                      .north = 20000000,
                                      .west = 300000000,
                                      .east = 310000000};
    taken(COMPLAINT "'lat':1.5,'lon':30.5}", &small, 0);
    refused(COMPLAINT "'lat':30.5,'lon':1.5}", &small, "E_GEO lat");
    assert_string_equal(faults.at[0].seen, "lat 1.5000000, lon 30.5000000");
    taken(COMPLAINT "'lat':5,'lon':5}", &small, FLAG_OUTSIDE_CITY);
}

static void wrong_points_of_an_emergency_are_dropped(void **state)
{
    (void)state;
    static const char *const points[] = {"'lat':0,'lon':0",
                                         "'lat':-6.2",
                                         "'lat':106.9756,'lon':-6.2382",
                                         "'lat':91,'lon':0",
                                         "'lat':'-6.2','lon':'107'",
                                         "'lat':-6.2,'lon':null"};
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        char json[256];
        snprintf(json, sizeof(json), EMERGENCY "%s}", points[i]);
        taken(json, &city, FLAG_NO_POINT | FLAG_NO_PLACE);
        assert_false(e.has_point);
        snprintf(json, sizeof(json), EMERGENCY "'kelurahan':'jatiasih',%s}", points[i]);
        taken(json, &city, FLAG_NO_POINT);
    }
    taken(EMERGENCY "'lat':-6,'lon':107}", &city, FLAG_OUTSIDE_CITY);
}

/* --- time --- */

static void times_are_judged(void **state)
{
    (void)state;
    taken(COMPLAINT "'occurred_at':'2026-11-24T03:05:00Z'}", &plain, 0);
    refused(COMPLAINT "'occurred_at':'2026-11-24T03:05:00.000001Z'}", &plain,
            "E_TIME_FUTURE occurred_at");
    assert_string_equal(faults.at[0].seen, "2026-11-24T03:05:00.000001Z");
    taken(COMPLAINT "'occurred_at':'2026-10-25T03:00:00Z'}", &plain, 0);
    refused(COMPLAINT "'occurred_at':'2026-10-25T02:59:59Z'}", &plain, "E_TIME_STALE occurred_at");
    assert_true(e.occurred_at != 0); /* kept for whoever looks for a repeat */
    refused(COMPLAINT "'occurred_at':'1970-01-01T00:00:00Z'}", &plain, "E_TIME_STALE occurred_at");
    taken(COMPLAINT "'occurred_at':'2026-10-25T02:59:59Z'}", &importer, FLAG_LATE);
    refused(COMPLAINT "'occurred_at':'2027-10-25T02:59:59Z'}", &importer,
            "E_TIME_FUTURE occurred_at");

    taken(EMERGENCY "'address':'a','occurred_at':'2027-01-01T00:00:00Z'}", &plain, FLAG_CLOCK_SKEW);
    assert_true(e.occurred_at > NOW);
    taken(EMERGENCY "'address':'a','occurred_at':'2026-01-01T00:00:00Z'}", &plain, FLAG_LATE);
    taken(EMERGENCY "'address':'a','occurred_at':'kemarin'}", &plain, FLAG_FIELD_DROPPED);
    assert_true(e.occurred_at == 0);

    taken(COMPLAINT "'occurred_at':'2026-11-24T02:00:00Z'}", &hour, 0);
    taken(COMPLAINT "'occurred_at':'2026-11-24T01:59:59Z'}", &hour, FLAG_LATE);
    taken(COMPLAINT "'sent_at':'2026-11-24T02:55:00Z'}", &plain, 0);
    taken(COMPLAINT "'sent_at':'2026-11-24T02:54:59Z'}", &plain, FLAG_CLOCK_SKEW);
    taken(COMPLAINT "'sent_at':'2026-11-24T03:05:01Z'}", &plain, FLAG_CLOCK_SKEW);
}

/* What waited for a line on a machine whose clock is wrong: the message tells by how much. */
static void times_of_a_clock_that_is_off(void **state)
{
    (void)state;
    struct event_rules fast = hour, slow = hour, right = hour, mad = hour;
    fast.sent_us = NOW + 20 * STAMP_MINUTE;
    slow.sent_us = NOW - 2 * 60 * STAMP_MINUTE;
    right.sent_us = NOW + 1;
    mad.sent_us = NOW + 2 * STAMP_DAY;
    taken(COMPLAINT "'occurred_at':'2026-11-24T03:20:00Z'}", &fast, FLAG_CLOCK_SKEW);
    taken(COMPLAINT "'occurred_at':'2026-11-24T03:25:00Z'}", &fast, FLAG_CLOCK_SKEW);
    refused(COMPLAINT "'occurred_at':'2026-11-24T03:25:01Z'}", &fast, "E_TIME_FUTURE occurred_at");
    refused(COMPLAINT "'occurred_at':'2026-11-24T03:05:01Z'}", &right, "E_TIME_FUTURE occurred_at");
    refused(COMPLAINT "'occurred_at':'2026-11-26T03:00:00Z'}", &mad, "E_TIME_FUTURE occurred_at");
    refused(COMPLAINT "'occurred_at':'2026-11-24T03:05:01Z'}", &slow, "E_TIME_FUTURE occurred_at");

    /* queued while it was fast, sent when somebody had put it right */
    taken(COMPLAINT "'sent_at':'2026-11-24T03:20:00Z','occurred_at':'2026-11-24T03:20:00Z'}",
          &right, FLAG_CLOCK_SKEW);
    refused(COMPLAINT "'sent_at':'2026-11-24T03:20:00Z','occurred_at':'2026-11-24T03:25:01Z'}",
            &right, "E_TIME_FUTURE occurred_at");
    refused(COMPLAINT "'sent_at':'2026-11-26T03:00:00Z','occurred_at':'2026-11-26T03:00:00Z'}",
            &right, "E_TIME_FUTURE occurred_at");

    taken(COMPLAINT "'occurred_at':'2026-11-24T02:20:00Z'}", &fast, FLAG_CLOCK_SKEW);
    taken(COMPLAINT "'occurred_at':'2026-11-24T02:19:59Z'}", &fast, FLAG_CLOCK_SKEW | FLAG_LATE);
    taken(COMPLAINT "'occurred_at':'2026-11-24T01:00:00Z'}", &slow, FLAG_CLOCK_SKEW);
    taken(COMPLAINT "'sent_at':'2026-11-24T02:54:00Z'}", &right, 0); /* it waited */
    taken(COMPLAINT "'sent_at':'2026-11-24T01:59:00Z'}", &right, FLAG_LATE);
    taken(COMPLAINT "'sent_at':'2026-11-24T03:06:00Z'}", &right, FLAG_CLOCK_SKEW);
    taken(COMPLAINT "'sent_at':'2026-11-23T21:20:00Z'}", &fast, FLAG_CLOCK_SKEW | FLAG_LATE);
    taken(COMPLAINT "'body':'b'}", &fast, FLAG_CLOCK_SKEW);
}

/* --- emergencies --- */

static void an_emergency_is_bent(void **state)
{
    (void)state;
    taken(EMERGENCY "'address':'a','severity':'huge','channel':7,'category':'Api!',"
                    "'subkind':'daily','mode':[],'people_harmed':-4,'language':'jv','state':'"
                    "closed','title':9}",
          &plain, FLAG_FIELD_DROPPED);
    assert_int_equal(e.severity, SEVERITY_UNKNOWN);
    assert_int_equal(e.channel, 0);
    assert_int_equal(e.category.n, 0);
    assert_int_equal(e.subkind, SUBKIND_CALL);
    assert_int_equal(e.mode, MODE_ACTUAL);
    assert_int_equal(e.people_harmed, EVENT_PEOPLE_UNKNOWN);
    assert_int_equal(e.language, LANGUAGE_ID);
    assert_int_equal(e.title.n, 0);
}

static void what_an_emergency_cannot_bend(void **state)
{
    (void)state;
    refused("{'kind':'emergency','severity':'huge'}", &plain, "E_FIELD key");
    refused("{'kind':'emergency','key':'a b','seq':1}", &plain, "E_FIELD key");
    refused("{'kind':'emergency','key':7}", &plain, "E_FIELD key");
    char json[256];
    snprintf(json, sizeof(json), "{'kind':'emergency','key':'%065d'}", 7);
    refused(json, &plain, "E_FIELD key");
    assert_int_equal(faults.at[0].limit, 64);
    refused(EMERGENCY "'v':2,'lat':0}", &plain, "E_VERSION v");
    refused(EMERGENCY "'source':'A B'}", &plain, "E_SOURCE source");
    refused("{'key':'k','severity':'huge'}", &plain, "E_FIELD kind, E_FIELD severity");
}

static void what_is_no_map_is_refused(void **state)
{
    (void)state;
    refused("[1,2]", &plain, "E_FIELD events");
    refused("'text'", &plain, "E_FIELD events");
    refused("null", &plain, "E_FIELD events");
    refused("7", &plain, "E_FIELD events");

    /* Bytes that were never scanned: refused, and the reader says so. */
    struct reader r = reader_over("\x83\xa1k", 3);
    assert_int_equal(event_decode(&r, &plain, &arena, &e, &faults), E_PARSE);
    assert_int_equal(r.err, 1);
}

static void the_reader_ends_after_the_map(void **state)
{
    (void)state;
    static const char *const lists[] = {"[" EMERGENCY "'v':1}," COMPLAINT "'v':1}]",
                                        "[{'kind':'x'}," COMPLAINT "'v':1}]",
                                        "[7," COMPLAINT "'v':1}]", "[{}," COMPLAINT "'v':1}]"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct reader r = reader_over(buf, pack_json_text(lists[i], buf, sizeof(buf)));
        arena_reset(&arena);
        assert_int_equal(reader_array(&r), 2);
        event_decode(&r, &plain, &arena, &e, &faults);
        assert_int_equal(event_decode(&r, &plain, &arena, &e, &faults), V_DONE);
        assert_int_equal(e.kind, KIND_COMPLAINT);
        assert_ptr_equal(r.p, r.end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_has_limits_in_nfc),
        cmocka_unit_test(long_texts_of_an_emergency_are_kept),
        cmocka_unit_test(broken_text_is_refused_or_repaired),
        cmocka_unit_test(points_are_checked),
        cmocka_unit_test(swapped_is_found_where_both_could_be),
        cmocka_unit_test(wrong_points_of_an_emergency_are_dropped),
        cmocka_unit_test(times_are_judged),
        cmocka_unit_test(times_of_a_clock_that_is_off),
        cmocka_unit_test(an_emergency_is_bent),
        cmocka_unit_test(what_an_emergency_cannot_bend),
        cmocka_unit_test(what_is_no_map_is_refused),
        cmocka_unit_test(the_reader_ends_after_the_map),
    };
    return cmocka_run_group_tests(tests, NULL, drop_arena);
}
