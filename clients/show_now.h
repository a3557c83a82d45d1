/* show_now: the part of `siaga show` that tells how a case stands: parts, milestones, times. */
#ifndef SIAGA_CLIENTS_SHOW_NOW_H
#define SIAGA_CLIENTS_SHOW_NOW_H

#include "tool.h"

/* Lines of the answer of GET beside the fields of the event; nothing for what is not there. */
void show_now(const struct tool *t, const siaga_doc *answer);

/* Told by show_now(): a field of `case` that is not one of the event. */
bool show_now_tells(const char *name);

#endif
