#include "export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/err.h"
#include "proto/pack.h"

#define LINE_MOST (4u << 20)

enum line_kind { LINE_NONE, LINE_BEGIN, LINE_ENTRY, LINE_END };

struct line {
    enum line_kind kind;
    uint64_t number, upto;          /* from; seq; end */
    uint8_t hash[ENTRY_HASH_BYTES]; /* before; hash */
    struct slice row;               /* in `bytes`, or in the file */
    uint8_t bytes[ENTRY_MAX_BYTES];
};

struct file {
    const char *path, *text;
    size_t n, at;
    bool json;
    uint64_t lines;
    struct line line;
    struct err *err;
};

static int wrong(const struct file *f, const char *what)
{
    return err_set(f->err, ERR_CONFIG, "%s:%llu: %s; nothing of it was taken", f->path,
                   (unsigned long long)(f->json ? f->lines : f->at), what);
}

/* ---- a line of JSON ---- */

static bool hex(const char *digits, uint8_t *out, size_t most, size_t *ret_n)
{
    return digits != NULL &&
           sodium_hex2bin(out, most, digits, strlen(digits), NULL, ret_n, NULL) == 0;
}

static bool json_number(const json_t *o, const char *name, uint64_t *ret)
{
    const json_t *v = json_object_get(o, name);
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *ret = (uint64_t)json_integer_value(v);
    return true;
}

static bool json_hash(const json_t *o, const char *name, uint8_t out[ENTRY_HASH_BYTES])
{
    size_t n = 0;
    return hex(json_string_value(json_object_get(o, name)), out, ENTRY_HASH_BYTES, &n) &&
           n == ENTRY_HASH_BYTES;
}

static enum line_kind json_kind(const json_t *o, struct line *l)
{
    uint64_t form = 0;
    size_t n = 0;
    if (json_number(o, "siaga_export", &form))
        return form == 1 && json_number(o, "from", &l->number) &&
                       json_number(o, "upto", &l->upto) && json_hash(o, "before", l->hash)
                   ? LINE_BEGIN
                   : LINE_NONE;
    if (json_number(o, "end", &l->number))
        return json_hash(o, "hash", l->hash) ? LINE_END : LINE_NONE;
    if (!json_number(o, "seq", &l->number) ||
        !hex(json_string_value(json_object_get(o, "row")), l->bytes, sizeof l->bytes, &n))
        return LINE_NONE;
    l->row = (struct slice){(const char *)l->bytes, (uint32_t)n};
    return LINE_ENTRY;
}

static bool next_json(struct file *f)
{
    const char *from = f->text + f->at;
    const char *stop = memchr(from, '\n', f->n - f->at);
    size_t n = stop == NULL ? f->n - f->at : (size_t)(stop - from);
    json_error_t why;
    json_t *o = n > LINE_MOST ? NULL : json_loadb(from, n, JSON_REJECT_DUPLICATES, &why);
    f->line.kind = o == NULL ? LINE_NONE : json_kind(o, &f->line);
    json_decref(o);
    f->at += n + (stop != NULL);
    f->lines++;
    return stop != NULL && f->line.kind != LINE_NONE;
}

/* ---- a msgpack map ---- */

static void pack_pair(struct reader *r, struct line *l, struct slice name)
{
    struct slice text = {0};
    size_t n = 0;
    if (slice_is(name, "siaga_export")) {
        l->kind = reader_uint(r) == 1 ? LINE_BEGIN : LINE_NONE;
    } else if (slice_is(name, "from") || slice_is(name, "seq")) {
        l->number = reader_uint(r);
    } else if (slice_is(name, "upto")) {
        l->upto = reader_uint(r);
    } else if (slice_is(name, "end")) {
        l->number = reader_uint(r);
        l->kind = LINE_END;
    } else if (slice_is(name, "row")) {
        l->row = reader_bin(r);
        l->kind = LINE_ENTRY;
    } else if (slice_is(name, "before") || slice_is(name, "hash")) {
        text = reader_str(r);
        if (sodium_hex2bin(l->hash, sizeof l->hash, text.p, text.n, NULL, &n, NULL) != 0 ||
            n != sizeof l->hash)
            r->err = 1;
    } else {
        reader_skip(r);
    }
}

static bool next_pack(struct file *f)
{
    struct line *l = &f->line;
    size_t left = f->n - f->at < LINE_MOST ? f->n - f->at : LINE_MOST;
    struct reader r = reader_over(f->text + f->at, left);
    struct slice whole = reader_skip(&r);
    l->kind = LINE_NONE;
    if (r.err != 0 || pack_scan_most(whole.p, whole.n, LINE_MOST) != PACK_FINE)
        return false;
    r = reader_over(whole.p, whole.n);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        pack_pair(&r, l, name);
    }
    f->at += whole.n;
    return r.err == 0 && l->kind != LINE_NONE;
}

/* ---- all of it ---- */

static bool next(struct file *f)
{
    f->line.number = f->line.upto = 0;
    return f->at < f->n && (f->json ? next_json(f) : next_pack(f));
}

static int take_entry(struct file *f, uint64_t seq, uint8_t chain[ENTRY_HASH_BYTES])
{
    struct facts facts;
    struct entry e;
    if (f->line.number != seq)
        return wrong(f, "an entry is missing here");
    enum entry_read read = entry_row_read(seq, f->line.row, &facts, &e);
    if (read != ENTRY_FINE)
        return wrong(f, entry_read_name(read));
    struct facts again = facts;
    entry_chain(chain, &e, &again);
    if (memcmp(again.hash, facts.hash, sizeof facts.hash) != 0)
        return wrong(f, "this entry does not follow from the one before it");
    memcpy(chain, facts.hash, ENTRY_HASH_BYTES);
    return 0;
}

static int read_all(struct file *f, int (*take)(void *, uint64_t, struct slice, struct err *),
                    void *self, struct export_sum *sum)
{
    uint8_t chain[ENTRY_HASH_BYTES];
    int rc = 0;
    if (!next(f) || f->line.kind != LINE_BEGIN)
        return wrong(f, "no export of siaga begins here");
    sum->from = f->line.number;
    sum->upto = f->line.upto;
    memcpy(sum->before, f->line.hash, sizeof sum->before);
    memcpy(chain, f->line.hash, sizeof chain);
    for (uint64_t seq = sum->from; seq <= sum->upto && rc == 0; seq++) {
        if (!next(f) || f->line.kind != LINE_ENTRY)
            return wrong(f, "it is cut short, or this is no line of an export");
        rc = take_entry(f, seq, chain);
        if (rc == 0 && take != NULL)
            rc = take(self, seq, f->line.row, f->err);
    }
    if (rc != 0)
        return rc;
    if (!next(f) || f->line.kind != LINE_END)
        return wrong(f, "it is cut short: its last line is missing");
    if (f->line.number != sum->upto || memcmp(f->line.hash, chain, sizeof chain) != 0)
        return wrong(f, "its last line does not fit what it holds");
    memcpy(sum->hash, chain, sizeof chain);
    return f->at == f->n ? 0 : wrong(f, "something follows its last line");
}

int export_file_read(const char *path,
                     int (*take)(void *self, uint64_t seq, struct slice row, struct err *err),
                     void *self, struct export_sum *ret_sum, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size == 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return err_set(err, ERR_CONFIG, "%s: %s", path, fd < 0 ? strerror(why) : "it is empty");
    }
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return err_set(err, ERR_CONFIG, "%s: %s", path, strerror(errno));
    struct file *f = calloc(1, sizeof *f);
    if (f == NULL)
        abort();
    f->path = path;
    f->text = map;
    f->n = (size_t)st.st_size;
    f->json = f->text[0] == '{';
    f->err = err;
    int rc = read_all(f, take, self, ret_sum);
    free(f);
    munmap(map, (size_t)st.st_size);
    return rc;
}
