#include "clients/lib/map.h"

#include "clients/lib/document.h"
#include "clients/lib/mem.h"

#define HEAD_BYTES 9u /* the longest head of a value, or a whole number */

/* One pair. The value is packed already; a list keeps its packed items and gets its head last. */
struct pair {
    char *name;
    char *text;     /* the value as text, if it is one */
    int64_t number; /* the value as a number or truth, if it is one */
    uint8_t *packed;
    size_t n_bytes;
    uint32_t items;
    bool list;
};

struct siaga_map {
    struct pair *pairs;
    uint32_t n;
};

siaga_map *siaga_map_new(void)
{
    return mem_zero(sizeof(siaga_map));
}

static void pair_drop(struct pair *p)
{
    free(p->name);
    free(p->text);
    free(p->packed);
}

void siaga_map_free(siaga_map *m)
{
    if (!m)
        return;
    for (uint32_t i = 0; i < m->n; i++)
        pair_drop(&m->pairs[i]);
    free(m->pairs);
    free(m);
}

static struct pair *find(const siaga_map *m, const char *name)
{
    for (uint32_t i = 0; m && i < m->n; i++)
        if (strcmp(m->pairs[i].name, name) == 0)
            return &m->pairs[i];
    return NULL;
}

static void remove_pair(siaga_map *m, const char *name)
{
    struct pair *p = find(m, name);
    if (!p)
        return;
    pair_drop(p);
    m->n--;
    memmove(p, p + 1, (size_t)(m->pairs + m->n - p) * sizeof(*p));
}

/* A pair of that name without a value, at the end. */
static struct pair *fresh(siaga_map *m, const char *name)
{
    remove_pair(m, name);
    m->pairs = mem_grow(m->pairs, (m->n + 1) * sizeof(*m->pairs));
    struct pair *p = &m->pairs[m->n++];
    *p = (struct pair){.name = mem_text(name)};
    return p;
}

/* A writer over `room` more bytes of the pair's value; grown() takes what was written. A writer
 * knows its own address and cannot be copied. */
static void more(struct pair *p, size_t room, struct writer *w)
{
    p->packed = mem_grow(p->packed, p->n_bytes + room);
    writer_init(w, p->packed + p->n_bytes, room);
}

static void grown(struct pair *p, const struct writer *w)
{
    p->n_bytes += w->n;
}

void siaga_map_text(siaga_map *m, const char *name, const char *text)
{
    if (!text) {
        remove_pair(m, name);
        return;
    }
    char *copy = mem_text(text); /* `text` may be the very text that fresh() drops */
    struct pair *p = fresh(m, name);
    struct writer w;
    more(p, strlen(copy) + HEAD_BYTES, &w);
    writer_text(&w, copy);
    grown(p, &w);
    p->text = copy;
}

void siaga_map_int(siaga_map *m, const char *name, int64_t value)
{
    struct pair *p = fresh(m, name);
    struct writer w;
    more(p, HEAD_BYTES, &w);
    if (value >= 0)
        writer_uint(&w, (uint64_t)value);
    else
        writer_int(&w, value);
    grown(p, &w);
    p->number = value;
}

void siaga_map_double(siaga_map *m, const char *name, double value)
{
    struct pair *p = fresh(m, name);
    struct writer w;
    more(p, HEAD_BYTES, &w);
    writer_double(&w, value);
    grown(p, &w);
}

void siaga_map_bool(siaga_map *m, const char *name, bool value)
{
    struct pair *p = fresh(m, name);
    struct writer w;
    more(p, HEAD_BYTES, &w);
    writer_bool(&w, value);
    grown(p, &w);
    p->number = value;
}

void map_packed(siaga_map *m, const char *name, const void *packed, size_t n_bytes)
{
    struct pair *p = fresh(m, name);
    p->packed = mem_copy(packed, n_bytes);
    p->n_bytes = n_bytes;
}

static struct pair *list(siaga_map *m, const char *name)
{
    struct pair *p = find(m, name);
    if (!p || !p->list)
        p = fresh(m, name);
    p->list = true;
    return p;
}

void siaga_map_add(siaga_map *m, const char *name, const char *item)
{
    struct pair *p = list(m, name);
    struct writer w;
    if (!item)
        return;
    p->items++;
    more(p, strlen(item) + HEAD_BYTES, &w);
    writer_text(&w, item);
    grown(p, &w);
}

void map_append(siaga_map *m, const char *name, const siaga_map *item)
{
    struct pair *p = list(m, name);
    struct writer w;
    p->items++;
    more(p, map_bytes(item), &w);
    map_pack(item, &w);
    grown(p, &w);
}

void siaga_map_value(siaga_map *m, const char *name, const siaga_doc *value)
{
    if (value)
        map_packed(m, name, value->raw, value->raw_n);
    else
        remove_pair(m, name);
}

void siaga_map_merge(siaga_map *m, const siaga_map *from)
{
    for (uint32_t i = 0; from && i < from->n; i++) {
        const struct pair *source = &from->pairs[i];
        struct pair *p = fresh(m, source->name);
        p->text = mem_text(source->text);
        p->packed = mem_copy(source->packed, source->n_bytes);
        p->n_bytes = source->n_bytes;
        p->items = source->items;
        p->list = source->list;
        p->number = source->number;
    }
}

bool siaga_map_has(const siaga_map *m, const char *name)
{
    return find(m, name) != NULL;
}

/* ---- to the wire ---- */

uint32_t map_pairs(const siaga_map *m)
{
    return m ? m->n : 0;
}

void map_pack_pairs(const siaga_map *m, struct writer *w)
{
    for (uint32_t i = 0; m && i < m->n; i++) {
        const struct pair *p = &m->pairs[i];
        writer_text(w, p->name);
        if (!p->list) {
            writer_raw(w, p->packed, p->n_bytes);
            continue;
        }
        writer_array(w, p->items);
        if (p->n_bytes)
            writer_raw(w, p->packed, p->n_bytes);
    }
}

void map_pack(const siaga_map *m, struct writer *w)
{
    writer_map(w, map_pairs(m));
    map_pack_pairs(m, w);
}

const char *map_text(const siaga_map *m, const char *name)
{
    const struct pair *p = find(m, name);
    return p && p->text ? p->text : "";
}

int64_t map_number(const siaga_map *m, const char *name)
{
    const struct pair *p = find(m, name);
    return p ? p->number : 0;
}

size_t map_bytes(const siaga_map *m)
{
    size_t n = HEAD_BYTES;
    for (uint32_t i = 0; m && i < m->n; i++)
        n += strlen(m->pairs[i].name) + m->pairs[i].n_bytes + 2 * HEAD_BYTES;
    return n;
}

siaga_doc *siaga_map_doc(const siaga_map *m)
{
    size_t room = map_bytes(m);
    uint8_t *bytes = mem_grow(NULL, room);
    struct writer w;
    writer_init(&w, bytes, room);
    map_pack(m, &w);
    siaga_doc *doc = siaga_doc_parse(bytes, w.n);
    free(bytes);
    return doc;
}
