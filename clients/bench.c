/* siaga bench: how many events a second, and how soon each is known to be on the disk.
 *
 * One thread drives all sessions of the load, each with a fixed number of events in flight: it
 * takes what was answered, fills up again, and sleeps when a whole round brought nothing. A second
 * thread, if asked for, sends single emergencies through that load. Every latency is kept; the
 * percentiles are exact. */
#include "tool.h"

#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 1024
#define REST_MS 20    /* longest sleep of the load's loop */
#define FLOOD_MS 1000 /* --flood: no wait asked for by siagad fits into this */
#define PROBE_MS 20   /* between two probes */
#define BATCH_MAX 256 /* events one message may hold */

enum { REPORTS, EMERGENCIES, PROBES, SORTS };
static const char *const kinds[SORTS] = {"report", "emergency", ""};

struct bench {
    struct tool *t;
    int64_t clients, window, seconds, count, size, sources, batch;
    bool reports, emergencies, flood;
    const char *probe; /* kind of the probes; NULL: none */

    siaga_session *sessions[CLIENTS_MAX];
    size_t open[CLIENTS_MAX]; /* in flight */
    struct tool_samples *samples[SORTS];
    struct tool_tally *tally, *probed;
    int64_t sent, took_us;
    int ended;         /* readable when the load is over */
    siaga_error error; /* the last one without a verdict */
};

static atomic_bool stop;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&stop, true);
}

static int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- the load ---- */

static int open_sessions(struct bench *b)
{
    for (int64_t i = 0; i < b->clients; i++) {
        char source[SIAGA_SOURCE_BYTES];
        snprintf(source, sizeof(source), "bench-%lld", (long long)(i % b->sources + 1));
        siaga_options o = {
            .endpoints = b->t->server,
            .source = b->t->cert ? NULL : source, /* a key has its own name */
            .cert = b->t->cert,
            .client = "siaga bench",
            .deadline_ms = b->flood ? FLOOD_MS : b->t->timeout_ms,
            .window = (unsigned)b->window,
        };
        siaga_error err;
        siaga_doc *hello = NULL;
        int code = siaga_session_new(&o, &b->sessions[i], &err);
        if (!code)
            code = siaga_request(b->sessions[i], "hello", NULL, &hello, &err);
        siaga_doc_free(hello);
        if (code)
            return tool_fail(b->t, &err);
    }
    return 0;
}

static void close_sessions(struct bench *b)
{
    for (int64_t i = 0; i < b->clients; i++)
        siaga_session_free(b->sessions[i]);
}

/* Takes all that was answered on one session. */
static bool drain(struct bench *b, int64_t i)
{
    bool any = false;
    siaga_batch batch;
    while (b->open[i] && siaga_submit_poll(b->sessions[i], 0, &batch)) {
        for (size_t n = 0; n < batch.n; n++)
            tool_tally_add(b->tally, batch.tag, &batch.results[n], &batch.error, batch.took_us);
        if (batch.code && !*batch.error.verdict)
            b->error = batch.error;
        b->open[i] -= batch.n;
        siaga_batch_free(&batch);
        any = true;
    }
    return any;
}

/* How many events the next message may have. */
static size_t room(const struct bench *b, int64_t i)
{
    int64_t n = b->window - (int64_t)b->open[i];
    if (n > b->batch)
        n = b->batch;
    if (b->count && n > b->count - b->sent)
        n = b->count - b->sent;
    return n > 0 ? (size_t)n : 0;
}

/* Fills one session up to its window, of both kinds in turn if both are asked for. */
static bool fill(struct bench *b, int64_t i)
{
    bool any = false;
    for (size_t n; (n = room(b, i)) > 0; any = true) {
        bool emergency = b->emergencies && (!b->reports || b->sent % 2);
        int sort = emergency ? EMERGENCIES : REPORTS;
        siaga_event *events[BATCH_MAX];
        for (size_t k = 0; k < n; k++)
            events[k] = tool_samples_next(b->samples[sort]);
        size_t taken = 0;
        siaga_error err;
        void *tag = (void *)(uintptr_t)kinds[sort];
        if (siaga_submit_begin(b->sessions[i], events, n, tag, &taken, &err) || !taken)
            break;
        b->open[i] += taken;
        b->sent += (int64_t)taken;
    }
    return any;
}

/* Nothing to do anywhere: until an answer comes in on any session. */
static void rest(struct bench *b)
{
    struct pollfd fds[CLIENTS_MAX];
    for (int64_t i = 0; i < b->clients; i++)
        fds[i] = (struct pollfd){.fd = siaga_session_fd(b->sessions[i]), .events = POLLIN};
    poll(fds, (nfds_t)b->clients, REST_MS);
}

static void run_load(struct bench *b)
{
    int64_t start = clock_us(), end = b->seconds ? start + b->seconds * 1000000 : INT64_MAX;
    for (bool going = true, open = true; going || open;) {
        bool news = false;
        going = !atomic_load(&stop) && clock_us() < end && (!b->count || b->sent < b->count);
        open = false;
        for (int64_t i = 0; i < b->clients; i++) {
            news |= drain(b, i);
            news |= going && fill(b, i);
            open |= b->open[i] > 0;
        }
        if (!news && (going || open))
            rest(b);
    }
    b->took_us = clock_us() - start;
}

/* ---- the probe ---- */

/* One event at a time, on a session of its own, until the load has ended. */
static void *run_probe(void *arg)
{
    struct bench *b = arg;
    struct pollfd ended = {.fd = b->ended, .events = POLLIN};
    siaga_options o = {.endpoints = b->t->server,
                       .source = b->t->cert ? NULL : "bench-probe",
                       .cert = b->t->cert,
                       .client = "siaga bench",
                       .deadline_ms = b->t->timeout_ms};
    siaga_session *session = NULL;
    siaga_doc *hello = NULL;
    siaga_error err;
    if (siaga_session_new(&o, &session, &err))
        return NULL;
    siaga_request(session, "hello", NULL, &hello, &err); /* connecting is not what is measured */
    siaga_doc_free(hello);
    while (poll(&ended, 1, PROBE_MS) != 1) {
        siaga_result result = {0};
        siaga_event *ev = tool_samples_next(b->samples[PROBES]);
        int64_t start = clock_us();
        siaga_submit(session, &ev, 1, &result, &err);
        tool_tally_add(b->probed, b->probe, &result, &err, clock_us() - start);
        siaga_results_free(&result, 1);
    }
    siaga_session_free(session);
    return NULL;
}

/* The load, with the probe beside it if there is one. */
static int run_all(struct bench *b)
{
    pthread_t probe;
    b->ended = eventfd(0, EFD_CLOEXEC);
    if (b->ended < 0 || (b->probe && pthread_create(&probe, NULL, run_probe, b) != 0))
        return tool_complain(b->t, EX_OSERR, "no thread to be had");
    run_load(b);
    eventfd_write(b->ended, 1);
    if (b->probe)
        pthread_join(probe, NULL);
    close(b->ended);
    return 0;
}

/* ---- figures ---- */

static double rate(const struct bench *b)
{
    return b->took_us > 0 ? (double)tool_tally_stored(b->tally) * 1e6 / (double)b->took_us : 0;
}

static void print_figures(struct bench *b)
{
    struct tool *t = b->t;
    printf("%lld x %lld, %lld %s, %.1f %s: %.0f %s\n", (long long)b->clients, (long long)b->window,
           (long long)b->size, tool_text(t, "bytes"), (double)b->took_us / 1e6, tool_text(t, "s"),
           rate(b), tool_text(t, "events/s"));
    tool_tally_print(t, b->tally);
    if (b->probe) {
        printf("%s: ", tool_text(t, "probe"));
        tool_tally_print(t, b->probed);
    }
}

static void emit_figures(const struct bench *b)
{
    siaga_map *m = siaga_map_new(), *probe = siaga_map_new();
    siaga_map_int(m, "clients", b->clients);
    siaga_map_int(m, "window", b->window);
    siaga_map_int(m, "sources", b->sources);
    siaga_map_int(m, "size_bytes", b->size);
    siaga_map_double(m, "seconds", round((double)b->took_us / 1e3) / 1e3);
    siaga_map_int(m, "sent", b->sent);
    siaga_map_double(m, "per_second", round(rate(b) * 10) / 10);
    tool_tally_map(m, b->tally);
    if (b->probe) {
        tool_tally_map(probe, b->probed);
        tool_set_map(m, "probe", probe);
    }
    siaga_map_free(probe);
    tool_emit_map(b->t, m, true);
}

/* ---- the verb ---- */

enum {
    KEY_CLIENTS = 1000,
    KEY_WINDOW,
    KEY_SECONDS,
    KEY_COUNT,
    KEY_SIZE,
    KEY_SOURCES,
    KEY_BATCH,
    KEY_KIND,
    KEY_FLOOD,
    KEY_PROBE
};

static const struct tool_option options[] = {
    {"clients", KEY_CLIENTS, "N", N_("sessions; default 8")},
    {"window", KEY_WINDOW, "W", N_("events in flight in each; default 16")},
    {"seconds", KEY_SECONDS, "S", N_("for S seconds")},
    {"count", KEY_COUNT, "N", N_("until N events")},
    {"size", KEY_SIZE, N_("BYTES"), N_("of one event; default 300")},
    {"kind", KEY_KIND, N_("KIND"), N_("report, emergency, mix; default report")},
    {"sources", KEY_SOURCES, "M", N_("sources bench-1 to bench-M; default one each session")},
    {"batch", KEY_BATCH, "N", N_("events in one message, where the window has room; default 1")},
    {"flood", KEY_FLOOD, NULL, N_("do not wait when asked to: count it as a refusal")},
    {"probe", KEY_PROBE, N_("KIND"),
     N_("through the load send single ones and measure them apart")},
    {0},
};

static int take_kind(struct bench *b, const char *arg)
{
    bool mix = strcmp(arg, "mix") == 0;
    b->reports = mix || strcmp(arg, "report") == 0;
    b->emergencies = mix || strcmp(arg, "emergency") == 0;
    if (b->reports || b->emergencies)
        return 0;
    return tool_complain(b->t, EX_USAGE, "--kind: report, emergency or mix");
}

static int take_number(struct bench *b, int key, const char *arg)
{
    const struct {
        int64_t *into, least, most;
    } numbers[] = {
        {&b->clients, 0, CLIENTS_MAX}, {&b->window, 1, 4096}, {&b->seconds, 1, 86400},
        {&b->count, 1, INT64_MAX},     {&b->size, 1, 8000},   {&b->sources, 1, CLIENTS_MAX},
        {&b->batch, 1, BATCH_MAX},
    };
    int i = key - KEY_CLIENTS;
    if (tool_number(arg, numbers[i].least, numbers[i].most, numbers[i].into))
        return 0;
    return tool_complain(b->t, EX_USAGE, "number out of range: '%s' (%lld to %lld)", arg,
                         (long long)numbers[i].least, (long long)numbers[i].most);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct bench *b = state;
    if (key == KEY_KIND)
        return take_kind(b, arg);
    if (key == KEY_FLOOD)
        b->flood = true;
    else if (key == KEY_PROBE)
        b->probe = arg;
    else if (key < KEY_CLIENTS || key > KEY_BATCH)
        return TOOL_NOT_MINE;
    else
        return take_number(b, key, arg);
    return key == KEY_PROBE ? tool_word(t, "--probe", "kind", arg) : 0;
}

static const struct tool_usage usage = {
    .args = N_("[OPTIONS] --seconds S | --count N"),
    .examples = {"siaga bench --clients 64 --window 16 --seconds 10",
                 "siaga bench --clients 16 --seconds 30 --probe emergency -o json", NULL},
    .options = options,
    .fields = "",
    .known = "clients window sources size_bytes seconds sent per_second stored duplicate refused "
             "unknown refused_by ack probe",
    .option = take,
    .exits = N_("1   some were refused"),
};

/* Asked for by name: what it stores stays in the journal for good. */
static int check(struct bench *b)
{
    if (!b->seconds == !b->count)
        return tool_complain(b->t, EX_USAGE,
                             "give --seconds or --count; what it stores stays stored");
    if (!b->clients && !(b->probe && b->seconds))
        return tool_complain(b->t, EX_USAGE, "--clients 0 only with --probe and --seconds");
    if (!b->sources)
        b->sources = b->clients ? b->clients : 1;
    return 0;
}

static int verdict(struct bench *b)
{
    if (b->error.code)
        return tool_fail(b->t, &b->error);
    return tool_tally_failed(b->tally) && !b->flood ? TOOL_SOME : 0;
}

static int run(struct tool *t, int argc, char **argv)
{
    static struct bench b;
    b = (struct bench){
        .t = t, .clients = 8, .window = 16, .size = 300, .batch = 1, .reports = true};
    int code = tool_parse(t, &usage, argc, argv, &b);
    if (!code)
        code = check(&b);
    if (!code)
        code = open_sessions(&b);
    if (code)
        return code;
    struct sigaction end = {.sa_handler = on_signal};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    b.tally = tool_tally_new();
    b.probed = tool_tally_new();
    for (int i = 0; i < SORTS; i++)
        b.samples[i] =
            tool_samples_new(i == PROBES && b.probe ? b.probe : kinds[i], (size_t)b.size);
    code = run_all(&b);
    if (!code && t->output == TOOL_TABLE)
        print_figures(&b);
    else if (!code)
        emit_figures(&b);
    close_sessions(&b);
    code = code ? code : verdict(&b);
    for (int i = 0; i < SORTS; i++)
        tool_samples_free(b.samples[i]);
    tool_tally_free(b.tally);
    tool_tally_free(b.probed);
    return code;
}

const struct verb bench_verb = {
    .name = "bench",
    .summary = N_("Measure siagad under load: events a second and how soon it answers."),
    .run = run,
};
