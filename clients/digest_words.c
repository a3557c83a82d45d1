/* Figures as words, in either language. */
#include "digest.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400

/* ---- figures ---- */

int64_t digest_figure(const siaga_doc *sum, const char *name)
{
    return siaga_int(siaga_doc_get(sum, "figures"), name, 0);
}

const siaga_doc *digest_of(const siaga_doc *answer, const char *skpd)
{
    const siaga_doc *all = siaga_doc_get(answer, "skpd");
    for (size_t i = 0; i < siaga_doc_size(all); i++)
        if (strcmp(siaga_text(siaga_doc_at(all, i), "skpd"), skpd) == 0)
            return siaga_doc_at(all, i);
    return NULL;
}

int64_t digest_median_ms(const siaga_doc *sum, const char *time, const char *which)
{
    return siaga_int(siaga_doc_get(siaga_doc_get(sum, "times"), time), which, -1);
}

int64_t digest_share(const siaga_doc *sum)
{
    int64_t kept = digest_figure(sum, "kept"), all = kept + digest_figure(sum, "broken");
    return all > 0 ? (1000 * kept + all / 2) / all : -1;
}

/* ---- numbers ---- */

/* 1.234.567, in English 1,234,567 */
const char *digest_number(const struct tool *t, int64_t n, char out[DIGEST_WORD])
{
    char digits[32];
    size_t length = (size_t)snprintf(digits, sizeof(digits), "%lld", llabs((long long)n)), at = 0;
    if (n < 0)
        out[at++] = '-';
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[at++] = t->english ? ',' : '.';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *digest_permille(const struct tool *t, int64_t permille, char out[DIGEST_WORD])
{
    snprintf(out, DIGEST_WORD, "-");
    if (permille >= 0)
        snprintf(out, DIGEST_WORD, "%lld%c%lld %%", (long long)permille / 10,
                 t->english ? '.' : ',', (long long)permille % 10);
    return out;
}

/* "naik 12,5 %", against nothing "baru" */
const char *digest_change(const struct tool *t, int64_t now, int64_t before, char out[DIGEST_WORD])
{
    char share[DIGEST_WORD];
    int64_t by = now > before ? now - before : before - now;
    if (by == 0)
        snprintf(out, DIGEST_WORD, "%s", tool_text(t, "unchanged"));
    else if (before == 0)
        snprintf(out, DIGEST_WORD, "%s", tool_text(t, "none before"));
    else
        snprintf(out, DIGEST_WORD, "%s %s",
                 now > before ? tool_text(t, "up") : tool_text(t, "down"),
                 digest_permille(t, (1000 * by + before / 2) / before, share));
    return out;
}

const char *digest_time(const struct tool *t, int64_t ms, char out[DIGEST_WORD])
{
    _Static_assert(DIGEST_WORD >= TOOL_TIME_BYTES, "a span fits");
    snprintf(out, DIGEST_WORD, "-");
    return ms < 0 ? out : tool_span(t, ms * 1000, out);
}

struct unit {
    const char *one, *many;
    int64_t s, of; /* of: how many of the next smaller one */
};

static int count_said(const struct tool *t, int64_t n, const struct unit *u, char *out)
{
    return snprintf(out, 40, "%lld %s", (long long)n, tool_text(t, n == 1 ? u->one : u->many));
}

/* "3 hari 5 jam": the largest unit, and what is left in the next. */
const char *digest_said(const struct tool *t, int64_t ms, char out[DIGEST_WORD])
{
    static const struct unit units[] = {{N_("day"), N_("days"), 86400, 24},
                                        {N_("hour"), N_("hours"), 3600, 60},
                                        {N_("minute"), N_("minutes"), 60, 0},
                                        {N_("second"), N_("seconds"), 1, 0}};
    size_t i = 0;
    snprintf(out, DIGEST_WORD, "%s", tool_text(t, "no time recorded"));
    if (ms < 0)
        return out;
    while (i < 3 && ms / 1000 < units[i].s)
        i++;
    int64_t n = ms / 1000 / units[i].s, rest = 0;
    int at = count_said(t, n, &units[i], out);
    if (units[i].of > 0)
        rest = ms / 1000 / units[i + 1].s % units[i].of;
    if (rest > 0) {
        out[at] = ' ';
        count_said(t, rest, &units[i + 1], out + at + 1);
    }
    return out;
}

/* ---- days ---- */

static struct tm parts_of(int64_t day)
{
    time_t s = (time_t)(day * DAY_S);
    struct tm tm;
    gmtime_r(&s, &tm);
    return tm;
}

void digest_iso(int64_t day, char out[DIGEST_WORD])
{
    struct tm tm = parts_of(day);
    snprintf(out, DIGEST_WORD, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

int64_t digest_month_begins(int64_t day, int months)
{
    struct tm tm = parts_of(day);
    tm.tm_mday = 1;
    tm.tm_mon += months;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    return timegm(&tm) / DAY_S;
}

static const char *month_name(const struct tool *t, int month)
{
    static const char *const names[] = {N_("January"), N_("February"), N_("March"),
                                        N_("April"),   N_("May"),      N_("June"),
                                        N_("July"),    N_("August"),   N_("September"),
                                        N_("October"), N_("November"), N_("December")};
    return tool_text(t, names[month % 12]);
}

const char *digest_weekday(const struct tool *t, unsigned monday0)
{
    static const char *const names[] = {N_("Monday"),   N_("Tuesday"), N_("Wednesday"),
                                        N_("Thursday"), N_("Friday"),  N_("Saturday"),
                                        N_("Sunday")};
    return tool_text(t, names[monday0 % 7]);
}

const char *digest_day(const struct tool *t, int64_t day, bool weekday, char out[DIGEST_WORD])
{
    struct tm tm = parts_of(day);
    unsigned monday0 = (unsigned)(tm.tm_wday + 6) % 7;
    snprintf(out, DIGEST_WORD, "%s%s%d %s %d", weekday ? digest_weekday(t, monday0) : "",
             weekday ? ", " : "", tm.tm_mday, month_name(t, tm.tm_mon), tm.tm_year + 1900);
    return out;
}

const char *digest_month(const struct tool *t, int64_t day, char out[DIGEST_WORD])
{
    struct tm tm = parts_of(day);
    snprintf(out, DIGEST_WORD, "%s %d", month_name(t, tm.tm_mon), tm.tm_year + 1900);
    return out;
}

const char *digest_oldest(const struct tool *t, const siaga_doc *sum, char out[DIGEST_WORD])
{
    struct tm tm = {0};
    const char *text = siaga_text(sum, "oldest");
    if (!*text || !strptime(text, "%Y-%m-%d", &tm))
        return "-";
    return digest_day(t, timegm(&tm) / DAY_S, false, out);
}

/* ---- names ---- */

const char *digest_name(const struct digest *d, const char *what, const char *id, bool whole)
{
    const siaga_doc *names = siaga_doc_get(siaga_doc_get(d->now, "names"), what);
    if (strcmp(what, "city") != 0)
        names = siaga_doc_get(names, id);
    const char *name = siaga_text(names, tool_language(d->t));
    const char *brief = siaga_text(names, "short");
    name = *name ? name : siaga_text(names, "id");
    name = !whole && *brief ? brief : name;
    return *name ? name : *id ? id : tool_text(d->t, "not named");
}
