#include "tool.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define PAGE_MAX 500    /* rows siagad gives at once */
#define TABLE_MAX 10000 /* rows of one table; a longer list goes on in another */

struct asked {
    int64_t n; /* rows wanted; 0: all */
    bool count, explain;
    char *where; /* the expression, as typed; NULL: none */
};

enum { KEY_SINCE = 1000, KEY_UNTIL, KEY_REVERSE, KEY_OPEN, KEY_COUNT, KEY_AS_OF, KEY_EXPLAIN };

/* ---- output ---- */

static const struct tool_column columns[] = {
    {N_("TICKET"), 0},       {N_("TIME"), 0}, {N_("SEVERITY"), 0},
    {N_("STATE"), 0},        {N_("SKPD"), 0}, {N_("KECAMATAN"), TOOL_CUT},
    {N_("TITLE"), TOOL_CUT},
};
#define COLUMNS_N (sizeof(columns) / sizeof(*columns))

/* An emergency may have no title: then its words, its category, or nothing. */
static const char *title_of(const siaga_doc *row)
{
    static const char *const names[] = {"title", "body", "category"};
    const char *text = "";
    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !*text; i++)
        text = siaga_text(row, names[i]);
    return text;
}

static void put_row(struct tool *t, struct tool_table *table, const siaga_doc *row)
{
    char when[TOOL_TIME_BYTES], drill[32], title[600];
    int64_t then = siaga_time(row, "was_received"); /* by whoever had it before */
    snprintf(title, sizeof(title), "%s%s", tool_drill(t, row, drill), title_of(row));
    const char *const cells[COLUMNS_N] = {
        siaga_text(row, "ticket"),
        tool_time_short(t, then ? then : siaga_time(row, "at"), when),
        tool_label(t, row, "severity"),
        tool_label(t, row, "state"),
        siaga_text(row, "owner"),
        siaga_text(row, "kecamatan"),
        title,
    };
    tool_table_row(table, cells, siaga_text(row, "severity"));
}

/* What is printed goes out before the next page is asked for, but for a table in the making. */
static void put_rows(struct tool *t, struct tool_table **table, const siaga_doc *rows)
{
    for (size_t i = 0; i < siaga_doc_size(rows); i++) {
        const siaga_doc *row = siaga_doc_at(rows, i);
        if (t->output != TOOL_TABLE) {
            tool_emit(t, row);
            continue;
        }
        if (*table && tool_table_rows(*table) == TABLE_MAX) {
            tool_table_print(*table);
            tool_table_free(*table);
            *table = NULL;
        }
        if (!*table)
            *table = tool_table_new(t, columns, COLUMNS_N);
        put_row(t, *table, row);
    }
}

/* ---- asking ---- */

/* Page after page until enough, or all. *ret_more: siagad has further ones. */
static int list_pages(struct tool *t, const struct asked *asked, struct tool_table **table,
                      int64_t *ret_told, bool *ret_more)
{
    siaga_map *request = tool_request(t);
    int64_t told = 0, after = 0;
    do {
        int64_t left = asked->n ? asked->n - told : PAGE_MAX;
        siaga_map_int(request, "limit", left < PAGE_MAX ? left : PAGE_MAX);
        if (after)
            siaga_map_int(request, "after", after);
        siaga_doc *answer = NULL;
        int code = tool_ask(t, "list", request, &answer);
        if (code)
            return code;
        const siaga_doc *rows = siaga_doc_get(answer, "rows");
        put_rows(t, table, rows);
        told += (int64_t)siaga_doc_size(rows);
        after = siaga_int(answer, "after", 0);
        siaga_doc_free(answer);
    } while (after && (!asked->n || told < asked->n) && !ferror(stdout));
    *ret_told = told;
    *ret_more = after != 0;
    return 0;
}

static int run_list(struct tool *t, const struct asked *asked)
{
    struct tool_table *table = NULL;
    int64_t told = 0;
    bool more = false;
    int code = list_pages(t, asked, &table, &told, &more);
    if (table)
        tool_table_print(table);
    tool_table_free(table);
    if (!code || t->emitted)
        tool_emit_end(t);
    if (code)
        return code;
    if (!told && t->output == TOOL_TABLE)
        tool_note(t, "no case matches");
    if (more && t->output == TOOL_TABLE)
        tool_note(t, "there are more; -n 0 for all");
    return told ? 0 : TOOL_SOME;
}

static void emit_count(struct tool *t, int64_t total, int64_t as_of, int64_t head)
{
    siaga_map *m = siaga_map_new();
    siaga_map_int(m, "total", total);
    siaga_map_int(m, "as_of", as_of);
    siaga_map_int(m, "head", head);
    tool_emit_map(t, m, true);
}

/* Only how many there are. What is too much for one answer is counted on in the next. */
static int run_count(struct tool *t)
{
    siaga_map *request = tool_request(t);
    long long total = 0, as_of = 0, head = 0;
    int64_t counted_to = 0;
    siaga_map_bool(request, "count", true);
    siaga_map_int(request, "limit", 1);
    do {
        siaga_doc *answer = NULL;
        if (counted_to)
            siaga_map_int(request, "counted_to", counted_to);
        int code = tool_ask(t, "list", request, &answer);
        if (code)
            return code;
        total += siaga_int(answer, "total", 0);
        as_of = siaga_int(answer, "as_of", 0);
        head = siaga_int(answer, "head", 0);
        counted_to = siaga_int(answer, "counted_to", 0);
        siaga_doc_free(answer);
    } while (counted_to);
    if (t->output == TOOL_TABLE || t->output == TOOL_PLAIN)
        printf("%lld\n", total);
    else
        emit_count(t, total, as_of, head);
    return total ? 0 : TOOL_SOME;
}

/* How siagad goes about it: which part is looked at first, and how much was. */
static void print_plan(struct tool *t, const siaga_doc *plan)
{
    static const struct tool_column heads[] = {
        {N_("INDEX"), 0}, {N_("IN THE NEWEST CHUNK"), TOOL_RIGHT}, {N_("ONE BY ONE"), 0}};
    struct tool_table *table = tool_table_new(t, heads, 3);
    const siaga_doc *order = siaga_doc_get(plan, "order");
    for (size_t i = 0; i < siaga_doc_size(order); i++) {
        const siaga_doc *leaf = siaga_doc_at(order, i);
        char number[32] = "";
        if (siaga_doc_get(leaf, "in_newest"))
            snprintf(number, sizeof(number), "%lld", (long long)siaga_int(leaf, "in_newest", 0));
        const char *const cells[] = {siaga_text(leaf, "index"), number,
                                     siaga_bool(leaf, "one_by_one", false) ? tool_text(t, "yes")
                                                                           : tool_text(t, "no")};
        tool_table_row(table, cells, NULL);
    }
    tool_table_print(table);
    tool_table_free(table);
    printf("%lld %s, %lld %s\n", (long long)siaga_int(plan, "chunks", 0),
           tool_text(t, "chunks looked at"), (long long)siaga_int(plan, "looked_up", 0),
           tool_text(t, "rows of index and journal read"));
}

static int run_explain(struct tool *t, const struct asked *asked)
{
    siaga_map *request = tool_request(t);
    siaga_doc *answer = NULL;
    siaga_map_bool(request, "explain", true);
    siaga_map_int(request, "limit", asked->n && asked->n < PAGE_MAX ? asked->n : PAGE_MAX);
    int code = tool_ask(t, "list", request, &answer);
    if (code)
        return code;
    const siaga_doc *plan = siaga_doc_get(answer, "plan");
    if (t->output == TOOL_TABLE)
        print_plan(t, plan);
    else
        tool_emit_one(t, plan);
    siaga_doc_free(answer);
    return 0;
}

/* ---- the verb ---- */

static const struct tool_option options[] = {
    {"since", KEY_SINCE, N_("TIME"),
     N_("received since this time (07:00, yesterday, -2h, 2026-11-24)")},
    {"until", KEY_UNTIL, N_("TIME"), N_("received before this time")},
    {"open", KEY_OPEN, NULL, N_("only those still open")},
    {"lines", 'n', "N", N_("at most N rows; 0: all; default 50")},
    {"reverse", KEY_REVERSE, NULL, N_("oldest first")},
    {"count", KEY_COUNT, NULL, N_("only how many")},
    {"as-of", KEY_AS_OF, N_("NUMBER|TIME"), N_("as it was known at that number or time")},
    {"explain", KEY_EXPLAIN, NULL, N_("not the list, but how it is found")},
    {0},
};

static int take_time(struct tool *t, const char *name, const char *option, const char *arg)
{
    char when[SIAGA_TIME_BYTES];
    int code = tool_time_option(t, option, arg, when);
    if (!code)
        siaga_map_text(tool_request(t), name, when);
    return code;
}

/* The shell has taken the quotes away: words=banjir jatiasih was words="banjir jatiasih". */
static bool lost_quotes(const char *arg)
{
    const char *value = strchr(arg, '=');
    bool blank = false;
    for (const char *c = value ? value + 1 : ""; *c; c++) {
        if (strchr("=\"()", *c))
            return false;
        blank = blank || isspace((unsigned char)*c);
    }
    return blank;
}

static void add_where(struct asked *asked, const char *arg)
{
    size_t before = asked->where ? strlen(asked->where) : 0, room = before + strlen(arg) + 8;
    asked->where = realloc(asked->where, room);
    if (!asked->where)
        abort();
    int name = (int)strcspn(arg, "=");
    if (lost_quotes(arg))
        snprintf(asked->where + before, room - before, " %.*s=\"%s\"", name, arg, arg + name + 1);
    else
        snprintf(asked->where + before, room - before, " %s", arg);
}

static int take_as_of(struct tool *t, const char *arg)
{
    int64_t number;
    if (!tool_number(arg, 1, INT64_MAX, &number))
        return take_time(t, "as_of_time", "--as-of", arg);
    siaga_map_int(tool_request(t), "as_of", number);
    return 0;
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *asked = state;
    if (key == TOOL_ARG) {
        add_where(asked, arg);
        return 0;
    }
    if (key == KEY_AS_OF)
        return take_as_of(t, arg);
    if (key == KEY_SINCE)
        return take_time(t, "since", "--since", arg);
    if (key == KEY_UNTIL)
        return take_time(t, "until", "--until", arg);
    if (key == KEY_OPEN)
        siaga_map_bool(tool_request(t), "open", true);
    else if (key == KEY_REVERSE)
        siaga_map_bool(tool_request(t), "reverse", true);
    else if (key == KEY_COUNT)
        asked->count = true;
    else if (key == KEY_EXPLAIN)
        asked->explain = true;
    else if (key != 'n')
        return TOOL_NOT_MINE;
    else if (!tool_number(arg, 0, INT64_MAX, &asked->n))
        return tool_complain(t, EX_USAGE, "-n takes a number, 0 for all; not '%s'", arg);
    return 0;
}

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] [NAME=VALUE ...]"),
    .args_max = -1,
    .examples = {"siaga list open skpd=dbmsda words=\"banjir jati*\" --since kemarin",
                 "siaga list 'severity=extreme or near=-6.2384,106.9756,500m' --as-of 14:05", NULL},
    .options = options,
    .filters = true,
    .fields = "ticket,at,severity,state,owner,kecamatan,title",
    .known = "index,in_newest,one_by_one,order,chunks,chunk_numbers,looked_up,rows_read,total,as_"
             "of,head",
    .rows = true,
    .events = true,
    .option = take,
    .exits = N_("1   nothing matched"),
};

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {.n = 50};
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (code)
        return code;
    if (asked.where)
        code = tool_where(t, asked.where);
    free(asked.where);
    if (code)
        return code;
    return asked.explain ? run_explain(t, &asked)
           : asked.count ? run_count(t)
                         : run_list(t, &asked);
}

const struct verb list_verb = {
    .name = "list",
    .summary = N_("List the cases that pass a filter, newest first."),
    .run = run,
};
