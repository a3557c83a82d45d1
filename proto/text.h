/* text: what people wrote, made safe to keep and to show. UTF-8, NFC by utf8proc. */
#ifndef SIAGA_PROTO_TEXT_H
#define SIAGA_PROTO_TEXT_H

#include <stdbool.h>

#include "arena.h"
#include "slice.h"

enum text_state {
    TEXT_FINE,
    TEXT_BROKEN /* not UTF-8 */,
    TEXT_CONTROL /* control characters, bidi overrides, noncharacters */
};

/* C0 and C1 controls, U+202A..202E, U+2066..2069, U+FEFF inside, U+FFFE/FFFF are not text; \n and
 * \t are when `lines`. Nor are other noncharacters, and more than 30 combining marks in a row (UAX
 * #15 stream-safe text; normalising would cost too much). */
enum text_state text_check(struct slice s, bool lines);
struct slice
text_nfc(struct arena *a,
         struct slice s); /* s itself when ASCII or already NFC; s must be valid UTF-8 */
struct slice text_repair(
    struct arena *a, struct slice s,
    bool lines); /* bad bytes and forbidden characters become U+FFFD, each run of bad bytes one */
uint32_t text_cut(struct slice s, uint32_t most); /* largest n <= most that does not split a
                                                     character (nor leave its combining marks) */
void text_clean(struct slice s, char *out,
                uint32_t cap); /* for logs and `seen`: at most cap-1 bytes, cut at a character,
                                  controls become '?', NUL-terminated */

#endif
