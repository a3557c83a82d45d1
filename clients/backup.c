/* siaga backup FILE: the whole store in one file, while siagad serves. */
#include "tool.h"

#include <string.h>
#include <sysexits.h>

struct asked {
    const char *file;
};

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *a = state;
    if (key != TOOL_ARG)
        return TOOL_NOT_MINE;
    if (a->file)
        return tool_complain(t, EX_USAGE, "too many words: '%s'", arg);
    a->file = arg;
    return 0;
}

static const struct tool_usage usage = {
    .args = N_("[OPTIONS] FILE"),
    .examples = {"siaga backup siaga-2026-11-28.backup",
                 "siagad --verify-backup siaga-2026-11-28.backup", NULL},
    .fields = "file,upto,persons",
    .option = take,
    .args_min = 1,
    .args_max = 1,
    .exits = N_("73  the file is there already or cannot be made\n"
                "77  no administrator, or not over a socket of this machine"),
};

/* Block after block, until siagad names no further place. The last answer is *ret_last. */
static int copy(struct tool *t, FILE *out, siaga_doc **ret_last)
{
    siaga_map *request = tool_request(t);
    siaga_doc *answer = NULL;
    struct tool_progress progress = tool_progress_begin();
    const char *place = NULL;
    double done = 0;
    int code = 0;
    do {
        siaga_map_text(request, "place", place);
        siaga_doc_free(answer);
        answer = NULL;
        code = tool_ask(t, "backup", request, &answer);
        if (code)
            break;
        const siaga_doc *bytes = siaga_doc_get(answer, "bytes");
        size_t n = siaga_doc_size(bytes);
        if (!siaga_doc_bytes(bytes))
            code = tool_complain(t, EX_PROTOCOL, "siagad's answer is no part of a backup");
        else if (fwrite(siaga_doc_bytes(bytes), 1, n, out) != n)
            break; /* tool_file_close() says so */
        done += (double)n / 1048576;
        if (tool_progress_due(&progress))
            tool_progress_show(t, N_("%.1f MiB, %.1f MiB/s"), done,
                               tool_progress_rate(&progress, done));
        place = siaga_text(answer, "place");
    } while (!code && *place);
    tool_progress_end(&progress);
    *ret_last = answer;
    return code;
}

static void tell(struct tool *t, const char *file, const siaga_doc *last)
{
    if (t->output != TOOL_TABLE) {
        siaga_map *m = siaga_map_new();
        siaga_map_text(m, "file", file);
        siaga_map_int(m, "upto", siaga_int(last, "upto", 0));
        siaga_map_int(m, "persons", siaga_int(last, "persons", 0));
        tool_emit_map(t, m, true);
        return;
    }
    tool_print(stdout, file);
    printf(": %s %lld, %s %lld\n", tool_text(t, "entries up to"),
           (long long)siaga_int(last, "upto", 0), tool_text(t, "reporters' data"),
           (long long)siaga_int(last, "persons", 0));
    tool_note(t, "it is as secret as the store itself, keys and all: keep it like that");
}

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {NULL};
    struct tool_file file;
    siaga_doc *last = NULL;
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (!code)
        code = tool_file_open(t, &file, asked.file);
    if (code)
        return code;
    code = tool_file_close(t, &file, copy(t, file.out, &last));
    if (!code)
        tell(t, asked.file, last);
    siaga_doc_free(last);
    return code;
}

const struct verb backup_verb = {
    .name = "backup",
    .summary = N_("Copy the whole store into one file while siagad serves."),
    .run = run,
};
