/* top_paint: texts on the screen, in columns, with attributes. For top_draw.c. */
#ifndef SIAGA_CLIENTS_TOP_PAINT_H
#define SIAGA_CLIENTS_TOP_PAINT_H

#include <curses.h>

#include "tool.h"

enum { PAINT_PLAIN, PAINT_RED, PAINT_YELLOW, PAINT_GREEN, PAINT_CYAN, PAINT_ALARM };

/* A colour, where there are any, on top of what says the same without. */
attr_t paint_tint(short pair, attr_t always);

/* The text in exactly so many columns; right-aligned; as a cell with a space behind it (returns
 * where the next begins; of width 0: nothing). */
void paint(int y, int x, int width, attr_t attr, const char *text);
void paint_right(int y, int x, int width, attr_t attr, const char *text);
int paint_cell(int y, int x, int width, attr_t attr, const char *text);

/* Lines of a text from the `skip`-th on, wrapped, at most `lines`; how many there are in all. */
size_t paint_wrapped(int y, int lines, int width, const char *text, size_t skip, attr_t attr);

/* Words with values in the user's language; returns out. */
const char *paint_words(const struct tool *t, char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
