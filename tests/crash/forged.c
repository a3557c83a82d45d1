/* A client that says in its handshake who it is, as if the handler of handshakes had said so, and
 * asks one thing. By its own hand: libzmq lets nobody set these properties.
 *
 *   forged PORT SERVER_PUBLIC PUBLIC SECRET NAME KEY MESSAGE     keys in Z85, MESSAGE in hex
 *
 * Prints the answer in hex; 2 when it does not come in or gets none. */
#include "tests/support/curve_by_hand.h"

#define ANSWER_MOST 65536u

/* One frame, opened; its size. Commands and frames of several parts are not expected here. */
static size_t hear(uint8_t *out)
{
    static uint8_t m[ANSWER_MOST];
    uint8_t flags, size[8] = {0}, n[24] = "CurveZMQMESSAGES";
    uint64_t m_n = 0;
    get(&flags, 1);
    get(size, flags & 2 ? 8 : 1);
    for (int i = 0; i < (flags & 2 ? 8 : 1); i++)
        m_n = m_n << 8 | size[i];
    if (m_n < 33 || m_n > sizeof m)
        give_up("an answer of another size");
    get(m, m_n);
    memcpy(n + 16, m + 8, 8);
    if (memcmp(m, "\7MESSAGE", 8) != 0 ||
        crypto_box_open_easy(out, m + 16, m_n - 16, n, theirs, brief_secret) != 0)
        give_up("the answer cannot be opened");
    return m_n - 32;
}

int main(int argc, char **argv)
{
    static uint8_t message[PART_MOST], answer[ANSWER_MOST];
    size_t n = 0;
    if (argc != 8)
        give_up("forged PORT SERVER PUBLIC SECRET NAME KEY MESSAGE");
    if (sodium_hex2bin(message, sizeof message, argv[7], strlen(argv[7]), NULL, &n, NULL) != 0)
        give_up("MESSAGE is not hex");
    say_property("User-Id", argv[5]);
    say_property("Key", argv[6]);
    come_in(argv[1], argv[2], argv[3], argv[4]);
    if (put_part(message, n, false) != 0)
        give_up("it was cut off");
    size_t heard = hear(answer);
    for (size_t i = 1; i < heard; i++)
        printf("%02x", answer[i]);
    printf("\n");
    return 0;
}
