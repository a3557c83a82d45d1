/* One entry of a case or of the feed in words. */
#include <string.h>

#include "tool.h"

/* ---- parts of sentences ---- */

void tool_print_list(const struct tool *t, FILE *out, const siaga_doc *list, const char *group)
{
    for (size_t i = 0; i < siaga_doc_size(list); i++) {
        const char *item = siaga_doc_text(siaga_doc_at(list, i));
        fputs(!i ? "" : group ? "; " : ", ", out);
        tool_print(out, group ? siaga_label(group, item, t->english) : item);
    }
}

void tool_print_place(FILE *out, const char *before, const siaga_doc *row)
{
    static const char *const parts[] = {"landmark", "address", "kelurahan", "kecamatan"};
    const siaga_doc *lat = siaga_doc_get(row, "lat"), *lon = siaga_doc_get(row, "lon");
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        const char *part = siaga_text(row, parts[i]);
        if (!*part)
            continue;
        fputs(before, out);
        tool_print(out, part);
        before = ", ";
    }
    if (lat && lon)
        fprintf(out, "%s%.6f,%.6f", before, siaga_doc_double(lat, 0), siaga_doc_double(lon, 0));
}

const char *tool_drill(const struct tool *t, const siaga_doc *row, char out[32])
{
    const char *mode = siaga_text(row, "mode");
    *out = '\0';
    if (*mode && strcmp(mode, "actual") != 0)
        snprintf(out, 32, "[%.20s] ", tool_label(t, row, "mode"));
    return out;
}

/* "; alasan: ..." when there is one */
static void print_said(const struct tool *t, FILE *out, const siaga_doc *row, const char *name,
                       const char *label)
{
    const char *text = siaga_text(row, name);
    if (!*text)
        return;
    fprintf(out, "; %s: ", tool_text(t, label));
    tool_print(out, strcmp(name, "outcome") == 0 ? tool_label(t, row, name) : text);
}

/* "; sewa sampai 10.31 WIB" */
static void print_when(const struct tool *t, FILE *out, const siaga_doc *row, const char *name,
                       const char *text)
{
    char when[TOOL_TIME_BYTES];
    int64_t us = siaga_time(row, name);
    if (us)
        fprintf(out, "; %s %s", tool_text(t, text), tool_time_short(t, us, when));
}

/* ", oleh desk-1 (penangan SKPD)" */
static void print_who(const struct tool *t, FILE *out, const siaga_doc *row)
{
    fputs(tool_text(t, ", by "), out);
    tool_print(out, siaga_text(row, "source"));
    if (*siaga_text(row, "role")) {
        fputs(" (", out);
        tool_print(out, tool_label(t, row, "role"));
        fputs(")", out);
    }
}

/* "bagian dinkes" when it is about the part of one SKPD */
static void print_task(const struct tool *t, FILE *out, const char *before, const siaga_doc *row)
{
    if (!*siaga_text(row, "task"))
        return;
    fprintf(out, "%s%s ", before, tool_text(t, "part of"));
    tool_print(out, siaga_text(row, "task"));
}

/* ---- what was done, one function a kind of entry ---- */

/* "ditugaskan -> diakui"; nothing when the state stays. Returns whether there was something. */
static bool print_states(const struct tool *t, FILE *out, const char *before, const char *from,
                         const char *to)
{
    if (!*to || strcmp(from, to) == 0)
        return false;
    fputs(before, out);
    tool_print(out, siaga_label("state", from, t->english));
    fputs(*from ? " -> " : "", out); /* a part that begins has none before */
    tool_print(out, siaga_label("state", to, t->english));
    return true;
}

static void print_owner(const struct tool *t, FILE *out, const siaga_doc *row)
{
    if (!*siaga_text(row, "owner_before"))
        return;
    fprintf(out, "; %s ", tool_text(t, "from"));
    tool_print(out, siaga_text(row, "owner_before"));
    fprintf(out, " %s ", tool_text(t, "to"));
    tool_print(out, siaga_text(row, "owner"));
}

static void print_milestone(const struct tool *t, FILE *out, const siaga_doc *row)
{
    char when[TOOL_TIME_BYTES];
    if (!*siaga_text(row, "milestone"))
        return;
    fputs(": ", out);
    tool_print(out, tool_label(t, row, "milestone"));
    fprintf(out, " %s %s", tool_text(t, "at"),
            tool_time_long(t, siaga_time(row, "claimed_at"), when));
}

static void print_rating(const struct tool *t, FILE *out, const siaga_doc *row)
{
    long long stars = siaga_int(row, "stars", 0);
    if (!siaga_doc_get(row, "done"))
        return;
    fputs(siaga_bool(row, "done", false) ? tool_text(t, ": it was done")
                                         : tool_text(t, ": it was not done"),
          out);
    if (stars)
        fprintf(out, ", %lld/5", stars);
}

/* The act is said unless the new state says the same. */
static void print_act(const struct tool *t, FILE *out, const siaga_doc *row)
{
    const char *act = siaga_text(row, "do"), *to = siaga_text(row, "to");
    const char *said = siaga_label("act", act, t->english);
    bool part = *siaga_text(row, "task_to");
    const char *from = siaga_text(row, part ? "task_from" : "from");
    to = part ? siaga_text(row, "task_to") : to;
    bool same = strcmp(said, siaga_label("state", to, t->english)) == 0 && strcmp(from, to) != 0;
    bool told = *act && !same;
    if (told)
        tool_print(out, said);
    if (part)
        print_task(t, out, told ? " " : "", row);
    print_milestone(t, out, row);
    print_rating(t, out, row);
    if (!print_states(t, out, part ? ": " : told ? ", " : "", from, to) && !told)
        tool_print(out, siaga_label("state", to, t->english));
    if (part)
        print_states(t, out, tool_text(t, "; case: "), siaga_text(row, "from"),
                     siaga_text(row, "to"));
    print_owner(t, out, row);
}

static void print_said_all(const struct tool *t, FILE *out, const siaga_doc *row)
{
    print_said(t, out, row, "outcome", N_("outcome"));
    print_said(t, out, row, "into", NC_("merged", "part of"));
    print_said(t, out, row, "reason", N_("reason"));
    print_said(t, out, row, "note", N_("note"));
}

static void print_move(const struct tool *t, FILE *out, const siaga_doc *row)
{
    print_act(t, out, row);
    print_who(t, out, row);
    print_said_all(t, out, row);
}

static void print_reclass(const struct tool *t, FILE *out, const siaga_doc *row)
{
    fputs(tool_text(t, "classed as "), out);
    tool_print(out, tool_label(t, row, "call_class"));
    print_states(t, out, ", ", siaga_text(row, "from"), siaga_text(row, "to"));
    print_who(t, out, row);
    print_said_all(t, out, row);
}

static void print_work(const struct tool *t, FILE *out, const siaga_doc *row)
{
    fprintf(out, "%s", tool_text(t, "desk"));
    if (*siaga_text(row, "task")) {
        putc(' ', out);
        tool_print(out, siaga_text(row, "task"));
    }
    fputs(": ", out);
    tool_print(out, siaga_label("work", siaga_text(row, "act"), t->english));
    if (siaga_int(row, "attempt", 0))
        fprintf(out, ", %s %lld", tool_text(t, "attempt"), (long long)siaga_int(row, "attempt", 0));
    print_who(t, out, row);
    print_when(t, out, row, "lease_until", N_("leased until"));
    if (!siaga_bool(row, "dead", false))
        print_when(t, out, row, "again_at", N_("again at"));
    print_said_all(t, out, row);
    if (siaga_bool(row, "dead", false))
        fputs(tool_text(t, "; DEAD: it failed too often, see 'siaga dead list'"), out);
}

/* Unmistakable, in colour or without. */
static void print_alarm(const struct tool *t, FILE *out, const siaga_doc *row)
{
    fprintf(out, "%s%s ", tool_severity_colour(out, "extreme"), tool_text(t, "ALARM"));
    tool_print(out, tool_label(t, row, "alarm"));
    fputs(": ", out);
    tool_print(out, siaga_text(row, *siaga_text(row, "task") ? "task" : "owner"));
    fputs(tool_plain(out), out);
    if (*siaga_text(row, "level")) {
        fputs(tool_text(t, "; told to "), out);
        tool_print(out, tool_label(t, row, "level"));
    }
}

/* "; selesai 2026-11-24 10.31.00 WIB (semula 2026-11-24 09.31.00 WIB)" */
static void print_moved(const struct tool *t, FILE *out, const siaga_doc *row, const char *name,
                        const char *label)
{
    char before_name[32], now[TOOL_TIME_BYTES], before[TOOL_TIME_BYTES];
    snprintf(before_name, sizeof(before_name), "%s_before", name);
    int64_t to = siaga_time(row, name), from = siaga_time(row, before_name);
    if (to == from)
        return;
    tool_time_long(t, to, now);
    tool_time_long(t, from, before);
    fprintf(out, "; %s %s (%s %s)", label, *now ? now : "-", tool_text(t, "was"),
            *before ? before : "-");
}

/* Why siagad counted anew; other words as they are. */
static void print_why(const struct tool *t, FILE *out, const siaga_doc *row)
{
    static const char *const words[][2] = {
        {"new_owner", N_("a new owner")},
        {"waited", N_("the wait does not count")},
        {"reopened", N_("reopened")},
        {"ordered", N_("new targets were ordered")},
        {"calendar", N_("the city's calendar has changed")},
    };
    const char *why = siaga_text(row, "why");
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i][0], why) == 0)
            why = tool_text(t, words[i][1]);
    if (!*why)
        return;
    fprintf(out, "; %s: ", tool_text(t, "why"));
    tool_print(out, why);
}

static void print_clock(const struct tool *t, FILE *out, const siaga_doc *row)
{
    fputs(tool_text(t, "new due times"), out);
    print_task(t, out, " ", row);
    print_moved(t, out, row, "ack_due", tool_text(t, "ack"));
    print_moved(t, out, row, "resolve_due", tool_text(t, "resolve"));
    print_why(t, out, row);
}

/* What siagad says of its own store, with the figures that belong to it. */
static void print_store(const struct tool *t, FILE *out, const siaga_doc *row)
{
    static const char *const said[] = {"map",     "percent", "number",  "found", "entries",
                                       "persons", "rows",    "damaged", "ms"};
    const char *what = siaga_text(row, "store");
    bool alarm = strcmp(what, "roomy") != 0 && strcmp(what, "scrubbed") != 0;
    fprintf(out, "%s%s", alarm ? tool_severity_colour(out, "extreme") : "",
            alarm ? tool_text(t, "ALARM ") : "");
    tool_print(out, siaga_label("health", what, t->english));
    fputs(alarm ? tool_plain(out) : "", out);
    for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
        if (*siaga_text(row, said[i])) {
            fprintf(out, "; %s ", said[i]);
            tool_print(out, siaga_text(row, said[i]));
        }
}

void tool_print_doing(const struct tool *t, FILE *out, const siaga_doc *row)
{
    static const struct {
        const char *entry;
        void (*print)(const struct tool *t, FILE *out, const siaga_doc *row);
    } kinds[] = {
        {"reclass", print_reclass}, {"work", print_work},   {"alarm", print_alarm},
        {"clock", print_clock},     {"store", print_store}, {"move", print_move},
    };
    const char *entry = siaga_text(row, "entry");
    size_t i = 0;
    while (i + 1 < sizeof(kinds) / sizeof(*kinds) && strcmp(kinds[i].entry, entry) != 0)
        i++;
    kinds[i].print(t, out, row);
}

void tool_print_entry(const struct tool *t, FILE *out, const siaga_doc *row)
{
    static const char *const names[] = {"owner", "kecamatan", "category", "title"};
    char when[TOOL_TIME_BYTES], drill[32];
    fprintf(out, "%s  ", tool_time_short(t, siaga_time(row, "at"), when));
    tool_print(out, siaga_text(row, "ticket"));
    fprintf(out, "  %s", tool_severity_colour(out, siaga_text(row, "severity")));
    tool_print(out, tool_label(t, row, "severity"));
    fprintf(out, "%s  ", tool_plain(out));
    tool_print(out, tool_drill(t, row, drill));
    if (strcmp(siaga_text(row, "entry"), "event") == 0)
        tool_print(out, tool_label(t, row, "state"));
    else
        tool_print_doing(t, out, row);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (*siaga_text(row, names[i])) {
            fputs("  ", out);
            tool_print(out, siaga_text(row, names[i]));
        }
    putc('\n', out);
}
