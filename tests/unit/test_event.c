/* event: good ones arrive whole, each refusal is named, and lists have limits. */
#include "event_ground.h"

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
    static const char *const names[] = {"name", "phone", "mail", "nik", "NIK", "Phone"};
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
    };
    return cmocka_run_group_tests(tests, NULL, drop_arena);
}
