/* siaga cert list: who may come in, by which key, and whose key never may again. */
#include <string.h>

#include "cert.h"
#include "cert_folder.h"

#define SHORT_KEY 8

static const struct tool_column columns[] = {
    {N_("NAME"), 0}, {N_("ROLE"), 0},  {N_("SKPD"), 0}, {N_("KEY"), 0},
    {N_("FROM"), 0}, {N_("UNTIL"), 0}, {N_("USER"), 0}, {NC_("of a key", "STATE"), 0},
};
#define COLUMNS_N (sizeof(columns) / sizeof(*columns))

enum state { VALID, EARLY, EXPIRED, REVOKED, LOCAL, KEYLESS };

static const struct {
    const char *word, *text;
} states[] = {
    [VALID] = {"valid", N_("valid")},
    [EARLY] = {"early", N_("not yet valid")},
    [EXPIRED] = {"expired", N_("expired")},
    [REVOKED] = {"revoked", N_("revoked")},
    [LOCAL] = {"local", N_("on siagad's machine only")},
    [KEYLESS] = {"none", N_("no key")},
};

struct listing {
    struct tool *t;
    const struct cert_folder *folder;
    struct tool_table *table; /* NULL: documents */
    char today[CERT_DAY_BYTES];
    size_t n;
};

static enum state state_of(const struct listing *l, const struct people_row *r)
{
    if (*r->public_key && cert_folder_revoked(l->folder, r->public_key))
        return REVOKED;
    if (!*r->public_key)
        return *r->user ? LOCAL : KEYLESS;
    if (*r->from && strcmp(l->today, r->from) < 0)
        return EARLY;
    return *r->until && strcmp(l->today, r->until) > 0 ? EXPIRED : VALID;
}

static void emit(struct listing *l, const struct people_row *r, enum state state, const char *file)
{
    siaga_map *m = siaga_map_new();
    cert_put(m, "name", r->id);
    cert_put(m, "role", r->role);
    cert_put(m, "skpd", r->skpd);
    cert_put(m, "public", r->public_key);
    cert_put(m, "from", r->from);
    cert_put(m, "until", r->until);
    cert_put(m, "user", r->user);
    cert_put(m, "state", states[state].word);
    cert_put(m, "file", file);
    tool_emit_map(l->t, m, false);
}

static void put(struct listing *l, const struct people_row *r, enum state state, const char *file)
{
    char key[SHORT_KEY + 1];
    snprintf(key, sizeof(key), "%.*s", SHORT_KEY, r->public_key);
    const char *const cells[COLUMNS_N] = {
        *r->id ? r->id : "?",
        siaga_label("role", r->role, l->t->english),
        r->skpd,
        key,
        r->from,
        r->until,
        r->user,
        tool_text(l->t, states[state].text),
    };
    if (l->table)
        tool_table_row(l->table, cells, NULL);
    else
        emit(l, r, state, file);
    l->n++;
}

static void put_revoked(struct listing *l, const struct people_revoked *r, const char *file)
{
    struct people_row row = {.line = 0};
    memcpy(row.id, r->id, sizeof(row.id));
    memcpy(row.role, r->role, sizeof(row.role));
    memcpy(row.skpd, r->skpd, sizeof(row.skpd));
    memcpy(row.public_key, r->key, sizeof(row.public_key));
    memcpy(row.until, r->when, sizeof(row.until));
    put(l, &row, REVOKED, file);
}

static void put_all(struct listing *l)
{
    for (size_t i = 0; i < l->folder->n; i++) {
        const struct people_file *f = &l->folder->files[i];
        for (size_t k = 0; k < f->rows_n; k++)
            put(l, &f->rows[k], state_of(l, &f->rows[k]), f->name);
        if (f->strange_line)
            tool_note(l->t, "%s/%s:%u cannot be understood; see siagad --check-config",
                      l->folder->path, f->name, f->strange_line);
    }
    for (size_t i = 0; i < l->folder->n; i++)
        for (size_t k = 0; k < l->folder->files[i].revoked_n; k++)
            put_revoked(l, &l->folder->files[i].revoked[k], l->folder->files[i].name);
}

int cert_list(struct tool *t, const struct cert_asked *asked)
{
    struct cert_folder folder;
    int code = cert_folder_open(t, asked->people, false, &folder);
    if (!code) {
        struct listing l = {.t = t, .folder = &folder};
        cert_today(t, l.today);
        l.table = t->output == TOOL_TABLE ? tool_table_new(t, columns, COLUMNS_N) : NULL;
        put_all(&l);
        if (l.table)
            tool_table_print(l.table);
        else
            tool_emit_end(t);
        tool_table_free(l.table);
        code = l.n ? 0 : TOOL_SOME;
    }
    cert_folder_close(&folder);
    return code;
}
