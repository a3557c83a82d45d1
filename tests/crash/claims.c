/* A client with a valid key that breaks the rules below a message: sizes nobody has, boxes nobody
 * can open, one frame twice. By its own hand, since libzmq keeps to them.
 *
 *   claims PORT SERVER_PUBLIC PUBLIC SECRET WHAT     keys in Z85; WHAT: size, negative, garbage,
 *                                                     again, short, command
 *
 * Ends with 0 when it was hung up on, 1 when nobody minded for so long. */
#include "tests/support/curve_by_hand.h"

#define PATIENCE_MS 20000

/* A frame of this size is announced, and it is not sent. */
static void claim(uint8_t flags, uint64_t size)
{
    uint8_t m[9 + 8];
    long_frame(m, flags, size);
    memcpy(m + 9, "\7MESSAGE", 8);
    put(m, sizeof m);
}

static void garbage(void)
{
    uint8_t m[2 + 200] = {0, 200, 7, 'M', 'E', 'S', 'S', 'A', 'G', 'E'};
    memset(m + 10, 0x5a, sizeof m - 10);
    put(m, sizeof m);
}

/* The counter of a nonce only rises. */
static void again(void)
{
    static const uint8_t text[] = "once";
    put_part(text, sizeof text, false);
    counter--;
    put_part(text, sizeof text, false);
}

static bool hung_up(void)
{
    uint8_t heard[4096];
    struct pollfd at = {wire, POLLIN, 0};
    while (poll(&at, 1, PATIENCE_MS) == 1)
        if (recv(wire, heard, sizeof heard, 0) <= 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        give_up("claims PORT SERVER PUBLIC SECRET WHAT");
    come_in(argv[1], argv[2], argv[3], argv[4]);
    if (strcmp(argv[5], "size") == 0)
        claim(0x02, 1ull << 40);
    else if (strcmp(argv[5], "negative") == 0)
        claim(0x02, UINT64_MAX);
    else if (strcmp(argv[5], "command") == 0)
        claim(0x06, 1ull << 40);
    else if (strcmp(argv[5], "garbage") == 0)
        garbage();
    else if (strcmp(argv[5], "again") == 0)
        again();
    else if (strcmp(argv[5], "short") == 0)
        put("\0\4junk", 6);
    else
        give_up("no such WHAT");
    return hung_up() ? 0 : 1;
}
