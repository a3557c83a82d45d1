/* The one way of documents to stdout: whatever form was asked for, and with --fields only what was
 * asked for. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "tool_options.h"

#define TABLE_MAX 10000 /* rows of one table; what is more goes on in another */
#define TYPE                                                                             \
    "id.go.bekasikota." /* who has defined what these events mean: also for other cities \
                         */

/* ---- plain: a record a line, its fields between tabs; or a figure a line ---- */

/* A list of single values is joined by commas; what has more to it is JSON. */
static void put_value(const siaga_doc *d, FILE *out)
{
    siaga_type type = siaga_doc_type(d);
    bool list = type == SIAGA_ARRAY;
    for (size_t i = 0; list && i < siaga_doc_size(d); i++)
        list = siaga_doc_type(siaga_doc_at(d, i)) < SIAGA_ARRAY;
    if (type == SIAGA_TEXT)
        tool_print(out, siaga_doc_text(d));
    else if (list)
        for (size_t i = 0; i < siaga_doc_size(d); i++) {
            fputs(i ? "," : "", out);
            put_value(siaga_doc_at(d, i), out);
        }
    else if (type != SIAGA_NONE && type != SIAGA_NIL)
        siaga_doc_json(d, out);
}

/* name.name TAB value, as deep as it goes */
static void put_leaves(const siaga_doc *d, const char *path)
{
    for (size_t i = 0; i < siaga_doc_size(d); i++) {
        char deeper[256];
        const siaga_doc *value = siaga_doc_at(d, i);
        snprintf(deeper, sizeof(deeper), "%s%s%s", path, *path ? "." : "", siaga_doc_name(d, i));
        if (siaga_doc_type(value) == SIAGA_MAP) {
            put_leaves(value, deeper);
            continue;
        }
        tool_print(stdout, deeper);
        putchar('\t');
        put_value(value, stdout);
        putchar('\n');
    }
}

static void put_plain(struct tool *t, const siaga_doc *d, const siaga_doc *picked)
{
    if (!t->columns[0]) {
        put_leaves(picked, "");
        return;
    }
    for (size_t i = 0; t->columns[i]; i++) {
        fputs(i ? "\t" : "", stdout);
        put_value(tool_field(d, t->columns[i]), stdout);
    }
    putchar('\n');
}

/* ---- JSON, msgpack ---- */

static void put_line(struct tool *t, const siaga_doc *d, const siaga_doc *picked)
{
    (void)t, (void)d;
    siaga_doc_json(picked, stdout);
    putchar('\n');
}

static void put_item(struct tool *t, const siaga_doc *d, const siaga_doc *picked)
{
    (void)d;
    fputs(t->emitted ? ",\n" : "[\n", stdout);
    siaga_doc_json(picked, stdout);
}

static void put_msgpack(struct tool *t, const siaga_doc *d, const siaga_doc *picked)
{
    (void)t, (void)d;
    siaga_doc_msgpack(picked, stdout);
}

/* ---- CloudEvents 1.0, one a line ---- */

static void put_member(const char *name, const char *text)
{
    printf(",\"%s\":", name);
    siaga_json_text(text, strlen(text), stdout);
}

/* What happened, by the words of the wire: event.created, move.ack, alarm.overdue. */
static void type_of(const siaga_doc *row, char *out, size_t size)
{
    static const char *const words[][2] = {
        {"move", "do"},       {"work", "act"},    {"alarm", "alarm"}, {"clock", "why"},
        {"access", "access"}, {"store", "store"}, {"public", "do"},   {"hold", "do"}};
    const char *entry = siaga_text(row, "entry"), *what = "";
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i][0], entry) == 0)
            what = siaga_text(row, words[i][1]);
    what = strcmp(entry, "event") == 0 ? "created" : what;
    snprintf(out, size, TYPE "siaga.%s%s%s", entry, *what ? "." : "", what);
}

/* The number of an entry is its id: whoever hears of it in a list and again in a feed knows it. */
static void put_cloud(struct tool *t, const siaga_doc *d, const siaga_doc *picked)
{
    char type[128], from[128], city[64];
    type_of(d, type, sizeof(type));
    tool_fold(t->city, city, sizeof(city));
    snprintf(from, sizeof(from), "urn:siaga:%s", city);
    printf("{\"specversion\":\"1.0\",\"id\":\"%lld\"", (long long)siaga_int(d, "seq", 0));
    put_member("source", from);
    put_member("type", type);
    if (*siaga_text(d, "ticket"))
        put_member("subject", siaga_text(d, "ticket"));
    put_member("time", siaga_text(d, "at"));
    put_member("datacontenttype", "application/json");
    fputs(",\"data\":", stdout);
    siaga_doc_json(picked, stdout);
    puts("}");
}

/* ---- a table of the fields asked for ---- */

/* As people read it: words by their labels, times of their zone. */
static const char *cell_of(struct tool *t, const char *name, const siaga_doc *value)
{
    char *text = NULL, when[TOOL_TIME_BYTES];
    size_t n;
    const char *dot = strrchr(name, '.'), *last = dot ? dot + 1 : name;
    const char *word = siaga_doc_text(value);
    if (siaga_doc_time(value))
        return strdup(tool_time_short(t, siaga_doc_time(value), when));
    if (*word && siaga_word_known(last, word))
        return strdup(siaga_label(last, word, t->english));
    FILE *out = open_memstream(&text, &n);
    if (!out)
        abort();
    put_value(value, out);
    fclose(out);
    return text;
}

static void end_table(struct tool *t)
{
    if (t->table)
        tool_table_print(t->table);
    tool_table_free(t->table);
    t->table = NULL;
}

static void put_row(struct tool *t, const siaga_doc *d, const siaga_doc *picked)
{
    struct tool_column heads[TOOL_FIELDS_MAX] = {{0}};
    const char *cells[TOOL_FIELDS_MAX] = {NULL};
    size_t n = 0;
    bool said = false; /* colour never says what no word says */
    (void)picked;
    for (; t->columns[n]; n++) {
        said = said || strcmp(t->columns[n], "severity") == 0;
        heads[n] = (struct tool_column){t->columns[n], TOOL_CUT | TOOL_NAME};
        cells[n] = cell_of(t, t->columns[n], tool_field(d, t->columns[n]));
    }
    if (t->table && tool_table_rows(t->table) == TABLE_MAX)
        end_table(t);
    if (!t->table)
        t->table = tool_table_new(t, heads, n);
    tool_table_row(t->table, cells, said ? siaga_text(d, "severity") : NULL);
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)cells[i]);
}

/* ---- the way out ---- */

static void (*const forms[])(struct tool *t, const siaga_doc *d, const siaga_doc *picked) = {
    [TOOL_PLAIN] = put_plain,     [TOOL_JSONL] = put_line,        [TOOL_JSON] = put_item,
    [TOOL_MSGPACK] = put_msgpack, [TOOL_CLOUDEVENTS] = put_cloud, [TOOL_COLUMNS] = put_row,
};

void tool_emit(struct tool *t, const siaga_doc *d)
{
    const siaga_doc *history = siaga_doc_get(d, "history");
    if (t->output == TOOL_CLOUDEVENTS && history) {
        for (size_t i = 0; i < siaga_doc_size(history); i++)
            tool_emit(t, siaga_doc_at(history, i));
        return;
    }
    siaga_doc *picked = t->fields[0] ? tool_pick(t, d) : NULL;
    bool figures = t->output == TOOL_CLOUDEVENTS && !siaga_doc_get(d, "entry");
    forms[figures ? TOOL_JSONL : t->output](t, d, picked ? picked : d); /* they have not happened */
    siaga_doc_free(picked);
    t->emitted++;
}

void tool_emit_end(struct tool *t)
{
    if (t->output == TOOL_JSON)
        fputs(t->emitted ? "\n]\n" : "[]\n", stdout);
    else if (t->output == TOOL_COLUMNS)
        end_table(t);
}

void tool_emit_one(struct tool *t, const siaga_doc *d)
{
    if (t->output != TOOL_JSON) {
        tool_emit(t, d);
        tool_emit_end(t);
        return;
    }
    siaga_doc *picked = t->fields[0] ? tool_pick(t, d) : NULL;
    siaga_doc_pretty(picked ? picked : d, stdout);
    putchar('\n');
    siaga_doc_free(picked);
}

void tool_rows(struct tool *t, const struct tool_column columns[], size_t n, const siaga_doc *rows,
               void (*put)(struct tool *t, struct tool_table *table, const siaga_doc *row))
{
    bool table = t->output == TOOL_TABLE;
    struct tool_table *lines = table ? tool_table_new(t, columns, n) : NULL;
    for (size_t i = 0; i < siaga_doc_size(rows); i++)
        if (table)
            put(t, lines, siaga_doc_at(rows, i));
        else
            tool_emit(t, siaga_doc_at(rows, i));
    if (!table)
        tool_emit_end(t);
    else if (siaga_doc_size(rows))
        tool_table_print(lines);
    tool_table_free(lines);
}

void tool_emit_map(struct tool *t, siaga_map *made, bool one)
{
    siaga_doc *d = siaga_map_doc(made);
    (one ? tool_emit_one : tool_emit)(t, d);
    siaga_doc_free(d);
    siaga_map_free(made);
}

void tool_set_map(siaga_map *m, const char *name, const siaga_map *value)
{
    siaga_doc *d = siaga_map_doc(value);
    siaga_map_value(m, name, d);
    siaga_doc_free(d);
}
