/* A client with a valid key that begins a message and never ends it: by its own hand, since libzmq
 * would gather it on this side.
 *
 *   endless PORT SERVER_PUBLIC PUBLIC SECRET MIB     keys in Z85
 *
 * Ends with 0 when it was cut off before all was sent, 1 when everything was taken. */
#include "tests/support/curve_by_hand.h"

#define PART 60000u

int main(int argc, char **argv)
{
    static const uint8_t zeros[PART];
    if (argc != 6)
        give_up("endless PORT SERVER PUBLIC SECRET MIB");
    come_in(argv[1], argv[2], argv[3], argv[4]);
    for (uint64_t sent = 0, most = strtoull(argv[5], NULL, 10) << 20; sent < most; sent += PART)
        if (put_part(zeros, PART, true) != 0)
            return 0;
    return 1;
}
