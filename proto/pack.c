#include "pack.h"

#include <endian.h>
#include <math.h>

#include "uncleared.h"

#define PAIRS_MAX 256u
#define KEY_BYTES_MAX 64u
#define SLOTS_MAX (2 * PAIRS_MAX)

/* --- the first bytes of a value ------------------------------------------------------------ */

struct head {
    enum pack_type type;
    uint32_t bytes; /* of the head, with what stands in it */
    uint32_t count; /* bytes of a string, items of an array, pairs of a map */
    uint64_t bits;  /* of a number or bool */
};

/* The types 0xc0 to 0xdf: what they are, and how many bytes of number follow. Types that siaga does
 * not take (0xc1 and all of ext) are PACK_NONE. */
static const struct {
    uint8_t type, width;
} tags[32] = {
    {PACK_NIL, 0},   {PACK_NONE, 0},  {PACK_BOOL, 0}, {PACK_BOOL, 0},  {PACK_BIN, 1},
    {PACK_BIN, 2},   {PACK_BIN, 4},   {PACK_NONE, 1}, {PACK_NONE, 2},  {PACK_NONE, 4},
    {PACK_FLOAT, 4}, {PACK_FLOAT, 8}, {PACK_UINT, 1}, {PACK_UINT, 2},  {PACK_UINT, 4},
    {PACK_UINT, 8},  {PACK_INT, 1},   {PACK_INT, 2},  {PACK_INT, 4},   {PACK_INT, 8},
    {PACK_NONE, 1},  {PACK_NONE, 1},  {PACK_NONE, 1}, {PACK_NONE, 1},  {PACK_NONE, 1},
    {PACK_STR, 1},   {PACK_STR, 2},   {PACK_STR, 4},  {PACK_ARRAY, 2}, {PACK_ARRAY, 4},
    {PACK_MAP, 2},   {PACK_MAP, 4},
};

static bool is_sized(enum pack_type type)
{
    return type == PACK_STR || type == PACK_BIN || type == PACK_ARRAY || type == PACK_MAP;
}

/* The types whose number stands in the first byte itself. */
static struct head head_short(uint8_t b)
{
    if (b < 0x80)
        return (struct head){PACK_UINT, 1, 0, b};
    if (b < 0x90)
        return (struct head){PACK_MAP, 1, b & 0x0Fu, 0};
    if (b < 0xa0)
        return (struct head){PACK_ARRAY, 1, b & 0x0Fu, 0};
    if (b < 0xc0)
        return (struct head){PACK_STR, 1, b & 0x1Fu, 0};
    return (struct head){PACK_INT, 1, 0, (uint64_t)(int64_t)(int8_t)b};
}

/* Negative numbers fill 64 bits; those written as signed without need are plain PACK_UINT. */
static void head_sign(struct head *h, unsigned width)
{
    unsigned shift = 64 - 8 * width;
    h->bits = (uint64_t)((int64_t)(h->bits << shift) >> shift);
    if ((int64_t)h->bits >= 0)
        h->type = PACK_UINT;
}

static inline uint64_t big_endian(const uint8_t *p, unsigned width)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (width) {
    case 0:
        return 0;
    case 1:
        return *p;
    case 2:
        return be16toh(*(uint16_t *)memcpy(&two, p, 2));
    case 4:
        return be32toh(*(uint32_t *)memcpy(&four, p, 4));
    default:
        return be64toh(*(uint64_t *)memcpy(&eight, p, 8));
    }
}

/* Reads a head and checks that what it claims can still follow: a byte for each byte or item, two
 * for each pair. Inline: most of what is read is small, and so is each call. */
static inline enum pack_scan head_read(const uint8_t *p, const uint8_t *end, struct head *ret_head)
{
    if (p == end)
        return PACK_CUT;
    struct head h;
    if (*p < 0xc0 || *p > 0xdf) {
        h = head_short(*p);
    } else {
        unsigned width = tags[*p - 0xc0].width;
        h = (struct head){.type = tags[*p - 0xc0].type, .bytes = 1 + width};
        if (h.type == PACK_NONE)
            return PACK_BAD_TYPE;
        if ((size_t)(end - p) < h.bytes)
            return PACK_CUT;
        h.bits = big_endian(p + 1, width);
        if (is_sized(h.type))
            h.count = (uint32_t)h.bits;
        if (h.type == PACK_INT)
            head_sign(&h, width);
        if (h.type == PACK_BOOL)
            h.bits = *p & 1u;
    }

    uint64_t least = (uint64_t)h.count * (h.type == PACK_MAP ? 2 : 1);
    if (least > (size_t)(end - p) - h.bytes)
        return PACK_CUT;
    *ret_head = h;
    return PACK_FINE;
}

static double head_double(const struct head *h)
{
    if (h->type == PACK_UINT)
        return (double)h->bits;
    if (h->type == PACK_INT)
        return (double)(int64_t)h->bits;
    if (h->bytes == 5) {
        float f;
        uint32_t bits = (uint32_t)h->bits;
        memcpy(&f, &bits, sizeof(f));
        return (double)f;
    }
    double d;
    memcpy(&d, &h->bits, sizeof(d));
    return d;
}

/* --- the scan ------------------------------------------------------------------------------- */

/* The keys of one open map: offsets (plus one) into the message, in a hash table never more than
 * half full. A map of n pairs clears and uses the next power of two from 2n on, so the whole scan
 * costs time in proportion to the message. */
struct keys {
    uint32_t slots_n;
    uint32_t slots[SLOTS_MAX];
};

struct level {
    uint32_t left; /* values still to come; keys of a map count too */
    bool is_map;
    struct keys keys;
};

static void keys_open(struct keys *k, uint32_t pairs)
{
    k->slots_n = 2;
    while (k->slots_n < 2 * pairs)
        k->slots_n *= 2;
    memset(k->slots, 0, k->slots_n * sizeof(k->slots[0]));
}

/* A key of the message that has been read before, given the place of its head. */
static struct slice key_at(const uint8_t *bytes, const uint8_t *end, uint32_t at)
{
    struct head h = {0};
    head_read(bytes + at, end, &h);
    return (struct slice){(const char *)bytes + at + h.bytes, h.count};
}

static bool is_utf8(const uint8_t *p, const uint8_t *end)
{
    while (p < end) {
        unsigned more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
        if ((*p >= 0x80 && *p < 0xc2) || *p > 0xf4 || (size_t)(end - p) < more + 1)
            return false;
        /* The second byte rules out what is overlong, a surrogate or beyond U+10FFFF. */
        uint8_t low = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80;
        uint8_t high = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;
        for (unsigned i = 1; i <= more; i++, low = 0x80, high = 0xbf) {
            if (p[i] < low || p[i] > high)
                return false;
        }
        p += more + 1;
    }
    return true;
}

struct scan {
    const uint8_t *bytes, *p, *end;
    unsigned depth; /* open levels */
    struct level levels[PACK_MAX_DEPTH];
};

/* Adds the key whose head stands at s->p; false when the map has had it. */
static bool keys_add(struct keys *k, const struct scan *s, struct slice key)
{
    uint32_t hash = slice_hash(key);
    hash ^= hash >> 15;

    uint32_t slot = hash & (k->slots_n - 1);
    for (; k->slots[slot]; slot = (slot + 1) & (k->slots_n - 1)) {
        if (slice_same(key, key_at(s->bytes, s->end, k->slots[slot] - 1)))
            return false;
    }
    k->slots[slot] = (uint32_t)(s->p - s->bytes) + 1;
    return true;
}

static enum pack_scan scan_key(struct scan *s, struct level *in, const struct head *h)
{
    if (h->type != PACK_STR || h->count > KEY_BYTES_MAX)
        return PACK_BAD_KEY;
    struct slice key = {(const char *)s->p + h->bytes, h->count};
    if (!is_utf8(s->p + h->bytes, s->p + h->bytes + h->count))
        return PACK_BAD_KEY;
    if (!keys_add(&in->keys, s, key))
        return PACK_DUPLICATE_KEY;
    return PACK_FINE;
}

static enum pack_scan scan_open(struct scan *s, const struct head *h)
{
    if (s->depth == PACK_MAX_DEPTH)
        return PACK_TOO_DEEP;
    struct level *level = &s->levels[s->depth++];
    level->is_map = h->type == PACK_MAP;
    level->left = h->count;
    if (!level->is_map)
        return PACK_FINE;
    if (h->count > PAIRS_MAX)
        return PACK_TOO_BIG;
    level->left = 2 * h->count;
    keys_open(&level->keys, h->count);
    return PACK_FINE;
}

/* One value of the innermost open level. */
static enum pack_scan scan_value(struct scan *s)
{
    struct level *in = &s->levels[s->depth - 1];
    struct head h;
    enum pack_scan found = head_read(s->p, s->end, &h);
    if (found)
        return found;

    if (in->is_map && in->left % 2 == 0)
        found = scan_key(s, in, &h);
    else if (h.type == PACK_FLOAT && !isfinite(head_double(&h)))
        found = PACK_BAD_NUMBER;
    if (found)
        return found;

    in->left--;
    s->p += h.bytes;
    if (h.type == PACK_ARRAY || h.type == PACK_MAP)
        return scan_open(s, &h);
    s->p += h.count;
    return PACK_FINE;
}

enum pack_scan pack_scan(const void *bytes, size_t n)
{
    return pack_scan_most(bytes, n, PACK_MAX_BYTES);
}

enum pack_scan pack_scan_most(const void *bytes, size_t n, size_t most)
{
    if (n == 0)
        return PACK_EMPTY;
    if (n > most)
        return PACK_TOO_BIG;
    struct scan s UNCLEARED; /* 16 KiB of it are key tables, cleared when a map opens */
    s.bytes = s.p = bytes;
    s.end = s.p + n;
    s.depth = 0;

    struct head h;
    if (head_short(*s.p).type != PACK_MAP && *s.p != 0xde && *s.p != 0xdf)
        return PACK_NOT_A_MAP;
    enum pack_scan found = head_read(s.p, s.end, &h);
    if (!found)
        found = scan_open(&s, &h);
    s.p += found ? 0 : h.bytes;

    while (!found && s.depth > 0) {
        if (s.levels[s.depth - 1].left == 0)
            s.depth--;
        else
            found = scan_value(&s);
    }
    if (found)
        return found;
    return s.p == s.end ? PACK_FINE : PACK_TRAILING;
}

const char *pack_scan_name(enum pack_scan s)
{
    static const char *const names[] = {
        [PACK_FINE] = "fine",
        [PACK_EMPTY] = "empty",
        [PACK_TOO_BIG] = "too big",
        [PACK_CUT] = "cut short",
        [PACK_TOO_DEEP] = "too deep",
        [PACK_BAD_TYPE] = "type not taken",
        [PACK_BAD_KEY] = "key is no short text",
        [PACK_DUPLICATE_KEY] = "key given twice",
        [PACK_BAD_NUMBER] = "not a number",
        [PACK_TRAILING] = "bytes after the map",
        [PACK_NOT_A_MAP] = "not a map",
    };
    return s < sizeof(names) / sizeof(names[0]) ? names[s] : "";
}

/* --- the reader ----------------------------------------------------------------------------- */

struct reader reader_over(const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    return (struct reader){p, n > 0 ? p + n : p, 0}; /* nothing at all may be NULL */
}

/* The head at the reader if it is of the type wanted (PACK_NONE: any); the reader moves past it. */
static bool take(struct reader *r, enum pack_type want, struct head *ret_head)
{
    struct head h;
    if (r->err || head_read(r->p, r->end, &h) || (want && h.type != want)) {
        r->err = 1;
        return false;
    }
    r->p += h.bytes;
    *ret_head = h;
    return true;
}

static struct slice take_bytes(struct reader *r, enum pack_type want)
{
    if (want == PACK_STR && !r->err && r->p < r->end && (*r->p & 0xe0) == 0xa0 &&
        (*r->p & 0x1f) < r->end - r->p) { /* nearly all strings are short */
        struct slice shorter = {(const char *)r->p + 1, *r->p & 0x1fu};
        r->p += 1 + shorter.n;
        return shorter;
    }
    struct head h;
    if (!take(r, want, &h))
        return (struct slice){0};
    struct slice s = {(const char *)r->p, h.count};
    r->p += h.count;
    return s;
}

enum pack_type reader_peek(const struct reader *r)
{
    struct head h;
    return r->err || head_read(r->p, r->end, &h) ? PACK_NONE : h.type;
}

uint32_t reader_map(struct reader *r)
{
    struct head h;
    return take(r, PACK_MAP, &h) ? h.count : 0;
}

uint32_t reader_array(struct reader *r)
{
    struct head h;
    return take(r, PACK_ARRAY, &h) ? h.count : 0;
}

struct slice reader_str(struct reader *r)
{
    return take_bytes(r, PACK_STR);
}

struct slice reader_bin(struct reader *r)
{
    return take_bytes(r, PACK_BIN);
}

/* The numbers that stand in one byte. */
static bool take_small(struct reader *r, uint8_t *ret)
{
    if (r->err || r->p == r->end || *r->p > 0x7f)
        return false;
    *ret = *r->p++;
    return true;
}

uint64_t reader_uint(struct reader *r)
{
    struct head h;
    uint8_t small;
    if (take_small(r, &small))
        return small;
    return take(r, PACK_UINT, &h) ? h.bits : 0;
}

int64_t reader_int(struct reader *r)
{
    struct head h;
    uint8_t small;
    if (take_small(r, &small))
        return small;
    enum pack_type type = reader_peek(r);
    if (!take(r, type == PACK_INT ? PACK_INT : PACK_UINT, &h))
        return 0;
    if (h.type == PACK_UINT && h.bits > INT64_MAX) {
        r->p -= h.bytes;
        r->err = 1;
        return 0;
    }
    return (int64_t)h.bits;
}

double reader_double(struct reader *r)
{
    struct head h;
    enum pack_type type = reader_peek(r);
    bool number = type == PACK_UINT || type == PACK_INT;
    return take(r, number ? type : PACK_FLOAT, &h) ? head_double(&h) : 0;
}

bool reader_bool(struct reader *r)
{
    struct head h;
    return take(r, PACK_BOOL, &h) && h.bits;
}

void reader_nil(struct reader *r)
{
    struct head h;
    take(r, PACK_NIL, &h);
}

/* Short strings and small numbers: nearly all that is skipped. */
static bool skip_short(struct reader *r)
{
    if (r->err || r->p == r->end || (*r->p >= 0x80 && *r->p < 0xa0) ||
        (*r->p >= 0xc0 && *r->p < 0xe0))
        return false;
    uint32_t n = (*r->p & 0xe0) == 0xa0 ? *r->p & 0x1fu : 0;
    if (n >= r->end - r->p)
        return false;
    r->p += 1 + n;
    return true;
}

struct slice reader_skip(struct reader *r)
{
    const uint8_t *start = r->p;
    struct head h;
    for (uint64_t left = 1; left > 0; left--) {
        if (skip_short(r))
            continue;
        if (!take(r, PACK_NONE, &h))
            return (struct slice){0};
        if (h.type == PACK_ARRAY || h.type == PACK_MAP)
            left += (uint64_t)h.count * (h.type == PACK_MAP ? 2 : 1);
        else
            r->p += h.count;
    }
    return (struct slice){(const char *)start, (uint32_t)(r->p - start)};
}
