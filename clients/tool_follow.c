#include "tool.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define CURSOR_HEAD "siaga-cursor 1\nnext "

/* ---- the cursor file ---- */

static int cursor_fail(struct tool *t, int code, const char *path, const char *why)
{
    return tool_complain(t, code, "cursor file %s: %s", path, why);
}

int tool_cursor_read(struct tool *t, const char *path, int64_t *ret_next)
{
    char text[64] = "";
    FILE *f = fopen(path, "re");
    *ret_next = 0;
    if (!f)
        return errno == ENOENT ? 0 : cursor_fail(t, EX_NOINPUT, path, strerror(errno));
    size_t n = fread(text, 1, sizeof(text) - 1, f), head_n = strlen(CURSOR_HEAD);
    fclose(f);
    text[n] = '\0';
    if (strncmp(text, CURSOR_HEAD, head_n) == 0 && text[n - 1] == '\n') {
        text[n - 1] = '\0';
        if (tool_number(text + head_n, 1, INT64_MAX, ret_next))
            return 0;
    }
    return cursor_fail(t, EX_DATAERR, path,
                       tool_text(t, "this is no cursor; delete it and start with --from"));
}

int tool_cursor_write(struct tool *t, const char *path, uint64_t next)
{
    char text[64];
    int n = snprintf(text, sizeof(text), CURSOR_HEAD "%llu\n", (unsigned long long)next);
    if (!tool_file_replace(path, text, (size_t)n, 0644))
        return cursor_fail(t, EX_CANTCREAT, path, strerror(errno));
    return 0;
}

/* ---- a command for a row ---- */

int tool_row_file(const siaga_doc *row)
{
    int fd = memfd_create("siaga-row", MFD_CLOEXEC);
    FILE *f = fd >= 0 ? fdopen(dup(fd), "w") : NULL;
    if (!f) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    siaga_doc_json(row, f);
    putc('\n', f);
    fclose(f);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

int tool_spawn(char *const argv[], int in, int errors, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    const short flags =
        errors < 0 ? POSIX_SPAWN_SETSIGDEF : POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE); /* as usual for the command, whatever it is for us */
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (errors >= 0)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, flags);
    char **own = lang_environ();
    int why = posix_spawnp(ret_pid, argv[0], &actions, &attributes, argv, own);
    free(own);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return why;
}

int tool_execute(const char *command, const siaga_doc *row)
{
    char *const argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, (char *)(uintptr_t)command, NULL};
    pid_t pid = -1;
    int status = 0, in = tool_row_file(row);
    bool started = in >= 0 && tool_spawn(argv, in, -1, &pid) == 0;
    if (in >= 0)
        close(in);
    if (!started)
        return EX_OSERR;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ; /* it is asked to end by whoever asked us */
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
