#include "ack.h"

#include <stdlib.h>

#include "daemon/views/moves.h"
#include "proto/frame.h"
#include "proto/pairs.h"
#include "withheld.h"

#define BODY_BYTES (FRAME_ANSWER_MAX_BYTES - FRAME_BYTES)

struct ack {
    struct router *router;
    struct counters *counters;
    struct clock *clock;
    struct withheld *withheld;
    struct writer writer;
    uint8_t message[FRAME_BYTES + BODY_BYTES];
};

static enum router_sent post(struct ack *a, const struct address *to, const void *message, size_t n)
{
    enum router_sent sent = router_send(a->router, to, message, n);
    if (sent != ROUTER_SENT)
        a->counters->at[COUNT_UNSENT]++;
    return sent;
}

static void send_withheld(void *self, const struct address *to, const void *message, size_t n)
{
    post(self, to, message, n);
}

struct ack *ack_new(struct router *router, struct counters *counters, struct clock *clock)
{
    struct ack *a = calloc(1, sizeof *a);
    if (a == NULL)
        abort();
    a->router = router;
    a->counters = counters;
    a->clock = clock;
    a->withheld = withheld_new(send_withheld, a);
    return a;
}

void ack_free(struct ack **a)
{
    if (*a != NULL)
        withheld_free(&(*a)->withheld);
    free(*a);
    *a = NULL;
}

struct writer *ack_open(struct ack *a)
{
    writer_init(&a->writer, a->message + FRAME_BYTES, BODY_BYTES);
    return &a->writer;
}

static enum router_sent send_open(struct ack *a, const struct ack_to *to, uint8_t code)
{
    frame_write(a->message, code, to->rid);
    return post(a, &to->address, a->message, FRAME_BYTES + a->writer.n);
}

enum router_sent ack_done(struct ack *a, const struct ack_to *to)
{
    return send_open(a, to, ANSWER_DONE);
}

enum router_sent ack_answer(struct ack *a, const struct ack_to *to)
{
    return send_open(a, to, ANSWER_DONE);
}

enum router_sent ack_feed(struct ack *a, const struct ack_to *to, uint8_t code)
{
    return send_open(a, to, code);
}

void ack_refuse_open(struct ack *a, const struct ack_to *to, int verdict)
{
    if (!withheld_wants(verdict)) {
        send_open(a, to, ANSWER_REFUSED);
        return;
    }
    frame_write(a->message, ANSWER_REFUSED, to->rid);
    withheld_keep(a->withheld, clock_mono(a->clock), &to->address, a->message,
                  FRAME_BYTES + a->writer.n);
}

void ack_withheld(struct ack *a, bool all)
{
    withheld_due(a->withheld, all ? INT64_MAX : clock_mono(a->clock));
}

int64_t ack_next_us(const struct ack *a)
{
    return withheld_next_us(a->withheld);
}

enum router_sent ack_answer_bytes(struct ack *a, const struct ack_to *to, struct slice body)
{
    writer_raw(ack_open(a), body.p, body.n);
    return ack_answer(a, to);
}

static uint32_t pack_allowed(struct writer *w, const struct refusal *r)
{
    if (r->state == 0)
        return 0;
    uint8_t acts[16];
    unsigned n = moves_from(r->part_state != 0 ? r->part_state : r->state, r->role, acts);
    pair_word(w, "state", WORDS_STATE, r->state);
    writer_text(w, "allowed");
    writer_array(w, n);
    for (unsigned i = 0; i < n; i++)
        writer_text(w, words_wire(WORDS_ACT, acts[i]));
    return 2;
}

/* The last thing that people did with it. */
static uint32_t pack_changed(struct writer *w, const struct refusal *r)
{
    uint32_t pairs = pair_str(w, "changed_by", r->changed_by);
    pairs += pair_time(w, "changed_at", r->changed_at);
    if (r->changed_do != NULL)
        pairs += pair_text(w, "changed_do", r->changed_do);
    pairs += pair_word(w, "changed_from", WORDS_STATE, r->changed_from);
    return pairs + pair_str(w, "changed_task", r->changed_task);
}

static uint32_t pack_lists(struct writer *w, const struct refusal *r)
{
    uint32_t pairs = 0;
    if (r->faults != NULL && r->faults->count > 0) {
        writer_text(w, "faults");
        faults_pack(w, r->faults);
        pairs++;
    }
    if (r->nearest_n > 0) {
        writer_text(w, "nearest");
        writer_array(w, r->nearest_n);
        for (unsigned i = 0; i < r->nearest_n; i++)
            writer_text(w, r->nearest[i]);
        pairs++;
    }
    if (r->versions) {
        writer_text(w, "versions");
        writer_array(w, 1);
        writer_uint(w, FRAME_VERSION);
        pairs++;
    }
    return pairs;
}

void ack_pack_refusal(struct writer *w, const struct refusal *r)
{
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "code", verdict_name(r->verdict));
    pairs += pair_hint(w, r->verdict);
    pairs += pack_lists(w, r);
    pairs += pair_uint_if(w, "wait_s", r->wait_s);
    pairs += pair_str(w, "ticket", r->ticket);
    pairs += pack_allowed(w, r);
    pairs += pair_uint_if(w, "version", r->version);
    pairs += pack_changed(w, r);
    pairs += pair_time(w, "now", r->now_us);
    writer_close_map(w, at, pairs);
}

void ack_refused(struct ack *a, const struct ack_to *to, const struct refusal *r)
{
    ack_pack_refusal(ack_open(a), r);
    ack_refuse_open(a, to, r->verdict);
}
