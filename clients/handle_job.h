/* handle_job: one command run for one item of work: started, watched, ended. Knows processes and
 * nothing of siagad. */
#ifndef SIAGA_CLIENTS_HANDLE_JOB_H
#define SIAGA_CLIENTS_HANDLE_JOB_H

#include <sys/types.h>

#include "tool.h"

struct job {
    struct job *next;
    siaga_work work;
    pid_t pid;                           /* 0: not started, or ended */
    int pidfd, errors;                   /* to wait for its end; its stderr. -1: none */
    int status;                          /* of waitpid(), once it has ended */
    char said[256];                      /* the first line of its stderr */
    bool line_ended;                     /* said is whole */
    bool lost;                           /* its lease is over: what comes of it is told to nobody */
    int64_t extend_at, kill_at, tell_at; /* monotonic us; kill_at 0: never */
};

struct job *job_new(const siaga_work *work);
void job_free(struct job *job);

/* Starts the command, without a shell, in a process group of its own: the event as a line of JSON
 * on stdin, SIAGA_TICKET and so on in the environment, stdout ours, stderr passed on. 0 or an
 * errno. */
int job_start(struct job *job, char *const argv[]);

/* Passes on what it wrote to stderr, and looks whether it has ended. */
void job_look(struct job *job);

void job_signal(const struct job *job, int number); /* its whole process group */

/* Its exit code; 128+n for signal n. */
int job_code(const struct job *job);

/* "exit 3: first line of its stderr" or the line alone, of at most 64 bytes, safe to be shown. */
enum { JOB_REASON_BYTES = 65 };
void job_reason(const struct job *job, bool with_code, char out[JOB_REASON_BYTES]);

#endif
