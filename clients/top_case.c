#include "top_case.h"

#include <stdlib.h>
#include <string.h>

#define SHARE_MAX 999

/* ---- words ---- */

static const char *const severities[TOP_SEVERITIES] = {"extreme", "severe", "moderate", "minor",
                                                       "unknown"};

unsigned top_severity(const char *word)
{
    unsigned i = 0;
    while (i < TOP_SEVERITIES - 1 && strcmp(severities[i], word) != 0)
        i++;
    return i;
}

const char *top_severity_word(unsigned severity)
{
    return severities[severity < TOP_SEVERITIES ? severity : TOP_SEVERITIES - 1];
}

bool top_one_of(const char *text, const char *const words[])
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

bool top_case_waiting(const struct top_case *c)
{
    static const char *const states[] = {"received",  "verified", "assigned",
                                         "forwarded", "reopened", NULL};
    return top_one_of(c->state, states);
}

static bool standing_still(const struct top_case *c)
{
    static const char *const states[] = {"waiting_reporter", "waiting_third_party",
                                         "waiting_budget", NULL};
    return top_one_of(c->state, states);
}

int top_case_share(const struct top_case *c, int64_t clock)
{
    bool ack = top_case_waiting(c) && c->ack_due;
    int64_t from = ack ? c->ack_from : c->resolve_from, due = ack ? c->ack_due : c->resolve_due;
    if (!due || standing_still(c))
        return -1;
    if (clock <= from)
        return 0;
    if (due <= from)
        return SHARE_MAX;
    double share = (double)(clock - from) * 100 / (double)(due - from);
    return share > SHARE_MAX ? SHARE_MAX : (int)share;
}

/* ---- what rows tell ---- */

/* What a row has; what it has not stays. Texts from outside are made harmless here. */
static void take_text(const siaga_doc *row, const char *name, char *out, size_t size)
{
    const char *text = siaga_text(row, name);
    if (*text)
        siaga_clean(text, out, size);
}

/* "15m on_scene", "2h", "7d fixed" in us; 0 when it counts working time, or says nothing. */
static int64_t target_us(const char *target)
{
    static const struct {
        char unit;
        int64_t minutes;
    } units[] = {{'m', 1}, {'h', 60}, {'d', 1440}};
    char *end;
    long long n = strtoll(target, &end, 10);
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        if (n > 0 && n < 1000000 && *end == units[i].unit && (!end[1] || end[1] == ' '))
            return n * units[i].minutes * 60000000;
    return 0;
}

/* A due time and where its counting began: so long before it as the target says, else at `from`. */
static void take_due(const siaga_doc *row, const char *due_name, const char *target_name,
                     int64_t from, int64_t *ret_from, int64_t *ret_due)
{
    int64_t due = siaga_time(row, due_name);
    int64_t target = target_us(siaga_text(row, target_name));
    *ret_due = due;
    *ret_from = due && target ? due - target : from;
}

static void take_dues(struct top_case *c, const siaga_doc *row)
{
    const char *target = siaga_text(row, "resolve_target"), *judge = strchr(target, ' ');
    take_due(row, "ack_due", "ack_target", c->at, &c->ack_from, &c->ack_due);
    take_due(row, "resolve_due", "resolve_target", c->at, &c->resolve_from, &c->resolve_due);
    siaga_clean(judge ? judge + 1 : "", c->judge, sizeof(c->judge));
    if (siaga_doc_get(row, "in_target")) /* it is decided */
        c->resolve_due = 0;
}

void top_case_move(struct top_case *c, const siaga_doc *row)
{
    const char *task = siaga_text(row, "task"), *milestone = siaga_text(row, "milestone");
    bool owners = !*task || strcmp(task, c->owner) == 0;
    if (owners && *milestone && strcmp(milestone, c->judge) == 0)
        c->resolve_due = 0;
}

/* siagad counted a part's times anew: from now, or with a wait added, from when it was. */
void top_case_clock(struct top_case *c, const siaga_doc *row)
{
    static const char *const same[] = {"waited", "calendar", NULL};
    const char *task = siaga_text(row, "task");
    int64_t at = siaga_time(row, "at");
    bool moved = top_one_of(siaga_text(row, "why"), same);
    if (*task && strcmp(task, c->owner) != 0)
        return;
    take_due(row, "ack_due", "ack_target", moved ? c->ack_from : at, &c->ack_from, &c->ack_due);
    take_due(row, "resolve_due", "resolve_target", moved ? c->resolve_from : at, &c->resolve_from,
             &c->resolve_due);
}

void top_case_work(struct top_case *c, const siaga_doc *row)
{
    const char *mode = siaga_text(row, "mode");
    take_text(row, "ticket", c->ticket, sizeof(c->ticket));
    take_text(row, "state", c->state, sizeof(c->state));
    take_text(row, "owner", c->owner, sizeof(c->owner));
    take_text(row, "kecamatan", c->kecamatan, sizeof(c->kecamatan));
    c->version = siaga_int(row, "version", c->version);
    c->severity = top_severity(siaga_text(row, "severity"));
    bool real = !*mode || strcmp(mode, "actual") == 0;
    siaga_clean(real ? "" : mode, c->mode, sizeof(c->mode));
}

void top_case_event(struct top_case *c, const siaga_doc *row)
{
    c->told = true;
    c->at = siaga_time(row, "at");
    *c->title = '\0';
    take_text(row, *siaga_text(row, "title") ? "title" : "category", c->title, sizeof(c->title));
    take_dues(c, row);
}
