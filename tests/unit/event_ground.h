/* event_ground: an event from JSON, judged by the rules of a test. For test_event*.c. */
#ifndef SIAGA_TESTS_EVENT_GROUND_H
#define SIAGA_TESTS_EVENT_GROUND_H

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

static uint8_t buf[PACK_MAX_BYTES * 2];
static struct arena arena;
static struct event e;
static struct faults faults;

static inline int decode_bytes(const void *bytes, size_t n, const struct event_rules *rules)
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

static inline int decode(const char *json, const struct event_rules *rules)
{
    return decode_bytes(buf, pack_json_text(json, buf, sizeof(buf)), rules);
}

/* Decodes and expects exactly these faults: "E_FIELD key, E_LIMIT title". */
static inline void refused(const char *json, const struct event_rules *rules, const char *want)
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
static inline void taken(const char *json, const struct event_rules *rules, uint32_t flags)
{
    int v = decode(json, rules);
    if (v != V_DONE)
        fail_msg("%s\n    gives %s %s", json, verdict_name(v), faults.at[0].field);
    if (e.flags != flags)
        fail_msg("%s\n    has flags %x, not %x", json, e.flags, flags);
}

static inline int drop_arena(void **state)
{
    (void)state;
    arena_drop(&arena);
    return 0;
}

#endif
