/* The writing half of pack.h: msgpack-c packs, a bounded buffer of the caller takes. */
#include "pack.h"

/* Where msgpack-c puts its bytes. */
static int append(void *data, const char *bytes, size_t n)
{
    struct writer *w = data;
    if (w->err || n > w->cap - w->n) {
        w->err = 1;
        return -1;
    }
    if (n)
        memcpy(w->buf + w->n, bytes, n);
    w->n += n;
    return 0;
}

void writer_init(struct writer *w, void *buf, size_t cap)
{
    *w = (struct writer){.buf = buf, .cap = cap};
    msgpack_packer_init(&w->mp, w, append);
}

void writer_map(struct writer *w, uint32_t pairs)
{
    if (!w->err)
        msgpack_pack_map(&w->mp, pairs);
}

void writer_array(struct writer *w, uint32_t items)
{
    if (!w->err)
        msgpack_pack_array(&w->mp, items);
}

/* Head and bytes go in two calls: when the second does not fit, the first is taken back. */
static void settle(struct writer *w, size_t before)
{
    if (w->err)
        w->n = before;
}

/* What msgpack-c would write, without its two calls back: most strings are short. */
static bool write_short(struct writer *w, struct slice s)
{
    if (w->err || s.n > 31 || w->cap - w->n <= s.n)
        return false;
    w->buf[w->n] = (uint8_t)(0xa0 | s.n);
    if (s.n)
        memcpy(w->buf + w->n + 1, s.p, s.n);
    w->n += 1 + s.n;
    return true;
}

void writer_str(struct writer *w, struct slice s)
{
    if (write_short(w, s))
        return;
    size_t before = w->n;
    if (!w->err && !msgpack_pack_str(&w->mp, s.n))
        msgpack_pack_str_body(&w->mp, s.p, s.n);
    settle(w, before);
}

void writer_bin(struct writer *w, const void *p, uint32_t n)
{
    size_t before = w->n;
    if (!w->err && !msgpack_pack_bin(&w->mp, n))
        msgpack_pack_bin_body(&w->mp, p, n);
    settle(w, before);
}

void writer_uint(struct writer *w, uint64_t u)
{
    if (!w->err)
        msgpack_pack_uint64(&w->mp, u);
}

void writer_int(struct writer *w, int64_t i)
{
    if (!w->err)
        msgpack_pack_int64(&w->mp, i);
}

void writer_double(struct writer *w, double d)
{
    if (!w->err)
        msgpack_pack_double(&w->mp, d);
}

void writer_bool(struct writer *w, bool b)
{
    if (w->err)
        return;
    if (b)
        msgpack_pack_true(&w->mp);
    else
        msgpack_pack_false(&w->mp);
}

void writer_nil(struct writer *w)
{
    if (!w->err)
        msgpack_pack_nil(&w->mp);
}

void writer_raw(struct writer *w, const void *p, size_t n)
{
    append(w, p, n);
}

static size_t open_head(struct writer *w, char tag)
{
    size_t at = w->n;
    const char head[5] = {tag};
    append(w, head, sizeof(head));
    return at;
}

static void close_head(struct writer *w, size_t at, uint32_t count)
{
    if (w->err)
        return;
    for (unsigned i = 0; i < 4; i++)
        w->buf[at + 1 + i] = (uint8_t)(count >> (24 - 8 * i));
}

size_t writer_open_map(struct writer *w)
{
    return open_head(w, (char)0xdf);
}

void writer_close_map(struct writer *w, size_t at, uint32_t pairs)
{
    close_head(w, at, pairs);
}

size_t writer_open_array(struct writer *w)
{
    return open_head(w, (char)0xdd);
}

void writer_close_array(struct writer *w, size_t at, uint32_t items)
{
    close_head(w, at, items);
}
