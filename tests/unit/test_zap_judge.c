/* zap_judge: whom the handler of handshakes lets in, at which moment, how often; and when the
 * handler itself counts as dead. Time is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "daemon/net/zap_judge.h"

#define SECOND 1000000ll
#define HERE "192.0.2.1"

static int64_t wall_us, mono_us;
static struct judge *j;

static int64_t wall(void *self)
{
    (void)self;
    return wall_us;
}

static int64_t mono(void *self)
{
    (void)self;
    return mono_us;
}

static const struct clock CLOCK = {.wall = wall, .mono = mono};

/* Keys are any 32 bytes. */
static const uint8_t *key_of(unsigned n)
{
    static uint8_t key[32];
    memset(key, 0x5a, sizeof key);
    memcpy(key, &n, sizeof n);
    return key;
}

static void name_key(struct zap_key *row, unsigned n)
{
    zmq_z85_encode(row->public_key, key_of(n), 32);
    snprintf(row->name, sizeof row->name, "name-%u", n);
}

static struct zap_table *table_of(unsigned keys)
{
    struct zap_table *t = zap_table_new(keys, 0);
    for (unsigned n = 0; n < keys; n++)
        name_key(&t->keys[n], n);
    return t;
}

static void use(struct zap_table *t)
{
    j = judge_new(t, &CLOCK);
}

static void use_instead(struct zap_table *t)
{
    struct judge *old = j;
    use(t);
    judge_inherit(j, old);
    judge_free(&old);
}

static int begin(void **state)
{
    (void)state;
    wall_us = 1000 * SECOND;
    mono_us = 50 * SECOND;
    return 0;
}

static int end(void **state)
{
    (void)state;
    judge_free(&j);
    assert_null(j);
    return 0;
}

static struct verdict ask_from(unsigned n, const char *address)
{
    struct verdict v = {.in = false};
    judge_key(j, key_of(n), address, &v);
    return v;
}

static bool lets_in(unsigned n)
{
    return ask_from(n, HERE).in;
}

static unsigned let_in(unsigned n, unsigned tries)
{
    unsigned in = 0;
    while (tries-- > 0)
        in += lets_in(n);
    return in;
}

static void a_key_is_the_name_of_its_row(void **state)
{
    (void)state;
    use(table_of(5000));
    for (unsigned n = 0; n < 5000; n += 7) {
        char name[ZAP_NAME_BYTES], text[ZAP_KEY_BYTES];
        struct verdict v = ask_from(n, HERE);
        snprintf(name, sizeof name, "name-%u", n);
        assert_true(v.in);
        assert_string_equal(v.name, name);
        assert_string_equal(v.key, zmq_z85_encode(text, key_of(n), 32));
    }
    assert_false(lets_in(5000));
}

/* Keys that fall into one place are told apart: here all 32 differ in their last byte alone. */
static void keys_that_begin_alike_are_told_apart(void **state)
{
    (void)state;
    uint8_t key[32];
    struct zap_table *t = zap_table_new(32, 0);
    for (unsigned n = 0; n < 32; n++) {
        memcpy(key, key_of(7), 32);
        key[31] = (uint8_t)n;
        zmq_z85_encode(t->keys[n].public_key, key, 32);
        snprintf(t->keys[n].name, sizeof t->keys[n].name, "n-%u", n);
    }
    use(t);
    for (unsigned n = 0; n < 33; n++) {
        char name[16];
        struct verdict v = {.in = false};
        memcpy(key, key_of(7), 32);
        key[31] = (uint8_t)n;
        judge_key(j, key, HERE, &v);
        snprintf(name, sizeof name, "n-%u", n);
        assert_int_equal(v.in, n < 32);
        assert_string_equal(v.name, n < 32 ? name : "");
    }
}

/* Nor does a copy of a row give anybody another name. */
static void a_row_that_is_no_key_lets_nobody_in(void **state)
{
    (void)state;
    static const uint8_t zeros[32];
    struct verdict v = {.in = false};
    struct zap_table *t = table_of(4);
    memcpy(t->keys[3].public_key, t->keys[2].public_key, ZAP_KEY_BYTES);
    t->keys[0].public_key[0] = '\0';
    memset(t->keys[1].public_key, '~', 40);
    use(t);
    judge_key(j, zeros, HERE, &v);
    assert_false(v.in || lets_in(0) || lets_in(1));
    assert_string_equal(ask_from(2, HERE).name, "name-2");
}

static void a_key_has_its_time_to_the_microsecond(void **state)
{
    (void)state;
    struct zap_table *t = table_of(2);
    t->keys[0].from_us = 2000 * SECOND;
    t->keys[0].until_us = 3000 * SECOND;
    t->keys[1].until_us = 1; /* long ago */
    use(t);
    static const struct {
        int64_t now_us;
        bool in;
    } MOMENTS[] = {{2000 * SECOND - 1, false},
                   {2000 * SECOND, true},
                   {3000 * SECOND - 1, true},
                   {3000 * SECOND, false}};
    for (size_t i = 0; i < sizeof MOMENTS / sizeof *MOMENTS; i++) {
        wall_us = MOMENTS[i].now_us;
        assert_int_equal(lets_in(0), MOMENTS[i].in);
        assert_false(lets_in(1));
    }
}

static void a_quota_is_a_minute_s_and_fills_with_time(void **state)
{
    (void)state;
    struct zap_table *t = table_of(2);
    t->keys[0].handshakes_per_minute = 6;
    use(t);
    assert_int_equal(let_in(0, 10), 6);
    mono_us += 10 * SECOND - 1;
    assert_int_equal(let_in(0, 2), 0);
    mono_us += 2;
    assert_int_equal(let_in(0, 2), 1);
    mono_us += 3600 * SECOND;
    assert_int_equal(let_in(0, 10), 6); /* no more is saved up */
    assert_int_equal(let_in(1, 1000), 1000);
}

/* Whoever knocks with unknown keys is not looked at; who is known comes in from there all the same.
 */
static void an_address_that_knocks_too_often_is_slowed(void **state)
{
    (void)state;
    use(table_of(1));
    for (unsigned n = 1; n <= 20; n++)
        assert_false(ask_from(n, HERE).slowed);
    assert_true(ask_from(21, HERE).slowed);
    assert_true(lets_in(0));
    assert_false(ask_from(21, "192.0.2.2").slowed);
    mono_us += SECOND;
    assert_false(ask_from(22, HERE).slowed);
    assert_false(ask_from(22, "").slowed);
}

/* A new table is no new start, neither for a quota nor for who knocks; a smaller quota holds at
 * once, and a key that went is gone. */
static void new_files_forgive_nothing(void **state)
{
    (void)state;
    struct zap_table *t = table_of(4), *later = table_of(3);
    t->keys[0].handshakes_per_minute = later->keys[0].handshakes_per_minute = 3;
    t->keys[2].handshakes_per_minute = 100;
    later->keys[2].handshakes_per_minute = 2;
    use(t);
    assert_int_equal(let_in(0, 5) + let_in(2, 1) + let_in(3, 1), 5);
    for (unsigned n = 0; n < 25; n++)
        ask_from(100 + n, "192.0.2.9");
    use_instead(later);
    assert_int_equal(let_in(0, 5), 0);
    assert_true(ask_from(999, "192.0.2.9").slowed);
    assert_true(lets_in(1));
    assert_int_equal(let_in(2, 5), 2);
    assert_false(lets_in(3));
}

static void local_users_are_who_the_table_says(void **state)
{
    (void)state;
    struct zap_table *t = zap_table_new(0, 2);
    t->users[0] = (struct zap_user){1001, "field-1"};
    t->users[1] = (struct zap_user){0, "poc-1"};
    use(t);
    static const struct {
        const char *address, *name;
    } PEERS[] = {{"localhost:1001:100:77", "field-1"},
                 {"localhost:0:0:1", "poc-1"},
                 {":1001", "field-1"},
                 {"localhost:10010:0:1", NULL},
                 {"localhost:100:1001:1", NULL},
                 {"localhost", NULL},
                 {"localhost:", NULL},
                 {"localhost:x:0:0", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < sizeof PEERS / sizeof *PEERS; i++) {
        struct verdict v = {.in = false};
        judge_user(j, PEERS[i].address, &v);
        assert_int_equal(v.in, PEERS[i].name != NULL);
        assert_string_equal(v.name, v.in ? PEERS[i].name : "");
    }
}

/* Claimed names are for root and for siagad's own user, and for nobody beside. */
static void names_are_claimed_by_root_and_our_own_user_alone(void **state)
{
    (void)state;
    struct zap_table *t = zap_table_new(0, 1);
    const unsigned others = 54321, peers[] = {0, geteuid(), others};
    t->claimed = true;
    t->users[0] = (struct zap_user){others, "field-1"};
    use(t);
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        char address[64];
        struct verdict v = {.in = false};
        snprintf(address, sizeof address, "localhost:%u:0:1", peers[i]);
        judge_user(j, address, &v);
        assert_int_equal(v.in, peers[i] != others);
        assert_string_equal(v.name, ZAP_CLAIMS);
    }
}

#define with_judge(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_judge(a_key_is_the_name_of_its_row),
        with_judge(keys_that_begin_alike_are_told_apart),
        with_judge(a_row_that_is_no_key_lets_nobody_in),
        with_judge(a_key_has_its_time_to_the_microsecond),
        with_judge(a_quota_is_a_minute_s_and_fills_with_time),
        with_judge(an_address_that_knocks_too_often_is_slowed),
        with_judge(new_files_forgive_nothing),
        with_judge(local_users_are_who_the_table_says),
        with_judge(names_are_claimed_by_root_and_our_own_user_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
