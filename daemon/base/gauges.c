#include "gauges.h"

static const struct {
    const char *name, *sentence;
} ROWS[] = {
#define GAUGE(NAME, name, sentence) {name, sentence},
#include "gauges.def"
};

const char *gauges_name(enum gauge g)
{
    return ROWS[g].name;
}

const char *gauges_sentence(enum gauge g)
{
    return ROWS[g].sentence;
}
