/* verdict: why something was refused, as verdicts.def has it. Positive numbers; 0 is "done";
 * negative numbers are fatal errors and never verdicts. */
#ifndef SIAGA_PROTO_VERDICT_H
#define SIAGA_PROTO_VERDICT_H

#include <stdint.h>

#include "pack.h"
#include "slice.h"

#define VERDICT(number, NAME, ...) NAME = number,
enum verdict {
    V_DONE = 0,
#include "verdicts.def"
    VERDICT_COUNT
};

const char *verdict_name(int v);     /* "E_FIELD"; "" for V_DONE or unknown */
int verdict_find(struct slice name); /* 0 if unknown */
int verdict_exit(int v);             /* exit code of the tools */
const char *verdict_hint(int v, bool english);

#define FAULTS_MAX 32u
#define FAULT_SEEN_BYTES 40u

/* One thing wrong with a message. Self-contained: may be copied and kept. */
struct fault {
    int verdict;
    char field[33];
    int64_t limit;                   /* 0: none to name */
    char seen[FAULT_SEEN_BYTES + 4]; /* cut, cleaned, NUL-terminated; "" when not to be shown */
    const char *hint_id, *hint_en;   /* static text; NULL: the hint of the verdict */
};

/* All that is wrong with one message. `count` may exceed FAULTS_MAX; only the first FAULTS_MAX are
 * kept. */
struct faults {
    uint32_t count;
    struct fault at[FAULTS_MAX];
};

struct fault *faults_add(struct faults *f, int verdict, const char *field, int64_t limit,
                         struct slice seen); /* returns the kept row or a spare */
int faults_worst(
    const struct faults *f); /* the verdict the whole refusal carries: the first that is not E_FIELD
                                or E_LIMIT, else the first; V_DONE when empty */
void faults_pack(struct writer *w,
                 const struct faults *f); /* the array `faults` of SPEC section 4 */

#endif
