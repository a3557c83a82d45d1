#include "top_text.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* One character: its bytes, and its columns (-1: it has none and is shown as '?'). */
struct step {
    size_t bytes;
    int columns;
};

static struct step step(const char *text)
{
    mbstate_t state = {0};
    wchar_t c;
    size_t n = mbrtowc(&c, text, strlen(text), &state);
    if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
        return (struct step){1, -1};
    return (struct step){n, wcwidth(c)};
}

int top_columns(const char *text)
{
    int columns = 0;
    while (*text) {
        struct step s = step(text);
        columns += s.columns < 0 ? 1 : s.columns;
        text += s.bytes;
    }
    return columns;
}

int top_fit(const char *text, int columns, char *out, size_t size)
{
    static const char dots[] = "\u2026";
    int room = top_columns(text) > columns ? columns - 1 : columns, used = 0;
    bool cut = room < columns;
    size_t n = 0;
    *out = '\0';
    if (columns <= 0)
        return 0;
    while (*text) {
        struct step s = step(text);
        bool odd = s.columns < 0;
        if (used + (odd ? 1 : s.columns) > room || n + s.bytes + sizeof(dots) > size)
            break;
        if (odd)
            out[n] = '?';
        else
            memcpy(out + n, text, s.bytes);
        n += odd ? 1 : s.bytes;
        used += odd ? 1 : s.columns;
        text += s.bytes;
    }
    out[n] = '\0';
    if (cut && n + sizeof(dots) <= size) {
        memcpy(out + n, dots, sizeof(dots));
        used++;
    }
    return used;
}

size_t top_line_bytes(const char *text, int columns, size_t *ret_skip)
{
    size_t n = 0, space = 0;
    for (int used = 0; text[n] && text[n] != '\n';) {
        struct step s = step(text + n);
        used += s.columns < 0 ? 1 : s.columns;
        if (used > columns && n) {
            *ret_skip = space ? 1 : 0;
            return space ? space : n;
        }
        space = text[n] == ' ' ? n : space;
        n += s.bytes;
    }
    *ret_skip = text[n] == '\n';
    return n;
}
