#include "cert.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef bool valid_fn(const char *value);

/* Five characters are four bytes; a few of those fives would be more than 32 bits. */
bool cert_key_valid(const char *z85)
{
    static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   ".-:+=^!/*?&<>()[]{}@%$#";
    uint64_t five = 0;
    if (strlen(z85) != CERT_KEY_BYTES - 1)
        return false;
    for (unsigned i = 0; z85[i] != '\0'; i++) {
        const char *at = strchr(alphabet, z85[i]);
        if (at == NULL)
            return false;
        five = (i % 5 == 0 ? 0 : five) * 85 + (uint64_t)(at - alphabet);
        if (five > UINT32_MAX)
            return false;
    }
    return true;
}

static bool hex_valid(const char *value)
{
    return strlen(value) == CERT_HEX_BYTES - 1 &&
           strspn(value, "0123456789abcdef") == CERT_HEX_BYTES - 1;
}

static bool word_valid(const char *value)
{
    return value[0] != '\0' &&
           strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(value);
}

static const struct line {
    const char *name;
    size_t at, size;
    valid_fn *valid;
    bool secret;
} LINES[] = {
    {"name", offsetof(struct cert, name), sizeof((struct cert *)0)->name, word_valid, false},
    {"role", offsetof(struct cert, role), sizeof((struct cert *)0)->role, word_valid, false},
    {"skpd", offsetof(struct cert, skpd), sizeof((struct cert *)0)->skpd, word_valid, false},
    {"public", offsetof(struct cert, public_key), CERT_KEY_BYTES, cert_key_valid, false},
    {"secret", offsetof(struct cert, secret_key), CERT_KEY_BYTES, cert_key_valid, true},
    {"server", offsetof(struct cert, server_key), CERT_KEY_BYTES, cert_key_valid, true},
    {"sign", offsetof(struct cert, sign_seed), CERT_HEX_BYTES, hex_valid, true},
};
#define LINES_COUNT (sizeof LINES / sizeof *LINES)

static enum cert_read take(char *text, struct cert *c)
{
    char *colon = strchr(text, ':');
    if (colon == NULL || colon[1] != ' ')
        return CERT_BAD_LINE;
    *colon = '\0';
    const char *value = colon + 2;
    for (size_t i = 0; i < LINES_COUNT; i++) {
        char *into = (char *)c + LINES[i].at;
        if (strcmp(text, LINES[i].name) != 0)
            continue;
        if (into[0] != '\0' || strlen(value) >= LINES[i].size || !LINES[i].valid(value))
            return CERT_BAD_VALUE;
        memcpy(into, value, strlen(value) + 1);
        return CERT_FINE;
    }
    return CERT_UNKNOWN;
}

static enum cert_read take_lines(const char *text, size_t n, struct cert *c, unsigned *ret_line)
{
    const char *p = text, *end = text + n;
    for (*ret_line = 1; p < end; (*ret_line)++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t length = (size_t)((stop != NULL ? stop : end) - p);
        char line[160];
        if (length >= sizeof line || memchr(p, '\0', length) != NULL)
            return CERT_BAD_LINE;
        memcpy(line, p, length);
        while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\r'))
            length--;
        line[length] = '\0';
        enum cert_read read = line[0] == '\0' || line[0] == '#' ? CERT_FINE : take(line, c);
        explicit_bzero(line, sizeof line);
        if (read != CERT_FINE)
            return read;
        p = stop != NULL ? stop + 1 : end;
    }
    return c->name[0] == '\0' || c->public_key[0] == '\0' ? CERT_MISSING : CERT_FINE;
}

enum cert_read cert_read(const char *text, size_t n, struct cert *ret_cert, unsigned *ret_line)
{
    struct cert c = {.name = ""};
    enum cert_read read = take_lines(text, n, &c, ret_line);
    if (read == CERT_FINE)
        *ret_cert = c;
    explicit_bzero(&c, sizeof c);
    return read;
}

size_t cert_write(const struct cert *c, bool secret, char out[CERT_TEXT_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < LINES_COUNT; i++) {
        const char *value = (const char *)c + LINES[i].at;
        if (value[0] != '\0' && (secret || !LINES[i].secret))
            n += (size_t)snprintf(out + n, CERT_TEXT_BYTES - n, "%s: %s\n", LINES[i].name, value);
    }
    return n;
}
