/* siaga cheat: a dozen command lines as they are typed at work, by who types them. */
#include <string.h>

#include "tool.h"

static const struct line {
    const char *role; /* word of the group role */
    const char *text, *command;
} lines[] = {
    {"operator", N_("take a 112 call"),
     "siaga emergency 'Kebakaran ruko Jl. Juanda' --category fire.building --kecamatan "
     "bekasi-timur --channel 112"},
    {"operator", N_("what is open and speaks of a flood"),
     "siaga list open words='banjir*' --since kemarin"},
    {"operator", N_("two calls, one incident"),
     "siaga merge E-261124-0043-C --into E-261124-0042-K"},
    {"handler", N_("take the case"), "siaga ack E-261124-0042-K -m 'regu 2'"},
    {"handler", N_("not our duty"), "siaga refuse C-261124-0007-H --reason 'jalan provinsi'"},
    {"handler", N_("resolve with the outcome"),
     "siaga resolve C-261124-0007-H --outcome fixed -m 'ditambal'"},
    {"handler", N_("what is nearly over its time"), "siaga due --within 8wh --skpd dbmsda"},
    {"field", N_("report from the field"),
     "siaga report 'Genangan 40 cm' --category drainage.blocked --at -6.2349,107.0008"},
    {"field", N_("arrived"), "siaga milestone E-261124-0042-K on_scene"},
    {"leader", N_("follow what is grave"), "siaga watch --snapshot severity=extreme,severe"},
    {"leader", N_("instruct with a deadline"),
     "siaga instruct --to dbmsda --by 3d 'Tutup lubang di Jl. Juanda'"},
    {"admin", N_("how siagad is doing"), "siaga status -o json | jq .journal"},
};
#define LINES_N (sizeof(lines) / sizeof(*lines))

static int take(struct tool *t, void *state, int key, const char *arg)
{
    const char **role = state;
    if (key != TOOL_ARG)
        return TOOL_NOT_MINE;
    *role = tool_find_word("role", arg);
    return *role ? 0 : tool_word(t, N_("ROLE"), "role", arg);
}

static const struct tool_usage usage = {
    .paged = true,
    .args = N_("[OPTIONS] [ROLE]"),
    .examples = {"siaga cheat", "siaga cheat field", NULL},
    .option = take,
    .args_max = 1,
    .exits = N_("1   there is no example for that role"),
};

static int run(struct tool *t, int argc, char **argv)
{
    const char *role = NULL, *heading = "";
    int code = tool_parse(t, &usage, argc, argv, &role);
    if (code)
        return code;
    for (size_t i = 0; i < LINES_N; i++) {
        const struct line *l = &lines[i];
        if (role && strcmp(role, l->role) != 0)
            continue;
        if (strcmp(heading, l->role) != 0)
            printf("%s%s\n", *heading ? "\n" : "", siaga_label("role", l->role, t->english));
        heading = l->role;
        printf("  # %s\n  %s\n", tool_text(t, l->text), l->command);
    }
    return *heading ? 0 : TOOL_SOME;
}

const struct verb cheat_verb = {
    .name = "cheat",
    .summary = N_("A dozen real command lines, by who uses them."),
    .run = run,
};
