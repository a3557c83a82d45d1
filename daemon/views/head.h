/* head: the end of the chain, signed. What comes before it can only be changed by who has the key
 * of this server; kept elsewhere, it proves the whole store.
 *
 * The text that is signed: "siaga-head-1", node, day, number, hash, a line each. Ed25519. */
#ifndef SIAGA_VIEWS_HEAD_H
#define SIAGA_VIEWS_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entry.h"

#define HEAD_SEED_BYTES 32u
#define HEAD_TEXT_BYTES 1024u

struct head { /* all as text, as it stands in the entry and in a file */
    char node[33], day[11], upto[21];
    char hash[2 * ENTRY_HASH_BYTES + 1];
    char public_key[65], sign[129];
};

void head_sign(const uint8_t seed[HEAD_SEED_BYTES], const char *node, const char *day,
               uint64_t upto, const uint8_t hash[ENTRY_HASH_BYTES], struct head *ret);
bool head_verify(const struct head *h); /* the signature is that of the key the head names */
/* Whether that key is one of these: 64 hex digits each, joined by commas; NULL: any will do. */
bool head_signed_by(const struct head *h, const char *signers);
bool head_signers_fine(const char *signers); /* they are written so */

/* From an ENTRY_HEAD, and from and to the form of a file: a line `name: value` for each field.
 * False: a field is missing or not what it says; *ret is then of no use. */
bool head_of_entry(const struct entry *e, struct head *ret);
bool head_read(const char *text, size_t n, struct head *ret);
size_t head_write(const struct head *h, char out[HEAD_TEXT_BYTES]);
uint64_t head_upto(const struct head *h);

#endif
