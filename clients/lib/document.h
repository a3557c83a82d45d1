/* document: an answer, parsed once into nodes that point into one block of memory. */
#ifndef SIAGA_CLIENTS_LIB_DOCUMENT_H
#define SIAGA_CLIENTS_LIB_DOCUMENT_H

#include <stdint.h>

#include "siaga.h"

struct siaga_doc {
    uint8_t type;  /* siaga_type */
    uint32_t size; /* items, pairs or bytes */
    union {
        bool truth;
        uint64_t natural; /* SIAGA_INT of type PACK_UINT */
        int64_t negative; /* SIAGA_INT below 0 */
        double real;
        const char *text;       /* also bytes; NUL follows */
        const siaga_doc *items; /* a map has name, value, name, value */
    } is;
    bool below_zero;
    const uint8_t *raw; /* its msgpack bytes */
    uint32_t raw_n;
};

/* Any one value whose bytes pack_scan() has seen before (as part of a map). */
siaga_doc *document_of(const void *msgpack, size_t n_bytes);

#endif
