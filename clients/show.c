#include "show_now.h"

#include <string.h>
#include <sysexits.h>

#define CASES_MAX 1000
#define LABEL_COLUMNS 22

struct asked {
    const char *cases[CASES_MAX];
    int n;
};

/* ---- the case as it is now ---- */

/* Said in the first lines, or of use to programs only. */
static bool said_above(const char *name)
{
    static const char *const names[] = {"seq",     "entry", "at",    "case", "ticket",
                                        "title",   "body",  "state", "from", "to",
                                        "version", "owner", "v",     NULL};
    size_t i = 0;
    while (names[i] && strcmp(names[i], name) != 0)
        i++;
    return names[i] != NULL;
}

static void print_value(const struct tool *t, const char *name, const siaga_doc *value);

/* A pair of `refs`, `attach`, `extra`: "induk=E-261124-0042-K". */
static void print_pairs(const struct tool *t, const siaga_doc *map)
{
    for (size_t i = 0; i < siaga_doc_size(map); i++) {
        const char *name = siaga_doc_name(map, i);
        fputs(i ? ", " : "", stdout);
        tool_print(stdout, name);
        putchar('=');
        print_value(t, strcmp(name, "type") == 0 ? "ref_type" : "", siaga_doc_at(map, i));
    }
}

static bool is_time(const char *name)
{
    size_t n = strlen(name);
    return strcmp(name, "due_by") == 0 ||
           (n > 4 && (strcmp(name + n - 3, "_at") == 0 || strcmp(name + n - 4, "_due") == 0));
}

/* A time is for people; any other word has its label if it is one of the wire. */
static void print_text(const struct tool *t, const char *name, const siaga_doc *value)
{
    char when[TOOL_TIME_BYTES];
    const char *text = siaga_doc_text(value);
    if (is_time(name) && siaga_doc_time(value))
        text = tool_time_long(t, siaga_doc_time(value), when);
    else if (strcmp(name, "clock") == 0 && strcmp(text, "calendar") == 0)
        text = tool_text(t, "calendar");
    else if (strcmp(name, "clock") == 0 && strcmp(text, "working") == 0)
        text = tool_text(t, "working time");
    else
        text = siaga_label(strcmp(name, "flags") == 0 ? "flag" : name, text, t->english);
    tool_print(stdout, text);
}

static void print_value(const struct tool *t, const char *name, const siaga_doc *value)
{
    siaga_type type = siaga_doc_type(value);
    if (type == SIAGA_TEXT)
        print_text(t, name, value);
    else if (type == SIAGA_INT)
        printf("%lld", (long long)siaga_doc_int(value, 0));
    else if (type == SIAGA_DOUBLE)
        printf("%.7g", siaga_doc_double(value, 0));
    else if (type == SIAGA_MAP)
        print_pairs(t, value);
    else if (type == SIAGA_BOOL)
        fputs(siaga_doc_bool(value, false) ? tool_text(t, "yes") : tool_text(t, "no"), stdout);
    for (size_t i = 0; type == SIAGA_ARRAY && i < siaga_doc_size(value); i++) {
        fputs(i ? "; " : "", stdout);
        print_value(t, name, siaga_doc_at(value, i));
    }
}

/* A text of several lines keeps them, each made safe by itself. */
static void print_lines(const char *text)
{
    for (char line[512]; *text;) {
        size_t n = strcspn(text, "\n"), most = sizeof(line) - 1;
        if (n > most)
            for (n = most; n && ((unsigned char)text[n] & 0xc0) == 0x80;)
                n--;
        bool whole = text[n] == '\n' || !text[n];
        memcpy(line, text, n);
        line[n] = '\0';
        tool_print(stdout, line);
        text += n;
        if (whole) {
            putchar('\n');
            text += *text == '\n';
        }
    }
}

/* The whole text where what is shown everywhere else was cut. */
static const char *text_of(const siaga_doc *answer, const char *name)
{
    const char *full = siaga_text(siaga_doc_get(answer, "full"), name);
    return *full ? full : siaga_text(siaga_doc_get(answer, "case"), name);
}

/* What a row of now tells beside the fields of an event. */
static const char *label_of(const struct tool *t, const char *name)
{
    static const struct {
        const char *name, *text;
    } labels[] = {
        {"ack_target", N_("target to acknowledge")},
        {"resolve_target", N_("target to resolve")},
        {"target_date", N_("targets as of")},
        {"resolved_at", N_("resolved at")},
    };
    for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
        if (strcmp(labels[i].name, name) == 0)
            return tool_text(t, labels[i].text);
    return siaga_label("field", name, t->english);
}

static void print_case(struct tool *t, const siaga_doc *answer)
{
    const siaga_doc *now = siaga_doc_get(answer, "case");
    const char *severity = siaga_text(now, "severity");
    char drill[32];
    tool_print(stdout, siaga_text(now, "ticket"));
    printf("  %s", tool_severity_colour(stdout, severity));
    tool_print(stdout, tool_label(t, now, "severity"));
    printf("%s  ", tool_plain(stdout));
    tool_print(stdout, tool_label(t, now, "state"));
    fputs("  ", stdout);
    tool_print(stdout, siaga_text(now, "owner"));
    printf("  (%s %lld, %s %lld)\n", tool_text(t, "version"),
           (long long)siaga_int(now, "version", 0), tool_text(t, "number"),
           (long long)siaga_int(now, "seq", 0));
    tool_print(stdout, tool_drill(t, now, drill));
    print_lines(text_of(answer, "title"));
    print_lines(text_of(answer, "body"));
    putchar('\n');
    for (size_t i = 0; i < siaga_doc_size(now); i++) {
        const char *name = siaga_doc_name(now, i);
        if (said_above(name) || show_now_tells(name))
            continue;
        printf("  %-*.*s  ", LABEL_COLUMNS, LABEL_COLUMNS, label_of(t, name));
        print_value(t, name, siaga_doc_at(now, i));
        putchar('\n');
    }
    show_now(t, answer);
}

/* ---- its history ---- */

static void print_due(const struct tool *t, const siaga_doc *row, const char *name,
                      const char *text)
{
    char when[TOOL_TIME_BYTES];
    int64_t due = siaga_time(row, name);
    if (due)
        printf("; %s %s", tool_text(t, text), tool_time_long(t, due, when));
}

/* The label of one word of a row, after `before`, if it has one. */
static void print_part(const struct tool *t, const siaga_doc *row, const char *name,
                       const char *before)
{
    if (!*siaga_text(row, name))
        return;
    fputs(before, stdout);
    tool_print(stdout, tool_label(t, row, name));
}

/* Where it came from, what it is, who has it, by when. */
static void print_arrival(const struct tool *t, const siaga_doc *row)
{
    const siaga_doc *helpers = siaga_doc_get(row, "helpers"), *flags = siaga_doc_get(row, "flags");
    fputs(tool_text(t, "came from "), stdout);
    tool_print(stdout, siaga_text(row, "source"));
    print_part(t, row, "channel", tool_text(t, " by "));
    print_part(t, row, "kind", ": ");
    print_part(t, row, "severity", ", ");
    print_part(t, row, "category", ", ");
    tool_print_place(stdout, tool_text(t, "; place: "), row);
    fputs(tool_text(t, "; owner: "), stdout);
    tool_print(stdout, siaga_text(row, "owner"));
    if (siaga_doc_size(helpers)) {
        fputs(tool_text(t, ", supporting: "), stdout);
        tool_print_list(t, stdout, helpers, NULL);
    }
    print_due(t, row, "ack_due", N_("acknowledge by"));
    print_due(t, row, "resolve_due", N_("resolve by"));
    if (siaga_doc_size(flags)) {
        fputs(tool_text(t, "; flags: "), stdout);
        tool_print_list(t, stdout, flags, "flag");
    }
}

static void print_history(const struct tool *t, const siaga_doc *history)
{
    char when[TOOL_TIME_BYTES];
    printf("\n%s\n", tool_text(t, "History"));
    for (size_t i = 0; i < siaga_doc_size(history); i++) {
        const siaga_doc *row = siaga_doc_at(history, i);
        bool arrival = strcmp(siaga_text(row, "entry"), "event") == 0;
        printf("  %s  ", tool_time_long(t, siaga_time(row, "at"), when));
        if (arrival)
            print_arrival(t, row);
        else
            tool_print_doing(t, stdout, row);
        putchar('\n');
    }
}

/* ---- the verb ---- */

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *asked = state;
    if (key != TOOL_ARG)
        return TOOL_NOT_MINE;
    if (asked->n == CASES_MAX)
        return tool_complain(t, EX_USAGE, "at most %d tickets at once", CASES_MAX);
    asked->cases[asked->n++] = arg;
    return 0;
}

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] TICKET|NUMBER..."),
    .examples = {"siaga show E-261124-0042-K", "siaga show 1207 -o json | jq .history", NULL},
    .fields = "",
    .known = "case,full,history,whole,held,reports,incident",
    .rows = true,
    .events = true,
    .option = take,
    .args_min = 1,
    .args_max = CASES_MAX,
    .exits = N_("1   one of the tickets was not found"),
};

/* Many cases in JSON are an array (json) or a line each (jsonl); one case is one document. */
static void print_answer(struct tool *t, const struct asked *asked, int i, const siaga_doc *answer)
{
    if (t->output != TOOL_TABLE && asked->n > 1) {
        tool_emit(t, answer);
    } else if (t->output != TOOL_TABLE) {
        tool_emit_one(t, answer);
    } else {
        if (i)
            putchar('\n');
        print_case(t, answer);
        print_history(t, siaga_doc_get(answer, "history"));
        if (!siaga_bool(answer, "whole", true))
            printf("  %s\n", tool_text(t, "... the rest of the history does not fit"));
    }
}

static int run(struct tool *t, int argc, char **argv)
{
    static struct asked asked;
    char shown[80];
    int code = tool_parse(t, &usage, argc, argv, &asked), result = 0;
    if (code)
        return code;
    siaga_map *request = tool_request(t);
    for (int i = 0; i < asked.n; i++) {
        siaga_doc *answer = NULL;
        code = tool_case(t, request, asked.cases[i]);
        if (!code)
            code = tool_ask(t, "get", request, &answer);
        if (code == TOOL_SOME)
            tool_note(t, "  looked for: %s", tool_clean(asked.cases[i], shown, sizeof(shown)));
        if (!code)
            print_answer(t, &asked, i, answer);
        siaga_doc_free(answer);
        if (code && !result)
            result = code;
        if (code && code != TOOL_SOME) /* the next would fare no better */
            break;
    }
    if (asked.n > 1)
        tool_emit_end(t);
    return result;
}

const struct verb show_verb = {
    .name = "show",
    .summary = N_("Show a case and its whole history."),
    .run = run,
};
