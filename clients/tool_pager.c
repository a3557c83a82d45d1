/* What is long goes through a pager, when it goes to a screen. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool_options.h"

#define USUAL "less -FRX"

static pid_t pager; /* 0: none */
static int width;   /* of the screen that it took over */

bool tool_screen(FILE *out)
{
    return (pager && out == stdout) || isatty(fileno(out));
}

int tool_screen_width(int otherwise)
{
    struct winsize size;
    if (pager)
        return width ? width : otherwise;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
        return otherwise;
    return size.ws_col;
}

static bool is_there(const char *program)
{
    char path[4096];
    for (const char *at = getenv("PATH"); at && *at; at += *at == ':') {
        size_t n = strcspn(at, ":");
        snprintf(path, sizeof(path), "%.*s/%s", (int)n, at, program);
        if (access(path, X_OK) == 0)
            return true;
        at += n;
    }
    return false;
}

/* NULL: none is wanted, or there is none. */
static const char *command_of(void)
{
    const char *own = getenv("SIAGA_PAGER"), *any = getenv("PAGER"), *term = getenv("TERM");
    const char *command = own ? own : any ? any : is_there("less") ? USUAL : "";
    bool dumb = !term || !*term || strcmp(term, "dumb") == 0;
    return dumb || !*command || strcmp(command, "cat") == 0 ? NULL : command;
}

static bool start(const char *command, int in)
{
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)(uintptr_t)command, NULL};
    posix_spawn_file_actions_t actions;
    setenv("LESS", "FRX", 0);
    setenv("LESSCHARSET", "utf-8", 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    char **own = lang_environ();
    bool started = posix_spawn(&pager, "/bin/sh", &actions, NULL, argv, own) == 0;
    free(own);
    posix_spawn_file_actions_destroy(&actions);
    if (!started)
        pager = 0;
    return started;
}

/* Remarks go with the rest: beside a pager they would be lost, or stand in the middle. */
static void hand_over(int out)
{
    dup2(out, STDOUT_FILENO);
    if (isatty(STDERR_FILENO))
        dup2(out, STDERR_FILENO);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* Ctrl-C is for the pager */
}

void tool_pager(struct tool *t)
{
    int ends[2];
    const char *command = command_of();
    if (t->no_pager || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO) || !command ||
        pipe2(ends, O_CLOEXEC) < 0)
        return;
    width = tool_screen_width(80);
    if (start(command, ends[0]))
        hand_over(ends[1]);
    close(ends[0]);
    close(ends[1]);
}

bool tool_pager_end(void)
{
    if (!pager)
        return false;
    fflush(stdout);
    fflush(stderr);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
        ;
    return true;
}
