#include "form.h"

#include <sodium.h>
#include <string.h>

void form_put32(uint8_t *p, uint32_t v)
{
    for (int i = 3; i >= 0; i--, v >>= 8)
        p[i] = (uint8_t)v;
}

void form_put64(uint8_t *p, uint64_t v)
{
    form_put32(p, (uint32_t)(v >> 32));
    form_put32(p + 4, (uint32_t)v);
}

uint32_t form_get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t form_get64(const uint8_t *p)
{
    return (uint64_t)form_get32(p) << 32 | form_get32(p + 4);
}

static void hash_on(uint8_t hash[FORM_HASH_BYTES], const uint8_t *block, size_t n)
{
    crypto_generichash_state s;
    crypto_generichash_init(&s, NULL, 0, FORM_HASH_BYTES);
    crypto_generichash_update(&s, hash, FORM_HASH_BYTES);
    crypto_generichash_update(&s, block, n);
    crypto_generichash_final(&s, hash, FORM_HASH_BYTES);
}

size_t form_close(uint8_t *out, enum form_block kind, size_t payload, uint8_t hash[FORM_HASH_BYTES])
{
    size_t n = FORM_HEAD_BYTES + payload;
    memset(out, 0, FORM_HEAD_BYTES);
    out[0] = (uint8_t)kind;
    form_put32(out + 4, (uint32_t)payload);
    hash_on(hash, out, n);
    memcpy(out + n, hash, FORM_HASH_BYTES);
    return n + FORM_HASH_BYTES;
}

bool form_head(const uint8_t *block, enum form_block *ret_kind, size_t *ret_payload)
{
    uint32_t payload = form_get32(block + 4);
    if (block[0] < FORM_BEGIN || block[0] >= FORM_BLOCKS || (block[1] | block[2] | block[3]) != 0 ||
        payload > FORM_PAYLOAD_MOST)
        return false;
    *ret_kind = (enum form_block)block[0];
    *ret_payload = payload;
    return true;
}

bool form_check(const uint8_t *block, size_t payload, uint8_t hash[FORM_HASH_BYTES])
{
    hash_on(hash, block, FORM_HEAD_BYTES + payload);
    return memcmp(hash, block + FORM_HEAD_BYTES + payload, FORM_HASH_BYTES) == 0;
}
