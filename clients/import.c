/* siaga import: many events out of one file, each once, however often it is run. */
#include "import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "spool.h"

#define PATIENCE_MS (24 * 3600 * 1000) /* a large file meets the limit a minute, and waits */

enum {
    KEY_KIND = 1000,
    KEY_MAP,
    KEY_CATEGORY_MAP,
    KEY_DRY_RUN,
    KEY_REJECTS,
    KEY_MAX_ERRORS,
    KEY_HISTORIC
};

static const struct tool_option options[] = {
    {NULL, 0, NULL, N_("What is in the file")},
    {"kind", KEY_KIND, N_("KIND"), N_("kind of lines that name none: emergency complaint report")},
    {"map", KEY_MAP, N_("FIELD=COLUMN"), N_("take the field from that column, repeatable")},
    {"category-map", KEY_CATEGORY_MAP, N_("FILE"),
     N_("categories by other names: word TAB category, the first line is a heading")},
    {"historic", KEY_HISTORIC, NULL,
     N_("history from elsewhere: was_received is required, was_resolved and other steps if known")},
    {NULL, 0, NULL, N_("How it runs")},
    {"dry-run", KEY_DRY_RUN, NULL, N_("only check, send nothing")},
    {"rejects", KEY_REJECTS, N_("FILE"), N_("write the refused lines to this file")},
    {"max-errors", KEY_MAX_ERRORS, "N", N_("stop after N refused lines")},
    SPOOL_OPTIONS,
    {0},
};

static int add_map(struct import *im, const char *arg)
{
    const char *mark = strchr(arg, '=');
    if (!mark || mark == arg || !mark[1] || im->maps_n == IMPORT_MAPS_MAX)
        return tool_complain(im->tool, EX_USAGE, "--map: use FIELD=COLUMN, not '%s'", arg);
    char *field = strndup(arg, (size_t)(mark - arg));
    if (!*siaga_field_type(field)) {
        const char *names[64] = {NULL};
        size_t n = 0;
        for (size_t i = 0; n < 63 && siaga_word("field", i); i++)
            if (*siaga_field_type(siaga_word("field", i)))
                names[n++] = siaga_word("field", i);
        const char *near = tool_nearest(field, names);
        int code = tool_complain(im->tool, EX_USAGE, "--map: there is no field '%s'%s%s", field,
                                 near ? " -> " : "", near ? near : "");
        free(field);
        return code;
    }
    im->maps[im->maps_n++] = (struct import_map){field, strdup(mark + 1)};
    return 0;
}

static int set_kind(struct import *im, const char *arg)
{
    im->kind = tool_find_word("kind", arg);
    return im->kind ? 0 : tool_word(im->tool, "--kind", "kind", arg);
}

static int set_max(struct import *im, const char *arg)
{
    if (tool_number(arg, 1, INT32_MAX, &im->max_errors))
        return 0;
    return tool_complain(im->tool, EX_USAGE, "--max-errors: a number from 1 on, not '%s'", arg);
}

static int option(struct tool *t, void *state, int key, const char *arg)
{
    struct import *im = state;
    if (spool_option(t, key) == 0)
        return 0;
    if (key == TOOL_ARG)
        im->name = arg;
    else if (key == KEY_DRY_RUN)
        im->dry_run = true;
    else if (key == KEY_HISTORIC)
        im->historic = true;
    else if (key == KEY_REJECTS)
        im->rejects_name = arg;
    else
        return key == KEY_KIND           ? set_kind(im, arg)
               : key == KEY_MAP          ? add_map(im, arg)
               : key == KEY_CATEGORY_MAP ? import_categories(im, arg)
               : key == KEY_MAX_ERRORS   ? set_max(im, arg)
                                         : TOOL_NOT_MINE;
    return 0;
}

/* ---- lines ---- */

static bool blank(const char *line)
{
    return line[strspn(line, " \t\r\n")] == '\0';
}

const char *import_line(struct import *im, size_t *ret_n)
{
    static const char bom[] = "\xef\xbb\xbf";
    if (im->line_held) {
        im->line_held = false;
        *ret_n = strlen(im->line);
        return im->line;
    }
    ssize_t n = getline(&im->line, &im->line_room, im->in);
    if (n < 0)
        return NULL;
    if (++im->line_number == 1 && strncmp(im->line, bom, 3) == 0) {
        n -= 3;
        memmove(im->line, im->line + 3, (size_t)n + 1);
    }
    *ret_n = (size_t)n;
    return im->line;
}

/* The separator that stands most often in the heading, outside quotes. */
static char separator(const char *heading)
{
    static const char marks[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    bool quoted = false;
    for (const char *p = heading; *p; p++) {
        const char *mark = strchr(marks, *p);
        quoted ^= *p == '"';
        if (mark && !quoted)
            counts[mark - marks]++;
    }
    for (size_t i = 1; i < 3; i++)
        if (counts[i] > counts[best])
            best = i;
    return marks[best];
}

/* The first line with something in it tells the form; it is held for the reader. */
static void read_all(struct import *im)
{
    const char *line;
    size_t n;
    while ((line = import_line(im, &n)) && blank(line))
        ;
    if (!line)
        return;
    im->line_held = true;
    char first = line[strspn(line, " \t")];
    if (first == '{' || first == '[')
        import_json(im);
    else
        import_csv(im, separator(line));
}

/* ---- one row ---- */

bool import_over(const struct import *im)
{
    return im->code || (im->max_errors && im->refused >= (unsigned long)im->max_errors);
}

void import_fault(struct import *im, long line, const char *field, const char *reason)
{
    char clean_field[64], clean[512];
    import_progress(im, true);
    fprintf(stderr, "%s:%ld: %s%s%s\n", im->name, line,
            tool_clean(field, clean_field, sizeof(clean_field)), *field ? ": " : "",
            tool_clean(reason, clean, sizeof(clean)));
}

void import_refuse(struct import *im, const char *raw)
{
    im->refused++;
    if (!im->rejects)
        return;
    if (im->rejects_head)
        fprintf(im->rejects, "%s\n", im->rejects_head);
    free(im->rejects_head);
    im->rejects_head = NULL;
    fprintf(im->rejects, "%s\n", raw);
}

void import_take(struct import *im, const struct import_row *row)
{
    im->rows++;
    siaga_event *event = import_event(im, row);
    if (event && im->dry_run)
        siaga_event_free(event);
    else if (event)
        import_send(im, event, row);
    import_progress(im, false);
}

/* ---- the run ---- */

static int open_files(struct import *im)
{
    struct tool *t = im->tool;
    im->in = strcmp(im->name, "-") == 0 ? stdin : fopen(im->name, "r");
    if (!im->in)
        return tool_complain(t, EX_NOINPUT, "%s: cannot open it: %s", im->name, strerror(errno));
    if (!im->rejects_name)
        return 0;
    im->rejects = fopen(im->rejects_name, "w");
    return im->rejects ? 0
                       : tool_complain(t, EX_CANTCREAT, "%s: cannot write it: %s", im->rejects_name,
                                       strerror(errno));
}

/* What is told at the end, and the exit code it comes to. */
static int sum_up(struct import *im)
{
    struct tool *t = im->tool;
    int code = im->code;
    import_progress(im, true);
    if (ferror(im->in))
        code = tool_complain(t, EX_IOERR, "%s: reading it broke off", im->name);
    if (im->rejects && (ferror(im->rejects) | fclose(im->rejects)) && !code)
        code = tool_complain(t, EX_IOERR, "%s: not written in full", im->rejects_name);
    if (im->dry_run)
        tool_note(t, "%lu lines read, %lu refused; nothing was sent", im->rows, im->refused);
    else
        tool_note(t, "%lu stored, %lu already there, %lu refused", im->stored, im->duplicate,
                  im->refused);
    if (im->queued)
        tool_note(t, "%lu queued on this disk; 'siaga flush' sends them", im->queued);
    if (im->max_errors && im->refused >= (unsigned long)im->max_errors)
        tool_note(t, "stopped at line %ld because of --max-errors; what follows was not read",
                  im->line_number);
    if (im->code)
        tool_note(t, "not complete; run it again: what is stored will not be doubled");
    if (code || !im->refused)
        return code;
    return im->refused == im->rows ? EX_DATAERR : TOOL_SOME;
}

static void release(struct import *im)
{
    for (size_t i = 0; i < im->maps_n; i++) {
        free(im->maps[i].field);
        free(im->maps[i].column);
    }
    import_categories_free(im);
    free(im->rejects_head);
    free(im->line);
    if (im->in && im->in != stdin)
        fclose(im->in);
}

static int run(struct tool *t, int argc, char **argv)
{
    static const struct tool_usage usage = {
        .args = N_("[OPTIONS] FILE|-"),
        .examples =
            {
                "siaga import laporan.csv --kind report --map title=judul --map body=uraian",
                "siaga import kejadian.jsonl --kind emergency --map key=ref "
                "--historic --map was_received=mulai --map was_resolved=selesai",
            },
        .options = options,
        .option = option,
        .fields = TOOL_RECEIPT_FIELDS,
        .known = TOOL_RECEIPT_KNOWN,
        .args_min = 1,
        .args_max = 1,
        .exits = N_("here: 1 some lines were refused, 65 all lines were"),
    };
    struct import im = {.tool = t, .progress = tool_progress_begin()};
    int code = tool_parse(t, &usage, argc, argv, &im);
    if (!code)
        code = open_files(&im);
    t->patience_ms = PATIENCE_MS;
    im.spool = t->spool == TOOL_SPOOL_ALWAYS && !im.dry_run; /* a file can be imported again */
    if (!code && !im.dry_run)
        tool_session(t, &code);
    if (!code && im.spool)
        spool_open(t, &code);
    if (!code) {
        import_begin(&im);
        if (!im.code)
            read_all(&im);
        import_finish(&im);
        code = sum_up(&im);
        tool_emit_end(t);
    }
    release(&im);
    spool_close();
    return code;
}

const struct verb import_verb = {
    "import",
    N_("Takes in many events from one file of JSON Lines or CSV; safe to repeat."),
    run,
};
