/* Where people are short, and who did well. Teams are SKPD: nobody is named. */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 8
#define WEEK 168
#define BLOCK 4       /* hours that are looked at together */
#define FEW 5         /* with fewer an SKPD is in no ranking */
#define SHORT_MOST 8u /* places told */
#define PLACES 3u

/* ---- hours ---- */

static int64_t hours_of(const siaga_doc *sum, const char *name, int at, int n)
{
    int64_t all = 0;
    for (int i = 0; i < n; i++)
        all += siaga_doc_int(siaga_doc_at(siaga_doc_get(sum, name), (size_t)(at + i)), 0);
    return all;
}

static void put_week(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    const siaga_doc *city = siaga_doc_get(d->now, "city");
    int64_t came[WEEK];
    char head[256], w[8][DIGEST_WORD];
    size_t at = (size_t)snprintf(head, sizeof(head), "%s", tool_text(t, "Day"));
    for (int hour = 0; hour < 24; hour += BLOCK)
        at += (size_t)snprintf(head + at, sizeof(head) - at, "|>%02d-%02d", hour, hour + BLOCK);
    page_head(p, tool_text(t, "Load by day and hour"));
    page_table(p, head);
    for (unsigned day = 0; day < 7; day++) {
        const char *cells[7] = {digest_weekday(t, day)};
        for (int k = 0; k < 24 / BLOCK; k++)
            cells[k + 1] =
                digest_number(t, hours_of(city, "came", (int)day * 24 + k * BLOCK, BLOCK), w[k]);
        page_row(p, cells);
    }
    for (int i = 0; i < WEEK; i++)
        came[i] = hours_of(city, "came", i, 1);
    page_grid(p, tool_text(t, "Incidents received by day and hour (WIB)"), came);
}

/* Four hours of a weekday in which an SKPD did not acknowledge in time. */
struct shortage {
    const siaga_doc *sum;
    int at;
    int64_t came, late;
};

static int by_late(const void *a, const void *b)
{
    const struct shortage *x = a, *y = b;
    if (x->late != y->late)
        return x->late > y->late ? -1 : 1;
    if (x->came != y->came)
        return x->came < y->came ? -1 : 1; /* more of them */
    int order = strcmp(siaga_text(x->sum, "skpd"), siaga_text(y->sum, "skpd"));
    return order ? order : x->at - y->at;
}

static size_t find_short(const struct digest *d, struct shortage **ret)
{
    const siaga_doc *all = siaga_doc_get(d->now, "skpd");
    struct shortage *found = calloc(siaga_doc_size(all) * (WEEK / BLOCK) + 1, sizeof(*found));
    size_t n = 0;
    if (!found)
        abort();
    for (size_t i = 0; i < siaga_doc_size(all); i++)
        for (int at = 0; at < WEEK; at += BLOCK) {
            const siaga_doc *sum = siaga_doc_at(all, i);
            int64_t late = hours_of(sum, "late", at, BLOCK);
            if (late > 0)
                found[n++] = (struct shortage){sum, at, hours_of(sum, "came", at, BLOCK), late};
        }
    qsort(found, n, sizeof(*found), by_late);
    *ret = found;
    return n;
}

static void put_short(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    struct shortage *found;
    size_t n = find_short(d, &found);
    page_head(p, tool_text(t, "Where people are short"));
    if (n == 0)
        page_text(p, "Everything was acknowledged in time.");
    else
        page_table(p, tool_text(t, "SKPD|Day|Hours|>Received|>Not acknowledged in time|>Share"));
    for (size_t i = 0; i < n && i < SHORT_MOST; i++) {
        char w[WORDS][DIGEST_WORD], hours[16];
        const struct shortage *s = &found[i];
        snprintf(hours, sizeof(hours), "%02d-%02d", s->at % 24, s->at % 24 + BLOCK);
        const char *const cells[] = {
            digest_name(d, "skpd", siaga_text(s->sum, "skpd"), false),
            digest_weekday(t, (unsigned)s->at / 24),
            hours,
            digest_number(t, s->came, w[0]),
            digest_number(t, s->late, w[1]),
            digest_permille(t, 1000 * s->late / (s->came > 0 ? s->came : 1), w[2])};
        page_row(p, cells);
    }
    if (n > 0)
        page_text(p,
                  "Advice: put people with %s on %s %02d-%02d first; %lld of %lld were "
                  "not acknowledged in time there.",
                  digest_name(d, "skpd", siaga_text(found[0].sum, "skpd"), false),
                  digest_weekday(t, (unsigned)found[0].at / 24), found[0].at % 24,
                  found[0].at % 24 + BLOCK, (long long)found[0].late, (long long)found[0].came);
    free(found);
}

/* ---- teams ---- */

struct team {
    const siaga_doc *sum;
    int64_t value; /* the higher, the better */
};

static int by_value(const void *a, const void *b)
{
    const struct team *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return strcmp(siaga_text(x->sum, "skpd"), siaga_text(y->sum, "skpd"));
}

typedef bool value_fn(const struct digest *d, const siaga_doc *sum, int64_t *ret);
typedef const char *word_fn(const struct tool *t, int64_t value, char out[DIGEST_WORD]);

static bool fastest(const struct digest *d, const siaga_doc *sum, int64_t *ret)
{
    (void)d;
    *ret = -digest_median_ms(sum, "resolve", "p50_ms");
    return digest_figure(sum, "done") >= FEW && *ret <= 0;
}

static const char *fastest_word(const struct tool *t, int64_t value, char out[DIGEST_WORD])
{
    return digest_time(t, -value, out);
}

static bool improved(const struct digest *d, const siaga_doc *sum, int64_t *ret)
{
    const siaga_doc *then = digest_of(d->then, siaga_text(sum, "skpd"));
    bool judged = digest_figure(sum, "kept") + digest_figure(sum, "broken") >= FEW &&
                  digest_figure(then, "kept") + digest_figure(then, "broken") >= FEW;
    *ret = judged ? digest_share(sum) - digest_share(then) : 0;
    return *ret > 0;
}

static const char *improved_word(const struct tool *t, int64_t value, char out[DIGEST_WORD])
{
    snprintf(out, DIGEST_WORD, "+%lld%c%lld %s", (long long)value / 10, t->english ? '.' : ',',
             (long long)value % 10, tool_text(t, "points"));
    return out;
}

static bool clean(const struct digest *d, const siaga_doc *sum, int64_t *ret)
{
    (void)d;
    *ret = siaga_int(sum, "clean_days", 0);
    return digest_figure(sum, "kept") > 0 && *ret > 0;
}

static const char *clean_word(const struct tool *t, int64_t value, char out[DIGEST_WORD])
{
    snprintf(out, DIGEST_WORD, "%lld %s", (long long)value, tool_text(t, "days"));
    return out;
}

static void put_best(struct digest *d, struct page *p, const char *what, value_fn *value,
                     word_fn *word)
{
    const siaga_doc *all = siaga_doc_get(d->now, "skpd");
    struct team *teams = calloc(siaga_doc_size(all) + 1, sizeof(*teams));
    size_t n = 0;
    if (!teams)
        abort();
    for (size_t i = 0; i < siaga_doc_size(all); i++) {
        teams[n].sum = siaga_doc_at(all, i);
        n += value(d, teams[n].sum, &teams[n].value);
    }
    qsort(teams, n, sizeof(*teams), by_value);
    for (size_t i = 0; i < n && i < PLACES; i++) {
        char place[8], text[DIGEST_WORD];
        snprintf(place, sizeof(place), "%zu", i + 1);
        const char *const cells[] = {
            what, place, digest_name(d, "skpd", siaga_text(teams[i].sum, "skpd"), false),
            word(d->t, teams[i].value, text)};
        page_row(p, cells);
    }
    free(teams);
}

void digest_month_teams(struct digest *d, struct page *p)
{
    struct tool *t = d->t;
    put_week(d, p);
    put_short(d, p);
    if (*d->skpd)
        return;
    page_head(p, tool_text(t, "The teams' page"));
    page_table(p, tool_text(t, "For|>Place|Team|Result"));
    put_best(d, p, tool_text(t, "Fastest to finish (median)"), fastest, fastest_word);
    put_best(d, p, tool_text(t, "Most improved (on time)"), improved, improved_word);
    put_best(d, p, tool_text(t, "Longest without a missed target"), clean, clean_word);
}
