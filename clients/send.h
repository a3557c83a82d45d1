/* send: what emergency, complaint, report and instruct have in common. */
#ifndef SIAGA_CLIENTS_SEND_H
#define SIAGA_CLIENTS_SEND_H

#include "tool.h"

struct send {
    const char *kind; /* "emergency" */
    const char *args;
    int args_min;
    const char *examples[4]; /* as in struct tool_usage */
    const char *exits;
    /* What is set before the options are read; further options, which come first in the help, and
     * who takes them, as in struct tool_usage; what must be there after all. All may be left out.
     */
    const char *presets[4][2];
    const struct tool_option *options;
    int (*option)(struct tool *t, siaga_event *event, int key, const char *arg);
    int (*check)(struct tool *t, siaga_event *event);
};

/* Parses, sends one event, prints the line that begins with its ticket. Returns the exit code. */
int send_run(struct tool *t, const struct send *what, int argc, char **argv);

/* The line of a receipt, or the receipt itself with -o. Returns 0. */
int send_tell(struct tool *t, const siaga_doc *receipt);

/* Why it was not sent, and the key to repeat it with. Returns the exit code. */
int send_failed(struct tool *t, const siaga_event *event, const siaga_error *err);

/* For people: what became of one event. */
void send_print(struct tool *t, const siaga_doc *receipt);

#endif
