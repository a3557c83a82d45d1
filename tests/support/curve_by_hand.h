/* curve_by_hand: a client with a key that speaks CurveZMQ (RFC 26) over ZMTP 3.0 (RFC 23) by its
 * own hand, to send what libzmq would not. What does not go ends the program with 2. */
#ifndef SIAGA_TESTS_CURVE_BY_HAND_H
#define SIAGA_TESTS_CURVE_BY_HAND_H

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#define PART_MOST 65536u

static uint8_t server[32], own[32], own_secret[32], brief[32], brief_secret[32], theirs[32],
    cookie[96];
static uint8_t metadata[512];
static size_t metadata_n;
static uint64_t counter;
static int wire;

static void give_up(const char *what)
{
    fprintf(stderr, "by hand: %s\n", what);
    exit(2);
}

/* -1 when the other side has hung up, also while it takes nothing. */
static int put(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    while (n > 0) {
        struct pollfd at = {wire, POLLOUT | POLLRDHUP, 0};
        if (poll(&at, 1, -1) != 1 || (at.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
            return -1;
        ssize_t done = send(wire, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done <= 0)
            return -1;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

static void get(void *bytes, size_t n)
{
    if (recv(wire, bytes, n, MSG_WAITALL) != (ssize_t)n)
        give_up("it was hung up on");
}

/* 16 bytes of name and a counter. */
static void nonce(uint8_t out[24], uint8_t short_nonce[8], const char *name)
{
    counter++;
    for (int i = 0; i < 8; i++)
        short_nonce[i] = (uint8_t)(counter >> (56 - 8 * i));
    memcpy(out, name, 16);
    memcpy(out + 16, short_nonce, 8);
}

static void long_frame(uint8_t m[9], uint8_t flags, uint64_t size)
{
    m[0] = flags;
    for (int i = 0; i < 8; i++)
        m[1 + i] = (uint8_t)(size >> (56 - 8 * i));
}

static void greet(void)
{
    uint8_t hello[64] = {0xff, [9] = 0x7f, [10] = 3, [11] = 0}, theirs_hello[64];
    memcpy(hello + 12, "CURVE", 5);
    put(hello, sizeof hello);
    get(theirs_hello, sizeof theirs_hello);
}

static void say_hello(void)
{
    uint8_t m[202] = {0x04, 200, 5, 'H', 'E', 'L', 'L', 'O', 1, 0}, n[24], zeros[64] = {0};
    memcpy(m + 82, brief, 32);
    nonce(n, m + 114, "CurveZMQHELLO---");
    if (crypto_box_easy(m + 122, zeros, sizeof zeros, n, server, brief_secret) != 0)
        give_up("HELLO");
    put(m, sizeof m);
}

static void hear_welcome(void)
{
    uint8_t m[170], n[24] = "WELCOME-", open[128];
    get(m, sizeof m);
    memcpy(n + 8, m + 10, 16);
    if (memcmp(m + 2, "\7WELCOME", 8) != 0 ||
        crypto_box_open_easy(open, m + 26, 144, n, server, brief_secret) != 0)
        give_up("WELCOME cannot be opened");
    memcpy(theirs, open, 32);
    memcpy(cookie, open + 32, 96);
}

/* A property of the handshake: what a client says of itself. */
static void say_property(const char *name, const char *value)
{
    size_t name_n = strlen(name), n = strlen(value);
    if (metadata_n + name_n + n + 5 > sizeof metadata)
        give_up("too many properties");
    uint8_t *p = metadata + metadata_n;
    *p++ = (uint8_t)name_n;
    memcpy(p, name, name_n);
    p += name_n;
    p[0] = p[1] = 0;
    p[2] = (uint8_t)(n >> 8);
    p[3] = (uint8_t)n;
    memcpy(p + 4, value, n);
    metadata_n += name_n + n + 5;
}

static void initiate(void)
{
    uint8_t vouch[64], inside[128 + sizeof metadata], m[9 + 9 + 96 + 8 + 16 + sizeof inside], n[24],
        v[24] = "VOUCH---";
    size_t inside_n = 128 + metadata_n, m_n = 9 + 9 + 96 + 8 + 16 + inside_n;
    memcpy(inside, own, 32);
    randombytes_buf(inside + 32, 16);
    memcpy(v + 8, inside + 32, 16);
    memcpy(vouch, brief, 32);
    memcpy(vouch + 32, server, 32);
    if (crypto_box_easy(inside + 48, vouch, sizeof vouch, v, theirs, own_secret) != 0)
        give_up("VOUCH");
    memcpy(inside + 128, metadata, metadata_n);
    long_frame(m, 0x06, m_n - 9);
    memcpy(m + 9, "\10INITIATE", 9);
    memcpy(m + 18, cookie, 96);
    nonce(n, m + 114, "CurveZMQINITIATE");
    if (crypto_box_easy(m + 122, inside, inside_n, n, theirs, brief_secret) != 0)
        give_up("INITIATE");
    put(m, m_n);
    uint8_t head[2], ready[256];
    get(head, 2);
    get(ready, head[1]);
    if (memcmp(ready, "\5READY", 6) != 0)
        give_up("no READY");
}

/* Keys in Z85. */
static void come_in(const char *port, const char *server_public, const char *public_key,
                    const char *secret_key)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0 || !zmq_z85_decode(server, server_public) ||
        !zmq_z85_decode(own, public_key) || !zmq_z85_decode(own_secret, secret_key))
        give_up("not a key");
    crypto_box_keypair(brief, brief_secret);
    wire = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(wire, (struct sockaddr *)&at, sizeof at) != 0)
        give_up("cannot connect");
    say_property("Socket-Type", "DEALER");
    say_property("Identity", "");
    greet();
    say_hello();
    hear_welcome();
    initiate();
}

/* One part of a message; -1 when the other side has hung up. */
static int put_part(const void *bytes, size_t size, bool more)
{
    static uint8_t inside[1 + PART_MOST], m[9 + 8 + 8 + 16 + sizeof inside];
    uint8_t n[24];
    size_t m_n = 9 + 8 + 8 + 16 + 1 + size;
    inside[0] = more;
    memcpy(inside + 1, bytes, size);
    long_frame(m, 0x02, m_n - 9);
    memcpy(m + 9, "\7MESSAGE", 8);
    nonce(n, m + 17, "CurveZMQMESSAGEC");
    if (crypto_box_easy(m + 25, inside, 1 + size, n, theirs, brief_secret) != 0)
        give_up("MESSAGE");
    return put(m, m_n);
}

#endif
