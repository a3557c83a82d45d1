#include "top_paint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "top_text.h"

enum { LINE_BYTES = 1024 };

attr_t paint_tint(short pair, attr_t always)
{
    static bool made;
    if (!has_colors() || COLOR_PAIRS <= PAINT_ALARM)
        return always;
    if (!made) {
        init_pair(PAINT_RED, COLOR_RED, -1);
        init_pair(PAINT_YELLOW, COLOR_YELLOW, -1);
        init_pair(PAINT_GREEN, COLOR_GREEN, -1);
        init_pair(PAINT_CYAN, COLOR_CYAN, -1);
        init_pair(PAINT_ALARM, COLOR_WHITE, COLOR_RED);
        made = true;
    }
    return always | (attr_t)COLOR_PAIR(pair);
}

void paint(int y, int x, int width, attr_t attr, const char *text)
{
    char line[LINE_BYTES];
    if (width <= 0 || y < 0 || y >= LINES)
        return;
    int used = top_fit(text, width, line, sizeof(line));
    attrset((int)attr);
    mvaddstr(y, x, line);
    for (; used < width; used++)
        addch(' ');
    attrset((int)A_NORMAL);
}

void paint_right(int y, int x, int width, attr_t attr, const char *text)
{
    int used = top_columns(text);
    paint(y, x, width - used, attr, "");
    paint(y, used < width ? x + width - used : x, used < width ? used : width, attr, text);
}

size_t paint_wrapped(int y, int lines, int width, const char *text, size_t skip, attr_t attr)
{
    char line[LINE_BYTES];
    size_t n = 0;
    while (*text) {
        size_t past, bytes = top_line_bytes(text, width, &past);
        bytes = bytes < sizeof(line) ? bytes : sizeof(line) - 1;
        memcpy(line, text, bytes);
        line[bytes] = '\0';
        if (n >= skip && n - skip < (size_t)lines)
            paint(y + (int)(n - skip), 0, width, attr, line);
        text += bytes + past;
        n++;
    }
    return n;
}

int paint_cell(int y, int x, int width, attr_t attr, const char *text)
{
    if (!width)
        return x;
    paint(y, x, width, attr, text);
    paint(y, x + width, 1, attr, "");
    return x + width + 1;
}

const char *paint_words(const struct tool *t, char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out, size, tool_text(t, format), args);
    va_end(args);
    return out;
}
