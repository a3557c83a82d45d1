/* --output and --fields: what may be asked of a verb, and the fields of a document. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "tool_options.h"

#define KNOWN_MAX 256u

/* What a row (SPEC 6.1) has beside the fields of an event and those of the table of rights. */
#define ROW_FIELDS                                                                            \
    "helpers ack_due resolve_due clock ack_target resolve_target target_date judged_by "      \
    "acknowledged_at receipt_at forwards waiting_since waited_s level overdue dead outcome "  \
    "milestones response_s resolved_at in_target rating into tasks do to from role task "     \
    "task_from task_to owner_before milestone claimed_at done stars act attempt lease_until " \
    "again_at by_rule alarm why access name store due due_at"

static const char *const outputs[] = {
    [TOOL_TABLE] = "table", [TOOL_PLAIN] = "plain",     [TOOL_JSONL] = "jsonl",
    [TOOL_JSON] = "json",   [TOOL_MSGPACK] = "msgpack", [TOOL_CLOUDEVENTS] = "cloudevents",
};
#define OUTPUTS_N (sizeof(outputs) / sizeof(*outputs))

int tool_output_set(struct tool *t, const char *arg, int code)
{
    const char *names[OUTPUTS_N + 1] = {NULL};
    char shown[64];
    for (size_t i = 0; i < OUTPUTS_N; i++) {
        names[i] = outputs[i];
        if (strcmp(outputs[i], arg) != 0)
            continue;
        t->output = (enum tool_output)i;
        return 0;
    }
    const char *near = tool_nearest(arg, names);
    tool_clean(arg, shown, sizeof(shown));
    return tool_complain(t, code,
                         "--output: table plain jsonl json msgpack cloudevents, not '%s'%s%s",
                         shown, near ? tool_text(t, "; did you mean ") : "", near ? near : "");
}

/* ---- names ---- */

/* A name out of a list that is parted by blanks or commas; *at goes behind it. 0: none is left. */
static size_t next_name(const char **at, const char **ret_name)
{
    static const char between[] = " ,";
    *ret_name = *at + strspn(*at, between);
    size_t n = strcspn(*ret_name, between);
    *at = *ret_name + n;
    return n;
}

/* The names of `list` into `out`, which has room for TOOL_FIELDS_MAX and their end; false: more. */
static bool split(const char *list, char **ret_text, const char *out[])
{
    size_t n = 0;
    char *copy = *ret_text = strdup(list), *one;
    if (!copy)
        abort();
    out[0] = NULL;
    while ((one = strsep(&copy, ", "))) {
        if (*one && n == TOOL_FIELDS_MAX)
            return false;
        if (*one)
            out[n++] = one;
        out[n] = NULL;
    }
    return true;
}

int tool_fields_set(struct tool *t, const char *arg)
{
    free(t->fields_text);
    if (split(arg, &t->fields_text, t->fields) && t->fields[0])
        return 0;
    return tool_complain(t, EX_USAGE, "--fields: 1 to %d names with commas between them",
                         TOOL_FIELDS_MAX);
}

/* All names that a document of this verb may have. */
struct known {
    const char *names[KNOWN_MAX + 1];
    char text[KNOWN_MAX][32];
    size_t n;
};

static void know(struct known *k, const char *name, size_t n)
{
    if (k->n == KNOWN_MAX || n >= sizeof(k->text[0]))
        return;
    snprintf(k->text[k->n], sizeof(k->text[0]), "%.*s", (int)n, name);
    k->names[k->n] = k->text[k->n];
    k->n++;
}

static void know_list(struct known *k, const char *list)
{
    const char *name;
    for (size_t n; (n = next_name(&list, &name));)
        know(k, name, n);
}

static void know_all(struct known *k, const struct tool_usage *usage)
{
    static const char *const groups[] = {"right", "field"};
    const char *word;
    know_list(k, usage->fields);
    know_list(k, usage->known ? usage->known : "");
    if (!usage->rows)
        return;
    know_list(k, ROW_FIELDS);
    for (size_t g = 0; g < 2; g++)
        for (size_t i = 0; (word = siaga_word(groups[g], i)); i++)
            know(k, word, strlen(word));
}

/* Of a.b.c the first part is looked at: what lies in it only siagad knows. */
static int check_name(struct tool *t, const struct known *k, const char *field)
{
    char first[64], shown[80];
    snprintf(first, sizeof(first), "%.*s", (int)strcspn(field, "."), field);
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->names[i], first) == 0)
            return 0;
    const char *near = tool_nearest(first, k->names);
    tool_clean(field, shown, sizeof(shown));
    if (near)
        return tool_complain(t, EX_USAGE, "--fields: there is no field '%s'; did you mean %s?",
                             shown, near);
    return tool_complain(t, EX_USAGE, "--fields: there is no field '%s'; see 'siaga %s -o json'",
                         shown, t->verb->name);
}

static int check_fields(struct tool *t, const struct tool_usage *usage)
{
    static struct known known;
    int code = 0;
    known = (struct known){.n = 0};
    know_all(&known, usage);
    for (size_t i = 0; !code && t->fields[i]; i++)
        code = check_name(t, &known, t->fields[i]);
    return code;
}

/* ---- what was asked for fits the verb ---- */

static int check_output(struct tool *t, const struct tool_usage *usage)
{
    const char *name = t->verb->name;
    bool documents = usage->fields != NULL;
    if (!documents && t->fields[0])
        return tool_complain(t, EX_USAGE, "siaga %s takes no --fields", name);
    if (!documents && t->output_given && t->output != TOOL_TABLE)
        return tool_complain(t, EX_USAGE, "siaga %s has one form of output, without -o", name);
    if (t->output == TOOL_CLOUDEVENTS && !usage->events)
        return tool_complain(t, EX_USAGE,
                             "-o cloudevents: only watch, list, show, due and handle tell of "
                             "events; use -o jsonl");
    if (documents && t->output == TOOL_MSGPACK && isatty(STDOUT_FILENO))
        return tool_complain(t, EX_USAGE,
                             "-o msgpack is not for a screen; send it to a file or a pipe");
    return 0;
}

void tool_columns(struct tool *t, const char *fields)
{
    static char *text;
    free(text);
    text = NULL;
    if (t->fields[0])
        memcpy(t->columns, t->fields, sizeof(t->columns));
    else
        split(fields, &text, t->columns);
}

int tool_output_settle(struct tool *t, const struct tool_usage *usage)
{
    int code = check_output(t, usage);
    if (!code && t->fields[0])
        code = check_fields(t, usage);
    if (code)
        return code;
    tool_columns(t, usage->fields ? usage->fields : "");
    if (t->fields[0] && t->output == TOOL_TABLE)
        t->output = usage->live ? TOOL_PLAIN : TOOL_COLUMNS;
    return 0;
}

/* ---- fields of a document ---- */

const siaga_doc *tool_field(const siaga_doc *d, const char *path)
{
    char name[64];
    const siaga_doc *whole = siaga_doc_get(d, path);
    const char *dot = strchr(path, '.');
    int64_t i;
    if (whole || !dot) {
        bool item = siaga_doc_type(d) == SIAGA_ARRAY && tool_number(path, 0, INT32_MAX, &i);
        return item ? siaga_doc_at(d, (size_t)i) : whole;
    }
    snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
    return tool_field(tool_field(d, name), dot + 1);
}

siaga_doc *tool_pick(const struct tool *t, const siaga_doc *d)
{
    siaga_map *picked = siaga_map_new();
    for (size_t i = 0; t->fields[i]; i++)
        siaga_map_value(picked, t->fields[i], tool_field(d, t->fields[i]));
    siaga_doc *doc = siaga_map_doc(picked);
    siaga_map_free(picked);
    return doc;
}
