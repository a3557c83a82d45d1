/* siaga cert revoke: a key that never comes in again. First it goes to the list of those, which
 * holds wherever else it stands; then out of its row. A run that was cut short is run again. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cert.h"
#include "cert_edit.h"
#include "cert_folder.h"

#define REASON_BYTES 200

static int no_such_name(struct tool *t, const struct cert_folder *folder, const char *id)
{
    size_t n = 0;
    char shown[64];
    for (size_t i = 0; i < folder->n; i++)
        n += folder->files[i].rows_n;
    const char **names = calloc(n + 1, sizeof(*names));
    if (!names)
        abort();
    n = 0;
    for (size_t i = 0; i < folder->n; i++)
        for (size_t k = 0; k < folder->files[i].rows_n; k++)
            names[n++] = folder->files[i].rows[k].id;
    const char *near = tool_nearest(id, names);
    free(names);
    tool_clean(id, shown, sizeof(shown));
    if (near)
        return tool_complain(t, TOOL_SOME, "%s: there is no '%s'; did you mean %s?", folder->path,
                             shown, near);
    return tool_complain(t, TOOL_SOME, "%s: there is no '%s'", folder->path, shown);
}

static int enter(struct tool *t, struct cert_folder *folder, const struct people_row *row,
                 const char *reason)
{
    struct people_revoked r = {.key = ""};
    char clean[4 * REASON_BYTES], cut[REASON_BYTES + 1];
    tool_cut(tool_clean(reason ? reason : "-", clean, sizeof(clean)), cut, REASON_BYTES);
    cert_today(t, r.when);
    memcpy(r.id, row->id, sizeof(r.id));
    memcpy(r.role, row->role, sizeof(r.role));
    memcpy(r.skpd, row->skpd, sizeof(r.skpd));
    memcpy(r.key, row->public_key, sizeof(r.key));
    char *text = cert_edit_revoke(cert_folder_file(folder, CERT_FOLDER_REVOKED), &r, cut);
    if (!text)
        return tool_complain(t, EX_DATAERR,
                             "%s/%s: write it yourself below revoked: - \"%s\" (one key a line)",
                             folder->path, CERT_FOLDER_REVOKED, r.key);
    return cert_folder_write(t, folder, CERT_FOLDER_REVOKED, text);
}

static int take_out(struct tool *t, struct cert_folder *folder, const char *id)
{
    struct people_file *f = NULL;
    const struct people_row *row = cert_folder_row(folder, id, &f);
    char name[sizeof(f->name)], *text = cert_edit_drop_key(f, row);
    if (!text)
        return tool_complain(t, EX_DATAERR,
                             "%s/%s:%u: the key is revoked; take 'public' out of this row yourself",
                             folder->path, f->name, row->line);
    snprintf(name, sizeof(name), "%s", f->name);
    return cert_folder_write(t, folder, name, text);
}

static int revoke(struct tool *t, struct cert_folder *folder, const struct cert_asked *asked)
{
    struct people_file *f = NULL;
    const struct people_row *row = cert_folder_row(folder, asked->subject, &f);
    if (!row)
        return no_such_name(t, folder, asked->subject);
    if (!*row->public_key)
        return tool_complain(t, TOOL_SOME, "%s has no key (%s/%s:%u)", row->id, folder->path,
                             f->name, row->line);
    if (!siaga_key_valid(row->public_key))
        return tool_complain(t, EX_DATAERR, "%s/%s:%u: public is no public key; mend the row",
                             folder->path, f->name, row->line);
    int code = 0;
    if (!cert_folder_revoked(folder, row->public_key))
        code = enter(t, folder, row, asked->reason);
    if (!code)
        code = take_out(t, folder, asked->subject);
    if (!code)
        tool_note(t, "the key of %s is revoked; siagad cuts it within 2 seconds", asked->subject);
    return code;
}

int cert_revoke(struct tool *t, const struct cert_asked *asked)
{
    struct cert_folder folder;
    int code = cert_folder_open(t, asked->people, true, &folder);
    if (!code)
        code = revoke(t, &folder, asked);
    cert_folder_close(&folder);
    return code;
}
