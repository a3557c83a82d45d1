/* client.yaml: what is the same for every call of this user, or of this machine.
 *
 *     server: tcp://siaga.bekasikota.go.id:5570
 *     cert: ~/.config/siaga/field-dbmsda-2.key
 *     source: field-dbmsda-2
 *     spool: auto
 *     lang: id
 *     context: latihan        # the one that counts unless --context or SIAGA_CONTEXT says
 * otherwise contexts: latihan: server: ipc:///run/siaga/latihan.sock source: poc-1
 *
 * A mistake is named with file and line, and nothing is done: a report must not go to where nobody
 * meant it. */
#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include <utf8proc.h>

#include "tool_options.h"

#define MACHINE_FILE "/etc/siaga/client.yaml"
#define FILE_MAX 65536
#define VALUE_MAX 2048
#define PATH_BYTES 4096

/* One file while it is read. */
struct reading {
    struct tool *tool;
    const char *path;
    struct tool_config *into;
    int code;
};

/* The first mistake alone, like a compiler that stops there. */
static void mistake(struct reading *r, int line, const char *text, const char *what)
{
    char seen[160];
    if (r->code)
        return;
    tool_clean(what, seen, sizeof(seen));
    r->code = tool_complain(r->tool, EX_CONFIG, "%s:%d: %s%s%s%s", r->path, line,
                            tool_text(r->tool, text), *seen ? ": '" : "", seen, *seen ? "'" : "");
}

/* ---- values ---- */

static bool is_source(const char *value)
{
    return siaga_source_valid(value);
}

static bool is_spool(const char *value)
{
    enum tool_spool ignored;
    return tool_spool_word(value, &ignored);
}

static bool is_lang(const char *value)
{
    return strcmp(value, "id") == 0 || strcmp(value, "en") == 0;
}

static bool is_something(const char *value)
{
    return *value != '\0';
}

static const struct setting {
    bool (*valid)(const char *value);
    const char *wanted;
} settings[] = {
    [TOOL_SERVER] = {is_something, N_("no address of siagad, several with commas")},
    [TOOL_CERT] = {is_something, N_("the name of a key file")},
    [TOOL_SOURCE] = {is_source, N_("no source name, 1-48 of a-z 0-9 -")},
    [TOOL_SPOOL] = {is_spool, N_("not auto, always or never")},
    [TOOL_LANG] = {is_lang, N_("not id or en")},
    [TOOL_CONTEXT] = {is_source, N_("no name of a context, 1-48 of a-z 0-9 -")},
};

/* ~/ is the user's home; what is not absolute lies beside the file. */
static char *key_path(const struct reading *r, const char *value)
{
    const char *home = getenv("HOME"), *slash = strrchr(r->path, '/');
    char path[PATH_BYTES];
    if (strncmp(value, "~/", 2) == 0 && home)
        snprintf(path, sizeof(path), "%s%s", home, value + 1);
    else if (*value == '/')
        snprintf(path, sizeof(path), "%s", value);
    else
        snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - r->path), r->path, value);
    return strdup(path);
}

/* `most`: as many settings as may stand there. */
static void unknown(struct reading *r, int line, const char *name, size_t most)
{
    const char *names[TOOL_FILE_SETTINGS + 3] = {NULL};
    char what[160];
    memcpy(names, tool_setting_names, most * sizeof(*names));
    if (most > TOOL_FILE_SETTINGS)
        names[most] = "contexts";
    const char *near = tool_nearest(name, names);
    snprintf(what, sizeof(what), "%.64s%s%s", name, near ? " -> " : "", near ? near : "");
    if (most > TOOL_FILE_SETTINGS)
        mistake(r, line, N_("not one of server, cert, source, spool, lang, context, contexts"),
                what);
    else
        mistake(r, line, N_("not one of server, cert, source, spool, lang"), what);
}

/* One setting into the first `most` values; context: NULL, or that of which they are. */
static void take(struct reading *r, int line, const char *name, const char *text,
                 struct tool_value *values, size_t most, const char *context)
{
    size_t i = 0;
    while (i < most && strcmp(tool_setting_names[i], name) != 0)
        i++;
    if (i == most)
        unknown(r, line, name, most);
    else if (!settings[i].valid(text))
        mistake(r, line, settings[i].wanted, text);
    else if (!values[i].text) /* the user's own file was read before the machine's */
        values[i] = (struct tool_value){
            .text = i == TOOL_CERT ? key_path(r, text) : strdup(text),
            .from = r->path,
            .line = line,
            .context = context,
        };
}

/* ---- YAML ---- */

static int line_of(struct fy_node *n, int otherwise)
{
    struct fy_token *token = n && fy_node_is_scalar(n) ? fy_node_get_scalar_token(n) : NULL;
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    return mark ? mark->line + 1 : otherwise;
}

/* A plain text on one line; anchors, tags, lists and maps have no place here. */
static bool text_of(struct fy_node *n, char out[VALUE_MAX])
{
    size_t size = 0;
    bool plain = n && fy_node_is_scalar(n) && !fy_node_is_alias(n) && !fy_node_get_anchor(n) &&
                 !fy_node_get_tag_token(n);
    const char *text = plain ? fy_node_get_scalar(n, &size) : NULL;
    *out = '\0';
    if (!text || size >= VALUE_MAX || memchr(text, '\0', size) || memchr(text, '\n', size))
        return false;
    memcpy(out, text, size);
    out[size] = '\0';
    return true;
}

static void take_pair(struct reading *r, struct fy_node_pair *pair, struct tool_value *values,
                      size_t most, const char *context)
{
    char name[VALUE_MAX], value[VALUE_MAX];
    struct fy_node *key = fy_node_pair_key(pair), *n = fy_node_pair_value(pair);
    int line = line_of(key, 1);
    if (!text_of(key, name))
        mistake(r, line, N_("not 'name: value'"), "");
    else if (!text_of(n, value))
        mistake(r, line_of(n, line), N_("write one text here"), name);
    else
        take(r, line_of(n, line), name, value, values, most, context);
}

/* The one of that name, made if it is new. NULL after a mistake. */
static struct tool_context *context_of(struct reading *r, int line, const char *name)
{
    struct tool_config *c = r->into;
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->contexts[i].name, name) == 0)
            return &c->contexts[i];
    if (!is_source(name))
        mistake(r, line, settings[TOOL_CONTEXT].wanted, name);
    else if (c->n == TOOL_CONTEXTS_MAX)
        mistake(r, line, N_("too many contexts"), name);
    if (r->code)
        return NULL;
    c->contexts[c->n] = (struct tool_context){.name = strdup(name), .file = r->path, .line = line};
    return &c->contexts[c->n++];
}

static void take_context(struct reading *r, struct fy_node_pair *pair)
{
    char name[VALUE_MAX];
    struct fy_node *key = fy_node_pair_key(pair), *n = fy_node_pair_value(pair);
    struct fy_node_pair *inner;
    void *at = NULL;
    int line = line_of(key, 1);
    bool fine = text_of(key, name) && n && fy_node_is_mapping(n) && !fy_node_get_anchor(n);
    if (!fine)
        mistake(r, line, N_("write the settings of this context below it, indented"), name);
    struct tool_context *context = fine ? context_of(r, line, name) : NULL;
    while (context && (inner = fy_node_mapping_iterate(n, &at)))
        take_pair(r, inner, context->values, TOOL_FILE_SETTINGS, context->name);
}

static void take_top(struct reading *r, struct fy_node_pair *pair)
{
    char name[VALUE_MAX];
    struct fy_node *key = fy_node_pair_key(pair), *n = fy_node_pair_value(pair);
    struct fy_node_pair *inner;
    void *at = NULL;
    if (!text_of(key, name) || strcmp(name, "contexts") != 0) {
        take_pair(r, pair, r->into->values, TOOL_FILE_SETTINGS + 1, NULL);
        return;
    }
    if (!n || !fy_node_is_mapping(n))
        mistake(r, line_of(key, 1), N_("write the names of contexts below it, indented"), "");
    else
        while ((inner = fy_node_mapping_iterate(n, &at)))
            take_context(r, inner);
}

static void syntax(struct reading *r, struct fy_diag *diag)
{
    void *at = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &at);
    mistake(r, e && e->line > 0 ? e->line : 1, N_("cannot be read as YAML"),
            e && e->msg ? e->msg : "?");
}

/* Only comments, blank lines and the mark of a document: libfyaml makes none of it. */
static bool says_nothing(const char *text, size_t n)
{
    for (const char *p = text, *end = text + n, *stop; p < end; p = stop + 1) {
        stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        while (p < stop && strchr(" \t\r-", *p))
            p++;
        if (p < stop && *p != '#')
            return false;
    }
    return true;
}

static void take_text(struct reading *r, const char *text, size_t n, struct fy_diag *diag)
{
    struct fy_parse_cfg cfg = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
        .diag = diag,
    };
    struct fy_document *doc = fy_document_build_from_string(&cfg, text, n);
    struct fy_node *root = doc ? fy_document_root(doc) : NULL;
    struct fy_node_pair *pair;
    void *at = NULL;
    if (!doc && !says_nothing(text, n))
        syntax(r, diag);
    else if (root && !fy_node_is_null(root) && !fy_node_is_mapping(root))
        mistake(r, line_of(root, 1), N_("not 'name: value'"), "");
    else
        while (root && (pair = fy_node_mapping_iterate(root, &at)))
            take_top(r, pair);
    fy_document_destroy(doc);
}

/* libfyaml stops in silence at bytes that are not UTF-8. *ret_line: of the first such. */
static bool is_text(const char *text, size_t n, int *ret_line)
{
    utf8proc_int32_t c;
    *ret_line = 1;
    for (size_t at = 0; at < n;) {
        utf8proc_ssize_t size =
            utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(n - at), &c);
        if (size < 1 || (c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
            return false;
        *ret_line += c == '\n';
        at += (size_t)size;
    }
    return true;
}

static void parse(struct reading *r, const char *text, size_t n)
{
    struct fy_diag_cfg quiet;
    int line;
    if (!is_text(text, n, &line)) {
        mistake(r, line, N_("no UTF-8 text"), "");
        return;
    }
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    quiet.colorize = false;
    struct fy_diag *diag = fy_diag_create(&quiet);
    if (!diag)
        abort();
    fy_diag_set_collect_errors(diag, true);
    take_text(r, text, n, diag);
    fy_diag_destroy(diag);
}

/* ---- files ---- */

/* O_NONBLOCK: a pipe must not hold us up before it is seen to be one. */
static void read_file(struct reading *r)
{
    char text[FILE_MAX + 1];
    struct stat st;
    int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return;
    bool regular = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    ssize_t n = regular ? read(fd, text, sizeof(text)) : -1;
    int why = regular || fd < 0 ? errno : EINVAL;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        mistake(r, 1, N_("cannot be read"), strerror(why));
    else if (n > FILE_MAX)
        mistake(r, 1, N_("too large for settings"), "");
    else if (n > 0)
        parse(r, text, (size_t)n);
}

/* The user's: the one named, else the one at its usual place; NULL where there can be none. */
static int own_file(struct tool *t, char **ret_path)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    const char *named = getenv("SIAGA_CONFIG");
    int made = 0;
    if (named && *named)
        return (*ret_path = realpath(named, NULL))
                   ? 0
                   : tool_complain(t, EX_CONFIG, "SIAGA_CONFIG=%s: %s; name a client.yaml", named,
                                   strerror(errno));
    if (config && *config == '/')
        made = asprintf(ret_path, "%s/siaga/client.yaml", config);
    else if (home && *home == '/')
        made = asprintf(ret_path, "%s/.config/siaga/client.yaml", home);
    if (made < 0)
        abort();
    return 0;
}

int tool_config(struct tool *t, struct tool_config *ret_config)
{
    struct reading r = {.tool = t, .into = ret_config};
    char *own = NULL;
    int code = own_file(t, &own);
    if (code)
        return code;
    ret_config->own = own;
    ret_config->machine = MACHINE_FILE;
    if ((r.path = own))
        read_file(&r);
    r.path = MACHINE_FILE;
    if (!r.code)
        read_file(&r);
    return r.code;
}
