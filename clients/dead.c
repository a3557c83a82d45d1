/* siaga dead: items of desks that failed too often, and what an operator decides about them. */
#include "tool.h"

#include <string.h>
#include <sysexits.h>

#define TICKETS_MAX 256
#define REASON_BYTES 64u

enum { KEY_SKPD = 1000, KEY_REASON };

struct asked {
    const char *act; /* list, requeue, discard */
    const char *tickets[TICKETS_MAX];
    int n;
    char skpd[64]; /* "": all, or the one that the list names */
    const char *reason, *note;
};

static const struct tool_column columns[] = {
    {N_("TICKET"), 0},
    {N_("SKPD"), 0},
    {N_("FAILED"), TOOL_RIGHT},
    {N_("LAST"), 0},
    {NC_("column", "REASON"), TOOL_CUT},
    {N_("TITLE"), TOOL_CUT},
};
#define COLUMNS_N (sizeof(columns) / sizeof(*columns))

/* ---- the list ---- */

static void put_row(struct tool *t, struct tool_table *table, const siaga_doc *item)
{
    char when[TOOL_TIME_BYTES], attempts[32];
    const siaga_doc *failed = siaga_doc_get(item, "failed");
    size_t n = siaga_doc_size(failed);
    const siaga_doc *last = n ? siaga_doc_at(failed, n - 1) : NULL;
    snprintf(attempts, sizeof(attempts), "%lldx", (long long)siaga_int(item, "attempts", 0));
    const char *const cells[COLUMNS_N] = {
        siaga_text(item, "ticket"),
        siaga_text(item, "skpd"),
        attempts,
        tool_time_short(t, siaga_time(last, "at"), when),
        siaga_text(last, "reason"),
        siaga_text(item, "title"),
    };
    tool_table_row(table, cells, NULL);
}

static int ask(struct tool *t, const struct asked *asked, siaga_doc **ret_answer)
{
    siaga_map *request = siaga_map_new();
    siaga_map_text(request, "skpd", *asked->skpd ? asked->skpd : NULL);
    int code = tool_ask(t, "dead", request, ret_answer);
    siaga_map_free(request);
    return code;
}

static int run_list(struct tool *t, const struct asked *asked)
{
    siaga_doc *answer = NULL;
    int code = ask(t, asked, &answer);
    if (code)
        return code;
    const siaga_doc *items = siaga_doc_get(answer, "items");
    size_t n = siaga_doc_size(items);
    tool_rows(t, columns, COLUMNS_N, items, put_row);
    if (!n && t->output == TOOL_TABLE)
        tool_note(t, "no item is dead");
    if (siaga_bool(answer, "more", false))
        tool_note(t, "there are more; name --skpd");
    siaga_doc_free(answer);
    return n ? 0 : TOOL_SOME;
}

/* ---- deciding ---- */

static bool is_case(const siaga_doc *item, const char *typed)
{
    char ticket[24];
    int64_t number;
    if (tool_number(typed, 1, INT64_MAX, &number))
        return siaga_int(item, "case", 0) == number;
    return siaga_ticket_read(typed, ticket) == SIAGA_TICKET_FINE &&
           strcmp(siaga_text(item, "ticket"), ticket) == 0;
}

static int decide_part(struct tool *t, const struct asked *asked, const char *skpd)
{
    siaga_map *request = tool_request(t);
    siaga_map_text(request, "skpd", skpd);
    return tool_change(
        t, &(struct tool_change){.verb = "work", .request = request, .many = asked->n > 1});
}

/* Every dead part of the case, as the list has it, or the one named. */
static int decide(struct tool *t, const struct asked *asked, const siaga_doc *items,
                  const char *typed)
{
    int code = tool_case(t, tool_request(t), typed), found = 0;
    for (size_t i = 0; !code && i < siaga_doc_size(items); i++) {
        const siaga_doc *item = siaga_doc_at(items, i);
        if (!is_case(item, typed))
            continue;
        found++;
        code = decide_part(t, asked, siaga_text(item, "skpd"));
    }
    if (code || found)
        return code;
    if (*asked->skpd) /* perhaps beyond the end of the list */
        return decide_part(t, asked, asked->skpd);
    return tool_complain(t, TOOL_SOME, "%s is not dead; see 'siaga dead list'", typed);
}

static int run_decide(struct tool *t, const struct asked *asked)
{
    siaga_doc *answer = NULL;
    int worst = ask(t, asked, &answer);
    const siaga_doc *items = siaga_doc_get(answer, "items");
    siaga_map_text(tool_request(t), "act", asked->act);
    siaga_map_text(tool_request(t), "reason", asked->reason);
    for (int i = 0; items && i < asked->n; i++) {
        int code = decide(t, asked, items, asked->tickets[i]);
        worst = code > worst ? code : worst;
    }
    if (asked->n > 1 && t->output != TOOL_TABLE)
        tool_emit_end(t);
    siaga_doc_free(answer);
    return worst;
}

/* ---- the verb ---- */

static int take_act(struct tool *t, struct asked *asked, const char *arg)
{
    static const char *const acts[] = {"list", "requeue", "discard", NULL};
    asked->act = tool_one_of(t, arg, acts);
    return asked->act ? 0 : EX_USAGE;
}

static int take_change(struct tool *t, struct asked *asked, int key, const char *arg)
{
    asked->note = key == TOOL_CHANGE_NOTE ? arg : asked->note;
    return tool_change_option(t, key, arg);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *asked = state;
    if (key == TOOL_ARG && !asked->act)
        return take_act(t, asked, arg);
    if (key == TOOL_ARG && asked->n < TICKETS_MAX)
        asked->tickets[asked->n++] = arg;
    else if (key == KEY_SKPD)
        tool_fold(arg, asked->skpd, sizeof(asked->skpd));
    else if (key == KEY_REASON)
        asked->reason = arg;
    else
        return take_change(t, asked, key, arg);
    return 0;
}

static const struct tool_option options[] = {
    {"skpd", KEY_SKPD, "SKPD", N_("only the desk of this SKPD")},
    {"reason", KEY_REASON, N_("REASON"),
     N_("wanted for requeue and discard, up to 64 bytes; the text of -m unless given")},
    TOOL_CHANGE_COMMON_OPTIONS,
    {0},
};

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] list | requeue TICKET... --reason R | discard TICKET... --reason R"),
    .examples = {"siaga dead list --skpd dbmsda",
                 "siaga dead requeue E-261124-0042-K --reason 'printer diperbaiki'", NULL},
    .options = options,
    .fields = "ticket,skpd,attempts,title",
    .known = "case mode failed state version owner " TOOL_CHANGE_KNOWN,
    .option = take,
    .args_min = 1,
    .args_max = 1 + TICKETS_MAX,
    .exits = N_("1   nothing is dead"),
};

static int run(struct tool *t, int argc, char **argv)
{
    static struct asked asked;
    char reason[REASON_BYTES + 1];
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (code)
        return code;
    if (strcmp(asked.act, "list") == 0 && !asked.n)
        return run_list(t, &asked);
    if (!asked.reason && asked.note && *asked.note) {
        tool_cut(asked.note, reason, REASON_BYTES);
        asked.reason = reason;
    }
    if (strcmp(asked.act, "list") == 0 || !asked.n || !asked.reason)
        return tool_complain(t, EX_USAGE, "use: siaga dead %s", tool_text(t, usage.args));
    return run_decide(t, &asked);
}

const struct verb dead_verb = {
    .name = "dead",
    .summary = N_("Items of desks that failed again and again: see, queue again, discard."),
    .run = run,
};
