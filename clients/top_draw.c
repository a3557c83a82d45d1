/* How `siaga top` looks: painted anew each time from what is known; ncurses sends what differs.
 *
 *   who and when | how far the data can be trusted | figures | cases | feed and desks | message,
 * keys
 *
 * Below 130 columns the feed lies under the cases, else beside them. Colour never stands alone. */
#include <stdlib.h>
#include <string.h>

#include "top.h"
#include "top_paint.h"
#include "top_text.h"

enum { WIDE = 130, LEAST_COLUMNS = 40, LEAST_LINES = 10, HEAD_LINES = 3, LINE_BYTES = 1024 };

static size_t page = 1;

size_t top_draw_page(void)
{
    return page;
}

/* "14.58.03 WIB", with the day in front when it is not today's */
static const char *clock_text(const struct top *top, int64_t us, char out[TOOL_TIME_BYTES])
{
    char today[TOOL_TIME_BYTES];
    tool_time_long(top->t, us, out);
    tool_time_long(top->t, top->now.wall, today);
    return strncmp(out, today, 11) == 0 ? out + 11 : out;
}

/* ---- the head: who, how far to trust, figures ---- */

static void draw_title(const struct top *top)
{
    char left[256], when[TOOL_TIME_BYTES];
    snprintf(left, sizeof(left), " siaga top  %s%s%s", top->city, *top->city ? "  " : "",
             siaga_session_source(top->asks));
    const char *clock = clock_text(top, top->now.wall, when);
    int width = top_columns(clock) + 1;
    paint(0, 0, COLS - width, A_REVERSE, left);
    paint(0, COLS - width, width, A_REVERSE, clock);
}

static void draw_stale(const struct top *top, const char *since)
{
    char line[LINE_BYTES], span[TOOL_TIME_BYTES];
    tool_span(top->t, top->now.wall - top_model_heard(top->m), span);
    paint_words(top->t, line, sizeof(line), " DATA NOT CURRENT since %s (%s); connecting again",
                since, span);
    paint(1, 0, COLS, paint_tint(PAINT_ALARM, has_colors() ? A_BOLD : A_BOLD | A_REVERSE), line);
}

static void draw_link(const struct top *top)
{
    char line[LINE_BYTES], when[TOOL_TIME_BYTES];
    enum top_link link = top_model_link(top->m, top->now);
    const char *since = clock_text(top, top_model_heard(top->m), when);
    unsigned long long head = top_model_head(top->m);
    if (link == TOP_STALE) {
        draw_stale(top, since);
    } else if (link == TOP_READING) {
        paint_words(top->t, line, sizeof(line),
                    " Reading what is open; %llu to come. Last beat of siagad %s",
                    (unsigned long long)top_model_left(top->m), since);
        paint(1, 0, COLS, A_BOLD, line);
    } else if (link == TOP_LIVE) {
        paint_words(top->t, line, sizeof(line),
                    " Connected up to number %llu; last beat of siagad %s", head, since);
        paint(1, 0, COLS, paint_tint(PAINT_GREEN, A_NORMAL), line);
    } else {
        paint_words(top->t, line, sizeof(line),
                    " BACK, NOT YET COMPLETE: what was missed is still being told; beat %s", since);
        paint(1, 0, COLS, paint_tint(PAINT_YELLOW, A_BOLD | A_REVERSE), line);
    }
}

static void draw_figures(const struct top *top)
{
    static const short pairs[TOP_SEVERITIES] = {PAINT_RED, PAINT_RED, PAINT_YELLOW, 0, 0};
    int x = 1;
    char text[96];
    for (unsigned i = 0; i < TOP_SEVERITIES; i++) {
        size_t n = top_model_open(top->m, i);
        snprintf(text, sizeof(text), "%s %zu",
                 siaga_label("severity", top_severity_word(i), top->t->english), n);
        int width = top_columns(text);
        if (x + width < COLS)
            paint(2, x, width, n ? paint_tint(pairs[i], i < 2 ? A_BOLD : A_NORMAL) : A_DIM, text);
        x += width + 2;
    }
    paint_words(top->t, text, sizeof(text), "not acknowledged %zu", top_model_waiting(top->m));
    if (x < COLS)
        paint(2, x, COLS - x, A_NORMAL, text);
    x += top_columns(text) + 2;
    if (top_model_drills(top->m) && x < COLS) {
        paint_words(top->t, text, sizeof(text), "exercises %zu", top_model_drills(top->m));
        paint(2, x, COLS - x, A_NORMAL, text);
    }
}

/* ---- cases ---- */

/* Columns that give way when there is no room stand last before the title. */
struct widths {
    int severity, share, age, ticket, owner, state, place;
};

static struct widths widths_for(int width)
{
    struct widths w = {.severity = 7, .share = 5, .age = 10, .ticket = 15, .owner = 12};
    if (width >= 100) {
        w.severity = 13;
        w.state = 14;
    }
    if (width >= 118)
        w.place = 14;
    return w;
}

static void share_text(int share, char out[16])
{
    if (share < 0)
        snprintf(out, 16, "-");
    else
        snprintf(out, 16, "%d%%%s", share, share >= 999 ? "+" : "");
}

static attr_t share_attr(int share, bool waiting)
{
    if (share >= 100)
        return paint_tint(PAINT_RED, A_BOLD);
    if (share >= 80)
        return paint_tint(PAINT_YELLOW, A_BOLD);
    return share >= 50 ? paint_tint(PAINT_YELLOW, A_NORMAL) : waiting ? A_NORMAL : A_DIM;
}

static void draw_case(const struct top *top, const struct top_case *c, int y, int width)
{
    struct widths w = widths_for(width);
    char mark[8], share[16], age[TOOL_TIME_BYTES], title[TOP_TEXT_BYTES + 32];
    int64_t clock = top_model_clock(top->m, top->now);
    int percent = top_case_share(c, clock), x;
    bool waiting = top_case_waiting(c), chosen = c->number == top->chosen;
    attr_t attr = share_attr(percent, waiting) | (chosen ? A_REVERSE : 0);
    share_text(percent, share);
    snprintf(mark, sizeof(mark), "%c%c", chosen ? '>' : ' ', waiting ? '!' : ' ');
    snprintf(title, sizeof(title), "%s%s%s%s", *c->mode ? "[" : "",
             siaga_label("mode", c->mode, top->t->english), *c->mode ? "] " : "",
             *c->title ? c->title : "...");
    paint(y, 0, 2, attr, mark);
    x = paint_cell(y, 2, w.severity, attr,
                   siaga_label("severity", top_severity_word(c->severity), top->t->english));
    paint_right(y, x, w.share, attr, share);
    paint(y, x + w.share, 1, attr, "");
    x = paint_cell(y, x + w.share + 1, w.age, attr,
                   c->at ? tool_span(top->t, clock - c->at, age) : "");
    x = paint_cell(y, x, w.ticket, attr, c->ticket);
    x = paint_cell(y, x, w.owner, attr, c->owner);
    x = paint_cell(y, x, w.state, attr, siaga_label("state", c->state, top->t->english));
    x = paint_cell(y, x, w.place, attr, c->kecamatan);
    paint(y, x, width - x, attr, title);
}

static void draw_case_heads(const struct top *top, int y, int width)
{
    struct widths w = widths_for(width);
    const struct tool *t = top->t;
    attr_t attr = A_BOLD | A_UNDERLINE;
    paint(y, 0, 2, attr, "");
    int x = paint_cell(y, 2, w.severity, attr, tool_text(t, "LEVEL"));
    paint_right(y, x, w.share, attr, tool_text(t, "USED"));
    paint(y, x + w.share, 1, attr, "");
    x = paint_cell(y, x + w.share + 1, w.age, attr, tool_text(t, NC_("of a case", "AGE")));
    x = paint_cell(y, x, w.ticket, attr, tool_text(t, "TICKET"));
    x = paint_cell(y, x, w.owner, attr, "SKPD");
    x = paint_cell(y, x, w.state, attr, tool_text(t, "STATE"));
    x = paint_cell(y, x, w.place, attr, "KECAMATAN");
    paint(y, x, width - x, attr, tool_text(t, "TITLE"));
}

/* Where the window begins: it follows keys, not the feed, so that what comes in on top is seen. */
static size_t window(struct top *top, size_t n, size_t room, size_t chosen)
{
    size_t most = n > room ? n - room : 0;
    if (top->moved && chosen < top->first)
        top->first = chosen;
    else if (top->moved && chosen >= top->first + room)
        top->first = chosen - room + 1;
    top->moved = false;
    top->first = top->first < most ? top->first : most;
    return top->first;
}

static void draw_more(const struct top *top, int y, int width, size_t above, size_t below)
{
    char more[96];
    if (!above && !below)
        return;
    if (!above)
        paint_words(top->t, more, sizeof(more), " %zu below ", below);
    else
        paint_words(top->t, more, sizeof(more), " %zu above, %zu below ", above, below);
    paint(y, width - top_columns(more), top_columns(more), A_REVERSE, more);
}

/* The chosen case, when the feed has pushed it out of the window, keeps a line of it. */
static void draw_cases(struct top *top, int y, int lines, int width)
{
    size_t n = top_model_cases(top->m), room = lines > 2 ? (size_t)lines - 1 : 1;
    size_t chosen = top_model_place(top->m, top->chosen), first = window(top, n, room, chosen);
    draw_case_heads(top, y, width);
    for (size_t i = 0; i < room && first + i < n; i++)
        draw_case(top, top_model_at(top->m, first + i), y + 1 + (int)i, width);
    if (chosen != SIZE_MAX && chosen >= first + room)
        draw_case(top, top_model_at(top->m, chosen), y + (int)room, width);
    else if (chosen < first)
        draw_case(top, top_model_at(top->m, chosen), y + 1, width);
    page = room;
    if (!n)
        paint(y + 1, 1, width - 1, A_DIM, tool_text(top->t, "Nothing is open."));
    draw_more(top, y, width, first, n - first > room ? n - first - room : 0);
}

/* ---- feed and desks ---- */

static void draw_heading(int y, int x, int width, const char *text)
{
    paint(y, x, width, A_BOLD | A_UNDERLINE, text);
}

static void draw_feed(const struct top *top, int y, int x, int lines, int width)
{
    static const short pairs[TOP_SEVERITIES] = {PAINT_RED, PAINT_RED, PAINT_YELLOW, 0, 0};
    draw_heading(y, x, width, tool_text(top->t, " FEED, newest first"));
    if (!top_model_feed(top->m, 0))
        paint(y + 1, x + 1, width - 1, A_DIM,
              tool_text(top->t, "nothing new since this screen was opened"));
    for (int i = 0; i < lines - 1; i++) {
        const struct top_line *line = top_model_feed(top->m, (size_t)i);
        if (!line)
            return;
        paint(y + 1 + i, x + 1, width - 1,
              line->remark ? A_BOLD : paint_tint(pairs[line->severity], A_NORMAL), line->text);
    }
}

static void desk_text(const struct top *top, const struct top_desk *d, char *out, size_t size)
{
    char when[TOOL_TIME_BYTES];
    if (d->until > top_model_clock(top->m, top->now))
        paint_words(top->t, out, size, "%s/%s: %s until %s", d->skpd, d->source, d->ticket,
                    clock_text(top, d->until, when));
    else
        paint_words(top->t, out, size, "%s/%s: idle", d->skpd, d->source);
}

static void desks_heading(const struct top *top, char *out, size_t size)
{
    if (top->desks < 0)
        snprintf(out, size, "%s", tool_text(top->t, " DESKS"));
    else
        paint_words(top->t, out, size, " DESKS attached: %lld", (long long)top->desks);
}

static void draw_desks(const struct top *top, int y, int x, int lines, int width)
{
    char text[256];
    desks_heading(top, text, sizeof(text));
    draw_heading(y, x, width, text);
    for (int i = 0; i < lines - 1; i++) {
        const struct top_desk *d = top_model_desk(top->m, (size_t)i);
        if (!d)
            return;
        desk_text(top, d, text, sizeof(text));
        paint(y + 1 + i, x + 1, width - 1, A_NORMAL, text);
    }
}

/* All that goes into one line. */
static void draw_desks_line(const struct top *top, int y)
{
    char line[LINE_BYTES], one[256];
    desks_heading(top, line, sizeof(line));
    for (size_t i = 0; i < top_model_desks(top->m); i++) {
        desk_text(top, top_model_desk(top->m, i), one, sizeof(one));
        size_t n = strlen(line);
        snprintf(line + n, sizeof(line) - n, "; %s", one);
    }
    paint(y, 0, COLS, paint_tint(PAINT_CYAN, A_NORMAL), line);
}

static void draw_lists(struct top *top, int y, int lines)
{
    if (COLS >= WIDE) {
        int left = COLS * 3 / 5, right = COLS - left - 1, feed = lines * 2 / 3;
        draw_cases(top, y, lines, left);
        draw_feed(top, y, left + 1, feed, right);
        draw_desks(top, y + feed, left + 1, lines - feed, right);
        return;
    }
    int cases = (lines - 1) * 3 / 5;
    draw_cases(top, y, cases, COLS);
    draw_feed(top, y + cases, 0, lines - 1 - cases, COLS);
    draw_desks_line(top, y + lines - 1);
}

/* ---- a case in full, help ---- */

static void draw_text(const char *text, size_t *scroll, int y, int lines)
{
    size_t n = paint_wrapped(y, 0, COLS, text, 0, A_NORMAL);
    size_t most = n > (size_t)lines ? n - (size_t)lines : 0;
    *scroll = *scroll < most ? *scroll : most;
    paint_wrapped(y, lines, COLS, text, *scroll, A_NORMAL);
    page = lines > 1 ? (size_t)lines - 1 : 1;
}

static const char help[] = N_(
    "arrows, j, k     choose a case; PgUp, PgDn, Home, End\n"
    "Enter            opens it; Enter or q closes it\n"
    "a                acknowledges the chosen case\n"
    "f                forwards it: SKPD, then the reason; Esc gives up\n"
    "r                reads all that is open anew\n"
    "?                this help; q quits\n"
    "\n"
    "!                nobody has acknowledged it yet; such cases stand on top, by severity, the\n"
    "                 oldest first\n"
    "USED             the share of the target used: to acknowledge until that is done, then to\n"
    "                 resolve; - when there is none, or the case waits\n"
    "\n"
    "Each act carries the version on the screen: when somebody else has changed the case,\n"
    "siagad refuses and the message line says who and what.\n"
    "When no beat of siagad was heard for 5 seconds a red bar says so. What was missed is told\n"
    "as soon as it is back.\n");

static void draw_body(struct top *top, int y, int lines)
{
    size_t none = 0;
    if (top->help)
        draw_text(tool_text(top->t, help), &none, y, lines);
    else if (top->pane.open && top->pane.text)
        draw_text(top->pane.text, &top->pane.scroll, y, lines);
    else if (top->pane.open)
        paint(y, 1, COLS - 1, A_DIM, tool_text(top->t, "reading ..."));
    else
        draw_lists(top, y, lines);
}

/* ---- the foot: what is typed or was said, the keys ---- */

static int draw_message(const struct top *top)
{
    int lines = (int)paint_wrapped(0, 0, COLS, top->message, 0, A_NORMAL);
    lines = lines > 3 ? 3 : lines;
    paint_wrapped(LINES - 1 - lines, lines, COLS, top->message, 0,
                  top->bad ? paint_tint(PAINT_RED, A_BOLD) : A_BOLD);
    return lines;
}

/* The end of what is typed stays in sight. */
static int draw_prompt(const struct top *top)
{
    const char *text = top->prompt.text;
    int label = top_columns(top->prompt.label);
    int room = COLS - label - 2;
    while (*text && top_columns(text) > room)
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    paint(LINES - 2, 0, COLS, A_BOLD, top->prompt.label);
    paint(LINES - 2, label + 1, room + 1, A_NORMAL, text);
    paint(LINES - 2, label + 1 + top_columns(text), 1, A_REVERSE, " ");
    return 1;
}

static void draw_keys(const struct top *top)
{
    const char *keys =
        top->step   ? tool_text(top->t, " Enter go on  Esc give up")
        : top->help ? tool_text(top->t, " ? or q close")
        : top->pane.open
            ? tool_text(top->t, " j k scroll  a acknowledge  f forward  r read again  q close")
            : tool_text(top->t,
                        " j k choose  Enter open  a acknowledge  f forward  r read again  ? help  "
                        "q quit");
    paint(LINES - 1, 0, COLS - 1, A_REVERSE, keys);
}

void top_draw(struct top *top)
{
    erase();
    draw_link(top);
    if (COLS < LEAST_COLUMNS || LINES < LEAST_LINES) {
        paint(0, 0, COLS, A_BOLD, tool_text(top->t, "make this window larger"));
        refresh();
        return;
    }
    draw_title(top);
    draw_figures(top);
    draw_keys(top);
    int foot = 1 + (top->step ? draw_prompt(top) : draw_message(top));
    draw_body(top, HEAD_LINES, LINES - HEAD_LINES - foot);
    refresh();
}
