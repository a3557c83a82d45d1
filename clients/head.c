/* siaga head: the newest signed head of the chain, to be kept elsewhere. */
#include "tool.h"

#include <sysexits.h>

static const struct tool_usage usage = {
    .args = N_("[OPTIONS]"),
    .examples = {"siaga head > kepala-2026-11-24.txt", "siaga head -o jsonl", NULL},
    .fields = "",
    .known = "now now_hash seq node day upto hash public sign",
    .exits = N_("1   no head was signed yet"),
};

static void put(const siaga_doc *answer)
{
    static const char *const names[] = {"node", "day", "upto", "hash", "public", "sign"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        printf("%s: ", names[i]);
        tool_print(stdout, siaga_text(answer, names[i]));
        putchar('\n');
    }
}

static int run(struct tool *t, int argc, char **argv)
{
    siaga_doc *answer = NULL;
    int code = tool_parse(t, &usage, argc, argv, NULL);
    if (!code)
        code = tool_ask(t, "head", NULL, &answer);
    if (code)
        return code;
    bool is = *siaga_text(answer, "sign");
    if (t->output != TOOL_TABLE)
        tool_emit_one(t, answer);
    else if (is)
        put(answer);
    if (!is)
        tool_note(t, "no head yet: siagad signs one a day when it has a server_key");
    siaga_doc_free(answer);
    return is ? 0 : TOOL_SOME;
}

const struct verb head_verb = {
    .name = "head",
    .summary = N_("Print the signed head of the history, to be kept elsewhere."),
    .run = run,
};
