/* The tables and drawings of the monthly briefing. */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 12
#define BARS_MOST 12u
#define NAMES_MOST 15u

static const siaga_doc *skpd_at(const struct digest *d, size_t i)
{
    return siaga_doc_at(siaga_doc_get(d->now, "skpd"), i);
}

static size_t skpd_n(const struct digest *d)
{
    return siaga_doc_size(siaga_doc_get(d->now, "skpd"));
}

static const char *name_of(const struct digest *d, const siaga_doc *sum)
{
    return digest_name(d, "skpd", siaga_text(sum, "skpd"), false);
}

/* ---- target against result ---- */

static void target_row(struct digest *d, struct page *p, const char *name, const siaga_doc *sum,
                       const siaga_doc *then, const siaga_doc *year)
{
    struct tool *t = d->t;
    char w[WORDS][DIGEST_WORD];
    int64_t kept = digest_figure(sum, "kept"), came = digest_figure(sum, "in");
    if (sum != siaga_doc_get(d->now, "city")) /* in the city what one gives another gets */
        came += digest_figure(sum, "given");
    const char *const cells[] = {
        name,
        digest_number(t, came, w[0]),
        digest_number(t, digest_figure(sum, "done"), w[1]),
        digest_number(t, kept + digest_figure(sum, "broken"), w[2]),
        digest_number(t, kept, w[3]),
        digest_permille(t, digest_share(sum), w[4]),
        digest_permille(t, digest_share(then), w[5]),
        digest_permille(t, digest_share(year), w[6]),
        digest_time(t, digest_median_ms(sum, "resolve", "p50_ms"), w[7]),
        digest_number(t, digest_figure(sum, "open"), w[8]),
        digest_number(t, digest_figure(sum, "overdue"), w[9]),
    };
    page_row(p, cells);
}

static void put_targets(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    page_head(p, tool_text(t, "Target and result by SKPD"));
    page_table(p, tool_text(t, "SKPD|>Came|>Done|>Judged|>Kept|>On time|>Month before|>Year "
                               "before|>Done median|>Open|>Overdue"));
    target_row(d, p, tool_text(t, "CITY"), siaga_doc_get(d->now, "city"),
               siaga_doc_get(d->then, "city"), siaga_doc_get(d->last_year, "city"));
    for (size_t i = 0; i < skpd_n(d); i++) {
        const char *id = siaga_text(skpd_at(d, i), "skpd");
        target_row(d, p, name_of(d, skpd_at(d, i)), skpd_at(d, i), digest_of(d->then, id),
                   digest_of(d->last_year, id));
    }
}

/* The busiest, in the order of the answer. */
static void put_bars(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    page_bars(p, tool_text(t, "Came and done, by SKPD"), tool_text(t, "came"),
              tool_text(t, "done"));
    for (size_t i = 0; i < skpd_n(d); i++) {
        const siaga_doc *sum = skpd_at(d, i);
        int64_t came = digest_figure(sum, "in") + digest_figure(sum, "given");
        size_t busier = 0;
        for (size_t k = 0; k < skpd_n(d); k++) {
            int64_t other =
                digest_figure(skpd_at(d, k), "in") + digest_figure(skpd_at(d, k), "given");
            busier += other > came || (other == came && k < i);
        }
        if (busier < BARS_MOST && came > 0)
            page_bar(p, name_of(d, sum), came, digest_figure(sum, "done"));
    }
}

/* ---- the trend ---- */

static void put_trend(struct digest *d, struct page *p)
{
    static const char *const figures[] = {"in",        "reports",   "done",       "reopened",
                                          "dropped",   "kept",      "broken",     "late_ack",
                                          "escalated", "forwarded", "rated_done", "rated_not_done",
                                          "open",      "overdue",   "noise"};
    struct tool *t = d->t;
    const siaga_doc *all[] = {siaga_doc_get(d->now, "city"), siaga_doc_get(d->then, "city"),
                              siaga_doc_get(d->last_year, "city")};
    char w[WORDS][DIGEST_WORD], head[4 * DIGEST_WORD];
    page_head(p, tool_text(t, "Trend"));
    snprintf(head, sizeof(head), "%s|>%s|>%s|%s|>%s|%s", tool_text(t, "Figure"),
             digest_month(t, d->span.from, w[0]), digest_month(t, d->before.from, w[1]),
             tool_text(t, "Change"), digest_month(t, d->year.from, w[2]), tool_text(t, "Change"));
    page_table(p, head);
    for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
        int64_t n[3];
        for (size_t k = 0; k < 3; k++)
            n[k] = digest_figure(all[k], figures[i]);
        const char *const cells[] = {siaga_label("figure", figures[i], t->english),
                                     digest_number(t, n[0], w[0]),
                                     digest_number(t, n[1], w[1]),
                                     digest_change(t, n[0], n[1], w[2]),
                                     digest_number(t, n[2], w[3]),
                                     digest_change(t, n[0], n[2], w[4])};
        page_row(p, cells);
    }
    page_bars(p, tool_text(t, "Incidents received and done"), tool_text(t, "in"),
              tool_text(t, "done"));
    const int64_t days[] = {d->year.from, d->before.from, d->span.from};
    for (size_t k = 0; k < 3; k++)
        page_bar(p, digest_month(t, days[k], w[0]), digest_figure(all[2 - k], "in"),
                 digest_figure(all[2 - k], "done"));
}

/* ---- who held it how long, and what the public said ---- */

static int64_t mean_ms(const siaga_doc *sum)
{
    int64_t n = digest_figure(sum, "held");
    return n > 0 ? digest_figure(sum, "held_s") * 1000 / n : -1;
}

static void put_holding(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    page_head(p, tool_text(t, "Forwards and holding time"));
    page_table(p, tool_text(t, "SKPD|>Given away|>Taken over|>Held median|>p90|>Mean|>Waited"));
    for (size_t i = 0; i < skpd_n(d); i++) {
        const siaga_doc *sum = skpd_at(d, i);
        char w[WORDS][DIGEST_WORD];
        const char *const cells[] = {
            name_of(d, sum),
            digest_number(t, digest_figure(sum, "forwarded"), w[0]),
            digest_number(t, digest_figure(sum, "given"), w[1]),
            digest_time(t, digest_median_ms(sum, "hold", "p50_ms"), w[2]),
            digest_time(t, digest_median_ms(sum, "hold", "p90_ms"), w[3]),
            digest_time(t, mean_ms(sum), w[4]),
            digest_time(t, digest_figure(sum, "waited_s") * 1000, w[5]),
        };
        if (digest_figure(sum, "held") + digest_figure(sum, "given") > 0)
            page_row(p, cells);
    }
}

static void put_public(struct digest *d, struct page *p)
{
    static const char *const figures[] = {"rated_done", "rated_not_done", "stars_5", "stars_4",
                                          "stars_3",    "stars_2",        "stars_1", "reopened"};
    struct tool *t = d->t;
    page_head(p, tool_text(t, "The public's answers by SKPD"));
    page_table(p, tool_text(t, "SKPD|>Done|>Not done|>5 stars|>4|>3|>2|>1|>Reopened"));
    for (size_t i = 0; i < skpd_n(d); i++) {
        char w[WORDS][DIGEST_WORD];
        const char *cells[9] = {name_of(d, skpd_at(d, i))};
        int64_t any = 0;
        for (size_t k = 0; k < 8; k++) {
            int64_t n = digest_figure(skpd_at(d, i), figures[k]);
            cells[k + 1] = digest_number(t, n, w[k]);
            any += n;
        }
        if (any > 0)
            page_row(p, cells);
    }
}

static void put_instructions(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    const siaga_doc *rows = siaga_doc_get(d->now, "instructions");
    if (siaga_doc_size(rows) == 0)
        return;
    page_head(p, tool_text(t, "Instructions and their answers"));
    page_table(p, tool_text(t, "Ticket|SKPD|Given|Deadline|Answer|Answered|Past it"));
    for (size_t i = 0; i < siaga_doc_size(rows); i++) {
        const siaga_doc *row = siaga_doc_at(rows, i);
        char when[3][TOOL_TIME_BYTES];
        const char *const cells[] = {
            siaga_text(row, "ticket"),
            digest_name(d, "skpd", siaga_text(row, "skpd"), false),
            tool_time_long(t, siaga_time(row, "received_at"), when[0]),
            tool_time_long(t, siaga_time(row, "due_at"), when[1]),
            *siaga_text(row, "done_at") ? tool_label(t, row, "outcome")
                                        : tool_text(t, "not yet answered"),
            tool_time_long(t, siaga_time(row, "done_at"), when[2]),
            siaga_bool(row, "missed", false) ? tool_text(t, "yes") : tool_text(t, "no"),
        };
        page_row(p, cells);
    }
}

/* ---- what and where ---- */

static void put_names(struct digest *d, struct page *p, const char *list, const char *what,
                      const char *head)
{
    static const char *const figures[] = {"in", "reports", "done", "broken"};
    struct tool *t = d->t;
    const siaga_doc *all = siaga_doc_get(d->now, list);
    page_head(p, head);
    page_table(p, tool_text(t, "Name|>Incidents|>Reports|>Done|>Targets missed"));
    for (size_t place = 0; place < NAMES_MOST; place++)
        for (size_t i = 0; i < siaga_doc_size(all); i++) { /* the one with so many before it */
            const siaga_doc *sum = siaga_doc_at(all, i);
            int64_t in = digest_figure(sum, "in");
            size_t before = 0;
            for (size_t k = 0; k < siaga_doc_size(all); k++) {
                int64_t other = digest_figure(siaga_doc_at(all, k), "in");
                before += other > in || (other == in && k < i);
            }
            if (before != place || in == 0)
                continue;
            char w[WORDS][DIGEST_WORD];
            const char *cells[5] = {digest_name(d, what, siaga_text(sum, what), true)};
            for (size_t k = 0; k < 4; k++)
                cells[k + 1] = digest_number(t, digest_figure(sum, figures[k]), w[k]);
            page_row(p, cells);
        }
}

void digest_month_tables(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    put_targets(d, p);
    put_bars(d, p);
    put_trend(d, p);
    digest_cases(d, p, "worst", tool_text(t, "Longest against the target"));
    digest_cases(d, p, "best", tool_text(t, "Fastest against the target"));
    digest_cases(d, p, "late", tool_text(t, "Longest overdue, still open"));
    put_holding(d, p);
    put_public(d, p);
    put_instructions(d, p);
    put_names(d, p, "categories", "category", tool_text(t, "By category"));
    put_names(d, p, "places", "kecamatan", tool_text(t, "By kecamatan"));
}
