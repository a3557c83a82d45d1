#include "log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define LINE_MAX_BYTES 2048

static const char *const level_words[] = {
    [LOG_ERROR] = "error", [LOG_WARN] = "warn",   [LOG_NOTE] = "note",
    [LOG_INFO] = "info",   [LOG_TRACE] = "trace",
};

static enum log_level level_least = LOG_INFO; /* set before any thread starts */
static bool to_journal;

/* JOURNAL_STREAM is inherited by children; it counts only while stderr is that stream. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    uintmax_t dev, ino;
    if (!stream || fstat(STDERR_FILENO, &st) != 0)
        return false;
    return sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &dev, &ino) == 2 && dev == st.st_dev &&
           ino == st.st_ino;
}

void log_open(enum log_level least)
{
    level_least = least;
    to_journal = stderr_is_journal();
}

/* One message is one line: what could break the line or drive a terminal becomes '?'. */
static void make_plain(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++) {
        if (*p == '\n' || *p == '\t' || *p == '\r')
            *p = ' ';
        else if (*p < 0x20 || *p == 0x7f)
            *p = '?';
        else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* C1 controls in UTF-8 */
            p[0] = p[1] = '?';
    }
}

static void local_time(char *out, size_t size)
{
    struct timespec now;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    long offset_min = tm.tm_gmtoff / 60;
    char sign = offset_min < 0 ? '-' : '+';
    if (offset_min < 0)
        offset_min = -offset_min;
    snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, sign, offset_min / 60,
             offset_min % 60);
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level > level_least || level < LOG_ERROR)
        return;

    char text[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    make_plain(text);

    const char *word = level_words[level];
    if (to_journal && sd_journal_send("MESSAGE=%s", text, "PRIORITY=%d", (int)level,
                                      "SIAGA_LEVEL=%s", word, NULL) == 0)
        return;

    char when[128];
    local_time(when, sizeof when);
    fprintf(stderr, "%s %s %s\n", when, word, text);
}
