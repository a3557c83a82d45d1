#include "tool.h"

struct asked {
    int args;
};

static const struct tool_option options[] = {
    TOOL_CHANGE_OPTIONS,
    {0},
};

/* The first is the case, the second what the call was. */
static int take_arg(struct tool *t, struct asked *asked, const char *arg)
{
    siaga_map *request = tool_request(t);
    if (asked->args++ == 0)
        return tool_case(t, request, arg);
    return tool_set_word(t, "class", N_("CLASS"), "call_class", arg);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    return key == TOOL_ARG ? take_arg(t, state, arg) : tool_change_option(t, key, arg);
}

static const struct tool_usage usage = {
    .args = N_("[OPTIONS] TICKET|NUMBER CLASS"),
    .examples = {"siaga reclass E-261124-0042-K prank",
                 "siaga reclass E-261124-0043-C real --note \"penelepon kedua membenarkan\"", NULL},
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
    return tool_change(t, &(struct tool_change){.verb = "reclass", .request = tool_request(t)});
}

const struct verb reclass_verb = {
    .name = "reclass",
    .summary = N_("Change the class of a 112 call: real, information, prank, ghost, test."),
    .run = run,
};
