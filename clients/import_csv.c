/* CSV: a heading that names the columns, then a row for each event. Cells may hold line breaks. */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"

struct sheet {
    struct import *im;
    char separator;
    char *names[IMPORT_CELLS_MAX]; /* of the columns */
    size_t names_n;
    bool headed;
    char *cells[IMPORT_CELLS_MAX];
    size_t cells_n; /* of the present row; may pass the room */
    long line;      /* where it begins */
};

/* ---- rows as text again: for --rejects, and the same whatever quotes the file used ---- */

static char *quoted(const struct sheet *s)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        abort();
    for (size_t i = 0; i < s->cells_n && i < IMPORT_CELLS_MAX; i++) {
        const char *cell = s->cells[i];
        bool quotes = strchr(cell, '"') || strchr(cell, s->separator) || strpbrk(cell, "\r\n");
        if (i)
            fputc(s->separator, out);
        if (quotes)
            csv_fwrite(out, cell, strlen(cell));
        else
            fputs(cell, out);
    }
    fclose(out);
    return text;
}

/* ---- what libcsv calls ---- */

/* A line inside a cell ends with \n, whatever the file used. */
static void unix_lines(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '\r' || from[1] != '\n')
            *to++ = *from;
    *to = '\0';
}

static void on_cell(void *bytes, size_t n, void *state)
{
    struct sheet *s = state;
    if (!s->cells_n)
        s->line = s->im->line_number;
    if (s->cells_n < IMPORT_CELLS_MAX) {
        s->cells[s->cells_n] = strndup(bytes ? bytes : "", n);
        unix_lines(s->cells[s->cells_n]);
    }
    s->cells_n++;
}

static bool row_empty(const struct sheet *s)
{
    for (size_t i = 0; i < s->cells_n && i < IMPORT_CELLS_MAX; i++)
        if (s->cells[i][strspn(s->cells[i], " \t\r\n")])
            return false;
    return true;
}

static void take_heading(struct sheet *s)
{
    s->headed = true;
    s->names_n = s->cells_n < IMPORT_CELLS_MAX ? s->cells_n : IMPORT_CELLS_MAX;
    s->im->rejects_head = quoted(s);
    for (size_t i = 0; i < s->names_n; i++) {
        char *name = s->cells[i] + strspn(s->cells[i], " \t");
        size_t n = strlen(name);
        while (n && strchr(" \t\r", name[n - 1]))
            n--;
        s->names[i] = strndup(name, n);
    }
}

static void take_row(struct sheet *s)
{
    struct import *im = s->im;
    char *raw = quoted(s);
    struct import_row row = {.line = s->line, .raw = raw};
    if (s->cells_n != s->names_n) {
        char reason[96];
        snprintf(reason, sizeof(reason), tool_text(im->tool, "%zu cells, the heading has %zu"),
                 s->cells_n, s->names_n);
        im->rows++;
        import_fault(im, s->line, "CSV", reason);
        import_refuse(im, raw);
    } else {
        for (size_t i = 0; i < s->names_n; i++)
            row.cells[row.n++] = (struct import_cell){s->names[i], s->cells[i]};
        import_take(im, &row);
    }
    free(raw);
}

static void on_row(int end, void *state)
{
    struct sheet *s = state;
    (void)end;
    if (!s->headed && s->cells_n)
        take_heading(s);
    else if (!row_empty(s) && !import_over(s->im))
        take_row(s);
    for (size_t i = 0; i < s->cells_n && i < IMPORT_CELLS_MAX; i++)
        free(s->cells[i]);
    s->cells_n = 0;
}

void import_csv(struct import *im, char separator)
{
    struct sheet sheet = {.im = im, .separator = separator};
    struct csv_parser parser;
    size_t n;
    const char *line;
    if (csv_init(&parser, CSV_APPEND_NULL) != 0)
        abort();
    csv_set_delim(&parser, (unsigned char)separator);
    while (!import_over(im) && (line = import_line(im, &n)))
        if (csv_parse(&parser, line, n, on_cell, on_row, &sheet) != n)
            break;
    csv_fini(&parser, on_cell, on_row, &sheet);
    csv_free(&parser);
    for (size_t i = 0; i < sheet.names_n; i++)
        free(sheet.names[i]);
}
