/* siagad: the house. Rooms are made in order and unmade in reverse; between, the reactor. */
#ifndef SIAGA_DAEMON_SIAGAD_H
#define SIAGA_DAEMON_SIAGAD_H

#include <stdbool.h>

struct siagad_options {
    const char *config; /* siagad.yaml */
    const char *store;  /* NULL: as the file says */
    const char *listen; /* NULL: as the file says; else the one endpoint */
    bool practice;      /* ipc: claimed, whatever the file says */
};

/* Runs until a signal; returns the exit code: 0, 70 or 78. */
int siagad_run(const struct siagad_options *options);

#endif
