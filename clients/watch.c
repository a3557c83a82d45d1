/* siaga watch: the live feed, a line an entry.
 *
 * What was told and what the cursor file says never part in the wrong direction: an entry is
 * written and flushed (or its command has ended well), then the cursor moves past it. A crash in
 * between tells some entries again and leaves none out. */
#include "tool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 500 /* how often signals, --wait and a closed stdout are looked at */
/* The cursor while entries come in a rush: a crash tells no more than these again. */
#define SAVE_EVERY_US 100000
#define SAVE_EVERY_ROWS 256

struct watch {
    struct tool *t;
    /* asked for; 0 and NULL: not */
    char since[SIAGA_TIME_BYTES]; /* RFC 3339 */
    const char *cursor, *command;
    int64_t from, count, wait_s;
    bool snapshot, verbose;
    /* while it runs */
    siaga_watch *feed;
    bool beat_shown; /* a heartbeat stands in the last line of the terminal */
    bool over;       /* end with the code given back */
    uint64_t next;   /* position after all that was told */
    uint64_t saved;  /* the one in the cursor file */
    int64_t rows, saved_rows;
    int64_t row_at_us, saved_at_us; /* monotonic */
};

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

static int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- telling ---- */

/* Stopped from outside, or broken: how to go on without a gap. */
static void tell_resume(struct watch *w)
{
    if (w->next)
        tool_note(w->t, "continue with --from %llu", (unsigned long long)w->next);
    else
        tool_note(w->t, "start again with --snapshot");
}

/* A reader that went away is no failure; a full disk is. */
static int written(struct watch *w)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    int why = errno;
    clearerr(stdout);
    w->over = true;
    if (why == EPIPE)
        return 0;
    return tool_complain(w->t, EX_IOERR, "cannot write: %s", strerror(why));
}

static int tell(struct watch *w, const siaga_doc *row)
{
    if (w->t->output == TOOL_TABLE)
        tool_print_entry(w->t, stdout, row);
    else
        tool_emit(w->t, row);
    return written(w);
}

static int execute(struct watch *w, const siaga_doc *row)
{
    int code = tool_execute(w->command, row);
    w->over = code != 0;
    if (!code)
        return 0;
    tool_complain(w->t, code, "the --exec command failed at number %lld (exit %d)",
                  (long long)siaga_int(row, "seq", 0), code);
    if (!caught)
        tell_resume(w);
    return code;
}

/* Stores how far all was told. Inside a first snapshot there is nothing to store yet. */
static int save(struct watch *w)
{
    if (!w->cursor || !w->next || w->next == w->saved)
        return 0;
    int code = tool_cursor_write(w->t, w->cursor, w->next);
    w->over |= code != 0;
    w->saved = w->next;
    w->saved_rows = w->rows;
    w->saved_at_us = clock_us();
    return code;
}

/* ---- items, one function a kind ---- */

static int on_row(struct watch *w, const siaga_item *item, const siaga_error *err)
{
    (void)err;
    int code = w->command ? execute(w, item->doc) : tell(w, item->doc);
    if (w->over)
        return code;
    w->next = item->next;
    w->row_at_us = clock_us();
    w->over = ++w->rows == w->count;
    bool now = w->command || w->over || w->row_at_us - w->saved_at_us > SAVE_EVERY_US ||
               w->rows - w->saved_rows >= SAVE_EVERY_ROWS;
    return now ? save(w) : 0;
}

/* Nothing more is waiting: what was told is stored, and it is time to look around. */
static int on_none(struct watch *w, const siaga_item *item, const siaga_error *err)
{
    (void)err;
    struct pollfd out = {.fd = STDOUT_FILENO};
    w->next = item->next;
    if (!w->command && poll(&out, 1, 0) == 1)
        w->over = true; /* nobody reads any more */
    else if (w->wait_s && clock_us() - w->row_at_us >= w->wait_s * 1000000)
        w->over = true;
    int code = save(w);
    return code || w->rows || !w->wait_s || !w->over ? code : TOOL_SOME;
}

/* A heartbeat stays in one line of a terminal; elsewhere it is told on demand only. */
static int on_beat(struct watch *w, const siaga_item *item, const siaga_error *err)
{
    (void)err;
    char when[TOOL_TIME_BYTES];
    bool one_line = isatty(STDERR_FILENO) && !w->verbose;
    w->next = item->next;
    if (!one_line && !w->verbose)
        return on_none(w, item, err);
    fprintf(stderr, "%s%s  %s %llu%s", one_line ? "\r\033[K" : "",
            tool_time_long(w->t, siaga_time(item->doc, "now"), when),
            tool_text(w->t, "siagad is there; nothing missed up to number"),
            (unsigned long long)item->head, one_line ? "" : "\n");
    fflush(stderr);
    w->beat_shown = one_line;
    return on_none(w, item, err);
}

static int on_gap(struct watch *w, const siaga_item *item, const siaga_error *err)
{
    (void)err;
    char reason[200];
    bool damaged = strcmp(siaga_text(item->doc, "reason"), "damaged") == 0;
    tool_note(w->t, "gap: numbers %lld to %lld cannot be told one by one (%s); %s",
              (long long)siaga_int(item->doc, "from", 0), (long long)siaga_int(item->doc, "to", 0),
              tool_clean(siaga_text(item->doc, "reason"), reason, sizeof(reason)),
              damaged ? tool_text(w->t, "the feed goes on behind it")
                      : tool_text(w->t, "what is open follows"));
    return 0;
}

static int on_snapshot_end(struct watch *w, const siaga_item *item, const siaga_error *err)
{
    (void)err;
    w->next = item->next;
    tool_note(w->t, "that is what was open at number %llu; from here on it is live",
              (unsigned long long)item->at);
    return save(w);
}

static int on_lost(struct watch *w, const siaga_item *item, const siaga_error *err)
{
    (void)item;
    tool_note(w->t, "the feed is broken: %s", tool_reason(w->t, err));
    return 0;
}

static int on_reconnected(struct watch *w, const siaga_item *item, const siaga_error *err)
{
    (void)err;
    if (item->next)
        tool_note(w->t, "connected again; it goes on from number %llu without a gap",
                  (unsigned long long)item->next);
    else
        tool_note(w->t, "connected again; the list of what is open starts anew");
    return 0;
}

static int (*const handlers[])(struct watch *, const siaga_item *, const siaga_error *) = {
    [SIAGA_ITEM_NONE] = on_none,        [SIAGA_ITEM_ROW] = on_row,
    [SIAGA_ITEM_SNAPSHOT_ROW] = on_row, [SIAGA_ITEM_SNAPSHOT_END] = on_snapshot_end,
    [SIAGA_ITEM_BEAT] = on_beat,        [SIAGA_ITEM_GAP] = on_gap,
    [SIAGA_ITEM_LOST] = on_lost,        [SIAGA_ITEM_RECONNECTED] = on_reconnected,
};

static int handle(struct watch *w, const siaga_item *item, const siaga_error *err)
{
    if ((size_t)item->kind >= sizeof(handlers) / sizeof(*handlers))
        return 0;
    if (w->beat_shown && item->kind != SIAGA_ITEM_NONE && item->kind != SIAGA_ITEM_BEAT) {
        fputs("\r\033[K", stderr);
        w->beat_shown = false;
    }
    return handlers[item->kind](w, item, err);
}

/* ---- the run ---- */

static void end_beat(struct watch *w)
{
    if (w->beat_shown)
        fputc('\n', stderr);
    w->beat_shown = false;
}

static int follow(struct watch *w)
{
    int code = 0;
    siaga_item item;
    siaga_error err;
    w->next = siaga_watch_position(w->feed);
    w->row_at_us = clock_us();
    code = save(w); /* so that a start without any entry is a place to go on from, too */
    while (!w->over && !caught) {
        bool unsaved = w->cursor && w->next != w->saved;
        code = siaga_watch_next(w->feed, unsaved ? 0 : LOOK_MS, &item, &err);
        if (code) {
            end_beat(w);
            tool_fail(w->t, &err);
            tell_resume(w);
            return code;
        }
        code = handle(w, &item, &err);
    }
    end_beat(w);
    if (caught) {
        save(w);
        tell_resume(w);
        return 128 + caught;
    }
    return code;
}

static void listen_to_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal}, none = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGPIPE, &none, NULL);
}

/* Where to begin: as asked, else at the cursor, else now. */
static int place_start(struct watch *w, siaga_map *request)
{
    int64_t next = w->from;
    if (w->cursor && !w->from && !*w->since) {
        int code = tool_cursor_read(w->t, w->cursor, &next);
        if (code)
            return code;
        if (next)
            w->snapshot = false; /* it was told the first time */
        w->saved = (uint64_t)next;
    }
    if (next)
        siaga_map_int(request, "from", next);
    if (*w->since)
        siaga_map_text(request, "since", w->since);
    if (w->snapshot)
        siaga_map_bool(request, "snapshot", true);
    return 0;
}

/* ---- the verb ---- */

enum { KEY_FROM = 1000, KEY_SINCE, KEY_SNAPSHOT, KEY_COUNT, KEY_WAIT, KEY_CURSOR, KEY_EXEC };

static const struct tool_option options[] = {
    {"from", KEY_FROM, "N", N_("begin at number N (1: oldest)")},
    {"since", KEY_SINCE, N_("TIME"), N_("begin with what was received since this time")},
    {"snapshot", KEY_SNAPSHOT, NULL, N_("first tell what is open")},
    {"count", KEY_COUNT, "N", N_("end after N rows")},
    {"wait", KEY_WAIT, N_("SECONDS"), N_("end after so many seconds without a row")},
    {"cursor-file", KEY_CURSOR, N_("FILE"), N_("keep the next number here and go on from it")},
    {"exec", KEY_EXEC, N_("COMMAND"),
     N_("instead of printing: run through sh, the row (JSON) on stdin")},
    {"verbose", 'v', NULL, N_("tell each heartbeat, too")},
    {0},
};

static int take_number(struct watch *w, int key, const char *arg)
{
    int64_t *const into[] = {&w->from, NULL, NULL, &w->count, &w->wait_s};
    if (tool_number(arg, 1, key == KEY_WAIT ? 1000000000 : INT64_MAX, into[key - KEY_FROM]))
        return 0;
    return tool_complain(w->t, EX_USAGE,
                         "--from, --count and --wait take a number from 1; not '%s'", arg);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct watch *w = state;
    if (key == KEY_FROM || key == KEY_COUNT || key == KEY_WAIT)
        return take_number(w, key, arg);
    if (key == KEY_SINCE)
        return tool_time_option(t, "--since", arg, w->since);
    if (key == KEY_SNAPSHOT)
        w->snapshot = true;
    else if (key == KEY_CURSOR)
        w->cursor = arg;
    else if (key == KEY_EXEC)
        w->command = arg;
    else if (key == 'v')
        w->verbose = true;
    else
        return TOOL_NOT_MINE;
    return 0;
}

static const struct tool_usage usage = {
    .args = N_("[OPTIONS] [NAME=VALUE ...]"),
    .examples = {"siaga watch --snapshot severity=extreme,severe",
                 "siaga watch skpd=dbmsda --cursor-file dbmsda.cursor --exec ./kirim.sh", NULL},
    .options = options,
    .filters = true,
    .fields = "seq,at,entry,ticket,severity,state,owner,kecamatan,title",
    .rows = true,
    .events = true,
    .live = true,
    .option = take,
    .exits = N_("1    --wait ran out without a single row\n"
                "  N    of the --exec command that failed\n"
                "  130  stopped; the number for --from is on stderr"),
};

static int run(struct tool *t, int argc, char **argv)
{
    struct watch w = {.t = t};
    int code = tool_parse(t, &usage, argc, argv, &w);
    if (!code && w.from && *w.since)
        code = tool_complain(t, EX_USAGE, "use --from or --since, not both");
    siaga_session *session = code ? NULL : tool_session(t, &code);
    if (!session)
        return code;
    if (t->output == TOOL_TABLE && !t->output_given && !isatty(STDOUT_FILENO))
        t->output = TOOL_JSONL;
    listen_to_signals();
    siaga_error err;
    code = place_start(&w, tool_request(t));
    if (code)
        return code;
    code = siaga_watch_open(session, tool_request(t), &w.feed, &err);
    if (code) {
        tool_fail(t, &err);
        tool_suggest(t, err.where, "");
        return code;
    }
    code = follow(&w);
    siaga_watch_free(w.feed);
    tool_emit_end(t);
    return code;
}

const struct verb watch_verb = {
    .name = "watch",
    .summary = N_("Follow the live feed, a line for each event and change."),
    .run = run,
};
