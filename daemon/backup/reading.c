#include "reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/crc32c.h"
#include "daemon/persons/erasures.h"
#include "proto/pack.h"

#define PERSON_HEAD 60u

struct backup {
    const char *path;
    FILE *file;
    uint64_t at; /* where the block at hand begins */
    enum form_block kind, last;
    uint8_t hash[FORM_HASH_BYTES], chain[ENTRY_HASH_BYTES];
    struct backup_sum sum;
    const struct backup_taker *taker;
    struct err *err;
    uint8_t block[FORM_BLOCK_MOST];
};

static int wrong(const struct backup *b, const char *what)
{
    return err_set(b->err, ERR_CONFIG,
                   "%s: byte %llu: %s; it is no whole backup: take another, or copy it anew from "
                   "where it was made",
                   b->path, (unsigned long long)b->at, what);
}

static int wrong_entry(const struct backup *b, uint64_t seq, const char *what)
{
    char text[96];
    snprintf(text, sizeof text, "entry %llu %s", (unsigned long long)seq, what);
    return wrong(b, text);
}

/* ---- the kinds of blocks ---- */

static int take_begin(struct backup *b, struct slice p)
{
    struct backup_sum *sum = &b->sum;
    if (pack_scan_most(p.p, p.n, p.n) != PACK_FINE)
        return wrong(b, "its first block cannot be read");
    struct reader r = reader_over(p.p, p.n);
    for (uint32_t n = reader_map(&r); n > 0 && r.err == 0; n--) {
        struct slice name = reader_str(&r);
        if (slice_is(name, "upto")) {
            sum->upto = reader_uint(&r);
        } else if (slice_is(name, "at")) {
            struct slice at = reader_str(&r);
            snprintf(sum->at, sizeof sum->at, SLICE_FMT, SLICE_ARG(at));
        } else if (slice_is(name, "version")) {
            struct slice version = reader_str(&r);
            snprintf(sum->version, sizeof sum->version, SLICE_FMT, SLICE_ARG(version));
        } else if (slice_is(name, "identity")) {
            struct slice id = reader_bin(&r);
            sum->identity_n = id.n <= sizeof sum->identity ? id.n : 0;
            memcpy(sum->identity, id.p, sum->identity_n);
        } else {
            reader_skip(&r);
        }
    }
    if (r.err != 0 || sum->identity_n == 0)
        return wrong(b, "its first block does not say of which store it is");
    return b->taker == NULL ? 0 : b->taker->begin(b->taker->self, sum, b->err);
}

static int take_row(struct backup *b, uint64_t seq, struct slice row)
{
    struct facts f;
    struct entry e;
    if (seq != b->sum.entries + 1)
        return wrong_entry(b, b->sum.entries + 1, "is missing");
    enum entry_read read = entry_row_read(seq, row, &f, &e);
    if (read != ENTRY_FINE)
        return wrong_entry(b, seq, entry_read_name(read));
    struct facts again = f;
    entry_chain(b->chain, &e, &again);
    if (memcmp(again.hash, f.hash, sizeof f.hash) != 0)
        return wrong_entry(b, seq, "does not follow from the one before it");
    memcpy(b->chain, f.hash, sizeof f.hash);
    b->sum.entries = seq;
    return b->taker == NULL ? 0 : b->taker->row(b->taker->self, seq, row, b->err);
}

static int take_log(struct backup *b, struct slice p)
{
    int rc = 0;
    while (p.n > 0 && rc == 0) {
        const uint8_t *at = (const uint8_t *)p.p;
        uint32_t n = p.n < 12 ? 0 : form_get32(at + 8);
        if (n == 0 || n > p.n - 12)
            return wrong_entry(b, b->sum.entries + 1, "is cut short");
        rc = take_row(b, form_get64(at), (struct slice){p.p + 12, n});
        p.p += 12 + n;
        p.n -= 12 + n;
    }
    return rc;
}

static int take_person(struct backup *b, const uint8_t *at, uint32_t n)
{
    struct persons_record r = {.seq = form_get64(at), .row = {(const char *)at + PERSON_HEAD, n}};
    memcpy(r.id, at + 8, sizeof r.id);
    memcpy(r.key, at + 24, sizeof r.key);
    if (form_get32(at + PERSON_HEAD + n) != crc32c(at, PERSON_HEAD + n))
        return wrong(b, "the record of a person was altered");
    if (r.seq == 0 || r.seq > b->sum.upto)
        return wrong(b, "the record of a person is of no entry in it");
    b->sum.persons++;
    return b->taker == NULL ? 0 : b->taker->person(b->taker->self, &r, b->err);
}

static int take_persons(struct backup *b, struct slice p)
{
    int rc = 0;
    while (p.n > 0 && rc == 0) {
        const uint8_t *at = (const uint8_t *)p.p;
        uint32_t n = p.n < PERSON_HEAD + 4 ? 0 : form_get32(at + 56);
        if (n == 0 || n > p.n - PERSON_HEAD - 4)
            return wrong(b, "the record of a person is cut short");
        rc = take_person(b, at, n);
        p.p += PERSON_HEAD + 4 + n;
        p.n -= PERSON_HEAD + 4 + n;
    }
    return rc;
}

static int take_erased(struct backup *b, struct slice p)
{
    unsigned none;
    if (erasures_take(NULL, p.p, p.n, &none, b->err) != 0)
        return wrong(b, "what was erased cannot be read");
    b->sum.erased_bytes += p.n;
    return b->taker == NULL || p.n == 0 ? 0 : b->taker->erased(b->taker->self, p, b->err);
}

static int take_end(struct backup *b, struct slice p)
{
    const uint8_t *at = (const uint8_t *)p.p;
    struct backup_sum *sum = &b->sum;
    if (p.n != FORM_END_BYTES || form_get64(at) != sum->entries || sum->entries != sum->upto ||
        form_get64(at + 8) != sum->persons || form_get64(at + 16) != sum->erased_bytes ||
        memcmp(at + 24, b->chain, sizeof b->chain) != 0)
        return wrong(b, "its end does not count what it holds");
    memcpy(sum->hash, b->chain, sizeof sum->hash);
    b->at += FORM_HEAD_BYTES + p.n + FORM_HASH_BYTES;
    return fgetc(b->file) == EOF ? 0 : wrong(b, "something follows its end");
}

static int (*const TAKE[FORM_BLOCKS])(struct backup *,
                                      struct slice) = {[FORM_BEGIN] = take_begin,
                                                       [FORM_LOG] = take_log,
                                                       [FORM_PERSONS] = take_persons,
                                                       [FORM_ERASED] = take_erased,
                                                       [FORM_END] = take_end};

/* ---- blocks ---- */

static bool get(struct backup *b, void *out, size_t n)
{
    return fread(out, 1, n, b->file) == n;
}

/* Begin, log, persons, erased, end; each after its like or the kind before it. */
static bool in_order(const struct backup *b)
{
    return b->last == 0 ? b->kind == FORM_BEGIN
                        : b->kind == b->last + 1 || (b->kind == b->last && b->kind != FORM_BEGIN);
}

static int take_block(struct backup *b)
{
    size_t n;
    if (!get(b, b->block, FORM_HEAD_BYTES))
        return wrong(b, ferror(b->file) ? strerror(errno) : "it is cut short");
    if (!form_head(b->block, &b->kind, &n) || !in_order(b))
        return wrong(b, "no block of a backup begins here");
    if (!get(b, b->block + FORM_HEAD_BYTES, n + FORM_HASH_BYTES))
        return wrong(b, ferror(b->file) ? strerror(errno) : "it is cut short");
    if (!form_check(b->block, n, b->hash))
        return wrong(b, "it was altered");
    b->last = b->kind;
    int rc =
        TAKE[b->kind](b, (struct slice){(const char *)b->block + FORM_HEAD_BYTES, (uint32_t)n});
    b->at += FORM_HEAD_BYTES + n + FORM_HASH_BYTES;
    return rc;
}

static int take_line(struct backup *b)
{
    char line[sizeof FORM_HEADER] = "";
    size_t n = strlen(FORM_HEADER);
    if (!get(b, line, n) || strcmp(line, FORM_HEADER) != 0)
        return wrong(b, "it does not begin as a backup of this siagad");
    b->at = n;
    return 0;
}

int backup_read(const char *path, const struct backup_taker *taker, struct backup_sum *ret_sum,
                struct err *err)
{
    struct backup *b = calloc(1, sizeof *b);
    if (b == NULL)
        abort();
    b->path = path;
    b->taker = taker;
    b->err = err;
    b->file = fopen(path, "rbe");
    int rc =
        b->file == NULL ? err_set(err, ERR_CONFIG, "%s: %s", path, strerror(errno)) : take_line(b);
    while (rc == 0 && b->last != FORM_END)
        rc = take_block(b);
    if (rc == 0)
        *ret_sum = b->sum;
    if (b->file != NULL)
        fclose(b->file);
    free(b);
    return rc;
}
