/* A client with a valid key that begins a message and never ends it: by its own hand, since libzmq
 * would gather it on this side. CurveZMQ (RFC 26) over ZMTP 3.0 (RFC 23).
 *
 *   endless PORT SERVER_PUBLIC PUBLIC SECRET MIB     keys in Z85
 *
 * Ends with 0 when it was cut off before all was sent, 1 when everything was taken. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#define PART 60000u

static uint8_t server[32], own[32], own_secret[32], brief[32], brief_secret[32], theirs[32],
    cookie[96];
static uint64_t counter;
static int wire;

static void give_up(const char *what)
{
    fprintf(stderr, "endless: %s\n", what);
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
        give_up("the handshake was refused");
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

static void initiate(void)
{
    static const uint8_t metadata[] = "\13Socket-Type\0\0\0\6DEALER\10Identity\0\0\0\0";
    uint8_t vouch[64], inside[128 + sizeof metadata - 1], m[9 + 9 + 96 + 8 + 16 + sizeof inside],
        n[24], v[24] = "VOUCH---";
    memcpy(inside, own, 32);
    randombytes_buf(inside + 32, 16);
    memcpy(v + 8, inside + 32, 16);
    memcpy(vouch, brief, 32);
    memcpy(vouch + 32, server, 32);
    if (crypto_box_easy(inside + 48, vouch, sizeof vouch, v, theirs, own_secret) != 0)
        give_up("VOUCH");
    memcpy(inside + 128, metadata, sizeof metadata - 1);
    long_frame(m, 0x06, sizeof m - 9);
    memcpy(m + 9, "\10INITIATE", 9);
    memcpy(m + 18, cookie, 96);
    nonce(n, m + 114, "CurveZMQINITIATE");
    if (crypto_box_easy(m + 122, inside, sizeof inside, n, theirs, brief_secret) != 0)
        give_up("INITIATE");
    put(m, sizeof m);
    uint8_t head[2], ready[256];
    get(head, 2);
    get(ready, head[1]);
    if (memcmp(ready, "\5READY", 6) != 0)
        give_up("no READY");
}

/* One part, and more to come. */
static int part(void)
{
    static uint8_t inside[1 + PART] = {1}, m[9 + 8 + 8 + 16 + sizeof inside];
    uint8_t n[24];
    long_frame(m, 0x02, sizeof m - 9);
    memcpy(m + 9, "\7MESSAGE", 8);
    nonce(n, m + 17, "CurveZMQMESSAGEC");
    if (crypto_box_easy(m + 25, inside, sizeof inside, n, theirs, brief_secret) != 0)
        give_up("MESSAGE");
    return put(m, sizeof m);
}

int main(int argc, char **argv)
{
    if (argc != 6 || sodium_init() < 0)
        give_up("endless PORT SERVER PUBLIC SECRET MIB");
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    signal(SIGPIPE, SIG_IGN);
    if (!zmq_z85_decode(server, argv[2]) || !zmq_z85_decode(own, argv[3]) ||
        !zmq_z85_decode(own_secret, argv[4]))
        give_up("not a key");
    crypto_box_keypair(brief, brief_secret);
    wire = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(wire, (struct sockaddr *)&at, sizeof at) != 0)
        give_up("cannot connect");
    greet();
    say_hello();
    hear_welcome();
    initiate();
    for (uint64_t sent = 0, most = strtoull(argv[5], NULL, 10) << 20; sent < most; sent += PART)
        if (part() != 0)
            return 0;
    return 1;
}
