#include "send.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "spool.h"

#define BODY_MAX 60000u /* bytes read from stdin; one message holds about as much */

enum {
    KEY_AT = 1000,
    KEY_BODY,
    KEY_OCCURRED,
    KEY_REF,
    KEY_EXTRA,
    KEY_TAG,
    KEY_HARMED,
    KEY_AT_RISK,
    KEY_KEY,
    KEY_NAME,
    KEY_PHONE,
    KEY_MAIL,
    KEY_WORD, /* and on: the rows of words[] */
};

/* Options that set one text field each. Words of a group are checked, ids folded. */
static const struct {
    const char *option, *field, *group;
    bool fold;
} texts[] = {
    {"--severity", "severity", "severity", false},
    {"--class", "call_class", "call_class", false},
    {"--mode", "mode", "mode", false},
    {"--channel", "channel", "channel", false},
    {"--subkind", "subkind", "subkind", false},
    {"--visibility", "visibility", "visibility", false},
    {"--urgency", "urgency", "urgency", false},
    {"--certainty", "certainty", "certainty", false},
    {"--kecamatan", "kecamatan", NULL, true},
    {"--kelurahan", "kelurahan", NULL, true},
    {"--category", "category", NULL, false},
    {"--address", "address", NULL, false},
    {"--landmark", "landmark", NULL, false},
};
#define TEXTS_N (sizeof(texts) / sizeof(texts[0]))
#define TEXT(i) (KEY_WORD + (i))

#define OPTIONS_MAX 64u

/* The further lines of the exit codes, the verb's own last. */
static const char exits_all[] =
    N_("0 also when it was queued (--spool): the line begins with 'queued', not a ticket;\n"
       "  74 it was not sent, and this disk cannot keep it");

static const struct tool_option options[] = {
    {NULL, 0, NULL, N_("Event")},
    {"category", TEXT(10), N_("CATEGORY"), N_("such as fire.building, road.pothole")},
    {"severity", TEXT(0), N_("SEVERITY"), N_("extreme severe moderate minor unknown")},
    {"body", KEY_BODY, N_("TEXT|-"), N_("the body; - reads the input")},
    {"occurred", KEY_OCCURRED, N_("TIME"), N_("when it happened: 07:00, '2026-11-24 07:00', 15m")},
    {"harmed", KEY_HARMED, "N", N_("people harmed")},
    {"at-risk", KEY_AT_RISK, "N", N_("people at risk")},
    {NULL, 0, NULL, N_("Place")},
    {"at", KEY_AT, N_("LAT,LON"), N_("degrees WGS 84, such as -6.2384,106.9756")},
    {"kecamatan", TEXT(8), N_("NAME"), N_("such as jatiasih or 'Bekasi Timur'")},
    {"kelurahan", TEXT(9), N_("NAME"), N_("kelurahan")},
    {"address", TEXT(11), N_("TEXT"), N_("address")},
    {"landmark", TEXT(12), N_("TEXT"), N_("landmark")},
    {NULL, 0, NULL, N_("Kind and origin")},
    {"subkind", TEXT(4), N_("KIND"),
     N_("in detail: call alert sensor, complaint aspiration ..., situation ...")},
    {"class", TEXT(1), N_("CLASS"), N_("a 112 call: real information prank ghost test")},
    {"mode", TEXT(2), "MODE", N_("actual, exercise for a drill, test")},
    {"channel", TEXT(3), N_("CHANNEL"), N_("112 call1500444 lapor whatsapp desk field ...")},
    {"visibility", TEXT(5), N_("HOW"), N_("open anonymous secret")},
    {"urgency", TEXT(6), N_("WORD"), N_("immediate expected future past")},
    {"certainty", TEXT(7), N_("WORD"), N_("observed likely possible unlikely")},
    {NULL, 0, NULL, N_("The reporter, kept apart")},
    {"name", KEY_NAME, N_("NAME"), N_("the name")},
    {"phone", KEY_PHONE, N_("NUMBER"), N_("the phone number")},
    {"mail", KEY_MAIL, N_("ADDRESS"), N_("the mail address")},
    {NULL, 0, NULL, N_("When siagad is away")},
    SPOOL_OPTIONS,
    {NULL, 0, NULL, N_("Further")},
    {"key", KEY_KEY, N_("KEY"),
     N_("idempotency key; repeat with the same one after exit 69 or 75")},
    {"tag", KEY_TAG, N_("WORD"), N_("tag, repeatable")},
    {"ref", KEY_REF, N_("TYPE:NUMBER"),
     N_("reference: parent duplicate_of corrects follows cap lapor open311")},
    {"extra", KEY_EXTRA, N_("NAME=VALUE"), N_("further field, repeatable")},
    {0},
};

/* The event under construction; the title grows from the positional arguments. */
struct draft {
    siaga_event *event;
    const struct send *what;
    char title[1024];
    bool full; /* the title did not fit */
};

/* ---- options ---- */

/* An emergency goes out with whatever was typed, siagad bends it; others are told at once. */
static int set_text(struct tool *t, struct draft *d, size_t i, const char *arg)
{
    char id[64];
    if (texts[i].fold) {
        tool_fold(arg, id, sizeof(id));
        arg = id;
    } else if (texts[i].group) {
        const char *known = tool_find_word(texts[i].group, arg);
        bool bent = strcmp(d->what->kind, "emergency") == 0;
        int code = known ? 0 : tool_word(t, texts[i].option, texts[i].group, arg);
        if (code && !bent)
            return code;
        arg = known ? known : arg;
    }
    siaga_event_set(d->event, texts[i].field, arg);
    return 0;
}

static int set_count(struct tool *t, struct draft *d, const char *field, const char *arg)
{
    int64_t n;
    if (!tool_number(arg, 0, 65534, &n))
        return tool_complain(t, EX_USAGE, "'%s' is no number of people", arg);
    siaga_event_set_int(d->event, field, n);
    return 0;
}

static int set_point(struct tool *t, struct draft *d, const char *arg)
{
    double lat, lon;
    if (!tool_point(arg, &lat, &lon))
        return tool_complain(t, EX_USAGE, "--at: '%s' is no LAT,LON; such as -6.2384,106.9756",
                             arg);
    siaga_event_set_point(d->event, lat, lon);
    return 0;
}

/* A line ends with \n, whatever the input used. Returns the length. */
static size_t unix_lines(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '\r' || from[1] != '\n')
            *to++ = *from;
    *to = '\0';
    return (size_t)(to - text);
}

static int set_body(struct tool *t, struct draft *d, const char *arg)
{
    if (strcmp(arg, "-") != 0) {
        siaga_event_set(d->event, "body", arg);
        return 0;
    }
    char *text = calloc(1, BODY_MAX + 1);
    if (!text)
        abort();
    size_t n = fread(text, 1, BODY_MAX, stdin);
    int code = 0;
    if (ferror(stdin))
        code = tool_complain(t, EX_NOINPUT, "--body: cannot read the input: %s", strerror(errno));
    else if (n == BODY_MAX)
        code = tool_complain(t, EX_DATAERR, "--body: the input has over %u bytes", BODY_MAX);
    n = unix_lines(text);
    while (n && text[n - 1] == '\n')
        text[--n] = '\0';
    if (!code)
        siaga_event_set(d->event, "body", text);
    free(text);
    return code;
}

/* TYPE:ID and NAME=VALUE */
static int set_pair(struct tool *t, struct draft *d, int key, const char *arg)
{
    bool ref = key == KEY_REF;
    const char *mark = strchr(arg, ref ? ':' : '=');
    char name[64], ticket[24];
    if (!mark || mark == arg || !mark[1] || (size_t)(mark - arg) >= sizeof(name))
        return tool_complain(t, EX_USAGE, "'%s': use %s", arg, ref ? "TYPE:ID" : "NAME=VALUE");
    snprintf(name, sizeof(name), "%.*s", (int)(mark - arg), arg);
    if (!ref)
        siaga_event_set_extra(d->event, name, mark + 1);
    else if (tool_word(t, "--ref", "ref_type", name))
        return EX_USAGE;
    else
        siaga_event_add_ref(d->event, name,
                            siaga_ticket_read(mark + 1, ticket) == SIAGA_TICKET_FINE ? ticket
                                                                                     : mark + 1);
    return 0;
}

static int set_person(struct draft *d, int key, const char *arg)
{
    siaga_event_set_person(d->event,
                           key == KEY_NAME    ? "name"
                           : key == KEY_PHONE ? "phone"
                                              : "mail",
                           arg);
    return 0;
}

static int set_occurred(struct tool *t, struct draft *d, const char *arg)
{
    char when[SIAGA_TIME_BYTES];
    int code = tool_time_option(t, "--occurred", arg, when);
    if (!code)
        siaga_event_set(d->event, "occurred_at", when);
    return code;
}

static int add_title(struct draft *d, const char *word)
{
    size_t n = strlen(d->title);
    int more = snprintf(d->title + n, sizeof(d->title) - n, "%s%s", n ? " " : "", word);
    d->full |= (size_t)more >= sizeof(d->title) - n;
    return 0;
}

static int option(struct tool *t, void *state, int key, const char *arg)
{
    struct draft *d = state;
    int code =
        d->what->option && key != TOOL_ARG ? d->what->option(t, d->event, key, arg) : TOOL_NOT_MINE;
    if (code == TOOL_NOT_MINE)
        code = spool_option(t, key);
    if (code != TOOL_NOT_MINE)
        return code;
    if (key >= KEY_WORD && key < TEXT((int)TEXTS_N))
        return set_text(t, d, (size_t)(key - KEY_WORD), arg);
    if (key == KEY_REF || key == KEY_EXTRA)
        return set_pair(t, d, key, arg);
    if (key == KEY_HARMED || key == KEY_AT_RISK)
        return set_count(t, d, key == KEY_HARMED ? "people_harmed" : "people_at_risk", arg);
    if (key == KEY_NAME || key == KEY_PHONE || key == KEY_MAIL)
        return set_person(d, key, arg);
    if (key == KEY_TAG)
        siaga_event_add_tag(d->event, arg);
    if (key == KEY_KEY)
        siaga_event_set(d->event, "key", arg);
    return key == KEY_AT                      ? set_point(t, d, arg)
           : key == KEY_BODY || key == 'm'    ? set_body(t, d, arg)
           : key == KEY_OCCURRED              ? set_occurred(t, d, arg)
           : key == TOOL_ARG                  ? add_title(d, arg)
           : key == KEY_TAG || key == KEY_KEY ? 0
                                              : TOOL_NOT_MINE;
}

/* ---- the answer ---- */

static void print_due(struct tool *t, const siaga_doc *receipt, const char *field, const char *text)
{
    char when[TOOL_TIME_BYTES];
    int64_t due = siaga_time(receipt, field);
    if (due)
        printf("  %s<=%s", tool_text(t, text), tool_time_short(t, due, when));
}

void send_print(struct tool *t, const siaga_doc *receipt)
{
    bool again = siaga_bool(receipt, "duplicate", false);
    tool_print(stdout, siaga_text(receipt, "ticket"));
    printf("  %s  ", again ? tool_text(t, "already there") : tool_text(t, "received"));
    tool_print(stdout, siaga_text(receipt, "owner"));
    const siaga_doc *helpers = siaga_doc_get(receipt, "helpers");
    for (size_t i = 0; i < siaga_doc_size(helpers); i++) {
        fputs(i ? " +" : "  +", stdout);
        tool_print(stdout, siaga_doc_text(siaga_doc_at(helpers, i)));
    }
    print_due(t, receipt, "ack_due", N_("ack"));
    print_due(t, receipt, "resolve_due", N_("resolve"));
    const siaga_doc *flags = siaga_doc_get(receipt, "flags");
    for (size_t i = 0; i < siaga_doc_size(flags); i++) {
        fputs(i ? ", " : "  [", stdout);
        tool_print(stdout, siaga_label("flag", siaga_doc_text(siaga_doc_at(flags, i)), t->english));
    }
    puts(siaga_doc_size(flags) ? "]" : "");
}

/* What failed without an answer may be sent again: with the key, or it would be a second event. */
int send_failed(struct tool *t, const siaga_event *event, const siaga_error *err)
{
    char key[128];
    int code = tool_fail(t, err);
    if (code == EX_TEMPFAIL || code == EX_UNAVAILABLE)
        tool_note(t, "  repeat with: --key %s",
                  tool_clean(siaga_event_key(event), key, sizeof(key)));
    return code;
}

int send_tell(struct tool *t, const siaga_doc *receipt)
{
    if (t->output == TOOL_TABLE)
        send_print(t, receipt);
    else
        tool_emit_one(t, receipt);
    return 0;
}

/* Those of the verb, then those of every event. */
static void all_options(const struct send *what, struct tool_option *out)
{
    size_t n = 0;
    for (const struct tool_option *o = what->options; o && (o->name || o->help); o++)
        out[n++] = *o;
    _Static_assert(sizeof(options) / sizeof(*options) + 8 < OPTIONS_MAX, "room");
    memcpy(out + n, options, sizeof(options));
}

int send_run(struct tool *t, const struct send *what, int argc, char **argv)
{
    struct draft d = {.what = what, .event = siaga_event_new(what->kind)};
    struct tool_option all[OPTIONS_MAX];
    char exits[400]; /* in the language already */
    struct tool_usage usage = {
        .args = what->args,
        .options = all,
        .option = option,
        .fields = TOOL_RECEIPT_FIELDS,
        .known = TOOL_RECEIPT_KNOWN,
        .args_min = what->args_min,
        .args_max = -1,
        .exits = exits,
    };
    snprintf(exits, sizeof(exits), "%s%s%s", tool_text(t, exits_all), what->exits ? "\n  " : "",
             what->exits ? tool_text(t, what->exits) : "");
    memcpy(usage.examples, what->examples, sizeof(usage.examples));
    all_options(what, all);
    for (size_t i = 0; i < sizeof(what->presets) / sizeof(*what->presets); i++)
        if (what->presets[i][0])
            siaga_event_set(d.event, what->presets[i][0], what->presets[i][1]);
    int code = tool_parse(t, &usage, argc, argv, &d);
    if (!code && d.full)
        code = tool_complain(t, EX_DATAERR, "the title is too long; use --body for the rest");
    siaga_event_set(d.event, "title", d.title);
    if (!code && what->check)
        code = what->check(t, d.event);
    if (!code)
        code = spool_send(t, d.event);
    siaga_event_free(d.event);
    return code;
}
