#include "handle_job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct job *job_new(const siaga_work *work)
{
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        abort();
    job->work = *work;
    job->pidfd = job->errors = -1;
    return job;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void job_free(struct job *job)
{
    close_fd(&job->pidfd);
    close_fd(&job->errors);
    free(job);
}

/* ---- starting ---- */

/* The environment is ours alone and made anew for each command. */
static void set_environment(const siaga_work *work)
{
    static const struct {
        const char *name, *field;
    } fields[] = {
        {"SIAGA_KIND", "kind"},         {"SIAGA_SEVERITY", "severity"}, {"SIAGA_MODE", "mode"},
        {"SIAGA_CATEGORY", "category"}, {"SIAGA_TITLE", "title"},       {"SIAGA_STATE", "state"},
    };
    char number[32], when[SIAGA_TIME_BYTES];
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        setenv(fields[i].name, siaga_text(work->event, fields[i].field), 1);
    setenv("SIAGA_TICKET", work->ticket, 1);
    setenv("SIAGA_SKPD", work->skpd, 1);
    snprintf(number, sizeof(number), "%llu", (unsigned long long)work->case_number);
    setenv("SIAGA_CASE", number, 1);
    snprintf(number, sizeof(number), "%u", work->attempt);
    setenv("SIAGA_ATTEMPT", number, 1);
    siaga_time_format(work->lease_until, 0, when);
    setenv("SIAGA_LEASE_UNTIL", when, 1);
}

int job_start(struct job *job, char *const argv[])
{
    int in = tool_row_file(job->work.event), errors[2] = {-1, -1};
    int why = in < 0 || pipe2(errors, O_CLOEXEC) < 0 ? errno : 0;
    if (!why) {
        fcntl(errors[0], F_SETFL, O_NONBLOCK);
        set_environment(&job->work);
        why = tool_spawn(argv, in, errors[1], &job->pid);
    }
    close_fd(&in);
    close_fd(&errors[1]);
    job->errors = errors[0];
    if (why)
        job->pid = 0;
    else
        job->pidfd = pidfd_open(job->pid, 0); /* without it the end is seen a little later */
    return why;
}

/* ---- watching ---- */

/* The first line that is not empty. */
static void keep(struct job *job, const char *text, size_t n)
{
    size_t have = strlen(job->said);
    for (size_t i = 0; i < n && !job->line_ended; i++) {
        if (text[i] == '\n')
            job->line_ended = have > 0;
        else /* a NUL would end it for us alone */
            job->said[have++] = text[i] ? text[i] : ' ';
        job->line_ended |= have == sizeof(job->said) - 1;
    }
}

static void pass_on(struct job *job)
{
    char text[4096];
    ssize_t n;
    while (job->errors >= 0 && (n = read(job->errors, text, sizeof(text))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        keep(job, text, (size_t)n);
        fwrite(text, 1, (size_t)n, stderr);
    }
    close_fd(&job->errors);
}

void job_look(struct job *job)
{
    bool ended = job->pid && waitpid(job->pid, &job->status, WNOHANG) == job->pid;
    pass_on(job);
    if (!ended)
        return;
    job->pid = 0;
    close_fd(&job->pidfd);
    close_fd(&job->errors); /* what it left running may write on, to nobody */
}

void job_signal(const struct job *job, int number)
{
    if (job->pid)
        kill(-job->pid, number);
}

/* ---- its end ---- */

int job_code(const struct job *job)
{
    return WIFSIGNALED(job->status) ? 128 + WTERMSIG(job->status) : WEXITSTATUS(job->status);
}

void job_reason(const struct job *job, bool with_code, char out[JOB_REASON_BYTES])
{
    char whole[640], clean[512], code[32];
    bool killed = WIFSIGNALED(job->status);
    snprintf(code, sizeof(code), "%s %d", killed ? "signal" : "exit",
             killed ? WTERMSIG(job->status) : WEXITSTATUS(job->status));
    tool_clean(job->said, clean, sizeof(clean));
    if (!*clean)
        snprintf(whole, sizeof(whole), "%s", code);
    else if (with_code)
        snprintf(whole, sizeof(whole), "%s: %s", code, clean);
    else
        snprintf(whole, sizeof(whole), "%s", clean);
    tool_cut(whole, out, JOB_REASON_BYTES - 1);
}
