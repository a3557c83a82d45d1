#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define LINES_MAX 500

enum { KEY_WITHIN = 1000 };

static const struct tool_column columns[] = {
    {N_("DUE"), 0},  {N_("FOR"), 0},      {N_("LEFT"), 0},         {N_("TICKET"), 0},
    {N_("SKPD"), 0}, {N_("SEVERITY"), 0}, {N_("TITLE"), TOOL_CUT},
};
#define COLUMNS_N (sizeof(columns) / sizeof(*columns))

/* "14 mnt", or "lewat 3 j 05 mnt" */
static const char *left(const struct tool *t, int64_t due_at, char *out, size_t size)
{
    char span[TOOL_TIME_BYTES];
    int64_t now = siaga_now();
    tool_span(t, llabs(due_at - now), span);
    snprintf(out, size, "%s%s", due_at < now ? tool_text(t, "over by ") : "", span);
    return out;
}

static void put_row(struct tool *t, struct tool_table *table, const siaga_doc *row)
{
    char when[TOOL_TIME_BYTES], span[TOOL_TIME_BYTES * 2], drill[32], title[600];
    int64_t due_at = siaga_time(row, "due_at");
    bool ack = strcmp(siaga_text(row, "due"), "ack") == 0;
    const char *task = siaga_text(row, "task"), *text = siaga_text(row, "title");
    snprintf(title, sizeof(title), "%s%s", tool_drill(t, row, drill),
             *text ? text : siaga_text(row, "category"));
    const char *const cells[COLUMNS_N] = {
        tool_time_short(t, due_at, when),
        ack ? tool_text(t, "ack") : tool_text(t, NC_("to do", "resolve")),
        left(t, due_at, span, sizeof(span)),
        siaga_text(row, "ticket"),
        *task ? task : siaga_text(row, "owner"),
        tool_label(t, row, "severity"),
        title,
    };
    tool_table_row(table, cells, siaga_text(row, "severity"));
}

static const struct tool_option options[] = {
    {"within", KEY_WITHIN, N_("SPAN"),
     N_("over, or will be within 30m, 8wh (working hours), 2d; 8wh unless given")},
    {"lines", 'n', "N", N_("at most N rows, up to 500; default 100")},
    {0},
};

static int take(struct tool *t, void *state, int key, const char *arg)
{
    int64_t n;
    (void)state;
    if (key == KEY_WITHIN)
        siaga_map_text(tool_request(t), "within", arg);
    else if (key != 'n')
        return TOOL_NOT_MINE;
    else if (!tool_number(arg, 1, LINES_MAX, &n))
        return tool_complain(t, EX_USAGE, "-n takes a number from 1 to %d, not '%s'", LINES_MAX,
                             arg);
    else
        siaga_map_int(tool_request(t), "limit", n);
    return 0;
}

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] [NAME=VALUE ...]"),
    .examples = {"siaga due --within 8wh --skpd dbmsda",
                 "siaga due --within 15m --kind emergency -o jsonl", NULL},
    .options = options,
    .filters = true,
    .fields = "due_at,due,ticket,task,severity,title",
    .rows = true,
    .events = true,
    .option = take,
    .exits = N_("1   nothing is over or will be"),
};

static int run(struct tool *t, int argc, char **argv)
{
    siaga_doc *answer = NULL;
    siaga_map *request = tool_request(t);
    siaga_map_text(request, "within", "8wh");
    int code = tool_parse(t, &usage, argc, argv, NULL);
    if (!code)
        code = tool_ask(t, "due", request, &answer);
    if (code)
        return code;
    const siaga_doc *rows = siaga_doc_get(answer, "rows");
    size_t n = siaga_doc_size(rows);
    tool_rows(t, columns, COLUMNS_N, rows, put_row);
    if (!n && t->output == TOOL_TABLE)
        tool_note(t, "nothing is over or will be");
    if (siaga_bool(answer, "more", false))
        tool_note(t, "there are more; make --within or the filter smaller");
    siaga_doc_free(answer);
    return n ? 0 : TOOL_SOME;
}

const struct verb due_verb = {
    .name = "due",
    .summary = N_("What is or will be over its due time, the most urgent first."),
    .run = run,
};
