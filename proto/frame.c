#include "frame.h"

#include <string.h>

bool frame_read(const void *bytes, size_t n, struct frame *ret_frame)
{
    const uint8_t *p = bytes;
    if (n < FRAME_BYTES || p[0] != 'S' || p[1] != 'G')
        return false;

    uint64_t rid = 0;
    for (size_t i = 4; i < FRAME_BYTES; i++)
        rid = rid << 8 | p[i];
    *ret_frame = (struct frame){.version = p[2], .code = p[3], .rid = rid};
    return true;
}

void frame_write(uint8_t out[FRAME_BYTES], uint8_t code, uint64_t rid)
{
    memcpy(out, "SG", 2);
    out[2] = FRAME_VERSION;
    out[3] = code;
    for (unsigned i = 0; i < 8; i++)
        out[4 + i] = (uint8_t)(rid >> (56 - 8 * i));
}
