#include "crc32c.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
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
/* An instruction waits for the one before it, so three lanes that lie behind each other are summed
 * side by side. A sum over n words of zeros more is the sum times x^(64 n): a product without
 * carries, which the instruction takes by x^33 and reduces, hence x^(64 n - 33). */
#define LANE_LEAST 6u /* words; below it putting the lanes together costs more than it saves */
#define LANE_MOST 64u

static uint32_t powers[2 * LANE_MOST + 1]; /* x^(64 n - 33), its lowest power in the highest bit */

static __attribute__((constructor)) void fill_powers(void)
{
    powers[1] = 1; /* x^31 */
    for (unsigned n = 2; n <= 2 * LANE_MOST; n++) {
        uint32_t p = powers[n - 1];
        for (int bit = 0; bit < 64; bit++)
            p = p & 1 ? p >> 1 ^ POLYNOMIAL : p >> 1;
        powers[n] = p;
    }
}

static uint64_t word_at(const uint8_t *b, size_t i)
{
    uint64_t word;
    memcpy(&word, b + 8 * i, 8);
    return word;
}

static __attribute__((target("sse4.2,pclmul"))) uint64_t times(uint64_t sum, uint32_t power)
{
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(
        _mm_cvtsi64_si128((long long)sum), _mm_cvtsi64_si128((long long)power), 0));
}

static __attribute__((target("sse4.2,pclmul"))) uint64_t three_lanes(uint64_t sum, const uint8_t *b,
                                                                     size_t n)
{
    uint64_t second = 0, third = 0;
    for (size_t i = 0; i < n; i++) {
        sum = _mm_crc32_u64(sum, word_at(b, i));
        second = _mm_crc32_u64(second, word_at(b, n + i));
        third = _mm_crc32_u64(third, word_at(b, 2 * n + i));
    }
    return _mm_crc32_u64(0, times(sum, powers[2 * n]) ^ times(second, powers[n])) ^ third;
}

static __attribute__((target("sse4.2"))) uint32_t by_instruction(const uint8_t *b, size_t n,
                                                                 bool lanes)
{
    uint64_t c = ~0u;
    for (size_t lane; lanes && (lane = n / 24) >= LANE_LEAST; n -= 24 * lane, b += 24 * lane) {
        lane = lane < LANE_MOST ? lane : LANE_MOST;
        c = three_lanes(c, b, lane);
    }
    for (; n >= 8; n -= 8, b += 8)
        c = _mm_crc32_u64(c, word_at(b, 0));
    for (; n > 0; n--)
        c = _mm_crc32_u8((uint32_t)c, *b++);
    return ~(uint32_t)c;
}

uint32_t crc32c(const void *p, size_t n)
{
    if (!__builtin_cpu_supports("sse4.2"))
        return crc32c_plain(p, n);
    return by_instruction(p, n, __builtin_cpu_supports("pclmul"));
}
#else
uint32_t crc32c(const void *p, size_t n)
{
    return crc32c_plain(p, n);
}
#endif
