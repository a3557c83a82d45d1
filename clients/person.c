/* siaga person list|show|export|erase: whom a reporter's data is about. Every reading is on the
 * record. */
#include <string.h>
#include <sysexits.h>

#include "tool.h"

enum { KEY_PHONE = 1000, KEY_MAIL, KEY_NAME, KEY_WHY, KEY_REASON };

struct asked {
    const char *act, *subject;
    siaga_map *find; /* phone, mail or name */
    const char *why;
    bool found_by;
};

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *a = state;
    static const struct {
        int key;
        const char *name;
    } by[] = {{KEY_PHONE, "phone"}, {KEY_MAIL, "mail"}, {KEY_NAME, "name"}};
    for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++)
        if (key == by[i].key) {
            siaga_map_text(a->find, by[i].name, arg);
            a->found_by = true;
            return 0;
        }
    if (key == KEY_WHY || key == KEY_REASON)
        a->why = arg;
    else if (key == TOOL_ARG && !a->act)
        a->act = arg;
    else if (key == TOOL_ARG && !a->subject)
        a->subject = arg;
    else
        return key == TOOL_ARG ? tool_complain(t, EX_USAGE, "too many words: '%s'", arg)
                               : TOOL_NOT_MINE;
    return 0;
}

static const struct tool_option options[] = {
    {"phone", KEY_PHONE, N_("NUMBER"), N_("by the phone number")},
    {"mail", KEY_MAIL, N_("ADDRESS"), N_("by the mail address")},
    {"name", KEY_NAME, N_("NAME"), N_("by the whole name")},
    {"why", KEY_WHY, N_("REASON"), N_("why it is read; kept in the history")},
    {"reason", KEY_REASON, N_("REASON"), N_("why it is destroyed; kept in the history")},
    {0},
};

static const struct tool_usage usage = {
    .args = N_("list|show|export|erase [TICKET] [OPTIONS]"),
    .examples = {"siaga person export --phone 0812-3456-7890 --why 'permohonan subjek data 7/2026'",
                 "siaga person erase C-261124-0007-H --reason 'permohonan subjek data 7/2026'",
                 NULL},
    .options = options,
    .fields = "ticket,received_at",
    .known =
        "person case visibility full history whole held state version owner " TOOL_CHANGE_KNOWN,
    .option = take,
    .args_min = 1,
    .args_max = 2,
    .exits = N_("1   there is none, or not for this role"),
};

/* ---- which cases ---- */

static int ask_cases(struct tool *t, const struct asked *a, siaga_doc **ret_answer)
{
    siaga_map *request = siaga_map_new();
    siaga_map_merge(request, a->find);
    siaga_map_text(request, "why", a->why);
    if (!a->found_by)
        siaga_map_bool(request, "list", true);
    int code = tool_ask(t, "person", request, ret_answer);
    siaga_map_free(request);
    return code;
}

static int list(struct tool *t, const struct asked *a)
{
    char when[TOOL_TIME_BYTES];
    siaga_doc *answer = NULL;
    int code = ask_cases(t, a, &answer);
    if (code)
        return code;
    const siaga_doc *cases = siaga_doc_get(answer, "cases");
    size_t n = siaga_doc_size(cases);
    for (size_t i = 0; i < n; i++) {
        const siaga_doc *row = siaga_doc_at(cases, i);
        if (t->output != TOOL_TABLE) {
            tool_emit(t, row);
            continue;
        }
        tool_print(stdout, siaga_text(row, "ticket"));
        printf("  %s\n", tool_time_long(t, siaga_time(row, "received_at"), when));
    }
    if (t->output != TOOL_TABLE)
        tool_emit_end(t);
    if (siaga_doc_get(answer, "after"))
        tool_note(t, "there are more; look by phone, mail or name");
    siaga_doc_free(answer);
    return n ? 0 : TOOL_SOME;
}

/* ---- one reporter ---- */

static int show_one(struct tool *t, const struct asked *a, const char *ticket)
{
    siaga_doc *answer = NULL;
    siaga_map *request = siaga_map_new();
    int code = tool_case(t, request, ticket);
    siaga_map_text(request, "why", a->why);
    if (!code)
        code = tool_ask(t, "person", request, &answer);
    siaga_map_free(request);
    if (code)
        return code;
    const siaga_doc *person = siaga_doc_get(answer, "person");
    if (t->output != TOOL_TABLE) {
        tool_emit(t, answer);
    } else {
        tool_print(stdout, siaga_text(answer, "ticket"));
        putchar('\n');
        for (size_t i = 0; i < siaga_doc_size(person); i++) {
            printf("  %-8s ", siaga_doc_name(person, i));
            tool_print(stdout, siaga_doc_text(siaga_doc_at(person, i)));
            putchar('\n');
        }
    }
    siaga_doc_free(answer);
    return 0;
}

static int show(struct tool *t, const struct asked *a)
{
    int code = show_one(t, a, a->subject);
    if (!code && t->output != TOOL_TABLE)
        tool_emit_end(t);
    return code;
}

/* All that is kept of one person: each record, and each case as it stands. */
static int export_all(struct tool *t, const struct asked *a)
{
    siaga_doc *answer = NULL;
    if (t->output == TOOL_TABLE)
        t->output = TOOL_JSONL;
    int code = ask_cases(t, a, &answer);
    const siaga_doc *cases = siaga_doc_get(answer, "cases");
    size_t n = siaga_doc_size(cases);
    for (size_t i = 0; i < n && !code; i++) {
        const char *ticket = siaga_text(siaga_doc_at(cases, i), "ticket");
        siaga_doc *whole = NULL;
        siaga_map *request = siaga_map_new();
        siaga_map_text(request, "ticket", ticket);
        code = show_one(t, a, ticket);
        if (!code)
            code = tool_ask(t, "get", request, &whole);
        if (!code)
            tool_emit(t, whole);
        siaga_map_free(request);
        siaga_doc_free(whole);
    }
    siaga_doc_free(answer);
    tool_emit_end(t);
    return code ? code : n ? 0 : TOOL_SOME;
}

/* ---- destroying ---- */

static int erase_one(struct tool *t, const struct asked *a, const char *ticket)
{
    siaga_map *request = siaga_map_new();
    int code = tool_case(t, request, ticket);
    siaga_map_text(request, "what", "person");
    siaga_map_text(request, "reason", a->why);
    if (!code)
        code = tool_change(
            t, &(struct tool_change){.verb = "erase", .request = request, .many = true});
    siaga_map_free(request);
    return code;
}

static int erase_found(struct tool *t, const struct asked *a)
{
    siaga_doc *answer = NULL;
    int code = ask_cases(t, a, &answer), worst = 0;
    const siaga_doc *cases = siaga_doc_get(answer, "cases");
    size_t n = siaga_doc_size(cases);
    for (size_t i = 0; i < n && !code; i++) {
        int one = erase_one(t, a, siaga_text(siaga_doc_at(cases, i), "ticket"));
        worst = one ? one : worst;
    }
    siaga_doc_free(answer);
    return code ? code : worst ? worst : n ? 0 : TOOL_SOME;
}

static int erase(struct tool *t, const struct asked *a)
{
    int code = a->subject ? erase_one(t, a, a->subject) : erase_found(t, a);
    tool_emit_end(t);
    return code;
}

static const struct {
    const char *name;
    int (*run)(struct tool *t, const struct asked *a);
    bool one, some; /* it takes a ticket; it wants somebody to look for, or a ticket */
} acts[] = {{"list", list, false, false},
            {"show", show, true, true},
            {"export", export_all, false, true},
            {"erase", erase, true, true}};

static int dispatch(struct tool *t, const struct asked *a)
{
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (strcmp(acts[i].name, a->act) != 0)
            continue;
        if (!a->why)
            return tool_complain(t, EX_USAGE, "person %s takes --why or --reason R", a->act);
        if ((a->subject && !acts[i].one) || (acts[i].some && !a->subject && !a->found_by) ||
            (acts[i].run == show && !a->subject))
            return tool_complain(t, EX_USAGE, "person %s takes a TICKET, --phone, --mail or --name",
                                 a->act);
        return acts[i].run(t, a);
    }
    return tool_complain(t, EX_USAGE, "'%s' is not known; use list, show, export or erase", a->act);
}

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {.find = siaga_map_new()};
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (!code)
        code = dispatch(t, &asked);
    siaga_map_free(asked.find);
    return code;
}

const struct verb person_verb = {
    .name = "person",
    .summary = N_("Reporters' data: list, show, export, erase; every reading is on the record."),
    .run = run,
};
