#include "clients/lib/utf8.h"

#include <string.h>

#include "siaga.h"

size_t utf8_next(const uint8_t *p, const uint8_t *end, uint32_t *ret_c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    *ret_c = UTF8_BAD;
    if (*p < 0x80) {
        *ret_c = *p;
        return 1;
    }
    size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    if (*p < 0xc2 || *p > 0xf4 || (size_t)(end - p) < n)
        return 1;
    uint32_t c = *p & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 1;
    *ret_c = c;
    return n;
}

size_t utf8_put(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((0xf00u >> n & 0xffu) | c);
    return n;
}

bool utf8_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* The visible form of one character or bad byte. */
static size_t show(uint32_t c, uint8_t byte, char out[16])
{
    if (c == UTF8_BAD)
        return (size_t)snprintf(out, 16, "\\x%02x", byte);
    if (!utf8_hidden(c))
        return utf8_put(c, out);
    if (c == '\n' || c == '\t' || c == '\r')
        return (size_t)snprintf(out, 16, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
    return (size_t)snprintf(out, 16, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
}

const char *siaga_clean(const char *text, char *out, size_t size)
{
    const uint8_t *p = (const uint8_t *)(text ? text : ""), *end = p + strlen((const char *)p);
    size_t used = 0;
    while (p < end) {
        uint32_t c;
        char shown[16];
        size_t taken = utf8_next(p, end, &c), n = show(c, *p, shown);
        if (used + n + 1 > size)
            break;
        memcpy(out + used, shown, n);
        used += n;
        p += taken;
    }
    if (size)
        out[used] = '\0';
    return out;
}
