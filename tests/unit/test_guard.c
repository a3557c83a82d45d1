/* guard: a connection that is ahead of what was taken from it is ended, and that one alone. The
 * peers speak ZMTP 3.0 without keys by their own hand: libzmq would not send half a message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon/net/guard.h"

#define PATIENCE_MS 20000
#define MIB (1u << 20)
#define PART 65536u

static void *context, *router;
static struct guard *guard;
static uint16_t port;

static int begin(void **state)
{
    (void)state;
    struct err err = {""};
    char endpoint[64];
    size_t n = sizeof endpoint;
    int linger = 0, patience = PATIENCE_MS;
    context = zmq_ctx_new();
    router = zmq_socket(context, ZMQ_ROUTER);
    zmq_setsockopt(router, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(router, ZMQ_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(guard_open(&guard, context, (void *[]){router, NULL}, 2, &err), 0);
    assert_int_equal(zmq_bind(router, "tcp://127.0.0.1:*"), 0);
    zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &n);
    port = (uint16_t)atoi(strrchr(endpoint, ':') + 1);
    return 0;
}

/* Few descriptors: 2 * CROWD connections have room. */
#define CROWD 8
static int begin_tight(void **state)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 48 + 2 * CROWD;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return begin(state);
}

static int end(void **state)
{
    (void)state;
    guard_close(&guard);
    assert_null(guard);
    guard_close(&guard);
    zmq_close(router);
    zmq_ctx_term(context);
    return 0;
}

static int end_tight(void **state)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return end(state);
}

/* ---- a peer ---- */

/* Until it is cut off, which is what a test may want. */
static void put(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        struct pollfd at = {fd, POLLOUT | POLLRDHUP, 0};
        if (poll(&at, 1, PATIENCE_MS) != 1 || (at.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
            return;
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done <= 0)
            return;
        p += done;
        n -= (size_t)done;
    }
}

static int knock(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static int come(void)
{
    static const uint8_t greeting[64] = {0xff, [9] = 0x7f, [10] = 3, [12] = 'N', 'U', 'L', 'L'},
                         ready[] = "\4\31\5READY\13Socket-Type\0\0\0\6DEALER";
    uint8_t theirs[64];
    int fd = knock();
    put(fd, greeting, sizeof greeting);
    assert_int_equal(recv(fd, theirs, sizeof theirs, MSG_WAITALL), sizeof theirs);
    uint8_t ready_n[sizeof ready];
    memcpy(ready_n, ready, sizeof ready);
    ready_n[1] = sizeof ready - 1 - 2;
    put(fd, ready_n, sizeof ready - 1);
    return fd;
}

/* A whole message; ret_fd is the connection on this side. */
static void say(int fd, int *ret_fd)
{
    uint8_t id[255];
    zmq_msg_t body;
    put(fd, "\0\2hi", 4);
    zmq_msg_init(&body);
    assert_true(zmq_recv(router, id, sizeof id, 0) > 0);
    assert_int_equal(zmq_msg_recv(&body, router, 0), 2);
    *ret_fd = zmq_msg_get(&body, ZMQ_SRCFD);
    zmq_msg_close(&body);
}

/* Parts, and always more to come. */
static void begin_message(int fd, unsigned mib)
{
    static uint8_t part[9 + PART] = {3, [6] = PART >> 16, [7] = (PART >> 8) & 0xff};
    for (unsigned n = 0; n < mib * (MIB / PART); n++)
        put(fd, part, sizeof part);
}

static bool hung_up(int fd, int timeout_ms)
{
    char heard[4096];
    struct pollfd at = {fd, POLLIN, 0};
    while (poll(&at, 1, timeout_ms) == 1)
        if (recv(fd, heard, sizeof heard, 0) <= 0)
            return true;
    return false;
}

struct figures {
    uint64_t accepted, cut;
    uint32_t connections;
};

static struct figures figures(void)
{
    struct figures f;
    guard_figures(guard, &f.accepted, &f.cut, &f.connections);
    return f;
}

/* The guard hears of a connection, and counts a cut, a moment later. */
static void until(uint32_t connections, uint64_t cut)
{
    struct figures f = figures();
    for (int tries = 0; tries < PATIENCE_MS / 10 && (f.connections != connections || f.cut != cut);
         tries++) {
        poll(NULL, 0, 10);
        f = figures();
    }
    assert_int_equal(f.connections, connections);
    assert_int_equal(f.cut, cut);
}

/* ---- tests ---- */

static void a_message_without_end_is_cut_and_no_other(void **state)
{
    (void)state;
    int here, there, honest = come(), mad;
    say(honest, &here);
    begin_message(honest, 20); /* much, and within what may wait */
    mad = come();
    say(mad, &there);
    until(2, 0);
    begin_message(mad, 64);
    assert_true(hung_up(mad, PATIENCE_MS));
    assert_false(hung_up(honest, 0));
    until(1, 1); /* who was cut is not counted as being there */
    assert_int_equal(figures().accepted, 2);
    close(mad);
    close(honest);
    until(0, 1);
}

/* What the router took does not count: as much again may come. The one that is cut at the end shows
 * that the other was looked at. */
static void what_was_taken_is_forgiven(void **state)
{
    (void)state;
    int here, there, diligent = come(), mad = come();
    say(diligent, &here);
    say(mad, &there);
    until(2, 0);
    guard_took(guard, here, 64 * MIB);
    begin_message(diligent, 64);
    begin_message(mad, 64);
    assert_true(hung_up(mad, PATIENCE_MS));
    assert_false(hung_up(diligent, 0));
    begin_message(diligent, 48);
    assert_true(hung_up(diligent, PATIENCE_MS));
    until(0, 2);
    close(mad);
    close(diligent);
}

/* A descriptor is used again: the next one on it begins with nothing. */
static void a_new_connection_inherits_nothing(void **state)
{
    (void)state;
    int here, again, first = come();
    say(first, &here);
    guard_took(guard, here, 1ull << 40);
    close(first);
    until(0, 0);
    int second = come();
    say(second, &again);
    assert_int_equal(again, here); /* else this test says nothing */
    begin_message(second, 64);
    assert_true(hung_up(second, PATIENCE_MS));
    close(second);
}

/* Places are short: those who say nothing go until they are not, whoever spoke stays. */
static void who_says_nothing_gives_way_to_others(void **state)
{
    (void)state;
    int here, honest = come(), silent[CROWD + 4];
    say(honest, &here);
    for (int i = 0; i < CROWD - 1; i++)
        silent[i] = knock();
    until(CROWD, 0);
    for (int i = CROWD - 1; i < CROWD + 4; i++)
        silent[i] = knock();
    until(CROWD, 5);
    assert_int_equal(figures().accepted, CROWD + 5);
    assert_false(hung_up(honest, 0));
    for (int i = 0; i < CROWD + 4; i++)
        close(silent[i]);
    until(1, 5);
    close(honest);
}

static void what_is_no_connection_is_nothing(void **state)
{
    (void)state;
    int pipes[2], pair[2];
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    static const int none[] = {-1, GUARD_FDS, GUARD_FDS + 1, 1 << 30};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        guard_took(guard, none[i], 1);
        assert_int_equal(guard_inode(none[i]), 0);
        assert_false(guard_shut(none[i], 0));
    }
    assert_int_equal(guard_inode(pipes[0]), 0);
    uint64_t inode = guard_inode(pair[0]);
    assert_int_not_equal(inode, 0);
    assert_false(guard_shut(pair[0], 0));
    assert_false(guard_shut(pair[0], inode + 1));
    assert_false(guard_shut(pair[1], inode)); /* its number went to another */
    assert_false(hung_up(pair[1], 0));
    assert_true(guard_shut(pair[0], inode));
    assert_true(hung_up(pair[1], PATIENCE_MS));
    for (int i = 0; i < 2; i++) {
        close(pipes[i]);
        close(pair[i]);
    }
    assert_false(guard_shut(pair[0], inode));
}

#define with_guard(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_guard(a_message_without_end_is_cut_and_no_other),
        with_guard(what_was_taken_is_forgiven),
        with_guard(a_new_connection_inherits_nothing),
        cmocka_unit_test_setup_teardown(who_says_nothing_gives_way_to_others, begin_tight,
                                        end_tight),
        with_guard(what_is_no_connection_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
