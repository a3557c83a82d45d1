/* One connection asks for cases by their tickets, many at a time, and for ranges: how many a
 * second.
 *
 *   get ENDPOINT SOURCE TICKETS WINDOW SECONDS
 *
 * TICKETS is a file with a ticket a line, asked for over and over. Speaks the wire itself (SPEC 2),
 * so that nothing but siagad is measured. Prints answers and answers/s as one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "proto/frame.h"
#include "proto/pack.h"

#define TICKETS_MOST 100000u
#define ROOM 512u

static char tickets[TICKETS_MOST][32];

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t read_tickets(const char *path)
{
    FILE *in = fopen(path, "r");
    uint32_t n = 0;
    for (; in != NULL && n < TICKETS_MOST && fgets(tickets[n], sizeof tickets[n], in) != NULL; n++)
        tickets[n][strcspn(tickets[n], "\n")] = '\0';
    if (in != NULL)
        fclose(in);
    return n;
}

static void ask(void *socket, uint64_t id, const char *source, const char *ticket)
{
    uint8_t message[FRAME_BYTES + ROOM];
    struct writer w;
    frame_write(message, VERB_GET, id);
    writer_init(&w, message + FRAME_BYTES, ROOM);
    writer_map(&w, 2);
    writer_text(&w, "source");
    writer_text(&w, source);
    writer_text(&w, "ticket");
    writer_text(&w, ticket);
    zmq_send(socket, message, FRAME_BYTES + w.n, 0);
}

/* One answer; false: none is there. */
static bool hear(void *socket, int flags, uint64_t *wrong)
{
    zmq_msg_t msg;
    struct frame frame;
    zmq_msg_init(&msg);
    bool heard = zmq_msg_recv(&msg, socket, flags) >= 0;
    if (heard)
        *wrong += !frame_read(zmq_msg_data(&msg), zmq_msg_size(&msg), &frame) ||
                  frame.code != ANSWER_DONE;
    zmq_msg_close(&msg);
    return heard;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "use: get ENDPOINT SOURCE TICKETS WINDOW SECONDS\n");
        return 64;
    }
    uint32_t n = read_tickets(argv[3]), window = (uint32_t)atoi(argv[4]),
             asked = 0; /* of this run */
    double seconds = atof(argv[5]), began;
    uint64_t answers = 0, wrong = 0;
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_DEALER);
    int none = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
    if (n == 0 || zmq_connect(socket, argv[1]) != 0)
        return 66;
    began = now_s();
    while (now_s() - began < seconds) {
        for (; asked - answers < window; asked++)
            ask(socket, asked, argv[2], tickets[asked % n]);
        if (!hear(socket, 0, &wrong))
            return 69;
        for (answers++; hear(socket, ZMQ_DONTWAIT, &wrong);) /* all that are there, then ask anew */
            answers++;
    }
    printf("{\"answers\":%llu,\"wrong\":%llu,\"per_second\":%.0f}\n", (unsigned long long)answers,
           (unsigned long long)wrong, (double)answers / (now_s() - began));
    zmq_close(socket);
    zmq_ctx_term(context);
    return wrong != 0;
}
