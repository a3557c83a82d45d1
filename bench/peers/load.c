/* The load generator of bench/peers.
 *
 *   load JOB SERVER ADDRESS [-c clients] [-w window] [-t seconds] [-n count] [-b batch] [-r rate]
 *                           [-f file of tickets] [-v variant]
 *
 * JOB: intake (store for a time), fill (store a count, to be found again), get, latest, range (ask
 * a server that was filled with `count`), feed (one publishes, `clients` watch; -t 0: they only sit
 * there until stdin ends), work (`clients` handlers take what was stored). ADDRESS: a port of this
 * machine or the path of a socket. -b: events of one transaction, where a server has such. Prints
 * one JSON object. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define WIRE(name) extern const struct wire wire_##name;
#include "wires.def"
#undef WIRE
#define WIRE(name) &wire_##name,
static const struct wire *const wires[] = {
#include "wires.def"
};
#undef WIRE

static const char *const jobs[] = {"intake", "fill", "get", "latest", "range", "feed", "work"};

struct options options = {.clients = 1, .window = 1, .batch = 1, .seconds = 2};

static int usage(void)
{
    fprintf(stderr, "usage: load intake|fill|get|latest|range|feed|work SERVER ADDRESS [-c N] "
                    "[-w N] [-t S] [-n N] [-b N] [-r N] [-f FILE] [-v WORD]\n");
    return 64;
}

static bool take_names(char **argv)
{
    size_t job = 0;
    while (job < sizeof jobs / sizeof *jobs && strcmp(argv[1], jobs[job]) != 0)
        job++;
    options.job = (enum job)job;
    for (size_t i = 0; i < sizeof wires / sizeof *wires; i++)
        if (strcmp(wires[i]->name, argv[2]) == 0)
            options.wire = wires[i];
    options.address = argv[3];
    return job < sizeof jobs / sizeof *jobs && options.wire != NULL;
}

static bool take_option(int option)
{
    switch (option) {
    case 'c':
        options.clients = atoi(optarg);
        return options.clients > 0;
    case 'w':
        options.window = atoi(optarg);
        return options.window > 0 && options.window <= (int)WINDOW_MOST;
    case 't':
        options.seconds = atof(optarg);
        return true;
    case 'n':
        options.count = strtoull(optarg, NULL, 10);
        return true;
    case 'b':
        options.batch = atoi(optarg);
        return options.batch > 0;
    case 'r':
        options.rate = atof(optarg);
        return true;
    case 'f':
        options.tickets = optarg;
        return true;
    case 'v':
        options.variant = optarg;
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    struct rlimit files;
    int option;
    if (argc < 4 || !take_names(argv))
        return usage();
    optind = 4;
    while ((option = getopt(argc, argv, "c:w:t:n:b:r:f:v:")) != -1)
        if (!take_option(option))
            return usage();
    if ((options.wire->jobs & 1u << options.job) == 0) {
        fprintf(stderr, "load: %s does not offer %s\n", options.wire->name, jobs[options.job]);
        return 69;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (options.job == JOB_FEED)
        run_feed();
    else
        run_closed();
    return 0;
}
