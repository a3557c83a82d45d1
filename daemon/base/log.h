/* log: lines for the people who run siagad. Only the edges log: siagad.c, ingress, egress, net.
 * Levels are those of syslog. With JOURNAL_STREAM set (systemd) a line goes to the journal with
 * priority and SIAGA_* fields kept apart; else to stderr as `time level text`. */
#ifndef SIAGA_BASE_LOG_H
#define SIAGA_BASE_LOG_H

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_INFO = 6, LOG_TRACE = 7 };

void log_open(enum log_level least);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_note(...) log_line(LOG_NOTE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)

#endif
