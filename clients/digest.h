/* digest: leadership's papers from figures. siagad gives figures (verb DIGEST); here they become
 * sentences, tables and drawings, on a page that knows nothing of its form, and the page is written
 * as text, Markdown or HTML. CSV and JSON are the figures themselves. Inside digest*.c only.
 *
 * The same figures give the same bytes: no page says when it was made, and no text of a case is in
 * it, so what is erased later was never there.
 */
#ifndef SIAGA_CLIENTS_DIGEST_H
#define SIAGA_CLIENTS_DIGEST_H

#include "tool.h"

enum digest_form { DIGEST_TEXT, DIGEST_MD, DIGEST_HTML, DIGEST_CSV, DIGEST_JSON, DIGEST_FORMS };

/* Days since 1970 in WIB, both inside. */
struct digest_span {
    int64_t from, until;
};

/* One run of the verb. */
struct digest {
    struct tool *t;
    bool monthly;
    enum digest_form form;
    struct digest_span span, before, year; /* monthly: the month before, and a year before */
    char skpd[SIAGA_SOURCE_BYTES];         /* "": the city */
    const char *figure;                    /* --explain */
    const char *into;                      /* folder to write to; NULL: stdout */
    siaga_doc *now, *then, *last_year;     /* answers for the three spans */
};

/* ---- asking (digest_ask.c); 0 or an exit code ---- */
int digest_ask(struct digest *d);
int digest_explain(struct digest *d); /* prints the cases behind d->figure */
void digest_explain_help(struct tool *t);

/* ---- figures and words (digest_words.c); all text into `out`, which is returned ---- */
#define DIGEST_WORD 160
int64_t digest_figure(const siaga_doc *sum, const char *name);
const siaga_doc *digest_of(const siaga_doc *answer, const char *skpd); /* its sum; NULL: none */
int64_t digest_median_ms(const siaga_doc *sum, const char *time, const char *which); /* -1: none */
const char *digest_number(const struct tool *t, int64_t n, char out[DIGEST_WORD]);
const char *digest_time(const struct tool *t, int64_t ms, char out[DIGEST_WORD]); /* -1: a dash */
const char *digest_said(const struct tool *t, int64_t ms, char out[DIGEST_WORD]); /* read out */
int64_t digest_share(const siaga_doc *sum); /* targets kept, in 1/1000; -1: none was due */
const char *digest_permille(const struct tool *t, int64_t permille, char out[DIGEST_WORD]);
const char *digest_change(const struct tool *t, int64_t now, int64_t before, char out[DIGEST_WORD]);
const char *digest_day(const struct tool *t, int64_t day, bool weekday, char out[DIGEST_WORD]);
const char *digest_month(const struct tool *t, int64_t day, char out[DIGEST_WORD]);
const char *digest_weekday(const struct tool *t, unsigned monday0);
const char *digest_oldest(const struct tool *t, const siaga_doc *sum, char out[DIGEST_WORD]);
/* As the city calls it: its short name, the name of a category, of the city. */
const char *digest_name(const struct digest *d, const char *what, const char *id, bool whole);
int64_t digest_month_begins(int64_t day, int months); /* of the month so many before or behind */
void digest_iso(int64_t day, char out[DIGEST_WORD]);

/* ---- the page (digest_page.c) ---- */
struct page;
struct page *page_new(const char *title, bool english);
void page_free(struct page *p);
void page_head(struct page *p, const char *text);
void page_text(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Headings joined by '|'; one that begins with '>' is of numbers. Rows follow. */
void page_table(struct page *p, const char *headings);
void page_row(struct page *p, const char *const cells[]);
bool page_rows(const struct page *p); /* the table at hand has any */
/* Bars under names, of one or two values each; in HTML alone: the tables have the numbers. */
void page_bars(struct page *p, const char *caption, const char *one, const char *other);
void page_bar(struct page *p, const char *name, int64_t value, int64_t second);
/* Seven days of 24 hours, Monday first. */
void page_grid(struct page *p, const char *caption, const int64_t *hours);
void page_print(const struct page *p, enum digest_form form, FILE *out);

/* Inside the files of the page. */
enum block_kind { BLOCK_HEAD, BLOCK_TEXT, BLOCK_TABLE, BLOCK_BARS, BLOCK_GRID };
struct bar {
    char *name;
    int64_t value, second;
};
struct block {
    enum block_kind kind;
    char *text, *one, *other; /* of bars: what their values are */
    size_t columns, cells_n, bars_n;
    char **cells; /* row by row, the headings first */
    bool *right;
    struct bar *bars;
    int64_t *hours;
};
struct page {
    char *title;
    bool english;
    size_t blocks_n;
    struct block *blocks;
};
void page_html(const struct page *p, FILE *out);
void page_svg(const struct page *p, const struct block *b, FILE *out);
void page_escape(const char *text, FILE *out); /* for HTML */

/* ---- what is said ---- */
void digest_daily(struct digest *d, struct page *p);
void digest_monthly(struct digest *d, struct page *p);
void digest_month_words(struct digest *d, struct page *p);  /* the page of prose */
void digest_month_tables(struct digest *d, struct page *p); /* and what is behind it */
void digest_month_teams(struct digest *d, struct page *p);
void digest_cases(struct digest *d, struct page *p, const char *list, const char *heading);
void digest_csv(struct digest *d, FILE *out);
void digest_json(struct digest *d, FILE *out);

#endif
