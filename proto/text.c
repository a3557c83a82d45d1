#include "text.h"

#include <utf8proc.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define MARKS_MAX 30u

/* --- characters ----------------------------------------------------------------------------- */

/* The character at p; its length is returned, 0 for bytes that are none. */
static uint32_t char_at(const char *p, const char *end, utf8proc_int32_t *ret_c)
{
    if ((unsigned char)*p < 0x80) {
        *ret_c = *p;
        return 1;
    }
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)p, end - p, ret_c);
    return n > 0 ? (uint32_t)n : 0;
}

static bool is_control(utf8proc_int32_t c, bool lines)
{
    if (c < 0x20)
        return !(lines && (c == '\n' || c == '\t'));
    return c >= 0x7F && c <= 0x9F;
}

static bool is_forbidden(utf8proc_int32_t c, bool lines, bool first)
{
    return is_control(c, lines) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           (c == 0xFEFF && !first) || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

/* A character that joins the one before it. U+0F73, 0F75 and 0F81 count as starters but fall apart
 * into two marks each. */
static bool is_mark(utf8proc_int32_t c)
{
    if (c < 0x300)
        return false;
    return utf8proc_get_property(c)->combining_class != 0 || c == 0x0F73 || c == 0x0F75 ||
           c == 0x0F81;
}

/* A walk over text. More than 30 marks in a row are no text (UAX #15, stream-safe text): no
 * language has them, and normalising sorts them in quadratic time. */
struct walk {
    const char *start, *p, *end;
    bool lines;
    uint32_t marks;
};

static struct walk walk_over(struct slice s, bool lines)
{
    return (struct walk){s.p, s.p, slice_end(s), lines, 0};
}

/* Takes one character or one bad byte. */
static enum text_state walk_step(struct walk *w)
{
    utf8proc_int32_t c;
    uint32_t n = char_at(w->p, w->end, &c);
    if (n == 0) {
        w->p++;
        w->marks = 0;
        return TEXT_BROKEN;
    }
    bool first = w->p == w->start;
    w->p += n;
    w->marks = is_mark(c) ? w->marks + 1 : 0;
    bool fine = !is_forbidden(c, w->lines, first) && w->marks <= MARKS_MAX;
    return fine ? TEXT_FINE : TEXT_CONTROL;
}

/* --- the faces of text.h -------------------------------------------------------------------- */

/* Printable ASCII, eight bytes at a time: no byte below 0x20, none from 0x7f on. */
static bool is_plain(struct slice s)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint32_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t v;
        memcpy(&v, s.p + i, sizeof(v));
        if ((v | (v - ones * 0x20) | (v + ones)) & high)
            return false;
    }
    for (; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return true;
}

enum text_state text_check(struct slice s, bool lines)
{
    if (is_plain(s))
        return TEXT_FINE;
    enum text_state found = TEXT_FINE;
    for (struct walk w = walk_over(s, lines); w.p < w.end;) {
        enum text_state state = walk_step(&w);
        if (state == TEXT_BROKEN)
            return TEXT_BROKEN;
        if (state != TEXT_FINE)
            found = state;
    }
    return found;
}

struct slice text_nfc(struct arena *a, struct slice s)
{
    /* Everything below U+0300 (lead bytes below 0xCC) is NFC as it stands. */
    uint32_t plain = 0;
    while (plain < s.n && (unsigned char)s.p[plain] < 0xCC)
        plain++;
    if (plain == s.n)
        return s;

    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    const utf8proc_uint8_t *in = (const utf8proc_uint8_t *)s.p;
    utf8proc_ssize_t count = utf8proc_decompose(in, s.n, NULL, 0, options);
    if (count < 0)
        return s;
    utf8proc_int32_t *chars = arena_alloc(a, ((size_t)count + 1) * sizeof(*chars));
    utf8proc_decompose(in, s.n, chars, count, options);
    utf8proc_ssize_t n = utf8proc_reencode(chars, count, options);
    if (n < 0)
        return s;
    struct slice made = {(const char *)chars, (uint32_t)n};
    return slice_same(made, s) ? s : made;
}

struct slice text_repair(struct arena *a, struct slice s, bool lines)
{
    if (text_check(s, lines) == TEXT_FINE)
        return s;
    char *out = arena_alloc(a, (size_t)s.n * (sizeof(REPLACEMENT) - 1));
    uint32_t n = 0;
    enum text_state before = TEXT_FINE;
    for (struct walk w = walk_over(s, lines); w.p < w.end;) {
        const char *from = w.p;
        enum text_state state = walk_step(&w);
        struct slice put = state == TEXT_FINE ? (struct slice){from, (uint32_t)(w.p - from)}
                           : state == TEXT_BROKEN && before == TEXT_BROKEN ? (struct slice){0}
                                                                           : SLICE_LIT(REPLACEMENT);
        if (put.n)
            memcpy(out + n, put.p, put.n);
        n += put.n;
        before = state;
    }
    return (struct slice){out, n};
}

uint32_t text_cut(struct slice s, uint32_t most)
{
    if (s.n <= most)
        return s.n;
    uint32_t at = 0, whole = 0, cluster = 0;
    utf8proc_int32_t before = 0, c, state = 0;
    while (at <= most) {
        uint32_t n = char_at(s.p + at, s.p + s.n, &c);
        if (n == 0) {
            n = 1;
            c = 0xFFFD;
        }
        whole = at;
        if (at > 0 && utf8proc_grapheme_break_stateful(before, c, &state))
            cluster = at;
        before = c;
        at += n;
    }
    /* One cluster longer than the room for it is cut at a character after all. */
    return cluster ? cluster : whole;
}

void text_clean(struct slice s, char *out, uint32_t cap)
{
    uint32_t n = 0;
    for (struct walk w = walk_over(s, false); w.p < w.end;) {
        const char *from = w.p;
        bool fine = walk_step(&w) == TEXT_FINE;
        uint32_t size = fine ? (uint32_t)(w.p - from) : 1;
        if (n + size >= cap)
            break;
        memcpy(out + n, fine ? from : "?", size);
        n += size;
    }
    out[n] = 0;
}
