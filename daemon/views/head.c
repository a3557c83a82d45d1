#include "head.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

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
#define KEY_DIGITS 64u
#define SIGNER_STEP (KEY_DIGITS + 1) /* a key and a comma */
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

bool head_verify(const struct head *h)
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], sign[crypto_sign_BYTES];
    char text[HEAD_TEXT_BYTES];
    size_t n = signed_text(h, text);
    return unhex(h->public_key, public_key, sizeof public_key) &&
           unhex(h->sign, sign, sizeof sign) &&
           crypto_sign_verify_detached(sign, (const uint8_t *)text, n, public_key) == 0;
}

bool head_signers_fine(const char *signers)
{
    size_t n = 0;
    for (; signers[n] != '\0'; n++)
        if (n % SIGNER_STEP == KEY_DIGITS ? signers[n] != ',' : !isxdigit((uint8_t)signers[n]))
            return false;
    return n % SIGNER_STEP == KEY_DIGITS;
}

bool head_signed_by(const struct head *h, const char *signers)
{
    for (size_t at = 0; signers != NULL && at < strlen(signers); at += SIGNER_STEP)
        if (strncasecmp(signers + at, h->public_key, KEY_DIGITS) == 0)
            return true;
    return signers == NULL;
}

static bool put(struct head *h, struct slice name, struct slice value)
{
    for (size_t i = 0; i < FIELDS_COUNT; i++) {
        if (!slice_is(name, FIELDS[i].name))
            continue;
        if (value.n >= FIELDS[i].size)
            return false;
        if (value.n > 0)
            memcpy((char *)h + FIELDS[i].at, value.p, value.n);
        ((char *)h + FIELDS[i].at)[value.n] = '\0';
    }
    return true;
}

static bool whole(const struct head *h)
{
    for (size_t i = 0; i < FIELDS_COUNT; i++)
        if (((const char *)h)[FIELDS[i].at] == '\0')
            return false;
    return h->upto[0] != '0' && h->upto[strspn(h->upto, "0123456789")] == '\0';
}

bool head_of_entry(const struct entry *e, struct head *ret)
{
    *ret = (struct head){.node = ""};
    for (size_t i = 1; i < FIELDS_COUNT; i++) /* the node stands in the inner array */
        if (!put(ret, slice_from(FIELDS[i].name), show_value(e, FIELDS[i].name)))
            return false;
    return put(ret, SLICE_LIT("node"), e->node) && whole(ret);
}

/* Mail and other systems end lines in their own way. */
static struct slice trimmed(struct slice s)
{
    while (s.n > 0 && strchr(" \t\r", s.p[s.n - 1]) != NULL)
        s.n--;
    for (; s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'); s.n--)
        s.p++;
    return s;
}

bool head_read(const char *text, size_t n, struct head *ret)
{
    struct slice rest = {text, (uint32_t)n};
    *ret = (struct head){.node = ""};
    while (rest.n > 0) {
        struct slice line = trimmed(slice_cut(&rest, '\n'));
        if (line.n == 0 || line.p[0] == '#')
            continue;
        struct slice value = line, name = slice_cut(&value, ':');
        if (name.n == line.n || !put(ret, name, trimmed(value)))
            return false;
    }
    return whole(ret);
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
