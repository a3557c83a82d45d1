/* siaga instruct: what a superior asks of an SKPD. */
#include "send.h"

#include <string.h>
#include <sysexits.h>

#define CATEGORY "leader.instruction" /* of the city's files; --category takes another */

enum { KEY_TO = 1100, KEY_BY };

static const struct tool_option options[] = {
    {NULL, 0, NULL, N_("Instruction")},
    {"to", KEY_TO, "SKPD", N_("the SKPD asked")},
    {"by", KEY_BY, N_("TIME"),
     N_("deadline: 2026-11-30, '2026-11-30 16:00', 3d (three days from now)")},
    {"message", 'm', N_("TEXT|-"), N_("the body, the same as --body")},
    {0},
};

static int take(struct tool *t, siaga_event *event, int key, const char *arg)
{
    char text[SIAGA_TIME_BYTES > 64 ? SIAGA_TIME_BYTES : 64];
    int code = 0;
    if (key == KEY_TO)
        tool_fold(arg, text, sizeof(text));
    else if (key == KEY_BY)
        code = tool_time_ahead(t, "--by", arg, text);
    else
        return TOOL_NOT_MINE;
    if (!code)
        siaga_event_set(event, key == KEY_TO ? "for" : "due_by", text);
    return code;
}

static int check(struct tool *t, siaga_event *event)
{
    bool to = *siaga_event_get(event, "for");
    if (to && *siaga_event_get(event, "due_by"))
        return 0;
    return tool_complain(t, EX_USAGE, "'siaga instruct' needs %s; see 'siaga instruct --help'",
                         to ? "--by" : "--to");
}

static const struct send what = {
    .kind = "report",
    .args = N_("[OPTIONS] --to SKPD --by TIME TITLE ..."),
    .args_min = 1,
    .examples = {"siaga instruct --to dbmsda --by 3d 'Tutup lubang di Jl. Juanda sebelum hujan'",
                 "siaga instruct --to dlh --by '2026-11-30 16:00' 'Laporan armada' -m 'jumlah truk "
                 "yang jalan'"},
    .presets = {{"subkind", "instruction"}, {"channel", "superior"}, {"category", CATEGORY}},
    .options = options,
    .option = take,
    .check = check,
};

static int run(struct tool *t, int argc, char **argv)
{
    return send_run(t, &what, argc, argv);
}

const struct verb instruct_verb = {
    "instruct",
    N_("Sends the instruction of a superior to an SKPD, with a deadline."),
    run,
};
