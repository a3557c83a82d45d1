/* top_text: UTF-8 in columns of a terminal. Needs LC_CTYPE to be UTF-8. Pure. */
#ifndef SIAGA_CLIENTS_TOP_TEXT_H
#define SIAGA_CLIENTS_TOP_TEXT_H

#include <stddef.h>

/* The columns a text takes; what has no width takes one, as it will be shown as '?'. */
int top_columns(const char *text);

/* As much of the text as fits into `columns`, with an ellipsis in the last one when it was cut;
 * what has no width becomes '?'. Always NUL-terminated. Returns the columns it takes. */
int top_fit(const char *text, int columns, char *out, size_t size);

/* The bytes of the text that go into a line of `columns`: up to a line break, else cut at the last
 * space, else at a character; at least one. What to skip before the next line is in *ret_skip. */
size_t top_line_bytes(const char *text, int columns, size_t *ret_skip);

#endif
