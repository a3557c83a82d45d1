#include "crc32c.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#define POLYNOMIAL 0x82f63b78u

static uint32_t table[256];

static __attribute__((constructor)) void fill_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ POLYNOMIAL : c >> 1;
        table[i] = c;
    }
}

uint32_t crc32c_plain(const void *p, size_t n)
{
    const uint8_t *b = p;
    uint32_t c = ~0u;
    while (n-- > 0)
        c = table[(c ^ *b++) & 0xff] ^ c >> 8;
    return ~c;
}

#if defined(__x86_64__)
static __attribute__((target("sse4.2"))) uint32_t by_instruction(const uint8_t *b, size_t n)
{
    uint64_t c = ~0u;
    for (; n >= 8; n -= 8, b += 8) {
        uint64_t word;
        memcpy(&word, b, 8);
        c = _mm_crc32_u64(c, word);
    }
    for (; n > 0; n--)
        c = _mm_crc32_u8((uint32_t)c, *b++);
    return ~(uint32_t)c;
}

uint32_t crc32c(const void *p, size_t n)
{
    return __builtin_cpu_supports("sse4.2") ? by_instruction(p, n) : crc32c_plain(p, n);
}
#else
uint32_t crc32c(const void *p, size_t n)
{
    return crc32c_plain(p, n);
}
#endif
