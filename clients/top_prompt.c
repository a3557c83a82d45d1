#include "top_prompt.h"

#include <stdio.h>
#include <string.h>

void top_prompt_begin(struct top_prompt *p, const char *label, size_t most)
{
    *p = (struct top_prompt){.most = most < TOP_PROMPT_BYTES ? most : TOP_PROMPT_BYTES - 1};
    snprintf(p->label, sizeof(p->label), "%s", label);
}

static size_t encode(unsigned long c, char out[4])
{
    static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(n == 1 ? c : heads[n] | c);
    return n;
}

void top_prompt_type(struct top_prompt *p, unsigned long character)
{
    char bytes[4];
    bool surrogate = character >= 0xd800 && character < 0xe000;
    if (character < 0x20 || (character >= 0x7f && character < 0xa0) || character > 0x10ffff ||
        surrogate)
        return;
    size_t n = encode(character, bytes), have = strlen(p->text);
    if (have + n > p->most)
        return;
    memcpy(p->text + have, bytes, n);
    p->text[have + n] = '\0';
}

void top_prompt_back(struct top_prompt *p)
{
    size_t n = strlen(p->text);
    while (n && ((unsigned char)p->text[--n] & 0xc0) == 0x80)
        ;
    p->text[n] = '\0';
}

void top_prompt_clear(struct top_prompt *p)
{
    *p->text = '\0';
}
