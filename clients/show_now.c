#include "show_now.h"

#include <string.h>

#define LABEL_COLUMNS 22 /* as the fields of the event */

bool show_now_tells(const char *name)
{
    static const char *const names[] = {
        "acknowledged_at", "receipt_at", "forwards", "waited_s", "level", "outcome",   "milestones",
        "response_s",      "in_target",  "rating",   "into",     "tasks", "judged_by", NULL};
    size_t i = 0;
    while (names[i] && strcmp(names[i], name) != 0)
        i++;
    return names[i] != NULL;
}

/* ---- lines ---- */

static void label(const struct tool *t, const char *text)
{
    printf("  %-*s  ", LABEL_COLUMNS, tool_text(t, text));
}

static const char *span_s(const struct tool *t, const siaga_doc *map, const char *name,
                          char out[TOOL_TIME_BYTES])
{
    return tool_span(t, siaga_int(map, name, 0) * 1000000, out);
}

static void print_time(const struct tool *t, const siaga_doc *row, const char *name,
                       const char *text)
{
    char when[TOOL_TIME_BYTES];
    if (!siaga_time(row, name))
        return;
    label(t, text);
    puts(tool_time_long(t, siaga_time(row, name), when));
}

static void print_word(const struct tool *t, const siaga_doc *row, const char *name,
                       const char *group, const char *text)
{
    const char *word = siaga_text(row, name);
    if (!*word)
        return;
    label(t, text);
    tool_print(stdout, siaga_label(group, word, t->english));
    putchar('\n');
}

static void print_response(const struct tool *t, const siaga_doc *now)
{
    char span[TOOL_TIME_BYTES];
    bool responded = siaga_doc_get(now, "response_s"), judged = siaga_doc_get(now, "in_target");
    if (!responded && !judged)
        return;
    if (responded)
        label(t, N_("response time"));
    else
        label(t, N_("resolution"));
    if (responded)
        fputs(span_s(t, now, "response_s", span), stdout);
    if (responded && judged)
        fputs(", ", stdout);
    if (judged)
        fputs(siaga_bool(now, "in_target", false) ? tool_text(t, "in target")
                                                  : tool_text(t, "OVER target"),
              stdout);
    putchar('\n');
}

static void print_forwards(const struct tool *t, const siaga_doc *now)
{
    long long n = siaga_int(now, "forwards", 0);
    if (!n)
        return;
    label(t, N_("forwarded"));
    printf("%lldx\n", n);
}

static void print_waited(const struct tool *t, const siaga_doc *now)
{
    char span[TOOL_TIME_BYTES];
    if (siaga_int(now, "waited_s", 0) <= 0)
        return;
    label(t, N_("waited"));
    puts(span_s(t, now, "waited_s", span));
}

/* Either a number of stars or a map {done, stars, note}. */
static void print_rating(const struct tool *t, const siaga_doc *now)
{
    const siaga_doc *rating = siaga_doc_get(now, "rating");
    if (!rating)
        return;
    label(t, N_("reporter's rating"));
    long long stars = siaga_doc_type(rating) == SIAGA_MAP ? siaga_int(rating, "stars", 0)
                                                          : siaga_doc_int(rating, 0);
    if (siaga_doc_get(rating, "done"))
        fputs(siaga_bool(rating, "done", false) ? tool_text(t, "it was done")
                                                : tool_text(t, "it was not done"),
              stdout);
    if (stars)
        printf("%s%lld/5", siaga_doc_get(rating, "done") ? ", " : "", stars);
    putchar('\n');
}

/* ---- milestones: as claimed, and when siagad heard of it ---- */

/* The last entry of the history that recorded it for that part ("": the owner's). */
static int64_t heard_at(const siaga_doc *history, const char *milestone, const char *task)
{
    int64_t at = 0;
    for (size_t i = 0; i < siaga_doc_size(history); i++) {
        const siaga_doc *row = siaga_doc_at(history, i);
        if (strcmp(siaga_text(row, "milestone"), milestone) == 0 &&
            strcmp(siaga_text(row, "task"), task) == 0)
            at = siaga_time(row, "at");
    }
    return at;
}

static void print_milestones(const struct tool *t, const siaga_doc *milestones,
                             const siaga_doc *history, const char *task, const char *indent)
{
    char claimed[TOOL_TIME_BYTES], heard[TOOL_TIME_BYTES];
    const char *word;
    for (size_t i = 0; (word = siaga_word("milestone", i)); i++) {
        int64_t at = siaga_time(milestones, word), received = heard_at(history, word, task);
        if (!at)
            continue;
        printf("%s%-*s  %s", indent, LABEL_COLUMNS, siaga_label("milestone", word, t->english),
               tool_time_long(t, at, claimed));
        if (received)
            printf(" (%s %s)", tool_text(t, NC_("milestone", "received")),
                   tool_time_long(t, received, heard));
        putchar('\n');
    }
}

/* ---- parts ---- */

static void put_when(const struct tool *t, const siaga_doc *row, const char *name, const char *text)
{
    char when[TOOL_TIME_BYTES];
    if (siaga_time(row, name))
        printf("; %s %s", tool_text(t, text), tool_time_short(t, siaga_time(row, name), when));
}

static void print_part(const struct tool *t, const siaga_doc *part, const siaga_doc *history)
{
    char span[TOOL_TIME_BYTES];
    fputs("  ", stdout);
    tool_print(stdout, siaga_text(part, "skpd"));
    fputs(": ", stdout);
    tool_print(stdout, tool_label(t, part, "state"));
    if (*siaga_text(part, "outcome")) {
        fputs(", ", stdout);
        tool_print(stdout, tool_label(t, part, "outcome"));
    }
    put_when(t, part, "ack_due", N_("acknowledge by"));
    put_when(t, part, "resolve_due", N_("resolve by"));
    put_when(t, part, "receipt_at", N_("received by the program"));
    put_when(t, part, "acknowledged_at", N_("acknowledged by a person"));
    if (siaga_int(part, "waited_s", 0) > 0)
        printf("; %s %s", tool_text(t, "waited"), span_s(t, part, "waited_s", span));
    putchar('\n');
    print_milestones(t, siaga_doc_get(part, "milestones"), history, siaga_text(part, "skpd"),
                     "    ");
}

static void print_parts(const struct tool *t, const siaga_doc *answer)
{
    const siaga_doc *parts = siaga_doc_get(siaga_doc_get(answer, "case"), "tasks");
    if (!siaga_doc_size(parts))
        return;
    printf("\n%s\n", tool_text(t, "Parts of supporting SKPD"));
    for (size_t i = 0; i < siaga_doc_size(parts); i++)
        print_part(t, siaga_doc_at(parts, i), siaga_doc_get(answer, "history"));
}

/* ---- who held it, what belongs together ---- */

static void print_held(const struct tool *t, const siaga_doc *held)
{
    char when[TOOL_TIME_BYTES], span[TOOL_TIME_BYTES], waited[TOOL_TIME_BYTES];
    if (!siaga_doc_size(held))
        return;
    printf("\n%s\n", tool_text(t, "Held by"));
    for (size_t i = 0; i < siaga_doc_size(held); i++) {
        const siaga_doc *one = siaga_doc_at(held, i);
        fputs("  ", stdout);
        tool_print(stdout, siaga_text(one, "skpd"));
        printf("  %s %s", tool_text(t, "since"), tool_time_long(t, siaga_time(one, "from"), when));
        if (siaga_time(one, "until"))
            printf(" %s %s", tool_text(t, "until"),
                   tool_time_long(t, siaga_time(one, "until"), when));
        printf(": %s", span_s(t, one, "held_s", span));
        if (siaga_int(one, "waited_s", 0) > 0)
            printf(", %s %s", tool_text(t, "waited"), span_s(t, one, "waited_s", waited));
        putchar('\n');
    }
}

static void print_incident(const struct tool *t, const siaga_doc *incident)
{
    if (!incident)
        return;
    label(t, N_("part of incident"));
    tool_print(stdout, siaga_text(incident, "ticket"));
    fputs(", ", stdout);
    tool_print(stdout, tool_label(t, incident, "state"));
    fputs(", ", stdout);
    tool_print(stdout, siaga_text(incident, "owner"));
    if (*siaga_text(incident, "outcome")) {
        fputs(", ", stdout);
        tool_print(stdout, tool_label(t, incident, "outcome"));
    }
    putchar('\n');
}

static void print_reports(const struct tool *t, const siaga_doc *reports)
{
    if (!siaga_doc_size(reports))
        return;
    label(t, N_("reports merged"));
    tool_print_list(t, stdout, reports, NULL);
    putchar('\n');
}

void show_now(const struct tool *t, const siaga_doc *answer)
{
    const siaga_doc *now = siaga_doc_get(answer, "case");
    print_time(t, now, "receipt_at", N_("received by program"));
    print_time(t, now, "acknowledged_at", N_("ack by a person"));
    print_milestones(t, siaga_doc_get(now, "milestones"), siaga_doc_get(answer, "history"), "",
                     "  ");
    print_response(t, now);
    print_word(t, now, "judged_by", "milestone", N_("judged by"));
    print_word(t, now, "outcome", "outcome", N_("outcome"));
    print_waited(t, now);
    print_forwards(t, now);
    print_word(t, now, "level", "level", N_("alarm has reached"));
    print_rating(t, now);
    print_incident(t, siaga_doc_get(answer, "incident"));
    print_reports(t, siaga_doc_get(answer, "reports"));
    print_parts(t, answer);
    print_held(t, siaga_doc_get(answer, "held"));
}
