/* What a ROUTER allows: answers every message at once with something as long as a receipt, and does
 * nothing else. bench/run.py sends it what siagad is sent, with the same clients.
 *
 *   router ENDPOINT SECONDS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "proto/frame.h"
#include "proto/pack.h"

#define ANSWER_BYTES 420u /* of a receipt of siagad */
#define AT_ONCE 1024
#define MANY 100000

static size_t receipt(uint8_t out[FRAME_BYTES + ANSWER_BYTES])
{
    static const char rest[ANSWER_BYTES - 64];
    struct writer w;
    writer_init(&w, out + FRAME_BYTES, ANSWER_BYTES);
    writer_map(&w, 3);
    writer_text(&w, "ticket");
    writer_text(&w, "R-000000-0000-0");
    writer_text(&w, "history");
    writer_array(&w, 0);
    writer_text(&w, "rest");
    writer_bin(&w, rest, sizeof rest);
    return FRAME_BYTES + w.n;
}

static bool answer(void *socket, uint8_t *out, size_t n)
{
    zmq_msg_t who, what;
    struct frame f;
    zmq_msg_init(&who);
    zmq_msg_init(&what);
    bool any = zmq_msg_recv(&who, socket, ZMQ_DONTWAIT) >= 0 &&
               zmq_msg_recv(&what, socket, ZMQ_DONTWAIT) >= 0;
    if (any && frame_read(zmq_msg_data(&what), zmq_msg_size(&what), &f)) {
        frame_write(out, ANSWER_DONE, f.rid);
        zmq_msg_send(&who, socket, ZMQ_SNDMORE);
        zmq_send(socket, out, n, 0);
    }
    zmq_msg_close(&who);
    zmq_msg_close(&what);
    return any;
}

int main(int argc, char **argv)
{
    uint8_t out[FRAME_BYTES + ANSWER_BYTES];
    size_t n = receipt(out);
    int many = MANY;
    if (argc != 3) {
        fprintf(stderr, "usage: router ENDPOINT SECONDS\n");
        return 64;
    }
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_ROUTER);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &many, sizeof many);
    if (zmq_bind(socket, argv[1]) != 0) {
        fprintf(stderr, "router: %s: %s\n", argv[1], zmq_strerror(zmq_errno()));
        return 69;
    }
    zmq_pollitem_t item = {socket, 0, ZMQ_POLLIN, 0};
    for (time_t end = time(NULL) + atoi(argv[2]); time(NULL) < end; zmq_poll(&item, 1, 100))
        for (int i = 0; i < AT_ONCE && answer(socket, out, n); i++)
            continue;
    zmq_close(socket);
    zmq_ctx_term(context);
    return 0;
}
