/* conf: YAML as the city writes it, read against a schema; every mistake named at its place.
 *
 * Wraps libfyaml; nobody else includes it. Files are regular files of at most 4 MiB. Scalars are
 * text until a conf_* function makes something of them, so `no` stays a word and 15m is never 15.
 * All mistakes of one run are collected in a conf_report (up to 20 printed, all counted) as
 *     file:line:col: error: what; hint
 *     the source line
 *         ^
 */
#ifndef SIAGA_CITY_CONF_H
#define SIAGA_CITY_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONF_REPORT_MAX 20

struct conf_report {
    FILE *out; /* where messages go; NULL collects the first only */
    unsigned errors, warnings;
    bool strict;     /* a mistake in people.d refuses the whole, too */
    char first[512]; /* the first error, one line, for status and logs */
};

struct conf_doc;  /* one parsed file */
struct conf_node; /* a node in it; lives as long as the doc */

/* Parses one file. Returns NULL after reporting. Duplicate keys, anchors/aliases and several
 * documents in one file are errors. Where such a file can still be read it is given all the same,
 * so that its other mistakes show in the same run: the report has the errors. */
struct conf_doc *conf_open(const char *path, struct conf_report *report);
void conf_close(struct conf_doc **doc);
const struct conf_node *conf_root(const struct conf_doc *doc);
const char *conf_path(const struct conf_doc *doc); /* as given */
unsigned conf_line(const struct conf_node *n);     /* from 1 */
/* The key of a map's child, to say something about a whole section. */
const struct conf_node *conf_key(struct conf_doc *doc, const struct conf_node *n);

/* Says something about a node. */
void conf_error(struct conf_doc *doc, const struct conf_node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void conf_warn(struct conf_doc *doc, const struct conf_node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* About a file or folder as a whole, before there is a tree: printed with 1:1 and without a source
 * line. */
void conf_error_file(struct conf_report *report, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A schema is a table of the keys a map may have; conf_map() walks the map once and calls `read`
 * for each key present. Unknown keys are errors with "did you mean", missing required ones too. */
struct conf_field {
    const char *name;
    bool required;
    void (*read)(struct conf_doc *doc, const struct conf_node *n, void *into);
};
bool conf_map(struct conf_doc *doc, const struct conf_node *n, const struct conf_field *fields,
              size_t count, void *into);
bool conf_list(struct conf_doc *doc, const struct conf_node *n,
               void (*item)(struct conf_doc *, const struct conf_node *, void *), void *into);

/* Readers of scalars: false after reporting. The text of conf_text() lives as long as the doc. */
bool conf_text(struct conf_doc *doc, const struct conf_node *n, size_t most_bytes,
               const char **ret_text);
bool conf_int(struct conf_doc *doc, const struct conf_node *n, int64_t least, int64_t most,
              int64_t *ret_value);
bool conf_decimal(struct conf_doc *doc, const struct conf_node *n, double least, double most,
                  double *ret_value);
bool conf_bool(struct conf_doc *doc, const struct conf_node *n,
               bool *ret_value); /* true/false only */
bool conf_duration(struct conf_doc *doc, const struct conf_node *n, int64_t least_us,
                   int64_t most_us, int64_t *ret_us); /* 500ms 15s 15m 4h 2d */
bool conf_size(struct conf_doc *doc, const struct conf_node *n, uint64_t least, uint64_t most,
               uint64_t *ret_bytes); /* 64KiB 256MiB 4GiB */
bool conf_date(struct conf_doc *doc, const struct conf_node *n,
               uint32_t *ret_day); /* 2026-11-24 -> days since 1970 */

#endif
