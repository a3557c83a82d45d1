/* utf8: one character at a time, for the two places that show text from elsewhere. */
#ifndef SIAGA_CLIENTS_LIB_UTF8_H
#define SIAGA_CLIENTS_LIB_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_MAX

/* Decodes the character at p (p < end). Returns its bytes, at least 1; *ret_c is the code point, or
 * UTF8_BAD for a byte that begins no whole, shortest, legal sequence. */
size_t utf8_next(const uint8_t *p, const uint8_t *end, uint32_t *ret_c);
size_t utf8_put(uint32_t c, char out[4]); /* bytes written */

/* C0, DEL, C1 and the marks that turn the direction of text or break lines unseen. */
bool utf8_hidden(uint32_t c);

#endif
