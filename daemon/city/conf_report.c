#include "conf_private.h"

#include <stdarg.h>

#define WHAT_BYTES 400
#define SHOWN_MAX 120 /* characters of a source line shown */
#define SHOWN_LEAD 60 /* of them before the place, when the line is cut in front */

unsigned conf_utf8(const char *p, size_t n, uint32_t *ret_character)
{
    const unsigned char *u = (const unsigned char *)p;
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned size = 1;
    while (size <= 4 && u[0] >= 0x80 && (u[0] << (size - 1) & 0x40))
        size++;
    if (size > 4 || size > n || (size == 1 && u[0] >= 0x80))
        return 0;
    uint32_t c = size == 1 ? u[0] : u[0] & (0x7fu >> size);
    for (unsigned i = 1; i < size; i++) {
        if (u[i] >> 6 != 2)
            return 0;
        c = c << 6 | (u[i] & 0x3fu);
    }
    if (c < smallest[size] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *ret_character = c;
    return size;
}

/* Controls, marks that turn the reading direction, and characters that are none. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
           (c & 0xfffe) == 0xfffe;
}

bool conf_plain(struct slice s, bool lines, size_t *ret_offset)
{
    for (size_t at = 0; at < s.n;) {
        uint32_t c = 0;
        unsigned size = conf_utf8(s.p + at, s.n - at, &c);
        bool layout = lines && (c == '\n' || c == '\r' || c == '\t');
        if (size == 0 || (is_hidden(c) && !layout)) {
            *ret_offset = at;
            return false;
        }
        at += size;
    }
    return true;
}

/* The line's bytes without its end. A place behind the last line gives the last one that has
 * any. */
static struct slice find_line(struct slice source, struct conf_place *at)
{
    if (source.n == 0)
        return source;
    const char *p = source.p, *end = source.p + source.n, *last = p;
    unsigned line = 1, last_line = 1;
    while (p < end && line < at->line) {
        const char *feed = memchr(p, '\n', (size_t)(end - p));
        if (feed != p) {
            last = p;
            last_line = line;
        }
        p = feed ? feed + 1 : end;
        line++;
    }
    bool behind = p >= end || line < at->line;
    if (behind)
        p = last;
    const char *feed = memchr(p, '\n', (size_t)(end - p));
    struct slice found = {p, (uint32_t)((feed ? feed : end) - p)};
    if (found.n > 0 && found.p[found.n - 1] == '\r')
        found.n--;
    if (behind)
        *at = (struct conf_place){last_line, UINT32_MAX};
    return found;
}

static unsigned characters(struct slice s)
{
    unsigned count = 0;
    uint32_t c;
    for (size_t at = 0; at < s.n; count++) {
        unsigned size = conf_utf8(s.p + at, s.n - at, &c);
        at += size ? size : 1;
    }
    return count;
}

/* The source line, every character one cell wide, then the caret under its place. */
static void print_line(FILE *out, struct slice line, unsigned column)
{
    unsigned from = column > SHOWN_MAX - 20 ? column - SHOWN_LEAD : 1;
    unsigned cell = 1, caret = column - from + (from > 1 ? 3 : 0);
    if (from > 1)
        fputs("...", out);
    for (size_t at = 0; at < line.n; cell++) {
        uint32_t c = 0;
        unsigned size = conf_utf8(line.p + at, line.n - at, &c);
        if (cell >= from + SHOWN_MAX) {
            fputs("...", out);
            break;
        }
        if (cell >= from) {
            if (size == 0 || is_hidden(c))
                fputc(c == '\t' ? ' ' : '?', out);
            else
                fwrite(line.p + at, 1, size, out);
        }
        at += size ? size : 1;
    }
    fprintf(out, "\n%*s^\n", (int)caret, "");
}

/* One line whatever a name or a value brought with it. */
static void flatten(const char *text, char *out, size_t size)
{
    size_t n = 0, length = strlen(text);
    for (size_t at = 0; at < length;) {
        uint32_t c = 0;
        unsigned bytes = conf_utf8(text + at, length - at, &c);
        bool plain = bytes > 0 && !is_hidden(c);
        unsigned put = plain ? bytes : 1;
        if (n + put >= size)
            break;
        if (plain)
            memcpy(out + n, text + at, bytes);
        else
            out[n] = '?';
        n += put;
        at += bytes ? bytes : 1;
    }
    out[n] = '\0';
}

void conf_say(struct conf_report *report, enum conf_weight weight, const char *path,
              struct slice source, struct conf_place at, const char *what)
{
    bool first_error = weight == CONF_ERROR && report->errors == 0;
    bool shown = report->out && report->errors + report->warnings < CONF_REPORT_MAX;
    if (weight == CONF_ERROR)
        report->errors++;
    else
        report->warnings++;
    if (!first_error && !shown)
        return;

    struct slice line = find_line(source, &at);
    unsigned width = characters(line);
    if (at.column > width + 1)
        at.column = width + 1;
    if (at.column == 0)
        at.column = 1;

    char name[256], text[WHAT_BYTES], message[sizeof report->first + 256];
    flatten(path, name, sizeof name);
    flatten(what, text, sizeof text);
    snprintf(message, sizeof message, "%s:%u:%u: %s: %s", name, at.line, at.column,
             weight == CONF_ERROR ? "error" : "warning", text);
    if (first_error)
        flatten(message, report->first, sizeof report->first);
    if (shown) {
        fprintf(report->out, "%s\n", message);
        if (source.n > 0)
            print_line(report->out, line, at.column);
    }
}

static void say_about(struct conf_doc *doc, const struct conf_node *n, enum conf_weight weight,
                      const char *format, va_list args)
{
    char what[WHAT_BYTES];
    vsnprintf(what, sizeof what, format, args);
    struct conf_place at = n ? n->at : (struct conf_place){1, 1};
    conf_say(doc->report, weight, doc->path, doc->source, at, what);
}

void conf_error(struct conf_doc *doc, const struct conf_node *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_about(doc, n, CONF_ERROR, format, args);
    va_end(args);
}

void conf_warn(struct conf_doc *doc, const struct conf_node *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_about(doc, n, CONF_WARNING, format, args);
    va_end(args);
}

void conf_error_file(struct conf_report *report, const char *path, const char *format, ...)
{
    char what[WHAT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    conf_say(report, CONF_ERROR, path, (struct slice){0}, (struct conf_place){1, 1}, what);
}
