#include "tool.h"

#include <string.h>

#define DISK_WARN_PERCENT 80

static const struct counted {
    const char *name, *text;
} counted[] = {
    {"messages", N_("messages that came in")},
    {"unreadable", N_("unreadable messages")},
    {"received", N_("asked to be stored")},
    {"stored", N_("stored")},
    {"duplicate", N_("repeats, given the first receipt again")},
    {"refused", N_("refused with a reason")},
    {"dropped", N_("undecided when it stopped")},
    {"questions", N_("questions answered")},
    {"unsent", N_("answers whose asker had gone")},
    {"groups", N_("group commits of the journal")},
    {"view_commits", N_("commits of the views")},
    {"feed_rows", N_("rows told to watches")},
    {"feed_gaps", N_("gaps told to watches")},
    {"watches_ended", N_("watches that siagad ended")},
    {"desk_items", N_("items given to desks")},
    {"alarms", N_("alarms raised")},
    {"timers_kept", N_("timers tried again")},
    {"scrubs", N_("checks of the whole store")},
    {"damaged", N_("damaged records found")},
};

/* ---- warnings ---- */

static int percent(const siaga_doc *disk)
{
    double size = siaga_doc_double(siaga_doc_get(disk, "size_bytes"), 0);
    double used = siaga_doc_double(siaga_doc_get(disk, "used_bytes"), 0);
    return size > 0 ? (int)(used * 100 / size) : 0;
}

/* In bold red where that can be, in capitals anyhow. */
static void warn(const struct tool *t, const char *text, const char *detail)
{
    bool colour = tool_colour(stderr);
    fprintf(stderr, "%s%s: %s", colour ? "\033[1;31m" : "", tool_text(t, "WARNING"),
            tool_text(t, text));
    tool_print(stderr, detail);
    fprintf(stderr, "%s\n", colour ? "\033[0m" : "");
}

static void warn_all(const struct tool *t, const siaga_doc *status)
{
    char year[48];
    static const char *const disks[] = {"journal", "views", "persons"};
    if (*siaga_text(status, "config_error"))
        warn(t, N_("the new configuration is wrong, the old one stays in force: "),
             siaga_text(status, "config_error"));
    if (siaga_int(status, "calendar_missing", 0)) {
        snprintf(year, sizeof(year), "calendar.d/%lld.yaml",
                 (long long)siaga_int(status, "calendar_missing", 0));
        warn(t,
             N_("due times know no holidays of that year; write it from the joint decree, then "
                "SIGHUP: "),
             year);
    }
    if (!siaga_bool(status, "secure", false))
        warn(t, N_("connections are not secured; sources are taken at their word"), "");
    if (siaga_int(siaga_doc_get(status, "scrub"), "damaged", 0))
        warn(t, N_("records on the disk are damaged; see the log, restore a backup"), "");
    for (size_t i = 0; i < sizeof(disks) / sizeof(*disks); i++)
        if (percent(siaga_doc_get(status, disks[i])) >= DISK_WARN_PERCENT)
            warn(t, N_("nearly full: "), disks[i]);
}

/* ---- figures ---- */

static void print_head(const struct tool *t, const char *text)
{
    printf("%-14s", tool_text(t, text));
}

static void print_text(const struct tool *t, const char *title, const char *text)
{
    print_head(t, title);
    tool_print(stdout, text);
    putchar('\n');
}

static void print_number(const struct tool *t, const char *text, const siaga_doc *status,
                         const char *name)
{
    print_head(t, text);
    printf("%lld\n", (long long)siaga_int(status, name, 0));
}

/* "1,5 GiB" is nobody's byte count: one decimal, in the largest unit that leaves a number. */
static void print_bytes(const struct tool *t, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    for (; bytes >= 1024 && i < 4; i++)
        bytes /= 1024;
    char text[32];
    snprintf(text, sizeof(text), i ? "%.1f" : "%.0f", bytes);
    char *point = t->english ? NULL : strchr(text, '.');
    if (point)
        *point = ',';
    printf("%s %s", text, units[i]);
}

static void print_disk(const struct tool *t, const char *text, const siaga_doc *disk)
{
    print_head(t, text);
    print_bytes(t, siaga_doc_double(siaga_doc_get(disk, "used_bytes"), 0));
    fputs(tool_text(t, " of "), stdout);
    print_bytes(t, siaga_doc_double(siaga_doc_get(disk, "size_bytes"), 0));
    printf(" (%d %%)\n", percent(disk));
}

/* When the whole store was checked last, or how far it is. */
static void print_scrub(const struct tool *t, const siaga_doc *scrub)
{
    char when[TOOL_TIME_BYTES];
    print_head(t, N_("checked"));
    if (siaga_bool(scrub, "running", false))
        printf("%s %lld\n", tool_text(t, "running, entries"),
               (long long)siaga_int(scrub, "entries", 0));
    else if (siaga_time(scrub, "ended_at"))
        printf("%s\n", tool_time_long(t, siaga_time(scrub, "ended_at"), when));
    else
        printf("%s\n", tool_text(t, "not yet"));
}

static void print_program(const struct tool *t, const siaga_doc *status)
{
    char when[TOOL_TIME_BYTES], span[TOOL_TIME_BYTES];
    int64_t started = siaga_time(status, "started_at"), now = siaga_time(status, "now");
    print_head(t, N_("siagad"));
    tool_print(stdout, siaga_text(status, "version"));
    fputs(tool_text(t, ", node "), stdout);
    tool_print(stdout, siaga_text(status, "node"));
    printf("%s%lld\n", tool_text(t, ", boot "), (long long)siaga_int(status, "boot", 0));
    print_head(t, N_("up since"));
    printf("%s (%s)\n", tool_time_long(t, started, when), tool_span(t, now - started, span));
    print_text(t, N_("city"), siaga_text(status, "city"));
    print_head(t, N_("configuration"));
    tool_print(stdout, siaga_text(status, "config"));
    printf("%s%s\n", tool_text(t, ", loaded "),
           tool_time_long(t, siaga_time(status, "config_loaded_at"), when));
    print_text(t, N_("secure"),
               siaga_bool(status, "secure", false) ? tool_text(t, "yes") : tool_text(t, "NO"));
}

/* What has a meaning is told with it; newer counters by their names. Zeros only clutter. */
static void print_counters(const struct tool *t, const siaga_doc *counters)
{
    printf("\n%s\n", tool_text(t, "Counted since it started"));
    for (size_t i = 0; i < siaga_doc_size(counters); i++) {
        const char *name = siaga_doc_name(counters, i), *meaning = "";
        long long n = siaga_doc_int(siaga_doc_at(counters, i), 0);
        for (size_t k = 0; k < sizeof(counted) / sizeof(*counted); k++)
            if (strcmp(counted[k].name, name) == 0)
                meaning = tool_text(t, counted[k].text);
        if (!n)
            continue;
        printf("  %12lld  ", n);
        tool_print(stdout, *meaning ? meaning : name);
        putchar('\n');
    }
}

static void print_refused(const struct tool *t, const siaga_doc *refused)
{
    if (!siaga_doc_size(refused))
        return;
    printf("\n%s\n", tool_text(t, "Refusals"));
    for (size_t i = 0; i < siaga_doc_size(refused); i++) {
        const char *name = siaga_doc_name(refused, i);
        printf("  %12lld  ", (long long)siaga_doc_int(siaga_doc_at(refused, i), 0));
        tool_print(stdout, name);
        fputs("  ", stdout);
        tool_print(stdout, siaga_label("verdict", name, t->english));
        putchar('\n');
    }
}

static void print_span(const struct tool *t, const char *text, const siaga_doc *figures,
                       const char *name)
{
    char span[TOOL_TIME_BYTES];
    print_head(t, text);
    puts(siaga_int(figures, name, 0) ? tool_span(t, siaga_int(figures, name, 0), span) : "-");
}

static double milliseconds(const siaga_doc *figures, const char *name)
{
    return (double)siaga_int(figures, name, 0) / 1000;
}

/* What says at a glance whether work gets done; whoever may not see figures has none. */
static void print_figures(const struct tool *t, const siaga_doc *status)
{
    const siaga_doc *f = siaga_doc_get(status, "figures");
    if (!f)
        return;
    print_head(t, N_("commits"));
    printf("p50 %.1f ms, p99 %.1f ms, max %.1f ms\n", milliseconds(f, "commit_p50_us"),
           milliseconds(f, "commit_p99_us"), milliseconds(f, "commit_max_us"));
    print_number(t, N_("unanswered"), f, "emergencies_unacknowledged");
    print_span(t, N_("  oldest"), f, "emergency_oldest_us");
    print_number(t, NC_("for a desk", "queued"), f, "queued");
    print_span(t, N_("  oldest"), f, "queued_oldest_us");
    print_number(t, N_("dead items"), f, "dead");
    print_number(t, N_("feeds behind"), f, "watches_behind");
    print_head(t, N_("disk free"));
    print_bytes(t, (double)siaga_int(f, "disk_free_bytes", 0));
    fputs(tool_text(t, " of "), stdout);
    print_bytes(t, (double)siaga_int(f, "disk_size_bytes", 0));
    putchar('\n');
    print_text(t, N_("chain"), siaga_text(siaga_doc_get(status, "chain"), "hash"));
}

static void print_status(const struct tool *t, const siaga_doc *status)
{
    print_program(t, status);
    print_number(t, N_("head"), status, "head");
    print_number(t, N_("open cases"), status, "open");
    print_number(t, N_("watches"), status, "watches");
    print_number(t, N_("desks"), status, "desks");
    print_disk(t, N_("journal"), siaga_doc_get(status, "journal"));
    print_disk(t, N_("views"), siaga_doc_get(status, "views"));
    print_disk(t, N_("persons"), siaga_doc_get(status, "persons"));
    print_scrub(t, siaga_doc_get(status, "scrub"));
    print_figures(t, status);
    print_counters(t, siaga_doc_get(status, "counters"));
    print_refused(t, siaga_doc_get(status, "refused"));
}

/* ---- the verb ---- */

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS]"),
    .examples = {"siaga status", "siaga status -o json | jq .journal", NULL},
    .fields = "",
    .known = "server version node boot started_at now city config config_loaded_at config_error "
             "calendar_missing secure head open views_at watches desks journal views persons scrub "
             "counters shedding refused figures commits queues chain",
};

static int run(struct tool *t, int argc, char **argv)
{
    siaga_doc *status = NULL;
    int code = tool_parse(t, &usage, argc, argv, NULL);
    if (!code)
        code = tool_ask(t, "status", NULL, &status);
    if (code)
        return code;
    if (t->output == TOOL_TABLE)
        print_status(t, status);
    else
        tool_emit_one(t, status);
    fflush(stdout);
    warn_all(t, status);
    siaga_doc_free(status);
    return 0;
}

const struct verb status_verb = {
    .name = "status",
    .summary = N_("How siagad is doing: version, city, disk, counters, refusals."),
    .run = run,
};
