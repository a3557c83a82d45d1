/* event: each field judged, each refusal named, emergencies bent, and one content for one event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/event.h"
#include "proto/stamp.h"
#include "pack_json.h"

#define NOW 1795489200000000ll /* 2026-11-24T03:00:00Z */
#define NOW_TEXT "2026-11-24T10:00:00+07:00"

/* The box of Kota Bekasi, roughly. */
#define BEKASI                                                                      \
    .has_bounds = true, .south = -64000000, .north = -61500000, .west = 1068700000, \
    .east = 1070900000

static const struct event_rules plain = {.now_us = NOW};
static const struct event_rules known = {.now_us = NOW, .registered = true};
static const struct event_rules city = {.now_us = NOW, BEKASI};
static const struct event_rules importer = {.now_us = NOW, .importer = true};
static const struct event_rules hour = {.now_us = NOW, .late_after_us = 3600 * STAMP_SECOND};

#define EMERGENCY "{'kind':'emergency','key':'k1',"
#define COMPLAINT "{'kind':'complaint','key':'k1','category':'jalan.rusak','title':'Jalan rusak',"
#define REPORT "{'kind':'report','key':'k1','category':'banjir','title':'Air naik',"

static uint8_t buf[PACK_MAX_BYTES * 2];
static struct arena arena;
static struct event e;
static struct faults faults;

static int decode_bytes(const void *bytes, size_t n, const struct event_rules *rules)
{
    /* A copy of exact size, so that a sanitizer sees one byte too many. */
    static void *copy;
    free(copy);
    copy = malloc(n);
    memcpy(copy, bytes, n);
    arena_reset(&arena);
    memset(&e, 0xA5, sizeof(e));
    struct reader r = reader_over(copy, n);
    int v = event_decode(&r, rules, &arena, &e, &faults);
    assert_int_equal(r.err, 0);
    assert_ptr_equal(r.p, r.end);
    assert_int_equal(v == V_DONE, faults.count == 0);
    assert_int_equal(v, faults_worst(&faults));
    return v;
}

static int decode(const char *json, const struct event_rules *rules)
{
    return decode_bytes(buf, pack_json_text(json, buf, sizeof(buf)), rules);
}

/* Decodes and expects exactly these faults: "E_FIELD key, E_LIMIT title". */
static void refused(const char *json, const struct event_rules *rules, const char *want)
{
    decode(json, rules);
    char got[2048] = "";
    size_t n = 0;
    for (uint32_t i = 0; i < faults.count && i < FAULTS_MAX; i++) {
        const struct fault *f = &faults.at[i];
        n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%s %s", i ? ", " : "",
                              verdict_name(f->verdict), f->field);
    }
    if (strcmp(got, want) != 0)
        fail_msg("%s\n    gives [%s]\n    not   [%s]", json, got, want);
}

/* Decodes and expects no fault and exactly these flags. */
static void taken(const char *json, const struct event_rules *rules, uint32_t flags)
{
    int v = decode(json, rules);
    if (v != V_DONE)
        fail_msg("%s\n    gives %s %s", json, verdict_name(v), faults.at[0].field);
    if (e.flags != flags)
        fail_msg("%s\n    has flags %x, not %x", json, e.flags, flags);
}

/* --- good events --- */

static void an_emergency_needs_kind_and_key(void **state)
{
    (void)state;
    taken("{'kind':'emergency','key':'k1'}", &plain, FLAG_NO_PLACE);
    assert_int_equal(e.kind, KIND_EMERGENCY);
    assert_int_equal(e.subkind, SUBKIND_CALL);
    assert_int_equal(e.call_class, CALL_CLASS_REAL);
    assert_int_equal(e.mode, MODE_ACTUAL);
    assert_int_equal(e.severity, SEVERITY_UNKNOWN);
    assert_int_equal(e.visibility, VISIBILITY_OPEN);
    assert_int_equal(e.language, LANGUAGE_ID);
    assert_int_equal(e.channel, 0);
    assert_int_equal(e.urgency, 0);
    assert_int_equal(e.people_harmed, EVENT_PEOPLE_UNKNOWN);
    assert_false(e.has_point);
    assert_true(e.occurred_at == 0);

    taken("{'kind':'emergency','key':'k1','kelurahan':'jatiasih'}", &plain, 0);
    taken("{'kind':'emergency','key':'k1','address':'Jl. Raya 1'}", &plain, 0);
    taken("{'kind':'emergency','key':'k1','landmark':'dekat pasar'}", &plain, FLAG_NO_PLACE);
    taken("{'kind':'emergency','key':'k1','lat':-6.2,'lon':107}", &plain, 0);
}

static void the_others_need_title_and_category(void **state)
{
    (void)state;
    taken(COMPLAINT "'v':1}", &plain, 0);
    assert_int_equal(e.subkind, SUBKIND_COMPLAINT);
    assert_int_equal(e.severity, SEVERITY_MINOR);
    taken(REPORT "'v':1}", &plain, 0);
    assert_int_equal(e.subkind, SUBKIND_SITUATION);
    refused("{'kind':'complaint','key':'k1'}", &plain, "E_FIELD category, E_FIELD title");
    refused("{'kind':'report','key':'k1','title':null,'category':'x'}", &plain, "E_FIELD title");
    refused("{'kind':'report','key':'k1','title':'','category':'banjir'}", &plain, "E_FIELD title");
    refused("{}", &plain, "E_FIELD key, E_FIELD kind");
    refused("{'kind':'flood','key':'k1','title':'x'}", &plain, "E_FIELD kind");
}

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define EVERYTHING                                                                             \
    "{'v':1,'source':'lapangan-07','key':'A.b_c:d-9','kind':'report','subkind':'progress',"    \
    "'call_class':'real','mode':'exercise','channel':'field','category':'banjir',"             \
    "'severity':'severe','urgency':'immediate','certainty':'very likely','title':'Air 40 cm'," \
    "'body':'Baris satu\\nbaris dua','occurred_at':'2026-11-24T09:30:00+07:00',"               \
    "'sent_at':'" NOW_TEXT                                                                     \
    "','lat':-6.2382699,'lon':106.9755999,'accuracy_m':12,'kelurahan':'jatiasih',"             \
    "'kecamatan':'jatiasih','address':'Jl. Wibawa Mukti 1','landmark':'masjid',"               \
    "'people_harmed':0,'people_at_risk':65534,'visibility':'secret','language':'su',"          \
    "'attach':[{'sha256':'" SHA "','type':'image/jpeg','size':10485760,'name':'a.jpg'},"       \
    "{'sha256':'" SHA "','type':'text/plain','size':0}],"                                      \
    "'refs':[{'type':'parent','id':'E-261124-0042-K'},{'type':'cap','id':'bmkg,1,2'}],"        \
    "'tags':['pompa','malam'],'extra':{'zona':'b','air_cm':'40'}}"

static void every_field_arrives(void **state)
{
    (void)state;
    taken(EVERYTHING, &city, 0);
    assert_true(slice_is(e.source, "lapangan-07"));
    assert_true(slice_is(e.key, "A.b_c:d-9"));
    assert_int_equal(e.kind, KIND_REPORT);
    assert_int_equal(e.subkind, SUBKIND_PROGRESS);
    assert_int_equal(e.call_class, CALL_CLASS_REAL);
    assert_int_equal(e.mode, MODE_EXERCISE);
    assert_int_equal(e.channel, CHANNEL_FIELD);
    assert_true(slice_is(e.category, "banjir"));
    assert_int_equal(e.severity, SEVERITY_SEVERE);
    assert_int_equal(e.urgency, URGENCY_IMMEDIATE);
    assert_int_equal(e.certainty, CERTAINTY_LIKELY);
    assert_true(slice_is(e.title, "Air 40 cm"));
    assert_int_equal(e.title_shown, e.title.n);
    assert_true(slice_is(e.body, "Baris satu\nbaris dua"));
    assert_int_equal(e.body_shown, e.body.n);
    assert_true(e.occurred_at == NOW - 1800 * STAMP_SECOND);
    assert_true(e.sent_at == NOW);
    assert_true(e.has_point);
    assert_int_equal(e.lat, -62382699);
    assert_int_equal(e.lon, 1069755999);
    assert_int_equal(e.accuracy_m, 12);
    assert_true(slice_is(e.kelurahan, "jatiasih"));
    assert_true(slice_is(e.kecamatan, "jatiasih"));
    assert_true(slice_is(e.address, "Jl. Wibawa Mukti 1"));
    assert_true(slice_is(e.landmark, "masjid"));
    assert_int_equal(e.people_harmed, 0);
    assert_int_equal(e.people_at_risk, 65534);
    assert_int_equal(e.visibility, VISIBILITY_SECRET);
    assert_int_equal(e.language, LANGUAGE_SU);
    assert_int_equal(e.attach_n, 2);
    assert_true(slice_is(e.attach[0].sha256, SHA));
    assert_true(slice_is(e.attach[0].type, "image/jpeg"));
    assert_true(slice_is(e.attach[0].name, "a.jpg"));
    assert_int_equal(e.attach[0].size_bytes, 10485760);
    assert_int_equal(e.attach[1].name.n, 0);
    assert_int_equal(e.refs_n, 2);
    assert_int_equal(e.refs[0].type, REF_PARENT);
    assert_true(slice_is(e.refs[0].id, "E-261124-0042-K"));
    assert_int_equal(e.refs[1].type, REF_CAP);
    assert_int_equal(e.tags_n, 2);
    assert_true(slice_is(e.tags[1], "malam"));
    assert_int_equal(e.extra_n, 2); /* by name */
    assert_true(slice_is(e.extra[0].name, "air_cm") && slice_is(e.extra[0].value, "40"));
    assert_true(slice_is(e.extra[1].name, "zona") && slice_is(e.extra[1].value, "b"));
}

static void nil_is_absent(void **state)
{
    (void)state;
    taken(COMPLAINT "'v':null,'seq':null,'nik':null,'lat':null,'tags':null,'strange':null,"
                    "'extra':{'a':null},'severity':null,'occurred_at':null}",
          &plain, 0);
    assert_int_equal(e.extra_n, 0);
    assert_int_equal(e.severity, SEVERITY_MINOR);
    refused("{'key':null,'kind':null}", &plain, "E_FIELD key, E_FIELD kind");
}

/* --- refusals --- */

static void wrong_values_are_named(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"'severity':'huge'", "E_FIELD severity"},
        {"'severity':'Severe'", "E_FIELD severity"},
        {"'severity':3", "E_FIELD severity"},
        {"'severity':''", "E_FIELD severity"},
        {"'channel':112", "E_FIELD channel"},
        {"'language':['id']", "E_FIELD language"},
        {"'subkind':'situation'", "E_FIELD subkind"},
        {"'body':5", "E_FIELD body"},
        {"'address':true", "E_FIELD address"},
        {"'kelurahan':'Jati Asih'", "E_FIELD kelurahan"},
        {"'kecamatan':{}", "E_FIELD kecamatan"},
        {"'people_harmed':65535", "E_FIELD people_harmed"},
        {"'people_harmed':-1", "E_FIELD people_harmed"},
        {"'people_harmed':1.5", "E_FIELD people_harmed"},
        {"'people_at_risk':'3'", "E_FIELD people_at_risk"},
        {"'accuracy_m':4294967296", "E_FIELD accuracy_m"},
        {"'occurred_at':1795489200", "E_FIELD occurred_at"},
        {"'occurred_at':'24-11-2026'", "E_FIELD occurred_at"},
        {"'occurred_at':'2026-11-24T03:00:00'", "E_FIELD occurred_at"},
        {"'sent_at':'now'", "E_FIELD sent_at"},
        {"'source':'Lapangan 7'", "E_SOURCE source"},
        {"'source':7", "E_SOURCE source"},
        {"'v':2", "E_VERSION v"},
        {"'v':0", "E_VERSION v"},
        {"'v':'1'", "E_VERSION v"},
        {"'lat':'-6.2','lon':'107'", "E_FIELD lat, E_FIELD lon"},
        {"'tags':'a'", "E_FIELD tags"},
        {"'tags':[1]", "E_FIELD tags"},
        {"'tags':['ok','']", "E_FIELD tags"},
        {"'tags':['1234567890123456789012345']", "E_LIMIT tags"},
        {"'refs':{}", "E_FIELD refs"},
        {"'refs':['E-1']", "E_FIELD refs"},
        {"'refs':[{'type':'parent'}]", "E_FIELD refs"},
        {"'refs':[{'id':'x'}]", "E_FIELD refs"},
        {"'refs':[{'type':'child','id':7}]", "E_FIELD refs, E_FIELD refs"},
        {"'refs':[{'type':'cap','id':'x','more':1}]", "E_FIELD refs"},
        {"'attach':[{}]", "E_FIELD attach, E_FIELD attach, E_FIELD attach"},
        {"'attach':[{'sha256':'" SHA "','type':'a/b','size':10485761}]", "E_FIELD attach"},
        {"'attach':[{'sha256':'" SHA "','type':'a/b','size':-1}]", "E_FIELD attach"},
        {"'attach':[{'sha256':'abc','type':'a/b','size':1}]", "E_FIELD attach"},
        {"'extra':[]", "E_FIELD extra"},
        {"'extra':{'a':[1]}", "E_FIELD extra"},
        {"'extra':{'a':true}", "E_FIELD extra"},
        {"'extra':{'':'x'}", "E_FIELD extra"},
        {"'extra':{'nik':'3275'}", "E_FIELD extra"},
        {"'extra':{'Phone':'0812'}", "E_FIELD extra"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char json[512];
        snprintf(json, sizeof(json), COMPLAINT "%s}", rows[i][0]);
        refused(json, &plain, rows[i][1]);
    }
}

/* Of what is missing in an item the place is shown, of a pair of extra its name. */
static void a_fault_in_a_list_is_placed(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"'refs':[{'type':'cap','id':'x'},{'type':'cap'}]", "[1].id"},
        {"'attach':[{'sha256':'" SHA "','type':'a/b'}]", "[0].size"},
        {"'tags':['a','b','']", "[2]"},
        {"'tags':[7]", "7"},
        {"'refs':[{'type':'child','id':'x'}]", "child"},
        {"'refs':[{'type':'cap','id':'x','more':1}]", "more"},
        {"'extra':{'nik':'3275012345678901'}", "nik"},
        {"'extra':{'a':[1]}", "a"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char json[512];
        snprintf(json, sizeof(json), COMPLAINT "%s}", rows[i][0]);
        decode(json, &plain);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.at[0].seen, rows[i][1]);
    }
}

static void every_fault_is_told(void **state)
{
    (void)state;
    refused("{'v':9,'key':'no spaces','kind':'report','severity':'x','lat':1,'nik':'1','seq':4,"
            "'zzz':1,'occurred_at':'2027-01-01T00:00:00Z'}",
            &plain,
            "E_VERSION v, E_FIELD key, E_FIELD severity, E_FIELD seq, E_FIELD nik, E_FIELD zzz, "
            "E_FIELD category, E_FIELD title, E_TIME_FUTURE occurred_at, E_GEO lon");
    for (uint32_t i = 0; i < faults.count; i++) {
        const struct fault *f = &faults.at[i];
        assert_int_equal(f->hint_id == NULL, f->hint_en == NULL);
    }
}

static void what_siagad_sets_is_not_taken(void **state)
{
    (void)state;
    static const char *const names[] = {"seq",     "ticket",      "received_at", "owner",
                                        "helpers", "state",       "version",     "ack_due",
                                        "clock",   "resolve_due", "outcome",     "flags"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char json[256], want[64];
        snprintf(json, sizeof(json), COMPLAINT "'%s':'x'}", names[i]);
        snprintf(want, sizeof(want), "E_FIELD %s", names[i]);
        refused(json, &known, want);
        assert_non_null(strstr(faults.at[0].hint_en, "siagad"));
    }
}

static void persons_are_refused_and_not_repeated(void **state)
{
    (void)state;
    static const char *const names[] = {"person", "name", "phone", "mail", "nik", "NIK", "Phone"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char json[256], want[64];
        snprintf(json, sizeof(json), COMPLAINT "'%s':'Siti 0812'}", names[i]);
        snprintf(want, sizeof(want), "E_FIELD %s", names[i]);
        refused(json, &known, want);
        assert_string_equal(faults.at[0].seen, "");
        assert_non_null(strstr(faults.at[0].hint_en, "personal"));
        snprintf(json, sizeof(json), EMERGENCY "'kelurahan':'a','%s':'Siti 0812'}", names[i]);
        taken(json, &known, FLAG_FIELD_DROPPED);
        assert_int_equal(e.extra_n, 0);
    }
}

static void unknown_fields_go_to_extra_or_away(void **state)
{
    (void)state;
    refused(COMPLAINT "'cuaca':'hujan'}", &plain, "E_FIELD cuaca");
    assert_string_equal(faults.at[0].seen, ""); /* it may be a person's */
    taken(COMPLAINT "'cuaca':'hujan','suhu':-3,'air':1.5,'n':18446744073,'extra':{'a':'b'}}",
          &known, 0);
    static const char *const want[][2] = {
        {"a", "b"}, {"air", "1.5"}, {"cuaca", "hujan"}, {"n", "18446744073"}, {"suhu", "-3"}};
    assert_int_equal(e.extra_n, 5);
    for (int i = 0; i < 5; i++) {
        assert_true(slice_is(e.extra[i].name, want[i][0]));
        assert_true(slice_is(e.extra[i].value, want[i][1]));
    }
    refused(COMPLAINT "'x':true,'y':[1],'z':{}}", &known, "E_FIELD x, E_FIELD y, E_FIELD z");
    refused(COMPLAINT "'a':'1','extra':{'a':'2'}}", &known, "E_FIELD a");
    taken(EMERGENCY "'address':'a','cuaca':'hujan'}", &plain, FLAG_FIELD_DROPPED);
}

/* JSON with n times the same item, # standing for its number. */
static const char *many(const char *head, const char *item, int n, const char *tail)
{
    static char text[16384];
    assert_true(strlen(head) + (strlen(item) + 16) * (size_t)n + strlen(tail) < sizeof(text));
    char *p = text + sprintf(text, "%s", head);
    for (int i = 0; i < n; i++) {
        *p = 0;
        if (i)
            *p++ = ',';
        for (const char *c = item; *c; c++) {
            if (*c == '#')
                p += sprintf(p, "%d", i);
            else
                *p++ = *c;
        }
    }
    strcpy(p, tail);
    return text;
}

static void check_many(const char *head, const char *item, int n, const char *tail,
                       const struct event_rules *rules, const char *want)
{
    refused(many(head, item, n, tail), rules, want);
}

static void lists_have_limits(void **state)
{
    (void)state;
    check_many(COMPLAINT "'tags':[", "'t#'", 16, "]}", &plain, "");
    assert_int_equal(e.tags_n, 16);
    check_many(COMPLAINT "'tags':[", "'t#'", 17, "]}", &plain, "E_LIMIT tags");
    assert_int_equal(faults.at[0].limit, 16);
    check_many(COMPLAINT "'refs':[", "{'type':'lapor','id':'#'}", 16, "]}", &plain, "");
    check_many(COMPLAINT "'refs':[", "{'type':'lapor','id':'#'}", 17, "]}", &plain, "E_LIMIT refs");
    check_many(COMPLAINT "'attach':[", "{'sha256':'" SHA "','type':'a/b','size':#}", 8, "]}",
               &plain, "");
    check_many(COMPLAINT "'attach':[", "{'sha256':'" SHA "','type':'a/b','size':#}", 9, "]}",
               &plain, "E_LIMIT attach");
    check_many(COMPLAINT "'extra':{", "'n#':'v'", 32, "}}", &plain, "");
    check_many(COMPLAINT "'extra':{", "'n#':'v'", 33, "}}", &plain, "E_LIMIT extra");
    check_many(COMPLAINT "'extra':{", "'n#':'v'", 200, "}}", &plain, "E_LIMIT extra");
    check_many(COMPLAINT "'x':'1',", "'n#':'v'", 32, "}", &known, "E_LIMIT extra");

    /* More faults than there is room for are counted. */
    decode(many(COMPLAINT, "'n#':'v'", 100, "}"), &plain);
    assert_int_equal(faults.count, 100);
    assert_string_equal(faults.at[FAULTS_MAX - 1].field, "n31");
}

static void lists_have_limits_in_an_emergency(void **state)
{
    (void)state;
    taken(many(EMERGENCY "'address':'a','tags':[", "'t#'", 20, ",5]}"), &plain, FLAG_FIELD_DROPPED);
    assert_int_equal(e.tags_n, 16);
    taken(EMERGENCY "'address':'a','tags':['a',5,'','b'],'refs':[{'type':'x','id':'1'},"
                    "{'type':'cap','id':'1'}],'attach':[{}],'extra':{'a':[],'b':'c'}}",
          &plain, FLAG_FIELD_DROPPED | FLAG_REF_DROPPED);
    assert_int_equal(e.tags_n, 2);
    assert_true(slice_is(e.tags[1], "b"));
    assert_int_equal(e.refs_n, 1);
    assert_int_equal(e.refs[0].type, REF_CAP);
    assert_int_equal(e.attach_n, 0);
    assert_int_equal(e.extra_n, 1);
}

static void extra_has_two_kibibytes(void **state)
{
    (void)state;
    char json[4096], value[2100];
    memset(value, 'x', sizeof(value));
    snprintf(json, sizeof(json), COMPLAINT "'extra':{'n':'%.2047s'}}", value);
    refused(json, &plain, "");
    snprintf(json, sizeof(json), COMPLAINT "'extra':{'n':'%.2048s'}}", value);
    refused(json, &plain, "E_LIMIT extra");
    assert_int_equal(faults.at[0].limit, 2048);
}

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

/* --- packing and content --- */

struct collect {
    uint8_t bytes[20000];
    size_t n;
};

static void collect(void *state, const void *bytes, size_t n)
{
    struct collect *c = state;
    assert_true(c->n + n <= sizeof(c->bytes));
    memcpy(c->bytes + c->n, bytes, n);
    c->n += n;
}

static struct collect content_of(const char *json, const struct event_rules *rules)
{
    struct collect c = {.n = 0};
    assert_int_equal(decode(json, rules), V_DONE);
    event_content(&e, collect, &c);
    return c;
}

static bool same_content(const char *a, const char *b)
{
    struct collect x = content_of(a, &known), y = content_of(b, &known);
    return x.n == y.n && memcmp(x.bytes, y.bytes, x.n) == 0;
}

static void packed_events_come_back_the_same(void **state)
{
    (void)state;
    struct collect before = content_of(EVERYTHING, &city), after = {.n = 0};
    static uint8_t out[20000];
    struct writer w;
    writer_init(&w, out, sizeof(out));
    size_t map = writer_open_map(&w);
    uint32_t pairs = event_pack(&w, &e, true);
    writer_close_map(&w, map, pairs);
    assert_int_equal(w.err, 0);
    assert_int_equal(pairs, 30); /* every field a client sets but v */
    assert_int_equal(pack_scan(out, w.n), PACK_FINE);

    /* Canonical order: that of fields.def. */
    static const char *const order[] = {
#define FIELD(NAME, name, ...) name,
#include "proto/fields.def"
    };
    struct reader r = reader_over(out, w.n);
    reader_map(&r);
    for (uint32_t i = 0; i < pairs; i++) {
        assert_true(slice_is(reader_str(&r), order[i + 1]));
        reader_skip(&r);
    }

    assert_int_equal(decode_bytes(out, w.n, &city), V_DONE);
    assert_int_equal(e.flags, 0);
    event_content(&e, collect, &after);
    assert_int_equal(before.n, after.n);
    assert_memory_equal(before.bytes, after.bytes, before.n);
    assert_true(slice_is(e.source, "lapangan-07"));
    assert_true(e.sent_at == NOW);

    assert_int_equal(decode(EVERYTHING, &city), V_DONE);
    writer_init(&w, out, sizeof(out));
    assert_int_equal(event_pack(&w, &e, false), 26);
}

static void content_is_what_was_said(void **state)
{
    (void)state;
    const char *base = COMPLAINT "'body':'b','tags':['x','y']}";
    /* What makes no difference. */
    assert_true(same_content(base, COMPLAINT "'tags':['x','y'],'body':'b'}"));
    assert_true(same_content(base, COMPLAINT "'body':'b','tags':['x','y'],'v':1}"));
    assert_true(same_content(base, COMPLAINT "'body':'b','tags':['x','y'],'source':'s'}"));
    assert_true(
        same_content(base, COMPLAINT "'body':'b','tags':['x','y'],'sent_at':'" NOW_TEXT "'}"));
    assert_true(same_content(
        base, "{'kind':'complaint','key':'other','category':'jalan.rusak','title':'Jalan rusak',"
              "'body':'b','tags':['x','y'],'mode':'actual','severity':'minor'}"));
    assert_true(same_content(COMPLAINT "'extra':{'a':'1','b':'2'}}", COMPLAINT "'b':2,'a':1}"));
    assert_true(same_content(COMPLAINT "'body':'e\xcc\x81'}", COMPLAINT "'body':'\xc3\xa9'}"));
    assert_true(same_content(COMPLAINT "'occurred_at':'2026-11-24T03:00:00Z'}",
                             COMPLAINT "'occurred_at':'2026-11-24T10:00:00+07:00'}"));
    /* What does. */
    static const char *const others[] = {
        COMPLAINT "'body':'b','tags':['y','x']}",
        COMPLAINT "'body':'b','tags':['x']}",
        COMPLAINT "'body':'b','tags':['xy']}",
        COMPLAINT "'body':'bx','tags':['y']}",
        COMPLAINT "'body':'b','tags':['x','y'],'people_harmed':0}",
        COMPLAINT "'body':'b','tags':['x','y'],'lat':1,'lon':2}",
        COMPLAINT "'body':'b','tags':['x','y'],'severity':'severe'}",
        COMPLAINT "'body':'b','tags':['x','y'],'address':'b'}",
        COMPLAINT "'body':'b','tags':['x','y'],'extra':{'a':'b'}}"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(same_content(base, others[i]));
        for (size_t k = 0; k < i; k++)
            assert_false(same_content(others[k], others[i]));
    }
}

static void content_does_not_hang_on_flags_or_limits(void **state)
{
    (void)state;
    static char a[20000], b[20000], text[9001];
    memset(text, 'x', sizeof(text));
    text[9000] = 0;
    snprintf(a, sizeof(a), EMERGENCY "'body':'%s1'}", text);
    snprintf(b, sizeof(b), EMERGENCY "'body':'%s2'}", text);
    assert_false(same_content(a, b)); /* though what is shown is the same */
    struct collect early = content_of(COMPLAINT "'occurred_at':'2026-11-24T01:00:00Z'}", &plain);
    struct collect late = content_of(COMPLAINT "'occurred_at':'2026-11-24T01:00:00Z'}", &hour);
    assert_int_equal(e.flags, FLAG_LATE);
    assert_int_equal(early.n, late.n);
    assert_memory_equal(early.bytes, late.bytes, early.n);
}

/* The digest is kept for 400 days: these bytes may only change with a very good reason. */
static void content_bytes_are_these(void **state)
{
    (void)state;
    struct collect c = content_of(COMPLAINT "'lat':-6.5,'lon':107.5}", &plain);
    static const char want[] =
        "\244kind\251complaint\247subkind\251complaint\252call_class\244real\244mode\246actual"
        "\250category\253jalan.rusak\250severity\245minor\245title\253Jalan rusak"
        "\243lat\313\300\032\0\0\0\0\0\0\243lon\313\100\132\340\0\0\0\0\0"
        "\252visibility\244open\250language\242id";
    assert_int_equal(c.n, sizeof(want) - 1);
    assert_memory_equal(c.bytes, want, c.n);
}

/* --- hostile --- */

/* Damaged messages: whatever passes the scan is judged without a fault of memory. */
static void damage_is_survived(void **state)
{
    (void)state;
    static uint8_t whole[4096], copy[4096];
    size_t n = pack_json_text(EVERYTHING, whole, sizeof(whole));
    unsigned seed = 11, passed = 0;
    for (int round = 0; round < 60000; round++) {
        memcpy(copy, whole, n);
        for (int hits = 1 + rand_r(&seed) % 3; hits > 0; hits--)
            copy[(size_t)rand_r(&seed) % n] = (uint8_t)rand_r(&seed);
        if (pack_scan(copy, n) != PACK_FINE)
            continue;
        passed++;
        decode_bytes(copy, n, round % 2 ? &known : &city);
        struct collect c = {.n = 0};
        event_content(&e, collect, &c);
    }
    assert_true(passed > 1000);
}

static int drop_arena(void **state)
{
    (void)state;
    arena_drop(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_emergency_needs_kind_and_key),
        cmocka_unit_test(the_others_need_title_and_category),
        cmocka_unit_test(every_field_arrives),
        cmocka_unit_test(nil_is_absent),
        cmocka_unit_test(wrong_values_are_named),
        cmocka_unit_test(a_fault_in_a_list_is_placed),
        cmocka_unit_test(every_fault_is_told),
        cmocka_unit_test(what_siagad_sets_is_not_taken),
        cmocka_unit_test(persons_are_refused_and_not_repeated),
        cmocka_unit_test(unknown_fields_go_to_extra_or_away),
        cmocka_unit_test(lists_have_limits),
        cmocka_unit_test(lists_have_limits_in_an_emergency),
        cmocka_unit_test(extra_has_two_kibibytes),
        cmocka_unit_test(text_has_limits_in_nfc),
        cmocka_unit_test(long_texts_of_an_emergency_are_kept),
        cmocka_unit_test(broken_text_is_refused_or_repaired),
        cmocka_unit_test(points_are_checked),
        cmocka_unit_test(swapped_is_found_where_both_could_be),
        cmocka_unit_test(wrong_points_of_an_emergency_are_dropped),
        cmocka_unit_test(times_are_judged),
        cmocka_unit_test(an_emergency_is_bent),
        cmocka_unit_test(what_an_emergency_cannot_bend),
        cmocka_unit_test(what_is_no_map_is_refused),
        cmocka_unit_test(the_reader_ends_after_the_map),
        cmocka_unit_test(packed_events_come_back_the_same),
        cmocka_unit_test(content_is_what_was_said),
        cmocka_unit_test(content_does_not_hang_on_flags_or_limits),
        cmocka_unit_test(content_bytes_are_these),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, drop_arena);
}
