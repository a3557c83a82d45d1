#include "tool.h"

#include <sysexits.h>

#define PAGE_MAX 500    /* rows siagad gives at once */
#define TABLE_MAX 10000 /* rows of one table; a longer list goes on in another */

struct asked {
    int64_t n; /* rows wanted; 0: all */
    bool count;
};

enum { KEY_SINCE = 1000, KEY_UNTIL, KEY_REVERSE, KEY_OPEN, KEY_COUNT };

/* ---- output ---- */

static const struct tool_column columns[] = {
    {"TIKET", "TICKET", 0},       {"WAKTU", "TIME", 0}, {"TINGKAT", "SEVERITY", 0},
    {"STATUS", "STATE", 0},       {"SKPD", "SKPD", 0},  {"KECAMATAN", "KECAMATAN", TOOL_CUT},
    {"JUDUL", "TITLE", TOOL_CUT},
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
    snprintf(title, sizeof(title), "%s%s", tool_drill(t, row, drill), title_of(row));
    const char *const cells[COLUMNS_N] = {
        siaga_text(row, "ticket"),
        tool_time_short(t, siaga_time(row, "at"), when),
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
        tool_note(t, "tidak ada kasus yang cocok", "no case matches");
    if (more && t->output == TOOL_TABLE)
        tool_note(t, "masih ada lagi; -n 0 untuk semua", "there are more; -n 0 for all");
    return told ? 0 : TOOL_SOME;
}

/* Only how many there are. */
static int run_count(struct tool *t)
{
    siaga_map *request = tool_request(t);
    siaga_doc *answer = NULL;
    siaga_map_bool(request, "count", true);
    siaga_map_int(request, "limit", 1);
    int code = tool_ask(t, "list", request, &answer);
    if (code)
        return code;
    long long total = siaga_int(answer, "total", 0);
    if (t->output == TOOL_TABLE)
        printf("%lld\n", total);
    else
        printf("{\"total\":%lld,\"as_of\":%lld,\"head\":%lld}\n", total,
               (long long)siaga_int(answer, "as_of", 0), (long long)siaga_int(answer, "head", 0));
    siaga_doc_free(answer);
    return total ? 0 : TOOL_SOME;
}

/* ---- the verb ---- */

static const struct tool_option options[] = {
    {"since", KEY_SINCE, "WAKTU", "diterima sejak WAKTU (07:00, kemarin, -2h, 2026-11-24)",
     "received since this time (07:00, yesterday, -2h, 2026-11-24)"},
    {"until", KEY_UNTIL, "WAKTU", "diterima sebelum WAKTU", "received before this time"},
    {"open", KEY_OPEN, NULL, "hanya yang masih terbuka", "only those still open"},
    {"lines", 'n', "N", "paling banyak N baris; 0: semua; bawaan 50",
     "at most N rows; 0: all; default 50"},
    {"reverse", KEY_REVERSE, NULL, "terlama dulu", "oldest first"},
    {"count", KEY_COUNT, NULL, "hanya jumlahnya", "only how many"},
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

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *asked = state;
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
    else if (key != 'n')
        return TOOL_NOT_MINE;
    else if (!tool_number(arg, 0, INT64_MAX, &asked->n))
        return tool_complain(t, EX_USAGE, "-n butuh angka, 0 untuk semua; bukan '%s'",
                             "-n takes a number, 0 for all; not '%s'", arg);
    return 0;
}

static const struct tool_usage usage = {
    .args_id = "[PILIHAN]",
    .args_en = "[OPTIONS]",
    .examples = {"siaga list --open --skpd dbmsda --since kemarin",
                 "siaga list -n 0 --kind emergency -o jsonl > darurat.jsonl", NULL},
    .options = options,
    .filters = true,
    .option = take,
    .exits_id = "1   tidak ada yang cocok",
    .exits_en = "1   nothing matched",
};

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {.n = 50};
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (code)
        return code;
    return asked.count ? run_count(t) : run_list(t, &asked);
}

const struct verb list_verb = {
    .name = "list",
    .summary_id = "Daftar kasus menurut saringan, terbaru dulu.",
    .summary_en = "List the cases that pass a filter, newest first.",
    .run = run,
};
