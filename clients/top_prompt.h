/* top_prompt: a line somebody types at the bottom of the screen. Pure. */
#ifndef SIAGA_CLIENTS_TOP_PROMPT_H
#define SIAGA_CLIENTS_TOP_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#define TOP_PROMPT_BYTES 129

struct top_prompt {
    char label[160]; /* what is asked */
    char text[TOP_PROMPT_BYTES];
    size_t most; /* bytes */
};

void top_prompt_begin(struct top_prompt *p, const char *label, size_t most);
/* A character by its code point; controls, and what does not fit any more, are passed over. */
void top_prompt_type(struct top_prompt *p, unsigned long character);
void top_prompt_back(struct top_prompt *p); /* takes the last character away */
void top_prompt_clear(struct top_prompt *p);

#endif
