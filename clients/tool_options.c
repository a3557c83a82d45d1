#include "tool_options.h"

#include <argp.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    KEY_SERVER = 900,
    KEY_CERT,
    KEY_SOURCE,
    KEY_LANG,
    KEY_TZ,
    KEY_TIMEOUT,
    KEY_VERSION,
    KEY_FIELDS,
    KEY_CONTEXT,
    KEY_NO_PAGER,
    KEY_COLOR,
};

#define NAMES_MAX 96u
#define OPTION_KEYS 0x1000000 /* options of verbs lie below */

const struct tool_option tool_global_options[] = {
    {NULL, 0, NULL, N_("General")},
    {"context", KEY_CONTEXT, N_("NAME"),
     N_("settings by that name in client.yaml (SIAGA_CONTEXT)")},
    {"server", KEY_SERVER, N_("ADDRESS"), N_("siagad, several with commas (SIAGA_SERVER)")},
    {"cert", KEY_CERT, N_("FILE"), N_("key file, needed for tcp (SIAGA_CERT)")},
    {"source", KEY_SOURCE, N_("NAME"),
     N_("source name, when it is not that of the key or user (SIAGA_SOURCE)")},
    {"output", 'o', "table|plain|jsonl|json|msgpack|cloudevents",
     N_("form of the output (SIAGA_OUTPUT)")},
    {"fields", KEY_FIELDS, N_("FIELD,..."), N_("these fields alone, in this order")},
    {"color", KEY_COLOR, "auto|always|never",
     N_("colour; auto: on a screen only (SIAGA_COLOR, NO_COLOR)")},
    {"no-pager", KEY_NO_PAGER, NULL, N_("not through a pager (SIAGA_PAGER, PAGER)")},
    {"lang", KEY_LANG, "id|en", N_("language (SIAGA_LANG)")},
    {"tz", KEY_TZ, N_("ZONE"), N_("WIB WITA WIT UTC +07:00 or Asia/Jakarta (SIAGA_TZ)")},
    {"timeout", KEY_TIMEOUT, N_("SECONDS"), N_("wait so long for an answer, 15 unless given")},
    {"help", 'h', NULL, N_("this help")},
    {"version", KEY_VERSION, NULL, N_("the version")},
    {0},
};

struct tool_tables tool_tables(const struct tool_usage *usage)
{
    return (struct tool_tables){
        {usage->options, usage->filters ? tool_filter_options : NULL, tool_global_options}};
}

bool tool_option_short(const struct tool_option *o)
{
    return o->key > ' ' && o->key < 0x7f;
}

static bool last(const struct tool_option *o)
{
    return !o->name && !o->key && !o->help;
}

/* ---- what the options do ---- */

/* Seconds, with a fraction if wanted: 10, 2.5, 10s */
static int set_timeout(struct tool *t, const char *arg)
{
    char *end;
    double seconds = isdigit((unsigned char)*arg) ? strtod(arg, &end) : -1;
    if (seconds < 0 || (*end && strcmp(end, "s") != 0) || seconds < 0.001 || seconds > 86400)
        return tool_complain(t, EX_USAGE, "--timeout: seconds, such as 10; not '%s'", arg);
    t->timeout_ms = (int)(seconds * 1000);
    t->timeout_given = true;
    return 0;
}

static int set_global(struct tool *t, int key, const char *arg)
{
    static const struct {
        int key;
        const char *option;
        enum tool_setting which;
    } settings[] = {
        {KEY_SERVER, "--server", TOOL_SERVER},
        {KEY_CERT, "--cert", TOOL_CERT},
        {KEY_SOURCE, "--source", TOOL_SOURCE},
        {KEY_LANG, "--lang", TOOL_LANG},
        {KEY_TZ, "--tz", TOOL_TZ},
        {'o', "--output", TOOL_OUTPUT},
        {KEY_COLOR, "--color", TOOL_COLOR},
    };
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
        if (settings[i].key == key)
            return tool_set(t, settings[i].which,
                            &(struct tool_value){.text = arg, .from = settings[i].option},
                            EX_USAGE);
    return key == KEY_FIELDS     ? tool_fields_set(t, arg)
           : key == KEY_TIMEOUT  ? set_timeout(t, arg)
           : key == KEY_NO_PAGER ? 0
           : key == KEY_CONTEXT  ? 0 /* tool_begin() has seen to it */
                                 : TOOL_NOT_MINE;
}

/* ---- before argp: messages of our own, and no abbreviations ---- */

static const struct tool_option *by_name(const struct tool_tables *tables, const char *name,
                                         size_t n)
{
    for (int i = 0; i < TOOL_TABLES; i++)
        for (const struct tool_option *o = tables->at[i]; o && !last(o); o++)
            if (o->name && strlen(o->name) == n && memcmp(o->name, name, n) == 0)
                return o;
    return NULL;
}

static const struct tool_option *by_letter(const struct tool_tables *tables, int letter)
{
    for (int i = 0; i < TOOL_TABLES; i++)
        for (const struct tool_option *o = tables->at[i]; o && !last(o); o++)
            if (tool_option_short(o) && o->key == letter)
                return o;
    return NULL;
}

const struct tool_option *tool_option_of(const struct tool_tables *tables, const char *arg,
                                         size_t *ret_n)
{
    bool is_long = arg[1] == '-';
    *ret_n = is_long ? strcspn(arg, "=") : 2;
    return is_long ? by_name(tables, arg + 2, *ret_n - 2) : by_letter(tables, arg[1]);
}

static int unknown_option(struct tool *t, const struct tool_tables *tables, const char *arg,
                          size_t n)
{
    const char *names[NAMES_MAX + 1] = {NULL};
    size_t count = 0;
    for (int i = 0; i < TOOL_TABLES; i++)
        for (const struct tool_option *o = tables->at[i]; o && !last(o); o++)
            if (o->name && count < NAMES_MAX)
                names[count++] = o->name;
    char typed[64];
    snprintf(typed, sizeof(typed), "%.*s", (int)n, arg);
    const char *near = strncmp(typed, "--", 2) == 0 ? tool_nearest(typed + 2, names) : NULL;
    if (near)
        return tool_complain(t, EX_USAGE, "unknown option %s; did you mean --%s?", typed, near);
    return tool_complain(t, EX_USAGE, "unknown option %s; see 'siaga %s --help'", typed,
                         t->verb->name);
}

/* Looks at one option; *ret_skip tells that the next argument is its value. */
static int check_option(struct tool *t, const struct tool_tables *tables, const char *arg,
                        bool more, bool *ret_skip)
{
    size_t n;
    const struct tool_option *o = tool_option_of(tables, arg, &n);
    if (!o)
        return unknown_option(t, tables, arg, n);
    bool value = arg[n] != '\0';
    if (o->arg && !value && !more)
        return tool_complain(t, EX_USAGE, "%.*s needs %s", (int)n, arg, tool_text(t, o->arg));
    if (!o->arg && value && arg[1] == '-')
        return tool_complain(t, EX_USAGE, "%.*s takes no value", (int)n, arg);
    *ret_skip = o->arg && !value;
    if (!o->arg && value) { /* further letters of a cluster: -vn */
        char rest[3] = {'-', arg[2], '\0'};
        return arg[3] ? unknown_option(t, tables, arg, strlen(arg))
                      : check_option(t, tables, rest, more, ret_skip);
    }
    return 0;
}

static int check(struct tool *t, const struct tool_tables *tables, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        bool skip = false;
        if (argv[i][0] != '-' || !argv[i][1])
            continue;
        int code = check_option(t, tables, argv[i], i + 1 < argc, &skip);
        if (code)
            return code;
        i += skip;
    }
    return 0;
}

/* ---- argp ---- */

/* What argp hands around as input. */
struct parse {
    struct tool *tool;
    const struct tool_usage *usage;
    void *state;
    int args, code;
};

/* argp wants an errno; the exit code is kept aside. */
static error_t told(struct parse *p, int code)
{
    if (code == TOOL_NOT_MINE)
        return ARGP_ERR_UNKNOWN;
    p->code = code;
    return code ? EINVAL : 0;
}

static error_t parse_global(int key, char *arg, struct argp_state *state)
{
    struct parse *p = state->input;
    if (key == 'h') {
        tool_help(p->tool, p->usage);
        exit(0);
    }
    if (key == KEY_VERSION) {
        printf("siaga %s\n", siaga_version());
        exit(0);
    }
    if (key == KEY_NO_PAGER)
        p->tool->no_pager = true;
    return told(p, set_global(p->tool, key, arg));
}

static error_t parse_filter(int key, char *arg, struct argp_state *state)
{
    struct parse *p = state->input;
    return told(p, tool_filter_option(p->tool, key, arg));
}

static error_t parse_verb(int key, char *arg, struct argp_state *state)
{
    struct parse *p = state->input;
    const struct tool_usage *usage = p->usage;
    if (key == ARGP_KEY_INIT) {
        for (int i = 0; state->root_argp->children[i].argp; i++)
            state->child_inputs[i] = p;
        return 0;
    }
    bool argument = key == ARGP_KEY_ARG;
    if (argument && usage->filters && !usage->args_max)
        return told(p, tool_matcher(p->tool, arg));
    if (argument && usage->args_max >= 0 && p->args >= usage->args_max)
        return told(p,
                    tool_complain(p->tool, EX_USAGE, "'%s' is one too many; see 'siaga %s --help'",
                                  arg, p->tool->verb->name));
    p->args += argument;
    bool option = key > 0 && key < OPTION_KEYS; /* argp's other keys are all larger */
    if (!usage->option || (!argument && !option))
        return ARGP_ERR_UNKNOWN;
    return told(p, usage->option(p->tool, p->state, argument ? TOOL_ARG : key, arg));
}

/* argp's form of one table; the help texts stay with us. */
static struct argp_option *argp_form(const struct tool_option *from)
{
    size_t n = 0;
    while (from && !last(&from[n]))
        n++;
    struct argp_option *to = calloc(n + 1, sizeof(*to));
    if (!to)
        abort();
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (from[i].name || from[i].key)
            to[used++] =
                (struct argp_option){.name = from[i].name, .key = from[i].key, .arg = from[i].arg};
    return to;
}

int tool_parse(struct tool *t, const struct tool_usage *usage, int argc, char **argv, void *state)
{
    if (t->inspect) {
        t->inspect(t, usage);
        return TOOL_SHOWN;
    }
    struct tool_tables tables = tool_tables(usage);
    int code = check(t, &tables, argc, argv);
    if (code)
        return code;
    struct argp_option *forms[TOOL_TABLES];
    for (int i = 0; i < TOOL_TABLES; i++)
        forms[i] = argp_form(tables.at[i]);
    struct argp filters = {.options = forms[1], .parser = parse_filter};
    struct argp globals = {.options = forms[2], .parser = parse_global};
    struct argp_child children[] = {{&globals, 0, NULL, 0}, {&filters, 0, NULL, 0}, {0}};
    struct argp all = {.options = forms[0], .parser = parse_verb, .children = children};
    struct parse p = {.tool = t, .usage = usage, .state = state};
    argp_err_exit_status = EX_USAGE;
    error_t err = argp_parse(&all, argc, argv, ARGP_NO_HELP | ARGP_NO_ERRS, NULL, &p);
    for (int i = 0; i < TOOL_TABLES; i++)
        free(forms[i]);
    if (p.code)
        return p.code;
    if (err)
        return tool_complain(t, EX_USAGE, "wrong options; see 'siaga %s --help'", t->verb->name);
    if (p.args < usage->args_min)
        return tool_complain(t, EX_USAGE, "something is missing; use: siaga %s %s", t->verb->name,
                             tool_text(t, usage->args));
    code = tool_output_settle(t, usage);
    if (!code && usage->paged && (t->output == TOOL_TABLE || t->output == TOOL_COLUMNS))
        tool_pager(t);
    return code;
}

/* ---- in front of the verb ---- */

int tool_leading(char **argv)
{
    static const struct tool_usage none;
    struct tool_tables tables = tool_tables(&none);
    if (!argv[0] || argv[0][0] != '-' || !argv[0][1])
        return 0;
    size_t n;
    const struct tool_option *o = tool_option_of(&tables, argv[0], &n);
    if (!o || !o->arg)
        return 0;
    return argv[0][n] || !argv[1] ? 1 : 2;
}
