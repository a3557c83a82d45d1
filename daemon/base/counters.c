#include "counters.h"

static const struct {
    const char *name, *sentence;
} ROWS[] = {
#define COUNTER(NAME, name, sentence) {name, sentence},
#include "counters.def"
};

const char *counters_name(enum counter c)
{
    return ROWS[c].name;
}

const char *counters_sentence(enum counter c)
{
    return ROWS[c].sentence;
}
