/* What is set before a verb begins, and by whom: an option comes before the environment, that
 * before the context chosen, that before the rest of client.yaml. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tool_options.h"

const char *const tool_setting_names[TOOL_SETTINGS + 1] = {
    [TOOL_SERVER] = "server", [TOOL_CERT] = "cert",   [TOOL_SOURCE] = "source",
    [TOOL_SPOOL] = "spool",   [TOOL_LANG] = "lang",   [TOOL_CONTEXT] = "context",
    [TOOL_OUTPUT] = "output", [TOOL_COLOR] = "color", [TOOL_TZ] = "tz",
};

static const char *const variables[TOOL_SETTINGS] = {
    [TOOL_SERVER] = "SIAGA_SERVER", [TOOL_CERT] = "SIAGA_CERT",   [TOOL_SOURCE] = "SIAGA_SOURCE",
    [TOOL_SPOOL] = "SIAGA_SPOOL",   [TOOL_LANG] = "SIAGA_LANG",   [TOOL_CONTEXT] = "SIAGA_CONTEXT",
    [TOOL_OUTPUT] = "SIAGA_OUTPUT", [TOOL_COLOR] = "SIAGA_COLOR", [TOOL_TZ] = "SIAGA_TZ",
};

/* ---- one setting ---- */

static int set_server(struct tool *t, const char *text, int code)
{
    t->server = text;
    t->server_given = code == EX_USAGE;
    return 0;
}

static int set_cert(struct tool *t, const char *text, int code)
{
    t->cert = text;
    t->cert_given = code == EX_USAGE;
    return 0;
}

static int set_source(struct tool *t, const char *text, int code)
{
    if (!siaga_source_valid(text))
        return tool_complain(t, code, "'%s' is no source name; use 1-48 of a-z 0-9 -", text);
    snprintf(t->source, sizeof(t->source), "%s", text);
    return 0;
}

bool tool_spool_word(const char *word, enum tool_spool *ret_spool)
{
    static const char *const words[] = {
        [TOOL_SPOOL_AUTO] = "auto", [TOOL_SPOOL_ALWAYS] = "always", [TOOL_SPOOL_NEVER] = "never"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i], word) == 0) {
            *ret_spool = (enum tool_spool)i;
            return true;
        }
    return false;
}

static int set_spool(struct tool *t, const char *text, int code)
{
    if (tool_spool_word(text, &t->spool))
        return 0;
    return tool_complain(t, code, "SIAGA_SPOOL: auto, always or never, not '%s'", text);
}

static int set_lang(struct tool *t, const char *text, int code)
{
    t->english = strcmp(text, "en") == 0;
    if (!t->english && strcmp(text, "id") != 0)
        return tool_complain(t, code, "language: id or en, not '%s'", text);
    return 0;
}

static int set_output(struct tool *t, const char *text, int code)
{
    t->output_given |= code == EX_USAGE;
    return tool_output_set(t, text, code);
}

static int set_color(struct tool *t, const char *text, int code)
{
    if (tool_colour_set(text))
        return 0;
    return tool_complain(t, code, "colour: auto, always or never, not '%s'", text);
}

static int set_tz(struct tool *t, const char *text, int code)
{
    if (tool_zone_set(text, &t->zone))
        return 0;
    return tool_complain(t, code, "time zone '%s' is not known; such as WIB, +07:00, Asia/Jakarta",
                         text);
}

int tool_set(struct tool *t, enum tool_setting which, const struct tool_value *value, int code)
{
    static int (*const setters[TOOL_SETTINGS])(struct tool * t, const char *text, int code) = {
        [TOOL_SERVER] = set_server, [TOOL_CERT] = set_cert, [TOOL_SOURCE] = set_source,
        [TOOL_SPOOL] = set_spool,   [TOOL_LANG] = set_lang, [TOOL_OUTPUT] = set_output,
        [TOOL_COLOR] = set_color,   [TOOL_TZ] = set_tz,
    };
    t->settings[which] = *value;
    return setters[which] ? setters[which](t, value->text, code) : 0;
}

/* ---- contexts ---- */

const struct tool_context *tool_context_find(const struct tool *t, const char *name)
{
    for (size_t i = 0; i < t->config->n; i++)
        if (strcmp(t->config->contexts[i].name, name) == 0)
            return &t->config->contexts[i];
    return NULL;
}

int tool_context_unknown(struct tool *t, const struct tool_value *asked, int code)
{
    const char *names[TOOL_CONTEXTS_MAX + 1] = {NULL};
    char place[4200] = "", shown[80];
    for (size_t i = 0; i < t->config->n; i++)
        names[i] = t->config->contexts[i].name;
    if (asked->from && asked->line)
        snprintf(place, sizeof(place), "%s:%d: ", asked->from, asked->line);
    else if (asked->from)
        snprintf(place, sizeof(place), "%s: ", asked->from);
    const char *near = tool_nearest(asked->text, names);
    tool_clean(asked->text, shown, sizeof(shown));
    if (near)
        return tool_complain(t, code, "%sthere is no context '%s'; did you mean %s?", place, shown,
                             near);
    return tool_complain(t, code, "%sthere is no context '%s'; see 'siaga config list'", place,
                         shown);
}

/* ---- in their order ---- */

static const char *variable(enum tool_setting which)
{
    const char *value = getenv(variables[which]);
    return value && *value ? value : NULL;
}

/* The value of an option that has to be known before all others; NULL: it is not there. */
static const char *option(int argc, char **argv, const char *name)
{
    size_t n = strlen(name);
    const char *found = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
            found = argv[i] + n + 1;
        else if (strcmp(argv[i], name) == 0 && i + 1 < argc)
            found = argv[i + 1];
    return found;
}

/* The language first, so that what goes wrong after it is said in it. */
static int find_language(struct tool *t, int argc, char **argv)
{
    const char *asked = option(argc, argv, "--lang"), *from = variable(TOOL_LANG);
    int code = 0;
    if (from)
        code = tool_set(t, TOOL_LANG, &(struct tool_value){from, "SIAGA_LANG", 0, NULL}, EX_CONFIG);
    if (asked)
        t->english = strcmp(asked, "en") == 0;
    return code;
}

/* ret_context NULL: none was named. */
static int find_context(struct tool *t, const char *asked, const struct tool_context **ret_context)
{
    struct tool_value value = t->config->values[TOOL_CONTEXT];
    if (asked || variable(TOOL_CONTEXT))
        value = (struct tool_value){.text = asked ? asked : variable(TOOL_CONTEXT),
                                    .from = asked ? "--context" : "SIAGA_CONTEXT"};
    *ret_context = NULL;
    if (!value.text)
        return 0;
    t->settings[TOOL_CONTEXT] = value;
    *ret_context = tool_context_find(t, value.text);
    return *ret_context ? 0 : tool_context_unknown(t, &value, asked ? EX_USAGE : EX_CONFIG);
}

/* One setting by whoever comes first: environment, context, file. */
static int settle(struct tool *t, enum tool_setting which, const struct tool_context *context)
{
    struct tool_value value = {.text = variable(which), .from = variables[which]};
    bool in_files = which < TOOL_FILE_SETTINGS;
    if (!value.text && in_files && context)
        value = context->values[which];
    if (!value.text && in_files)
        value = t->config->values[which];
    return value.text ? tool_set(t, which, &value, EX_CONFIG) : 0;
}

int tool_begin(struct tool *t, int argc, char **argv)
{
    static struct tool_config config; /* its texts are used until the end */
    const struct tool_context *context;
    bool english;
    int code = find_language(t, argc, argv);
    t->config = &config;
    t->timeout_ms = 15000;
    t->server = SIAGA_DEFAULT_SERVER;
    tool_zone_set("WIB", &t->zone);
    if (!code)
        code = tool_config(t, &config);
    if (!code)
        code = find_context(t, option(argc, argv, "--context"), &context);
    english = t->english;
    for (int i = 0; i < TOOL_SETTINGS && !code; i++)
        if (i != TOOL_CONTEXT)
            code = settle(t, (enum tool_setting)i, context);
    if (option(argc, argv, "--lang"))
        t->english = english;
    if (!t->english)
        lang_open();
    return code;
}
