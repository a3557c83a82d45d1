/* form: the file of a backup. docs/STORAGE.md shows one.
 *
 * A first line, then blocks: kind u8, three zeros, length u32, that many bytes, and the hash of the
 * hash before (zeros before the first) and of all that. So each block vouches for everything up to
 * itself, and a file that does not end with an END that counts what came before is none.
 */
#ifndef SIAGA_BACKUP_FORM_H
#define SIAGA_BACKUP_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/slice.h"

#define FORM_HEADER "siaga-backup-2\n"
#define FORM_HASH_BYTES 32u
#define FORM_HEAD_BYTES 8u
#define FORM_PAYLOAD_MOST (768u << 10) /* with head and hash it fits into an answer */
#define FORM_BLOCK_MOST (FORM_HEAD_BYTES + FORM_PAYLOAD_MOST + FORM_HASH_BYTES)

enum form_block {
    FORM_BEGIN = 1, /* a msgpack map: what the store knows of itself, up to which entry it is */
    FORM_LOG,       /* seq u64, length u32, row; again and again */
    FORM_PERSONS,   /* seq u64, id 16, key 32, length u32, row, crc32c u32 of all that */
    FORM_ERASED,    /* lines of erased.list */
    FORM_END,       /* entries u64, persons u64, bytes of FORM_ERASED u64, chain hash 32 */
    FORM_BLOCKS
};
#define FORM_END_BYTES 56u

/* Puts head and hash around a payload that lies at out + FORM_HEAD_BYTES; `hash` is that of the
 * block before and becomes that of this one. Returns the size of the block. */
size_t form_close(uint8_t *out, enum form_block kind, size_t payload,
                  uint8_t hash[FORM_HASH_BYTES]);

/* Reads the head; false: no block begins so. */
bool form_head(const uint8_t *block, enum form_block *ret_kind, size_t *ret_payload);
/* Whether a whole block is what was written behind `hash`, which then becomes its own. */
bool form_check(const uint8_t *block, size_t payload, uint8_t hash[FORM_HASH_BYTES]);

void form_put32(uint8_t *p, uint32_t v);
void form_put64(uint8_t *p, uint64_t v);
uint32_t form_get32(const uint8_t *p);
uint64_t form_get64(const uint8_t *p);

#endif
