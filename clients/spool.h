/* spool: an event that cannot be sent now is kept on this machine's disk and sent later.
 *
 * Between the verbs that send (send.c, import_send.c, flush.c) and the outbox of libsiaga. What
 * siagad refuses for what is in it is an error as ever: only "not there", "no answer" and "come
 * again" make an event wait. */
#ifndef SIAGA_CLIENTS_SPOOL_H
#define SIAGA_CLIENTS_SPOOL_H

#include "tool.h"

/* Rows for a table of options, and who takes them. Returns TOOL_NOT_MINE for another key. */
enum { SPOOL_KEY_YES = 950, SPOOL_KEY_NO };
#define SPOOL_OPTIONS                                                                         \
    {"spool", SPOOL_KEY_YES, NULL,                                                            \
     N_("when siagad is away: keep it on this machine, send it later; what field staff have " \
        "unless told otherwise (SIAGA_SPOOL)")},                                              \
    {                                                                                         \
        "no-spool", SPOOL_KEY_NO, NULL, N_("do not keep it: exit 69 or 75")                   \
    }
int spool_option(struct tool *t, int key);

bool spool_wanted(const struct tool *t); /* --spool, or auto and the key is field staff's */
bool spool_takes(int code);              /* an exit code that makes an event wait */

/* Sends one event, behind those that wait, or keeps it; says which. Returns the exit code: 0 also
 * for one that is kept. */
int spool_send(struct tool *t, siaga_event *event);

/* What one run of sending came to, for people, on stderr. */
void spool_note(struct tool *t, const siaga_flushed *done);

/* The outbox, opened once for this process. NULL: the message has been printed, *ret_code set. */
siaga_outbox *spool_open(struct tool *t, int *ret_code);
void spool_close(void);

#endif
