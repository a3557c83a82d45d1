#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PIPE_BYTES 65536

bool handover_open(struct handover *h)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        return false;
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    fcntl(fds[0], F_SETPIPE_SZ, PIPE_BYTES); /* as it is by default, unless this user has many */
    *h = (struct handover){fds[0], fds[1]};
    return true;
}

void handover_close(struct handover *h)
{
    if (h->read_fd > 0)
        close(h->read_fd);
    if (h->write_fd > 0)
        close(h->write_fd);
    *h = (struct handover){0, 0};
}

void handover_give(struct handover *h, void *pointer)
{
    ssize_t n;
    do
        n = write(h->write_fd, &pointer, sizeof pointer);
    while (n < 0 && errno == EINTR);
    if (n != sizeof pointer)
        abort();
}

void *handover_take(struct handover *h)
{
    void *pointer = NULL;
    ssize_t n = read(h->read_fd, &pointer, sizeof pointer);
    return n == sizeof pointer ? pointer : NULL;
}
