/* siaga check: is siagad well? As monitoring plug-ins say it (0 ok, 1 warning, 2 critical, 3 it
 * cannot be told), as JSON, or every figure for Prometheus. */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum state { OK, WARNING, CRITICAL, UNKNOWN };
static const char *const states[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

enum unit { SECONDS, PERCENT, COUNT };

/* What is looked at: a figure, or two of which one is a part of the other. Above `warn` is not
 * well, above `crit` somebody has to be woken. */
static const struct row {
    const char *name, *figure, *whole;
    enum unit unit;
    double warn, crit;
    bool left; /* the figure is what is left of the whole, not what is used */
    const char *text;
} rows[] = {
    {"emergency-age", "emergency_oldest_us", NULL, SECONDS, 120, 300, false,
     N_("oldest emergency nobody acknowledged")},
    {"queue-age", "queued_oldest_us", NULL, SECONDS, 3 * 86400, 7 * 86400, false,
     N_("oldest item of work no desk has")},
    {"dead", "dead", NULL, COUNT, 0, 9, false, N_("items that failed too often")},
    {"commit-p99", "commit_p99_us", NULL, SECONDS, 0.25, 1, false, N_("commits to the disk, p99")},
    {"commit-silent", "commit_silent_us", NULL, SECONDS, 2, 5, false,
     N_("the disk does not answer")},
    {"tick-late", "tick_late_us", NULL, SECONDS, 1, 5, false, N_("a second that came late")},
    {"views-behind", "views_behind", NULL, COUNT, 20000, 200000, false, N_("views behind")},
    {"watch-lag", "watch_lag", NULL, COUNT, 20000, 200000, false, N_("slowest feed behind")},
    {"journal", "journal_used_bytes", "journal_size_bytes", PERCENT, 80, 95, false,
     N_("room of the journal")},
    {"views", "views_used_bytes", "views_size_bytes", PERCENT, 80, 95, false,
     N_("room of the views")},
    {"persons", "persons_used_bytes", "persons_size_bytes", PERCENT, 80, 95, false,
     N_("room of the persons")},
    {"disk", "disk_free_bytes", "disk_size_bytes", PERCENT, 90, 97, true, N_("disk of the store")},
    {"config", "config_wrong", NULL, COUNT, 0, 1, false, N_("a mistake in the city's files")},
    {"figures-age", "looked_at_us", NULL, SECONDS, 30, 120, false, N_("age of the figures")},
};
#define ROWS_N (sizeof(rows) / sizeof(rows[0]))

enum form { NAGIOS, JSON, PROMETHEUS };

struct check {
    enum form form;
    double warn[ROWS_N], crit[ROWS_N], value[ROWS_N];
    enum state state[ROWS_N];
};

/* ---- options ---- */

enum { OPTION_WARN = 1000, OPTION_CRIT };

static const struct tool_option options[] = {
    {"output", 'o', "nagios|json|prometheus", N_("form of the output; nagios unless given")},
    {"warn", OPTION_WARN, N_("NAME=VALUE"), N_("warning above this, such as emergency-age=2m")},
    {"crit", OPTION_CRIT, N_("NAME=VALUE"), N_("critical above this, such as journal=95%")},
    {0},
};

/* "120", "2m", "0.25s", "80%" */
static bool read_value(const char *text, enum unit unit, double *ret)
{
    static const struct {
        const char *suffix;
        enum unit unit;
        double times;
    } units[] = {{"", COUNT, 1},     {"", SECONDS, 1},     {"", PERCENT, 1},
                 {"%", PERCENT, 1},  {"s", SECONDS, 1},    {"ms", SECONDS, 0.001},
                 {"m", SECONDS, 60}, {"h", SECONDS, 3600}, {"d", SECONDS, 86400}};
    char *end;
    double value = strtod(text, &end);
    if (*text < '0' || *text > '9' || !(value <= 1e15))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (units[i].unit == unit && strcmp(end, units[i].suffix) == 0) {
            *ret = value * units[i].times;
            return true;
        }
    return false;
}

static int set_limit(struct tool *t, const char *option, const char *arg, double *limits)
{
    const char *names[ROWS_N + 1] = {NULL}, *value = strchr(arg, '=');
    char name[32];
    snprintf(name, sizeof(name), "%.*s", value ? (int)(value - arg) : 0, arg);
    for (size_t i = 0; i < ROWS_N; i++) {
        names[i] = rows[i].name;
        if (value && strcmp(rows[i].name, name) == 0) {
            if (read_value(value + 1, rows[i].unit, &limits[i]))
                return 0;
            return tool_complain(t, EX_USAGE, "%s: '%s' is no value; such as 120, 2m, 80%%", option,
                                 value + 1);
        }
    }
    const char *near = tool_nearest(name, names);
    return tool_complain(t, EX_USAGE, "%s: '%s' is not known; NAME=VALUE, such as %s", option, arg,
                         near ? near : rows[0].name);
}

static int set_form(struct tool *t, const char *arg, enum form *form)
{
    static const char *const forms[] = {"nagios", "json", "prometheus"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (strcmp(forms[i], arg) == 0) {
            *form = (enum form)i;
            return 0;
        }
    return tool_complain(t, EX_USAGE, "--output: nagios, json or prometheus, not '%s'", arg);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct check *c = state;
    return key == 'o'           ? set_form(t, arg, &c->form)
           : key == OPTION_WARN ? set_limit(t, "--warn", arg, c->warn)
           : key == OPTION_CRIT ? set_limit(t, "--crit", arg, c->crit)
                                : TOOL_NOT_MINE;
}

/* ---- judging ---- */

static double value_of(const struct row *row, const siaga_doc *figures)
{
    double value = siaga_doc_double(siaga_doc_get(figures, row->figure), 0);
    double whole = row->whole ? siaga_doc_double(siaga_doc_get(figures, row->whole), 0) : 0;
    if (row->unit == SECONDS)
        return value / 1e6;
    if (row->unit == COUNT)
        return value;
    return whole > 0 ? (row->left ? whole - value : value) * 100 / whole : 0;
}

static enum state judge(struct check *c, const siaga_doc *figures)
{
    enum state worst = OK;
    for (size_t i = 0; i < ROWS_N; i++) {
        c->value[i] = value_of(&rows[i], figures);
        c->state[i] = c->value[i] > c->crit[i] ? CRITICAL : c->value[i] > c->warn[i] ? WARNING : OK;
        worst = c->state[i] > worst ? c->state[i] : worst;
    }
    return worst;
}

/* ---- telling ---- */

static const char *unit_of(const struct row *row)
{
    static const char *const units[] = {"s", "%", ""};
    return units[row->unit];
}

/* In the order of what is worst. */
static void print_nagios(const struct tool *t, const struct check *c, enum state worst,
                         const siaga_doc *figures)
{
    const char *between = " - ";
    printf("SIAGA %s", states[worst]);
    for (int state = CRITICAL; state > OK; state--)
        for (size_t i = 0; i < ROWS_N; i++)
            if (c->state[i] == (enum state)state) {
                printf("%s%s %g%s", between, tool_text(t, rows[i].text), c->value[i],
                       unit_of(&rows[i]));
                between = ", ";
            }
    if (worst == OK)
        printf(" - %lld %s, %lld %s", (long long)siaga_int(figures, "head", 0),
               tool_text(t, "entries"), (long long)siaga_int(figures, "open_cases", 0),
               tool_text(t, NC_("check", "open cases")));
    fputs(" |", stdout);
    for (size_t i = 0; i < ROWS_N; i++)
        printf(" %s=%.6g%s;%.6g;%.6g;0", rows[i].name, c->value[i], unit_of(&rows[i]), c->warn[i],
               c->crit[i]);
    putchar('\n');
}

static void print_json(const struct check *c, enum state worst)
{
    printf("{\"state\":\"%s\",\"code\":%d,\"checks\":[", states[worst], (int)worst);
    for (size_t i = 0; i < ROWS_N; i++)
        printf("%s{\"name\":\"%s\",\"state\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"warn\":%.6g,"
               "\"crit\":%.6g}",
               i ? "," : "", rows[i].name, states[c->state[i]], c->value[i], unit_of(&rows[i]),
               c->warn[i], c->crit[i]);
    puts("]}");
}

/* No figures: nobody answers, or not to this key. What exactly has been said on stderr. */
static int without(const struct tool *t, const struct check *c, int code)
{
    bool away = code == EX_UNAVAILABLE || code == EX_TEMPFAIL;
    enum state state = away ? CRITICAL : UNKNOWN;
    if (c->form == PROMETHEUS)
        check_prometheus(NULL);
    else if (c->form == JSON)
        printf("{\"state\":\"%s\",\"code\":%d,\"checks\":[]}\n", states[state], (int)state);
    else
        printf("SIAGA %s - %s\n", states[state],
               away ? tool_text(t, "siagad does not answer")
                    : tool_text(t, "the figures cannot be read"));
    return (int)state;
}

/* ---- the verb ---- */

static const struct tool_usage usage = {
    .args = N_("[OPTIONS]"),
    .examples = {"siaga check", "siaga check --warn emergency-age=1m --crit journal=90%",
                 "siaga check -o prometheus > siaga.prom"},
    .options = options,
    .option = take,
    .exits = N_("different here: 0 ok, 1 warning, 2 critical, 3 it cannot be told"),
};

static int tell(struct tool *t, struct check *c, const siaga_doc *status)
{
    const siaga_doc *figures = siaga_doc_get(status, "figures");
    if (!figures) {
        tool_complain(t, EX_NOPERM,
                      "figures are for leadership, administrator and auditor; use --cert of one");
        return without(t, c, EX_NOPERM);
    }
    enum state worst = judge(c, figures);
    if (c->form == PROMETHEUS) {
        check_prometheus(status);
        return OK;
    }
    if (c->form == JSON)
        print_json(c, worst);
    else
        print_nagios(t, c, worst, figures);
    return (int)worst;
}

static int run(struct tool *t, int argc, char **argv)
{
    struct check c = {.form = NAGIOS};
    siaga_doc *status = NULL;
    for (size_t i = 0; i < ROWS_N; i++) {
        c.warn[i] = rows[i].warn;
        c.crit[i] = rows[i].crit;
    }
    if (tool_parse(t, &usage, argc, argv, &c))
        return UNKNOWN;
    siaga_map_bool(tool_request(t), "sentences", c.form == PROMETHEUS);
    int code = tool_ask(t, "status", tool_request(t), &status);
    code = code ? without(t, &c, code) : tell(t, &c, status);
    siaga_doc_free(status);
    return code;
}

const struct verb check_verb = {
    .name = "check",
    .summary = N_("Is siagad well? For monitoring: codes 0-3, nagios, JSON, Prometheus."),
    .run = run,
};
