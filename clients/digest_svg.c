/* Drawings: bars under names, and a week of hours. Whole numbers only, so the same figures give the
 * same drawing. */
#include "digest.h"

#include <string.h>

enum { NAME_W = 190, BAR_W = 480, ROW_H = 24, LEGEND_H = 26, CELL = 24, SIDE = 84 };

static int64_t largest(const struct block *b)
{
    int64_t most = 1;
    for (size_t i = 0; i < b->bars_n; i++) {
        most = b->bars[i].value > most ? b->bars[i].value : most;
        most = b->bars[i].second > most ? b->bars[i].second : most;
    }
    return most;
}

static void words(int x, int y, const char *more, const char *text, FILE *out)
{
    fprintf(out, "<text x=\"%d\" y=\"%d\"%s>", x, y, more);
    page_escape(text, out);
    fputs("</text>\n", out);
}

static void one_bar(int y, int height, int64_t value, int64_t most, const char *colour, FILE *out)
{
    char number[32];
    int wide = (int)(value > 0 ? value * BAR_W / most : 0);
    snprintf(number, sizeof(number), "%lld", (long long)value);
    fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", NAME_W, y,
            wide > 0 ? wide : 1, height, colour);
    words(NAME_W + wide + 4, y + height - 1, " font-size=\"10\"", number, out);
}

static void legend(const struct block *b, FILE *out)
{
    const char *const names[] = {b->one, b->other}, *const colours[] = {"#0b6b3a", "#e0a030"};
    for (int i = 0; i < 2 && names[i]; i++) {
        fprintf(out, "<rect x=\"%d\" y=\"4\" width=\"12\" height=\"12\" fill=\"%s\"/>\n",
                NAME_W + i * 200, colours[i]);
        words(NAME_W + i * 200 + 18, 15, "", names[i], out);
    }
}

static void bars(const struct block *b, FILE *out)
{
    int64_t most = largest(b);
    int height = LEGEND_H + (int)b->bars_n * ROW_H;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"100%%\" "
            "role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n",
            NAME_W + BAR_W + 60, height);
    legend(b, out);
    for (size_t i = 0; i < b->bars_n; i++) {
        int y = LEGEND_H + (int)i * ROW_H;
        words(NAME_W - 8, y + 14, " text-anchor=\"end\"", b->bars[i].name, out);
        one_bar(y + 2, b->other ? 9 : 18, b->bars[i].value, most, "#0b6b3a", out);
        if (b->other)
            one_bar(y + 12, 9, b->bars[i].second, most, "#e0a030", out);
    }
    fputs("</svg>\n", out);
}

/* The darker, the more. */
static void grid(const struct page *p, const struct block *b, FILE *out)
{
    struct tool t = {.english = p->english};
    int64_t most = 1;
    for (int i = 0; i < 168; i++)
        most = b->hours[i] > most ? b->hours[i] : most;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"100%%\" "
            "role=\"img\" font-family=\"sans-serif\" font-size=\"11\">\n",
            SIDE + 24 * CELL, 8 * CELL);
    for (int hour = 0; hour < 24; hour++) {
        char text[16];
        snprintf(text, sizeof(text), "%02d", hour);
        words(SIDE + hour * CELL + CELL / 2, CELL - 8, " text-anchor=\"middle\"", text, out);
    }
    for (int day = 0; day < 7; day++) {
        words(SIDE - 6, (day + 1) * CELL + 16, " text-anchor=\"end\"",
              digest_weekday(&t, (unsigned)day), out);
        for (int hour = 0; hour < 24; hour++) {
            int64_t value = b->hours[24 * day + hour];
            char text[24] = "";
            fprintf(out,
                    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#0b6b3a\" "
                    "fill-opacity=\"0.%02d\"/>\n",
                    SIDE + hour * CELL, (day + 1) * CELL, CELL - 1, CELL - 1,
                    (int)(value * 90 / most) + (value > 0 ? 9 : 3));
            if (value > 0)
                snprintf(text, sizeof(text), "%lld", (long long)value);
            if (*text)
                words(SIDE + hour * CELL + CELL / 2, (day + 1) * CELL + 16,
                      value * 2 > most ? " text-anchor=\"middle\" font-size=\"9\" fill=\"#fff\""
                                       : " text-anchor=\"middle\" font-size=\"9\"",
                      text, out);
        }
    }
    fputs("</svg>\n", out);
}

void page_svg(const struct page *p, const struct block *b, FILE *out)
{
    if (b->kind == BLOCK_BARS)
        bars(b, out);
    else
        grid(p, b, out);
}
