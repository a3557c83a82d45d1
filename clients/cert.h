/* cert: what `siaga cert` was asked for, and its verbs, one file each. None of them asks siagad:
 * keys are made on the machine that uses them, and siagad learns of them from people.d. */
#ifndef SIAGA_CLIENTS_CERT_H
#define SIAGA_CLIENTS_CERT_H

#include "tool.h"

struct cert_asked {
    const char *act;     /* new, enrol, revoke, list */
    const char *subject; /* a name, or the file to enrol */
    const char *role, *skpd, *server_key, *folder, *people, *reason;
    bool quiet; /* what was made is told by who asked */
};

int cert_new(struct tool *t, const struct cert_asked *asked);
int cert_enrol(struct tool *t, const struct cert_asked *asked);
int cert_revoke(struct tool *t, const struct cert_asked *asked);
int cert_list(struct tool *t, const struct cert_asked *asked);

#define CERT_DAY_BYTES 11
/* Today in the zone of the user, as people.d writes it. */
void cert_today(const struct tool *t, char out[CERT_DAY_BYTES]);
/* A name and its text into a document, nothing for an empty text. */
void cert_put(siaga_map *m, const char *name, const char *text);

#endif
