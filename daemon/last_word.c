#include "last_word.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/control.h"

#define PATH_BYTES 4200

/* Under a sanitizer a wild pointer is its matter. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OURS(signal) ((signal) == SIGBUS)
#else
#define OURS(signal) true
#endif

static const struct {
    int signal;
    const char *word;
} WORDS[] = {
    {SIGBUS, "siagad: a page of the store cannot be read: its file was cut short or its disk "
             "fails; nothing in flight was acknowledged; the next start looks at the store "
             "first\n"},
    {SIGSEGV, "siagad: died of a wild pointer: a damaged page of the store, or a fault of siagad; "
              "nothing in flight was acknowledged; the next start looks at the store "
              "first\n"},
    {SIGABRT, "siagad: gave up: no memory, or a contradiction within; nothing in flight was "
              "acknowledged; the next start looks at the store first\n"},
};

static char left[PATH_BYTES]; /* in a handler nothing can be made */

static void path_of(const char *dir, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s/died", dir);
}

static void speak(int signal_number)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (WORDS[i].signal == signal_number &&
            write(STDERR_FILENO, WORDS[i].word, strlen(WORDS[i].word)) < 0)
            break;
    int fd = open(left, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0 && write(fd, "x", 1) >= 0) /* one more death */
        close(fd);
    if (signal_number == SIGBUS)
        _exit(70);
    raise(signal_number); /* the handler is gone: it ends as it would have */
}

void last_word_arm(const char *store_dir)
{
    struct sigaction act = {.sa_handler = speak, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
    path_of(store_dir, left);
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS && !control("silent"); i++)
        if (OURS(WORDS[i].signal))
            sigaction(WORDS[i].signal, &act, NULL);
}

unsigned last_word_left(const char *store_dir)
{
    char path[PATH_BYTES];
    struct stat st;
    path_of(store_dir, path);
    if (stat(path, &st) != 0)
        return 0;
    return st.st_size > 1 ? (unsigned)st.st_size : 1;
}

void last_word_forget(const char *store_dir)
{
    char path[PATH_BYTES];
    path_of(store_dir, path);
    unlink(path);
}
