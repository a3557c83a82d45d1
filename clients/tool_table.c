#include "tool.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#define CELL_BYTES 4096u

struct tool_table {
    struct libscols_table *lines;
    size_t columns, rows;
};

/* On a terminal a table fits the screen; in a pipe nothing is cut. */
struct tool_table *tool_table_new(struct tool *t, const struct tool_column columns[], size_t n)
{
    struct tool_table *table = calloc(1, sizeof(*table));
    if (!table || !(table->lines = scols_new_table()))
        abort();
    table->columns = n;
    bool terminal = tool_screen(stdout);
    scols_table_enable_maxout(table->lines, 0);
    scols_table_enable_colors(table->lines, tool_colour(stdout));
    for (size_t i = 0; i < n; i++) {
        int flags = columns[i].flags, f = flags & TOOL_RIGHT ? SCOLS_FL_RIGHT : 0;
        if (terminal)
            f |= (flags & TOOL_CUT ? SCOLS_FL_TRUNC : 0) | (flags & TOOL_WRAP ? SCOLS_FL_WRAP : 0);
        /* of two that give way the last, which is the text itself, gives way last */
        double width = flags & (TOOL_CUT | TOOL_WRAP) ? (i + 1 == n ? 0.5 : 0.1) : 1;
        const char *heading = columns[i].heading;
        if (!(flags & TOOL_NAME))
            heading = tool_text(t, heading);
        scols_table_new_column(table->lines, heading, width, f);
    }
    scols_table_set_termforce(table->lines,
                              terminal ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
    if (terminal)
        scols_table_set_termwidth(table->lines, (size_t)tool_screen_width(80));
    return table;
}

static const char *colour_name(const char *severity)
{
    static const char *const colours[][2] = {
        {"extreme", "\033[1;31m"}, {"severe", "\033[31m"}, {"moderate", "\033[33m"}};
    for (size_t i = 0; severity && i < sizeof(colours) / sizeof(colours[0]); i++)
        if (strcmp(colours[i][0], severity) == 0)
            return colours[i][1];
    return "";
}

void tool_table_row(struct tool_table *table, const char *const cells[], const char *severity)
{
    struct libscols_line *line = scols_table_new_line(table->lines, NULL);
    if (!line)
        abort();
    char clean[CELL_BYTES];
    for (size_t i = 0; i < table->columns; i++)
        scols_line_set_data(line, i, tool_clean(cells[i], clean, sizeof(clean)));
    const char *colour = colour_name(severity);
    if (*colour)
        scols_line_set_color(line, colour);
    table->rows++;
}

size_t tool_table_rows(const struct tool_table *table)
{
    return table->rows;
}

void tool_table_print(struct tool_table *table)
{
    if (table->rows) {
        scols_print_table(table->lines);
        return;
    }
    for (size_t i = 0; i < table->columns; i++) { /* libsmartcols prints nothing at all */
        struct libscols_column *c = scols_table_get_column(table->lines, i);
        printf("%s%s", i ? " " : "", scols_cell_get_data(scols_column_get_header(c)));
    }
    putchar('\n');
}

void tool_table_free(struct tool_table *table)
{
    if (!table)
        return;
    scols_unref_table(table->lines);
    free(table);
}

/* ---- colour ---- */

static enum { AUTO, ALWAYS, NEVER } wanted;

bool tool_colour_set(const char *word)
{
    static const char *const words[] = {[AUTO] = "auto", [ALWAYS] = "always", [NEVER] = "never"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i], word) == 0) {
            wanted = i;
            return true;
        }
    return false;
}

bool tool_colour(FILE *out)
{
    const char *never = getenv("NO_COLOR"), *term = getenv("TERM");
    bool dumb = !term || !*term || strcmp(term, "dumb") == 0;
    return wanted == ALWAYS || (wanted == AUTO && tool_screen(out) && !(never && *never) && !dumb);
}

const char *tool_severity_colour(FILE *out, const char *severity)
{
    return tool_colour(out) ? colour_name(severity) : "";
}

const char *tool_plain(FILE *out)
{
    return tool_colour(out) ? "\033[0m" : "";
}

const char *tool_label(const struct tool *t, const siaga_doc *row, const char *field)
{
    return siaga_label(field, siaga_text(row, field), t->english);
}
