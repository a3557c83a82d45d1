#include "tool.h"

#include <string.h>

enum { KEY_CATEGORY = 1000, KEY_KECAMATAN, KEY_SEVERITY, KEY_AT_TIME };

/* ---- the words of the city's files for people ---- */

/* "emergency fire.* in any kecamatan" in the user's language; another form is told as it is. */
static void print_rule(const struct tool *t, const char *rule)
{
    char kind[32], category[64], place[64];
    bool any_kind = strncmp(rule, "any kind ", 9) == 0;
    bool any_place = false;
    *kind = '\0';
    int n = any_kind ? sscanf(rule + 9, "%63s in kecamatan %63s", category, place)
                     : sscanf(rule, "%31s %63s in kecamatan %63s", kind, category, place) - 1;
    if (n == 1)
        any_place = strstr(rule, " in any kecamatan") != NULL;
    if (n < 1 || (n == 1 && !any_place)) {
        tool_print(stdout, rule);
        return;
    }
    tool_print(stdout, any_kind ? tool_text(t, "any kind") : siaga_label("kind", kind, t->english));
    putchar(' ');
    tool_print(stdout, category);
    fputs(any_place ? tool_text(t, ", any kecamatan") : tool_text(t, ", kecamatan "), stdout);
    tool_print(stdout, any_place ? "" : place);
}

static const struct word {
    const char *word, *text;
} words[] = {
    {"m", NC_("in full", "min")},
    {"h", NC_("in full", "h")},
    {"d", N_("days")},
    {"mo", N_("months")},
    {"wm", N_("working min")},
    {"wh", N_("working h")},
    {"wd", N_("working days")},
    {"on_scene", N_("on scene")},
    {"on_site", N_("on site")},
    {"dispatched", N_("dispatched")},
    {"contained", N_("contained")},
    {"first_check", N_("first check")},
    {"filed", N_("filed")},
    {"answer", N_("answered")},
    {"resolved", N_("resolved")},
    {"fixed", N_("fixed")},
    {"made_safe", N_("made safe")},
    {"referred", N_("referred")},
};

static const char *word_of(const struct tool *t, const char *text)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i].word, text) == 0)
            return tool_text(t, words[i].text);
    return text;
}

/* "5wd answer, 14wd resolved": each step is a number with its unit, then what is to be reached. */
static void print_target(const struct tool *t, const char *target)
{
    char step[64], unit[64];
    for (bool first = true; *target; first = false) {
        size_t n = strcspn(target, ",");
        snprintf(step, sizeof(step), "%.*s", (int)(n < 63 ? n : 63), target);
        target += n + strspn(target + n, ", ");
        size_t digits = strspn(step, "0123456789"), unit_n = strcspn(step + digits, " ");
        snprintf(unit, sizeof(unit), "%.*s", (int)unit_n, step + digits);
        const char *reached = step + digits + unit_n;
        printf("%s%.*s%s", first ? "" : ", ", (int)digits, step, digits ? " " : "");
        tool_print(stdout, word_of(t, unit));
        fputs(*reached ? " " : "", stdout);
        tool_print(stdout, word_of(t, reached + strspn(reached, " ")));
    }
}

/* ---- the answer ---- */

static void print_head(const struct tool *t, const char *text)
{
    printf("%-12s", tool_text(t, text));
}

static void print_origin(const siaga_doc *answer, const char *file, const char *line)
{
    fputs("  ", stdout);
    tool_print(stdout, siaga_text(answer, file));
    printf(":%lld\n", (long long)siaga_int(answer, line, 0));
}

static void print_targets(const struct tool *t, const siaga_doc *answer)
{
    static const char *const names[][2] = {{"ack", NC_("target", "acknowledge")},
                                           {"resolve", N_("resolve")}};
    for (size_t i = 0; i < 2; i++) {
        if (!*siaga_text(answer, names[i][0]))
            continue;
        print_head(t, names[i][1]);
        print_target(t, siaga_text(answer, names[i][0]));
        print_origin(answer, "target_file", "target_line");
    }
}

static void print_route(const struct tool *t, const siaga_doc *answer)
{
    const siaga_doc *name = siaga_doc_get(answer, "owner_name");
    const siaga_doc *helpers = siaga_doc_get(answer, "helpers");
    const siaga_doc *flags = siaga_doc_get(answer, "flags");
    print_head(t, N_("owner"));
    tool_print(stdout, siaga_text(answer, "owner"));
    fputs("  ", stdout);
    tool_print(stdout, siaga_text(name, tool_language(t)));
    putchar('\n');
    if (siaga_doc_size(helpers)) {
        print_head(t, N_("supporting"));
        tool_print_list(t, stdout, helpers, NULL);
        putchar('\n');
    }
    if (*siaga_text(answer, "rule")) {
        print_head(t, N_("rule"));
        if (strncmp(siaga_text(answer, "rule"), "no route matched", 16) == 0)
            fputs(tool_text(t, "no route matched; the POC holds it"), stdout);
        else
            print_rule(t, siaga_text(answer, "rule"));
        print_origin(answer, "file", "line");
    }
    print_targets(t, answer);
    if (siaga_doc_size(flags)) {
        print_head(t, N_("flags"));
        tool_print_list(t, stdout, flags, "flag");
        putchar('\n');
    }
}

/* ---- the verb ---- */

static const struct tool_option options[] = {
    {"category", KEY_CATEGORY, N_("CATEGORY"), N_("such as fire.building")},
    {"kecamatan", KEY_KECAMATAN, "KECAMATAN", N_("such as \"Bekasi Timur\"")},
    {"severity", KEY_SEVERITY, N_("SEVERITY"), N_("extreme, severe, moderate, minor, unknown")},
    {"at-time", KEY_AT_TIME, N_("TIME"), N_("by the table in force at that time; default now")},
    {0},
};

static int take_kecamatan(siaga_map *request, const char *arg)
{
    char id[64];
    tool_fold(arg, id, sizeof(id));
    siaga_map_text(request, "kecamatan", id);
    return 0;
}

static int take_time(struct tool *t, siaga_map *request, const char *arg)
{
    char at[SIAGA_TIME_BYTES];
    int code = tool_time_option(t, "--at-time", arg, at);
    if (!code)
        siaga_map_text(request, "at", at);
    return code;
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    siaga_map *request = tool_request(t);
    (void)state;
    if (key == KEY_AT_TIME)
        return take_time(t, request, arg);
    if (key == KEY_KECAMATAN)
        return take_kecamatan(request, arg);
    if (key == TOOL_ARG) {
        siaga_map_text(request, "kind", arg);
        return tool_word(t, N_("KIND"), "kind", arg);
    }
    if (key == KEY_SEVERITY) {
        siaga_map_text(request, "severity", arg);
        return tool_word(t, "--severity", "severity", arg);
    }
    if (key != KEY_CATEGORY)
        return TOOL_NOT_MINE;
    siaga_map_text(request, "category", arg);
    return 0;
}

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] KIND"),
    .examples = {"siaga route emergency --category fire.building --kecamatan Jatiasih",
                 "siaga route complaint --category road.pothole -o json", NULL},
    .options = options,
    .fields = "",
    .known = "owner owner_name helpers file line rule ack resolve target_file target_line flags",
    .option = take,
    .args_min = 1,
    .args_max = 1,
};

static int run(struct tool *t, int argc, char **argv)
{
    siaga_doc *answer = NULL;
    int code = tool_parse(t, &usage, argc, argv, NULL);
    if (!code)
        code = tool_ask(t, "route", tool_request(t), &answer);
    if (code)
        return code;
    if (t->output == TOOL_TABLE)
        print_route(t, answer);
    else
        tool_emit_one(t, answer);
    siaga_doc_free(answer);
    return 0;
}

const struct verb route_verb = {
    .name = "route",
    .summary = N_("Explain who would own an event, and which line decides it."),
    .run = run,
};
