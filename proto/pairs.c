#include "pairs.h"

#include "stamp.h"
#include "verdict.h"

uint32_t pair_uint_if(struct writer *w, const char *name, uint64_t value)
{
    return value == 0 ? 0 : pair_uint(w, name, value);
}

uint32_t pair_time(struct writer *w, const char *name, int64_t us)
{
    char text[STAMP_BYTES];
    if (us == 0)
        return 0;
    stamp_utc(us, text);
    return pair_text(w, name, text);
}

uint32_t pair_flags(struct writer *w, uint32_t flags)
{
    writer_text(w, "flags");
    writer_array(w, (uint32_t)__builtin_popcount(flags));
    for (uint8_t bit = 0; bit < 32; bit++)
        if (flags >> bit & 1)
            writer_text(w, words_wire(WORDS_FLAG, bit));
    return 1;
}

uint32_t pair_both(struct writer *w, const char *name, const char *id, const char *en)
{
    writer_text(w, name);
    writer_map(w, 2);
    writer_text(w, "id");
    writer_text(w, id);
    writer_text(w, "en");
    writer_text(w, en);
    return 1;
}

uint32_t pair_hint(struct writer *w, int verdict)
{
    return pair_both(w, "hint", verdict_hint(verdict, false), verdict_hint(verdict, true));
}
