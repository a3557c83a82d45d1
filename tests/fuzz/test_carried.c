/* carried: what leaves one siagad as a file and comes to another: backups, exports, lists of what
 * was erased. A backup's hashes are made to fit first, or no mutation would come further. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/backup/reading.h"
#include "daemon/base/crc32c.h"
#include "daemon/base/err.h"
#include "daemon/export_file.h"
#include "daemon/persons/erasures.h"
#include "fuzz.h"
#include "tests/support/entries.h"

enum { AS_BACKUP, AS_EXPORT, AS_LINES, WAYS };

static char path[128];

/* In memory, under a name that can be opened. */
static void write_file(const uint8_t *data, size_t n)
{
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("carried", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, n, 0) != (ssize_t)n)
        abort();
}

/* ---- backups ---- */

/* The same blocks with hashes that fit, as far as blocks can be told. */
static size_t mend(const uint8_t *data, size_t n, uint8_t *out)
{
    size_t at = strlen(FORM_HEADER), payload;
    uint8_t hash[FORM_HASH_BYTES] = {0};
    enum form_block kind;
    memcpy(out, data, n);
    while (at + FORM_HEAD_BYTES + FORM_HASH_BYTES <= n && form_head(out + at, &kind, &payload) &&
           at + FORM_HEAD_BYTES + payload + FORM_HASH_BYTES <= n)
        at += form_close(out + at, kind, payload, hash);
    return n;
}

static int take_begin(void *self, const struct backup_sum *sum, struct err *err)
{
    (void)self;
    (void)err;
    fuzz_must(sum->identity_n <= BACKUP_IDENTITY_MOST, "what the store knows of itself fits");
    return 0;
}

static int take_row(void *self, uint64_t seq, struct slice row, struct err *err)
{
    uint64_t *last = self;
    (void)err;
    fuzz_must(seq == *last + 1 && row.n > 0, "entries come one by one");
    *last = seq;
    return 0;
}

static int take_person(void *self, const struct persons_record *r, struct err *err)
{
    (void)self;
    (void)err;
    fuzz_must(r->seq > 0 && r->row.n > 0, "a person is of an entry");
    return 0;
}

static int take_erased(void *self, struct slice lines, struct err *err)
{
    (void)self;
    (void)err;
    fuzz_must(lines.n > 0 && lines.p[lines.n - 1] == '\n', "whole lines");
    return 0;
}

static void read_backup(const uint8_t *data, size_t n)
{
    uint64_t last = 0;
    struct backup_taker taker = {take_begin, take_row, take_person, take_erased, &last};
    struct backup_sum sum;
    struct err err = {""};
    uint8_t *out = malloc(n + 1);
    if (out == NULL)
        abort();
    write_file(out, mend(data, n, out));
    int rc = backup_read(path, &taker, &sum, &err);
    fuzz_must(rc == 0 ? sum.entries == last && sum.upto == last : err.text[0] != '\0',
              "it is whole, or something is wrong with it");
    free(out);
}

/* ---- exports, lines ---- */

static void read_export(const uint8_t *data, size_t n)
{
    struct export_sum sum;
    struct err err = {""};
    write_file(data, n);
    int rc = export_file_read(path, NULL, NULL, &sum, &err);
    fuzz_must(rc == 0 || err.text[0] != '\0', "it is whole, or something is wrong with it");
}

static void read_lines(const uint8_t *data, size_t n)
{
    unsigned added = 0;
    struct err err = {""};
    int rc = erasures_take(NULL, (const char *)data, fuzz_told(n), &added, &err);
    fuzz_must(rc == 0 || err.text[0] != '\0', "all of the lines, or none");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static void (*const ways[WAYS])(const uint8_t *, size_t) = {
        [AS_BACKUP] = read_backup, [AS_EXPORT] = read_export, [AS_LINES] = read_lines};
    if (n > 1)
        ways[data[0] % WAYS](data + 1, n - 1);
    return 0;
}

/* ---- seeds ---- */

static size_t put_block(uint8_t *out, enum form_block kind, const void *payload, size_t n)
{
    uint8_t hash[FORM_HASH_BYTES] = {0}; /* mended when it is read */
    memcpy(out + FORM_HEAD_BYTES, payload, n);
    return form_close(out, kind, n, hash);
}

static size_t put_row(struct arena *a, uint8_t *out)
{
    uint8_t none[ENTRY_HASH_BYTES] = {0};
    struct entry *e = an_event(a, .title = "Api");
    struct facts f = {.seq = 1,
                      .case_seq = 1,
                      .what = ENTRY_EVENT,
                      .kind = e->kind,
                      .at_us = e->at_us,
                      .severity = e->severity,
                      .state = STATE_ASSIGNED,
                      .owner = e->owner};
    entry_chain(none, e, &f);
    uint32_t n = (uint32_t)entry_row_size(e, &f);
    form_put64(out, 1);
    form_put32(out + 8, n);
    entry_row_write(out + 12, e, &f);
    return 12 + n;
}

static void seed_backup(fuzz_give_fn *give, void *self)
{
    static const uint8_t begin[] = "\x82\xa4upto\x01\xa8identity\xc4\x04node";
    char erased[96] = "person 00112233445566778899aabbccddeeff 1 ";
    uint8_t out[8192], row[4096], end[FORM_END_BYTES] = {[7] = 1};
    struct arena a = {0};
    size_t n = strlen(FORM_HEADER), row_n = put_row(&a, row);
    memcpy(out, FORM_HEADER, n);
    memcpy(end + 24, row + 12 + 57, ENTRY_HASH_BYTES); /* the hash of the chain in the row */
    n += put_block(out + n, FORM_BEGIN, begin, sizeof begin - 1);
    n += put_block(out + n, FORM_LOG, row, row_n);
    n += put_block(out + n, FORM_PERSONS, "", 0);
    n += put_block(out + n, FORM_ERASED, "", 0);
    n += put_block(out + n, FORM_END, end, sizeof end);
    fuzz_give(give, self, AS_BACKUP, out, n);
    snprintf(erased + 42, sizeof erased - 42, "%08x\n", crc32c(erased, 42));
    fuzz_give(give, self, AS_LINES, erased, strlen(erased));
    arena_drop(&a);
}

static void seed_exports(fuzz_give_fn *give, void *self)
{
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
    static const char json[] =
        "{\"siaga_export\":1,\"from\":1,\"upto\":0,\"before\":\"" ZEROS "\"}\n"
        "{\"end\":0,\"hash\":\"" ZEROS "\",\"entries\":0}\n";
    static const char row[] =
        "{\"siaga_export\":1,\"from\":1,\"upto\":1,\"before\":\"" ZEROS "\"}\n"
        "{\"seq\":1,\"row\":\"858f9d4e0301\",\"told\":{}}\n";
    static const char pack[] = "\x84\xacsiaga_export\x01\xa4"
                               "from\x01\xa4upto\x00\xa6"
                               "before\xd9\x40" ZEROS "\x82\xa3"
                               "end\x00\xa4hash\xd9\x40" ZEROS;
    fuzz_give(give, self, AS_EXPORT, json, sizeof json - 1);
    fuzz_give(give, self, AS_EXPORT, row, sizeof row - 1);
    fuzz_give(give, self, AS_EXPORT, pack, sizeof pack - 1);
}

static void seeds(fuzz_give_fn *give, void *self)
{
    seed_backup(give, self);
    seed_exports(give, self);
}

const struct fuzz_target fuzz_target = {
    .name = "carried", .most = 8192, .rounds = 4000, .seeds = seeds};
