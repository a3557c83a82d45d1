/* client.yaml: what is the same for every call of this user, or of this machine.
 *
 *     server: tcp://siaga.bekasikota.go.id:5570
 *     cert: ~/.config/siaga/field-dbmsda-2.key
 *     source: field-dbmsda-2
 *     spool: auto
 *     lang: id
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
static void mistake(struct reading *r, int line, const char *id, const char *en, const char *what)
{
    char seen[160];
    if (r->code)
        return;
    tool_clean(what, seen, sizeof(seen));
    r->code = tool_complain(r->tool, EX_CONFIG, "%s:%d: %s%s%s%s", "%s:%d: %s%s%s%s", r->path, line,
                            tool_text(r->tool, id, en), *seen ? ": '" : "", seen, *seen ? "'" : "");
}

/* ---- values ---- */

static bool is_source(const char *value)
{
    return siaga_source_valid(value);
}

static bool is_spool(const char *value)
{
    struct tool scratch = {0};
    return tool_spool_word(&scratch, value);
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
    const char *name;
    size_t at;
    bool (*valid)(const char *value);
    const char *wanted_id, *wanted_en;
} settings[] = {
    {"server", offsetof(struct tool_config, server), is_something,
     "bukan alamat siagad, beberapa dipisah koma", "no address of siagad, several with commas"},
    {"cert", offsetof(struct tool_config, cert), is_something, "nama berkas kunci",
     "the name of a key file"},
    {"source", offsetof(struct tool_config, source), is_source,
     "bukan nama sumber, 1-48 dari a-z 0-9 -", "no source name, 1-48 of a-z 0-9 -"},
    {"spool", offsetof(struct tool_config, spool), is_spool, "bukan auto, always atau never",
     "not auto, always or never"},
    {"lang", offsetof(struct tool_config, lang), is_lang, "bukan id atau en", "not id or en"},
};
#define SETTINGS_N (sizeof(settings) / sizeof(*settings))

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

static const struct setting *find(const char *name)
{
    for (size_t i = 0; i < SETTINGS_N; i++)
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    return NULL;
}

static void unknown(struct reading *r, int line, const char *name)
{
    const char *names[SETTINGS_N + 1] = {NULL};
    char what[160];
    for (size_t i = 0; i < SETTINGS_N; i++)
        names[i] = settings[i].name;
    const char *near = tool_nearest(name, names);
    snprintf(what, sizeof(what), "%.64s%s%s", name, near ? " -> " : "", near ? near : "");
    mistake(r, line, "bukan server, cert, source, spool atau lang",
            "not one of server, cert, source, spool, lang", what);
}

static void take(struct reading *r, int line, const char *name, const char *value)
{
    const struct setting *s = find(name);
    if (!s) {
        unknown(r, line, name);
        return;
    }
    if (!s->valid(value)) {
        mistake(r, line, s->wanted_id, s->wanted_en, value);
        return;
    }
    char **into = (char **)(void *)((char *)r->into + s->at);
    if (!*into) /* the user's own file was read before the machine's */
        *into = strcmp(name, "cert") == 0 ? key_path(r, value) : strdup(value);
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

static void take_pair(struct reading *r, struct fy_node_pair *pair)
{
    char name[VALUE_MAX], value[VALUE_MAX];
    struct fy_node *key = fy_node_pair_key(pair), *n = fy_node_pair_value(pair);
    int line = line_of(key, 1);
    if (!text_of(key, name))
        mistake(r, line, "bukan 'nama: nilai'", "not 'name: value'", "");
    else if (!text_of(n, value))
        mistake(r, line_of(n, line), "tulis satu teks di sini", "write one text here", name);
    else
        take(r, line_of(n, line), name, value);
}

static void syntax(struct reading *r, struct fy_diag *diag)
{
    void *at = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &at);
    mistake(r, e && e->line > 0 ? e->line : 1, "tidak terbaca sebagai YAML",
            "cannot be read as YAML", e && e->msg ? e->msg : "?");
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
        mistake(r, line_of(root, 1), "bukan 'nama: nilai'", "not 'name: value'", "");
    else
        while (root && (pair = fy_node_mapping_iterate(root, &at)))
            take_pair(r, pair);
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
        mistake(r, line, "bukan teks UTF-8", "no UTF-8 text", "");
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
        mistake(r, 1, "tidak terbaca", "cannot be read", strerror(why));
    else if (n > FILE_MAX)
        mistake(r, 1, "terlalu besar untuk setelan", "too large for settings", "");
    else if (n > 0)
        parse(r, text, (size_t)n);
}

int tool_config(struct tool *t, struct tool_config *ret_config)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    const char *named = getenv("SIAGA_CONFIG");
    char own[PATH_BYTES] = "";
    if (named && *named) {
        if (!realpath(named, own))
            return tool_complain(t, EX_CONFIG, "SIAGA_CONFIG=%s: %s; sebut sebuah client.yaml",
                                 "SIAGA_CONFIG=%s: %s; name a client.yaml", named, strerror(errno));
    } else if (config && *config == '/')
        snprintf(own, sizeof(own), "%s/siaga/client.yaml", config);
    else if (home && *home == '/')
        snprintf(own, sizeof(own), "%s/.config/siaga/client.yaml", home);
    struct reading r = {.tool = t, .path = own, .into = ret_config};
    if (*own)
        read_file(&r);
    r.path = MACHINE_FILE;
    if (!r.code)
        read_file(&r);
    return r.code;
}
