#include "conf_private.h"

#include "nearest.h"

static const char *const kind_words[] = {
    [CONF_TEXT] = "a single value",
    [CONF_LIST] = "a list",
    [CONF_MAP] = "keys with values",
};

/* An empty value is text in YAML; for people it is nothing at all. */
static const char *found_word(const struct conf_node *n)
{
    return n->kind == CONF_TEXT && n->text.n == 0 ? "nothing" : kind_words[n->kind];
}

static bool wrong_kind(struct conf_doc *doc, const struct conf_node *n, enum conf_kind want,
                       const char *hint)
{
    if (n->bad)
        return true;
    if (n->kind == want)
        return false;
    conf_error(doc, n, "%s%s%swants %s, found %s; %s", n->key ? "'" : "", n->key ? n->key : "",
               n->key ? "' " : "", kind_words[want], found_word(n), hint);
    return true;
}

static void report_unknown(struct conf_doc *doc, const struct conf_node *child,
                           const struct conf_field *fields, size_t count)
{
    struct nearest near;
    char what[384], hint[NEAREST_HINT_BYTES];
    nearest_start(&near, slice_from(child->key));
    for (size_t i = 0; i < count; i++)
        nearest_offer(&near, fields[i].name);

    int n =
        snprintf(what, sizeof what, "unknown key '%.48s'%s", child->key, nearest_hint(&near, hint));
    if (near.count == 0) {
        n += snprintf(what + n, sizeof what - (size_t)n, "; known here:");
        for (size_t i = 0; i < count && n < (int)sizeof what; i++)
            n += snprintf(what + n, sizeof what - (size_t)n, "%s %s", i ? "," : "", fields[i].name);
    }
    conf_say(doc->report, CONF_ERROR, doc->path, doc->source, child->key_at, what);
}

static const struct conf_node *child_named(const struct conf_node *map, const char *name)
{
    for (const struct conf_node *child = map->first; child; child = child->next)
        if (strcmp(child->key, name) == 0)
            return child;
    return NULL;
}

const struct conf_node *conf_key(struct conf_doc *doc, const struct conf_node *n)
{
    struct conf_node *key = arena_alloc(&doc->mem, sizeof *key);
    *key = (struct conf_node){.kind = CONF_TEXT, .at = n->key_at, .text = slice_from(n->key)};
    return key;
}

bool conf_map(struct conf_doc *doc, const struct conf_node *n, const struct conf_field *fields,
              size_t count, void *into)
{
    unsigned before = doc->report->errors;
    if (wrong_kind(doc, n, CONF_MAP, "write 'key: value' lines or {key: value, ...}"))
        return false;

    for (const struct conf_node *child = n->first; child; child = child->next) {
        size_t i = 0;
        while (i < count && strcmp(fields[i].name, child->key) != 0)
            i++;
        if (i == count)
            report_unknown(doc, child, fields, count);
        else
            fields[i].read(doc, child, into);
    }
    for (size_t i = 0; i < count; i++)
        if (fields[i].required && !child_named(n, fields[i].name))
            conf_error(doc, n, "'%s' is missing here; add '%s: ...'", fields[i].name,
                       fields[i].name);
    return doc->report->errors == before;
}

bool conf_list(struct conf_doc *doc, const struct conf_node *n,
               void (*item)(struct conf_doc *, const struct conf_node *, void *), void *into)
{
    unsigned before = doc->report->errors;
    if (wrong_kind(doc, n, CONF_LIST, "write [a, b] or one line '- a' each"))
        return false;
    for (const struct conf_node *child = n->first; child; child = child->next)
        item(doc, child, into);
    return doc->report->errors == before;
}

bool conf_text(struct conf_doc *doc, const struct conf_node *n, size_t most_bytes,
               const char **ret_text)
{
    if (wrong_kind(doc, n, CONF_TEXT, "write one value"))
        return false;

    /* a folded block ends in a line feed nobody wants */
    struct slice s = n->text;
    while (n->quoted && s.n > 0 && s.p[s.n - 1] == '\n')
        s.n--;
    if (s.n == 0) {
        conf_error(doc, n, "%s%s%shas no value; write one or remove the key", n->key ? "'" : "",
                   n->key ? n->key : "this ", n->key ? "' " : "");
        return false;
    }
    if (s.n > most_bytes) {
        conf_error(doc, n, "%u bytes are too long; at most %zu", s.n, most_bytes);
        return false;
    }
    size_t offset;
    if (!conf_plain(s, false, &offset)) {
        conf_error(doc, n,
                   s.p[offset] == '\n' ? "wants one line; use > instead of |"
                                       : "holds a control character; remove it");
        return false;
    }
    if (s.n < n->text.n) { /* the trimmed text needs its own end */
        char *trimmed = arena_alloc(&doc->mem, s.n + 1);
        memcpy(trimmed, s.p, s.n);
        s.p = trimmed;
    }
    *ret_text = s.p;
    return true;
}
