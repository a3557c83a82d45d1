/* siaga cert new: a secret for who makes it, and what others may know. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cert.h"
#include "cert_edit.h"

#define PATH_BYTES 4200

/* A row for people.d, or the server's key for its clients; neither is secret. */
static void public_text(const struct tool *t, const siaga_cert *c, bool server, char *out,
                        size_t size)
{
    char row[512], text[SIAGA_CERT_BYTES];
    struct people_row r = {.line = 0};
    snprintf(r.id, sizeof(r.id), "%s", c->name);
    snprintf(r.role, sizeof(r.role), "%s", c->role);
    snprintf(r.skpd, sizeof(r.skpd), "%s", c->skpd);
    snprintf(r.public_key, sizeof(r.public_key), "%s", c->public_key);
    cert_today(t, r.from);
    cert_edit_row(&r, row, sizeof(row));
    if (server)
        snprintf(out, size, "# The public key of siagad: siaga cert new NAME --server-key FILE\n%s",
                 siaga_cert_text(c, text));
    else
        snprintf(out, size, "# The public part of a key: siaga cert enrol FILE\npeople:\n  - %s\n",
                 row);
}

static bool write_new(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    size_t n = strlen(text);
    if (fd < 0)
        return false;
    bool fine = write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    fine = close(fd) == 0 && fine;
    if (!fine)
        unlink(path);
    return fine;
}

static int find_server_key(struct tool *t, const char *given, siaga_cert *wanted)
{
    siaga_cert server;
    siaga_error err;
    if (siaga_key_valid(given)) {
        snprintf(wanted->server_key, sizeof(wanted->server_key), "%s", given);
        return 0;
    }
    if (siaga_cert_read(given, &server, &err))
        return tool_fail(t, &err);
    if (strcmp(server.role, "server") != 0)
        return tool_complain(t, EX_DATAERR, "%s: the key of %s, not of siagad; use server.pub",
                             given, server.name);
    snprintf(wanted->server_key, sizeof(wanted->server_key), "%s", server.public_key);
    return 0;
}

static int check(struct tool *t, const struct cert_asked *asked)
{
    char shown[64];
    if (!asked->role)
        return tool_complain(t, EX_USAGE, "name the role: --role operator, field, handler, ...");
    if (strlen(asked->subject) >= SIAGA_SOURCE_BYTES)
        return tool_complain(t, EX_USAGE, "the name '%s...' is too long; up to 48",
                             tool_clean(asked->subject, shown, 40));
    if (strcmp(asked->role, "handler") == 0 && !asked->skpd)
        return tool_complain(t, EX_USAGE, "a handler works for one SKPD; name --skpd");
    if (asked->skpd && strlen(asked->skpd) > 24)
        return tool_complain(t, EX_USAGE, "--skpd: up to 24 of a-z 0-9 -");
    return strcmp(asked->role, "server") == 0 || strcmp(asked->role, "system") == 0
               ? 0
               : tool_word(t, "--role", "role", asked->role);
}

static void tell(struct tool *t, const siaga_cert *c, const char *key, const char *public)
{
    bool server = strcmp(c->role, "server") == 0;
    if (t->output != TOOL_TABLE) {
        siaga_map *m = siaga_map_new();
        cert_put(m, "name", c->name);
        cert_put(m, "role", c->role);
        cert_put(m, "skpd", c->skpd);
        cert_put(m, "public", c->public_key);
        cert_put(m, "key_file", key);
        cert_put(m, "public_file", public);
        tool_emit_map(t, m, true);
        return;
    }
    tool_note(t, "%s: the secret key, mode 0600; never send or copy it", key);
    if (server)
        tool_note(t, "%s: the public key, for siaga cert new NAME --server-key %s", public, public);
    else
        tool_note(t, "%s: for the administrator, who runs siaga cert enrol %s", public, public);
    if (!server && !*c->server_key)
        tool_note(t, "the key of siagad is missing: add the line 'server: KEY' from server.pub");
}

/* The secret first: it is never written over, and goes again if the other cannot be made. */
static int make(struct tool *t, const siaga_cert *wanted, const char *key, const char *public,
                bool quiet)
{
    char text[SIAGA_CERT_BYTES + 128];
    bool server = strcmp(wanted->role, "server") == 0;
    siaga_cert made;
    siaga_error err;
    if (access(public, F_OK) == 0)
        return tool_complain(t, EX_CANTCREAT,
                             "%s is there and is not written over; move it away first", public);
    if (siaga_cert_make(wanted, key, &made, &err))
        return tool_fail(t, &err);
    public_text(t, &made, server, text, sizeof(text));
    if (!write_new(public, text)) {
        int why = errno;
        unlink(key);
        return tool_complain(t, EX_CANTCREAT, "%s cannot be made: %s", public, strerror(why));
    }
    if (!quiet)
        tell(t, &made, key, public);
    return 0;
}

int cert_new(struct tool *t, const struct cert_asked *asked)
{
    char key[PATH_BYTES], public[PATH_BYTES];
    siaga_cert wanted = {.name = ""};
    int code = check(t, asked);
    if (!code && asked->server_key)
        code = find_server_key(t, asked->server_key, &wanted);
    if (code)
        return code;
    bool server = strcmp(asked->role, "server") == 0;
    const char *base = server ? "server" : asked->subject;
    bool here = strcmp(asked->folder, ".") == 0;
    snprintf(wanted.name, sizeof(wanted.name), "%s", asked->subject);
    snprintf(wanted.role, sizeof(wanted.role), "%s", asked->role);
    snprintf(wanted.skpd, sizeof(wanted.skpd), "%s", asked->skpd ? asked->skpd : "");
    snprintf(key, sizeof(key), "%s%s%s.key", here ? "" : asked->folder, here ? "" : "/", base);
    snprintf(public, sizeof(public), "%s%s%s.pub%s", here ? "" : asked->folder, here ? "" : "/",
             base, server ? "" : ".yaml");
    return make(t, &wanted, key, public, asked->quiet);
}
