#include "tool.h"

struct asked {
    int args;
};

enum { KEY_REASON = 1000, KEY_OUTCOME };

static const struct tool_option options[] = {
    {"reason", KEY_REASON, N_("REASON"), N_("wanted to reject, cancel, wait and reopen")},
    {"outcome", KEY_OUTCOME, N_("OUTCOME"),
     N_("wanted for resolved: fixed, made_safe, answered, ...")},
    TOOL_CHANGE_TASK_OPTION,
    TOOL_CHANGE_OPTIONS,
    {0},
};

/* The first is the case, the second the state it is to have. */
static int take_arg(struct tool *t, struct asked *asked, const char *arg)
{
    siaga_map *request = tool_request(t);
    if (asked->args++ == 0)
        return tool_case(t, request, arg);
    return tool_set_word(t, "to", N_("STATE"), "state", arg);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    if (key == TOOL_ARG)
        return take_arg(t, state, arg);
    if (key == KEY_OUTCOME)
        return tool_set_word(t, "outcome", "--outcome", "outcome", arg);
    if (key != KEY_REASON)
        return tool_change_option(t, key, arg);
    siaga_map_text(tool_request(t), "reason", arg);
    return 0;
}

static const struct tool_usage usage = {
    .args = N_("[OPTIONS] TICKET|NUMBER STATE"),
    .examples = {"siaga move E-261124-0042-K acknowledged --if-version 1",
                 "siaga move E-261124-0042-K resolved --outcome fixed --note \"api padam\"", NULL},
    .options = options,
    .fields = TOOL_CHANGE_FIELDS,
    .known = TOOL_CHANGE_KNOWN,
    .option = take,
    .args_min = 2,
    .args_max = 2,
    .exits = N_("65  the case has changed, or the change is not allowed"),
};

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {0};
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (code)
        return code;
    return tool_change(t, &(struct tool_change){.verb = "move", .request = tool_request(t)});
}

const struct verb move_verb = {
    .name = "move",
    .summary = N_("Change the state of a case."),
    .run = run,
};
