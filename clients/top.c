/* siaga top: a live screen for an operator's terminal.
 *
 * One loop looks at everything in turn and waits at most LOOK_MS for the keyboard or the network:
 * the watch, the answers to what was asked, the keys; then it paints. So whatever siagad does, the
 * clock on the screen goes on and the bar that says "not current" comes in time. */
#include "top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 100
#define ITEMS_AT_ONCE 512 /* then the keys are looked at again */
#define REASON_BYTES 64

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* BOOTTIME goes on while the machine sleeps: what is on the screen then is old. */
static struct top_time clocks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (struct top_time){.wall = siaga_now(),
                             .mono = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000};
}

/* ---- the feed ---- */

/* One entry, or a remark of ours, as a line of the feed. */
static void note_row(struct top *top, const siaga_doc *row)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        abort();
    tool_print_entry(top->t, out, row);
    if (fclose(out) != 0)
        abort();
    text[strcspn(text, "\n")] = '\0';
    top_model_line(top->m, text, top_severity(siaga_text(row, "severity")), false);
    free(text);
}

/* In the feed, too, where it stays. What was said of an act before is not hidden by it. */
static void remark(struct top *top, const char *before)
{
    char line[2 * TOP_MESSAGE_BYTES], when[TOOL_TIME_BYTES];
    tool_time_short(top->t, top->now.wall, when);
    snprintf(line, sizeof(line), "%s  %s", when, top->message);
    top_model_line(top->m, line, TOP_SEVERITIES - 1, true);
    if (!*before)
        return;
    snprintf(line, sizeof(line), "%s\n%s", before, top->message);
    tool_cut(line, top->message, sizeof(top->message) - 1);
}

/* What was missed, said when that is known: in the message line, and to be found in the feed. */
static void tell_missed(struct top *top)
{
    struct top_missed missed;
    char span[TOOL_TIME_BYTES], before[TOP_MESSAGE_BYTES];
    if (!top_model_missed(top->m, &missed))
        return;
    memcpy(before, top->message, sizeof(before));
    tool_span(top->t, missed.until - missed.since, span);
    if (missed.damaged)
        top_say(top, true,
                "GAP: number %llu in the journal of siagad is damaged and cannot be told; tell IT",
                (unsigned long long)missed.from);
    else if (missed.gap)
        top_say(top, true,
                "GAP: numbers %llu to %llu cannot be told one by one; what is open was read anew",
                (unsigned long long)missed.from, (unsigned long long)missed.to);
    else if (missed.anew)
        top_say(top, false, "back after %s; what is open was read anew", span);
    else
        top_say(top, false,
                "back after %s; it goes on from number %llu without a gap, %llu rows followed",
                span, (unsigned long long)missed.from, (unsigned long long)missed.rows);
    remark(top, before);
}

/* All that the watch has now; 0, or why it is over. */
static int hear(struct top *top, bool *ret_more, siaga_error *err)
{
    *ret_more = true;
    for (int i = 0; i < ITEMS_AT_ONCE; i++) {
        siaga_item item;
        int code = siaga_watch_next(top->feed, 0, &item, err);
        if (code)
            return code;
        if (item.kind == SIAGA_ITEM_NONE) {
            *ret_more = false;
            return 0;
        }
        top->now = clocks();
        top_model_item(top->m, &item, top->now);
        if (item.kind == SIAGA_ITEM_ROW)
            note_row(top, item.doc);
        if (item.kind == SIAGA_ITEM_SNAPSHOT_END) {
            top->list = true;
            top->list_after = 0;
        }
        tell_missed(top);
    }
    return 0;
}

/* ---- the chosen case ---- */

/* It stays chosen wherever it goes, so that no key acts on a case that came in between; when it has
 * ended, the one in its place is. */
static void keep_chosen(struct top *top)
{
    size_t n = top_model_cases(top->m), at = top_model_place(top->m, top->chosen);
    if (at == SIZE_MAX)
        at = top->row < n ? top->row : n - 1;
    const struct top_case *c = n ? top_model_at(top->m, at) : NULL;
    top->chosen = c ? c->number : 0;
    top->row = c ? at : 0;
}

static void choose(struct top *top, size_t row)
{
    size_t n = top_model_cases(top->m);
    const struct top_case *c = n ? top_model_at(top->m, row < n ? row : n - 1) : NULL;
    top->chosen = c ? c->number : 0;
    top->moved = true;
    keep_chosen(top);
}

static void scroll(struct top *top, int key)
{
    size_t page = top_draw_page(), *at = top->pane.open ? &top->pane.scroll : &top->row;
    size_t to = key == TOP_KEY_UP          ? (*at ? *at - 1 : 0)
                : key == TOP_KEY_DOWN      ? *at + 1
                : key == TOP_KEY_PAGE_UP   ? (*at > page ? *at - page : 0)
                : key == TOP_KEY_PAGE_DOWN ? *at + page
                : key == TOP_KEY_HOME      ? 0
                                           : 100000000;
    if (top->pane.open)
        top->pane.scroll = to; /* the painter knows where it ends */
    else
        choose(top, to);
}

/* ---- acts ---- */

/* The case a key is about, and the version of it that is on the screen; false: there is none. */
static bool shown(struct top *top, uint64_t *ret_number, int64_t *ret_version)
{
    const struct top_case *c =
        top_model_find(top->m, top->pane.open ? top->pane.number : top->chosen);
    if (!c || (top->pane.open && !top->pane.text)) {
        top_say(top, true, "no open case is chosen");
        return false;
    }
    *ret_number = c->number;
    *ret_version = top->pane.open ? top->pane.version : c->version;
    return true;
}

static void acknowledge(struct top *top)
{
    uint64_t number;
    int64_t version;
    if (shown(top, &number, &version))
        top_act(top, "ack", number, version, NULL, NULL);
}

static void forward(struct top *top)
{
    char label[128];
    if (!shown(top, &top->forwarded, &top->forwarded_at))
        return;
    const struct top_case *c = top_model_find(top->m, top->forwarded);
    snprintf(label, sizeof(label), "%s %s, %s", tool_text(top->t, "Forward"), c->ticket,
             tool_text(top->t, "to SKPD:"));
    *top->message = '\0';
    top->step = TOP_STEP_TARGET;
    top_prompt_begin(&top->prompt, label, sizeof(top->target) - 1);
}

static void typed(struct top *top)
{
    if (!*top->prompt.text) {
        top->step = TOP_STEP_NONE;
        top_say(top, false, "given up");
    } else if (top->step == TOP_STEP_TARGET) {
        tool_fold(top->prompt.text, top->target, sizeof(top->target));
        top->step = TOP_STEP_REASON;
        top_prompt_begin(&top->prompt, tool_text(top->t, "Reason, up to 64 bytes:"), REASON_BYTES);
    } else {
        top->step = TOP_STEP_NONE;
        top_act(top, "forward", top->forwarded, top->forwarded_at, top->target, top->prompt.text);
    }
}

static void read_again(struct top *top)
{
    top->status_at = 0;
    if (top->pane.open) {
        uint64_t number = top->pane.number;
        top_pane_open(top, number);
        return;
    }
    siaga_watch_anew(top->feed);
    top_say(top, false, "what is open is read anew");
}

/* ---- keys ---- */

static void open_case(struct top *top)
{
    if (top->pane.open)
        top_pane_close(top);
    else if (top->chosen)
        top_pane_open(top, top->chosen);
}

static void leave(struct top *top)
{
    if (top->help)
        top->help = false;
    else if (top->pane.open)
        top_pane_close(top);
    else
        top->over = true;
}

static void toggle_help(struct top *top)
{
    top->help = !top->help;
}

static void escape(struct top *top)
{
    if (top->help || top->pane.open)
        leave(top);
}

static const struct key {
    int key;
    void (*act)(struct top *top);
    int scrolls; /* the key it stands for, when act is NULL */
} keys[] = {
    {'a', acknowledge, 0},
    {'f', forward, 0},
    {'r', read_again, 0},
    {'?', toggle_help, 0},
    {'q', leave, 0},
    {TOP_KEY_ESCAPE, escape, 0},
    {TOP_KEY_ENTER, open_case, 0},
    {'k', NULL, TOP_KEY_UP},
    {'j', NULL, TOP_KEY_DOWN},
    {TOP_KEY_UP, NULL, TOP_KEY_UP},
    {TOP_KEY_DOWN, NULL, TOP_KEY_DOWN},
    {TOP_KEY_PAGE_UP, NULL, TOP_KEY_PAGE_UP},
    {TOP_KEY_PAGE_DOWN, NULL, TOP_KEY_PAGE_DOWN},
    {TOP_KEY_HOME, NULL, TOP_KEY_HOME},
    {TOP_KEY_END, NULL, TOP_KEY_END},
};

static void press(struct top *top, int key)
{
    size_t i = 0;
    while (i < sizeof(keys) / sizeof(*keys) && keys[i].key != key)
        i++;
    if (i == sizeof(keys) / sizeof(*keys))
        return;
    *top->message = '\0';
    if (keys[i].act)
        keys[i].act(top);
    else
        scroll(top, keys[i].scrolls);
}

static void edit(struct top *top, int key)
{
    if (key == TOP_KEY_ENTER) {
        typed(top);
    } else if (key == TOP_KEY_ESCAPE) {
        top->step = TOP_STEP_NONE;
        top_say(top, false, "given up");
    } else if (key == TOP_KEY_BACK) {
        top_prompt_back(&top->prompt);
    } else if (key == 'U' - '@') {
        top_prompt_clear(&top->prompt);
    } else if (key >= 0) {
        top_prompt_type(&top->prompt, (unsigned long)key);
    }
}

/* ---- the loop ---- */

/* Until a key, news, or LOOK_MS. A terminal that went away ends it. */
static void wait(struct top *top)
{
    siaga_batch none;
    siaga_session *watch = top->t->session;
    while (siaga_submit_poll(watch, 0, &none))
        siaga_batch_free(&none);
    struct pollfd fds[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = siaga_session_fd(watch), .events = POLLIN},
        {.fd = top_ask_fd(top), .events = POLLIN},
    };
    if (poll(fds, 3, LOOK_MS) > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
        top->over = true;
}

/* Before anything new is heard: a key means what was on the screen when it was pressed. */
static void take_keys(struct top *top)
{
    int key;
    while (!top->over && (key = top_screen_key()) != TOP_KEY_NONE)
        if (top->step)
            edit(top, key);
        else
            press(top, key);
}

static int follow(struct top *top, siaga_error *err)
{
    while (!top->over && !caught) {
        bool more;
        int code = hear(top, &more, err);
        if (code)
            return code;
        top->now = clocks();
        top_ask_tend(top);
        keep_chosen(top);
        top_draw(top);
        if (!more)
            wait(top);
        take_keys(top);
    }
    return caught ? 128 + caught : 0;
}

static void listen_to_signals(void)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction stop = {.sa_handler = on_signal}, none = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++)
        sigaction(stops[i], &stop, NULL);
    sigaction(SIGPIPE, &none, NULL);
}

/* The terminal is given back before anything else is said. */
static int show(struct top *top)
{
    siaga_error err;
    int code = top_screen_begin(top->t);
    if (code)
        return code;
    listen_to_signals();
    code = follow(top, &err);
    top_screen_end();
    if (code && !caught)
        tool_fail(top->t, &err);
    return code;
}

/* ---- the verb ---- */

static const struct tool_usage usage = {
    .args = N_("[OPTIONS] [NAME=VALUE ...]"),
    .examples = {"siaga top", "siaga top --kind emergency --kecamatan 'Bekasi Timur'", NULL},
    .filters = true,
    .exits = N_("  0    closed with q\n"
                "  130  stopped with Ctrl-C"),
};

static int run(struct tool *t, int argc, char **argv)
{
    static struct top top;
    siaga_error err;
    int code = tool_parse(t, &usage, argc, argv, NULL);
    siaga_session *session = code ? NULL : tool_session(t, &code);
    if (!session)
        return code;
    top.t = t;
    top.desks = -1;
    siaga_map_bool(tool_request(t), "snapshot", true);
    code = siaga_watch_open(session, tool_request(t), &top.feed, &err);
    if (code)
        return tool_fail(t, &err);
    top.now = clocks();
    top.m = top_model_new(top.now);
    code = top_ask_begin(&top);
    if (!code)
        code = show(&top);
    top_ask_end(&top);
    siaga_watch_free(top.feed);
    top_model_free(top.m);
    return code;
}

const struct verb top_verb = {
    .name = "top",
    .summary = N_("A live screen: what is open, the feed, desks; acknowledge and forward from it."),
    .run = run,
};
