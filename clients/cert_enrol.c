/* siaga cert enrol: the public part of a key gets its place in people.d. What else is in the file
 * is not taken over: whoever made it asks for a name and a role, and for nothing more. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cert.h"
#include "cert_edit.h"
#include "cert_folder.h"

static bool is_day(const char *text)
{
    static const char form[] = "dddd-dd-dd";
    size_t i = 0;
    while (form[i] && (form[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == '-'))
        i++;
    return !form[i] && !text[i];
}

static int bad_file(struct tool *t, const char *path, unsigned line, const char *text)
{
    return tool_complain(t, EX_DATAERR, "%s:%u: %s", path, line, tool_text(t, text));
}

static int check_row(struct tool *t, const char *path, const struct people_row *r)
{
    bool known = siaga_word_known("role", r->role) && strcmp(r->role, "system") != 0;
    if (!siaga_source_valid(r->id) || strcmp(r->id, "siagad") == 0)
        return bad_file(t, path, r->line, N_("the id is not valid; 1-48 of a-z 0-9 -"));
    if (!known)
        return bad_file(t, path, r->line, N_("the role is not known"));
    if (*r->skpd && !siaga_source_valid(r->skpd))
        return bad_file(t, path, r->line, N_("the skpd is not valid"));
    if (!siaga_key_valid(r->public_key))
        return bad_file(t, path, r->line, N_("public is no public key (40 characters of Z85)"));
    if ((*r->from && !is_day(r->from)) || (*r->until && !is_day(r->until)))
        return bad_file(t, path, r->line, N_("from and until: a day, such as 2026-11-24"));
    if (r->more)
        return bad_file(t, path, r->line,
                        N_("user, quota, drill and note are not taken from this file; remove them, "
                           "write them in people.d"));
    return 0;
}

static int check_file(struct tool *t, const char *path, const struct people_file *f)
{
    if (f->strange_line || f->rows_n != 1 || f->has_revoked)
        return bad_file(t, path, f->strange_line ? f->strange_line : 1,
                        N_("no file of siaga cert new: one row below people:"));
    return check_row(t, path, &f->rows[0]);
}

/* Nobody has the key, nobody had it, and every file can be told what it holds. */
static int check_folder(struct tool *t, const struct cert_folder *folder, const char *key)
{
    if (cert_folder_revoked(folder, key))
        return tool_complain(t, EX_DATAERR, "this key was revoked; make a new one: siaga cert new");
    for (size_t i = 0; i < folder->n; i++) {
        const struct people_file *f = &folder->files[i];
        unsigned line = cert_people_line_of(f, key);
        if (line)
            return tool_complain(t, EX_DATAERR, "this key stands already in %s/%s:%u", folder->path,
                                 f->name, line);
        if (f->strange_line)
            return tool_complain(t, EX_DATAERR,
                                 "%s/%s:%u cannot be understood; see siagad --check-config",
                                 folder->path, f->name, f->strange_line);
    }
    return 0;
}

/* The row that is there has the say about role and SKPD. */
static int check_same(struct tool *t, const struct people_row *there, const struct people_row *r,
                      const char *place)
{
    if (strcmp(there->role, r->role) != 0)
        return tool_complain(t, EX_DATAERR, "%s: %s has the role %s, this file asks for %s", place,
                             r->id, there->role, r->role);
    if (*r->skpd && strcmp(there->skpd, r->skpd) != 0)
        return tool_complain(t, EX_DATAERR, "%s: %s is of the SKPD %s, this file asks for %s",
                             place, r->id, *there->skpd ? there->skpd : "-", r->skpd);
    if (there->key_pair.to)
        return tool_complain(t, EX_DATAERR, "%s: %s has a key already; first: siaga cert revoke %s",
                             place, r->id, r->id);
    if (*there->until && strcmp(there->until, r->from) < 0)
        return tool_complain(t, EX_DATAERR, "%s: %s is only until %s; change until first", place,
                             r->id, there->until);
    return 0;
}

static int into_row(struct tool *t, struct cert_folder *folder, struct people_file *f,
                    const struct people_row *there, const struct people_row *r)
{
    char place[4600], name[sizeof(f->name)];
    snprintf(place, sizeof(place), "%s/%s:%u", folder->path, f->name, there->line);
    int code = check_same(t, there, r, place);
    if (code)
        return code;
    snprintf(name, sizeof(name), "%s", f->name);
    return cert_folder_write(t, folder, name, cert_edit_add_key(f, there, r->public_key, r->from));
}

static int into_new_file(struct tool *t, struct cert_folder *folder, const struct people_row *r)
{
    char name[64], row[512], *text = NULL;
    snprintf(name, sizeof(name), "%s.yaml", r->id);
    cert_edit_row(r, row, sizeof(row));
    if (cert_folder_file(folder, name))
        return tool_complain(t, EX_CANTCREAT, "%s/%s is there; add the row yourself: - %s",
                             folder->path, name, row);
    if (strcmp(r->role, "handler") == 0 && !*r->skpd)
        return tool_complain(t, EX_DATAERR, "%s: a handler has an skpd", r->id);
    if (asprintf(&text, "# Enrolled by siaga cert enrol.\npeople:\n  - %s\n", row) < 0)
        abort();
    return cert_folder_write(t, folder, name, text);
}

static void tell(struct tool *t, struct cert_folder *folder, const char *id)
{
    struct people_file *f = NULL;
    const struct people_row *r = cert_folder_row(folder, id, &f);
    if (t->output == TOOL_TABLE) {
        tool_note(t, "%s is enrolled: %s%s%s, in %s/%s; siagad lets it in within 2 seconds", r->id,
                  siaga_label("role", r->role, t->english), *r->skpd ? ", " : "", r->skpd,
                  folder->path, f->name);
        return;
    }
    siaga_map *m = siaga_map_new();
    cert_put(m, "name", r->id);
    cert_put(m, "role", r->role);
    cert_put(m, "skpd", r->skpd);
    cert_put(m, "public", r->public_key);
    cert_put(m, "from", r->from);
    cert_put(m, "file", f->name);
    tool_emit_map(t, m, true);
}

static int enrol(struct tool *t, struct cert_folder *folder, struct people_row *r, bool quiet)
{
    struct people_file *f = NULL;
    if (!*r->from)
        cert_today(t, r->from);
    int code = check_folder(t, folder, r->public_key);
    if (code)
        return code;
    const struct people_row *there = cert_folder_row(folder, r->id, &f);
    code = there ? into_row(t, folder, f, there, r) : into_new_file(t, folder, r);
    if (!code && !quiet)
        tell(t, folder, r->id);
    return code;
}

int cert_enrol(struct tool *t, const struct cert_asked *asked)
{
    struct people_file given = {.text = NULL};
    struct cert_folder folder = {.fd = -1};
    int code = cert_folder_read(t, asked->subject, &given);
    if (!code)
        code = check_file(t, asked->subject, &given);
    if (!code)
        code = cert_folder_open(t, asked->people, true, &folder);
    if (!code)
        code = enrol(t, &folder, &given.rows[0], asked->quiet);
    cert_folder_close(&folder);
    cert_people_free(&given);
    return code;
}
