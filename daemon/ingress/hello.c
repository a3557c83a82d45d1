#include "door.h"
#include "proto/frame.h"
#include "proto/pairs.h"

void hello_serve(struct door *d, const struct request *r)
{
    struct writer *w = ack_open(d->ack);
    size_t at = writer_open_map(w);
    uint32_t pairs = pair_text(w, "server", "siagad");
    pairs += pair_text(w, "version", SIAGA_DAEMON_VERSION);
    writer_text(w, "protocol");
    writer_array(w, 1);
    writer_uint(w, FRAME_VERSION);
    pairs++;
    pairs += pair_text(w, "city", city_name(d->city, false));
    pairs += pair_str(w, "source", r->source);
    pairs += pair_word(w, "role", WORDS_ROLE, r->who.role);
    pairs += pair_bool(w, "registered", r->who.registered);
    pairs += pair_time(w, "now", clock_now(d->clock));
    pairs += pair_uint(w, "head", pipeline_head(d->pipeline));
    pairs += pair_uint(w, "max_bytes", FRAME_MAX_BYTES);
    pairs += pair_bool(w, "secure", d->secure);
    writer_close_map(w, at, pairs);
    ack_answer(d->ack, &r->to);
}
