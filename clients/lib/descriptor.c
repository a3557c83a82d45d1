#include <zmq.h>

#include "clients/lib/session.h"

int siaga_session_fd(const siaga_session *s)
{
    int fd = -1;
    size_t n = sizeof(fd);
    if (!s->sock || zmq_getsockopt(s->sock, ZMQ_FD, &fd, &n) < 0)
        return -1;
    return fd;
}
