/* cert: the text of a key file: one `name: value` a line, # begins a comment. No I/O.
 *
 * Keys of CURVE are Z85 (40 characters), the seed of the server's signature is 64 hex digits.
 * A file with a secret is for its owner alone (0600); whoever reads it looks. */
#ifndef SIAGA_PROTO_CERT_H
#define SIAGA_PROTO_CERT_H

#include <stdbool.h>
#include <stddef.h>

#define CERT_KEY_BYTES 41 /* Z85 and a NUL */
#define CERT_HEX_BYTES 65
#define CERT_TEXT_BYTES 1024u /* room for all that cert_write() makes */

struct cert {
    char name[49], role[17], skpd[25];
    char public_key[CERT_KEY_BYTES], secret_key[CERT_KEY_BYTES];
    char server_key[CERT_KEY_BYTES]; /* a client's: public key of its server */
    char sign_seed[CERT_HEX_BYTES];  /* the server's: Ed25519, of its heads */
};

enum cert_read { CERT_FINE, CERT_BAD_LINE, CERT_BAD_VALUE, CERT_UNKNOWN, CERT_MISSING };
/* name and public must be there; *ret_line: of the mistake, behind the last one when something is
 * missing. A name twice is a bad value. *ret_cert is untouched unless CERT_FINE. */
enum cert_read cert_read(const char *text, size_t n, struct cert *ret_cert, unsigned *ret_line);
/* Bytes written without the NUL. Without secret: what others may know. */
size_t cert_write(const struct cert *c, bool secret, char out[CERT_TEXT_BYTES]);
bool cert_key_valid(const char *z85); /* 40 characters of Z85 that stand for 32 bytes */

#endif
