/* withheld: each refusal is sent once, after a time of chance that has an end, and too many do not
 * pile up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/egress/withheld.h"
#include "proto/verdict.h"

#define NOW 1000000

static unsigned sent[WITHHELD_MOST + 8]; /* how often each message was */
static unsigned sent_n;

static void take(void *self, const struct address *to, const void *message, size_t n)
{
    unsigned which;
    assert_ptr_equal(self, sent);
    assert_int_equal(to->n, 3);
    assert_int_equal(n, sizeof which);
    memcpy(&which, message, n);
    sent[which]++;
    sent_n++;
}

static void keep(struct withheld *w, unsigned which)
{
    const struct address to = {.n = 3, .id = {1, 2, 3}};
    withheld_keep(w, NOW, &to, &which, sizeof which);
}

static struct withheld *begin(void)
{
    memset(sent, 0, sizeof sent);
    sent_n = 0;
    return withheld_new(take, sent);
}

static void each_is_sent_once_within_its_time(void **state)
{
    (void)state;
    struct withheld *w = begin();
    assert_int_equal(withheld_next_us(w), 0);
    for (unsigned i = 0; i < 100; i++)
        keep(w, i);
    assert_in_range(withheld_next_us(w), NOW, NOW + WITHHELD_US - 1);
    withheld_due(w, NOW - 1);
    assert_int_equal(sent_n, 0);
    withheld_due(w, NOW + WITHHELD_US / 2);
    assert_in_range(sent_n, 1, 99); /* a hundred coins on one side: never */
    assert_true(withheld_next_us(w) > NOW + WITHHELD_US / 2);
    withheld_due(w, NOW + WITHHELD_US);
    assert_int_equal(withheld_next_us(w), 0);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(sent[i], 1);
    withheld_free(&w);
}

static void when_too_many_wait_one_goes_at_once(void **state)
{
    (void)state;
    struct withheld *w = begin();
    for (unsigned i = 0; i < WITHHELD_MOST + 3; i++)
        keep(w, i);
    assert_int_equal(sent_n, 3);
    withheld_due(w, INT64_MAX);
    assert_int_equal(sent_n, WITHHELD_MOST + 3);
    withheld_free(&w);
}

static void what_waits_at_the_end_is_dropped(void **state)
{
    (void)state;
    struct withheld *w = begin();
    keep(w, 1);
    withheld_free(&w);
    assert_null(w);
    assert_int_equal(sent_n, 0);
}

static void only_what_may_tell_a_case_waits(void **state)
{
    (void)state;
    assert_true(withheld_wants(E_NOT_FOUND) && withheld_wants(E_ROLE) && withheld_wants(E_REF));
    assert_false(withheld_wants(E_BUSY) || withheld_wants(E_FIELD) || withheld_wants(E_STALE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_sent_once_within_its_time),
        cmocka_unit_test(when_too_many_wait_one_goes_at_once),
        cmocka_unit_test(what_waits_at_the_end_is_dropped),
        cmocka_unit_test(only_what_may_tell_a_case_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
