/* siaga config: what is set, and by whom; the contexts of client.yaml, and which of them counts. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "tool_options.h"

#define FILE_MAX 65536

enum { KEY_ORIGIN = 1000 };

struct asked {
    const char *act, *name;
    bool origin;
};

/* ---- show ---- */

/* What counts when nobody said anything. */
static const char *otherwise(enum tool_setting which)
{
    static const char *const texts[TOOL_SETTINGS] = {[TOOL_SERVER] = SIAGA_DEFAULT_SERVER,
                                                     [TOOL_SPOOL] = "auto",
                                                     [TOOL_LANG] = "id",
                                                     [TOOL_OUTPUT] = "table",
                                                     [TOOL_COLOR] = "auto",
                                                     [TOOL_TZ] = "WIB"};
    return texts[which] ? texts[which] : "";
}

/* "--server", "SIAGA_SERVER", "client.yaml:3 (latihan)" */
static void origin_of(const struct tool *t, const struct tool_value *value, char *out, size_t size)
{
    if (!value->text)
        snprintf(out, size, "%s", tool_text(t, "default"));
    else if (value->line)
        snprintf(out, size, "%s:%d%s%s%s", value->from, value->line, value->context ? " (" : "",
                 value->context ? value->context : "", value->context ? ")" : "");
    else
        snprintf(out, size, "%s", value->from);
}

static void emit(struct tool *t, const char *name, const char *text, const struct tool_value *value)
{
    siaga_map *m = siaga_map_new();
    siaga_map_text(m, "setting", name);
    siaga_map_text(m, "value", text);
    siaga_map_text(m, "origin", value->text ? value->from : "default");
    if (value->line)
        siaga_map_int(m, "line", value->line);
    siaga_map_text(m, "context", value->context);
    tool_emit_map(t, m, false);
}

static int show(struct tool *t, const struct asked *a)
{
    static const struct tool_column columns[] = {
        {N_("SETTING"), 0}, {N_("VALUE"), 0}, {NC_("of a setting", "FROM"), 0}};
    bool lines = t->output == TOOL_TABLE;
    struct tool_table *table = lines ? tool_table_new(t, columns, a->origin ? 3 : 2) : NULL;
    for (int i = 0; i < TOOL_SETTINGS; i++) {
        char origin[4400];
        const struct tool_value *value = &t->settings[i];
        const char *text = value->text ? value->text : otherwise((enum tool_setting)i);
        origin_of(t, value, origin, sizeof(origin));
        const char *const cells[] = {tool_setting_names[i], text, origin};
        if (lines)
            tool_table_row(table, cells, NULL);
        else
            emit(t, tool_setting_names[i], text, value);
    }
    if (lines)
        tool_table_print(table);
    else
        tool_emit_end(t);
    tool_table_free(table);
    return 0;
}

/* ---- list ---- */

static void put_context(struct tool *t, struct tool_table *table, const struct tool_context *c)
{
    char place[4200];
    const char *chosen = t->settings[TOOL_CONTEXT].text;
    bool is = chosen && strcmp(chosen, c->name) == 0;
    const char *server = c->values[TOOL_SERVER].text, *source = c->values[TOOL_SOURCE].text;
    snprintf(place, sizeof(place), "%s:%d", c->file, c->line);
    if (table) {
        const char *const cells[] = {is ? "*" : "", c->name, server ? server : "",
                                     source ? source : "", place};
        tool_table_row(table, cells, NULL);
        return;
    }
    siaga_map *m = siaga_map_new();
    siaga_map_text(m, "name", c->name);
    siaga_map_bool(m, "chosen", is);
    for (int i = 0; i < TOOL_FILE_SETTINGS; i++)
        siaga_map_text(m, tool_setting_names[i], c->values[i].text);
    siaga_map_text(m, "file", c->file);
    siaga_map_int(m, "line", c->line);
    tool_emit_map(t, m, false);
}

static int list(struct tool *t, const struct asked *a)
{
    static const struct tool_column columns[] = {{"", 0},
                                                 {N_("CONTEXT"), 0},
                                                 {N_("SERVER"), 0},
                                                 {N_("SOURCE"), 0},
                                                 {NC_("of a setting", "FROM"), 0}};
    (void)a;
    tool_columns(t, "name,server,source,file,line");
    bool lines = t->output == TOOL_TABLE;
    struct tool_table *table = lines && t->config->n ? tool_table_new(t, columns, 5) : NULL;
    for (size_t i = 0; i < t->config->n; i++)
        put_context(t, table, &t->config->contexts[i]);
    if (table)
        tool_table_print(table);
    else if (!lines)
        tool_emit_end(t);
    else
        tool_note(t, "there are no contexts; write them below 'contexts:' in %s",
                  t->config->own ? t->config->own : t->config->machine);
    tool_table_free(table);
    return t->config->n ? 0 : TOOL_SOME;
}

/* ---- use ---- */

static int cannot(struct tool *t, int code, const char *path)
{
    return tool_complain(t, code, "%s: %s", path, strerror(errno));
}

/* The whole file, NUL behind it; *ret_n its bytes. An absent one is empty. */
static int read_own(struct tool *t, char text[FILE_MAX + 1], size_t *ret_n)
{
    FILE *f = fopen(t->config->own, "re");
    *ret_n = 0;
    if (!f)
        return errno == ENOENT || errno == ENOTDIR ? 0 : cannot(t, EX_NOINPUT, t->config->own);
    *ret_n = fread(text, 1, FILE_MAX, f);
    fclose(f);
    text[*ret_n] = '\0';
    return 0;
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

/* Whether a line that begins here sets the context. */
static bool sets_context(const char *line)
{
    return strncmp(line, "context", 7) == 0 && line[7 + strspn(line + 7, " \t")] == ':';
}

/* That one line is written anew, all others stay as they are; where there is none it comes last.
 * false: in this file a last line would mean something else. */
static bool put_line(const char *text, const char *name, FILE *out)
{
    const char *line = text;
    bool strange = false;
    for (; *line && !sets_context(line); line = next_line(line))
        strange = strange || *line == '{' || strncmp(line, "...", 3) == 0;
    bool open = line > text && line[-1] != '\n';
    fprintf(out, "%.*s%scontext: %s\n%s", (int)(line - text), text, open ? "\n" : "", name,
            next_line(line));
    return !strange;
}

static bool make_folders(const char *path)
{
    char *copy = strdup(path);
    bool fine = copy != NULL;
    for (char *slash = copy ? strchr(copy + 1, '/') : NULL; fine && slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        fine = mkdir(copy, 0700) == 0 || errno == EEXIST;
        *slash = '/';
    }
    free(copy);
    return fine;
}

static int use(struct tool *t, const struct asked *a)
{
    static char text[FILE_MAX + 1];
    char *made = NULL;
    size_t n;
    const char *own = t->config->own;
    if (!tool_context_find(t, a->name))
        return tool_context_unknown(t, &(struct tool_value){.text = a->name}, EX_USAGE);
    if (!own)
        return tool_complain(t, EX_CONFIG, "there is no HOME; client.yaml cannot be written");
    int code = read_own(t, text, &n);
    FILE *out = code ? NULL : open_memstream(&made, &n);
    if (!out)
        return code ? code : EX_OSERR;
    bool fits = put_line(text, a->name, out);
    fclose(out);
    if (!fits)
        code = tool_complain(t, EX_DATAERR, "%s: write 'context: %s' into this file yourself", own,
                             a->name);
    else if (!make_folders(own) || !tool_file_replace(own, made, n, 0644))
        code = cannot(t, EX_CANTCREAT, own);
    free(made);
    if (!code)
        tool_note(t, "context %s counts from now on (%s)", a->name, own);
    return code;
}

/* ---- the verb ---- */

static const struct {
    const char *name;
    int (*run)(struct tool *t, const struct asked *a);
} acts[] = {{"show", show}, {"list", list}, {"use", use}};

static int take(struct tool *t, void *state, int key, const char *arg)
{
    static const char *const names[] = {"show", "list", "use", NULL};
    struct asked *a = state;
    if (key == KEY_ORIGIN)
        a->origin = true;
    else if (key != TOOL_ARG)
        return TOOL_NOT_MINE;
    else if (a->act)
        a->name = arg;
    else if (!(a->act = tool_one_of(t, arg, names)))
        return EX_USAGE;
    return 0;
}

static const struct tool_option options[] = {
    {"origin", KEY_ORIGIN, NULL, N_("also by whom: option, environment, file:line, default")},
    {0},
};

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] show | list | use CONTEXT"),
    .examples = {"siaga config show --origin", "siaga config use latihan", NULL},
    .options = options,
    .option = take,
    .fields = "setting,value,origin",
    .known = "line context name chosen server cert source spool lang file",
    .args_min = 1,
    .args_max = 2,
    .exits = N_("1   list: there are no contexts"),
};

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {0};
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (code)
        return code;
    if ((strcmp(asked.act, "use") == 0) != (asked.name != NULL))
        return tool_complain(t, EX_USAGE, "use: siaga config %s", tool_text(t, usage.args));
    for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
        if (strcmp(acts[i].name, asked.act) == 0)
            code = acts[i].run(t, &asked);
    return code;
}

const struct verb config_verb = {
    .name = "config",
    .summary = N_("The settings of this tool and where they come from; which context counts."),
    .run = run,
};
