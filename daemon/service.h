/* service: what siagad takes from systemd and tells it: the sockets that were open before it, that
 * it is ready, how it is, that it lives. Without systemd each of these does nothing.
 *
 * Called by rooms.c (sockets), siagad.c (the rest). Never decides anything.
 */
#ifndef SIAGA_SERVICE_H
#define SIAGA_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/err.h"

struct service_socket {
    int fd; /* listens already; clients may wait in it */
    char endpoint[128];
};

/* The listening sockets handed over (systemd/siagad.socket), at most `most`; *ret_n 0: none.
 * ERR_CONFIG names one that is no listening stream socket of tcp or ipc. Once in a process. */
int service_sockets(struct service_socket *ret, unsigned most, unsigned *ret_n, struct err *err);

void service_patience(void); /* the start may take long: a store that is looked at in whole */
void service_ready(void);
void service_reloading(int64_t mono_us); /* monotonic, now; service_ready() ends it */
void service_stopping(void);

struct service_state { /* for `systemctl status` */
    uint64_t entries, open_cases;
    uint32_t watches;
    unsigned used_percent; /* of the fullest map */
    bool committing;       /* the journal answers */
    int64_t silent_us;     /* else: since when it does not */
};
/* Each second. Only a journal that answers feeds the watchdog: a reactor that runs on while no
 * commit gets anywhere is dead to everybody who waits for a ticket. */
void service_tick(const struct service_state *s);

#endif
