/* gate: a rate and a weight for each identity; who is over one does not press on another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/ingress/gate.h"

#define SECOND 1000000ll

static struct gate *g;
static const struct slice meja = {"meja-1", 6}, prefix = {"meja", 4}, nameless = {NULL, 0};

static int make(void **state)
{
    (void)state;
    g = gate_new();
    return 0;
}

static int drop(void **state)
{
    (void)state;
    gate_free(&g);
    assert_null(g);
    gate_free(&g);
    return 0;
}

static struct slice numbered(char name[16], unsigned n)
{
    return (struct slice){name, (uint32_t)snprintf(name, 16, "n-%u", n)};
}

static unsigned taken_at(struct slice source, uint32_t per_second, int64_t now_us)
{
    unsigned n = 0;
    while (n < 100000 && gate_message(g, source, per_second, now_us) == 0)
        n++;
    return n;
}

static void one_second_s_worth_at_once_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(taken_at(meja, 5, 7 * SECOND), 5);
    assert_int_equal(gate_message(g, meja, 5, 7 * SECOND), 1);
    assert_int_equal(taken_at(meja, 5, 7 * SECOND + SECOND / 5), 1);
    assert_int_equal(taken_at(meja, 5, 1000000 * SECOND), 5);
    assert_int_equal(taken_at(nameless, 5, 7 * SECOND), 5); /* who gives no name has a seat, too */
}

/* Asking while one is over costs nothing: the wait that was told is enough. */
static void who_asks_again_and_again_does_not_wait_longer(void **state)
{
    (void)state;
    assert_int_equal(taken_at(meja, 1, 0), 1);
    for (int64_t us = 1; us < SECOND; us += SECOND / 1000)
        assert_int_equal(gate_message(g, meja, 1, us), 1);
    assert_int_equal(gate_message(g, meja, 1, SECOND), 0);
    assert_int_equal(taken_at(prefix, 0, 50 * SECOND), 0); /* a rate of nothing is nothing */
}

static void a_changed_rate_counts_at_once(void **state)
{
    (void)state;
    assert_int_equal(gate_message(g, meja, 1000, 0), 0);
    assert_int_equal(taken_at(meja, 3, 1), 3);
    assert_int_equal(taken_at(meja, 1000, SECOND / 2 + 1), 500);
}

static void identities_do_not_share(void **state)
{
    (void)state;
    assert_int_equal(taken_at(meja, 10, 0), 10);
    assert_int_equal(taken_at(prefix, 10, 0), 10);
    assert_true(gate_hold(g, meja, 100, 100));
    assert_true(gate_hold(g, prefix, 100, 100));
    assert_false(gate_hold(g, meja, 1, 100));
    gate_release(g, prefix, 100);
    assert_false(gate_hold(g, meja, 1, 100));
}

static void what_is_asked_fits_to_the_byte(void **state)
{
    (void)state;
    assert_true(gate_hold(g, meja, 60, 100));
    assert_true(gate_hold(g, meja, 40, 100));
    assert_true(gate_hold(g, meja, 0, 100));
    assert_false(gate_hold(g, meja, 1, 100));
    gate_release(g, meja, 40);
    assert_true(gate_hold(g, meja, 40, 100));
    assert_false(gate_hold(g, meja, UINT32_MAX, 100)); /* no sum runs over */
}

/* Else what is larger than its share could never be asked at all. */
static void the_one_that_is_too_large_goes_alone(void **state)
{
    (void)state;
    assert_true(gate_hold(g, meja, 65536, 100));
    assert_false(gate_hold(g, meja, 1, 100));
    gate_release(g, meja, 65536);
    assert_true(gate_hold(g, meja, 1, 100));
    assert_false(gate_hold(g, meja, 65536, 100));
}

static void what_was_never_held_is_not_given_back(void **state)
{
    (void)state;
    gate_release(g, meja, 5); /* nobody knows it */
    assert_true(gate_hold(g, meja, 60, 100));
    gate_release(g, meja, 500);
    assert_true(gate_hold(g, meja, 100, 100));
    assert_false(gate_hold(g, meja, 1, 100));
}

/* A seat made by a weight is no empty bucket. */
static void a_weight_takes_no_message_away(void **state)
{
    (void)state;
    assert_true(gate_hold(g, meja, 60, 100));
    assert_int_equal(taken_at(meja, 5, 90 * SECOND), 5);
}

/* More names than seats: the idle go, who holds something or was just over stays. */
static void many_names_push_out_the_idle_alone(void **state)
{
    (void)state;
    char name[16];
    assert_true(gate_hold(g, prefix, 100, 100));
    for (unsigned n = 0; n < 8190; n++)
        assert_int_equal(gate_message(g, numbered(name, n), 1, 0), 0);
    assert_int_equal(taken_at(meja, 10, 100 * SECOND), 10);
    for (unsigned n = 10000; n < 12000; n++)
        assert_int_equal(gate_message(g, numbered(name, n), 1, 100 * SECOND), 0);
    assert_int_equal(gate_message(g, meja, 10, 100 * SECOND), 1);
    assert_false(gate_hold(g, prefix, 1, 100));
}

#define with_gate(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_gate(one_second_s_worth_at_once_and_no_more),
        with_gate(who_asks_again_and_again_does_not_wait_longer),
        with_gate(a_changed_rate_counts_at_once),
        with_gate(identities_do_not_share),
        with_gate(what_is_asked_fits_to_the_byte),
        with_gate(the_one_that_is_too_large_goes_alone),
        with_gate(what_was_never_held_is_not_given_back),
        with_gate(a_weight_takes_no_message_away),
        with_gate(many_names_push_out_the_idle_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
