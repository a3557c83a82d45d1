/* What people type to say which cases they mean, made into the expression of LIST (SPEC 5.6):
 *
 *   skpd=damkar,dbmsda (severity=extreme or words="banjir jati*") not state=closed
 *
 * Words beside each other are joined by AND; `or` binds less, `not` more; parentheses group. The
 * Indonesian `dan`, `atau`, `bukan` mean the same. Every function returns a packed expression that
 * the caller frees, empty after the first mistake. */
#include <ctype.h>
#include <stdio.h>
#include <strings.h>
#include <sysexits.h>

#include "clients/lib/error.h"
#include "clients/lib/map.h"
#include "clients/lib/mem.h"
#include "proto/where.h"

#define VALUE_MOST 512u
#define HEAD_BYTES 9u
#define DEPTH_MOST 5u /* SPEC 2.1 lets a message be eight deep */

#define WHERE(NAME, name, field, form, group, changes, id, en) {name, WHERE_AS_##form, #group},
static const struct leaf {
    const char *name;
    enum where_form form;
    const char *group; /* in capitals */
} leaves[] = {
#include "proto/where.def"
};

/* Other names of the same, as they are said. */
static const struct {
    const char *said, *name;
} also[] = {{"jenis", "kind"},       {"tingkat", "severity"},  {"status", "state"},
            {"terbuka", "open"},     {"pemilik", "skpd"},      {"owner", "skpd"},
            {"pendukung", "helper"}, {"kategori", "category"}, {"pengirim", "reporter"},
            {"source", "reporter"},  {"kata", "words"},        {"kotak", "box"},
            {"dekat", "near"},       {"tiket", "ticket"},      {"kunci", "key"}};

struct parse {
    const char *at; /* what is still to be read */
    siaga_error *err;
    int code;
    unsigned depth;
};

struct packed {
    uint8_t *bytes;
    size_t n;
    uint32_t items; /* while it is a list in the making */
};

static struct packed fail(struct parse *p, const char *where, const char *id, const char *en)
{
    if (!p->code)
        p->code = error_at(p->err, EX_USAGE, where, id, en);
    return (struct packed){0};
}

static void append(struct packed *to, const void *bytes, size_t n)
{
    to->bytes = mem_grow(to->bytes, to->n + n);
    if (n)
        memcpy(to->bytes + to->n, bytes, n);
    to->n += n;
}

static void append_text(struct packed *to, const char *text)
{
    struct writer w;
    uint8_t room[VALUE_MOST + HEAD_BYTES];
    writer_init(&w, room, sizeof(room));
    writer_text(&w, text);
    append(to, room, w.n);
    to->items++;
}

static void append_number(struct packed *to, double value)
{
    struct writer w;
    uint8_t room[HEAD_BYTES];
    writer_init(&w, room, sizeof(room));
    writer_double(&w, value);
    append(to, room, w.n);
    to->items++;
}

/* The list with its head: [items...]. */
static struct packed closed(struct packed list)
{
    struct packed whole = {0};
    struct writer w;
    uint8_t head[HEAD_BYTES];
    writer_init(&w, head, sizeof(head));
    writer_array(&w, list.items);
    append(&whole, head, w.n);
    append(&whole, list.bytes, list.n);
    free(list.bytes);
    return whole;
}

/* ---- words of the expression ---- */

static void skip_space(struct parse *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

static bool is_end(char c)
{
    return !c || isspace((unsigned char)c) || c == '(' || c == ')';
}

/* Takes one of two words, when it stands there alone. */
static bool take_word(struct parse *p, const char *en, const char *id)
{
    const char *const forms[] = {en, id};
    skip_space(p);
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(forms[i]);
        if (strncasecmp(p->at, forms[i], n) == 0 && is_end(p->at[n])) {
            p->at += n;
            return true;
        }
    }
    return false;
}

/* ---- leaves ---- */

static const struct leaf *find_leaf(const char *name)
{
    for (size_t i = 0; i < sizeof(also) / sizeof(also[0]); i++)
        if (strcasecmp(also[i].said, name) == 0)
            name = also[i].name;
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
        if (strcasecmp(leaves[i].name, name) == 0)
            return &leaves[i];
    return NULL;
}

/* The wire word of a group, from the word or its label in either language. */
static const char *word_of(const char *capitals, const char *text)
{
    char group[16];
    size_t n = strlen(capitals);
    for (size_t i = 0; i <= n && i < sizeof(group); i++)
        group[i] = (char)tolower((unsigned char)capitals[i]);
    const char *word;
    for (size_t i = 0; (word = siaga_word(group, i)); i++)
        if (strcasecmp(word, text) == 0 || strcasecmp(siaga_label(group, word, false), text) == 0 ||
            strcasecmp(siaga_label(group, word, true), text) == 0)
            return word;
    return NULL;
}

/* "Bekasi Timur" is bekasi-timur. */
static void as_code(char *text)
{
    for (; *text; text++)
        *text = isspace((unsigned char)*text) ? '-' : (char)tolower((unsigned char)*text);
}

/* A number, for a distance with its unit. */
static bool number_of(const char *text, double *ret_value)
{
    char *end;
    *ret_value = strtod(text, &end);
    bool km = strcmp(end, "km") == 0, metres = strcmp(end, "m") == 0;
    if (km)
        *ret_value *= 1000;
    return end != text && (!*end || km || metres);
}

static void add_value(struct parse *p, const struct leaf *leaf, char *value, struct packed *to)
{
    double number;
    const char *word = value;
    if (leaf->form == WHERE_AS_BOX || leaf->form == WHERE_AS_NEAR) {
        if (!number_of(value, &number))
            fail(p, value, "bukan angka; misalnya near=-6.2384,106.9756,500m",
                 "is no number; such as near=-6.2384,106.9756,500m");
        else
            append_number(to, number);
        return;
    }
    if (leaf->form == WHERE_AS_WORD && !(word = word_of(leaf->group, value))) {
        fail(p, value, "kata ini tidak dikenal", "this word is not known");
        return;
    }
    if (leaf->form == WHERE_AS_CODE)
        as_code(value);
    append_text(to, word);
}

/* One value: up to the next comma, quoted where it has blanks, commas or parentheses. */
static bool take_value(struct parse *p, char value[VALUE_MOST])
{
    size_t n = 0;
    char quote = '\0';
    for (; *p->at && (quote || (*p->at != ',' && !is_end(*p->at))); p->at++) {
        if (*p->at == '"' && (!quote || quote == '"')) {
            quote = quote ? '\0' : '"';
            continue;
        }
        if (n + 1 < VALUE_MOST)
            value[n++] = *p->at;
    }
    value[n] = '\0';
    if (quote)
        fail(p, value, "tanda kutip tidak ditutup", "the quote is not closed");
    return n > 0 && !quote;
}

static struct packed take_values(struct parse *p, const struct leaf *leaf, struct packed list)
{
    char value[VALUE_MOST];
    do {
        p->at++; /* the equals sign, or a comma */
        if (!take_value(p, value)) {
            fail(p, leaf->name, "nilainya kosong", "it has no value");
            break;
        }
        add_value(p, leaf, value, &list);
    } while (*p->at == ',' && !p->code);
    return list;
}

static struct packed take_leaf(struct parse *p)
{
    char name[32];
    size_t n = strcspn(p->at, "= \t\n()");
    snprintf(name, sizeof(name), "%.*s", (int)n, p->at);
    const struct leaf *leaf = find_leaf(name);
    if (!leaf)
        return fail(p, name, "saringan ini tidak dikenal; misalnya skpd=damkar words=banjir",
                    "no such filter; such as skpd=damkar words=flood");
    p->at += n;
    bool flag = leaf->form == WHERE_AS_FLAG;
    if ((*p->at == '=') == flag)
        return fail(p, name, flag ? "tidak memakai nilai" : "butuh nilai, seperti nama=nilai",
                    flag ? "takes no value" : "needs a value, like name=value");
    struct packed list = {0};
    append_text(&list, leaf->name);
    return closed(flag ? list : take_values(p, leaf, list));
}

/* ---- and, or, not ---- */

static struct packed take_or(struct parse *p);

static struct packed take_one(struct parse *p)
{
    struct packed list = {0}, inner;
    if (take_word(p, "not", "bukan")) {
        append_text(&list, "not");
        inner = take_one(p);
        append(&list, inner.bytes, inner.n);
        list.items++;
        free(inner.bytes);
        return closed(list);
    }
    skip_space(p);
    if (*p->at != '(')
        return take_leaf(p);
    p->at++;
    inner = take_or(p);
    skip_space(p);
    if (!p->code && *p->at != ')')
        fail(p, p->at, "kurung tidak ditutup", "the parenthesis is not closed");
    p->at += *p->at == ')';
    return inner;
}

/* Parts joined by `word`; one alone is itself. */
static struct packed join(struct packed *parts, unsigned n, const char *word)
{
    struct packed list = {0};
    if (n == 1)
        return parts[0];
    append_text(&list, word);
    for (unsigned i = 0; i < n; i++) {
        append(&list, parts[i].bytes, parts[i].n);
        list.items++;
        free(parts[i].bytes);
    }
    return closed(list);
}

static bool more(struct parse *p)
{
    skip_space(p);
    return !p->code && *p->at && *p->at != ')';
}

static bool stands_or(struct parse *p)
{
    const char *before = p->at;
    bool found = take_word(p, "or", "atau");
    p->at = before;
    return found;
}

static struct packed take_and(struct parse *p)
{
    struct packed parts[WHERE_LEAVES_MAX];
    unsigned n = 0;
    do {
        take_word(p, "and", "dan");
        parts[n++] = take_one(p);
    } while (n < WHERE_LEAVES_MAX && more(p) && !stands_or(p));
    return join(parts, n, "and");
}

static struct packed take_or(struct parse *p)
{
    struct packed parts[WHERE_LEAVES_MAX];
    unsigned n = 0;
    if (++p->depth > DEPTH_MOST)
        return fail(p, p->at, "kurung terlalu dalam", "too many parentheses inside each other");
    do
        parts[n++] = take_and(p);
    while (n < WHERE_LEAVES_MAX && !p->code && take_word(p, "or", "atau"));
    p->depth--;
    return join(parts, n, "or");
}

int siaga_map_where(siaga_map *m, const char *expression, siaga_error *err)
{
    struct parse p = {.at = expression, .err = err};
    error_clear(err);
    struct packed whole = take_or(&p);
    if (!p.code && more(&p))
        fail(&p, p.at, "saringan ini terlalu panjang", "there is too much in this filter");
    if (!p.code && *p.at == ')')
        fail(&p, p.at, "kurung tutup tanpa kurung buka",
             "a parenthesis closes that was not opened");
    if (!p.code)
        map_packed(m, "where", whole.bytes, whole.n);
    free(whole.bytes);
    return p.code;
}
