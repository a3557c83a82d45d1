/* pack: msgpack read and written without surprises.
 *
 * Reading is a bounded pull over bytes somebody else owns: nothing is allocated, so a hostile count
 * costs nothing. pack_scan() must have said PACK_FINE for the bytes before a reader walks them.
 * Reader and writer keep the first error and turn every later call into a no-op: test `err` once,
 * at the end. Writing goes through msgpack-c into a buffer of the caller's; a full buffer is an
 * error of the writer, never a reallocation.
 */
#ifndef SIAGA_PROTO_PACK_H
#define SIAGA_PROTO_PACK_H

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

#define PACK_MAX_BYTES 65536u
#define PACK_MAX_DEPTH 8u

enum pack_scan {
    PACK_FINE,
    PACK_EMPTY,
    PACK_TOO_BIG,
    PACK_CUT,
    PACK_TOO_DEEP,
    PACK_BAD_TYPE,
    PACK_BAD_KEY,
    PACK_DUPLICATE_KEY,
    PACK_BAD_NUMBER,
    PACK_TRAILING,
    PACK_NOT_A_MAP
};

/* Walks the bytes once: one map, nothing after it, depth at most PACK_MAX_DEPTH, no count larger
 * than the bytes left, map keys are valid UTF-8 strings of at most 64 bytes without repeats inside
 * one map, no ext type, no NaN or infinity. Whether string *values* are valid UTF-8 is for the
 * reader of a field to say (an emergency repairs them). Allocates nothing. A map of more than 256
 * pairs is PACK_TOO_BIG: with that bound repeated keys are found in a fixed hash table on the
 * stack, in time that grows with the bytes only. */
enum pack_scan pack_scan(const void *bytes, size_t n);
enum pack_scan pack_scan_most(const void *bytes, size_t n,
                              size_t most);   /* another limit of bytes */
const char *pack_scan_name(enum pack_scan s); /* a few English words for a log or a test */

enum pack_type {
    PACK_NONE,
    PACK_NIL,
    PACK_BOOL,
    PACK_UINT,
    PACK_INT,
    PACK_FLOAT,
    PACK_STR,
    PACK_BIN,
    PACK_ARRAY,
    PACK_MAP
};

struct reader {
    const uint8_t *p, *end;
    int err; /* 0, or 1 after the first call that did not fit */
};

struct reader reader_over(const void *bytes, size_t n);
enum pack_type reader_peek(const struct reader *r);
uint32_t reader_map(struct reader *r);     /* number of pairs */
uint32_t reader_array(struct reader *r);   /* number of items */
struct slice reader_str(struct reader *r); /* points into the bytes read */
struct slice reader_bin(struct reader *r);
uint64_t reader_uint(struct reader *r); /* PACK_UINT only */
int64_t reader_int(struct reader *r);   /* PACK_UINT or PACK_INT that fits */
double reader_double(struct reader *r); /* any number */
bool reader_bool(struct reader *r);
void reader_nil(struct reader *r);
struct slice reader_skip(struct reader *r); /* one whole value of any kind; returns its bytes */

struct writer {
    uint8_t *buf;
    size_t cap, n;
    int err; /* 0, or 1 once something did not fit; then n is the last whole state */
    msgpack_packer mp;
};

void writer_init(struct writer *w, void *buf, size_t cap);
void writer_map(struct writer *w, uint32_t pairs);
void writer_array(struct writer *w, uint32_t items);
void writer_str(struct writer *w, struct slice s);
void writer_bin(struct writer *w, const void *p, uint32_t n);
void writer_uint(struct writer *w, uint64_t u);
void writer_int(struct writer *w, int64_t i);
void writer_double(struct writer *w, double d);
void writer_bool(struct writer *w, bool b);
void writer_nil(struct writer *w);
void writer_raw(struct writer *w, const void *p, size_t n); /* one value already packed */

/* NUL-terminated; NULL writes nil. Inline, so that the length of a literal is known. */
static inline void writer_text(struct writer *w, const char *s)
{
    if (s != NULL)
        writer_str(w, slice_from(s));
    else
        writer_nil(w);
}

/* A map whose number of pairs is known only at its end: open reserves a map32 head, close fills it
 * in. size_t at = writer_open_map(w); ...pairs...; writer_close_map(w, at, pairs);   (the same for
 * arrays) */
size_t writer_open_map(struct writer *w);
void writer_close_map(struct writer *w, size_t at, uint32_t pairs);
size_t writer_open_array(struct writer *w);
void writer_close_array(struct writer *w, size_t at, uint32_t items);

#endif
