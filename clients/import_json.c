/* JSON Lines: one object a line. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"

#define TEXTS_MAX 256u

/* The cells of one object; numbers and pairs need a text of their own. */
struct gather {
    struct import_row row;
    char *texts[TEXTS_MAX];
    size_t texts_n;
    const char *fault; /* name of a value that fits no field; NULL */
};

static const char *keep(struct gather *g, char *text)
{
    if (!text || g->texts_n == TEXTS_MAX) {
        free(text);
        return "";
    }
    return g->texts[g->texts_n++] = text;
}

static void add_cell(struct gather *g, const char *name, const char *value)
{
    if (g->row.n < IMPORT_CELLS_MAX)
        g->row.cells[g->row.n++] = (struct import_cell){name, value};
    else
        g->fault = name;
}

/* Text, number or truth as text; NULL for what has inner values. */
static const char *scalar(struct gather *g, const json_t *value)
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_number(value))
        return keep(g, json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15)));
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    return NULL;
}

/* {"type": "follows", "id": "R-..."} as follows:R-... */
static const char *reference(struct gather *g, const json_t *value)
{
    const char *type = json_string_value(json_object_get(value, "type"));
    const char *id = json_string_value(json_object_get(value, "id"));
    char *text;
    if (!type || !id || asprintf(&text, "%s:%s", type, id) < 0)
        return NULL;
    return keep(g, text);
}

static void add_array(struct gather *g, const char *name, const json_t *list)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *text = json_is_object(item) ? reference(g, item) : scalar(g, item);
        if (text)
            add_cell(g, name, text);
        else
            g->fault = name;
    }
}

static void add_extra(struct gather *g, json_t *map)
{
    const char *name;
    json_t *value;
    json_object_foreach(map, name, value)
    {
        char *whole;
        const char *text = scalar(g, value);
        if (!text || asprintf(&whole, "extra.%s", name) < 0)
            g->fault = "extra";
        else
            add_cell(g, keep(g, whole), text);
    }
}

static void add_value(struct gather *g, const char *name, json_t *value)
{
    const char *text = scalar(g, value);
    if (text)
        add_cell(g, name, text);
    else if (json_is_array(value))
        add_array(g, name, value);
    else if (json_is_object(value) && strcmp(name, "extra") == 0)
        add_extra(g, value);
    else if (!json_is_null(value))
        g->fault = name;
}

static void take_object(struct import *im, struct gather *g, json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) add_value(g, name, value);
    if (!g->fault) {
        import_take(im, &g->row);
        return;
    }
    im->rows++;
    import_fault(im, g->row.line, g->fault,
                 tool_text(im->tool, "a value inside a value; use text or a number"));
    import_refuse(im, g->row.raw);
}

static void take_line(struct import *im, char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    if (!line[strspn(line, " \t")])
        return;
    struct gather g = {.row = {.line = im->line_number, .raw = line}};
    json_error_t error;
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(object)) {
        take_object(im, &g, object);
    } else {
        char reason[sizeof(error.text) + 32];
        snprintf(reason, sizeof(reason), "%s (%s %d)", object ? "" : error.text,
                 tool_text(im->tool, "column"), error.column);
        im->rows++;
        import_fault(im, g.row.line, "JSON",
                     object ? tool_text(im->tool, "not an object") : reason);
        import_refuse(im, line);
    }
    for (size_t i = 0; i < g.texts_n; i++)
        free(g.texts[i]);
    json_decref(object);
}

void import_json(struct import *im)
{
    size_t n;
    while (!import_over(im) && import_line(im, &n)) {
        if (strlen(im->line) == n) {
            take_line(im, im->line);
            continue;
        }
        im->rows++;
        import_fault(im, im->line_number, "JSON", tool_text(im->tool, "a zero byte"));
        import_refuse(im, im->line);
    }
}
