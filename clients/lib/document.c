#include "clients/lib/document.h"

#include <stdlib.h>
#include <string.h>

#include "clients/lib/mem.h"
#include "proto/frame.h"
#include "proto/pack.h"
#include "proto/stamp.h"

/* ---- building ---- */

/* What a value needs in all: its nodes, and room for its texts with their NULs. */
struct need {
    size_t nodes, text_bytes;
};

static void measure(struct reader *r, struct need *need)
{
    need->nodes++;
    enum pack_type type = reader_peek(r);
    if (type == PACK_MAP || type == PACK_ARRAY) {
        uint64_t n = type == PACK_MAP ? 2ull * reader_map(r) : reader_array(r);
        for (uint64_t i = 0; i < n && !r->err; i++)
            measure(r, need);
        return;
    }
    if (type == PACK_STR || type == PACK_BIN)
        need->text_bytes += (type == PACK_STR ? reader_str(r) : reader_bin(r)).n + 1u;
    else
        reader_skip(r);
}

/* Where the next nodes and texts go. */
struct builder {
    siaga_doc *nodes;
    char *text;
};

static void build_text(struct builder *b, struct reader *r, siaga_doc *d, bool bytes)
{
    struct slice s = bytes ? reader_bin(r) : reader_str(r);
    if (s.n)
        memcpy(b->text, s.p, s.n);
    b->text[s.n] = '\0';
    d->type = bytes ? SIAGA_BYTES : SIAGA_TEXT;
    d->size = s.n;
    d->is.text = b->text;
    b->text += s.n + 1u;
}

static void build_scalar(struct builder *b, struct reader *r, siaga_doc *d, enum pack_type type)
{
    if (type == PACK_STR || type == PACK_BIN) {
        build_text(b, r, d, type == PACK_BIN);
    } else if (type == PACK_UINT) {
        d->type = SIAGA_INT;
        d->is.natural = reader_uint(r);
    } else if (type == PACK_INT) {
        d->type = SIAGA_INT;
        d->is.negative = reader_int(r);
        d->below_zero = true;
    } else if (type == PACK_FLOAT) {
        d->type = SIAGA_DOUBLE;
        d->is.real = reader_double(r);
    } else if (type == PACK_BOOL) {
        d->type = SIAGA_BOOL;
        d->is.truth = reader_bool(r);
    } else {
        d->type = SIAGA_NIL;
        reader_skip(r);
    }
}

static void build(struct builder *b, struct reader *r, siaga_doc *d)
{
    enum pack_type type = reader_peek(r);
    d->raw = r->p;
    if (type == PACK_MAP || type == PACK_ARRAY) {
        d->type = type == PACK_MAP ? SIAGA_MAP : SIAGA_ARRAY;
        d->size = type == PACK_MAP ? reader_map(r) : reader_array(r);
        size_t n = (type == PACK_MAP ? 2u : 1u) * (size_t)d->size;
        siaga_doc *items = b->nodes;
        d->is.items = items;
        b->nodes += n;
        for (size_t i = 0; i < n; i++)
            build(b, r, &items[i]);
    } else {
        build_scalar(b, r, d, type);
    }
    d->raw_n = (uint32_t)(r->p - d->raw);
}

/* One block: the nodes (the root first, so that it can be freed by its address), a copy of the
 * bytes, the texts. */
siaga_doc *document_of(const void *msgpack, size_t n_bytes)
{
    struct need need = {0};
    struct reader r = reader_over(msgpack, n_bytes);
    measure(&r, &need);
    if (r.err)
        return NULL;
    size_t nodes_bytes = need.nodes * sizeof(siaga_doc);
    char *block = mem_zero(nodes_bytes + n_bytes + need.text_bytes);
    memcpy(block + nodes_bytes, msgpack, n_bytes);
    siaga_doc *root = (siaga_doc *)(void *)block;
    struct builder b = {root + 1, block + nodes_bytes + n_bytes};
    r = reader_over(block + nodes_bytes, n_bytes);
    build(&b, &r, root);
    return root;
}

siaga_doc *siaga_doc_parse(const void *msgpack, size_t n_bytes)
{
    return pack_scan_most(msgpack, n_bytes, FRAME_ANSWER_MAX_BYTES) == PACK_FINE
               ? document_of(msgpack, n_bytes)
               : NULL;
}

siaga_doc *siaga_doc_copy(const siaga_doc *d)
{
    return d ? document_of(d->raw, d->raw_n) : NULL;
}

void siaga_doc_free(siaga_doc *root)
{
    free(root);
}

/* ---- reading ---- */

siaga_type siaga_doc_type(const siaga_doc *d)
{
    return d ? (siaga_type)d->type : SIAGA_NONE;
}

size_t siaga_doc_size(const siaga_doc *d)
{
    return d ? d->size : 0;
}

const siaga_doc *siaga_doc_get(const siaga_doc *d, const char *name)
{
    if (siaga_doc_type(d) != SIAGA_MAP)
        return NULL;
    size_t n = strlen(name);
    for (size_t i = 0; i < d->size; i++) {
        const siaga_doc *key = &d->is.items[2 * i];
        if (key->size == n && memcmp(key->is.text, name, n) == 0)
            return key[1].type == SIAGA_NIL ? NULL : &key[1];
    }
    return NULL;
}

const siaga_doc *siaga_doc_at(const siaga_doc *d, size_t i)
{
    siaga_type type = siaga_doc_type(d);
    if ((type != SIAGA_MAP && type != SIAGA_ARRAY) || i >= d->size)
        return NULL;
    return &d->is.items[type == SIAGA_MAP ? 2 * i + 1 : i];
}

const char *siaga_doc_name(const siaga_doc *d, size_t i)
{
    return siaga_doc_type(d) == SIAGA_MAP && i < d->size ? d->is.items[2 * i].is.text : "";
}

const char *siaga_doc_text(const siaga_doc *d)
{
    return siaga_doc_type(d) == SIAGA_TEXT ? d->is.text : "";
}

const void *siaga_doc_bytes(const siaga_doc *d)
{
    return siaga_doc_type(d) == SIAGA_BYTES ? d->is.text : NULL;
}

int64_t siaga_doc_int(const siaga_doc *d, int64_t otherwise)
{
    siaga_type type = siaga_doc_type(d);
    if (type == SIAGA_INT && d->below_zero)
        return d->is.negative;
    if (type == SIAGA_INT)
        return d->is.natural <= INT64_MAX ? (int64_t)d->is.natural : otherwise;
    if (type == SIAGA_DOUBLE && d->is.real > -9.2e18 && d->is.real < 9.2e18)
        return (int64_t)d->is.real;
    return otherwise;
}

double siaga_doc_double(const siaga_doc *d, double otherwise)
{
    siaga_type type = siaga_doc_type(d);
    if (type == SIAGA_DOUBLE)
        return d->is.real;
    if (type == SIAGA_INT)
        return d->below_zero ? (double)d->is.negative : (double)d->is.natural;
    return otherwise;
}

bool siaga_doc_bool(const siaga_doc *d, bool otherwise)
{
    return siaga_doc_type(d) == SIAGA_BOOL ? d->is.truth : otherwise;
}

int64_t siaga_doc_time(const siaga_doc *d)
{
    int64_t us = 0;
    const char *text = siaga_doc_text(d);
    return *text && stamp_parse(slice_from(text), &us) ? us : 0;
}

const char *siaga_text(const siaga_doc *map, const char *name)
{
    return siaga_doc_text(siaga_doc_get(map, name));
}

int64_t siaga_int(const siaga_doc *map, const char *name, int64_t otherwise)
{
    return siaga_doc_int(siaga_doc_get(map, name), otherwise);
}

bool siaga_bool(const siaga_doc *map, const char *name, bool otherwise)
{
    return siaga_doc_bool(siaga_doc_get(map, name), otherwise);
}

int64_t siaga_time(const siaga_doc *map, const char *name)
{
    return siaga_doc_time(siaga_doc_get(map, name));
}
