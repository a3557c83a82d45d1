/* From the cells of a row to an event: which column is which field, and how its text is read. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"

/* The event of one row while it is made. */
struct making {
    struct import *im;
    const struct import_row *row;
    siaga_event *event;
    bool wrong; /* a fault was told */
};

static void fault(struct making *m, const char *field, const char *value, const char *text)
{
    char shown[48], reason[256];
    tool_clean(value, shown, sizeof(shown));
    snprintf(reason, sizeof(reason), "'%s' %s", shown, tool_text(m->im->tool, text));
    import_fault(m->im, m->row->line, field, reason);
    m->wrong = true;
}

/* ---- how a text of each type is read ---- */

static void set_time(struct making *m, const char *field, const char *value)
{
    int64_t us;
    char text[SIAGA_TIME_BYTES];
    const struct tool_zone *zone = &m->im->tool->zone;
    if (!tool_time_parse(zone, value, siaga_now(), &us)) {
        fault(m, field, value, N_("is no time"));
        return;
    }
    siaga_time_format(us, tool_zone_offset(zone, us), text);
    siaga_event_set(m->event, field, text);
}

static void set_degree(struct making *m, const char *field, const char *value)
{
    double degree;
    if (tool_degree(value, strcmp(field, "lat") == 0 ? 90 : 180, &degree))
        siaga_event_set_double(m->event, field, degree);
    else
        fault(m, field, value, N_("is no degree"));
}

static void set_count(struct making *m, const char *field, const char *value)
{
    int64_t n;
    if (tool_number(value, 0, UINT32_MAX, &n))
        siaga_event_set_int(m->event, field, n);
    else
        fault(m, field, value, N_("is no whole number"));
}

/* Known by its wire word or by its label; siagad judges the rest, a dry run does so here. */
static void set_word(struct making *m, const char *field, const char *value)
{
    const char *known = tool_find_word(field, value);
    if (!known && m->im->dry_run)
        fault(m, field, value, N_("is not known"));
    siaga_event_set(m->event, field, known ? known : value);
}

/* tags: words with commas. refs: TYPE:ID with commas. */
static void set_list(struct making *m, const char *field, const char *value)
{
    char *copy = strdup(value), *rest = copy, *one;
    while ((one = strsep(&rest, ","))) {
        one += strspn(one, " ");
        char *mark = strchr(one, ':');
        if (!*one)
            continue;
        if (strcmp(field, "tags") == 0) {
            siaga_event_add_tag(m->event, one);
        } else if (strcmp(field, "refs") == 0 && mark) {
            *mark = '\0';
            siaga_event_add_ref(m->event, one, mark + 1);
        } else {
            fault(m, field, one, N_("is no list that can be read"));
        }
    }
    free(copy);
}

/* A column of someone's own numbers becomes a key: what a key cannot hold turns into dashes. */
static void set_key(struct making *m, const char *value)
{
    char *key = strdup(value);
    for (char *p = key; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("._:-", *p))
            *p = '-';
    siaga_event_set(m->event, "key", key);
    free(key);
}

static void set_category(struct making *m, const char *value)
{
    const char *mapped = import_category(m->im, value);
    char lower[64] = "";
    for (size_t i = 0; value[i] && i < sizeof(lower) - 1; i++)
        lower[i] = (char)tolower((unsigned char)value[i]);
    bool code = strspn(lower, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(value);
    if (mapped || code) {
        siaga_event_set(m->event, "category", mapped ? mapped : lower);
        return;
    }
    siaga_event_set_extra(m->event, "category", value);
    if (strcmp(siaga_event_get(m->event, "kind"), "emergency") != 0)
        fault(m, "category", value, N_("is no category; use --category-map"));
}

static void set_id(struct making *m, const char *field, const char *value)
{
    char id[64];
    tool_fold(value, id, sizeof(id));
    siaga_event_set(m->event, field, id);
}

static void set_field(struct making *m, const char *field, const char *value)
{
    static const struct {
        const char *type;
        void (*set)(struct making *, const char *, const char *);
    } setters[] = {{"TIME", set_time},
                   {"DEGREE", set_degree},
                   {"COUNT", set_count},
                   {"WORD", set_word},
                   {"LIST", set_list}};
    const char *type = siaga_field_type(field);
    for (size_t i = 0; i < sizeof(setters) / sizeof(setters[0]); i++)
        if (strcmp(setters[i].type, type) == 0) {
            setters[i].set(m, field, value);
            return;
        }
    if (strcmp(field, "key") == 0)
        set_key(m, value);
    else if (strcmp(field, "category") == 0)
        set_category(m, value);
    else if (strcmp(field, "kelurahan") == 0 || strcmp(field, "kecamatan") == 0)
        set_id(m, field, value);
    else
        siaga_event_set(m->event, field, value);
}

/* ---- which column is which field ---- */

static bool mapped_to(const struct import *im, const char *field)
{
    for (size_t i = 0; i < im->maps_n; i++)
        if (strcmp(im->maps[i].field, field) == 0)
            return true;
    return false;
}

/* A column bears the name of a field it may set itself. */
static bool own_field(const struct import *im, const char *name)
{
    const char *type = siaga_field_type(name);
    bool text = *type && strcmp(type, "MAP") != 0;
    return text && strcmp(name, "source") != 0 && strcmp(name, "v") != 0 && !mapped_to(im, name);
}

/* Personal data has no place in an event, and must not slip in as an extra. */
static bool personal(const char *name)
{
    const char *field = tool_find_word("field", name);
    return field && siaga_field_personal(field);
}

static void tell_personal(struct making *m, const char *name)
{
    if (!m->im->personal_told)
        tool_note(m->im->tool, "%s: column '%s' is not sent: personal data", m->im->name, name);
    m->im->personal_told = true;
}

static void set_unmapped(struct making *m, const char *name, const char *value)
{
    if (own_field(m->im, name))
        set_field(m, name, value);
    else if (personal(name))
        tell_personal(m, name);
    else
        siaga_event_set_extra(m->event, strncmp(name, "extra.", 6) == 0 ? name + 6 : name, value);
}

/* One column may feed several fields. */
static void set_cell(struct making *m, const struct import_cell *cell)
{
    const struct import *im = m->im;
    bool mapped = false;
    if (!cell->value[strspn(cell->value, " \t\r\n")])
        return;
    for (size_t i = 0; i < im->maps_n; i++)
        if (strcmp(im->maps[i].column, cell->name) == 0) {
            set_field(m, im->maps[i].field, cell->value);
            mapped = true;
        }
    if (!mapped)
        set_unmapped(m, cell->name, cell->value);
    else if (im->categories_n && strcmp(cell->name, "category") == 0 && !mapped_to(im, "category"))
        set_category(m, cell->value); /* its words are in the category map, whatever else it is */
}

/* ---- the whole ---- */

/* The same row makes the same key, so that a second run stores nothing new. FNV-1a, 64 bits. */
static void default_key(struct making *m)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *p = m->row->raw; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
    char key[32];
    snprintf(key, sizeof(key), "imp-%016llx", (unsigned long long)hash);
    siaga_event_set(m->event, "key", key);
}

/* The kind decides how the rest is judged, so it is looked for first. */
static const char *kind_of(const struct import *im, const struct import_row *row)
{
    const char *column = "kind";
    for (size_t i = 0; i < im->maps_n; i++)
        if (strcmp(im->maps[i].field, "kind") == 0)
            column = im->maps[i].column;
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->cells[i].name, column) == 0 && *row->cells[i].value) {
            const char *known = tool_find_word("kind", row->cells[i].value);
            return known ? known : row->cells[i].value;
        }
    return im->kind;
}

/* What siagad would ask for; a dry run asks itself. */
static void check_required(struct making *m, const char *kind)
{
    static const char *const fields[] = {"title", "category"};
    for (size_t i = 0; i < 2 && strcmp(kind, "emergency") != 0; i++)
        if (!*siaga_event_get(m->event, fields[i]))
            fault(m, fields[i], "", N_("is required"));
}

/* siagad judges all steps; what a dry run can see it says itself. */
static void check_past(struct making *m)
{
    int64_t received = 0, resolved = 0;
    const char *began = siaga_event_get(m->event, "was_received");
    const char *ended = siaga_event_get(m->event, "was_resolved");
    if (!*began)
        fault(m, "was_received", "", N_("is required; use --map was_received=COLUMN"));
    else if (!*siaga_event_get(m->event, "occurred_at"))
        siaga_event_set(m->event, "occurred_at", began);
    if (*began && *ended && siaga_time_parse(began, &received) &&
        siaga_time_parse(ended, &resolved) && resolved < received)
        fault(m, "was_resolved", ended, N_("lies before was_received"));
}

siaga_event *import_event(struct import *im, const struct import_row *row)
{
    const char *kind = kind_of(im, row);
    struct making m = {.im = im, .row = row, .event = siaga_event_new(kind ? kind : "")};
    default_key(&m);
    if (!kind)
        fault(&m, "kind", "", N_("is required; use --kind"));
    for (size_t i = 0; i < row->n; i++)
        set_cell(&m, &row->cells[i]);
    if (im->historic)
        check_past(&m);
    if (im->dry_run && kind)
        check_required(&m, kind);
    if (!m.wrong)
        return m.event;
    import_refuse(im, row->raw);
    siaga_event_free(m.event);
    return NULL;
}

/* ---- categories by other names ---- */

static void fold_word(const char *word, char *out, size_t size)
{
    size_t n = 0;
    for (; *word && n + 1 < size; word++)
        out[n++] = (char)tolower((unsigned char)*word);
    while (n && strchr(" \t\r\n", out[n - 1]))
        n--;
    out[n] = '\0';
}

const char *import_category(const struct import *im, const char *word)
{
    char folded[128];
    fold_word(word, folded, sizeof(folded));
    for (size_t i = 0; i < im->categories_n; i++)
        if (strcmp(im->categories[i].word, folded) == 0)
            return im->categories[i].category;
    return NULL;
}

static void add_category(struct import *im, char *line)
{
    char folded[128], *tab = strchr(line, '\t');
    *tab++ = '\0';
    tab[strcspn(tab, "\t\r\n")] = '\0';
    fold_word(line, folded, sizeof(folded));
    im->categories = realloc(im->categories, (im->categories_n + 1) * sizeof(*im->categories));
    if (!im->categories)
        abort();
    im->categories[im->categories_n++] = (struct import_category){strdup(folded), strdup(tab)};
}

int import_categories(struct import *im, const char *path)
{
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    int code = 0;
    if (!in)
        return tool_complain(im->tool, 66, "--category-map: cannot open %s", path);
    for (int number = 1; !code && getline(&line, &room, in) > 0; number++) {
        if (number == 1 || !line[strspn(line, " \t\r\n")])
            continue;
        if (strchr(line, '\t'))
            add_category(im, line);
        else
            code = tool_complain(im->tool, 65, "%s:%d: use word TAB category", path, number);
    }
    free(line);
    fclose(in);
    return code;
}

void import_categories_free(struct import *im)
{
    for (size_t i = 0; i < im->categories_n; i++) {
        free(im->categories[i].word);
        free(im->categories[i].category);
    }
    free(im->categories);
}
