/* JSON straight from msgpack bytes: no tree of a JSON library in between, numbers untouched. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/document.h"
#include "clients/lib/utf8.h"
#include "proto/pack.h"
#include "siaga.h"

struct json {
    FILE *out;
    int indent; /* -1: everything on one line */
};

/* ---- strings ---- */

static void put_escape(uint32_t c, FILE *out)
{
    static const char letters[] = "\"\"\\\\\nn\tt\rr\bb\ff";
    for (const char *p = letters; c < 0x80 && *p; p += 2)
        if ((uint32_t)(unsigned char)*p == c) {
            fprintf(out, "\\%c", p[1]);
            return;
        }
    fprintf(out, "\\u%04x", c);
}

static bool plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

void siaga_json_text(const char *text, size_t n, FILE *out)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + n;
    fputc('"', out);
    while (p < end) {
        const uint8_t *from = p;
        while (p < end && plain(*p))
            p++;
        fwrite(from, 1, (size_t)(p - from), out);
        if (p == end)
            break;
        uint32_t c;
        size_t taken = utf8_next(p, end, &c);
        if (c == UTF8_BAD)
            put_escape(0xfffd, out);
        else if (utf8_hidden(c) || c == '"' || c == '\\')
            put_escape(c, out);
        else
            fwrite(p, 1, taken, out);
        p += taken;
    }
    fputc('"', out);
}

static void put_hex(struct slice s, FILE *out)
{
    fputc('"', out);
    for (uint32_t i = 0; i < s.n; i++)
        fprintf(out, "%02x", (unsigned char)s.p[i]);
    fputc('"', out);
}

/* ---- numbers ---- */

/* The shortest decimal form that reads back the same, with a point whatever the locale. */
static void put_double(double d, FILE *out)
{
    if (!isfinite(d)) {
        fputs("null", out);
        return;
    }
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, d);
        if (strtod(text, NULL) == d)
            break;
    }
    for (char *p = text; *p; p++)
        if (*p == ',')
            *p = '.';
    fputs(text, out);
    if (!strpbrk(text, ".e"))
        fputs(".0", out);
}

/* ---- values ---- */

static void put_value(struct json *j, struct reader *r);

static void put_line(struct json *j)
{
    if (j->indent >= 0)
        fprintf(j->out, "\n%*s", j->indent, "");
}

static void put_container(struct json *j, struct reader *r, bool map)
{
    uint32_t n = map ? reader_map(r) : reader_array(r);
    bool lines = j->indent >= 0;
    fputc(map ? '{' : '[', j->out);
    if (lines)
        j->indent += 2;
    for (uint32_t i = 0; i < n && !r->err; i++) {
        if (i)
            fputc(',', j->out);
        put_line(j);
        if (map) {
            struct slice name = reader_str(r);
            siaga_json_text(name.p, name.n, j->out);
            fputs(lines ? ": " : ":", j->out);
        }
        put_value(j, r);
    }
    if (lines)
        j->indent -= 2;
    if (n)
        put_line(j);
    fputc(map ? '}' : ']', j->out);
}

static void put_scalar(struct json *j, struct reader *r, enum pack_type type)
{
    if (type == PACK_STR) {
        struct slice s = reader_str(r);
        siaga_json_text(s.p, s.n, j->out);
    } else if (type == PACK_BIN) {
        put_hex(reader_bin(r), j->out);
    } else if (type == PACK_UINT) {
        fprintf(j->out, "%llu", (unsigned long long)reader_uint(r));
    } else if (type == PACK_INT) {
        fprintf(j->out, "%lld", (long long)reader_int(r));
    } else if (type == PACK_FLOAT) {
        put_double(reader_double(r), j->out);
    } else if (type == PACK_BOOL) {
        fputs(reader_bool(r) ? "true" : "false", j->out);
    } else {
        reader_skip(r);
        fputs("null", j->out);
    }
}

static void put_value(struct json *j, struct reader *r)
{
    enum pack_type type = reader_peek(r);
    if (type == PACK_MAP || type == PACK_ARRAY)
        put_container(j, r, type == PACK_MAP);
    else
        put_scalar(j, r, type);
}

static void put_doc(const siaga_doc *d, struct json j)
{
    if (!d) {
        fputs("null", j.out);
        return;
    }
    struct reader r = reader_over(d->raw, d->raw_n);
    put_value(&j, &r);
}

void siaga_doc_json(const siaga_doc *d, FILE *out)
{
    put_doc(d, (struct json){out, -1});
}

void siaga_doc_msgpack(const siaga_doc *d, FILE *out)
{
    if (d)
        fwrite(d->raw, 1, d->raw_n, out);
}

void siaga_doc_pretty(const siaga_doc *d, FILE *out)
{
    put_doc(d, (struct json){out, 0});
}
