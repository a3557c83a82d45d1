/* tool: what every verb of `siaga` shares: options, output forms, time, tables, messages, exit
 * codes.
 *
 * A verb file holds one `const struct verb`, one table of options and a run function in four steps:
 * tool_parse(), tool_session(), ask, print. It includes siaga.h and this file, never proto/ or
 * ZeroMQ. stdout carries data only; everything else goes to stderr through here.
 */
#ifndef SIAGA_CLIENTS_TOOL_H
#define SIAGA_CLIENTS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "lang.h"
#include "siaga.h"

struct tool;

/* One verb. siaga.c lists them; `siaga NAME` and a link named siaga-NAME run it. */
struct verb {
    const char *name;
    const char *summary; /* one sentence, also the head of its help */
    /* argv[0] is the verb; returns an exit code of the list below. */
    int (*run)(struct tool *t, int argc, char **argv);
};

/* 0 done; TOOL_SOME nothing matched or some lines were refused; else sysexits: 64 usage, 65 bad
 * data, 66 no input, 69 not reachable, 70 bug, 73 cannot create, 74 I/O, 75 busy or timed out, 76
 * version, 77 not allowed, 78 configuration; 128+n signal n. */
enum { TOOL_SOME = 1 };

struct tool_usage;
struct tool_config;

enum tool_output {
    TOOL_TABLE, /* for people; every other form goes through tool_emit() */
    TOOL_PLAIN,
    TOOL_JSONL,
    TOOL_JSON,
    TOOL_MSGPACK,
    TOOL_CLOUDEVENTS,
    TOOL_COLUMNS /* a table of the --fields; what -o table becomes with them */
};
enum { TOOL_FIELDS_MAX = 32 };

/* Whether an event that cannot be sent now is kept on this machine's disk. */
enum tool_spool { TOOL_SPOOL_AUTO, TOOL_SPOOL_ALWAYS, TOOL_SPOOL_NEVER }; /* auto: field staff */

/* How times are read and shown. */
struct tool_zone {
    char name[64]; /* WIB WITA WIT UTC, +HH:MM, or an IANA name */
    int offset_s;  /* valid unless iana */
    bool iana;     /* TZ of the process is set to it; the offset depends on the moment */
};

/* What is set for every verb. The first TOOL_FILE_SETTINGS may stand in client.yaml. */
enum tool_setting {
    TOOL_SERVER,
    TOOL_CERT,
    TOOL_SOURCE,
    TOOL_SPOOL,
    TOOL_LANG,
    TOOL_FILE_SETTINGS,
    TOOL_CONTEXT = TOOL_FILE_SETTINGS, /* a name for some of those above */
    TOOL_OUTPUT,
    TOOL_COLOR,
    TOOL_TZ,
    TOOL_SETTINGS
};

/* A setting, and who said so. text NULL: nobody. */
struct tool_value {
    const char *text;
    const char *from;    /* "--server", "SIAGA_SERVER", the path of a file; NULL: unless said */
    int line;            /* of the file */
    const char *context; /* it stands in this context of the file; NULL: in none */
};

/* The state of one run. Verbs read it, and may set patience_ms before tool_session();
 * the rest is written by tool*.c and siaga.c. */
struct tool {
    char *program; /* argv[0] */
    const struct verb *verb;
    bool english;            /* --lang, SIAGA_LANG, client.yaml */
    enum tool_output output; /* -o; TABLE unless asked */
    bool output_given;       /* -o was given: a verb may choose another default for a pipe */
    const char *fields[TOOL_FIELDS_MAX + 1];   /* --fields; [0] NULL: all */
    const char *columns[TOOL_FIELDS_MAX + 1];  /* the same, or those of the verb for -o plain */
    char *fields_text;                         /* what these point into */
    bool no_pager;                             /* --no-pager */
    char city[64];                             /* -o cloudevents: as siagad calls it */
    struct tool_table *table;                  /* TOOL_COLUMNS: while it is made */
    struct tool_zone zone;                     /* --tz, SIAGA_TZ; default WIB */
    struct tool_value settings[TOOL_SETTINGS]; /* as they count, and where each comes from */
    const struct tool_config *config;          /* what client.yaml says, all of it */
    int timeout_ms;                            /* --timeout; default 15,000 */
    bool timeout_given;              /* then also how long to wait for a connection; else 3,000 */
    int patience_ms;                 /* waits asked for are honoured so long; 0: the timeout */
    const char *server;              /* --server, SIAGA_SERVER, client.yaml; never NULL */
    const char *cert;                /* --cert, SIAGA_CERT, client.yaml; NULL: none */
    bool server_given, cert_given;   /* by an option */
    enum tool_spool spool;           /* --spool, --no-spool, SIAGA_SPOOL, client.yaml */
    char source[SIAGA_SOURCE_BYTES]; /* --source, SIAGA_SOURCE, client.yaml; "": as the key or the
                                        user is called */
    siaga_session *session;          /* made by tool_session() */
    siaga_map *request;              /* made by tool_request(); filter options go there */
    unsigned long emitted;           /* documents printed by tool_emit() */
    const struct verb *const *verbs; /* all of them, NULL-terminated */
    /* Set by who wants to know what a verb takes: tool_parse() calls it instead of parsing and
     * returns TOOL_SHOWN, so that the verb ends. What `usage` points to is gone afterwards. */
    void (*inspect)(struct tool *t, const struct tool_usage *usage);
    void *inspector; /* whatever it needs */
};

/* ---- options ---- */

/* One option. {0} ends the table; an entry with name NULL and key 0 but texts is the heading of the
 * group that follows. */
struct tool_option {
    const char *name; /* long name */
    int key;          /* a letter: also the short option; from 1000 on: long only; others: ours */
    const char *arg;  /* name of its argument, N_("TIME"); NULL: takes none */
    const char *help;
};

#define TOOL_ARG 0x1000001 /* key of a positional argument */
#define TOOL_NOT_MINE (-1)
#define TOOL_SHOWN (-2)

struct tool_usage {
    const char *args;                  /* "[PILIHAN] JUDUL" */
    const char *examples[4];           /* two real command lines, NULL-terminated */
    const struct tool_option *options; /* may be NULL */
    /* Adds --kind --skpd --severity --state --kecamatan; they land in tool_request(), and so do
     * words like skpd=dbmsda, when the verb has no arguments of its own (args_max 0). */
    bool filters;
    /* What the documents of the verb have, for --fields: those that -o plain prints, in this order
     * ("": -o plain prints a figure a line), and further ones; rows: what rows of SPEC 6.1 have.
     * NULL: the verb has no documents. */
    const char *fields, *known;
    bool rows;
    bool events; /* its rows have happened: -o cloudevents */
    bool live;   /* its rows come as they come: no table can wait for the last */
    bool paged;  /* what it prints for people may be long */
    /* Takes one option or (TOOL_ARG) one positional argument: 0 taken; TOOL_NOT_MINE; or an exit
     * code after tool_complain(). NULL: takes none. */
    int (*option)(struct tool *t, void *state, int key, const char *arg);
    int args_min, args_max; /* positional arguments; args_max -1: any number */
    const char *exits;      /* further lines of the exit code part; may be NULL */
};

/* Parses the verb's options and the global ones (--context --server --cert --source
 * -o/--output --fields --lang --tz --timeout -h/--help --version), in any order; "--" ends them.
 * Long names must be written in full;
 * an unknown one gets a suggestion. 0, or the exit code to return: the message has been printed.
 * --help and --version print and end the process with 0. */
int tool_parse(struct tool *t, const struct tool_usage *usage, int argc, char **argv, void *state);

/* whole text, decimal */
bool tool_number(const char *text, int64_t least, int64_t most, int64_t *ret_value);
/* "-6.2384", also "-6,2384" as a spreadsheet writes it; at most `limit` either way */
bool tool_degree(const char *text, double limit, double *ret_degree);
bool tool_point(const char *text, double *ret_lat, double *ret_lon); /* "-6.2384,106.9756" */

/* Checks that `word` is in the group (siaga_label()'s groups), else complains with the nearest
 * words. 0 or 64. `option` is named in the message: "--severity", N_("ROLE"). */
int tool_word(struct tool *t, const char *option, const char *group, const char *word);

/* The wire word of a group from the word itself or its label in either language, whatever the case:
 * "Kritis" -> "extreme". NULL: none. */
const char *tool_find_word(const char *group, const char *text);

/* The nearest of `words` (NULL-terminated) by edit distance, for "did you mean"; NULL when none is
 * near. */
const char *tool_nearest(const char *word, const char *const words[]);
/* The one of `words` that `arg` is; NULL after a complaint with the nearest, or all of them. */
const char *tool_one_of(struct tool *t, const char *arg, const char *const words[]);

/* A place or office as people write it, folded to an id: small ASCII letters and digits, runs of
 * anything else to one dash: "Bekasi Timur" -> "bekasi-timur". */
void tool_fold(const char *text, char *out, size_t size);

/* ---- talking ---- */

/* The session, made at the first call with the options given. NULL: the message has been printed,
 * *ret_code is the exit code. */
siaga_session *tool_session(struct tool *t, int *ret_code);

/* The request under construction, empty but for the filter options given. Belongs to the tool. */
siaga_map *tool_request(struct tool *t);

/* Asks and complains: tool_session() + siaga_request(). 0 and *ret_answer (yours), or the exit code
 * after printing the message. `request` NULL: none. */
int tool_ask(struct tool *t, const char *verb, const siaga_map *request, siaga_doc **ret_answer);

/* Sets `where` of tool_request() from an expression, or says what is wrong and what was meant. 0 or
 * 64. */
int tool_where(struct tool *t, const char *expression);

/* Behind a refusal: which name of the city was meant by what was typed for a field ("": by what
 * tool_request() has there), for each fault of the refusal. Says nothing when none is near. */
void tool_suggest(struct tool *t, const char *field, const char *typed);
void tool_suggest_all(struct tool *t, const siaga_doc *refusal);

/* ---- messages ---- */

/* Texts are written in English and said in the language of the user: po/id.po has the Indonesian
 * ones (lang.h). Every text of this file is such a msgid, to be marked with N_() in a table. */
const char *tool_text(const struct tool *t, const char *text) __attribute__((format_arg(2)));
const char *tool_language(const struct tool *t); /* "id", "en" */
/* What an error of libsiaga says, which has both. */
const char *tool_reason(const struct tool *t, const siaga_error *err);

/* `siaga: what failed, where, what to do` from an error of libsiaga, on stderr. Returns its exit
 * code. */
int tool_fail(struct tool *t, const siaga_error *err);

/* The same for the body of a refusal: all its faults, one line each, allowed moves, nearest words.
 * Returns the exit code of its verdict. */
int tool_refused(struct tool *t, const siaga_doc *refusal);

/* One line of our own on stderr, `siaga: ...`; returns `code`. */
int tool_complain(struct tool *t, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A remark on stderr that is no failure (without the prefix); same formats. */
void tool_note(struct tool *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- output ---- */

/* At most so many bytes of a text, whole characters; out has room for most + 1. */
void tool_cut(const char *text, char *out, size_t most);

/* A document in the form that was asked for, which is not TOOL_TABLE: with plain and jsonl a line,
 * with json an item of one array, closed by tool_emit_end() ("[]" when there were none), which
 * every verb calls behind the last. tool_emit_one() is for answers that are one document, all by
 * itself; tool_emit_map() for documents made here: it frees the map. */
void tool_emit(struct tool *t, const siaga_doc *d);
void tool_emit_end(struct tool *t);
void tool_emit_one(struct tool *t, const siaga_doc *d);
void tool_emit_map(struct tool *t, siaga_map *made, bool one);
void tool_columns(struct tool *t, const char *fields); /* others than usage.fields, for -o plain */
void tool_set_map(siaga_map *m, const char *name, const siaga_map *value); /* a map in a map */

/* Text from elsewhere made safe for a terminal: control characters, bidi overrides and bad UTF-8
 * become visible escapes (\n, \x1b, \u202e). Always NUL-terminated, cut at a character when it does
 * not fit. Returns out. */
const char *tool_clean(const char *text, char *out, size_t size);
void tool_print(FILE *out, const char *text); /* the same, straight to a stream */

/* As --color says; auto: a terminal, NO_COLOR empty, TERM not dumb. */
bool tool_colour(FILE *out);
bool tool_colour_set(const char *word); /* auto always never; false: no such word */
/* Start of the colour of a severity word ("extreme": bold red ...), and its end; "" when not
 * tool_colour(). Never colour alone: print the word too. */
const char *tool_severity_colour(FILE *out, const char *severity);
const char *tool_plain(FILE *out);

/* A table: on a terminal cut to its width, in a pipe in full. Cells are copied and cleaned. */
enum {
    TOOL_RIGHT = 1,
    TOOL_CUT = 2,  /* this column gives way when the terminal is narrow */
    TOOL_WRAP = 4, /* this one goes on in a further line */
    TOOL_NAME = 8, /* the heading is a name of the wire, the same in every language */
};
struct tool_column {
    const char *heading;
    int flags;
};
struct tool_table;
struct tool_table *tool_table_new(struct tool *t, const struct tool_column columns[], size_t n);
/* One row of n cells; NULL is empty. `severity` colours it; NULL: plain. */
void tool_table_row(struct tool_table *table, const char *const cells[], const char *severity);
size_t tool_table_rows(const struct tool_table *table);
void tool_table_print(struct tool_table *table); /* to stdout; headings also when empty */
void tool_table_free(struct tool_table *table);

/* The rows of an answer, whatever the form: as documents, or through put() into a table. */
void tool_rows(struct tool *t, const struct tool_column columns[], size_t n, const siaga_doc *rows,
               void (*put)(struct tool *t, struct tool_table *table, const siaga_doc *row));

/* Labels of words of a row in the user's language: tool_label(t, row, "state") is "dikerjakan". ""
 * if the row has none. */
const char *tool_label(const struct tool *t, const siaga_doc *row, const char *field);

bool tool_screen(FILE *out);          /* a terminal, or a pager on one */
int tool_screen_width(int otherwise); /* columns of what stdout goes to */

/* How far a long transfer has come, on stderr, when that is a terminal: due says when to show it.
 */
struct tool_progress {
    int64_t begun_at, shown_at; /* us */
};
struct tool_progress tool_progress_begin(void);
bool tool_progress_due(struct tool_progress *p);
double tool_progress_rate(const struct tool_progress *p, double done); /* a second */
void tool_progress_show(struct tool *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void tool_progress_end(struct tool_progress *p); /* the line goes */

/* ---- time ---- */

#define TOOL_TIME_BYTES 96

/* "WIB", "WITA", "WIT", "UTC", "+HH:MM", "-HH:MM" or an IANA name known to the system. false:
 * unknown, *ret_zone untouched. */
bool tool_zone_set(const char *name, struct tool_zone *ret_zone);

/* Reads a time as people write it. RFC 3339; `2026-11-24 07:00[:30]`, `2026-11-24`, `07:00[:30]`
 * (today; also 07.00) in the zone, the day also as 24/11/2026; now sekarang; today hari-ini;
 * yesterday kemarin (their midnight); -2h 15m 3d 1d3h1m5s (so long before now, with or without the
 * minus), w = 7 days. */
bool tool_time_parse(const struct tool_zone *zone, const char *text, int64_t now_us,
                     int64_t *ret_us);

/* As --since, --until, --occurred take it: parse, or complain with examples. 0 or 64. The result is
 * RFC 3339 with the zone's offset, for the wire. */
int tool_time_option(struct tool *t, const char *option, const char *text,
                     char ret_rfc3339[SIAGA_TIME_BYTES]);

/* The same for what lies ahead, as --by takes it: a bare span (2h, 3d) counts from now on. */
int tool_time_ahead(struct tool *t, const char *option, const char *text,
                    char ret_rfc3339[SIAGA_TIME_BYTES]);

/* For people: `10.31 WIB` when it is today in the zone, else `2026-11-25 10.31 WIB`; English with
 * 10:31. "" for 0. Returns out. */
const char *tool_time_short(const struct tool *t, int64_t us, char out[TOOL_TIME_BYTES]);
/* Always with date and seconds: `2026-11-25 10.31.07 WIB`. Returns out. */
const char *tool_time_long(const struct tool *t, int64_t us, char out[TOOL_TIME_BYTES]);
/* A span: `45 dtk`, `14 mnt`, `3 j 05 mnt`, `2 h 4 j`; English s, min, h, d. Returns out. */
const char *tool_span(const struct tool *t, int64_t us, char out[TOOL_TIME_BYTES]);
/* seconds east of UTC at that moment */
int tool_zone_offset(const struct tool_zone *zone, int64_t us);

/* ---- cases (tool_case.c, tool_entry.c): what the verbs about cases have in common ---- */

/* Puts what people type for a case, its ticket or the number of one of its entries, into the
 * request. 0, or 64 after tool_complain(). */
int tool_case(struct tool *t, siaga_map *request, const char *text);

/* Puts a word of a group into a field of the request, from the word itself or its label in either
 * language; else complains like tool_word(). 0 or 64. */
int tool_set_word(struct tool *t, const char *field, const char *option, const char *group,
                  const char *arg);

/* Options every change of a case has: rows for a table of options, and who takes them. Returns
 * TOOL_NOT_MINE for another key. */
enum {
    TOOL_CHANGE_IF_VERSION = 900,
    TOOL_CHANGE_KEY,
    TOOL_CHANGE_TASK,
    TOOL_CHANGE_NOTE = 'm',
};
#define TOOL_CHANGE_COMMON_OPTIONS                                                              \
    {"if-version", TOOL_CHANGE_IF_VERSION, "N", N_("only if each case is still at version N")}, \
    {                                                                                           \
        "note", TOOL_CHANGE_NOTE, N_("TEXT"), N_("a note of up to 1,000 bytes")                 \
    }
/* What the answer to a change has, and a receipt; what was queued has other fields beside. */
#define TOOL_CHANGE_FIELDS "ticket,state,version,owner"
#define TOOL_CHANGE_KNOWN "seq duplicate task task_state by_rule attempt lease_until dead"
#define TOOL_RECEIPT_FIELDS "ticket,state,owner,received_at,ack_due,resolve_due"
#define TOOL_RECEIPT_KNOWN                                                                     \
    "seq helpers clock ack_target resolve_target target_date flags duplicate number key kind " \
    "title sent_at code verdict reason_id reason_en"
#define TOOL_CHANGE_OPTIONS                                                                     \
    TOOL_CHANGE_COMMON_OPTIONS,                                                                 \
    {                                                                                           \
        "key", TOOL_CHANGE_KEY, N_("KEY"), N_("idempotency key, so that a repeat does no harm") \
    }
#define TOOL_CHANGE_TASK_OPTION                                                                 \
    {                                                                                           \
        "task", TOOL_CHANGE_TASK, "SKPD", N_("the part of this SKPD; the owner's unless given") \
    }
int tool_change_option(struct tool *t, int key, const char *arg);

/* One change of one case. */
struct tool_change {
    const char *verb; /* "move", "reclass", "work" */
    const siaga_map *request;
    const char *target; /* the SKPD asked for as new owner; NULL: none */
    bool many;          /* one of several: JSON goes out with tool_emit() */
};

/* Asks for it, with a key of its own unless the request has one, and prints what the case is now:
 * one line. When it was not as expected: what it is, who changed it and when, and what may be done,
 * on stderr. Returns the exit code. */
int tool_change(struct tool *t, const struct tool_change *change);

/* What an E_STALE or E_STATE says was done last: "mulai dikerjakan, bagian dinkes (sebelumnya:
 * diakui)"; the event itself has no act. Not yet made safe. Returns out. */
const char *tool_changed(const struct tool *t, const siaga_doc *refusal, char *out, size_t size);

/* Parts of sentences, straight to a stream; everything from elsewhere is made safe. A list is
 * joined by commas, or with a `group` by semicolons as the labels of its words; a place is said
 * from small to large, after `before`, if there is one; a doing is what an entry that is no event
 * tells: "ditugaskan -> diakui, oleh desk-1 (penangan SKPD); catatan: ...". */
void tool_print_list(const struct tool *t, FILE *out, const siaga_doc *list, const char *group);
void tool_print_place(FILE *out, const char *before, const siaga_doc *row);
void tool_print_doing(const struct tool *t, FILE *out, const siaga_doc *row);
/* One entry of a feed in one line. */
void tool_print_entry(const struct tool *t, FILE *out, const siaga_doc *row);

/* "[latihan] " when a row is no matter of fact, else "". Returns out. */
const char *tool_drill(const struct tool *t, const siaga_doc *row, char out[32]);

/* ---- a file that is whole or not there (tool_file.c) ---- */

/* Written beside its place, as NAME.part, 0600; it takes its name when all of it is on the disk. */
struct tool_file {
    const char *name;
    char *part;
    FILE *out;
};
/* 0, or 73 after tool_complain(): it is there already, somebody writes it, it cannot be made. */
int tool_file_open(struct tool *t, struct tool_file *f, const char *name);
/* With code 0 it takes its name; else what was written goes. The exit code; 74: the disk failed. */
int tool_file_close(struct tool *t, struct tool_file *f, int code);
/* The folder of a file that took its name goes to the disk too, so that the name is there after a
 * power cut. false with errno. */
bool tool_file_settle(const char *name);
/* A whole new text in place of whatever is there, or the old one as it was. false with errno. */
bool tool_file_replace(const char *name, const char *text, size_t n, unsigned mode);

/* The siagad that belongs to this program, as it can be typed: beside it, on the PATH, or where it
 * is installed; "siagad" when there is none (tool_program.c). Returns out. */
const char *tool_siagad(const struct tool *t, char *out, size_t size);

/* ---- following (tool_follow.c) ---- */

/* The cursor file of a watch: one line naming its form, one with the number to go on from. Reading
 * gives 0 when there is no file yet. Writing leaves the old file or the new one, whole, whatever
 * happens. 0, or an exit code after tool_complain(). */
int tool_cursor_read(struct tool *t, const char *path, int64_t *ret_next);
int tool_cursor_write(struct tool *t, const char *path, uint64_t next);

/* Runs a command through /bin/sh with a row as one line of JSON on stdin and waits for its end,
 * signals or not. Returns its exit code, 128+n for signal n, 71 when it could not be started. */
int tool_execute(const char *command, const siaga_doc *row);

/* A row as a file on its way to the stdin of a command, at its beginning: one that does not read it
 * hinders nobody. Yours to close; -1 on failure. */
int tool_row_file(const siaga_doc *row);

/* Starts a program that is found as the shell finds it, in the language of this run. What it says
 * on stderr goes to `errors`, and it leads a group of its own that can be ended whole; with -1 both
 * stay ours. 0, or errno. */
int tool_spawn(char *const argv[], int in, int errors, pid_t *ret_pid);

/* ---- made-up events (tool_sample.c) ---- */

/* Sensible events of one kind for Bekasi, of about so many bytes on the wire, made at once and
 * given again and again, each time under a new, later key; with mode "test" and the tag "bench". */
struct tool_samples;
struct tool_samples *tool_samples_new(const char *kind, size_t bytes);
siaga_event *tool_samples_next(struct tool_samples *s); /* good until it comes round again */
void tool_samples_free(struct tool_samples *s);

/* ---- counting answers (tool_tally.c) ---- */

/* What became of many events, and how long each that was stored took: every latency is kept, the
 * percentiles are exact. Of one thread at a time. */
struct tool_tally;
struct tool_tally *tool_tally_new(void);
void tool_tally_free(struct tool_tally *tally);
/* `sort` (static text, at most 4 different ones) says which latencies this one belongs to; err is
 * looked at when the result has no doc. */
void tool_tally_add(struct tool_tally *tally, const char *sort, const siaga_result *result,
                    const siaga_error *err, int64_t took_us);
uint64_t tool_tally_stored(const struct tool_tally *tally);
uint64_t tool_tally_failed(const struct tool_tally *tally); /* refused or unknown */
/* Two or more lines for people; pairs of a document. Both sort first. */
void tool_tally_print(const struct tool *t, struct tool_tally *tally);
void tool_tally_map(siaga_map *m, struct tool_tally *tally);

#endif
