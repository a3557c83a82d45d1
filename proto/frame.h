/* frame: the twelve bytes before every body. SPEC section 2. */
#ifndef SIAGA_PROTO_FRAME_H
#define SIAGA_PROTO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_BYTES 12u
#define FRAME_VERSION 1u
#define FRAME_MAX_BYTES 65536u            /* a request */
#define FRAME_ANSWER_MAX_BYTES (1u << 20) /* an answer */

#define VERB(number, NAME, ...) VERB_##NAME = number,
enum verb {
#include "verbs.def"
};
#undef VERB
#define ANSWER(number, NAME, ...) ANSWER_##NAME = number,
enum answer {
#include "feeds.def"
};
#undef ANSWER

struct frame {
    uint8_t version, code;
    uint64_t rid; /* request-id */
};

bool frame_read(const void *bytes, size_t n,
                struct frame *ret_frame); /* false: too short or not "SG" */
void frame_write(uint8_t out[FRAME_BYTES], uint8_t code, uint64_t rid);

#endif
