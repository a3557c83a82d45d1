/* The terminal of `siaga top`: taken, given back, and its keys. */
#include <curses.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "top.h"

/* What ends the process without asking: the terminal is given back first, by means that a handler
 * may use, and then the signal does what it would have done. */
static const int deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSYS};
#define DEADLY_N (sizeof(deadly) / sizeof(*deadly))

static struct {
    SCREEN *screen;
    struct termios modes;
    char farewell[256]; /* colours off, cursor on, keypad off, the other screen back */
    size_t farewell_n;
    struct sigaction before[DEADLY_N];
} own;

static void give_back(int number)
{
    if (write(STDOUT_FILENO, own.farewell, own.farewell_n) >= 0)
        tcsetattr(STDIN_FILENO, TCSANOW, &own.modes);
    for (size_t i = 0; i < DEADLY_N; i++)
        if (deadly[i] == number)
            sigaction(number, &own.before[i], NULL);
    raise(number);
}

static void note_farewell(void)
{
    static const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *text = tigetstr(names[i]);
        if (!text || text == (const char *)-1)
            continue;
        size_t n = strlen(text);
        if (own.farewell_n + n > sizeof(own.farewell))
            return;
        memcpy(own.farewell + own.farewell_n, text, n);
        own.farewell_n += n;
    }
}

static void catch_deadly(void)
{
    struct sigaction action = {.sa_handler = give_back, .sa_flags = SA_NODEFER};
    for (size_t i = 0; i < DEADLY_N; i++)
        sigaction(deadly[i], &action, &own.before[i]);
}

static void release_deadly(void)
{
    for (size_t i = 0; i < DEADLY_N; i++)
        sigaction(deadly[i], &own.before[i], NULL);
}

/* Colours are only ever added to words; NO_COLOR and terminals without them lose nothing. */
static void begin_colours(void)
{
    const char *never = getenv("NO_COLOR");
    if ((never && *never) || !has_colors())
        return;
    start_color();
    use_default_colors();
}

static int unfit(struct tool *t)
{
    const char *term = getenv("TERM");
    char shown[64];
    return tool_complain(
        t, EX_USAGE,
        "the terminal '%s' cannot draw a screen; use 'siaga watch --snapshot', or look at TERM",
        tool_clean(term ? term : "", shown, sizeof(shown)));
}

int top_screen_begin(struct tool *t)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return tool_complain(t, EX_USAGE,
                             "'siaga top' needs a terminal; in a pipe use 'siaga watch'");
    tcgetattr(STDIN_FILENO, &own.modes);
    own.screen = newterm(NULL, stdout, stdin);
    if (!own.screen)
        return unfit(t);
    const char *move = tigetstr("cup");
    if (!move || move == (const char *)-1) {
        top_screen_end();
        return unfit(t);
    }
    note_farewell();
    catch_deadly();
    begin_colours();
    set_escdelay(50);
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    curs_set(0);
    return 0;
}

void top_screen_end(void)
{
    if (!own.screen)
        return;
    release_deadly();
    endwin();
    delscreen(own.screen);
    own.screen = NULL;
}

int top_screen_key(void)
{
    static const struct {
        wint_t code;
        int key;
    } keys[] = {
        {KEY_UP, TOP_KEY_UP},           {KEY_DOWN, TOP_KEY_DOWN},      {KEY_PPAGE, TOP_KEY_PAGE_UP},
        {KEY_NPAGE, TOP_KEY_PAGE_DOWN}, {KEY_HOME, TOP_KEY_HOME},      {KEY_END, TOP_KEY_END},
        {KEY_ENTER, TOP_KEY_ENTER},     {KEY_BACKSPACE, TOP_KEY_BACK}, {KEY_RESIZE, TOP_KEY_RESIZE},
    };
    wint_t c;
    int what = get_wch(&c);
    if (what == ERR)
        return TOP_KEY_NONE;
    for (size_t i = 0; what == KEY_CODE_YES && i < sizeof(keys) / sizeof(*keys); i++)
        if (keys[i].code == c)
            return keys[i].key;
    if (what == KEY_CODE_YES)
        return TOP_KEY_OTHER;
    return c == '\r' || c == '\n'   ? TOP_KEY_ENTER
           : c == 0x7f || c == '\b' ? TOP_KEY_BACK
           : c == 0x1b              ? TOP_KEY_ESCAPE
                                    : (int)c;
}
