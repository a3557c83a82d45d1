/* links: which connection is whose, which are cut, and when one key in two places is news. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/ingress/links.h"

#define SECOND 1000000ll
#define MINUTE (60 * SECOND)

static struct links *l;
static unsigned cuts;
static struct address last_cut;

static int make(void **state)
{
    (void)state;
    l = links_new();
    cuts = 0;
    return 0;
}

static int drop(void **state)
{
    (void)state;
    links_free(&l);
    assert_null(l);
    return 0;
}

static struct address address_of(uint32_t n)
{
    struct address at = {.n = 5};
    memcpy(at.id, &n, sizeof n);
    return at;
}

/* A message on connection `at` of this key from this place; where else it was heard, or "". */
static const char *heard(uint32_t at, const char *key, const char *peer, int64_t now_us)
{
    static char there[LINK_PEER_BYTES];
    struct parcel p = {.from = address_of(at), .key = slice_from(key), .peer = slice_from(peer)};
    return links_note(l, &p, slice_from(key), now_us, there) ? there : "";
}

static bool keep_name(void *self, struct slice source, struct slice key)
{
    (void)key;
    return !slice_is(source, self);
}

static bool keep_key(void *self, struct slice source, struct slice key)
{
    (void)source;
    return !slice_is(key, self);
}

static void cut(void *self, const struct address *to)
{
    (void)self;
    cuts++;
    last_cut = *to;
}

static void one_place_is_no_news(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 10; at++)
        assert_string_equal(heard(at, "A", "192.0.2.1", at * SECOND), "");
    assert_string_equal(heard(20, "B", "192.0.2.2", SECOND), "");
    assert_int_equal(links_count(l), 11);
    assert_string_equal(heard(20, "B", "192.0.2.2", 2 * SECOND), "");
    assert_int_equal(links_count(l), 11);
}

static void two_places_within_a_minute_are_news(void **state)
{
    (void)state;
    heard(1, "A", "192.0.2.1", 0);
    assert_string_equal(heard(2, "A", "192.0.2.2", MINUTE - 1), "192.0.2.1");
    heard(3, "B", "192.0.2.1", 0);
    assert_string_equal(heard(4, "B", "192.0.2.2", MINUTE), ""); /* it moved, that is all */
    heard(3, "B", "192.0.2.1", MINUTE + 1);                      /* no new connection */
    assert_string_equal(heard(5, "B", "192.0.2.1", MINUTE + 2), "192.0.2.2");
}

/* A device that loses its line again and again makes no entry of each time. */
static void the_same_two_places_are_told_once_in_ten_minutes(void **state)
{
    (void)state;
    uint32_t at = 10;
    heard(1, "A", "192.0.2.1", 0);
    assert_string_equal(heard(2, "A", "192.0.2.2", SECOND), "192.0.2.1");
    for (int64_t now = 2 * SECOND; now < 10 * MINUTE; now += 20 * SECOND) {
        assert_string_equal(heard(at++, "A", "192.0.2.1", now), "");
        assert_string_equal(heard(at++, "A", "192.0.2.2", now + SECOND), "");
    }
    heard(at++, "A", "192.0.2.2", 10 * MINUTE);
    assert_string_equal(heard(at++, "A", "192.0.2.1", 11 * MINUTE - 1), "192.0.2.2");
}

/* Who carries a key away is not hidden by two places that were told before. */
static void a_third_place_is_news_again(void **state)
{
    (void)state;
    heard(1, "A", "192.0.2.1", 0);
    assert_string_equal(heard(2, "A", "192.0.2.2", SECOND), "192.0.2.1");
    assert_string_equal(heard(3, "A", "203.0.113.9", 2 * SECOND), "192.0.2.2");
    assert_string_equal(heard(4, "A", "203.0.113.9", 3 * SECOND), "");
}

static void claimed_names_are_in_no_place(void **state)
{
    (void)state;
    char there[LINK_PEER_BYTES];
    struct parcel p = {
        .from = address_of(1), .key = SLICE_LIT("uid:0"), .peer = SLICE_LIT("local")};
    heard(9, "uid:0", "elsewhere", 0);
    p.claims = true;
    assert_false(links_note(l, &p, SLICE_LIT(""), SECOND, there));
}

static void what_is_not_kept_is_cut_and_nothing_beside(void **state)
{
    (void)state;
    heard(1, "A", "p", 0);
    heard(2, "B", "p", 0);
    heard(3, "B", "p", 0);
    heard(4, "C", "p", 0);
    assert_int_equal(links_judge(l, keep_key, cut, (void *)"X"), 0);
    assert_int_equal(links_judge(l, keep_key, cut, (void *)"B"), 2);
    assert_int_equal(links_count(l), 2);
    assert_int_equal(links_judge(l, keep_key, cut, (void *)"B"), 0); /* once is enough */
    assert_int_equal(links_judge(l, keep_name, cut, (void *)"C"), 1);
    assert_int_equal(last_cut.id[0], 4);
    assert_int_equal(links_judge(l, keep_name, cut, (void *)"A"), 1);
    assert_int_equal(links_count(l), 0);
    assert_int_equal(cuts, 4);
}

/* A connection is told by all of its id: one that begins alike is another. */
static void connections_are_told_by_the_whole_id(void **state)
{
    (void)state;
    char there[LINK_PEER_BYTES];
    struct parcel p = {
        .from = {.n = 2, .id = {0, 1}}, .key = SLICE_LIT("A"), .peer = SLICE_LIT("p")};
    links_note(l, &p, SLICE_LIT("A"), 0, there);
    p.from.n = 3;
    links_note(l, &p, SLICE_LIT("A"), 0, there);
    p.from.n = 2;
    p.from.id[1] = 2;
    links_note(l, &p, SLICE_LIT("A"), 0, there);
    assert_int_equal(links_count(l), 3);
}

/* Full: the one not heard of for the longest goes. It is judged anew when it speaks. */
static void the_stillest_is_forgotten_first(void **state)
{
    (void)state;
    char key[16];
    for (uint32_t at = 0; at < LINKS_MOST; at++) {
        snprintf(key, sizeof key, "k-%u", at);
        heard(at, key, "p", at);
    }
    heard(0, "k-0", "p", LINKS_MOST); /* it speaks: now number 1 is the stillest */
    heard(LINKS_MOST, "new", "p", LINKS_MOST + 1);
    assert_int_equal(links_count(l), LINKS_MOST);
    assert_int_equal(links_judge(l, keep_key, cut, (void *)"k-1"), 0);
    assert_int_equal(links_judge(l, keep_key, cut, (void *)"k-0"), 1);
    assert_int_equal(links_judge(l, keep_key, cut, (void *)"k-2"), 1);
    assert_int_equal(links_judge(l, keep_key, cut, (void *)"new"), 1);
}

#define with_links(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_links(one_place_is_no_news),
        with_links(two_places_within_a_minute_are_news),
        with_links(the_same_two_places_are_told_once_in_ten_minutes),
        with_links(a_third_place_is_news_again),
        with_links(claimed_names_are_in_no_place),
        with_links(what_is_not_kept_is_cut_and_nothing_beside),
        with_links(connections_are_told_by_the_whole_id),
        with_links(the_stillest_is_forgotten_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
