#include "timed.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/base/control.h"

/* The control "stall_commit": a disk that does not answer, as long as STORE/stall is there. */
static void stall(const struct store *store)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/stall", store_dir(store));
    while (control("stall_commit") && access(path, F_OK) == 0)
        poll(NULL, 0, 10);
}

int timed_commit(struct timed *t, struct clock *clock, struct store *store, struct txn *log,
                 struct err *err)
{
    int64_t from_us = clock_mono(clock);
    stall(store);
    int rc = txn_commit(log, err);
    int64_t took_us = clock_mono(clock) - from_us;
    histogram_add(&t->all, took_us);
    if (took_us > t->longest_us)
        t->longest_us = took_us;
    return rc;
}
