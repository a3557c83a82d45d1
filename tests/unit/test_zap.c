/* zap: the handler as libzmq speaks to it, with requests libzmq would not send; and its pulse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zmq.h>

#include "daemon/net/zap.h"
#include "daemon/net/zap_judge.h"

#define HANDLER "inproc://zeromq.zap.01"
#define PATIENCE_MS 20000

static void *context, *asker;
static struct zap *z;
static uint8_t key[32];

static struct zap_table *table_of(const char *name)
{
    struct zap_table *t = zap_table_new(1, 0);
    memset(key, 9, sizeof key);
    zmq_z85_encode(t->keys[0].public_key, key, sizeof key);
    snprintf(t->keys[0].name, sizeof t->keys[0].name, "%s", name);
    t->claimed = true;
    return t;
}

static int begin(void **state)
{
    (void)state;
    struct err err = {""};
    int linger = 0, patience = PATIENCE_MS;
    context = zmq_ctx_new();
    assert_int_equal(zap_open(&z, context, table_of("poc-1"), &err), 0);
    asker = zmq_socket(context, ZMQ_REQ);
    zmq_setsockopt(asker, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(asker, ZMQ_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(zmq_connect(asker, HANDLER), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    zmq_close(asker);
    zap_close(&z);
    assert_null(z);
    zmq_ctx_term(context);
    return 0;
}

struct part {
    const void *p;
    size_t n;
};
#define TEXT(t) ((struct part){(t), strlen(t)})

/* The status of the answer; ret_name gets the name of who came in. */
static int ask(const struct part *parts, size_t n, char ret_name[64])
{
    char frame[6][256];
    size_t size[6] = {0}, frames = 0, n_more = sizeof(int);
    int more = 1;
    for (size_t i = 0; i < n; i++)
        assert_true(zmq_send(asker, parts[i].p, parts[i].n, i + 1 < n ? ZMQ_SNDMORE : 0) >= 0);
    for (; more; frames++) {
        assert_true(frames < 6);
        int got = zmq_recv(asker, frame[frames], sizeof frame[0] - 1, 0);
        assert_in_range(got, 0, sizeof frame[0] - 1);
        size[frames] = (size_t)got;
        frame[frames][got] = '\0';
        zmq_getsockopt(asker, ZMQ_RCVMORE, &more, &n_more);
    }
    assert_int_equal(frames, 6);
    assert_string_equal(frame[0], "1.0");
    snprintf(ret_name, 64, "%.63s", frame[4]);
    int status = atoi(frame[2]);
    assert_true(status == 200 || (status == 400 && size[4] == 0 && size[5] == 0));
    return status;
}

static int handshake(const char *version, const char *domain, const char *mechanism,
                     struct part credentials, char ret_name[64])
{
    const struct part parts[] = {TEXT(version), TEXT("7"),       TEXT(domain), TEXT("192.0.2.1"),
                                 TEXT(""),      TEXT(mechanism), credentials};
    return ask(parts, 7, ret_name);
}

static void one_door_takes_keys_and_the_other_users(void **state)
{
    (void)state;
    char name[64], bytes[33] = {0};
    static const char me[] = "localhost:0:0:1";
    const struct part good = {key, 32};
    assert_int_equal(handshake("1.0", ZAP_DOMAIN_KEYS, "CURVE", good, name), 200);
    assert_string_equal(name, "poc-1");
    static const struct {
        const char *version, *domain, *mechanism;
        size_t n;
    } WRONG[] = {{"1.1", ZAP_DOMAIN_KEYS, "CURVE", 32},  {"", ZAP_DOMAIN_KEYS, "CURVE", 32},
                 {"1.0", ZAP_DOMAIN_LOCAL, "CURVE", 32}, {"1.0", ZAP_DOMAIN_KEYS, "NULL", 32},
                 {"1.0", ZAP_DOMAIN_KEYS, "PLAIN", 32},  {"1.0", "", "CURVE", 32},
                 {"1.0", "siaga-", "CURVE", 32},         {"1.0", "Siaga", "CURVE", 32},
                 {"1.0", ZAP_DOMAIN_KEYS, "CURVE", 31},  {"1.0", ZAP_DOMAIN_KEYS, "CURVE", 33},
                 {"1.0", ZAP_DOMAIN_KEYS, "CURVE", 0},   {"1.0", "global", "NULL", 0}};
    memcpy(bytes, key, 32);
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        assert_int_equal(handshake(WRONG[i].version, WRONG[i].domain, WRONG[i].mechanism,
                                   (struct part){bytes, WRONG[i].n}, name),
                         400);
    const struct part root[] = {TEXT("1.0"), TEXT("1"), TEXT(ZAP_DOMAIN_LOCAL),
                                TEXT(me),    TEXT(""),  TEXT("NULL")};
    assert_int_equal(ask(root, 6, name), 200);
    assert_string_equal(name, ZAP_CLAIMS);
}

/* Too few frames, too many, too long: no, and it goes on. */
static void a_request_of_another_form_is_refused(void **state)
{
    (void)state;
    char name[64];
    static char big[70000];
    struct part parts[40];
    uint64_t before, after, slowed;
    zap_figures(z, &before, &slowed);
    memset(big, 'x', sizeof big);
    for (size_t n = 1; n <= 40; n += 3) {
        for (size_t i = 0; i < n; i++)
            parts[i] = n % 2 == 0 ? (struct part){big, sizeof big} : TEXT("");
        assert_int_equal(ask(parts, n, name), 400);
    }
    const struct part long_key[] = {TEXT("1.0"),     TEXT("7"),         TEXT(ZAP_DOMAIN_KEYS),
                                    TEXT("address"), {big, sizeof big}, TEXT("CURVE"),
                                    {key, 32},       TEXT("one more"),  TEXT("and more")};
    assert_int_equal(ask(long_key, 9, name), 200); /* what is too much is not looked at */
    zap_figures(z, &after, &slowed);
    assert_int_equal(after - before, 14);
    assert_true(zap_alive(z));
}

static void a_new_table_counts_from_the_next_handshake(void **state)
{
    (void)state;
    char name[64];
    const struct part good = {key, 32};
    zap_use(z, table_of("poc-2"));
    assert_int_equal(handshake("1.0", ZAP_DOMAIN_KEYS, "CURVE", good, name), 200);
    assert_string_equal(name, "poc-2");
    zap_use(z, zap_table_new(0, 0));
    assert_int_equal(handshake("1.0", ZAP_DOMAIN_KEYS, "CURVE", good, name), 400);
}

/* Two of them would share the handshakes; the second is told so. */
static void there_is_one_handler(void **state)
{
    (void)state;
    struct err err = {""};
    struct zap *second = NULL;
    assert_int_equal(zap_open(&second, context, table_of("poc-1"), &err), ERR_FATAL);
    assert_null(second);
    assert_non_null(strstr(err.text, "ZAP"));
}

static void a_handler_that_stopped_answers_nobody(void **state)
{
    (void)state;
    zap_stop(z);
    int soon = 300;
    char frame[8];
    zmq_setsockopt(asker, ZMQ_RCVTIMEO, &soon, sizeof soon);
    zmq_send(asker, "1.0", 3, 0);
    assert_int_equal(zmq_recv(asker, frame, sizeof frame, 0), -1);
}

/* ---- the pulse: seconds as siagad counts them ---- */

/* Looks each gap_ms from 0 on while the handler beats until stops_ms: when it is called dead, or 0.
 */
static int64_t noticed_ms(int64_t gap_ms, int64_t stops_ms, int64_t upto_ms)
{
    struct pulse p = {0};
    for (int64_t now = 100000; now <= 100000 + upto_ms; now += gap_ms) {
        int64_t last = now - 100000 < stops_ms ? now : 100000 + stops_ms;
        if (!pulse_alive(&p, last - last % 250, now))
            return now - 100000;
    }
    return 0;
}

static void a_beating_handler_lives(void **state)
{
    (void)state;
    for (int64_t gap = 250; gap <= 60000; gap += 250)
        assert_int_equal(noticed_ms(gap, INT64_MAX, 3600000), 0);
}

/* Within four seconds when siagad looks each second, and in any case after some looks: who is slow
 * himself still notices. */
static void a_dead_handler_is_noticed_in_time(void **state)
{
    (void)state;
    for (int64_t stops = 10000; stops < 12000; stops += 50) {
        assert_in_range(noticed_ms(1000, stops, 60000) - stops, 2500, 4000);
        assert_in_range(noticed_ms(1010, stops, 60000) - stops, 2500, 4050);
    }
    for (int64_t gap = 1100; gap <= 20000; gap += 100)
        assert_in_range(noticed_ms(gap, 3 * gap, 60 * gap), 4 * gap, 7 * gap);
}

/* The machine was paused for a minute: the handler gets a moment to show itself, and no more. */
static void a_pause_is_not_a_death(void **state)
{
    (void)state;
    struct pulse p = {0};
    assert_true(pulse_alive(&p, 1000, 1000));
    assert_true(pulse_alive(&p, 1000, 61000));
    assert_true(pulse_alive(&p, 1000, 62000));
    assert_true(pulse_alive(&p, 62500, 63000));
    assert_true(pulse_alive(&p, 62500, 200000));
    assert_true(pulse_alive(&p, 62500, 201000));
    assert_false(pulse_alive(&p, 62500, 202000));
}

#define with_handler(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_handler(one_door_takes_keys_and_the_other_users),
        with_handler(a_request_of_another_form_is_refused),
        with_handler(a_new_table_counts_from_the_next_handshake),
        with_handler(there_is_one_handler),
        with_handler(a_handler_that_stopped_answers_nobody),
        cmocka_unit_test(a_beating_handler_lives),
        cmocka_unit_test(a_dead_handler_is_noticed_in_time),
        cmocka_unit_test(a_pause_is_not_a_death),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
