#include "log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define LINE_MAX_BYTES 2048
#define FIELD_MAX_BYTES 64

static const struct {
    enum log_level level;
    const char *id, *name;
} MESSAGES[] = {
#define MESSAGE(NAME, LEVEL, id, name, ...) {LOG_##LEVEL, id, name},
#include "messages.def"
};

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

bool log_tells(enum log_level level)
{
    return level <= level_least && level >= LOG_ERROR;
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

/* What a line consists of beside its text. */
struct about {
    enum log_level level;
    const char *id, *name, *ticket;
    struct slice skpd;
};

static bool to_the_journal(const struct about *a, const char *text)
{
    enum { MOST = 7 };
    char field[MOST][LINE_MAX_BYTES + 16];
    struct iovec part[MOST];
    int n = 0;
    snprintf(field[n++], sizeof *field, "MESSAGE=%s", text);
    snprintf(field[n++], sizeof *field, "PRIORITY=%d", (int)a->level);
    snprintf(field[n++], sizeof *field, "SIAGA_LEVEL=%s", level_words[a->level]);
    if (a->id != NULL) {
        snprintf(field[n++], sizeof *field, "MESSAGE_ID=%s", a->id);
        snprintf(field[n++], sizeof *field, "SIAGA_MESSAGE=%s", a->name);
    }
    if (a->ticket != NULL && a->ticket[0] != '\0')
        snprintf(field[n++], sizeof *field, "SIAGA_TICKET=%s", a->ticket);
    if (a->skpd.n > 0)
        snprintf(field[n++], sizeof *field, "SIAGA_SKPD=" SLICE_FMT, SLICE_ARG(a->skpd));
    for (int i = 0; i < n; i++)
        part[i] = (struct iovec){field[i], strlen(field[i])};
    return sd_journal_sendv(part, n) == 0;
}

/* In quotes, as logfmt has it. */
static void quote(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text != '\0' && n + 2 < size; text++) {
        if (*text == '"' || *text == '\\')
            out[n++] = '\\';
        out[n++] = *text;
    }
    out[n] = '\0';
}

static void to_stderr(const struct about *a, const char *text)
{
    char when[128], quoted[2 * LINE_MAX_BYTES], more[4 * FIELD_MAX_BYTES] = "";
    int n = 0;
    local_time(when, sizeof when);
    quote(text, quoted, sizeof quoted);
    if (a->name != NULL)
        n += snprintf(more, sizeof more, " kind=%s", a->name);
    if (a->ticket != NULL && a->ticket[0] != '\0')
        n +=
            snprintf(more + n, sizeof more - (size_t)n, " ticket=%.*s", FIELD_MAX_BYTES, a->ticket);
    if (a->skpd.n > 0)
        snprintf(more + n, sizeof more - (size_t)n, " skpd=%.*s",
                 a->skpd.n < FIELD_MAX_BYTES ? (int)a->skpd.n : FIELD_MAX_BYTES, a->skpd.p);
    fprintf(stderr, "time=%s level=%s msg=\"%s\"%s\n", when, level_words[a->level], quoted, more);
}

static void tell(const struct about *a, const char *format, va_list args)
{
    char text[LINE_MAX_BYTES];
    if (!log_tells(a->level))
        return;
    vsnprintf(text, sizeof text, format, args);
    make_plain(text);
    if (!to_journal || !to_the_journal(a, text))
        to_stderr(a, text);
}

void log_line(enum log_level level, const char *format, ...)
{
    struct about a = {.level = level};
    va_list args;
    va_start(args, format);
    tell(&a, format, args);
    va_end(args);
}

static struct about about(enum log_message m)
{
    return (struct about){MESSAGES[m].level, MESSAGES[m].id, MESSAGES[m].name, NULL, {NULL, 0}};
}

void log_message(enum log_message m, const char *format, ...)
{
    struct about a = about(m);
    va_list args;
    va_start(args, format);
    tell(&a, format, args);
    va_end(args);
}

void log_case(enum log_message m, const char *ticket, struct slice skpd, const char *format, ...)
{
    struct about a = about(m);
    va_list args;
    a.ticket = ticket;
    a.skpd = skpd;
    va_start(args, format);
    tell(&a, format, args);
    va_end(args);
}
