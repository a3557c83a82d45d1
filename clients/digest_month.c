/* The page of prose of the monthly briefing: what a Humas officer can read out. */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 12
#define FEW 5 /* with fewer judged an SKPD is in no ranking */

/* ---- who is at either end ---- */

struct ends {
    const siaga_doc *best, *worst;
};

static struct ends share_ends(const struct digest *d)
{
    const siaga_doc *all = siaga_doc_get(d->now, "skpd");
    struct ends e = {NULL, NULL};
    for (size_t i = 0; i < siaga_doc_size(all); i++) {
        const siaga_doc *sum = siaga_doc_at(all, i);
        if (digest_figure(sum, "kept") + digest_figure(sum, "broken") < FEW)
            continue;
        if (!e.best || digest_share(sum) > digest_share(e.best))
            e.best = sum;
        if (!e.worst || digest_share(sum) < digest_share(e.worst))
            e.worst = sum;
    }
    return e;
}

static const char *skpd_of(const struct digest *d, const siaga_doc *sum)
{
    return digest_name(d, "skpd", siaga_text(sum, "skpd"), false);
}

/* ---- paragraphs ---- */

static void say_volume(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    const siaga_doc *city = siaga_doc_get(d->now, "city");
    int64_t in = digest_figure(city, "in"),
            then = digest_figure(siaga_doc_get(d->then, "city"), "in");
    int64_t year = digest_figure(siaga_doc_get(d->last_year, "city"), "in");
    char w[WORDS][DIGEST_WORD];
    page_text(p,
              "In %s %s received %s incidents out of %s reports: %s against %s (%s), %s "
              "against %s (%s). %s were done; at the end of the month %s were open and "
              "%s of them overdue.",
              digest_month(t, d->span.from, w[0]),
              digest_name(d, *d->skpd ? "skpd" : "city", d->skpd, true), digest_number(t, in, w[1]),
              digest_number(t, digest_figure(city, "reports"), w[2]),
              digest_change(t, in, then, w[3]), digest_month(t, d->before.from, w[4]),
              digest_number(t, then, w[5]), digest_change(t, in, year, w[6]),
              digest_month(t, d->year.from, w[7]), digest_number(t, year, w[8]),
              digest_number(t, digest_figure(city, "done"), w[9]),
              digest_number(t, digest_figure(city, "open"), w[10]),
              digest_number(t, digest_figure(city, "overdue"), w[11]));
}

static void say_targets(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    const siaga_doc *city = siaga_doc_get(d->now, "city"), *then = siaga_doc_get(d->then, "city");
    struct ends e = share_ends(d);
    char w[WORDS][DIGEST_WORD];
    int64_t kept = digest_figure(city, "kept");
    page_text(
        p,
        "Of the targets of the plan that fell into this month %s of %s were kept: "
        "%s (the month before: %s).",
        digest_number(t, kept, w[0]), digest_number(t, kept + digest_figure(city, "broken"), w[1]),
        digest_permille(t, digest_share(city), w[2]), digest_permille(t, digest_share(then), w[3]));
    if (e.best && e.best != e.worst)
        page_text(p,
                  "Most often on time: %s (%s). Most in need of help: %s (%s, %s targets "
                  "missed).",
                  skpd_of(d, e.best), digest_permille(t, digest_share(e.best), w[0]),
                  skpd_of(d, e.worst), digest_permille(t, digest_share(e.worst), w[1]),
                  digest_number(t, digest_figure(e.worst, "broken"), w[2]));
}

static const siaga_doc *kind_of(const struct digest *d, const char *kind)
{
    const siaga_doc *kinds = siaga_doc_get(d->now, "kinds");
    for (size_t i = 0; i < siaga_doc_size(kinds); i++)
        if (strcmp(siaga_text(siaga_doc_at(kinds, i), "kind"), kind) == 0)
            return siaga_doc_at(kinds, i);
    return NULL;
}

static void say_times(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    const siaga_doc *fast = kind_of(d, "emergency"), *slow = kind_of(d, "complaint");
    char w[WORDS][DIGEST_WORD];
    page_text(p,
              "In emergencies half of the crews were on scene within %s and nine of ten "
              "within %s of the report. Half of the complaints were done within %s, nine "
              "of ten within %s, waits not counted.",
              digest_said(t, digest_median_ms(fast, "response", "p50_ms"), w[0]),
              digest_said(t, digest_median_ms(fast, "response", "p90_ms"), w[1]),
              digest_said(t, digest_median_ms(slow, "resolve", "p50_ms"), w[2]),
              digest_said(t, digest_median_ms(slow, "resolve", "p90_ms"), w[3]));
}

/* Their mean in hundredths. */
static int64_t stars_of(const siaga_doc *sum, int64_t *ret_n)
{
    static const char *const stars[] = {"stars_1", "stars_2", "stars_3", "stars_4", "stars_5"};
    int64_t n = 0, all = 0;
    for (size_t i = 0; i < 5; i++) {
        n += digest_figure(sum, stars[i]);
        all += (int64_t)(i + 1) * digest_figure(sum, stars[i]);
    }
    *ret_n = n;
    return n > 0 ? (100 * all + n / 2) / n : 0;
}

static void say_public(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    const siaga_doc *city = siaga_doc_get(d->now, "city");
    char w[WORDS][DIGEST_WORD];
    int64_t done = digest_figure(city, "rated_done"),
            not_done = digest_figure(city, "rated_not_done");
    int64_t n, stars = stars_of(city, &n);
    page_text(p,
              "The public answered %s times after the work: %s said it was done, %s that "
              "it was not. What is not done is opened again; %s cases were reopened this "
              "month in all.",
              digest_number(t, done + not_done, w[0]), digest_number(t, done, w[1]),
              digest_number(t, not_done, w[2]),
              digest_number(t, digest_figure(city, "reopened"), w[3]));
    if (n > 0)
        page_text(p, "The mean is %lld%c%02lld of 5 stars (%s ratings).", (long long)(stars / 100),
                  t->english ? '.' : ',', (long long)(stars % 100), digest_number(t, n, w[0]));
}

static void say_owners(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    const siaga_doc *city = siaga_doc_get(d->now, "city");
    const siaga_doc *all = siaga_doc_get(d->now, "skpd"), *longest = NULL;
    char w[WORDS][DIGEST_WORD];
    for (size_t i = 0; i < siaga_doc_size(all); i++) {
        const siaga_doc *sum = siaga_doc_at(all, i);
        if (digest_figure(sum, "held") >= FEW &&
            (!longest ||
             digest_median_ms(sum, "hold", "p50_ms") > digest_median_ms(longest, "hold", "p50_ms")))
            longest = sum;
    }
    page_text(p,
              "Cases were given from one SKPD to another %s times. An SKPD held a case "
              "for %s (median).",
              digest_number(t, digest_figure(city, "forwarded"), w[0]),
              digest_said(t, digest_median_ms(city, "hold", "p50_ms"), w[1]));
    if (longest)
        page_text(p, "Longest: %s, median %s.", skpd_of(d, longest),
                  digest_said(t, digest_median_ms(longest, "hold", "p50_ms"), w[0]));
}

static void say_leaders(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    const siaga_doc *city = siaga_doc_get(d->now, "city");
    const siaga_doc *all = siaga_doc_get(d->now, "instructions");
    int64_t missed = 0;
    char w[WORDS][DIGEST_WORD];
    for (size_t i = 0; i < siaga_doc_size(all); i++)
        missed += siaga_bool(siaga_doc_at(all, i), "missed", false);
    page_text(p,
              "Superiors gave %s instructions; %s were answered this month, %lld are past "
              "their deadline. There were %s escalations, %s up to the "
              "Assistant/Secretary and %s to the Mayor. The number 112 took %s calls that "
              "were not real; they are in no other figure.",
              digest_number(t, digest_figure(city, "instructed"), w[0]),
              digest_number(t, digest_figure(city, "instructed_done"), w[1]), (long long)missed,
              digest_number(t, digest_figure(city, "escalated"), w[2]),
              digest_number(t, digest_figure(city, "to_secretary"), w[3]),
              digest_number(t, digest_figure(city, "to_mayor"), w[4]),
              digest_number(t, digest_figure(city, "noise"), w[5]));
}

void digest_month_words(struct digest *d, struct page *p)
{
    say_volume(d, p);
    say_targets(d, p);
    say_times(d, p);
    say_public(d, p);
    say_owners(d, p);
    say_leaders(d, p);
}

void digest_monthly(struct digest *d, struct page *p)
{
    digest_month_words(d, p);
    digest_month_tables(d, p);
    digest_month_teams(d, p);
    page_head(p, tool_text(d->t, "How to read this"));
    page_text(p, "Days are those of WIB, figures as they are known now. A report that was "
                 "merged counts as a report, not as an incident; exercises and calls that "
                 "were not real do not count. Median and p90 are at most 1 percent off. "
                 "Every figure can be opened: siaga digest monthly --explain NAME; the "
                 "names: --explain help.");
}
