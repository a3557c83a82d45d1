/* conf_private: the tree of one file, shared by the conf*.c files and nobody else.
 * conf_read.c makes it from YAML, conf.c walks maps and lists, conf_scalar.c reads values,
 * conf_report.c says what is wrong. */
#ifndef SIAGA_CITY_CONF_PRIVATE_H
#define SIAGA_CITY_CONF_PRIVATE_H

#include "proto/arena.h"
#include "conf.h"

#define CONF_FILE_MAX_BYTES (4u << 20)
#define CONF_DEPTH_MAX 16
#define CONF_KEYS_MAX 256 /* of one map */

enum conf_kind { CONF_TEXT, CONF_LIST, CONF_MAP };

/* A place in a file, both from 1; columns count characters, as editors do. */
struct conf_place {
    unsigned line, column;
};

struct conf_node {
    enum conf_kind kind;
    bool quoted; /* text in quotes or a block: may be empty */
    bool bad;    /* something was said about it already: readers keep silent */
    struct conf_place at;
    struct slice text; /* CONF_TEXT; NUL-terminated all the same */
    const char *key;   /* of a map's child, else NULL */
    struct conf_place key_at;
    struct conf_node *first, *last, *next; /* children in order of writing */
    unsigned children;
};

struct conf_doc {
    struct arena mem;
    const char *path;
    struct slice source; /* the file's bytes */
    struct conf_report *report;
    struct conf_node *root;
};

enum conf_weight { CONF_ERROR, CONF_WARNING };

/* Counts a message and prints it while fewer than CONF_REPORT_MAX were. source may be empty: no
 * line and caret then. */
void conf_say(struct conf_report *report, enum conf_weight weight, const char *path,
              struct slice source, struct conf_place at, const char *what);

/* One character of UTF-8: its bytes (1..4), 0 when it is none. */
unsigned conf_utf8(const char *p, size_t n, uint32_t *ret_character);
/* True when all of it is text people may write. Else the offset of the first byte that is not.
 * Line feeds, carriage returns and tabs pass only when `lines`. */
bool conf_plain(struct slice s, bool lines, size_t *ret_offset);

#endif
