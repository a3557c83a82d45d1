/* siaga retention: what the archive schedule says is to be destroyed now. It only shows, unless
 * --run says otherwise. */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

enum { KEY_RUN = 1000 };

struct asked {
    bool run;
    size_t rows, held;
    int worst;
};

static int take(struct tool *t, void *state, int key, const char *arg)
{
    (void)t;
    (void)arg;
    if (key != KEY_RUN)
        return TOOL_NOT_MINE;
    ((struct asked *)state)->run = true;
    return 0;
}

static const struct tool_option options[] = {
    {"run", KEY_RUN, NULL, N_("destroy what is shown; without it nothing is destroyed")},
    {0},
};

static const struct tool_usage usage = {
    .args = N_("[OPTIONS]"),
    .examples = {"siaga retention -o jsonl", "siaga retention --run", NULL},
    .options = options,
    .fields = "ticket,what,kept_until,category,hold",
    .known = "ended_at state version owner " TOOL_CHANGE_KNOWN,
    .option = take,
    .exits = N_("1   nothing is due"),
};

static void show(struct tool *t, const siaga_doc *row, bool held)
{
    char when[TOOL_TIME_BYTES];
    if (t->output != TOOL_TABLE) {
        tool_emit(t, row);
        return;
    }
    tool_print(stdout, siaga_text(row, "ticket"));
    printf("  %-7s  %s  ", siaga_text(row, "what"),
           tool_time_long(t, siaga_time(row, "kept_until"), when));
    tool_print(stdout, siaga_text(row, "category"));
    puts(held ? tool_text(t, "  ON HOLD") : "");
}

static int destroy(struct tool *t, const siaga_doc *row)
{
    siaga_map *request = siaga_map_new();
    siaga_map_text(request, "ticket", siaga_text(row, "ticket"));
    siaga_map_text(request, "what", siaga_text(row, "what"));
    siaga_map_text(request, "reason", "retention");
    int code =
        tool_change(t, &(struct tool_change){.verb = "erase", .request = request, .many = true});
    siaga_map_free(request);
    return code;
}

static void take_rows(struct tool *t, struct asked *a, const siaga_doc *rows)
{
    for (size_t i = 0; i < siaga_doc_size(rows); i++) {
        const siaga_doc *row = siaga_doc_at(rows, i);
        bool held = siaga_bool(row, "hold", false);
        a->rows++;
        a->held += held;
        if (!a->run || held) {
            show(t, row, held);
            continue;
        }
        int code = destroy(t, row);
        a->worst = code ? code : a->worst;
    }
}

static int run(struct tool *t, int argc, char **argv)
{
    struct asked asked = {0};
    int64_t after = 0;
    int code = tool_parse(t, &usage, argc, argv, &asked);
    do {
        siaga_doc *answer = NULL;
        siaga_map *request = siaga_map_new();
        if (after)
            siaga_map_int(request, "after", after);
        if (!code)
            code = tool_ask(t, "retention", request, &answer);
        siaga_map_free(request);
        if (code)
            return code;
        take_rows(t, &asked, siaga_doc_get(answer, "rows"));
        after = siaga_int(answer, "after", 0);
        siaga_doc_free(answer);
    } while (after);
    if (t->output != TOOL_TABLE)
        tool_emit_end(t);
    if (asked.held)
        tool_note(t, "%zu are on hold and are not destroyed", asked.held);
    return asked.worst ? asked.worst : asked.rows ? 0 : TOOL_SOME;
}

const struct verb retention_verb = {
    .name = "retention",
    .summary = N_("What the archive schedule says is to be destroyed; --run destroys it."),
    .run = run,
};
