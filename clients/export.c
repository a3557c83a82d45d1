/* siaga export: entries of the journal, byte by byte and in words, for auditors and other programs.
 */
#include "tool.h"

#include <sysexits.h>
#include <unistd.h>

enum { KEY_FROM = 1000, KEY_TO, KEY_MSGPACK };

struct asked {
    int64_t from, upto;
    bool msgpack;
    const char *file;
};

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct asked *a = state;
    if (key == KEY_FROM || key == KEY_TO) {
        if (tool_number(arg, 1, INT64_MAX, key == KEY_FROM ? &a->from : &a->upto))
            return 0;
        return tool_complain(t, EX_USAGE, "%s takes the number of an entry, not '%s'",
                             key == KEY_FROM ? "--from" : "--to", arg);
    }
    if (key == KEY_MSGPACK)
        a->msgpack = true;
    else if (key == TOOL_ARG && !a->file)
        a->file = arg;
    else
        return TOOL_NOT_MINE;
    return 0;
}

static const struct tool_option options[] = {
    {"from", KEY_FROM, "N", N_("from entry N (needed; 1 is the first)")},
    {"to", KEY_TO, "N", N_("to entry N; the last by default")},
    {"msgpack", KEY_MSGPACK, NULL, N_("a msgpack map for each entry instead of a line of JSON")},
    {0},
};

static const struct tool_usage usage = {
    .args = N_("--from N [OPTIONS] [FILE]"),
    .examples = {"siaga export --from 1 jurnal-001.jsonl",
                 "siaga export --from 4821 --to 9000 | jq -c .told", NULL},
    .options = options,
    .option = take,
    .args_max = 1,
    .exits = N_("65  the journal has no such number\n"
                "73  the file is there already or cannot be made"),
};

static void put(const siaga_doc *line, bool msgpack, FILE *out)
{
    if (msgpack) {
        siaga_doc_msgpack(line, out);
        return;
    }
    siaga_doc_json(line, out);
    fputc('\n', out);
}

static void tell(struct tool *t, struct tool_progress *progress, FILE *out, int64_t at,
                 int64_t upto)
{
    if (!isatty(fileno(out)) && at && tool_progress_due(progress))
        tool_progress_show(t, N_("up to entry %lld of %lld"), (long long)at - 1, (long long)upto);
}

/* Slice after slice; the first and last line come with them. */
static int slices(struct tool *t, const struct asked *a, FILE *out)
{
    siaga_map *request = tool_request(t);
    siaga_doc *answer = NULL;
    struct tool_progress progress = tool_progress_begin();
    int64_t next = a->from;
    int code = 0;
    if (a->upto)
        siaga_map_int(request, "upto", a->upto);
    while (next && !code && !ferror(out)) {
        siaga_map_int(request, "from", next);
        code = tool_ask(t, "export", request, &answer);
        if (code)
            break;
        const siaga_doc *lines = siaga_doc_get(answer, "lines");
        for (size_t i = 0; i < siaga_doc_size(lines); i++)
            put(siaga_doc_at(lines, i), a->msgpack, out);
        next = siaga_int(answer, "next", 0);
        tell(t, &progress, out, next, siaga_int(answer, "upto", 0));
        siaga_map_int(request, "upto", siaga_int(answer, "upto", 0));
        siaga_map_int(request, "began", siaga_int(answer, "began", 0));
        siaga_doc_free(answer);
        answer = NULL;
    }
    tool_progress_end(&progress);
    return code;
}

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {0};
    struct tool_file file = {.out = stdout};
    int code = tool_parse(t, &usage, argc, argv, &asked);
    if (!code && !asked.from)
        code = tool_complain(t, EX_USAGE, "name the first entry: --from 1 means all of them");
    if (!code && asked.file)
        code = tool_file_open(t, &file, asked.file);
    if (code)
        return code;
    code = slices(t, &asked, file.out);
    return asked.file ? tool_file_close(t, &file, code) : code;
}

const struct verb export_verb = {
    .name = "export",
    .summary =
        N_("Give out entries of the journal, byte by byte and in words, without personal data."),
    .run = run,
};
