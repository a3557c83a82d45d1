#include "cert_people.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scan {
    struct people_file *file;
    const char *text;
    size_t at, n, counted_to;
    unsigned lines; /* that end before counted_to */
};

static void *more(void *rows, size_t n, size_t size)
{
    rows = realloc(rows, (n + 1) * size);
    if (!rows)
        abort();
    memset((char *)rows + n * size, 0, size);
    return rows;
}

static int peek(const struct scan *s)
{
    return s->at < s->n ? (unsigned char)s->text[s->at] : -1;
}

/* Counted on from where it was asked last. */
static unsigned line_at(struct scan *s, size_t at)
{
    if (at < s->counted_to)
        s->counted_to = s->lines = 0;
    for (; s->counted_to < at; s->counted_to++)
        s->lines += s->text[s->counted_to] == '\n';
    return s->lines + 1;
}

static void strange(struct scan *s)
{
    if (!s->file->strange_line)
        s->file->strange_line = line_at(s, s->at);
}

/* ---- values ---- */

/* A quoted text, from its first mark to behind its last; false: it has no end. */
static bool quoted(struct scan *s)
{
    int mark = peek(s);
    for (s->at++; s->at < s->n; s->at++) {
        bool twin = mark == '\'' && peek(s) == mark && s->text[s->at + 1] == mark;
        if (twin || (mark == '"' && peek(s) == '\\')) {
            s->at++;
        } else if (peek(s) == mark) {
            s->at++;
            return true;
        }
    }
    s->at = s->n;
    return false;
}

/* Spaces, line ends and comments of a flow. */
static void skip_gap(struct scan *s)
{
    while (s->at < s->n) {
        bool comment = peek(s) == '#' && (!s->at || strchr(" \t\n", s->text[s->at - 1]));
        if (comment)
            s->at += strcspn(s->text + s->at, "\n");
        else if (strchr(" \t\r\n", peek(s)))
            s->at++;
        else
            return;
    }
}

/* A map or list in a pair, with all that is in it. */
static bool skip_nest(struct scan *s)
{
    int depth = 0;
    while (s->at < s->n) {
        int c = peek(s);
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (c == '"' || c == '\'') {
            if (!quoted(s))
                return false;
            continue;
        }
        s->at++;
        if (!depth)
            return true;
    }
    return false;
}

/* A plain text up to one of the marks or a comment, without the spaces behind it. */
static void plain(struct scan *s, const char *marks)
{
    size_t from = s->at;
    while (s->at < s->n && !strchr(marks, peek(s)) &&
           !(peek(s) == '#' && s->at > from && s->text[s->at - 1] == ' '))
        s->at++;
    while (s->at > from && strchr(" \t\r", s->text[s->at - 1]))
        s->at--;
}

/* The text of a value, without its quotes; what does not fit is no value of ours. */
static void copy(const struct scan *s, struct people_span v, char *out, size_t size)
{
    bool marks = v.to - v.from >= 2 && strchr("\"'", s->text[v.from]);
    size_t n = v.to - v.from - 2 * marks;
    snprintf(out, size, "%.*s", n < size ? (int)n : 0, s->text + v.from + marks);
}

static bool is(const struct scan *s, struct people_span key, const char *name)
{
    size_t n = key.to - key.from;
    return strlen(name) == n && memcmp(s->text + key.from, name, n) == 0;
}

static void take_pair(const struct scan *s, struct people_row *row, struct people_span key,
                      struct people_span value)
{
    const struct {
        const char *name;
        char *out;
        size_t size;
    } ours[] = {
        {"id", row->id, sizeof(row->id)},
        {"role", row->role, sizeof(row->role)},
        {"skpd", row->skpd, sizeof(row->skpd)},
        {"public", row->public_key, sizeof(row->public_key)},
        {"user", row->user, sizeof(row->user)},
        {"from", row->from, sizeof(row->from)},
        {"until", row->until, sizeof(row->until)},
    };
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (is(s, key, ours[i].name))
            copy(s, value, ours[i].out, ours[i].size);
    row->more |=
        is(s, key, "user") || is(s, key, "quota") || is(s, key, "drill") || is(s, key, "note");
    if (is(s, key, "from"))
        row->from_value = value;
}

/* ---- rows in flow style ---- */

/* One `name: value`; false: it is not understood. */
static bool flow_pair(struct scan *s, struct people_span *ret_key, struct people_span *ret_value)
{
    ret_key->from = s->at;
    plain(s, ":,{}[]\n\"'");
    ret_key->to = s->at;
    skip_gap(s);
    if (peek(s) != ':')
        return false;
    s->at++;
    skip_gap(s);
    ret_value->from = s->at;
    bool fine = true;
    if (peek(s) == '"' || peek(s) == '\'')
        fine = quoted(s);
    else if (peek(s) == '{' || peek(s) == '[')
        fine = skip_nest(s);
    else
        plain(s, ",}]\n");
    ret_value->to = s->at;
    return fine && ret_key->to > ret_key->from;
}

static bool flow_pairs(struct scan *s, struct people_row *row)
{
    for (size_t comma = 0;;) {
        struct people_span key, value;
        skip_gap(s);
        if (peek(s) == '}')
            return true;
        if (!flow_pair(s, &key, &value))
            return false;
        take_pair(s, row, key, value);
        row->end = value.to;
        skip_gap(s);
        bool is_key = is(s, key, "public");
        if (is_key)
            row->key_pair = (struct people_span){comma ? comma : key.from, value.to};
        if (peek(s) != ',')
            continue;
        comma = s->at++;
        skip_gap(s);
        if (is_key &&
            row->key_pair.from == key.from) /* the first pair goes with the comma behind it */
            row->key_pair.to = s->at;
    }
}

static void flow_row(struct scan *s)
{
    struct people_file *f = s->file;
    struct people_row row = {.line = line_at(s, s->at), .end = s->at + 1};
    s->at++;
    if (!flow_pairs(s, &row)) {
        strange(s);
        s->at += strcspn(s->text + s->at, "\n");
        return;
    }
    s->at++;
    f->rows = more(f->rows, f->rows_n, sizeof(*f->rows));
    f->rows[f->rows_n++] = row;
}

/* ---- rows in block style ---- */

/* `name: value` up to the end of the line. */
static bool block_pair(struct scan *s, struct people_row *row, bool behind_dash)
{
    struct people_span key = {s->at, 0}, value;
    size_t begin = s->at;
    plain(s, ":\n\"'{[");
    key.to = s->at;
    if (peek(s) != ':')
        return false;
    s->at++;
    s->at += strspn(s->text + s->at, " ");
    value.from = s->at;
    if (peek(s) == '"' || peek(s) == '\'') {
        if (!quoted(s))
            return false;
    } else if (peek(s) == '{' || peek(s) == '[') {
        if (!skip_nest(s))
            return false;
    } else {
        plain(s, "\n");
    }
    value.to = s->at;
    take_pair(s, row, key, value);
    s->at += strcspn(s->text + s->at, "\n");
    row->end = s->at;
    if (is(s, key, "public")) {
        row->fixed = behind_dash;
        row->key_pair = (struct people_span){begin - row->indent - 1, s->at}; /* its whole line */
    }
    return true;
}

/* Lines that are deeper than the dash belong to the row; deeper than its names, to a pair of it. */
static void block_row(struct scan *s, unsigned dash, unsigned indent)
{
    struct people_file *f = s->file;
    struct people_row row = {
        .block = true, .line = line_at(s, s->at), .indent = indent, .end = s->at};
    bool fine = block_pair(s, &row, true);
    while (fine && s->at < s->n) {
        size_t next = s->at + 1, deep = strspn(s->text + next, " ");
        int c = next + deep < s->n ? s->text[next + deep] : '\n';
        bool nothing = c == '\n' || c == '\r' || c == '#';
        if (!nothing && deep <= dash)
            break;
        s->at = next + deep;
        if (!nothing && deep == indent)
            fine = block_pair(s, &row, false);
        else
            s->at += strcspn(s->text + s->at, "\n");
        if (!nothing && deep > indent)
            row.end = s->at;
    }
    if (!fine)
        strange(s);
    f->rows = more(f->rows, f->rows_n, sizeof(*f->rows));
    f->rows[f->rows_n++] = row;
}

/* ---- keys taken back ---- */

/* `# 2026-11-24 poc-1 operator poc-112: why` above an item. */
static void read_remark(const char *remark, struct people_revoked *r)
{
    struct people_revoked read = *r;
    int fields = sscanf(remark, "# %10[0-9-] %48[a-z0-9-] %16[a-z] %24[a-z0-9-]:", read.when,
                        read.id, read.role, read.skpd);
    if (fields != 4)
        return;
    if (strcmp(read.skpd, "-") == 0)
        *read.skpd = '\0';
    *r = read;
}

static void revoked_item(struct scan *s, const char *remark)
{
    struct people_file *f = s->file;
    struct people_span value = {s->at, 0};
    if (peek(s) != '"' && peek(s) != '\'')
        plain(s, ",]\n");
    else if (!quoted(s))
        strange(s);
    value.to = s->at;
    f->revoked = more(f->revoked, f->revoked_n, sizeof(*f->revoked));
    struct people_revoked *r = &f->revoked[f->revoked_n++];
    copy(s, value, r->key, sizeof(r->key));
    if (remark)
        read_remark(remark, r);
}

/* `revoked: ["...", "..."]` */
static void revoked_flow(struct scan *s)
{
    s->at++;
    for (skip_gap(s); s->at < s->n && peek(s) != ']'; skip_gap(s)) {
        if (peek(s) == ',')
            s->at++;
        else
            revoked_item(s, NULL);
    }
}

/* ---- lines ---- */

enum section { OTHER, PEOPLE, REVOKED };

/* A name at the beginning of a line. */
static enum section section_of(struct scan *s)
{
    enum section now = strncmp(s->text + s->at, "people:", 7) == 0    ? PEOPLE
                       : strncmp(s->text + s->at, "revoked:", 8) == 0 ? REVOKED
                                                                      : OTHER;
    s->at += strcspn(s->text + s->at, ":\n");
    if (peek(s) == ':')
        s->at++;
    s->at += strspn(s->text + s->at, " ");
    if (now == REVOKED) {
        s->file->has_revoked = true;
        s->file->revoked_end = peek(s) == '[' ? 0 : s->at + strcspn(s->text + s->at, "\n");
        if (peek(s) == '[')
            revoked_flow(s);
    }
    return now;
}

/* From the dash of an item on. */
static void item(struct scan *s, enum section section, unsigned dash, const char *remark)
{
    unsigned indent = dash + 1 + (unsigned)strspn(s->text + s->at + 1, " ");
    s->at += indent - dash;
    if (peek(s) == '\n')
        strange(s);
    if (section == PEOPLE && peek(s) == '{')
        flow_row(s);
    else if (section == PEOPLE)
        block_row(s, dash, indent);
    else if (section == REVOKED) {
        revoked_item(s, remark);
        s->file->revoked_end = s->at + strcspn(s->text + s->at, "\n");
    }
}

/* `people: [{...}, {...}]` and what is left of a line: rows may begin anywhere in it. */
static void rest_of_line(struct scan *s, enum section section)
{
    while (s->at < s->n && peek(s) != '\n') {
        if (section == PEOPLE && peek(s) == '{')
            flow_row(s);
        else if (peek(s) == '#')
            s->at += strcspn(s->text + s->at, "\n");
        else
            s->at++;
    }
}

void cert_people_scan(struct people_file *f)
{
    struct scan s = {.file = f, .text = f->text, .n = f->n};
    enum section section = OTHER;
    const char *remark = NULL;
    f->rows_n = f->revoked_n = 0;
    f->strange_line = 0;
    f->has_revoked = false;
    f->revoked_end = 0;
    while (s.at < s.n) {
        unsigned indent = (unsigned)strspn(s.text + s.at, " ");
        const char *line = s.text + s.at + indent;
        s.at += indent;
        if (*line == '-' && line[1] && strchr(" \n", line[1])) {
            item(&s, section, indent, remark);
        } else if (!indent && peek(&s) != '#' && peek(&s) != '\n' && strncmp(line, "---", 3) != 0) {
            section = section_of(&s);
        }
        remark = *line == '#' ? line : NULL;
        rest_of_line(&s, section);
        s.at += s.at < s.n;
    }
}

void cert_people_free(struct people_file *f)
{
    free(f->text);
    free(f->rows);
    free(f->revoked);
}

unsigned cert_people_line_of(const struct people_file *f, const char *key)
{
    const char *at = memmem(f->text, f->n, key, strlen(key));
    struct scan s = {.text = f->text};
    return at ? line_at(&s, (size_t)(at - f->text)) : 0;
}
