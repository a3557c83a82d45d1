/* crc32c: the checksum of RFC 3720 (Castagnoli), by the processor's instruction where it has one.
 */
#ifndef SIAGA_BASE_CRC32C_H
#define SIAGA_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const void *p, size_t n);
uint32_t crc32c_plain(const void *p, size_t n); /* the same without the instruction */

#endif
