#include "conf_private.h"

#include <errno.h>
#include <fcntl.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/control.h"
#include "daemon/base/err.h"

/* ---- the bytes of the file ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static bool read_all(struct conf_doc *doc)
{
    /* O_NONBLOCK: a pipe put where a file should be must not stop us */
    _auto_(close_fd) int fd = open(doc->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        conf_error_file(doc->report, doc->path,
                        "cannot be opened: %s; is the name right and may "
                        "the daemon's user read it?",
                        strerror(errno));
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        conf_error_file(doc->report, doc->path, "is not a regular file; put a file here");
        return false;
    }

    if (st.st_size > (off_t)CONF_FILE_MAX_BYTES) {
        conf_error_file(doc->report, doc->path, "is larger than 4 MiB; split it");
        return false;
    }

    size_t size = (size_t)st.st_size, n = 0;
    char *bytes = arena_alloc(&doc->mem, size + 1);
    while (n < size) {
        ssize_t got = read(fd, bytes + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            conf_error_file(doc->report, doc->path, "cannot be read: %s", strerror(errno));
            return false;
        }
        if (got == 0)
            break;
        n += (size_t)got;
    }
    doc->source = (struct slice){bytes, (uint32_t)n};
    return true;
}

/* Where the byte at `offset` stands, for people. */
static struct conf_place place_of(struct slice source, size_t offset)
{
    struct conf_place at = {1, 1};
    for (size_t i = 0; i < offset;) {
        uint32_t c = 0;
        unsigned size = conf_utf8(source.p + i, source.n - i, &c);
        at.column++;
        if (c == '\n')
            at = (struct conf_place){at.line + 1, 1};
        i += size ? size : 1;
    }
    return at;
}

/* libfyaml stops in silence at bytes that are not UTF-8 and would lose the rest of the file. */
static bool check_text(struct conf_doc *doc)
{
    struct slice s = doc->source;
    /* the mark some editors put in front */
    if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
        doc->source = s = (struct slice){s.p + 3, s.n - 3};

    size_t offset = 0;
    if (conf_plain(s, true, &offset))
        return true;
    uint32_t c = 0;
    const char *what = conf_utf8(s.p + offset, s.n - offset, &c)
                           ? "a hidden or control character; delete it and type the text again"
                           : "not UTF-8 text; save the file as UTF-8";
    conf_say(doc->report, CONF_ERROR, doc->path, s, place_of(s, offset), what);
    return false;
}

/* ---- from libfyaml's events to our tree ---- */

struct builder {
    struct conf_doc *doc;
    struct conf_node *open[CONF_DEPTH_MAX]; /* not yet ended, outermost first */
    unsigned depth;
    struct conf_node *key; /* of the map on top: read, its value still to come */
    struct conf_place last;
    unsigned documents;
    bool ended, stop;
};

static struct conf_place place_of_token(const struct builder *b, struct fy_token *token)
{
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (!mark)
        return b->key ? b->key->at : b->last;
    return (struct conf_place){(unsigned)mark->line + 1, (unsigned)mark->column + 1};
}

/* The mark of such a token stands behind its quote, star or ampersand. */
static struct conf_place place_before(const struct builder *b, struct fy_token *token)
{
    struct conf_place at = place_of_token(b, token);
    if (at.column > 1)
        at.column--;
    return at;
}

static void complain(struct builder *b, struct conf_place at, const char *what)
{
    conf_say(b->doc->report, CONF_ERROR, b->doc->path, b->doc->source, at, what);
}

static void give_up(struct builder *b, struct conf_place at, const char *what)
{
    complain(b, at, what);
    b->stop = true;
}

/* Anchors and tags: said at their place, then read on as if they were not there. */
static void refuse_extras(struct builder *b, struct fy_token *anchor, struct fy_token *tag)
{
    if (anchor)
        complain(b, place_before(b, anchor),
                 "anchors are not used here; write the value out at every place");
    if (tag)
        complain(b, place_of_token(b, tag), "tags are not used here; write the value alone");
}

static struct conf_node *find_child(const struct conf_node *map, const char *key)
{
    for (struct conf_node *child = map->first; child; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

/* False: the node stays outside the tree, though its own children are still read. */
static bool accept_key(struct builder *b, struct conf_node *map, struct conf_node *node)
{
    node->key = b->key->text.p;
    node->key_at = b->key->at;
    b->key = NULL;
    const struct conf_node *other = find_child(map, node->key);
    if (other) {
        char what[160];
        snprintf(what, sizeof what, "'%.64s' stands here twice, first in line %u; keep one",
                 node->key, other->key_at.line);
        complain(b, node->key_at, what);
        return false;
    }
    if (map->children == CONF_KEYS_MAX) {
        give_up(b, node->key_at, "too many keys in one map; at most 256");
        return false;
    }
    return true;
}

static bool is_before(struct conf_place a, struct conf_place b)
{
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static void attach(struct builder *b, struct conf_node *node)
{
    if (b->depth == 0) {
        b->doc->root = node;
        return;
    }
    struct conf_node *parent = b->open[b->depth - 1];
    if (parent->kind == CONF_MAP && !accept_key(b, parent, node))
        return;
    /* [a: b] opens its map at the colon; people see it begin at its first key */
    if (parent->kind == CONF_MAP && is_before(node->key_at, parent->at))
        parent->at = node->key_at;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    parent->children++;
}

/* True when the next node is a key; only plain words may be one. */
static bool wants_key(const struct builder *b)
{
    return b->depth > 0 && b->open[b->depth - 1]->kind == CONF_MAP && !b->key;
}

static void on_text(struct builder *b, struct fy_token *token, bool alias)
{
    struct conf_node *node = arena_alloc(&b->doc->mem, sizeof *node);
    size_t n = 0;
    const char *text = token ? fy_token_get_text(token, &n) : NULL;
    enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
    bool marked = alias || style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    node->at = marked ? place_before(b, token) : place_of_token(b, token);
    char *copy = arena_alloc(&b->doc->mem, n + 1); /* zeroed, so it ends in NUL */
    if (text)
        memcpy(copy, text, n);
    node->text = (struct slice){copy, text ? (uint32_t)n : 0};
    node->quoted = style != FYSS_PLAIN;
    node->bad = alias;
    b->last = node->at;

    if (!wants_key(b))
        attach(b, node);
    else if (node->text.n == 0 || alias || strlen(node->text.p) != node->text.n)
        give_up(b, node->at, "a key must be a plain word; write 'key: value'");
    else
        b->key = node;
}

static void on_open(struct builder *b, enum conf_kind kind, struct fy_token *token)
{
    struct conf_node *node = arena_alloc(&b->doc->mem, sizeof *node);
    node->kind = kind;
    node->at = place_of_token(b, token);
    b->last = node->at;
    if (wants_key(b)) {
        give_up(b, node->at, "a key must be a plain word; write 'key: value'");
        return;
    }
    attach(b, node);
    if (b->depth == CONF_DEPTH_MAX && !control("conf-depth")) {
        give_up(b, node->at, "nested too deep; at most 16 levels");
        return;
    }
    b->open[b->depth++] = node;
}

static void on_event(struct builder *b, struct fy_event *e)
{
    switch (e->type) {
    case FYET_DOCUMENT_START:
        if (b->documents++ > 0)
            give_up(b, place_of_token(b, e->document_start.document_start),
                    "a second document begins here; put it in a file of its own");
        break;
    case FYET_SCALAR:
        refuse_extras(b, e->scalar.anchor, e->scalar.tag);
        on_text(b, e->scalar.value, false);
        break;
    case FYET_ALIAS:
        complain(b, place_before(b, e->alias.anchor),
                 "aliases are not used here; write the value out, or quote it if it is text");
        on_text(b, e->alias.anchor, true);
        break;
    case FYET_SEQUENCE_START:
        refuse_extras(b, e->sequence_start.anchor, e->sequence_start.tag);
        on_open(b, CONF_LIST, e->sequence_start.sequence_start);
        break;
    case FYET_MAPPING_START:
        refuse_extras(b, e->mapping_start.anchor, e->mapping_start.tag);
        on_open(b, CONF_MAP, e->mapping_start.mapping_start);
        break;
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        if (b->depth > 0)
            b->depth--;
        break;
    case FYET_STREAM_END:
        b->ended = true;
        break;
    default:
        break;
    }
}

/* What libfyaml found wrong, in our words' shape. It stops at its first error. */
static void report_syntax(struct builder *b, struct fy_diag *diag)
{
    void *at = NULL;
    const struct fy_diag_error *e;
    while ((e = fy_diag_errors_iterate(diag, &at))) {
        char what[256];
        if (e->type != FYET_ERROR)
            continue;
        snprintf(what, sizeof what,
                 "%s; look for a missing quote, bracket, comma or space here "
                 "and in the line before",
                 e->msg);
        struct conf_place place = {e->line > 0 ? (unsigned)e->line : 1,
                                   e->column > 0 ? (unsigned)e->column : 1};
        complain(b, place, what);
        return;
    }
    complain(b, b->last, "cannot be read as YAML from here on; compare with another file");
}

static bool parse(struct builder *b, struct fy_diag *diag)
{
    struct fy_parse_cfg cfg = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
        .diag = diag,
    };
    struct fy_parser *parser = fy_parser_create(&cfg);
    if (!parser)
        abort(); /* out of memory */
    struct slice s = b->doc->source;
    bool begun = fy_parser_set_string(parser, s.n ? s.p : "\n", s.n ? s.n : 1) == 0;

    struct fy_event *e;
    while (begun && !b->stop && (e = fy_parser_parse(parser))) {
        on_event(b, e);
        fy_parser_event_free(parser, e);
    }
    if (!b->stop && !b->ended)
        report_syntax(b, diag);
    fy_parser_destroy(parser);
    return b->ended && !b->stop;
}

static bool build_tree(struct conf_doc *doc)
{
    struct fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    quiet.colorize = false;
    struct fy_diag *diag = fy_diag_create(&quiet);
    if (!diag)
        abort(); /* out of memory */
    fy_diag_set_collect_errors(diag, true);

    struct builder b = {.doc = doc, .last = {1, 1}};
    bool fine = parse(&b, diag);
    fy_diag_destroy(diag);
    if (fine && !doc->root) {
        conf_error_file(doc->report, doc->path, "is empty; write its keys or remove the file");
        return false;
    }
    return fine;
}

struct conf_doc *conf_open(const char *path, struct conf_report *report)
{
    struct conf_doc *doc = calloc(1, sizeof *doc);
    if (!doc)
        abort();
    doc->report = report;
    doc->path = arena_copy(&doc->mem, path, strlen(path) + 1).p;
    if (!read_all(doc) || !check_text(doc) || !build_tree(doc))
        conf_close(&doc);
    return doc;
}

void conf_close(struct conf_doc **doc)
{
    if (!*doc)
        return;
    arena_drop(&(*doc)->mem);
    free(*doc);
    *doc = NULL;
}

const struct conf_node *conf_root(const struct conf_doc *doc)
{
    return doc->root;
}

const char *conf_path(const struct conf_doc *doc)
{
    return doc->path;
}

unsigned conf_line(const struct conf_node *n)
{
    return n->at.line;
}
