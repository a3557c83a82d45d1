/* siaga roles: who may ask what, and who sees what; the tables that siagad obeys, printed. */
#include "tool.h"

#include <string.h>
#include <sysexits.h>

#define ROLES_MAX 16

struct roles {
    struct tool *t;
    const char *one; /* a single role; NULL: all of them */
    const char *names[ROLES_MAX];
    size_t n;
};

/* siagad's own role is nobody's. */
static void find_roles(struct roles *r)
{
    const char *name;
    for (size_t i = 0; (name = siaga_word("role", i)) && r->n < ROLES_MAX; i++)
        if (strcmp(name, "system") != 0)
            r->names[r->n++] = name;
}

/* ---- the three tables ---- */

typedef bool may_fn(const char *role, const char *word);

static bool sees(const char *role, const char *field)
{
    return siaga_role_sees(role, field, false);
}

static bool sees_secret(const char *role, const char *field)
{
    return siaga_role_sees(role, field, true);
}

static const struct part {
    const char *group, *text; /* whose words, and the heading */
    const char *document;     /* what a word is called in a document */
    may_fn *may, *always;     /* always: for a secret case too; NULL: no difference */
} parts[] = {
    {"verb", N_("MAY"), "verb", siaga_role_may, NULL},
    {"right", N_("SEES"), "field", sees, sees_secret},
    {"entry", N_("HEARS OF"), "entry", siaga_role_hears, NULL},
};
#define PARTS_N (sizeof(parts) / sizeof(parts[0]))

/* ---- documents ---- */

static void put_list(const struct roles *r, siaga_map *m, const char *name, may_fn *may,
                     const char *word)
{
    siaga_map_add(m, name, NULL); /* a list of nobody is a list, too */
    for (size_t i = 0; i < r->n; i++)
        if (may(r->names[i], word))
            siaga_map_add(m, name, r->names[i]);
}

static void emit(struct roles *r, const struct part *p, const char *word)
{
    if (r->one && !p->may(r->one, word))
        return;
    siaga_map *m = siaga_map_new();
    siaga_map_text(m, p->document, word);
    put_list(r, m, "roles", p->may, word);
    if (p->always)
        put_list(r, m, "secret", p->always, word);
    tool_emit_map(r->t, m, false);
}

/* ---- tables ---- */

/* x: yes; o: unless the case is secret; -: no */
static const char *cell(const struct part *p, const char *role, const char *word)
{
    bool may = p->may(role, word);
    return !may ? "-" : p->always && !p->always(role, word) ? "o" : "x";
}

static void put_matrix(struct roles *r, const struct part *p)
{
    struct tool_column columns[ROLES_MAX + 1] = {{p->text, 0}};
    const char *cells[ROLES_MAX + 1], *word;
    for (size_t i = 0; i < r->n; i++)
        columns[i + 1] = (struct tool_column){r->names[i], TOOL_NAME};
    struct tool_table *table = tool_table_new(r->t, columns, r->n + 1);
    for (size_t w = 0; (word = siaga_word(p->group, w)); w++) {
        cells[0] = word;
        for (size_t i = 0; i < r->n; i++)
            cells[i + 1] = cell(p, r->names[i], word);
        tool_table_row(table, cells, NULL);
    }
    tool_table_print(table);
    tool_table_free(table);
}

static void put_one(struct roles *r, const struct part *p)
{
    const struct tool_column columns[] = {{p->text, 0}, {"", 0}, {N_("MEANING"), TOOL_CUT}};
    const char *word;
    struct tool_table *table = tool_table_new(r->t, columns, 3);
    for (size_t w = 0; (word = siaga_word(p->group, w)); w++) {
        const char *how = cell(p, r->one, word);
        const char *const cells[] = {word, *how == 'o' ? tool_text(r->t, "unless secret") : "",
                                     siaga_label(p->group, word, r->t->english)};
        if (*how != '-')
            tool_table_row(table, cells, NULL);
    }
    tool_table_print(table);
    tool_table_free(table);
}

static void put_part(struct roles *r, const struct part *p)
{
    const char *word;
    if (r->t->output == TOOL_TABLE) {
        if (p != parts)
            putchar('\n');
        (r->one ? put_one : put_matrix)(r, p);
        return;
    }
    for (size_t w = 0; (word = siaga_word(p->group, w)); w++)
        emit(r, p, word);
}

/* ---- the verb ---- */

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct roles *r = state;
    if (key != TOOL_ARG)
        return TOOL_NOT_MINE;
    r->one = tool_find_word("role", arg);
    return r->one ? 0 : tool_word(t, N_("ROLE"), "role", arg);
}

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] [ROLE]"),
    .examples = {"siaga roles", "siaga roles media --lang en", NULL},
    .fields = "verb,field,entry,roles,secret",
    .option = take,
    .args_max = 1,
};

static int run(struct tool *t, int argc, char **argv)
{
    struct roles r = {.t = t};
    int code = tool_parse(t, &usage, argc, argv, &r);
    if (code)
        return code;
    find_roles(&r);
    for (size_t i = 0; i < PARTS_N; i++)
        put_part(&r, &parts[i]);
    if (t->output != TOOL_TABLE)
        tool_emit_end(t);
    else if (!r.one)
        tool_note(
            t, "x yes; o unless the case is secret; - no. What the words mean: siaga roles ROLE");
    return 0;
}

const struct verb roles_verb = {
    .name = "roles",
    .summary = N_("Who may ask what and who sees what; the tables that siagad obeys."),
    .run = run,
};
