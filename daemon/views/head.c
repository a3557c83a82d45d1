#include "head.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "show.h"

static const struct {
    const char *name;
    size_t at, size;
} FIELDS[] = {
    {"node", offsetof(struct head, node), sizeof((struct head *)0)->node},
    {"day", offsetof(struct head, day), sizeof((struct head *)0)->day},
    {"upto", offsetof(struct head, upto), sizeof((struct head *)0)->upto},
    {"hash", offsetof(struct head, hash), sizeof((struct head *)0)->hash},
    {"public", offsetof(struct head, public_key), sizeof((struct head *)0)->public_key},
    {"sign", offsetof(struct head, sign), sizeof((struct head *)0)->sign},
};
#define FIELDS_COUNT (sizeof FIELDS / sizeof *FIELDS)

static size_t signed_text(const struct head *h, char out[HEAD_TEXT_BYTES])
{
    return (size_t)snprintf(out, HEAD_TEXT_BYTES, "siaga-head-1\n%s\n%s\n%s\n%s\n", h->node, h->day,
                            h->upto, h->hash);
}

void head_sign(const uint8_t seed[HEAD_SEED_BYTES], const char *node, const char *day,
               uint64_t upto, const uint8_t hash[ENTRY_HASH_BYTES], struct head *ret)
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES],
        sign[crypto_sign_BYTES];
    char text[HEAD_TEXT_BYTES];
    *ret = (struct head){.node = ""};
    snprintf(ret->node, sizeof ret->node, "%s", node);
    snprintf(ret->day, sizeof ret->day, "%s", day);
    snprintf(ret->upto, sizeof ret->upto, "%llu", (unsigned long long)upto);
    sodium_bin2hex(ret->hash, sizeof ret->hash, hash, ENTRY_HASH_BYTES);
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    size_t n = signed_text(ret, text);
    crypto_sign_detached(sign, NULL, (const uint8_t *)text, n, secret_key);
    sodium_bin2hex(ret->public_key, sizeof ret->public_key, public_key, sizeof public_key);
    sodium_bin2hex(ret->sign, sizeof ret->sign, sign, sizeof sign);
    sodium_memzero(secret_key, sizeof secret_key);
}

static bool unhex(const char *text, uint8_t *out, size_t n)
{
    size_t got;
    return sodium_hex2bin(out, n, text, strlen(text), NULL, &got, NULL) == 0 && got == n;
}

bool head_verify(const struct head *h, const char *signer)
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], sign[crypto_sign_BYTES];
    char text[HEAD_TEXT_BYTES];
    size_t n = signed_text(h, text);
    return unhex(signer != NULL ? signer : h->public_key, public_key, sizeof public_key) &&
           unhex(h->sign, sign, sizeof sign) &&
           crypto_sign_verify_detached(sign, (const uint8_t *)text, n, public_key) == 0;
}

static bool put(struct head *h, struct slice name, struct slice value)
{
    for (size_t i = 0; i < FIELDS_COUNT; i++) {
        if (!slice_is(name, FIELDS[i].name))
            continue;
        if (value.n >= FIELDS[i].size)
            return false;
        memcpy((char *)h + FIELDS[i].at, value.p, value.n);
        ((char *)h + FIELDS[i].at)[value.n] = '\0';
    }
    return true;
}

bool head_of_entry(const struct entry *e, struct head *ret)
{
    *ret = (struct head){.node = ""};
    for (size_t i = 1; i < FIELDS_COUNT; i++) /* the node stands in the inner array */
        if (!put(ret, slice_from(FIELDS[i].name), show_value(e, FIELDS[i].name)))
            return false;
    return put(ret, SLICE_LIT("node"), e->node);
}

bool head_read(const char *text, size_t n, struct head *ret)
{
    struct slice rest = {text, (uint32_t)n};
    *ret = (struct head){.node = ""};
    while (rest.n > 0) {
        struct slice line = slice_cut(&rest, '\n');
        const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
        if (line.n == 0 || line.p[0] == '#' || line.p[0] == '\n')
            continue;
        if (colon == NULL || colon + 2 > line.p + line.n)
            return false;
        struct slice name = {line.p, (uint32_t)(colon - line.p)};
        struct slice value = {colon + 2, (uint32_t)(line.p + line.n - colon - 2)};
        if (!put(ret, name, value))
            return false;
    }
    return ret->hash[0] != '\0' && ret->upto[0] != '\0' && ret->sign[0] != '\0';
}

size_t head_write(const struct head *h, char out[HEAD_TEXT_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < FIELDS_COUNT; i++)
        n += (size_t)snprintf(out + n, HEAD_TEXT_BYTES - n, "%s: %s\n", FIELDS[i].name,
                              (const char *)h + FIELDS[i].at);
    return n;
}

uint64_t head_upto(const struct head *h)
{
    return strtoull(h->upto, NULL, 10);
}
