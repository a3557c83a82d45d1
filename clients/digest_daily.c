/* The daily report: one day of the city, or of one SKPD. */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 12

static void say(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    const siaga_doc *city = siaga_doc_get(d->now, "city");
    char w[WORDS][DIGEST_WORD];
    page_text(p,
              "%s incidents came in (%s reports), %s were done. At the end of the day %s "
              "were open, %s of them overdue; the oldest came in on %s. Due tomorrow: "
              "%s.",
              digest_number(t, digest_figure(city, "in"), w[0]),
              digest_number(t, digest_figure(city, "reports"), w[1]),
              digest_number(t, digest_figure(city, "done"), w[2]),
              digest_number(t, digest_figure(city, "open"), w[3]),
              digest_number(t, digest_figure(city, "overdue"), w[4]), digest_oldest(t, city, w[5]),
              digest_number(t, digest_figure(city, "due_tomorrow"), w[6]));
    page_text(p,
              "Targets of the plan kept: %s (%s kept, %s missed). Not acknowledged in "
              "time: %s. Escalated: %s (to the head of SKPD %s, Assistant/Secretary %s, "
              "Mayor %s). Calls that were not real: %s, counted nowhere else.",
              digest_permille(t, digest_share(city), w[0]),
              digest_number(t, digest_figure(city, "kept"), w[1]),
              digest_number(t, digest_figure(city, "broken"), w[2]),
              digest_number(t, digest_figure(city, "late_ack"), w[3]),
              digest_number(t, digest_figure(city, "escalated"), w[4]),
              digest_number(t, digest_figure(city, "to_skpd_head"), w[5]),
              digest_number(t, digest_figure(city, "to_secretary"), w[6]),
              digest_number(t, digest_figure(city, "to_mayor"), w[7]),
              digest_number(t, digest_figure(city, "noise"), w[8]));
}

/* In, given, done, open, overdue, oldest, share, escalated, due tomorrow. */
static void counts_row(struct digest *d, struct page *p, const char *name, const siaga_doc *sum)
{
    static const char *const figures[] = {"in", "given", "forwarded", "done", "open", "overdue"};
    struct tool *t = d->t;
    char w[WORDS][DIGEST_WORD];
    const char *cells[10] = {name};
    for (size_t i = 0; i < 6; i++)
        cells[i + 1] = digest_number(t, digest_figure(sum, figures[i]), w[i]);
    cells[7] = digest_oldest(t, sum, w[6]);
    cells[8] = digest_permille(t, digest_share(sum), w[7]);
    cells[9] = digest_number(t, digest_figure(sum, "due_tomorrow"), w[8]);
    page_row(p, cells);
}

static void times_row(struct digest *d, struct page *p, const char *name, const siaga_doc *sum)
{
    static const char *const times[] = {"ack", "response", "resolve"};
    struct tool *t = d->t;
    char w[WORDS][DIGEST_WORD];
    const char *cells[8] = {name};
    for (size_t i = 0; i < 3; i++) {
        cells[2 * i + 1] = digest_time(t, digest_median_ms(sum, times[i], "p50_ms"), w[2 * i]);
        cells[2 * i + 2] = digest_time(t, digest_median_ms(sum, times[i], "p90_ms"), w[2 * i + 1]);
    }
    cells[7] = digest_number(t, digest_figure(sum, "escalated"), w[6]);
    page_row(p, cells);
}

typedef void row_fn(struct digest *, struct page *, const char *, const siaga_doc *);

static void all_rows(struct digest *d, struct page *p, row_fn *row)
{
    const siaga_doc *all = siaga_doc_get(d->now, "skpd");
    if (!*d->skpd)
        row(d, p, tool_text(d->t, "CITY"), siaga_doc_get(d->now, "city"));
    for (size_t i = 0; i < siaga_doc_size(all); i++) {
        const siaga_doc *sum = siaga_doc_at(all, i);
        row(d, p, digest_name(d, "skpd", siaga_text(sum, "skpd"), false), sum);
    }
}

static void kind_rows(struct digest *d, struct page *p)
{
    const siaga_doc *kinds = siaga_doc_get(d->now, "kinds");
    for (size_t i = 0; i < siaga_doc_size(kinds); i++) {
        const siaga_doc *kind = siaga_doc_at(kinds, i);
        times_row(d, p, tool_label(d->t, kind, "kind"), kind);
    }
}

static void case_row(struct digest *d, struct page *p, const siaga_doc *row)
{
    struct tool *t = d->t;
    char when[2][TOOL_TIME_BYTES], w[2][DIGEST_WORD];
    bool done = *siaga_text(row, "done_at");
    const char *const cells[] = {
        siaga_text(row, "ticket"),
        digest_name(d, "skpd", siaga_text(row, "skpd"), false),
        digest_name(d, "category", siaga_text(row, "category"), true),
        tool_time_long(t, siaga_time(row, "received_at"), when[0]),
        tool_time_long(t, siaga_time(row, done ? "done_at" : "due_at"), when[1]),
        done ? digest_time(t, siaga_int(row, "promised_s", 0) * 1000, w[0])
             : siaga_text(row, "target"),
        done ? digest_time(t, siaga_int(row, "took_s", 0) * 1000, w[1]) : "",
    };
    page_row(p, cells);
}

void digest_cases(struct digest *d, struct page *p, const char *list, const char *heading)
{
    struct tool *t = d->t;
    const siaga_doc *rows = siaga_doc_get(d->now, list);
    if (siaga_doc_size(rows) == 0)
        return;
    bool done = *siaga_text(siaga_doc_at(rows, 0), "done_at");
    page_head(p, heading);
    page_table(p, done ? tool_text(t, "Ticket|SKPD|Category|Received|Done|>Promised|>Taken")
                       : tool_text(t, "Ticket|SKPD|Category|Received|Due|Target|"));
    for (size_t i = 0; i < siaga_doc_size(rows); i++)
        case_row(d, p, siaga_doc_at(rows, i));
}

void digest_daily(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    say(d, p);
    page_head(p, tool_text(t, "By SKPD"));
    page_table(p, tool_text(t, "SKPD|>In|>Taken over|>Given away|>Done|>Open|>Overdue|Oldest|>On "
                               "time|>Tomorrow"));
    all_rows(d, p, counts_row);
    page_head(p, tool_text(t, "Times: acknowledged, on scene, done"));
    page_table(p, tool_text(t, "SKPD|>Acknowledged median|>p90|>On scene median|>p90|>Done "
                               "median|>p90|>Escalated"));
    kind_rows(d, p);
    all_rows(d, p, times_row);
    digest_cases(d, p, "late", tool_text(t, "Longest overdue"));
    digest_cases(d, p, "due", tool_text(t, "Due tomorrow"));
}
