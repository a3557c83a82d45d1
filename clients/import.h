/* import: between the files of `siaga import`. A reader (JSON Lines or CSV) makes rows;
 * import_row.c makes events of them; import_send.c sends them in batches and counts what became of
 * each. */
#ifndef SIAGA_CLIENTS_IMPORT_H
#define SIAGA_CLIENTS_IMPORT_H

#include "tool.h"

#define IMPORT_MAPS_MAX 64u
#define IMPORT_CELLS_MAX 256u

/* One named text of a row. A list gives several cells of one name. */
struct import_cell {
    const char *name, *value;
};

struct import_row {
    long line;       /* where it begins, from 1 */
    const char *raw; /* the row as text, without its line break: what --rejects writes */
    size_t n;
    struct import_cell cells[IMPORT_CELLS_MAX];
};

/* --map field=column */
struct import_map {
    char *field, *column;
};

/* A line of --category-map. */
struct import_category {
    char *word, *category;
};

struct import_pending; /* a message in flight and where its events came from */

struct import {
    struct tool *tool;
    const char *name; /* of the file, for messages */
    FILE *in, *rejects;
    char *line; /* the present line of the file, of getline() */
    size_t line_room;
    long line_number;
    bool line_held; /* it was read ahead and comes again */
    const char *rejects_name, *kind;
    char *rejects_head; /* the CSV heading, written before the first reject */
    struct import_map maps[IMPORT_MAPS_MAX];
    size_t maps_n;
    struct import_category *categories;
    size_t categories_n;
    bool dry_run, historic; /* historic: every row says when it was received elsewhere */
    int64_t max_errors;     /* 0: any number */
    unsigned long rows, stored, duplicate, refused, queued;
    bool spool;                     /* what cannot be sent goes to the outbox ... */
    bool spooling;                  /* ... and so does all that comes after it */
    siaga_error away;               /* why */
    bool personal_told;             /* once is enough */
    int code;                       /* of what ended it early; 0 */
    struct import_pending *pending; /* gathering, not yet sent */
    struct tool_progress progress;
};

/* The next line with its line break; a byte order mark is taken off the first. NULL at the end. */
const char *import_line(struct import *im, size_t *ret_n);

/* Readers. They feed every row to import_take() until the end or import_over(). */
void import_json(struct import *im);
void import_csv(struct import *im, char separator);

/* One row: event, check, send. Bad ones are told and counted; they never end the run. */
void import_take(struct import *im, const struct import_row *row);

/* fault: says `file:line: field: reason`, for each fault of a row. refuse: counts the row and keeps
 * it for --rejects, once. */
void import_refuse(struct import *im, const char *raw);
void import_fault(struct import *im, long line, const char *field, const char *reason);
bool import_over(const struct import *im); /* too many errors, or the server is gone */

/* The event of a row; NULL when faults were found: all were told, the row is refused. */
siaga_event *import_event(struct import *im, const struct import_row *row);

/* Sends. The event and a copy of where it came from are taken over. */
void import_send(struct import *im, siaga_event *event, const struct import_row *row);
void import_finish(struct import *im); /* sends the rest and waits for all answers */
void import_progress(struct import *im, bool end);

/* With --spool (import_spool.c). begin: what waits already goes first. queue: keeps these, all or
 * none. queue_unsent: those of an answered message that must come again. */
void import_begin(struct import *im);
void import_queue(struct import *im, siaga_event *const events[], size_t n);
void import_queue_unsent(struct import *im, const siaga_batch *b, siaga_event *const sent[]);

/* --category-map FILE: word TAB category, with a heading line. 0 or an exit code. */
int import_categories(struct import *im, const char *path);
const char *import_category(const struct import *im, const char *word); /* NULL: not in the map */
void import_categories_free(struct import *im);

#endif
