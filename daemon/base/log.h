/* log: lines for the people who run siagad. Only the edges log: siagad.c, ingress, egress, net.
 * Levels are those of syslog. With JOURNAL_STREAM set (systemd) a line goes to the journal with
 * priority, MESSAGE_ID and SIAGA_* fields kept apart; else to stderr as logfmt:
 *
 *   time=2026-11-28T10:31:07+07:00 level=warn msg="..." kind=alarm ticket=E-... skpd=damkar
 *
 * No text that a reporter wrote, no name, no key ever stands in a line. */
#ifndef SIAGA_BASE_LOG_H
#define SIAGA_BASE_LOG_H

#include "proto/slice.h"

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_INFO = 6, LOG_TRACE = 7 };

#define MESSAGE(NAME, ...) MESSAGE_##NAME,
enum log_message {
#include "daemon/base/messages.def"
    LOG_MESSAGES
};

void log_open(enum log_level least);
bool log_tells(enum log_level level); /* such a line is not thrown away */

/* A line of the table, with its level and number. */
void log_message(enum log_message m, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same about a case: its ticket, and an SKPD; "" where there is none. */
void log_case(enum log_message m, const char *ticket, struct slice skpd, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A line that nobody waits for by its name. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_note(...) log_line(LOG_NOTE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)

#endif
