/* Which cases: the filter options, the same as words (skpd=dbmsda severity=extreme,severe), the
 * expression of a list; and what was meant by a name that the city does not have. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tool_options.h"

enum { KEY_KIND = 920, KEY_SKPD, KEY_SEVERITY, KEY_STATE, KEY_KECAMATAN };

static const char *const filters[] = {"kind", "skpd", "severity", "state", "kecamatan", NULL};

const struct tool_option tool_filter_options[] = {
    {NULL, 0, NULL, N_("Filter (repeatable, commas)")},
    {"kind", KEY_KIND, N_("KIND"), N_("emergency, complaint, report")},
    {"skpd", KEY_SKPD, "SKPD", N_("owner, such as disdamkarmat")},
    {"severity", KEY_SEVERITY, N_("SEVERITY"), N_("extreme, severe, moderate, minor, unknown")},
    {"state", KEY_STATE, N_("STATE"), N_("such as assigned,in_progress")},
    {"kecamatan", KEY_KECAMATAN, N_("NAME"), N_("such as jatiasih")},
    {0},
};

/* ---- filters ---- */

/* A word of a filter: known words are checked, places and offices folded to ids. */
static int add_word(struct tool *t, const char *option, const char *name, const char *word)
{
    char id[64];
    const char *known = tool_find_word(name, word);
    bool words = siaga_word(name, 0) != NULL;
    if (words && !known)
        return tool_word(t, option, name, word);
    tool_fold(word, id, sizeof(id));
    siaga_map_add(tool_request(t), name, words ? known : id);
    return 0;
}

static int add_words(struct tool *t, const char *option, const char *name, const char *list)
{
    char *copy = strdup(list), *rest = copy, *one;
    int code = 0;
    while (!code && (one = strsep(&rest, ",")))
        if (*one)
            code = add_word(t, option, name, one);
    free(copy);
    return code;
}

int tool_filter_option(struct tool *t, int key, const char *arg)
{
    char option[32];
    if (key < KEY_KIND || key > KEY_KECAMATAN)
        return TOOL_NOT_MINE;
    snprintf(option, sizeof(option), "--%s", filters[key - KEY_KIND]);
    return add_words(t, option, filters[key - KEY_KIND], arg);
}

/* ---- the same as words ---- */

/* Whatever state owes work. */
static int add_open(struct tool *t)
{
    const char *state;
    for (size_t i = 0; (state = siaga_word("state", i)); i++)
        if (siaga_state_open(state))
            siaga_map_add(tool_request(t), "state", state);
    return 0;
}

bool tool_filter_known(const char *name)
{
    for (size_t i = 0; name && filters[i]; i++)
        if (strcmp(filters[i], name) == 0)
            return true;
    return false;
}

/* A list can be asked for it, a feed cannot. */
static int only_lists(struct tool *t, const char *typed)
{
    return tool_complain(t, EX_USAGE,
                         "'%s': here only kind, skpd, severity, state, kecamatan and open, each as "
                         "NAME=VALUE,VALUE; others, or, not and parentheses only with siaga list",
                         typed);
}

static int no_filter(struct tool *t, const char *typed, const char *name)
{
    const char *near = tool_nearest(name, filters);
    if (near)
        return tool_complain(t, EX_USAGE, "'%s': no such filter; did you mean %s=?", typed, near);
    return only_lists(t, typed);
}

int tool_matcher(struct tool *t, const char *arg)
{
    char name[40], shown[120];
    size_t n = strcspn(arg, "=");
    snprintf(name, sizeof(name), "%.*s", (int)n, arg);
    const char *leaf = strpbrk(arg, "()") ? "where" : tool_find_word("where", name);
    tool_clean(arg, shown, sizeof(shown));
    if (strcmp(name, "owner") == 0 || strcmp(name, "pemilik") == 0)
        leaf = "skpd";
    if (leaf && strcmp(leaf, "open") == 0 && !arg[n])
        return add_open(t);
    if (tool_filter_known(leaf) && arg[n] && arg[n + 1])
        return add_words(t, leaf, leaf, arg + n + 1);
    return leaf || !arg[n] ? only_lists(t, shown) : no_filter(t, shown, name);
}

/* ---- the expression of a list ---- */

/* What was wrong is a name of a filter, or a word of one of the groups. */
static const char *nearest_of(const char *typed)
{
    static const char *const groups[] = {"where", "kind", "severity", "state", "mode"};
    const char *near = NULL;
    for (size_t g = 0; !near && g < sizeof(groups) / sizeof(*groups); g++) {
        const char *words[128] = {NULL}, *word;
        for (size_t i = 0; i < 127 && (word = siaga_word(groups[g], i)); i++)
            words[i] = word;
        near = tool_nearest(typed, words);
    }
    return near;
}

int tool_where(struct tool *t, const char *expression)
{
    siaga_error err;
    if (!siaga_map_where(tool_request(t), expression, &err))
        return 0;
    const char *near = *err.where ? nearest_of(err.where) : NULL;
    tool_fail(t, &err);
    if (near && strcmp(near, err.where) != 0)
        tool_note(t, "  did you mean %s?", near);
    return err.code;
}

/* ---- names of the city ---- */

/* Which list of siagad's names a field is of; NULL: none. */
static const char *names_of(const char *field)
{
    static const char *const fields[][2] = {
        {"skpd", "skpd"}, {"target", "skpd"},       {"task", "skpd"},          {"helper", "skpd"},
        {"for", "skpd"},  {"category", "category"}, {"kecamatan", "kecamatan"}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (strcmp(fields[i][0], field) == 0)
            return fields[i][1];
    return NULL;
}

static void suggest_one(struct tool *t, const siaga_doc *names, const char *typed)
{
    char id[64];
    size_t n = siaga_doc_size(names);
    const char **list = calloc(n + 1, sizeof(*list));
    if (!list)
        abort();
    bool known = false;
    tool_fold(typed, id, sizeof(id));
    for (size_t i = 0; i < n; i++) {
        list[i] = siaga_doc_text(siaga_doc_at(names, i));
        known = known || strcmp(list[i], typed) == 0;
    }
    const char *near = known ? NULL : tool_nearest(id, list);
    if (near)
        tool_note(t, "  %s: did you mean %s?", id, near);
    free(list);
}

void tool_suggest(struct tool *t, const char *field, const char *typed)
{
    const char *what = names_of(field);
    siaga_doc *answer = NULL;
    siaga_map *request = siaga_map_new();
    siaga_map_text(request, "names", what);
    if (what && t->session && !siaga_request(t->session, "route", request, &answer, NULL)) {
        siaga_doc *asked = siaga_map_doc(tool_request(t));
        const siaga_doc *names = siaga_doc_get(answer, "names");
        const siaga_doc *words = siaga_doc_get(asked, field);
        if (*typed)
            suggest_one(t, names, typed);
        for (size_t i = 0; !*typed && i < siaga_doc_size(words); i++)
            suggest_one(t, names, siaga_doc_text(siaga_doc_at(words, i)));
        siaga_doc_free(asked);
    }
    siaga_doc_free(answer);
    siaga_map_free(request);
}

void tool_suggest_all(struct tool *t, const siaga_doc *refusal)
{
    const siaga_doc *faults = siaga_doc_get(refusal, "faults");
    for (size_t i = 0; i < siaga_doc_size(faults); i++) {
        const siaga_doc *fault = siaga_doc_at(faults, i);
        if (*siaga_text(fault, "seen") && !siaga_doc_size(siaga_doc_get(refusal, "nearest")))
            tool_suggest(t, siaga_text(fault, "field"), siaga_text(fault, "seen"));
    }
}
