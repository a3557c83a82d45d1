/* What `siaga top` knows: cases and their order, the share of a target, the feed, desks; and how
 * far it may be trusted: beats, silence, what was missed. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/top_model.h"
#include "clients/top_prompt.h"
#include "clients/top_text.h"
#include "tests/unit/pack_json.h"

#define SECOND 1000000
#define MINUTE (60 * (int64_t)SECOND)
#define BASE 1795489200000000 /* 2026-11-24 10:00:00 WIB */

static struct top_model *m;
static struct top_time now;

static int begin(void **state)
{
    (void)state;
    now = (struct top_time){.wall = BASE, .mono = 500 * (int64_t)SECOND};
    m = top_model_new(now);
    return 0;
}

static int end(void **state)
{
    (void)state;
    top_model_free(m);
    return 0;
}

/* ---- telling it things ---- */

static siaga_doc *doc(const char *text)
{
    uint8_t bytes[4096];
    siaga_doc *d = siaga_doc_parse(bytes, pack_json_text(text, bytes, sizeof(bytes)));
    assert_non_null(d);
    return d;
}

static void tell(siaga_item_kind kind, uint64_t next, uint64_t head, siaga_doc *d)
{
    siaga_item item = {.kind = kind, .doc = d, .next = next, .head = head};
    top_model_item(m, &item, now);
    siaga_doc_free(d);
}

static void pass(int64_t us)
{
    now.wall += us;
    now.mono += us;
}

static void tell_beat_of(int64_t sent, uint64_t next, uint64_t head)
{
    char text[200], at[SIAGA_TIME_BYTES];
    siaga_time_format(sent, 0, at);
    snprintf(text, sizeof(text), "{'now': '%s'}", at);
    tell(SIAGA_ITEM_BEAT, next, head, doc(text));
}

static void beat(uint64_t next, uint64_t head)
{
    tell_beat_of(now.wall, next, head);
}

/* A row of an event at BASE; what is in `more` comes on top. */
static siaga_doc *event(int number, const char *severity, const char *state, const char *more)
{
    char text[2000];
    snprintf(text, sizeof(text),
             "{'seq': %d, 'entry': 'event', 'at': '2026-11-24T03:00:00Z', 'case': %d, "
             "'ticket': 'E-261124-%04d-K', 'severity': '%s', 'state': '%s', "
             "'mode': 'actual', 'version': 1, 'owner': 'dinkes', 'title': 'T%d'%s}",
             number, number, number, severity, state, number, more);
    return doc(text);
}

static siaga_doc *later(int seq, int number, const char *entry, const char *state, const char *more)
{
    char text[2000];
    snprintf(text, sizeof(text),
             "{'seq': %d, 'entry': '%s', 'at': '2026-11-24T03:10:00Z', 'case': %d, "
             "'ticket': 'E-261124-%04d-K', 'severity': 'extreme', 'state': '%s', "
             "'mode': 'actual', 'version': 2, 'owner': 'dinkes'%s}",
             seq, entry, number, number, state, more);
    return doc(text);
}

static void feed(uint64_t seq, siaga_doc *row)
{
    tell(SIAGA_ITEM_ROW, seq + 1, seq, row);
}

static void snapshot(siaga_doc *row)
{
    tell(SIAGA_ITEM_SNAPSHOT_ROW, 0, 0, row);
}

static void snapshot_end(uint64_t at)
{
    tell(SIAGA_ITEM_SNAPSHOT_END, at + 1, at, NULL);
}

static const char *order(void)
{
    static char text[200];
    size_t n = 0;
    *text = '\0';
    for (size_t i = 0; i < top_model_cases(m); i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%llu", i ? " " : "",
                              (unsigned long long)top_model_at(m, i)->number);
    return text;
}

static int share(uint64_t number, int64_t after)
{
    return top_case_share(top_model_find(m, number), BASE + after);
}

/* ---- cases ---- */

static void test_order_and_figures(void **state)
{
    (void)state;
    snapshot(event(1, "minor", "assigned", ""));
    snapshot(event(2, "extreme", "acknowledged", ""));
    snapshot(event(3, "severe", "assigned", ""));
    snapshot(event(4, "extreme", "in_progress", ""));
    snapshot(event(5, "severe", "received", ""));
    snapshot(event(6, "unknown", "forwarded", ""));
    snapshot(event(7, "extreme", "reopened", ", 'mode': 'exercise'"));
    snapshot_end(10);
    assert_string_equal(order(), "3 5 1 6 2 4 7");
    assert_int_equal(top_model_open(m, 0), 2); /* without the exercise */
    assert_int_equal(top_model_open(m, 1), 2);
    assert_int_equal(top_model_open(m, 2), 0);
    assert_int_equal(top_model_open(m, 4), 1);
    assert_int_equal(top_model_waiting(m), 4);
    assert_int_equal(top_model_drills(m), 1);
    assert_int_equal(top_model_place(m, 5), 1);
    assert_true(top_model_place(m, 99) == SIZE_MAX);
}

static void test_rows_change_cases(void **state)
{
    (void)state;
    snapshot_end(0);
    feed(1, event(1, "extreme", "assigned", ""));
    feed(2, event(2, "extreme", "assigned", ""));
    assert_string_equal(order(), "1 2");
    feed(3, later(3, 1, "move", "acknowledged", ""));
    assert_string_equal(order(), "2 1");
    assert_int_equal(top_model_find(m, 1)->version, 2);
    assert_string_equal(top_model_find(m, 1)->title, "T1");
    feed(4, later(4, 1, "move", "resolved", ""));
    assert_string_equal(order(), "2");
    feed(5, later(5, 9, "move", "reopened", "")); /* its own row was never told */
    assert_int_equal(top_model_untold(m)->number, 9);
    siaga_doc *row = event(9, "severe", "reopened", "");
    top_model_now(m, row, 5);
    siaga_doc_free(row);
    assert_null(top_model_untold(m));
    assert_string_equal(top_model_find(m, 9)->title, "T9");
    feed(6, doc("{'seq': 6, 'entry': 'head', 'at': '2026-11-24T03:10:00Z'}"));
    assert_string_equal(order(), "2 9");
}

/* What LIST tells of an older number than the feed has reached changes nothing. */
static void test_answers_overtaken(void **state)
{
    (void)state;
    snapshot_end(0);
    feed(1, event(1, "extreme", "assigned", ""));
    feed(5, later(5, 1, "move", "acknowledged", ""));
    siaga_doc *old = event(1, "minor", "assigned", "");
    top_model_now(m, old, 4);
    assert_string_equal(top_model_find(m, 1)->state, "acknowledged");
    top_model_now(m, old, 5);
    assert_string_equal(top_model_find(m, 1)->state, "assigned");
    siaga_doc_free(old);
}

static void test_texts_are_harmless(void **state)
{
    (void)state;
    snapshot(event(1, "extreme", "assigned",
                   ", 'title': 'a\\u001b[31m\\u202eb\\n', 'owner': 'x\\u0007'"));
    const struct top_case *c = top_model_find(m, 1);
    assert_null(strpbrk(c->title, "\x1b\n"));
    assert_null(strstr(c->title, "\u202e"));
    assert_null(strchr(c->owner, '\a'));
    top_model_line(m, "x\x1b[2J\r", 0, false);
    assert_null(strpbrk(top_model_feed(m, 0)->text, "\x1b\r"));
}

/* ---- the share of a target ---- */

#define DUES ", 'ack_due': '2026-11-24T03:10:00Z', 'resolve_due': '2026-11-24T04:40:00Z'"

static void test_share(void **state)
{
    (void)state;
    snapshot(event(1, "extreme", "assigned", DUES));
    snapshot(event(2, "extreme", "acknowledged", DUES));
    snapshot(event(3, "extreme", "waiting_budget", DUES));
    snapshot(event(4, "extreme", "assigned", ""));
    assert_int_equal(share(1, -MINUTE), 0);
    assert_int_equal(share(1, 0), 0);
    assert_int_equal(share(1, 5 * MINUTE), 50);
    assert_int_equal(share(1, 10 * MINUTE), 100);
    assert_int_equal(share(1, 12 * MINUTE), 120);
    assert_int_equal(share(1, 9000 * MINUTE), 999);
    assert_int_equal(share(2, 50 * MINUTE), 50); /* to resolve */
    assert_int_equal(share(3, 50 * MINUTE), -1);
    assert_int_equal(share(4, 50 * MINUTE), -1);
}

/* The first response is what some targets are for. */
static void test_share_ends_with_the_milestone(void **state)
{
    (void)state;
    snapshot_end(0);
    feed(1, event(1, "extreme", "in_progress", DUES ", 'resolve_target': '100m on_scene'"));
    feed(2, later(2, 1, "move", "in_progress", ", 'do': 'milestone', 'milestone': 'en_route'"));
    assert_int_equal(share(1, 50 * MINUTE), 50);
    feed(3, later(3, 1, "move", "in_progress",
                  ", 'do': 'milestone', 'milestone': 'on_scene', 'task': 'dbmsda'"));
    assert_int_equal(share(1, 50 * MINUTE), 50);
    feed(4, later(4, 1, "move", "in_progress", ", 'do': 'milestone', 'milestone': 'on_scene'"));
    assert_int_equal(share(1, 50 * MINUTE), -1);
    siaga_doc *row = event(1, "extreme", "in_progress", DUES ", 'in_target': true");
    top_model_now(m, row, 9);
    siaga_doc_free(row);
    assert_int_equal(share(1, 50 * MINUTE), -1);
}

/* A new owner's time begins when he got it; a wait moves the end alone. */
static void test_share_counted_anew(void **state)
{
    (void)state;
    snapshot_end(0);
    feed(1, event(1, "extreme", "assigned", DUES));
    feed(2, later(2, 1, "clock", "assigned",
                  ", 'why': 'new_owner', 'task': 'dinkes', "
                  "'ack_due': '2026-11-24T03:20:00Z'"));
    assert_int_equal(share(1, 15 * MINUTE), 50);
    feed(3, event(3, "extreme", "in_progress", DUES));
    feed(4, later(4, 3, "clock", "in_progress",
                  ", 'why': 'waited', 'resolve_due': '2026-11-24T06:20:00Z'"));
    assert_int_equal(share(3, 100 * MINUTE), 50);
    feed(5, event(5, "extreme", "assigned", DUES)); /* another SKPD's part */
    feed(6, later(6, 5, "clock", "assigned",
                  ", 'why': 'new_owner', 'task': 'dbmsda', "
                  "'ack_due': '2026-11-24T09:00:00Z'"));
    assert_int_equal(share(5, 5 * MINUTE), 50);
    siaga_doc *row =
        event(1, "extreme", "assigned", ", 'ack_due': '2026-11-24T03:30:00Z', 'ack_target': '20m'");
    top_model_now(m, row, 9);
    siaga_doc_free(row);
    assert_int_equal(share(1, 20 * MINUTE), 50); /* as the target says */
}

/* ---- the link ---- */

static void test_link_silence(void **state)
{
    (void)state;
    assert_int_equal(top_model_link(m, now), TOP_READING);
    snapshot_end(3);
    beat(4, 3);
    assert_int_equal(top_model_link(m, now), TOP_LIVE);
    int64_t heard = now.wall;
    pass(5 * SECOND);
    assert_int_equal(top_model_link(m, now), TOP_LIVE);
    pass(1);
    assert_int_equal(top_model_link(m, now), TOP_STALE);
    assert_true(top_model_heard(m) == heard);
    feed(4,
         event(4, "extreme", "assigned", "")); /* a row is no beat: it may have lain in a queue */
    assert_int_equal(top_model_link(m, now), TOP_STALE);
    beat(5, 4);
    assert_int_equal(top_model_link(m, now), TOP_LIVE);
    assert_true(top_model_heard(m) == now.wall);
}

/* It said that it lives, long ago: the program stood still and reads it only now. */
static void test_link_old_beats(void **state)
{
    (void)state;
    snapshot_end(3);
    beat(4, 3);
    int64_t sent = now.wall;
    pass(60 * SECOND);
    for (int i = 1; i <= 3; i++)
        tell_beat_of(sent + i * SECOND, 4, 3);
    assert_int_equal(top_model_link(m, now), TOP_STALE);
    beat(4, 3);
    assert_int_equal(top_model_link(m, now), TOP_LIVE);
}

/* Two clocks never agree; and one of them may be set. */
static void test_link_clocks_apart(void **state)
{
    (void)state;
    int64_t apart = 7000 * (int64_t)SECOND;
    snapshot_end(3);
    for (int i = 0; i < 10; i++) {
        pass(SECOND);
        tell_beat_of(now.wall - apart, 4, 3);
        assert_int_equal(top_model_link(m, now), TOP_LIVE);
        assert_true(top_model_heard(m) == now.wall);
        assert_true(top_model_clock(m, now) == now.wall - apart);
    }
    apart += 3600 * (int64_t)SECOND;
    for (int i = 0; i < 300; i++) {
        pass(SECOND);
        tell_beat_of(now.wall - apart, 4, 3);
    }
    assert_int_equal(top_model_link(m, now), TOP_LIVE);
}

static void test_link_lost_and_missed(void **state)
{
    (void)state;
    struct top_missed missed;
    snapshot_end(3);
    beat(4, 3);
    pass(2 * SECOND);
    tell(SIAGA_ITEM_LOST, 4, 3, NULL);
    assert_int_equal(top_model_link(m, now), TOP_STALE); /* at once, when the watch says so */
    pass(20 * SECOND);
    tell(SIAGA_ITEM_RECONNECTED, 4, 3, NULL);
    assert_int_equal(top_model_link(m, now), TOP_STALE); /* nothing was heard yet */
    feed(4, event(4, "extreme", "assigned", ""));
    beat(5, 6);
    assert_int_equal(top_model_link(m, now), TOP_CATCHING);
    assert_false(top_model_missed(m, &missed));
    feed(5, event(5, "extreme", "assigned", ""));
    feed(6, event(6, "extreme", "assigned", ""));
    beat(7, 6);
    assert_int_equal(top_model_link(m, now), TOP_LIVE);
    assert_true(top_model_missed(m, &missed));
    assert_int_equal(missed.from, 4);
    assert_int_equal(missed.rows, 3);
    assert_false(missed.gap || missed.anew);
    assert_true(missed.until - missed.since == 22 * SECOND);
    assert_false(top_model_missed(m, &missed)); /* said once */
}

static void test_lost_in_the_first_list(void **state)
{
    (void)state;
    struct top_missed missed;
    snapshot(event(1, "extreme", "assigned", ""));
    snapshot(event(2, "extreme", "assigned", ""));
    tell(SIAGA_ITEM_LOST, 0, 0, NULL);
    tell(SIAGA_ITEM_RECONNECTED, 0, 0, NULL);
    snapshot(event(2, "extreme", "assigned", ""));
    assert_string_equal(order(), "1 2"); /* until it is known that 1 has ended */
    snapshot_end(4);
    assert_string_equal(order(), "2");
    beat(5, 4);
    assert_int_equal(top_model_link(m, now), TOP_LIVE);
    assert_true(top_model_missed(m, &missed));
    assert_true(missed.anew);
}

static siaga_doc *gap_of(int from, int to, const char *reason)
{
    char text[200];
    snprintf(text, sizeof(text), "{'from': %d, 'to': %d, 'reason': '%s'}", from, to, reason);
    return doc(text);
}

static void test_gap(void **state)
{
    (void)state;
    struct top_missed missed;
    snapshot(event(1, "extreme", "assigned", ""));
    snapshot(event(2, "extreme", "assigned", ""));
    snapshot_end(2);
    beat(3, 2);
    tell(SIAGA_ITEM_GAP, 3, 50, gap_of(3, 40, "too_old"));
    assert_int_equal(top_model_link(m, now), TOP_CATCHING);
    snapshot(event(2, "extreme", "acknowledged", ""));
    snapshot(event(45, "extreme", "assigned", ""));
    beat(3, 50); /* in the midst of the list: not whole yet */
    assert_int_equal(top_model_link(m, now), TOP_CATCHING);
    snapshot_end(50);
    assert_string_equal(order(), "45 2");
    beat(51, 50);
    assert_true(top_model_missed(m, &missed));
    assert_true(missed.gap && !missed.damaged);
    assert_int_equal(missed.from, 3);
    assert_int_equal(missed.to, 40);
}

/* No list follows a damaged record: what is known stays. */
static void test_gap_damaged(void **state)
{
    (void)state;
    struct top_missed missed;
    snapshot(event(1, "extreme", "assigned", ""));
    snapshot_end(2);
    tell(SIAGA_ITEM_GAP, 4, 5, gap_of(3, 3, "damaged"));
    feed(5, event(5, "extreme", "assigned", ""));
    beat(6, 5);
    assert_string_equal(order(), "1 5");
    assert_true(top_model_missed(m, &missed));
    assert_true(missed.damaged);
}

/* ---- feed, desks ---- */

static void test_feed_keeps_the_newest(void **state)
{
    (void)state;
    char text[32];
    assert_null(top_model_feed(m, 0));
    for (int i = 0; i < TOP_LINES + 7; i++) {
        snprintf(text, sizeof(text), "line %d", i);
        top_model_line(m, text, 0, false);
    }
    snprintf(text, sizeof(text), "line %d", TOP_LINES + 6);
    assert_string_equal(top_model_feed(m, 0)->text, text);
    assert_string_equal(top_model_feed(m, TOP_LINES - 1)->text, "line 7");
    assert_null(top_model_feed(m, TOP_LINES));
}

static void test_desks(void **state)
{
    (void)state;
    snapshot_end(0);
    feed(1, event(1, "extreme", "assigned", ""));
    feed(2, later(2, 1, "work", "assigned",
                  ", 'act': 'take', 'task': 'dinkes', 'source': 'desk-1', "
                  "'lease_until': '2026-11-24T03:15:00Z'"));
    assert_int_equal(top_model_desks(m), 1);
    const struct top_desk *d = top_model_desk(m, 0);
    assert_string_equal(d->skpd, "dinkes");
    assert_string_equal(d->source, "desk-1");
    assert_string_equal(d->ticket, "E-261124-0001-K");
    assert_true(d->until == BASE + 15 * MINUTE);
    feed(3, later(3, 1, "work", "assigned",
                  ", 'act': 'expire', 'task': 'dinkes', 'source': 'siagad'"));
    assert_true(top_model_desk(m, 0)->until == 0);
    char more[300];
    for (int i = 0; i < TOP_DESKS + 3; i++) {
        snprintf(more, sizeof(more),
                 ", 'act': 'take', 'task': 'dinkes', 'source': 'more-%d', "
                 "'lease_until': '2026-11-24T03:15:00Z'",
                 i);
        feed((uint64_t)(4 + i), later(4 + i, 1, "work", "assigned", more));
    }
    assert_int_equal(top_model_desks(m), TOP_DESKS);
    assert_string_equal(top_model_desk(m, 0)->source, "more-26");
}

/* ---- texts in columns, what is typed ---- */

static void test_columns(void **state)
{
    (void)state;
    char out[64];
    static const struct {
        const char *text;
        int columns;
        const char *fits;
        int takes;
    } rows[] = {
        {"banjir", 6, "banjir", 6},
        {"banjir", 5, "banj\u2026", 5},
        {"caf\u00e9", 4, "caf\u00e9", 4},
        {"cafe\u0301", 4, "cafe\u0301", 4},     /* a combining accent takes no column */
        {"\u65e5\u672c", 4, "\u65e5\u672c", 4}, /* two columns each */
        {"\u65e5\u672c", 3, "\u65e5\u2026", 3}, /* half of one is never shown */
        {"\u65e5\u672c\u65e5", 4, "\u65e5\u2026", 3},
        {"a\xff"
         "b",
         3, "a?b", 3},
        {"\U0001f525x", 3, "\U0001f525x", 3},
        {"x", 0, "", 0},
        {"", 5, "", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(top_fit(rows[i].text, rows[i].columns, out, sizeof(out)), rows[i].takes);
        assert_string_equal(out, rows[i].fits);
    }
    assert_int_equal(top_fit("\u65e5\u672c\u65e5", 6, out, 7),
                     2); /* out is full: whole characters */
    assert_string_equal(out, "\u65e5");
}

static void test_lines(void **state)
{
    (void)state;
    size_t skip;
    assert_int_equal(top_line_bytes("satu dua tiga", 9, &skip), 8);
    assert_int_equal(skip, 1);
    assert_int_equal(top_line_bytes("satu\ndua", 9, &skip), 4);
    assert_int_equal(skip, 1);
    assert_int_equal(top_line_bytes("panjangsekali", 5, &skip), 5);
    assert_int_equal(skip, 0);
    assert_int_equal(top_line_bytes("\u65e5\u672c", 1, &skip), 3); /* never none: it must go on */
    assert_int_equal(top_line_bytes("", 5, &skip), 0);
    assert_int_equal(skip, 0);
}

static void test_prompt(void **state)
{
    (void)state;
    struct top_prompt p;
    top_prompt_begin(&p, "SKPD:", 6);
    for (const char *c = "ab"; *c; c++)
        top_prompt_type(&p, (unsigned char)*c);
    top_prompt_type(&p, 0xe9);
    top_prompt_type(&p, 0x1b);
    top_prompt_type(&p, 0xd800);
    assert_string_equal(p.text, "ab\u00e9");
    top_prompt_type(&p, 0x65e5); /* three bytes, there is room for two */
    assert_string_equal(p.text, "ab\u00e9");
    top_prompt_back(&p);
    assert_string_equal(p.text, "ab");
    top_prompt_clear(&p);
    top_prompt_back(&p);
    assert_string_equal(p.text, "");
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_figures, begin, end),
        cmocka_unit_test_setup_teardown(test_rows_change_cases, begin, end),
        cmocka_unit_test_setup_teardown(test_answers_overtaken, begin, end),
        cmocka_unit_test_setup_teardown(test_texts_are_harmless, begin, end),
        cmocka_unit_test_setup_teardown(test_share, begin, end),
        cmocka_unit_test_setup_teardown(test_share_counted_anew, begin, end),
        cmocka_unit_test_setup_teardown(test_share_ends_with_the_milestone, begin, end),
        cmocka_unit_test_setup_teardown(test_link_silence, begin, end),
        cmocka_unit_test_setup_teardown(test_link_old_beats, begin, end),
        cmocka_unit_test_setup_teardown(test_link_clocks_apart, begin, end),
        cmocka_unit_test_setup_teardown(test_link_lost_and_missed, begin, end),
        cmocka_unit_test_setup_teardown(test_lost_in_the_first_list, begin, end),
        cmocka_unit_test_setup_teardown(test_gap, begin, end),
        cmocka_unit_test_setup_teardown(test_gap_damaged, begin, end),
        cmocka_unit_test_setup_teardown(test_feed_keeps_the_newest, begin, end),
        cmocka_unit_test_setup_teardown(test_desks, begin, end),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_prompt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
