/* How far a long transfer has come: one line of a terminal, from the second second on. */
#include <stdarg.h>
#include <unistd.h>

#include "tool.h"

#define SHOW_FIRST_US 1000000
#define SHOW_AGAIN_US 200000

struct tool_progress tool_progress_begin(void)
{
    return (struct tool_progress){.begun_at = siaga_now()};
}

/* The clock of a person may be set back: then nothing is shown for a while. */
bool tool_progress_due(struct tool_progress *p)
{
    int64_t now = siaga_now();
    if (now - p->begun_at < SHOW_FIRST_US || now - p->shown_at < SHOW_AGAIN_US ||
        !isatty(STDERR_FILENO))
        return false;
    p->shown_at = now;
    return true;
}

double tool_progress_rate(const struct tool_progress *p, double done)
{
    int64_t took = siaga_now() - p->begun_at;
    return took > 0 ? done * 1e6 / (double)took : 0;
}

void tool_progress_show(struct tool *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, tool_text(t, format), args);
    fflush(stderr);
    va_end(args);
}

void tool_progress_end(struct tool_progress *p)
{
    if (p->shown_at)
        fputs("\r\033[K", stderr);
    p->shown_at = 0;
}
