/* siaga outbox: what waits on this machine and why, what siagad refused, and what becomes of it. */
#include <string.h>
#include <sysexits.h>

#include "spool.h"

#define NUMBERS_MAX 256

struct asked {
    const char *act;
    uint64_t numbers[NUMBERS_MAX];
    int n;
    bool all; /* that were refused or are damaged */
};

/* ---- the list ---- */

static const struct tool_column columns[] = {
    {N_("NUMBER"), TOOL_RIGHT}, {NC_("of a key", "STATE"), 0}, {N_("SINCE"), 0},
    {N_("AGE"), TOOL_RIGHT},    {N_("TRIES"), TOOL_RIGHT},     {N_("KIND"), 0},
    {N_("TITLE"), TOOL_CUT},    {N_("WHY"), TOOL_WRAP},
};
#define COLUMNS_N (sizeof(columns) / sizeof(*columns))

struct listing {
    struct tool *tool;
    struct tool_table *table; /* NULL: JSON */
    size_t n;
};

static const char *state_label(const struct tool *t, const char *state)
{
    if (strcmp(state, "queued") == 0)
        return tool_text(t, NC_("in the outbox", "queued"));
    if (strcmp(state, "refused") == 0)
        return tool_text(t, "refused");
    return strcmp(state, "damaged") == 0 ? tool_text(t, "damaged") : tool_text(t, "unreadable");
}

static void put_row(void *self, uint64_t number, const siaga_doc *row)
{
    struct listing *l = self;
    struct tool *t = l->tool;
    char no[24], since[TOOL_TIME_BYTES], age[TOOL_TIME_BYTES] = "", tries[24] = "";
    l->n++;
    if (!l->table) {
        tool_emit(t, row);
        return;
    }
    snprintf(no, sizeof(no), "%llu", (unsigned long long)number);
    if (siaga_doc_get(row, "age_s"))
        tool_span(t, siaga_int(row, "age_s", 0) * 1000000, age);
    if (siaga_doc_get(row, "tries"))
        snprintf(tries, sizeof(tries), "%lldx", (long long)siaga_int(row, "tries", 0));
    const char *const cells[COLUMNS_N] = {
        no,
        state_label(t, siaga_text(row, "state")),
        tool_time_short(t, siaga_time(row, "queued_at"), since),
        age,
        tries,
        tool_label(t, row, "kind"),
        siaga_text(row, "title"),
        siaga_text(row, tool_text(t, "reason_en")),
    };
    tool_table_row(l->table, cells, siaga_text(row, "severity"));
}

static int run_list(struct tool *t, siaga_outbox *outbox)
{
    siaga_error err;
    struct listing l = {.tool = t};
    bool lines = t->output == TOOL_TABLE;
    if (lines)
        l.table = tool_table_new(t, columns, COLUMNS_N);
    int code = siaga_outbox_list(outbox, put_row, &l, &err);
    if (lines && l.n)
        tool_table_print(l.table);
    tool_table_free(l.table);
    if (!lines)
        tool_emit_end(t);
    if (code)
        return tool_fail(t, &err);
    if (lines && !l.n)
        tool_note(t, "nothing waits");
    return l.n ? 0 : TOOL_SOME;
}

/* ---- deciding ---- */

static int decide(struct tool *t, siaga_outbox *outbox, const char *act, uint64_t number)
{
    siaga_error err;
    siaga_doc *row = siaga_outbox_get(outbox, number);
    bool drop = strcmp(act, "drop") == 0;
    int code =
        drop ? siaga_outbox_drop(outbox, number, &err) : siaga_outbox_retry(outbox, number, &err);
    if (code) {
        tool_fail(t, &err);
    } else if (t->output != TOOL_TABLE) {
        tool_emit(t, row);
    } else {
        printf("%llu  %s  ", (unsigned long long)number,
               drop ? tool_text(t, "dropped") : tool_text(t, "queued again"));
        tool_print(stdout, siaga_text(row, "title"));
        putchar('\n');
    }
    siaga_doc_free(row);
    return code;
}

static void note_number(void *self, uint64_t number, const siaga_doc *row)
{
    struct asked *asked = self;
    const char *state = siaga_text(row, "state");
    bool over = strcmp(state, "refused") == 0 || strcmp(state, "damaged") == 0;
    if (over && asked->n < NUMBERS_MAX)
        asked->numbers[asked->n++] = number;
}

static int run_decide(struct tool *t, siaga_outbox *outbox, struct asked *asked)
{
    siaga_error err;
    int worst = 0;
    if (asked->all && siaga_outbox_list(outbox, note_number, asked, &err))
        return tool_fail(t, &err);
    for (int i = 0; i < asked->n; i++) {
        int code = decide(t, outbox, asked->act, asked->numbers[i]);
        worst = code > worst ? code : worst;
    }
    if (t->output != TOOL_TABLE)
        tool_emit_end(t);
    return asked->n ? worst : TOOL_SOME;
}

/* ---- the verb ---- */

static int take_act(struct tool *t, struct asked *asked, const char *arg)
{
    static const char *const acts[] = {"list", "drop", "retry", NULL};
    asked->act = tool_one_of(t, arg, acts);
    return asked->act ? 0 : EX_USAGE;
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *asked = state;
    int64_t number;
    if (key != TOOL_ARG)
        return TOOL_NOT_MINE;
    if (!asked->act)
        return take_act(t, asked, arg);
    if (strcmp(arg, "all") == 0) {
        asked->all = true;
        return 0;
    }
    if (asked->n == NUMBERS_MAX || !tool_number(arg, 1, 9999999999, &number))
        return tool_complain(t, EX_USAGE, "'%s' is no number of the outbox; see 'siaga outbox'",
                             arg);
    asked->numbers[asked->n++] = (uint64_t)number;
    return 0;
}

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] [list | drop NUMBER... | retry NUMBER... | drop all | retry all]"),
    .examples = {"siaga outbox", "siaga outbox retry 12"},
    .fields = "number,state,queued_at,age_s,tries,kind,title",
    .known = "key category severity code verdict reason_id reason_en tried_at refused_at refusal "
             "server source cert file sent_at",
    .option = take,
    .args_max = 1 + NUMBERS_MAX,
    .exits = N_("1   nothing waits; all: whatever was refused or is damaged"),
};

static int run(struct tool *t, int argc, char **argv)
{
    static struct asked asked;
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (code)
        return code;
    bool list = !asked.act || strcmp(asked.act, "list") == 0;
    if (list == (asked.n || asked.all))
        return tool_complain(t, EX_USAGE, "use: siaga outbox %s", tool_text(t, usage.args));
    siaga_outbox *outbox = spool_open(t, &code);
    if (!outbox)
        return code;
    code = list ? run_list(t, outbox) : run_decide(t, outbox, &asked);
    spool_close();
    return code;
}

const struct verb outbox_verb = {
    .name = "outbox",
    .summary = N_("What waits on this machine and why; what was refused: drop it, queue it again."),
    .run = run,
};
