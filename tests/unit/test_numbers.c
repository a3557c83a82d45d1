/* numbers: what was given out is known after a restart, a torn place, a store that went back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>

#include "daemon/base/log.h"
#include "daemon/journal/numbers.h"
#include "tests/support/folder.h"

#define PLACE 4096

static struct folder dir;
static struct identity identity;
static struct numbers *n;
static struct err err;
static int64_t now_us;
static struct clock clock;

static int64_t tells(void *self)
{
    (void)self;
    return now_us;
}

static void open_it(void)
{
    numbers_close(&n);
    err = (struct err){""};
    assert_int_equal(numbers_open(&n, dir.path, &identity, &err), 0);
}

static int begin(void **state)
{
    (void)state;
    log_open(LOG_ERROR);
    folder_make(&dir);
    identity = (struct identity){.boot = 1, .digest_key = {7}};
    now_us = 1;
    clock = (struct clock){.wall = tells, .mono = tells};
    open_it();
    return 0;
}

static int end(void **state)
{
    (void)state;
    numbers_close(&n);
    folder_drop(&dir);
    return 0;
}

static const struct numbers_known *known(void)
{
    return numbers_known(n);
}

/* One entry as the journal's thread tells of it; how often that wrote is seen by the file. */
static bool gives(uint64_t seq, uint8_t kind, uint32_t day, uint32_t counter)
{
    uint64_t before = known()->seq;
    struct ticket t = {kind, day, counter};
    uint32_t ticket_before = known()->tickets[kind - 1][0].counter;
    numbers_entry(n, seq);
    numbers_ticket(n, &t);
    assert_int_equal(numbers_cover(n, seq - 1, &clock, &err), 0);
    return known()->seq != before || known()->tickets[kind - 1][0].counter != ticket_before;
}

static uint32_t upto(uint8_t kind, uint32_t day)
{
    for (unsigned i = 0; i < NUMBERS_DAYS; i++)
        if (known()->tickets[kind - 1][i].day == day)
            return known()->tickets[kind - 1][i].counter;
    return 0;
}

static void spoil(off_t at)
{
    char byte;
    int fd = open(numbers_path(n), O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void a_new_one_knows_nothing(void **state)
{
    (void)state;
    assert_false(known()->any);
    open_it();
    assert_false(known()->any);
}

/* Whatever was given is below what the file says, at every moment, and it is seldom written. */
static void it_is_always_ahead_and_seldom_written(void **state)
{
    (void)state;
    unsigned written = 0;
    assert_int_equal(numbers_begin(n, 0, &err), 0);
    for (uint64_t seq = 1; seq <= 5000; seq++) {
        now_us += 10000000; /* never in haste */
        written += gives(seq, (uint8_t)(1 + seq % 3), 20000, (uint32_t)(1 + (seq - 1) / 3));
        struct numbers *mine = n;
        if (seq % 100 == 0) { /* as another process sees it */
            n = NULL;
            open_it();
            assert_true(known()->any);
            assert_true(known()->seq >= seq && known()->stored < seq);
            assert_true(upto((uint8_t)(1 + seq % 3), 20000) >= 1 + (seq - 1) / 3);
            numbers_close(&n);
            n = mine;
        }
    }
    assert_in_range(written, 5, 100);
}

static void in_haste_the_blocks_are_larger(void **state)
{
    (void)state;
    unsigned written = 0;
    assert_int_equal(numbers_begin(n, 0, &err), 0);
    for (uint64_t seq = 1; seq <= 100000; seq++) {
        now_us += 50;
        written += gives(seq, 2, 20000, (uint32_t)seq);
    }
    assert_in_range(written, 2, 90);
}

static void tickets_of_two_days_are_known(void **state)
{
    (void)state;
    assert_int_equal(numbers_begin(n, 0, &err), 0);
    gives(1, 1, 20000, 812);
    gives(2, 1, 20001, 1);
    gives(3, 1, 20000, 813);
    assert_true(upto(1, 20000) >= 813 && upto(1, 20001) >= 1);
    gives(4, 1, 20002, 1);
    assert_true(upto(1, 20001) >= 1 && upto(1, 20002) >= 1);
    assert_int_equal(upto(1, 20000), 0);
    open_it();
    assert_true(upto(1, 20001) >= 1 && upto(1, 20002) >= 1);
}

/* After a start nothing is given below what was foreseen before it, and nothing is written for
 * that. */
static void a_restart_keeps_what_was_foreseen(void **state)
{
    (void)state;
    assert_int_equal(numbers_begin(n, 0, &err), 0);
    gives(10, 3, 20000, 4);
    uint64_t seq = known()->seq;
    uint32_t counter = upto(3, 20000);
    identity.boot = 2;
    open_it();
    assert_int_equal(known()->boot, 1);
    assert_int_equal(numbers_begin(n, 10, &err), 0);
    assert_int_equal(known()->boot, 2);
    assert_int_equal(known()->stored, 10);
    assert_int_equal(known()->seq, seq);
    assert_false(gives(11, 3, 20000, 5));
    assert_int_equal(upto(3, 20000), counter);
}

static void what_was_cut_in_one_place_the_other_has(void **state)
{
    (void)state;
    assert_int_equal(numbers_begin(n, 0, &err), 0); /* turn 1, behind */
    gives(1, 1, 20000, 1);                          /* turn 2, in front */
    uint64_t seq = known()->seq;
    for (off_t at = 0; at < 100; at += 7) {
        spoil(at);
        open_it();
        assert_true(known()->any);
        assert_int_equal(known()->seq, 0);
        spoil(at);
        spoil(PLACE + at);
        open_it();
        assert_int_equal(known()->seq, seq);
        spoil(PLACE + at);
    }
    open_it();
    assert_int_equal(known()->seq, seq);
}

static void one_that_is_damaged_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(numbers_begin(n, 0, &err), 0);
    gives(1, 1, 20000, 1);
    spoil(3);
    spoil(PLACE + 3);
    open_it();
    assert_false(known()->any);
    assert_int_equal(numbers_begin(n, 5, &err), 0);
    open_it();
    assert_true(known()->any);
    assert_int_equal(known()->seq, 5);
}

static void another_store_begins_anew(void **state)
{
    (void)state;
    assert_int_equal(numbers_begin(n, 0, &err), 0);
    gives(1, 1, 20000, 1);
    uint64_t seq = known()->seq;
    identity.digest_key[31] = 1;
    open_it();
    assert_false(known()->any);
    assert_int_equal(known()->seq, 0);
    assert_int_equal(upto(1, 20000), 0);
    assert_int_equal(numbers_begin(n, 3, &err), 0);
    identity.digest_key[31] = 0; /* and takes nothing from the first */
    open_it();
    assert_true(known()->any);
    assert_int_equal(known()->seq, seq);
}

static void a_folder_that_cannot_be_is_named(void **state)
{
    (void)state;
    struct numbers *other = NULL;
    assert_int_equal(numbers_open(&other, "/dev/null/siaga", &identity, &err), ERR_CONFIG);
    assert_non_null(strstr(err.text, "/dev/null/siaga"));
    assert_null(other);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_one_knows_nothing, begin, end),
        cmocka_unit_test_setup_teardown(it_is_always_ahead_and_seldom_written, begin, end),
        cmocka_unit_test_setup_teardown(in_haste_the_blocks_are_larger, begin, end),
        cmocka_unit_test_setup_teardown(tickets_of_two_days_are_known, begin, end),
        cmocka_unit_test_setup_teardown(a_restart_keeps_what_was_foreseen, begin, end),
        cmocka_unit_test_setup_teardown(what_was_cut_in_one_place_the_other_has, begin, end),
        cmocka_unit_test_setup_teardown(one_that_is_damaged_says_nothing, begin, end),
        cmocka_unit_test_setup_teardown(another_store_begins_anew, begin, end),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_is_named, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
