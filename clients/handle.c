/* siaga handle: the desk of an SKPD as a loop around a command.
 *
 * An item becomes a job; a job runs, its lease is extended, it ends, and what became of it is told
 * until siagad has heard it. A telling that got no answer is repeated: its key makes that harmless.
 * Only then may the next item come. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "handle_job.h"

#define JOBS_MAX 64
#define COMMAND_MAX 255
#define SECOND_US 1000000
#define IDLE_MS 500              /* how often signals are looked at, with nothing to do */
#define TICK_MS 100              /* and while something runs */
#define GRACE_US (3 * SECOND_US) /* from SIGTERM to SIGKILL when the lease was lost */
#define BACKOFF_S 5u             /* of exit 75; doubles with each attempt */
#define BACKOFF_MAX_S 300u

struct handle {
    struct tool *t;
    /* asked for */
    char skpd[64];
    char *command[COMMAND_MAX + 1];
    int words;
    bool print;
    int64_t jobs_max, lease_s, count; /* 0: not */
    /* while it runs */
    siaga_session *session;
    siaga_desk *desk;
    struct job *jobs;
    int running;               /* in jobs */
    int64_t granted, finished; /* items siagad may send, in all; items told */
    bool stopping;             /* takes no more */
    bool killed;               /* the second signal was heeded */
    int code;
};

static volatile sig_atomic_t signals, last_signal;

static void on_signal(int number)
{
    signals++;
    last_signal = number;
}

static int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* ---- ending ---- */

/* No more is taken; what runs is waited for. */
static void stop(struct handle *h, int code)
{
    h->stopping = true;
    if (!h->code)
        h->code = code;
}

static bool of_the_moment(int code)
{
    return code == EX_TEMPFAIL || code == EX_UNAVAILABLE;
}

/* ---- what became of a job ---- */

/* One line about a job on stderr: what, and why. */
static void say(struct handle *h, const struct job *job, const char *text, const char *why)
{
    char shown[400];
    tool_note(h->t, "%s: %s%s%s", job->work.ticket, tool_text(h->t, text), *why ? "; " : "",
              tool_clean(why, shown, sizeof(shown)));
}

static unsigned backoff_s(const struct job *job)
{
    unsigned wait_s = BACKOFF_S;
    for (unsigned i = 1; i < job->work.attempt && wait_s < BACKOFF_MAX_S; i++)
        wait_s *= 2;
    return wait_s < BACKOFF_MAX_S ? wait_s : BACKOFF_MAX_S;
}

static int tell_done(struct handle *h, struct job *job, siaga_error *err)
{
    return siaga_desk_done(h->desk, &job->work, err);
}

static int tell_later(struct handle *h, struct job *job, siaga_error *err)
{
    char reason[JOB_REASON_BYTES];
    job_reason(job, false, reason);
    int code = siaga_desk_later(h->desk, &job->work, reason, backoff_s(job), err);
    if (!code)
        say(h, job, N_("put off"), reason);
    return code;
}

static int tell_fail(struct handle *h, struct job *job, siaga_error *err)
{
    char reason[JOB_REASON_BYTES];
    job_reason(job, true, reason);
    int code = siaga_desk_fail(h->desk, &job->work, reason, err);
    if (!code && job->work.dead)
        say(h, job, N_("FAILED, dead; see 'siaga dead list'"), reason);
    else if (!code)
        say(h, job, N_("failed"), reason);
    return code;
}

/* Who may not refuse, as the POC, lets it fail. */
static int tell_refuse(struct handle *h, struct job *job, siaga_error *err)
{
    char reason[JOB_REASON_BYTES];
    job_reason(job, false, reason);
    int code = siaga_desk_refuse(h->desk, &job->work, reason, err);
    if (!code)
        say(h, job, N_("refused as not our duty"), reason);
    if (!code || of_the_moment(code))
        return code;
    say(h, job, N_("cannot be refused"), tool_reason(h->t, err));
    return tell_fail(h, job, err);
}

static int tell(struct handle *h, struct job *job, siaga_error *err)
{
    static const struct {
        int code;
        int (*tell)(struct handle *h, struct job *job, siaga_error *err);
    } ends[] = {{0, tell_done}, {EX_TEMPFAIL, tell_later}, {EX_DATAERR, tell_refuse}};
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
        if (ends[i].code == job_code(job))
            return ends[i].tell(h, job, err);
    return tell_fail(h, job, err);
}

/* ---- jobs ---- */

static void finish(struct handle *h, struct job *job)
{
    struct job **at = &h->jobs;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    job_free(job);
    h->running--;
    h->finished++;
    if (h->stopping || (h->count && h->granted >= h->count))
        return;
    h->granted++;
    siaga_desk_more(h->desk, 1);
}

/* The command has ended. While siagad does not answer the job stays; at the end of all it is left.
 */
static void report(struct handle *h, struct job *job)
{
    siaga_error err;
    int64_t now = clock_us();
    if (now < job->tell_at)
        return;
    int code = job->lost ? 0 : tell(h, job, &err);
    job->tell_at = now + SECOND_US;
    if (of_the_moment(code) && !h->stopping)
        return;
    if (of_the_moment(code)) {
        say(h, job, N_("siagad has not heard what became of it"), tool_reason(h->t, &err));
        stop(h, code);
    } else if (code == EX_DATAERR) {
        say(h, job, N_("what became of it was not accepted"), tool_reason(h->t, &err));
    } else if (code) {
        stop(h, tool_fail(h->t, &err));
    }
    finish(h, job);
}

static void lose(struct handle *h, struct job *job, const siaga_error *err)
{
    say(h, job, N_("the lease is lost, the command is stopped"), tool_reason(h->t, err));
    job->lost = true;
    job->kill_at = clock_us() + GRACE_US;
    job_signal(job, SIGTERM);
}

static void extend(struct handle *h, struct job *job)
{
    siaga_error err;
    int code = siaga_desk_extend(h->desk, &job->work, (unsigned)h->lease_s, &err);
    int64_t third = (int64_t)siaga_desk_lease_s(h->desk) * SECOND_US / 3;
    job->extend_at = clock_us() + (code || third < SECOND_US ? SECOND_US : third);
    if (code && !of_the_moment(code))
        lose(h, job, &err);
}

static void tend(struct handle *h, struct job *job)
{
    int64_t now = clock_us();
    job_look(job);
    if (!job->pid)
        report(h, job);
    else if (job->kill_at && now >= job->kill_at)
        job_signal(job, SIGKILL);
    else if (!job->lost && now >= job->extend_at)
        extend(h, job);
}

static void tend_all(struct handle *h)
{
    for (struct job *job = h->jobs, *next; job; job = next) {
        next = job->next;
        tend(h, job);
    }
}

/* ---- items, one function a kind ---- */

/* For people: a line, and that was all. false: nobody has seen it. */
static bool print(struct handle *h, const siaga_doc *event)
{
    if (h->t->output == TOOL_TABLE)
        tool_print_entry(h->t, stdout, event);
    else
        tool_emit(h->t, event);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    stop(h, EX_IOERR);
    return false;
}

static void give_back(struct handle *h, siaga_work *work)
{
    siaga_error err;
    siaga_desk_later(h->desk, work, "meja berhenti", 1, &err);
}

static void on_item(struct handle *h, siaga_work *work, const siaga_error *err)
{
    (void)err;
    if (h->stopping || (h->print && !print(h, work->event))) {
        give_back(h, work);
        return;
    }
    struct job *job = job_new(work);
    int why = 0;
    if (!h->print)
        why = job_start(job, h->command);
    job->work.event = NULL; /* gone with the next item */
    job->extend_at = clock_us() + (int64_t)siaga_desk_lease_s(h->desk) * SECOND_US / 3;
    if (!why) {
        job->next = h->jobs;
        h->jobs = job;
        h->running++;
        return;
    }
    job_free(job);
    give_back(h, work);
    stop(h, tool_complain(h->t, EX_CONFIG, "%s: cannot be run: %s", h->command[0], strerror(why)));
}

static void on_lost(struct handle *h, siaga_work *work, const siaga_error *err)
{
    (void)work;
    tool_note(h->t, "the desk is cut off: %s", tool_reason(h->t, err));
}

static void on_reconnected(struct handle *h, siaga_work *work, const siaga_error *err)
{
    (void)work;
    (void)err;
    tool_note(h->t, "connected again");
}

static void on_beat(struct handle *h, siaga_work *work, const siaga_error *err)
{
    (void)h;
    (void)work;
    (void)err;
}

static void (*const handlers[])(struct handle *, siaga_work *, const siaga_error *) = {
    [SIAGA_WORK_ITEM] = on_item,
    [SIAGA_WORK_BEAT] = on_beat,
    [SIAGA_WORK_LOST] = on_lost,
    [SIAGA_WORK_RECONNECTED] = on_reconnected,
};

/* Everything that has come in; with nothing running it waits a little for it. */
static void hear(struct handle *h)
{
    siaga_work work;
    siaga_error err;
    int wait_ms = h->jobs || h->stopping ? 0 : IDLE_MS;
    for (;; wait_ms = 0) {
        int code = siaga_desk_next(h->desk, wait_ms, &work, &err);
        if (code)
            stop(h, tool_fail(h->t, &err));
        if (code || work.kind == SIAGA_WORK_NONE)
            return;
        handlers[work.kind](h, &work, &err);
    }
}

/* ---- the loop ---- */

/* The first signal ends politely, the second kills what runs. */
static void heed_signals(struct handle *h)
{
    if (signals && !h->stopping && h->jobs)
        tool_note(h->t, "stopping; waiting for %d running (once more: they are killed)",
                  h->running);
    if (signals)
        h->stopping = true;
    if (signals < 2 || h->killed)
        return;
    h->killed = true;
    h->code = 128 + last_signal;
    for (const struct job *job = h->jobs; job; job = job->next)
        job_signal(job, SIGKILL);
}

/* What has ended, or was only printed, is not left waiting. */
static bool to_tell(const struct handle *h)
{
    const struct job *job = h->jobs;
    while (job && (job->pid || job->tell_at > clock_us()))
        job = job->next;
    return job;
}

/* Until something comes in, a command writes or ends, or it is time to look around. */
static void rest(struct handle *h)
{
    struct pollfd fds[1 + 2 * JOBS_MAX];
    nfds_t n = 0;
    fds[n++] = (struct pollfd){.fd = siaga_session_fd(h->session), .events = POLLIN};
    for (const struct job *job = h->jobs; job && n + 2 <= sizeof(fds) / sizeof(*fds);
         job = job->next) {
        fds[n++] = (struct pollfd){.fd = job->pidfd, .events = POLLIN};
        fds[n++] = (struct pollfd){.fd = job->errors, .events = POLLIN};
    }
    poll(fds, n, to_tell(h) ? 0 : TICK_MS);
}

static void loop(struct handle *h)
{
    bool over = false;
    while (!over) {
        heed_signals(h);
        tend_all(h);
        if (!h->code)
            hear(h);
        bool enough = h->stopping || (h->count && h->finished >= h->count);
        over = enough && !h->jobs;
        if (h->jobs)
            rest(h);
    }
}

/* ---- the verb ---- */

enum { KEY_JOBS = 1000, KEY_LEASE, KEY_COUNT, KEY_PRINT };

static const struct tool_option options[] = {
    {"jobs", KEY_JOBS, "N", N_("up to N commands at once, 1 to 64; default 1")},
    {"lease", KEY_LEASE, N_("SECONDS"),
     N_("lease of an item, in seconds; as the city's files say unless given")},
    {"count", KEY_COUNT, "N", N_("end after N items")},
    {"print", KEY_PRINT, NULL, N_("instead of a command: a line an item, received at once")},
    {0},
};

static int take_number(struct handle *h, int key, const char *arg)
{
    static const int64_t most[] = {JOBS_MAX, 86400, INT64_MAX};
    int64_t *const into[] = {&h->jobs_max, &h->lease_s, &h->count};
    if (tool_number(arg, 1, most[key - KEY_JOBS], into[key - KEY_JOBS]))
        return 0;
    return tool_complain(h->t, EX_USAGE, "--%s takes a number from 1 to %lld; not '%s'",
                         options[key - KEY_JOBS].name, (long long)most[key - KEY_JOBS], arg);
}

static int take(struct tool *t, void *state, int key, const char *arg)
{
    struct handle *h = state;
    (void)t;
    if (key == KEY_PRINT)
        h->print = true;
    else if (key == TOOL_ARG && !*h->skpd)
        tool_fold(arg, h->skpd, sizeof(h->skpd));
    else if (key == TOOL_ARG)
        h->command[h->words++] = (char *)(uintptr_t)arg;
    else
        return key >= KEY_JOBS && key <= KEY_COUNT ? take_number(h, key, arg) : TOOL_NOT_MINE;
    return 0;
}

static const struct tool_usage usage = {
    .args = N_("SKPD [OPTIONS] -- COMMAND [ARG...]"),
    .examples = {"siaga handle disdamkarmat --jobs 4 -- ./kirim-ke-pos.sh",
                 "siaga handle dbmsda --print --timeout 5", NULL},
    .options = options,
    .fields = "seq,at,entry,ticket,severity,state,owner,kecamatan,title",
    .rows = true,
    .events = true,
    .live = true,
    .option = take,
    .args_min = 1,
    .args_max = 1 + COMMAND_MAX,
    .exits = N_("Exit of COMMAND: 0 received; 75 later; 65 not our duty; anything else failed\n"
                "  78  COMMAND cannot be run"),
};

static void listen_to_signals(void)
{
    struct sigaction end = {.sa_handler = on_signal}, none = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGPIPE, &none, NULL);
}

static int open_desk(struct handle *h)
{
    int code = 0;
    siaga_error err;
    h->session = tool_session(h->t, &code);
    if (!h->session)
        return code;
    h->granted = h->count && h->count < h->jobs_max ? h->count : h->jobs_max;
    code = siaga_desk_open(h->session, h->skpd, (unsigned)h->granted, (unsigned)h->lease_s,
                           &h->desk, &err);
    return code ? tool_fail(h->t, &err) : 0;
}

static int run(struct tool *t, int argc, char **argv)
{
    struct handle h = {.t = t, .jobs_max = 1};
    int code = tool_parse(t, &usage, argc, argv, &h);
    if (!code && h.print == (h.words > 0))
        code = tool_complain(t, EX_USAGE, "give -- COMMAND or --print, one of them");
    if (code)
        return code;
    listen_to_signals();
    setenv("SIAGA_SERVER", t->server, 1); /* so that the command speaks to whom we do */
    if (*t->source)
        setenv("SIAGA_SOURCE", t->source, 1);
    if (t->cert)
        setenv("SIAGA_CERT", t->cert, 1);
    code = open_desk(&h);
    if (code)
        return code;
    loop(&h);
    siaga_desk_free(h.desk);
    if (h.print)
        tool_emit_end(t);
    return h.code;
}

const struct verb handle_verb = {
    .name = "handle",
    .summary = N_("Take the work of an SKPD and run a command for each item."),
    .run = run,
};
