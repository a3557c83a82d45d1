/* pack_json: JSON to msgpack and back, for tests that are easier to read with JSON in them. */
#ifndef SIAGA_TESTS_PACK_JSON_H
#define SIAGA_TESTS_PACK_JSON_H

#include <jansson.h>
#include <stdlib.h>

#include "proto/pack.h"

static inline void pack_json(struct writer *w, json_t *value)
{
    if (json_is_object(value)) {
        writer_map(w, (uint32_t)json_object_size(value));
        for (void *i = json_object_iter(value); i; i = json_object_iter_next(value, i)) {
            writer_text(w, json_object_iter_key(i));
            pack_json(w, json_object_iter_value(i));
        }
    } else if (json_is_array(value)) {
        writer_array(w, (uint32_t)json_array_size(value));
        for (size_t i = 0; i < json_array_size(value); i++)
            pack_json(w, json_array_get(value, i));
    } else if (json_is_string(value)) {
        const char *text = json_string_value(value);
        writer_str(w, (struct slice){text, (uint32_t)json_string_length(value)});
    } else if (json_is_integer(value)) {
        writer_int(w, json_integer_value(value));
    } else if (json_is_real(value)) {
        writer_double(w, json_real_value(value));
    } else if (json_is_null(value)) {
        writer_nil(w);
    } else {
        writer_bool(w, json_is_true(value));
    }
}

/* One value as JSON; NULL when it has none (bin, text that is not UTF-8). */
static inline json_t *unpack_json(struct reader *r)
{
    enum pack_type type = reader_peek(r);
    if (type == PACK_MAP) {
        json_t *object = json_object();
        for (uint32_t n = reader_map(r); n > 0 && !r->err; n--) {
            struct slice name = reader_str(r);
            json_t *value = unpack_json(r);
            if (!value || json_object_setn_new(object, name.p, name.n, value)) {
                json_decref(object);
                return NULL;
            }
        }
        return object;
    }
    if (type == PACK_ARRAY) {
        json_t *array = json_array();
        for (uint32_t n = reader_array(r); n > 0 && !r->err; n--) {
            json_t *value = unpack_json(r);
            if (!value || json_array_append_new(array, value)) {
                json_decref(array);
                return NULL;
            }
        }
        return array;
    }
    if (type == PACK_STR) {
        struct slice s = reader_str(r);
        return json_stringn(s.p, s.n);
    }
    if (type == PACK_UINT || type == PACK_INT)
        return json_integer(reader_int(r));
    if (type == PACK_FLOAT)
        return json_real(reader_double(r));
    if (type == PACK_BOOL)
        return json_boolean(reader_bool(r));
    if (type == PACK_NIL) {
        reader_nil(r);
        return json_null();
    }
    return NULL;
}

/* Text with ' for " to msgpack in buf; dies on text that is no JSON. Returns the bytes. */
static inline size_t pack_json_text(const char *text, void *buf, size_t cap)
{
    char *copy = strdup(text);
    for (char *p = copy; *p; p++) {
        if (*p == '\'')
            *p = '"';
    }
    json_error_t error;
    json_t *value = json_loads(copy, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!value) {
        fprintf(stderr, "%s in %s\n", error.text, copy);
        abort();
    }
    struct writer w;
    writer_init(&w, buf, cap);
    pack_json(&w, value);
    if (w.err)
        abort();
    json_decref(value);
    free(copy);
    return w.n;
}

#endif
