/* cert_people: the text of one file of people.d, as far as keys are concerned: which rows it has
 * and where their keys stand. No I/O; siagad's own reader judges the file, this one finds places.
 *
 * Rows in flow style, `- {id: ..., role: ...}`, and in block style, a line a pair. */
#ifndef SIAGA_CLIENTS_CERT_PEOPLE_H
#define SIAGA_CLIENTS_CERT_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#define PEOPLE_DAY_BYTES 24

struct people_span {
    size_t from, to; /* bytes of the text; empty: there is none */
};

struct people_row {
    char id[49], role[17], skpd[25], public_key[41], user[33];
    char from[PEOPLE_DAY_BYTES], until[PEOPLE_DAY_BYTES];
    bool more; /* has user, quota, drill or note */
    bool block;
    bool fixed;      /* the key stands behind the dash of a block row: not taken out */
    unsigned line;   /* where the row begins */
    unsigned indent; /* block: of its names */
    size_t end;      /* where a further pair goes */
    struct people_span key_pair, from_value;
};

/* An item of `revoked:`, with what `siaga cert revoke` wrote above it. */
struct people_revoked {
    char key[41];
    char when[PEOPLE_DAY_BYTES], id[49], role[17], skpd[25]; /* "" when nothing is written there */
};

struct people_file {
    char name[256]; /* in its folder */
    char *text;     /* malloc */
    size_t n;
    struct people_row *rows;
    size_t rows_n;
    struct people_revoked *revoked;
    size_t revoked_n;
    bool has_revoked;      /* it has the list */
    size_t revoked_end;    /* where a further item goes; 0: not a list of one item a line */
    unsigned strange_line; /* the first line that could not be understood; 0: none */
};

void cert_people_scan(struct people_file *f); /* reads f->text anew */
void cert_people_free(struct people_file *f); /* what hangs on it */

/* The line of the text where the key stands, in whatever place; 0: nowhere. */
unsigned cert_people_line_of(const struct people_file *f, const char *key);

#endif
