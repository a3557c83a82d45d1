/* siaga errors: what a verdict or an exit code means, and what to do about it. */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "tool.h"

static const struct advice {
    int exit;
    const char *text; /* what to do */
} advices[] = {
    {0, N_("done; there is nothing to do")},
    {TOOL_SOME, N_("look: nothing matched, or some were refused (import: --rejects)")},
    {EX_USAGE, N_("mend the command: siaga VERB --help; do not just repeat it")},
    {EX_DATAERR, N_("mend the data, the field is named; do not just repeat it")},
    {EX_NOINPUT, N_("the input file is not there or cannot be read; check its name")},
    {EX_UNAVAILABLE, N_("siagad cannot be reached; repeat the same command with the same key")},
    {EX_SOFTWARE,
     N_("a fault of the program or the disk; report it to the administrator with siagad's log")},
    {EX_OSERR,
     N_("the system does not give what is asked (memory, sockets); tell the administrator")},
    {EX_CANTCREAT, N_("the output file cannot be made, or is there already; choose another name")},
    {EX_IOERR, N_("output or input failed half-way; check the disk and the pipe")},
    {EX_TEMPFAIL, N_("repeat the same command with the same key; nothing doubles")},
    {EX_PROTOCOL, N_("update the siaga tools, or siagad; do not repeat")},
    {EX_NOPERM, N_("ask the administrator about key and role (siaga roles); do not repeat")},
    {EX_CONFIG, N_("mend the configuration or the key file that is named")},
};
#define ADVICES_N (sizeof(advices) / sizeof(*advices))

static const struct advice *advice_of(int exit)
{
    for (size_t i = 0; i < ADVICES_N; i++)
        if (advices[i].exit == exit)
            return &advices[i];
    return NULL;
}

/* ---- one, in both languages ---- */

static void put_both(const char *head, const char *text_id, const char *text_en)
{
    printf("  id  %s: %s\n  en  %s: %s\n", lang_text(false, head), text_id, head, text_en);
}

static void put_advice(const struct advice *a)
{
    put_both(N_("do"), lang_text(false, a->text), a->text);
}

static void print_advice(const struct advice *a)
{
    printf("%d\n", a->exit);
    put_advice(a);
}

static void print_verdict(const char *verdict)
{
    int exit = siaga_verdict_exit(verdict);
    const struct advice *a = advice_of(exit);
    printf("%s  (%d)\n", verdict, exit);
    put_both(N_("meaning"), siaga_label("verdict", verdict, false),
             siaga_label("verdict", verdict, true));
    if (a)
        put_advice(a);
}

/* ---- as documents ---- */

/* Of a verdict, or with NULL of an exit code alone. */
static void emit(struct tool *t, const char *verdict, int exit)
{
    const struct advice *a = advice_of(exit);
    siaga_map *m = siaga_map_new();
    siaga_map_int(m, "exit", exit);
    siaga_map_text(m, "code", verdict);
    if (verdict) {
        siaga_map_text(m, "meaning_id", siaga_label("verdict", verdict, false));
        siaga_map_text(m, "meaning_en", siaga_label("verdict", verdict, true));
    }
    siaga_map_text(m, "do_id", a ? lang_text(false, a->text) : "");
    siaga_map_text(m, "do_en", a ? a->text : "");
    tool_emit_map(t, m, false);
}

/* ---- what was asked for ---- */

struct asked {
    const char *code; /* NULL: all */
    int number;       /* an exit code; -1: code is the name of a verdict */
};

static bool wanted(const struct asked *asked, const char *verdict)
{
    if (!asked->code)
        return true;
    if (asked->number >= 0)
        return siaga_verdict_exit(verdict) == asked->number;
    return strcasecmp(verdict, asked->code) == 0 || strcasecmp(verdict + 2, asked->code) == 0;
}

static void print_table(struct tool *t)
{
    static const struct tool_column columns[] = {
        {N_("CODE"), 0}, {N_("EXIT"), TOOL_RIGHT}, {N_("MEANING"), TOOL_WRAP}};
    struct tool_table *table = tool_table_new(t, columns, 3);
    const char *verdict;
    for (size_t i = 0; (verdict = siaga_word("verdict", i)); i++) {
        char exit[12];
        snprintf(exit, sizeof(exit), "%d", siaga_verdict_exit(verdict));
        const char *const cells[] = {verdict, exit, siaga_label("verdict", verdict, t->english)};
        tool_table_row(table, cells, NULL);
    }
    tool_table_print(table);
    tool_table_free(table);
}

static size_t print_all(struct tool *t, const struct asked *asked)
{
    size_t found = 0;
    const char *verdict;
    const struct advice *a = asked->number >= 0 ? advice_of(asked->number) : NULL;
    if (a && t->output == TOOL_TABLE)
        print_advice(a);
    else if (a)
        emit(t, NULL, a->exit);
    found += a != NULL;
    for (size_t i = 0; (verdict = siaga_word("verdict", i)); i++) {
        if (!wanted(asked, verdict))
            continue;
        if (t->output == TOOL_TABLE)
            print_verdict(verdict);
        else
            emit(t, verdict, siaga_verdict_exit(verdict));
        found++;
    }
    if (found && t->output != TOOL_TABLE)
        tool_emit_end(t);
    return found;
}

static int unknown(struct tool *t, const char *code)
{
    const char *names[128] = {NULL}, *verdict;
    char shown[64], upper[80];
    for (size_t i = 0; i < 127 && (verdict = siaga_word("verdict", i)); i++)
        names[i] = verdict;
    tool_clean(code, shown, sizeof(shown));
    snprintf(upper, sizeof(upper), "%s%s", strncasecmp(shown, "E_", 2) == 0 ? "" : "E_", shown);
    for (char *p = upper; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    const char *near = tool_nearest(upper, names);
    return tool_complain(t, EX_USAGE, "the code '%s' is not known; %s%s", shown,
                         near ? tool_text(t, "did you mean ") : tool_text(t, "see "),
                         near ? near : "'siaga errors'");
}

/* ---- the verb ---- */

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *asked = state;
    int64_t number;
    (void)t;
    if (key != TOOL_ARG)
        return TOOL_NOT_MINE;
    asked->code = arg;
    if (tool_number(arg, 0, 255, &number))
        asked->number = (int)number;
    return 0;
}

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] [CODE]"),
    .examples = {"siaga errors E_BUSY", "siaga errors 75", NULL},
    .fields = "code,exit,meaning_id,meaning_en",
    .known = "do_id do_en",
    .option = take,
    .args_max = 1,
};

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {.number = -1};
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (code)
        return code;
    if (!asked.code && t->output == TOOL_TABLE)
        print_table(t);
    else if (!print_all(t, &asked))
        return unknown(t, asked.code);
    return 0;
}

const struct verb errors_verb = {
    .name = "errors",
    .summary = N_("What a refusal or an exit code means, and what to do about it."),
    .run = run,
};
