/* handover: pointers arrive once, in order, also from another thread, and the reader can wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "daemon/base/handover.h"

#define MANY 20000u

static void gives_in_order_and_says_when_nothing_waits(void **state)
{
    (void)state;
    struct handover h;
    char things[3];
    assert_true(handover_open(&h));
    assert_null(handover_take(&h));
    for (int i = 0; i < 3; i++)
        handover_give(&h, &things[i]);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(handover_take(&h), &things[i]);
    assert_null(handover_take(&h));
    handover_close(&h);
    assert_int_equal(h.read_fd, 0);
}

static bool waits(const struct handover *h)
{
    struct pollfd fd = {h->read_fd, POLLIN, 0};
    return poll(&fd, 1, 0) == 1;
}

static void the_reading_end_is_ready_until_nothing_was_found(void **state)
{
    (void)state;
    struct handover h;
    assert_true(handover_open(&h));
    assert_false(waits(&h));
    handover_give(&h, &h);
    assert_true(waits(&h));
    assert_non_null(handover_take(&h));
    assert_null(handover_take(&h));
    assert_false(waits(&h));
    handover_give(&h, &h);
    assert_true(waits(&h));
    handover_close(&h);
}

static void what_was_put_is_there_and_wakes_nobody_before_its_time(void **state)
{
    (void)state;
    struct handover h;
    assert_true(handover_open(&h));
    handover_put(&h, &h);
    assert_false(waits(&h));
    handover_wake(&h);
    assert_true(waits(&h));
    assert_ptr_equal(handover_take(&h), &h);
    handover_put(&h, &h.queue);
    assert_ptr_equal(handover_take(&h), &h.queue);
    assert_null(handover_take(&h));
    handover_wake(&h); /* for nothing */
    assert_false(waits(&h));
    handover_close(&h);
}

/* Whoever gives is never held up, however far behind the taker is. */
static void takes_any_number_without_a_reader(void **state)
{
    (void)state;
    struct handover h;
    unsigned n = 0;
    assert_true(handover_open(&h));
    for (unsigned i = 0; i < MANY; i++)
        handover_give(&h, &h);
    while (handover_take(&h) != NULL)
        n++;
    assert_int_equal(n, MANY);
    handover_close(&h);
}

static uint32_t numbers[MANY];

static void *give_all(void *p)
{
    for (unsigned i = 0; i < MANY; i++) {
        numbers[i] = i + 1; /* seen by the reader: the lock orders it before the pointer */
        handover_give(p, &numbers[i]);
    }
    return NULL;
}

static void another_thread_receives_everything_in_order(void **state)
{
    (void)state;
    struct handover h;
    pthread_t giver;
    memset(numbers, 0, sizeof numbers);
    assert_true(handover_open(&h));
    assert_int_equal(pthread_create(&giver, NULL, give_all, &h), 0);
    for (unsigned i = 0; i < MANY;) {
        struct pollfd fd = {h.read_fd, POLLIN, 0};
        uint32_t *n = handover_take(&h);
        if (n == NULL) {
            assert_int_equal(poll(&fd, 1, 10000), 1);
            continue;
        }
        assert_ptr_equal(n, &numbers[i]);
        assert_int_equal(*n, ++i);
    }
    pthread_join(giver, NULL);
    assert_null(handover_take(&h));
    handover_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_in_order_and_says_when_nothing_waits),
        cmocka_unit_test(the_reading_end_is_ready_until_nothing_was_found),
        cmocka_unit_test(what_was_put_is_there_and_wakes_nobody_before_its_time),
        cmocka_unit_test(takes_any_number_without_a_reader),
        cmocka_unit_test(another_thread_receives_everything_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
