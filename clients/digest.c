/* siaga digest: the daily report and the monthly briefing. */
#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define DAY_US 86400000000ll
#define WIB_US (7 * 3600 * 1000000ll)

enum { KEY_SKPD = 1000, KEY_EXPLAIN, KEY_INTO };

static const char *const forms[DIGEST_FORMS] = {[DIGEST_TEXT] = "text",
                                                [DIGEST_MD] = "md",
                                                [DIGEST_HTML] = "html",
                                                [DIGEST_CSV] = "csv",
                                                [DIGEST_JSON] = "json"};

static const struct tool_option options[] = {
    {"skpd", KEY_SKPD, "SKPD", N_("one SKPD alone, such as dbmsda")},
    {"output", 'o', "text|md|html|csv|json", N_("form of the report; text unless given")},
    {"explain", KEY_EXPLAIN, N_("FIGURE"), N_("the cases behind a figure; 'help' lists the names")},
    {"into", KEY_INTO, "FOLDER", N_("write a file there, whole or not at all")},
    {0},
};

/* What was typed, before it is understood. */
struct typed {
    struct digest d;
    const char *which, *when;
};

/* ---- which days ---- */

static int64_t day_of(int64_t us)
{
    return (us + WIB_US) / DAY_US;
}

static int wrong_day(struct tool *t, const char *text)
{
    char shown[80];
    return tool_complain(t, EX_USAGE,
                         "'%s' is no day or month; such as 2026-11-24, yesterday; a month: 2026-10",
                         tool_clean(text, shown, sizeof(shown)));
}

/* Unless told: the last day, or month, that is over. */
static int find_day(struct typed *w)
{
    struct tool_zone wib;
    int64_t us, today = day_of(siaga_now());
    w->d.span = (struct digest_span){today - 1, today - 1};
    if (!w->when)
        return 0;
    tool_zone_set("WIB", &wib);
    if (!tool_time_parse(&wib, w->when, siaga_now(), &us) || us < DAY_US)
        return wrong_day(w->d.t, w->when);
    w->d.span.from = w->d.span.until = day_of(us);
    return 0;
}

static int find_month(struct typed *w)
{
    struct digest *d = &w->d;
    int64_t first = digest_month_begins(day_of(siaga_now()), -1);
    if (w->when) {
        struct tool_zone wib;
        char day[16];
        int64_t us;
        snprintf(day, sizeof(day), "%.8s-01", w->when);
        tool_zone_set("WIB", &wib);
        if (strlen(w->when) != 7 || !tool_time_parse(&wib, day, siaga_now(), &us) || us < DAY_US)
            return wrong_day(d->t, w->when);
        first = day_of(us);
    }
    d->span = (struct digest_span){first, digest_month_begins(first, 1) - 1};
    d->before = (struct digest_span){digest_month_begins(first, -1), first - 1};
    d->year =
        (struct digest_span){digest_month_begins(first, -12), digest_month_begins(first, -11) - 1};
    return 0;
}

static int understand(struct typed *w)
{
    static const struct {
        const char *id, *en;
    } names[] = {{"harian", "daily"}, {"bulanan", "monthly"}};
    for (int i = 0; i < 2; i++)
        if (strcmp(w->which, names[i].id) == 0 || strcmp(w->which, names[i].en) == 0) {
            w->d.monthly = i == 1;
            return w->d.monthly ? find_month(w) : find_day(w);
        }
    return tool_complain(w->d.t, EX_USAGE, "'%s': daily or monthly", w->which);
}

/* ---- writing ---- */

static void write_to(struct digest *d, FILE *out)
{
    char day[DIGEST_WORD], title[3 * DIGEST_WORD];
    struct tool *t = d->t;
    if (d->form == DIGEST_CSV || d->form == DIGEST_JSON) {
        (d->form == DIGEST_CSV ? digest_csv : digest_json)(d, out);
        return;
    }
    snprintf(title, sizeof(title), "%s %.150s, %s",
             d->monthly ? tool_text(t, "Monthly briefing of") : tool_text(t, "Daily report of"),
             digest_name(d, *d->skpd ? "skpd" : "city", d->skpd, true),
             d->monthly ? digest_month(t, d->span.from, day)
                        : digest_day(t, d->span.from, true, day));
    struct page *p = page_new(title, t->english);
    (d->monthly ? digest_monthly : digest_daily)(d, p);
    page_print(p, d->form, out);
    page_free(p);
}

static int cannot(struct tool *t, const char *path)
{
    return tool_complain(t, EX_CANTCREAT, "%s: cannot be written: %s", path, strerror(errno));
}

/* Under another name first, so that who looks never sees half of it. */
static int write_into(struct digest *d)
{
    char path[4500], begun[4600], day[DIGEST_WORD];
    digest_iso(d->span.from, day);
    day[d->monthly ? 7 : 10] = '\0';
    snprintf(path, sizeof(path), "%.3900s/%s-%s%s%s.%s.%s", d->into,
             d->monthly ? "monthly" : "daily", day, *d->skpd ? "-" : "", d->skpd,
             tool_language(d->t), d->form == DIGEST_TEXT ? "txt" : forms[d->form]);
    snprintf(begun, sizeof(begun), "%s.%d", path, (int)getpid());
    int fd = open(begun, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out)
        return cannot(d->t, begun);
    write_to(d, out);
    bool fine = fflush(out) == 0 && fsync(fd) == 0 && !ferror(out);
    fine = fclose(out) == 0 && fine && rename(begun, path) == 0;
    if (!fine) {
        int code = cannot(d->t, path);
        unlink(begun);
        return code;
    }
    printf("%s\n", path);
    return 0;
}

/* ---- the verb ---- */

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct typed *w = state;
    if (key == TOOL_ARG) {
        *(w->which ? &w->when : &w->which) = arg;
        return 0;
    }
    if (key == KEY_SKPD)
        tool_fold(arg, w->d.skpd, sizeof(w->d.skpd));
    else if (key == KEY_EXPLAIN)
        w->d.figure = arg;
    else if (key == KEY_INTO)
        w->d.into = arg;
    else if (key != 'o')
        return TOOL_NOT_MINE;
    for (int i = 0; key == 'o' && i < DIGEST_FORMS; i++)
        if (strcmp(forms[i], arg) == 0) {
            w->d.form = (enum digest_form)i;
            return 0;
        }
    return key != 'o'
               ? 0
               : tool_complain(t, EX_USAGE, "--output: text, md, html, csv or json, not '%s'", arg);
}

static const struct tool_usage usage = {
    .args = N_("daily [DAY] | monthly [MONTH]"),
    .examples = {"siaga digest daily kemarin --skpd dbmsda",
                 "siaga digest monthly 2026-10 -o html > taklimat.html",
                 "siaga digest daily 2026-11-24 --explain overdue", NULL},
    .options = options,
    .option = take,
    .args_min = 1,
    .args_max = 2,
    .exits = N_("1   --explain: that figure is zero"),
};

static int run(struct tool *t, int argc, char **argv)
{
    struct typed w = {.d = {.t = t}};
    int code = tool_parse(t, &usage, argc, argv, &w);
    if (code)
        return code;
    if (w.d.figure && strcmp(w.d.figure, "help") == 0) {
        digest_explain_help(t);
        return 0;
    }
    code = understand(&w);
    if (!code && w.d.figure)
        code = tool_word(t, "--explain", "figure", w.d.figure);
    if (code)
        return code;
    if (w.d.figure)
        return digest_explain(&w.d);
    code = digest_ask(&w.d);
    if (!code && w.d.into)
        code = write_into(&w.d);
    else if (!code)
        write_to(&w.d, stdout);
    siaga_doc_free(w.d.now);
    siaga_doc_free(w.d.then);
    siaga_doc_free(w.d.last_year);
    return code;
}

const struct verb digest_verb = {
    .name = "digest",
    .summary = N_("The daily report and the monthly briefing, from figures by day and SKPD."),
    .run = run,
};
