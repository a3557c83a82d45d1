/* send: what emergency, complaint and report have in common. */
#ifndef SIAGA_CLIENTS_SEND_H
#define SIAGA_CLIENTS_SEND_H

#include "tool.h"

struct send {
    const char *kind; /* "emergency" */
    const char *args_id, *args_en;
    int args_min;
    const char *examples[4]; /* as in struct tool_usage */
    const char *exits_id, *exits_en;
};

/* Parses, sends one event, prints the line that begins with its ticket. Returns the exit code. */
int send_run(struct tool *t, const struct send *what, int argc, char **argv);

/* For people: what became of one event. */
void send_print(struct tool *t, const siaga_doc *receipt);

#endif
