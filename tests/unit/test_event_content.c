/* event: packed it comes back the same, one content for one event, and damage is survived. */
#include "event_ground.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_events_come_back_the_same),
        cmocka_unit_test(content_is_what_was_said),
        cmocka_unit_test(content_does_not_hang_on_flags_or_limits),
        cmocka_unit_test(content_bytes_are_these),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, drop_arena);
}
